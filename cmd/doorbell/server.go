package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/doorbell-ilm/doorbell/api/gen"
)

// How long a command waits for a server, and how much of its answer it reads.
const (
	answerPatience = 30 * time.Second
	mostAnswer     = 8 << 20 // bytes
)

// access is how a command reaches a server.
type access struct {
	URL string `help:"Server; else DOORBELL_URL, else the dev of this directory." placeholder:"URL"`
	Key string `help:"API key; better given as DOORBELL_API_KEY, where nobody else sees it. Else one of the dev of this directory." placeholder:"KEY"`
}

// server is a Doorbell that a command talks to.
type server struct {
	url, key string
	http     *http.Client
}

// server finds out whom to talk to. name is which key of the dev in this
// directory to use where none is given.
func (a access) server(p *program, name string) (*server, error) {
	s, err := readSettings(p.env)
	if err != nil {
		return nil, err
	}
	state, _ := readDevState()
	found := &server{url: first(a.URL, s.URL, state.URL), key: first(a.Key, s.APIKey), http: &http.Client{Timeout: answerPatience}}
	switch {
	case found.url == "":
		return nil, usageError{"no server: set DOORBELL_URL or --url, or run this where `doorbell dev` runs"}
	case !isOrigin(found.url):
		return nil, usageError{"--url must be " + explanationOf("DOORBELL_URL").form}
	}
	found.url = strings.TrimSuffix(found.url, "/")
	// A key of dev goes to that dev and to nobody else.
	if found.key == "" && found.url == state.URL {
		found.key = state.APIKeys[name]
	}
	if found.key == "" {
		return nil, usageError{fmt.Sprintf("no API key: set DOORBELL_API_KEY or --key%s", keysOf(state))}
	}
	return found, nil
}

// keysOf names the keys that there are instead, if any.
func keysOf(state devState) string {
	if len(state.APIKeys) == 0 {
		return "; `doorbell key add` makes one"
	}
	var names []string
	for name := range state.APIKeys {
		names = append(names, name)
	}
	slices.Sort(names)
	return "; the dev of this directory has keys for " + strings.Join(names, ", ")
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// call asks the server. A refusal is an error of type *refusal.
func (s *server) call(ctx context.Context, method, path, contentType string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, s.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", s.url, err)
	}
	request.Header.Set("Authorization", "Bearer "+s.key)
	request.Header.Set("Accept", "application/json, application/problem+json")
	request.Header.Set("User-Agent", "doorbell/"+version)
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := s.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("no answer from %s; is the server running? (%w)", s.url, err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, mostAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the answer of %s: %w", s.url, err)
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return nil, &refusal{status: response.Status, body: answer}
	}
	return answer, nil
}

// refusal is an answer that says no.
type refusal struct {
	status string
	body   []byte
}

// Error tells the problem with every field that it names, one a line.
func (r *refusal) Error() string {
	var problem gen.Problem
	if err := json.Unmarshal(r.body, &problem); err != nil || problem.Title == "" {
		return "the server answered " + r.status
	}
	lines := []string{problem.Title + ": " + problem.Detail}
	for _, fault := range problem.Errors {
		lines = append(lines, "  "+fault.Field+": "+fault.Message)
	}
	if problem.QuarantineID != nil {
		lines = append(lines, "  kept in quarantine as "+problem.QuarantineID.String())
	}
	return visible(strings.Join(lines, "\n"))
}

// told prints a refusal as JSON where a script reads along, and leaves every
// other error as it is.
func (p *program) told(err error, asJSON bool) error {
	var no *refusal
	if !asJSON || !errors.As(err, &no) || !json.Valid(no.body) {
		return err
	}
	if err := p.printJSON(json.RawMessage(no.body)); err != nil {
		return err
	}
	return errTold
}

// visible takes out what would act on a terminal instead of being shown: the
// words of strangers are printed.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, text)
}
