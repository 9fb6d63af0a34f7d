package store

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// world gathers what the step must know.
func (s *Store) world(ctx context.Context, q *db.Queries, row db.LockLeadRow, state process.State, h process.Happening) (process.World, error) {
	w := process.World{Now: row.Now.UTC(), PaidSource: row.Paid, Language: row.DealerLanguage, Subject: subject(row), Erased: row.ErasedAt != nil}
	policies, reasons := row.PolicyVersion, row.ReasonVersion
	if state.Step > 0 {
		policies, reasons = int32(state.PolicyVersion), int32(state.ReasonVersion)
	}
	if h.What == process.WasRepinned && h.Repin != nil && h.Repin.Version > state.PolicyVersion {
		policies = int32(h.Repin.Version)
	}
	var err error
	if w.Policy, w.Reasons, err = s.measures(ctx, q, row, policies, reasons); err != nil {
		return w, err
	}
	if w.Staff, err = roster(ctx, q, row.DealerID, w.Now); err != nil {
		return w, err
	}
	switch h.What {
	case process.WasReceived, process.WasRepinned: // the choice of a track asks
		return s.acquainted(ctx, q, row, w)
	case process.DidReopen:
		w.Reach, err = reach(ctx, q, row.ID)
		return w, err
	case process.DidCustomer:
		if h.Customer != nil && h.Customer.Mail != nil {
			w.Reach, err = reach(ctx, q, row.ID)
		}
		return w, err
	case process.DidClose:
		if h.Close == nil {
			break // a senseless signal; the step refuses it
		}
		if other, err := uuid.Parse(h.Close.Details["lead_id"]); h.Close.Reason == "double" && err == nil {
			w.DoubleProved, err = q.SamePerson(ctx, db.SamePersonParams{DealerID: row.DealerID, ID: row.ID, OtherID: other})
			if err != nil {
				return w, err
			}
		}
	default:
	}
	return w, nil
}

// subject is the lead as the choice of a track sees it.
func subject(row db.LockLeadRow) policy.Subject {
	return policy.Subject{
		Party: lead.Party(row.Party), Source: row.Source, Channel: lead.Channel(row.Channel), Request: lead.Request(row.Request),
		Make: row.Make, Model: row.Model, Condition: lead.Condition(row.Condition), ReceivedAt: row.ReceivedAt.UTC(),
		Price: cents(row.PriceAmount), Postcode: row.PostalCode, Language: row.Language,
	}
}

// cents reads a price as intake stores it, "31990.00"; zero when there is none.
func cents(amount string) int64 {
	whole, fraction, _ := strings.Cut(amount, ".")
	n, err := strconv.ParseInt(whole+(fraction + "00")[:2], 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// roster is everybody who is active, the least recently assigned first.
func roster(ctx context.Context, q *db.Queries, dealer uuid.UUID, now time.Time) ([]process.Person, error) {
	staff, err := q.RotationStaff(ctx, db.RotationStaffParams{DealerID: dealer, At: now})
	if err != nil {
		return nil, err
	}
	people := make([]process.Person, len(staff))
	for i, o := range staff {
		people[i] = process.Person{
			ID: o.ID.String(), Email: o.Email, Role: lead.Role(o.Role), Languages: o.Languages, Makes: o.Makes, Capacity: int(o.Capacity),
			Paused: o.PausedAt != nil,
		}
		for n, from := range o.AbsentFrom {
			people[i].Absent = append(people[i].Absent, process.Period{From: from, Until: o.AbsentUntil[n]})
		}
	}
	return people, nil
}

// rotation completes the world by what decides who gets a lead, and locks the
// rotation until the end of the transaction: two leads at once must not both take the
// same person for the next one. Others wait for it, so what need not be behind the
// lock is read before.
func (s *Store) rotation(ctx context.Context, q *db.Queries, row db.LockLeadRow, w process.World) (process.World, error) {
	// The norm is the dealer's as it is now, whatever policy the lead is under.
	versions, err := q.CurrentVersions(ctx, row.DealerID)
	if err != nil {
		return w, err
	}
	newest, err := s.Policy(ctx, q, row.DealerID, versions.Policy)
	if err != nil {
		return w, err
	}
	if err := q.LockRotation(ctx, row.DealerID); err != nil {
		return w, err
	}
	paused, err := s.judge(ctx, q, row.DealerID, newest.Earning, newest.Zone, w.Now)
	if err != nil {
		return w, err
	}
	w.Paused = nil
	for _, id := range paused {
		w.Paused = append(w.Paused, id.String())
	}
	if w.Staff, err = roster(ctx, q, row.DealerID, w.Now); err != nil {
		return w, err
	}
	if w.Policy.CountsLeads() || slices.ContainsFunc(w.Staff, func(p process.Person) bool { return p.Capacity > 0 }) {
		counts, err := q.OpenByOwner(ctx, row.DealerID)
		if err != nil {
			return w, err
		}
		for _, c := range counts {
			for i := range w.Staff {
				if c.OwnerID != nil && w.Staff[i].ID == c.OwnerID.String() {
					w.Staff[i].Open = int(c.Open)
				}
			}
		}
	}
	return w, nil
}

// acquainted looks up whether the dealer knew the customer, and who worked him.
func (s *Store) acquainted(ctx context.Context, q *db.Queries, row db.LockLeadRow, w process.World) (process.World, error) {
	earlier, err := q.EarlierLead(ctx, db.EarlierLeadParams{CustomerID: row.CustomerID, ID: row.ID})
	if errors.Is(err, pgx.ErrNoRows) {
		return w, nil
	}
	if err != nil {
		return w, err
	}
	w.Subject.Known = true
	if earlier.OwnerID != nil {
		w.CustomerOwner = earlier.OwnerID.String()
	}
	return w, nil
}
