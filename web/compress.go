package web

import (
	"fmt"
	"net/http"

	"github.com/klauspost/compress/gzhttp"
)

// jitter hides the exact length of what was compressed, from which an
// eavesdropper who can have words put into a page could learn what stands
// beside them.
const jitter = 32

// Compressed sends pages and answers compressed to those who take them so. The
// event stream is left alone: each of its events has to leave at once.
func Compressed(next http.Handler) (http.Handler, error) {
	wrap, err := gzhttp.NewWrapper(
		gzhttp.ContentTypes([]string{"text/html", "text/plain", "text/csv", "application/json", "application/problem+json", "application/yaml"}),
		gzhttp.RandomJitter(jitter, 0, false),
	)
	if err != nil {
		return nil, fmt.Errorf("compression: %w", err)
	}
	return wrap(next), nil
}
