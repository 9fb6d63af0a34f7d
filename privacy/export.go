package privacy

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/words"
)

// Export returns everything that the dealer holds about a person, with the
// timeline in the dealer's language. It returns store.ErrNotFound when he knows
// nobody like that. What is taken along stands on the trail, or is not handed out.
func Export(ctx context.Context, s *store.Store, dealer uuid.UUID, whom store.Whom) (Document, error) {
	held, err := s.Held(ctx, dealer, whom)
	if err != nil {
		return Document{}, fmt.Errorf("export: %w", err)
	}
	zone, err := time.LoadLocation(held.Dealer.Zone)
	if err != nil {
		zone = time.UTC
	}
	x := exporting{held: held, say: words.In(held.Dealer.Language, zone)}
	out := Document{
		Format: Format, At: held.Now.UTC(), Dealer: held.Dealer.Name,
		Customers: []Customer{}, DoNotContact: []Refusal{}, NotMailed: []NotMailed{}, Leads: []Lead{}, Received: []Received{},
	}
	for _, p := range held.People {
		out.Customers = append(out.Customers, x.customer(p))
	}
	for _, r := range held.Refusals {
		out.DoNotContact = append(out.DoNotContact, Refusal{Channel: r.Channel, Address: r.Normalised, At: r.At.UTC()})
	}
	for _, n := range held.Suppressions {
		out.NotMailed = append(out.NotMailed, NotMailed{Address: n.Normalised, Reason: n.Reason, Since: n.Since.UTC()})
	}
	for _, l := range held.Leads {
		one, err := x.lead(l)
		if err != nil {
			return out, fmt.Errorf("export: lead %s: %w", l.ID, err)
		}
		out.Leads = append(out.Leads, one)
	}
	for _, r := range held.Raw {
		out.Received = append(out.Received, received(r))
	}
	for _, p := range held.People {
		if err := s.Record(ctx, store.Entry{Dealer: dealer, Kind: store.CustomerExported, Object: p.ID}); err != nil {
			return Document{}, fmt.Errorf("export: %w", err)
		}
	}
	return out, nil
}

type exporting struct {
	held store.HeldAbout
	say  *words.Words
}

// by names who did something; what is no member of staff is its own word.
func (x *exporting) by(actor string) string {
	if name := x.held.Staff[actor]; name != "" {
		return name
	}
	return actor
}

func (x *exporting) customer(p db.Customer) Customer {
	out := Customer{
		ID: p.ID, Since: p.CreatedAt.UTC(), FirstName: p.FirstName, Infix: p.Infix, LastName: p.LastName, FullName: p.FullName, PostalCode: p.PostalCode,
		City: p.City, Country: p.Country, Language: p.Language, PreferredContact: p.PreferredContact, ErasedAt: p.ErasedAt,
		Contacts: []Contact{}, Consent: []Consent{},
	}
	for _, c := range x.held.Contacts[p.ID] {
		out.Contacts = append(out.Contacts, Contact{Kind: c.Kind, Written: c.Written, Normalised: c.Normalised, Valid: c.Valid})
	}
	for _, c := range x.held.Consent {
		if c.CustomerID == p.ID {
			out.Consent = append(out.Consent, Consent{
				At: c.At.UTC(), Given: c.Given, Purpose: c.Purpose, Channel: c.Channel, Wording: c.Wording, Origin: c.Origin, By: x.by(c.Actor),
			})
		}
	}
	return out
}

func (x *exporting) lead(l db.ExportLeadsRow) (Lead, error) {
	out := Lead{
		ID: l.ID, CustomerID: l.CustomerID, Source: l.SourceName, Channel: l.Channel, Request: l.Request, Campaign: l.Campaign, Test: l.Test,
		ReceivedAt: l.ReceivedAt.UTC(), RequestedAt: l.RequestedAt, Comments: l.Comments, TradeIn: json.RawMessage(l.TradeIn),
		Vehicle: Vehicle{
			Condition: l.Condition, Make: l.Make, Model: l.Model, Trim: l.Trim, Year: l.Year, VIN: l.VIN, StockNumber: l.StockNumber,
			Price: l.PriceAmount, Currency: l.PriceCurrency,
		},
		Phase: l.Phase, Stage: l.Stage, Status: l.Status, Owner: l.OwnerName, CloseReason: l.CloseReason, ClosedAt: l.ClosedAt,
		DuplicateOf: l.DuplicateOf, ErasedAt: l.ErasedAt,
		Notes: []Note{}, Attempts: []Attempt{}, Appointments: []Appointment{}, Messages: []Message{}, Closings: []Closing{}, FollowUps: []FollowUp{},
		Timeline: []Event{},
	}
	if l.ExternalID != nil && l.ErasedAt == nil {
		out.ExternalID = *l.ExternalID
	}
	x.worked(&out)
	x.written(&out)
	err := x.told(&out)
	return out, err
}

// worked adds what colleagues did.
func (x *exporting) worked(l *Lead) {
	for _, a := range x.held.Attempts {
		if a.LeadID == l.ID {
			one := Attempt{
				At: a.MadeAt.UTC(), By: x.by(a.Actor), Channel: a.Channel, Direction: a.Direction, Outcome: a.Outcome, Seconds: a.DurationS, NoteID: a.NoteID,
			}
			if a.CallID != nil {
				one.CallID = *a.CallID
			}
			l.Attempts = append(l.Attempts, one)
		}
	}
	for _, a := range x.held.Appointments {
		if a.LeadID == l.ID {
			l.Appointments = append(l.Appointments, Appointment{
				Kind: a.Kind, StartsAt: a.StartsAt.UTC(), Minutes: a.Minutes, Confirmed: a.Confirmed, State: a.State, NoteID: a.NoteID,
			})
		}
	}
	for _, f := range x.held.FollowUps {
		if f.LeadID == l.ID {
			l.FollowUps = append(l.FollowUps, FollowUp{
				Kind: f.Kind, Reason: f.Reason, DueOn: f.DueOn.Format(time.DateOnly), Status: f.Status, Outcome: f.Outcome, NoteID: f.NoteID,
			})
		}
	}
}

// written adds what colleagues wrote, to him and about him.
func (x *exporting) written(l *Lead) {
	for _, n := range x.held.Notes {
		if n.LeadID == l.ID {
			l.Notes = append(l.Notes, Note{ID: n.ID, At: n.At.UTC(), By: n.ByName, Text: n.Text})
		}
	}
	for _, m := range x.held.Messages {
		if m.LeadID == l.ID {
			l.Messages = append(l.Messages, Message{
				At: m.CreatedAt.UTC(), SentAt: m.AcceptedAt, Channel: m.Channel, Template: m.Template, Subject: m.Subject, Text: m.Text, State: m.State,
			})
		}
	}
	for _, c := range x.held.Closings {
		if c.LeadID == l.ID {
			l.Closings = append(l.Closings, Closing{
				At: c.AskedAt.UTC(), By: x.by(c.AskedBy), Reason: c.Reason, Details: json.RawMessage(c.Details), State: c.State,
				NoteID: c.NoteID, DecisionNoteID: c.DecisionNoteID,
			})
		}
	}
}

// told adds the timeline in words.
func (x *exporting) told(l *Lead) error {
	for _, e := range x.held.Timelines[l.ID] {
		data := map[string]any{}
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return fmt.Errorf("timeline entry %d: %w", e.Seq, err)
		}
		name := func(id string) string { return x.held.Staff[id] }
		l.Timeline = append(l.Timeline, Event{
			Seq: e.Seq, At: e.At.UTC(), Kind: e.Kind, By: x.by(e.Actor), What: x.say.Summary(words.Entry{Kind: e.Kind, Data: data, Name: name}),
		})
	}
	return nil
}

func received(r db.ExportRawRow) Received {
	out := Received{ID: r.ID, At: r.ReceivedAt.UTC(), Source: r.Source, ContentType: r.ContentType, Shared: r.Shared, ErasedAt: r.ErasedAt}
	switch {
	case r.Shared:
	case utf8.Valid(r.Body) && !bytes.ContainsRune(r.Body, 0):
		out.Body = string(r.Body)
	default:
		out.Base64 = base64.StdEncoding.EncodeToString(r.Body)
	}
	return out
}
