package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const mailPath = "/v3/mail/send"

// sink takes mail as SendGrid's API does, and throws it away.
type sink struct {
	url    string
	server *http.Server
	taken  atomic.Int64
}

func newSink(ctx context.Context) (*sink, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start a mail sink: %w", err)
	}
	s := &sink{url: "http://" + listener.Addr().String()}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+mailPath, s.take)
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.server.Serve(listener) }() // it ends with close
	return s, nil
}

func (s *sink) take(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("X-Message-Id", strconv.FormatInt(s.taken.Add(1), 36))
	w.WriteHeader(http.StatusAccepted)
}

func (s *sink) close() error { return s.server.Close() }

// mailer sends the mail that thanks a customer for his lead.
type mailer struct {
	url    string
	client *http.Client
}

func newMailer(base string, atOnce int) *mailer {
	url := strings.TrimSuffix(strings.TrimSuffix(base, "/"), mailPath) + mailPath
	return &mailer{url: url, client: &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{MaxIdleConns: atOnce, MaxIdleConnsPerHost: atOnce},
	}}
}

type (
	address struct {
		Email string `json:"email"`
		Name  string `json:"name,omitempty"`
	}
	personalization struct {
		To []address `json:"to"`
	}
	content struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	}
	mail struct {
		From             address           `json:"from"`
		Subject          string            `json:"subject"`
		Personalizations []personalization `json:"personalizations"`
		Content          []content         `json:"content"`
		CustomArgs       map[string]string `json:"custom_args"`
	}
)

// thanks has the sizes of the product's thank-you in message/testdata.
func thanks(to, lead string) mail {
	return mail{
		From:             address{Email: "verkoop@dealer.example", Name: "Garage De Ster"},
		Subject:          "Dank u wel voor uw bericht aan Garage De Ster",
		Personalizations: []personalization{{To: []address{{Email: to}}}},
		Content: []content{
			{Type: "text/plain", Value: strings.Repeat("Dank u wel voor uw bericht. ", 627/28)},
			{Type: "text/html", Value: strings.Repeat("<p>Dank u wel voor uw bericht.</p>", 1351/34)},
		},
		CustomArgs: map[string]string{"lead": lead},
	}
}

// send returns the provider's id of the mail when it was accepted.
func (m *mailer) send(ctx context.Context, mail mail) (string, error) {
	body, err := json.Marshal(mail)
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer SG.reference")
	resp, err := m.client.Do(req)
	if err != nil {
		return "", fmt.Errorf("send a mail: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	if err != nil {
		return "", fmt.Errorf("send a mail: %w", err)
	}
	if resp.StatusCode != http.StatusAccepted {
		return "", fmt.Errorf("the sink did not take a mail: %s %s", resp.Status, answer)
	}
	return resp.Header.Get("X-Message-Id"), nil
}
