package api

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/compose"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// ListTemplates shows which mails there are.
func (s *server) ListTemplates(context.Context, gen.ListTemplatesRequestObject) (gen.ListTemplatesResponseObject, error) {
	out := gen.TemplateList{Items: []gen.Template{}}
	for _, t := range message.All() {
		item := gen.Template{Name: t.Name, To: gen.TemplateToStaff, Sendable: t.Offered}
		if t.ToCustomer {
			item.To = gen.TemplateToCustomer
		}
		for _, language := range message.Languages() {
			item.Languages = append(item.Languages, gen.MailLanguage(language))
		}
		out.Items = append(out.Items, item)
	}
	return gen.ListTemplates200JSONResponse(out), nil
}

// PreviewTemplate shows a mail before anybody sends it. It changes nothing.
func (s *server) PreviewTemplate(ctx context.Context, r gen.PreviewTemplateRequestObject) (gen.PreviewTemplateResponseObject, error) {
	all := message.All()
	i := slices.IndexFunc(all, func(t message.Listed) bool { return t.Name == r.Name })
	if i < 0 {
		return nil, NotFound("template")
	}
	asked := mailByHand{template: r.Name, subject: given(r.Body.Subject), text: given(r.Body.Text)}
	if faults := asked.misplaced(); len(faults) > 0 {
		return nil, Invalid(faults...)
	}
	if r.Body.LeadID == nil {
		language := ""
		if r.Body.Language != nil {
			language = string(*r.Body.Language)
		}
		return s.sampleOf(ctx, asked, language)
	}
	if !all[i].ToCustomer {
		return nil, Invalid(FieldError{Field: "lead_id", Message: "is for templates to customers; leave it out to see an invented lead"})
	}
	return s.mailToCustomer(ctx, *r.Body.LeadID, asked)
}

// misplaced names words that have no place in the template.
func (m mailByHand) misplaced() []FieldError {
	var faults []FieldError
	if m.subject != "" && m.template != message.HandWritten {
		faults = append(faults, FieldError{Field: "subject", Message: "is the template's; leave it out"})
	}
	if m.text != "" && m.template != message.HandWritten && m.template != message.Quote {
		faults = append(faults, FieldError{Field: "text", Message: "has no place in this template; leave it out"})
	}
	return faults
}

// sampleOf shows the mail about an invented lead, on the dealer's paper.
func (s *server) sampleOf(ctx context.Context, asked mailByHand, language string) (gen.PreviewTemplateResponseObject, error) {
	row, err := s.store.DealerNow(ctx, callerOf(ctx).dealer)
	if err != nil {
		return nil, fmt.Errorf("dealer: %w", err)
	}
	d := row.Dealer
	data := message.Sample(language, message.Dealer{
		Name: d.Name, Phone: d.Phone, Address: d.Address, Colour: d.Colour, LogoURL: d.LogoURL, Language: d.Language, Zone: callerOf(ctx).zone,
	}, s.public, row.Now)
	if asked.subject != "" {
		data.Subject = asked.subject
	}
	if asked.text != "" {
		data.Words = asked.text
	}
	mail, err := s.templates.Render(asked.template, language, data)
	if err != nil {
		return nil, fmt.Errorf("sample: %w", err)
	}
	return gen.PreviewTemplate200JSONResponse{Subject: mail.Subject, Text: mail.Text, HTML: mail.HTML}, nil
}

// mailToCustomer shows the mail as the customer of a lead would get it now, but
// for the links by which he acts.
func (s *server) mailToCustomer(ctx context.Context, id uuid.UUID, asked mailByHand) (gen.PreviewTemplateResponseObject, error) {
	standing, err := s.store.LeadStanding(ctx, db.LeadStandingParams{DealerID: callerOf(ctx).dealer, ID: id})
	if notThere(err) {
		return nil, NotFound("lead")
	}
	if err != nil {
		return nil, fmt.Errorf("lead: %w", err)
	}
	if lead.Status(standing.Status) == lead.Closed {
		return nil, Conflict("The lead is closed ("+standing.CloseReason+"); nothing is sent to its customer.", nil)
	}
	if strings.HasPrefix(asked.template, "appointment-") {
		if _, err := s.store.AppointmentOfLead(ctx, id); notThere(err) {
			return nil, Conflict("The lead has no appointment that this could be about.", nil)
		}
	}
	writer := compose.Writer{Store: s.store, Templates: s.templates, PublicURL: s.public, Preview: true}
	letters, err := writer.Write(ctx, db.PeekMessagesRow{
		ID: uuid.New(), DealerID: callerOf(ctx).dealer, LeadID: id, Template: asked.template, Channel: string(lead.Email),
		Subject: asked.subject, Text: asked.text, CreatedAt: standing.Now, Now: standing.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	mail := letters[0].Message
	switch letters[0].Verdict {
	case "":
	case compose.NoAddress:
		return nil, Conflict("No valid e-mail address of the customer is known.", nil)
	default:
		return nil, Conflict("The customer does not want to be mailed.", nil)
	}
	return gen.PreviewTemplate200JSONResponse{Subject: mail.Subject, Text: mail.Text, HTML: mail.HTML}, nil
}
