package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/intake"
	"github.com/doorbell-ilm/doorbell/internal/failpoint"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// form is how a posted lead is written.
type form string

const (
	formJSON form = "application/json"
	formADF  form = "application/x-adf+xml"
)

var (
	xmlTypes = []string{string(formADF), "application/xml", "text/xml"}
	// vague types say nothing about the body; what senders set who set nothing.
	vagueTypes = []string{"", "text/plain", "application/octet-stream", "application/x-www-form-urlencoded"}
)

// PostLead takes in one lead as JSON or several as ADF. It needs nothing but
// Postgres.
func (s *server) PostLead(c *gin.Context) {
	body, err := wholeBody(c)
	if err != nil {
		var tooLarge *Problem
		if errors.As(err, &tooLarge) && tooLarge.Status == http.StatusRequestEntityTooLarge {
			tooLarge.Detail += " It was not kept."
		}
		Fail(c, err)
		return
	}
	leave, err := s.rooms.intake.enter(c.Request.Context(), callerOf(c).dealer)
	if err != nil {
		Fail(c, err)
		return
	}
	defer leave()
	if err := s.postLead(c, body); err != nil {
		Fail(c, err)
	}
}

// wholeBody reads the body of a raw operation.
func wholeBody(c *gin.Context) ([]byte, error) {
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		if p := asProblem(err); p.Status == http.StatusRequestEntityTooLarge {
			return nil, p
		}
		return nil, Malformed("The body was cut off. Send it again.").Because(err)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, Malformed("There is no body.")
	}
	return body, nil
}

func (s *server) postLead(c *gin.Context, body []byte) error {
	contentType := c.GetHeader("Content-Type")
	written, known := formOf(contentType, body)
	if !known {
		return UnsupportedMediaType("application/json", "application/x-adf+xml")
	}
	said := besideLead(written, body)
	source, err := s.postingSource(c, said)
	if err != nil {
		return err
	}
	post := store.Post{
		Dealer: callerOf(c).dealer, Source: source.ID, ContentType: kept(contentType), Body: body, Key: c.GetHeader("Idempotency-Key"),
	}
	versions, reading, err := s.intakeContext(c)
	if err != nil {
		return err
	}
	post.Versions = &versions
	faults := readPost(&post, written, reading, said.used)
	got, err := s.store.Receive(c.Request.Context(), post)
	switch {
	case errors.Is(err, store.ErrInFlight):
		return InFlight()
	case errors.Is(err, store.ErrKeyReused):
		return KeyReused()
	case err != nil:
		return fmt.Errorf("receive: %w", err)
	}
	s.waker.Wake()
	s.figures.received(source.Code, got)
	if post.Unreadable != "" {
		return Quarantined(period(post.Unreadable)+" It is kept; a manager can make it a lead.", got.Quarantined[0].ID, faults...)
	}
	failpoint.Hit(failpoint.IntakeBeforeAnswer)
	s.answerPost(c, written, got)
	return nil
}

// mostType is how many bytes of a Content-Type are kept.
const mostType = 200

// kept is a Content-Type as it can be stored: its parameters may be any bytes,
// and no lead is lost over those.
func kept(contentType string) string {
	readable := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(contentType, "?"))
	return strings.ToValidUTF8(readable[:min(len(readable), mostType)], "")
}

// formOf says how the body is written, by its type or, when that is vague, by
// its first sign: a lead is not lost over a header.
func formOf(contentType string, body []byte) (form, bool) {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil && contentType != "" {
		media = "unknown"
	}
	text := bytes.TrimLeft(body, "\ufeff \t\r\n")
	switch {
	case media == string(formJSON):
		return formJSON, true
	case slices.Contains(xmlTypes, media):
		return formADF, true
	case slices.Contains(vagueTypes, media) && bytes.HasPrefix(text, []byte("{")):
		return formJSON, true
	case slices.Contains(vagueTypes, media) && bytes.HasPrefix(text, []byte("<")):
		return formADF, true
	}
	return "", false
}

// beside is what a JSON lead says about itself beside the lead.
type beside struct {
	Source, Actor string
	used          []string // the fields that were understood
}

func besideLead(written form, body []byte) beside {
	var b beside
	if written != formJSON {
		return b
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return b // intake says what is wrong with it
	}
	for name, into := range map[string]*string{"source": &b.Source, "actor": &b.Actor} {
		if raw, ok := fields[name]; ok && json.Unmarshal(raw, into) == nil {
			b.used = append(b.used, name)
		}
	}
	return b
}

// postingSource says whose lead it is. An intake key's own source always wins;
// an integration key names one.
func (s *server) postingSource(c *gin.Context, said beside) (db.Source, error) {
	who := callerOf(c)
	if who.source != nil {
		return db.Source{ID: *who.source, Code: who.sourceCode}, nil
	}
	actor := Actor(c)
	if actor == "" {
		actor = said.Actor
	}
	if err := s.appoint(c, actor, false); err != nil {
		return db.Source{}, err
	}
	code := c.Query("source")
	if code == "" {
		code = said.Source
	}
	return s.sourceNamed(c, code)
}

func (s *server) sourceNamed(c *gin.Context, code string) (db.Source, error) {
	if code == "" {
		return db.Source{}, Invalid(FieldError{
			Field: "source", Message: "is needed with a key that is not bound to a source: give its code; GET /v1/sources lists them",
		})
	}
	var source db.Source
	err := store.ErrNotFound // what cannot be stored is no code
	if storable(code) {
		source, err = s.store.SourceByCode(c.Request.Context(), db.SourceByCodeParams{DealerID: callerOf(c).dealer, Code: code})
	}
	if notThere(err) {
		return source, Invalid(FieldError{Field: "source", Message: "is no source of this dealer; GET /v1/sources lists them"})
	}
	if err != nil {
		return source, fmt.Errorf("source: %w", err)
	}
	return source, nil
}

func (s *server) intakeContext(c *gin.Context) (db.CurrentVersionsRow, intake.Context, error) {
	who := callerOf(c)
	versions, err := s.store.CurrentVersions(c.Request.Context(), who.dealer)
	if err != nil {
		return versions, intake.Context{}, fmt.Errorf("clock: %w", err)
	}
	return versions, intake.Context{Country: who.country, Zone: who.zone, Now: versions.Now.UTC()}, nil
}

// readPost fills in what the body became. What cannot be read at all is kept
// as a whole; the fields that are wrong are returned for the sender.
func readPost(post *store.Post, written form, reading intake.Context, used []string) []FieldError {
	if written == formADF {
		doc, err := intake.ParseADF(post.Body, post.ContentType, reading)
		if err != nil {
			post.Unreadable = err.Error()
			return nil
		}
		for _, p := range doc.Prospects {
			post.Prospects = append(post.Prospects, store.Prospect{Prospect: p})
		}
		return nil
	}
	draft, ignored, err := intake.ParseJSON(post.Body, reading)
	if err != nil {
		post.Unreadable = "the body is no lead: " + err.Error()
		return intakeFaults(err)
	}
	ignored = slices.DeleteFunc(ignored, func(name string) bool { return slices.Contains(used, name) })
	post.Prospects = []store.Prospect{{Prospect: intake.Prospect{Position: 1, Draft: draft}, Ignored: ignored}}
	return nil
}

func intakeFaults(err error) []FieldError {
	var invalid *intake.Invalid
	if !errors.As(err, &invalid) {
		return nil
	}
	out := make([]FieldError, len(invalid.Fields))
	for i, f := range invalid.Fields {
		out[i] = FieldError{Field: f.Field, Message: f.Message}
	}
	return out
}

func (s *server) answerPost(c *gin.Context, written form, got store.Received) {
	receipts := make([]gen.LeadReceipt, len(got.Leads))
	news := len(got.Quarantined) > 0 && !got.Replayed
	for i, l := range got.Leads {
		receipts[i] = s.receipt(l)
		news = news || !l.Replayed
	}
	status := http.StatusOK
	if news {
		status = http.StatusAccepted
	}
	if len(receipts) == 1 {
		c.Header("Location", receipts[0].URL)
	}
	if written == formJSON {
		answerJSON(c, status, receipts[0])
		return
	}
	held := make([]gen.QuarantinedProspect, len(got.Quarantined))
	for i, q := range got.Quarantined {
		held[i] = gen.QuarantinedProspect{Prospect: q.Position, Reason: q.Reason, ID: q.ID}
	}
	answerJSON(c, status, gen.ADFReceipt{Leads: receipts, Quarantined: held})
}

func (s *server) receipt(l store.ReceivedLead) gen.LeadReceipt {
	return gen.LeadReceipt{
		ID: l.ID, URL: s.leadAddress(l.ID), Status: gen.LeadReceiptStatusReceived, Replayed: l.Replayed, DuplicateOf: l.DuplicateOf,
		Ignored: append([]string{}, l.Ignored...),
	}
}

func (s *server) leadAddress(id uuid.UUID) string { return s.address("/v1/leads/" + id.String()) }
