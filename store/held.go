package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/store/db"
)

// HeldAbout is everything that a dealer holds about a person, as it is stored,
// in one state of the database.
type HeldAbout struct {
	Now          time.Time // UTC, of the one clock
	Dealer       db.Dealer
	People       []db.Customer
	Contacts     map[uuid.UUID][]db.CustomerContactsRow // by customer
	Consent      []db.Consent
	Refusals     []db.ExportRefusalsRow
	Suppressions []db.ExportSuppressionsRow
	Leads        []db.ExportLeadsRow
	Notes        []db.ExportNotesRow
	Attempts     []db.Attempt
	Appointments []db.Appointment
	Messages     []db.ExportMessagesRow
	Closings     []db.Closing
	FollowUps    []db.ExportFollowUpsRow
	Timelines    map[uuid.UUID][]db.TimelineRow // by lead
	Raw          []db.ExportRawRow
	Staff        map[string]string // name by id
}

// Held returns what the dealer holds about a person, or ErrNotFound.
func (s *Store) Held(ctx context.Context, dealer uuid.UUID, whom Whom) (HeldAbout, error) {
	h := HeldAbout{Contacts: map[uuid.UUID][]db.CustomerContactsRow{}, Timelines: map[uuid.UUID][]db.TimelineRow{}, Staff: map[string]string{}}
	err := s.Read(ctx, func(q *db.Queries) error {
		people, err := person(ctx, q, dealer, whom)
		if err != nil {
			return err
		}
		for _, read := range []func(context.Context, *db.Queries, uuid.UUID, []uuid.UUID) error{h.readPeople, h.readLeads, h.readRaw} {
			if err := read(ctx, q, dealer, people); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("what is held: %w", err)
	}
	return h, err
}

func (h *HeldAbout) readPeople(ctx context.Context, q *db.Queries, dealer uuid.UUID, people []uuid.UUID) error {
	var err error
	if h.Now, err = q.Now(ctx); err != nil {
		return err
	}
	if h.Dealer, err = q.GetDealer(ctx, dealer); err != nil {
		return err
	}
	staff, err := q.ListStaff(ctx, dealer)
	if err != nil {
		return err
	}
	for _, p := range staff {
		h.Staff[p.ID.String()] = p.Name
	}
	if h.People, err = q.ExportPeople(ctx, db.ExportPeopleParams{DealerID: dealer, Customers: people}); err != nil {
		return err
	}
	for _, id := range people {
		if h.Contacts[id], err = q.CustomerContacts(ctx, id); err != nil {
			return err
		}
	}
	if h.Consent, err = q.ExportConsent(ctx, db.ExportConsentParams{DealerID: dealer, Customers: people}); err != nil {
		return err
	}
	if h.Refusals, err = q.ExportRefusals(ctx, db.ExportRefusalsParams{DealerID: dealer, Customers: people}); err != nil {
		return err
	}
	h.Suppressions, err = q.ExportSuppressions(ctx, db.ExportSuppressionsParams{DealerID: dealer, Customers: people})
	return err
}

func (h *HeldAbout) readLeads(ctx context.Context, q *db.Queries, dealer uuid.UUID, people []uuid.UUID) error {
	var err error
	if h.Leads, err = q.ExportLeads(ctx, db.ExportLeadsParams{DealerID: dealer, Customers: people}); err != nil {
		return err
	}
	leads := h.leadIDs()
	if h.Notes, err = q.ExportNotes(ctx, leads); err != nil {
		return err
	}
	if h.Attempts, err = q.ExportAttempts(ctx, leads); err != nil {
		return err
	}
	if h.Appointments, err = q.ExportAppointments(ctx, leads); err != nil {
		return err
	}
	if h.Messages, err = q.ExportMessages(ctx, leads); err != nil {
		return err
	}
	if h.Closings, err = q.ExportClosings(ctx, leads); err != nil {
		return err
	}
	if h.FollowUps, err = q.ExportFollowUps(ctx, leads); err != nil {
		return err
	}
	for _, id := range leads {
		if h.Timelines[id], err = timelineOf(ctx, q, dealer, id); err != nil {
			return err
		}
	}
	return nil
}

// timelineOf reads the whole timeline of a lead, a page at a time.
func timelineOf(ctx context.Context, q *db.Queries, dealer, id uuid.UUID) ([]db.TimelineRow, error) {
	const page = 1000
	var all []db.TimelineRow
	for after := int64(0); ; after = all[len(all)-1].Seq {
		rows, err := q.Timeline(ctx, db.TimelineParams{DealerID: dealer, LeadID: id, Seq: after, Most: page})
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
		if len(rows) < page {
			return all, nil
		}
	}
}

func (h *HeldAbout) readRaw(ctx context.Context, q *db.Queries, dealer uuid.UUID, people []uuid.UUID) error {
	contacts, err := q.ContactsOfPeople(ctx, db.ContactsOfPeopleParams{DealerID: dealer, Customers: people})
	if err != nil {
		return err
	}
	leads := h.leadIDs()
	raws, err := q.RawOfPeople(ctx, db.RawOfPeopleParams{DealerID: dealer, Leads: leads, Named: namesOf(contacts)})
	if err != nil {
		return err
	}
	h.Raw, err = q.ExportRaw(ctx, db.ExportRawParams{DealerID: dealer, Leads: leads, Raws: raws})
	return err
}

func (h *HeldAbout) leadIDs() []uuid.UUID {
	ids := make([]uuid.UUID, len(h.Leads))
	for i, l := range h.Leads {
		ids[i] = l.ID
	}
	return ids
}
