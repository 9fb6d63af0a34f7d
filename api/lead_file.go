package api

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/intake"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// files hold what belongs to some leads, by the lead or its customer.
type files struct {
	people       people
	contacts     map[uuid.UUID][]db.ContactsOfCustomersRow
	consent      map[uuid.UUID][]db.ConsentOfCustomersRow
	refused      map[uuid.UUID][]gen.ContactChannel
	suppressed   map[string]gen.SuppressionReason // by address
	appointments map[uuid.UUID]db.LatestAppointmentsRow
	closings     map[uuid.UUID]db.LatestClosingsRow
	links        map[uuid.UUID][]db.LinksOfLeadsRow
	catalogues   map[int32]lead.Catalogue
}

// read gathers the files of these leads.
func (s *server) read(ctx context.Context, q *db.Queries, dealer uuid.UUID, rows []db.LeadsByIDRow) (*files, error) {
	var ids, customers []uuid.UUID
	f := &files{catalogues: map[int32]lead.Catalogue{}, refused: map[uuid.UUID][]gen.ContactChannel{}}
	var err error
	for _, row := range rows {
		ids, customers = append(ids, row.Lead.ID), append(customers, row.Customer.ID)
		if f.catalogues[row.Lead.ReasonVersion], err = s.store.Reasons(ctx, q, dealer, row.Lead.ReasonVersion); err != nil {
			return nil, err
		}
	}
	if f.people, err = peopleOf(ctx, q, dealer); err != nil {
		return nil, err
	}
	contacts, err := q.ContactsOfCustomers(ctx, customers)
	if err != nil {
		return nil, fmt.Errorf("contacts: %w", err)
	}
	f.contacts = grouped(contacts, func(r db.ContactsOfCustomersRow) uuid.UUID { return r.CustomerID })
	if f.suppressed, err = suppressedAmong(ctx, q, dealer, contacts); err != nil {
		return nil, err
	}
	consent, err := q.ConsentOfCustomers(ctx, customers)
	if err != nil {
		return nil, fmt.Errorf("consent: %w", err)
	}
	f.consent = grouped(consent, func(r db.ConsentOfCustomersRow) uuid.UUID { return r.CustomerID })
	refused, err := q.RefusedByCustomers(ctx, customers)
	if err != nil {
		return nil, fmt.Errorf("refused channels: %w", err)
	}
	for _, r := range refused {
		f.refused[r.CustomerID] = append(f.refused[r.CustomerID], gen.ContactChannel(r.Channel))
	}
	appointments, err := q.LatestAppointments(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("appointments: %w", err)
	}
	f.appointments = indexed(appointments, func(r db.LatestAppointmentsRow) uuid.UUID { return r.LeadID })
	closings, err := q.LatestClosings(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("closings: %w", err)
	}
	f.closings = indexed(closings, func(r db.LatestClosingsRow) uuid.UUID { return r.LeadID })
	links, err := q.LinksOfLeads(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("links: %w", err)
	}
	f.links = grouped(links, func(r db.LinksOfLeadsRow) uuid.UUID { return r.Of })
	return f, nil
}

func grouped[R any](rows []R, by func(R) uuid.UUID) map[uuid.UUID][]R {
	out := map[uuid.UUID][]R{}
	for _, r := range rows {
		out[by(r)] = append(out[by(r)], r)
	}
	return out
}

func indexed[R any](rows []R, by func(R) uuid.UUID) map[uuid.UUID]R {
	out := make(map[uuid.UUID]R, len(rows))
	for _, r := range rows {
		out[by(r)] = r
	}
	return out
}

// lead tells a lead as openapi.yaml describes it. One that no workflow has
// touched yet reads as new, without track, owner and deadlines.
func (f *files) lead(row *db.LeadsByIDRow) (gen.Lead, error) {
	l := &row.Lead
	version := int(l.PolicyVersion)
	if l.ErasedAt != nil {
		l.ExternalID = nil // what is left of it says nothing to anybody
	}
	out := gen.Lead{
		ID: l.ID, Phase: gen.Phase(l.Phase), Stage: gen.Stage(l.Stage), Status: gen.LeadStatus(l.Status), Test: l.Test, Version: l.Step,
		ExternalID: l.ExternalID, Source: gen.SourceRef{Code: row.SourceCode, Party: gen.Party(row.Party)},
		Channel: gen.LeadChannel(l.Channel), Request: filled(gen.LeadRequest(l.Request)), Campaign: filled(l.Campaign),
		ReceivedAt: l.ReceivedAt.UTC(), AutoRespondedAt: utc(l.AutoRespondedAt), FirstLiveResponseAt: utc(l.FirstLiveAt),
		FirstConversationAt: utc(l.FirstConversationAt), Customer: f.customer(&row.Customer), Vehicle: vehicleOf(l),
		Comments: filled(l.Comments), Track: filled(l.Track), Why: filled(l.Why), PolicyVersion: &version,
		Attempts: gen.Attempts{
			Made: int(l.AttemptsMade), Counted: int(l.AttemptsCounted), Required: int(l.AttemptsRequired), Days: int(l.AttemptDays),
			DaysRequired: int(l.AttemptDaysRequired), NextDueAt: utc(l.NextAttemptDueAt),
		},
		Appointment: f.appointment(l), ParkedUntil: utc(l.ParkedUntil), DuplicateOf: l.DuplicateOf, Linked: []uuid.UUID{},
	}
	if row.OwnerEmail != nil && row.OwnerName != nil {
		out.Owner = &gen.StaffRef{Email: *row.OwnerEmail, Name: *row.OwnerName}
	}
	out.Sources = []gen.SourceRef{out.Source}
	for _, link := range f.links[l.ID] {
		out.Linked = append(out.Linked, link.ID)
		credited := gen.SourceRef{Code: link.Code, Party: gen.Party(link.Party)}
		if link.Credited && !slices.Contains(out.Sources, credited) {
			out.Sources = append(out.Sources, credited)
		}
	}
	var err error
	if out.TradeIn, err = tradeInOf(l.TradeIn); err != nil {
		return out, err
	}
	if out.Deadlines, err = deadlinesOf(l.Deadlines); err != nil {
		return out, err
	}
	if out.Escalation, err = escalationOf(l.Escalation); err != nil {
		return out, err
	}
	out.Closing, err = f.closing(l)
	return out, err
}

func (f *files) customer(c *db.Customer) gen.Customer {
	out := gen.Customer{
		ID: c.ID, FirstName: filled(c.FirstName), Infix: filled(c.Infix), LastName: filled(c.LastName), FullName: filled(c.FullName),
		PostalCode: filled(c.PostalCode), City: filled(c.City), Country: filled(c.Country), Language: filled(c.Language),
		PreferredContact: filled(c.PreferredContact), Emails: []gen.ContactPoint{}, Phones: []gen.ContactPoint{},
		Consent: []gen.Consent{}, DoNotContact: []gen.ContactChannel{}, ErasedAt: utc(c.ErasedAt),
	}
	for _, k := range f.contacts[c.ID] {
		point := gen.ContactPoint{Written: k.Written, Valid: k.Valid}
		best := k.Written
		if k.Valid {
			best = k.Normalised
			point.Normalised = &best
		}
		list, first := &out.Phones, &out.Phone
		if k.Kind == "email" {
			list, first = &out.Emails, &out.Email
			if why, is := f.suppressed[k.Normalised]; is && k.Valid {
				point.Suppressed = &why
			}
		}
		*list = append(*list, point)
		if *first == nil {
			*first = &best
		}
	}
	for _, k := range f.consent[c.ID] {
		at, given, origin := k.At.UTC(), k.Given, gen.ConsentOrigin(k.Origin)
		entry := gen.Consent{Purpose: filled(k.Purpose), Channel: filled(k.Channel), Wording: filled(k.Wording), At: &at, Given: &given, Origin: &origin}
		if by := f.people.ref(k.Actor); by != nil {
			entry.By = &by.Email
		}
		out.Consent = append(out.Consent, entry)
	}
	out.DoNotContact = append(out.DoNotContact, f.refused[c.ID]...)
	return out
}

// appointment tells the present appointment, or the last one when its outcome
// is known. One that was cancelled, or that a closing ended, is none.
func (f *files) appointment(l *db.Lead) *gen.Appointment {
	a, ok := f.appointments[l.ID]
	if !ok || a.State == "cancelled" || (a.State == "set" && l.Status == string(lead.Closed)) {
		return nil
	}
	out := gen.Appointment{
		ID: a.ID, Kind: gen.AppointmentKind(a.Kind), StartsAt: a.StartsAt.UTC(), DurationMin: int(a.Minutes), Confirmed: a.Confirmed, Note: filled(a.Note),
	}
	if a.State != "set" {
		outcome := gen.AppointmentOutcome(a.State)
		out.Outcome = &outcome
	}
	return &out
}

// closing tells the closing that waits, was rejected, or took effect. One that
// ended a lead which was reopened since is history and stands on the timeline.
func (f *files) closing(l *db.Lead) (*gen.Closing, error) {
	c, ok := f.closings[l.ID]
	if !ok {
		return doubleClosing(l), nil
	}
	final := c.State == "final" || c.State == "approved"
	if reason, known := f.catalogues[l.ReasonVersion].Find(c.Reason); known && final && ends(reason.Effect) && l.Status != string(lead.Closed) {
		return nil, nil //nolint:nilnil // no closing is a closing of nil in the answer
	}
	out := gen.Closing{
		Reason: c.Reason, Note: filled(c.Note), ProposedAt: c.AskedAt.UTC(), ProposedBy: f.people.ref(c.AskedBy),
		DueAt: utc(c.DueAt), DecidedAt: utc(c.DecidedAt), DecisionNote: filled(c.DecisionNote),
	}
	if err := json.Unmarshal(c.Details, &out.Details); err != nil {
		return nil, fmt.Errorf("details of the closing: %w", err)
	}
	if c.DecidedBy != nil {
		out.DecidedBy = f.people.ref(*c.DecidedBy)
	}
	if c.State == "approved" || c.State == "rejected" {
		decision := gen.ClosingDecision(c.State)
		out.Decision = &decision
	}
	if final {
		at := c.AskedAt.UTC()
		if c.DecidedAt != nil {
			at = c.DecidedAt.UTC()
		}
		out.ClosedAt = &at
	}
	return &out, nil
}

func ends(e lead.Effect) bool {
	return e == lead.EndsLost || e == lead.EndsDropped || e == lead.EndsWon
}

// doubleClosing tells how a lead closed that was linked when it came in: by
// itself, with the running lead as its evidence.
func doubleClosing(l *db.Lead) *gen.Closing {
	if l.DuplicateOf == nil || l.ClosedAt == nil {
		return nil
	}
	return &gen.Closing{
		Reason: l.CloseReason, Details: map[string]string{"lead_id": l.DuplicateOf.String()}, ProposedAt: l.ClosedAt.UTC(), ClosedAt: utc(l.ClosedAt),
	}
}

func vehicleOf(l *db.Lead) *gen.Vehicle {
	out := gen.Vehicle{
		Condition: filled(gen.Condition(l.Condition)), Make: filled(l.Make), Model: filled(l.Model), Trim: filled(l.Trim),
		VIN: filled(l.VIN), StockNumber: filled(l.StockNumber),
	}
	if l.Year != nil {
		year := int(*l.Year)
		out.Year = &year
	}
	if l.PriceAmount != "" {
		out.Price = &gen.Money{Amount: l.PriceAmount, Currency: l.PriceCurrency}
	}
	if out == (gen.Vehicle{}) {
		return nil
	}
	return &out
}

func tradeInOf(stored []byte) (*gen.TradeIn, error) {
	if len(stored) == 0 {
		return nil, nil //nolint:nilnil // no trade-in is null in the answer
	}
	var t intake.TradeIn
	if err := json.Unmarshal(stored, &t); err != nil {
		return nil, fmt.Errorf("trade-in: %w", err)
	}
	out := gen.TradeIn{Make: filled(t.Make), Model: filled(t.Model)}
	if t.Year > 0 {
		out.Year = &t.Year
	}
	if t.MileageKM > 0 {
		out.MileageKm = &t.MileageKM
	}
	return &out, nil
}

func deadlinesOf(stored []byte) ([]gen.Deadline, error) {
	var list []store.Deadline
	if err := json.Unmarshal(stored, &list); err != nil {
		return nil, fmt.Errorf("deadlines: %w", err)
	}
	return deadlinesFor(list), nil
}

// deadlinesFor tells deadlines, the first one first.
func deadlinesFor(list []store.Deadline) []gen.Deadline {
	out := make([]gen.Deadline, len(list))
	for i, d := range list {
		out[i] = gen.Deadline{Kind: gen.DeadlineKind(d.Kind), DueAt: d.DueAt.UTC(), Step: d.Step}
	}
	slices.SortStableFunc(out, func(a, b gen.Deadline) int { return a.DueAt.Compare(b.DueAt) })
	return out
}

func escalationOf(stored []byte) (*gen.Escalation, error) {
	if len(stored) == 0 {
		return nil, nil //nolint:nilnil // no escalation is null in the answer
	}
	var e process.Escalation
	if err := json.Unmarshal(stored, &e); err != nil {
		return nil, fmt.Errorf("escalation: %w", err)
	}
	return &gen.Escalation{Kind: gen.DeadlineKind(e.Kind), Step: e.Step, Steps: e.Steps, At: e.At.UTC()}, nil
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	at := t.UTC()
	return &at
}
