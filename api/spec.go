// Package api is the HTTP door of Doorbell. openapi.yaml says what it offers
// and is the one source: the package gen is generated from it, requests are
// held against it before a handler sees them, and /docs shows it.
//
// Mount puts the door on a router. Handlers answer with the types of gen, or
// return a *Problem, which is rendered in one place.
package api

import (
	_ "embed"
	"fmt"
	"sync"

	"github.com/doorbell-ilm/doorbell/api/docs"
	"github.com/doorbell-ilm/doorbell/api/openapi"
)

//go:embed openapi.yaml
var spec []byte

// Spec returns openapi.yaml as it is served. The caller must not change it.
func Spec() []byte { return spec }

// description is Spec, parsed once.
var description = sync.OnceValues(func() (*openapi.Document, error) {
	doc, err := openapi.Parse(spec)
	if err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	return doc, nil
})

// reference is the page that shows it, rendered once.
var reference = sync.OnceValues(func() ([]byte, error) {
	page, err := docs.Page(spec, explanations())
	if err != nil {
		return nil, fmt.Errorf("render the reference page: %w", err)
	}
	return page, nil
})
