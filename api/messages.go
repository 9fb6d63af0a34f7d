package api

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// SendMessage mails the customer. The mail is held in the ledger first, with
// its words, and released by the process.
func (s *server) SendMessage(ctx context.Context, r gen.SendMessageRequestObject) (gen.SendMessageResponseObject, error) {
	return s.act(ctx, r.ID, r.Params.IdempotencyKey, r, func(ctx context.Context, a *action) (process.Happening, error) {
		mail, faults := mailOf(r.Body)
		if len(faults) > 0 {
			return process.Happening{}, Invalid(faults...)
		}
		id := a.child("message")
		err := s.store.HoldMessage(ctx, db.HoldMessageParams{
			ID: id, DealerID: a.dealer, LeadID: a.lead.ID, Key: "hand/" + id.String(), Template: mail.template,
			WrittenBy: &a.staff.ID, Subject: mail.subject, Text: mail.text,
		})
		if err != nil {
			return process.Happening{}, fmt.Errorf("hold the mail: %w", err)
		}
		return process.Happening{What: process.DidMessage, Message: &process.MessageAsked{ID: id.String(), Template: mail.template}}, nil
	})
}

type mailByHand struct{ template, subject, text string }

// mailOf reads a mail: a template, which for a quote may carry words, or
// subject and words.
func mailOf(body *gen.NewMessage) (mailByHand, []FieldError) {
	given := func(text *string) string {
		if text == nil {
			return ""
		}
		return strings.TrimSpace(*text)
	}
	m := mailByHand{template: given(body.Template), subject: given(body.Subject), text: given(body.Text)}
	var faults []FieldError
	fault := func(field, text string) { faults = append(faults, FieldError{Field: field, Message: text}) }
	switch {
	case m.template != "" && !slices.Contains(message.Names(), m.template):
		fault("template", "must be one of "+strings.Join(message.Names(), ", ")+"; or leave it out and give subject and text")
	case m.template != "" && m.subject != "":
		fault("subject", "is the template's; leave it out, or leave out template")
	case m.template != "" && m.text != "" && m.template != message.Quote:
		fault("text", "has no place in this template; leave it out, or leave out template")
	case m.template == "":
		m.template = message.HandWritten
		if m.subject == "" {
			fault("subject", "is needed for a mail in your own words; or name a template")
		}
		if strings.ContainsAny(m.subject, "\r\n") {
			fault("subject", "must be one line")
		}
		if m.text == "" {
			fault("text", "is needed for a mail in your own words; or name a template")
		}
	}
	return m, faults
}
