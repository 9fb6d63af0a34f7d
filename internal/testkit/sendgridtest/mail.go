package sendgridtest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	netmail "net/mail"
	"slices"
	"strings"
)

// Mail is one mail as it was accepted.
type Mail struct {
	ProviderID               string // what the answer said in X-Message-Id
	From, FromName           string
	ReplyTo, To              string
	Subject, Text, HTML      string
	Headers, CustomArgs      map[string]string
	Attachments              []Attachment
	ClickTracking, OpenTrack bool
}

// Attachment is a file that came with a mail, decoded.
type Attachment struct {
	Name, Type string
	Content    []byte
}

// The part of the v3 API that Doorbell speaks. Any other field fails the test.
type (
	request struct {
		From             *address          `json:"from"`
		ReplyTo          *address          `json:"reply_to"`
		Subject          string            `json:"subject"`
		Personalizations []personalization `json:"personalizations"`
		Content          []content         `json:"content"`
		Attachments      []attachment      `json:"attachments"`
		Headers          map[string]string `json:"headers"`
		CustomArgs       map[string]string `json:"custom_args"`
		Tracking         tracking          `json:"tracking_settings"`
	}
	address struct {
		Email string `json:"email"`
		Name  string `json:"name"`
	}
	personalization struct {
		To []address `json:"to"`
	}
	content struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	}
	attachment struct {
		Content     string `json:"content"`
		Type        string `json:"type"`
		Filename    string `json:"filename"`
		Disposition string `json:"disposition"`
	}
	tracking struct {
		Click struct {
			Enable     bool `json:"enable"`
			EnableText bool `json:"enable_text"`
		} `json:"click_tracking"`
		Open struct {
			Enable bool `json:"enable"`
		} `json:"open_tracking"`
	}
)

// reserved are the headers SendGrid refuses, in lower case.
var reserved = []string{
	"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding", "to", "from", "subject",
	"reply-to", "cc", "bcc",
}

// parse reads a mail and holds it against the rules of the API.
func parse(body []byte) (Mail, error) {
	var r request
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return Mail{}, fmt.Errorf("the body is not a mail: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Mail{}, errors.New("something follows the mail")
	}
	if err := r.check(); err != nil {
		return Mail{}, err
	}
	m := Mail{
		From: r.From.Email, FromName: r.From.Name, To: r.Personalizations[0].To[0].Email, Subject: r.Subject,
		Text: r.Content[0].Value, Headers: r.Headers, CustomArgs: r.CustomArgs,
		ClickTracking: r.Tracking.Click.Enable || r.Tracking.Click.EnableText, OpenTrack: r.Tracking.Open.Enable,
	}
	if r.ReplyTo != nil {
		m.ReplyTo = r.ReplyTo.Email
	}
	if len(r.Content) == 2 {
		m.HTML = r.Content[1].Value
	}
	for _, a := range r.Attachments {
		raw, err := base64.StdEncoding.DecodeString(a.Content)
		if err != nil {
			return Mail{}, fmt.Errorf("attachments.content: %w", err)
		}
		m.Attachments = append(m.Attachments, Attachment{Name: a.Filename, Type: a.Type, Content: raw})
	}
	return m, nil
}

func (r *request) check() error {
	if r.From == nil {
		return errors.New("from is missing")
	}
	if len(r.Personalizations) != 1 || len(r.Personalizations[0].To) != 1 {
		return errors.New("a mail of ours has one recipient")
	}
	addresses := []address{*r.From, r.Personalizations[0].To[0]}
	if r.ReplyTo != nil {
		addresses = append(addresses, *r.ReplyTo)
	}
	for _, a := range addresses {
		if parsed, err := netmail.ParseAddress(a.Email); err != nil || parsed.Address != a.Email {
			return errors.New("an address is not one")
		}
		if strings.ContainsAny(a.Name, "\r\n\x00") {
			return errors.New("a name has a line break")
		}
	}
	if r.Subject == "" || strings.ContainsAny(r.Subject, "\r\n\x00") {
		return errors.New("the subject is empty or more than one line")
	}
	if err := r.checkContent(); err != nil {
		return err
	}
	for name, value := range r.Headers {
		if slices.Contains(reserved, strings.ToLower(name)) || strings.ContainsAny(name+value, "\r\n\x00") || value == "" {
			return fmt.Errorf("headers: %q is not allowed", name)
		}
	}
	for _, a := range r.Attachments {
		if a.Content == "" || a.Filename == "" || a.Disposition != "attachment" || a.Type == "" || strings.ContainsAny(a.Type, ";\r\n") {
			return errors.New("attachments: content, filename and type are needed, the type without parameters")
		}
	}
	return nil
}

// checkContent wants plain text first and at most one HTML part after it.
func (r *request) checkContent() error {
	types := []string{"text/plain", "text/html"}
	if len(r.Content) == 0 || len(r.Content) > len(types) {
		return errors.New("content: text, and perhaps HTML, is needed")
	}
	for i, c := range r.Content {
		if c.Type != types[i] || c.Value == "" {
			return fmt.Errorf("content: part %d is %q or empty", i, c.Type)
		}
	}
	return nil
}
