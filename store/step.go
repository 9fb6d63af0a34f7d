package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// Step decides what h does to a lead and writes everything that follows from
// it in one transaction: the state, the projection, the timeline, the ledger.
//
// given is the state as the workflow knows it. The lead's row holds the state
// too, and the one with more steps is the true one: a worker may die after
// this commit and before Temporal has the result, and a database may be
// restored from before it. Steps of one lead are put in order by its row's
// lock, and a happening with an id is applied once.
func (s *Store) Step(ctx context.Context, given process.State, h process.Happening) (process.Stepped, error) {
	id, err := uuid.Parse(given.Lead)
	if err != nil {
		return process.Stepped{}, fmt.Errorf("lead id: %w", err)
	}
	h = complete(h)
	done, err := s.step(ctx, id, given, h)
	if indigestible(err) {
		// What the database cannot hold (a NUL, an id of nothing) would come
		// back for ever and block the lead. Without its payload the happening is
		// refused, and the refusal is on the timeline.
		return s.step(ctx, id, given, process.Happening{What: h.What, Signal: h.Signal, Actor: process.Operator})
	}
	return done, err
}

// indigestible reports whether the database refused the data themselves, which
// no retry can mend.
func indigestible(err error) bool {
	refused, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return false
	}
	class := refused.Code[:2]
	return class == "22" || class == "23" || class == "54"
}

func (s *Store) step(ctx context.Context, id uuid.UUID, given process.State, h process.Happening) (process.Stepped, error) {
	var done process.Stepped
	err := s.InTx(ctx, func(q *db.Queries) error {
		row, err := q.LockLead(ctx, id)
		if err != nil {
			return fmt.Errorf("lock lead: %w", found(err))
		}
		state, err := newer(given, row)
		if err != nil {
			return err
		}
		done = process.Stepped{State: state, Now: row.Now}
		// An earlier answer got lost: what it asked to send or to tell is still
		// to be done. Both are harmless to repeat.
		lost := state.Step > given.Step
		if lost {
			done.Spread = state.Reach.Refused
		}
		repeated, err := s.repeated(ctx, q, id, &h)
		if err != nil {
			return err
		}
		if err := revive(ctx, q, state, h); err != nil {
			return err
		}
		if repeated {
			done.Deliver, err = s.pending(ctx, q, id, h)
			return err
		}
		out, err := s.decide(ctx, q, row, state, h)
		if err != nil {
			return err
		}
		done.State, done.Refused = out.State, out.Refused
		if !lost {
			done.Spread = out.Spread
		}
		if out.State.Step > state.Step {
			if err := project(ctx, q, row, h, out); err != nil {
				return err
			}
		}
		if out.Deliver || lost || h.What == process.WasStarted {
			done.Deliver, err = s.pending(ctx, q, id, h)
		}
		return err
	})
	return done, err
}

// revive makes a lead a process of its own that intake linked to one which was
// closed before it heard of it: its customer would wait in vain.
func revive(ctx context.Context, q *db.Queries, state process.State, h process.Happening) error {
	if h.What != process.WasLinked || h.Linked == nil || !h.Linked.SameCar || state.Status != lead.Closed {
		return nil
	}
	other := parsed(h.Linked.Lead)
	if other == nil {
		return nil
	}
	return reviveLead(ctx, q, *other)
}

// decide runs the step on the world as it is now.
func (s *Store) decide(ctx context.Context, q *db.Queries, row db.LockLeadRow, state process.State, h process.Happening) (process.Outcome, error) {
	if h.What == process.WasRepinned && h.Repin != nil {
		_, err := s.Policy(ctx, q, row.DealerID, int32(min(h.Repin.Version, math.MaxInt32)))
		if errors.Is(err, ErrNotFound) {
			h.Repin = nil // the step refuses it
		} else if err != nil {
			return process.Outcome{}, err
		}
	}
	w, err := s.world(ctx, q, row, state, h)
	if err != nil {
		return process.Outcome{}, err
	}
	out := process.Step(w, state, h)
	if out.Assigned == "" {
		return out, nil
	}
	// Two leads at once must not both take the same person for the next one:
	// whoever draws from the rotation waits for his turn and decides again, with
	// the rotation as it is then, and with all that speaks for and against each.
	if err := q.LockRotation(ctx, row.DealerID); err != nil {
		return out, err
	}
	if w, err = s.rotation(ctx, q, row, w); err != nil {
		return out, err
	}
	return process.Step(w, state, h), nil
}

// rotation completes the world by what decides who gets a lead. The rotation is
// locked.
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
	return s.acquainted(ctx, q, row, w)
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

// pending lists the messages of the lead that may be sent now. A workflow that
// starts also takes up what an earlier run left unfinished.
func (s *Store) pending(ctx context.Context, q *db.Queries, id uuid.UUID, h process.Happening) ([]string, error) {
	ids, err := q.PendingMessages(ctx, db.PendingMessagesParams{LeadID: id, Unfinished: h.What == process.WasStarted})
	if err != nil {
		return nil, fmt.Errorf("pending messages: %w", err)
	}
	out := make([]string, len(ids))
	for i, m := range ids {
		out[i] = m.String()
	}
	return out, nil
}

// longestID is the longest request id that a signal may bring, in bytes.
const longestID = 200

// complete mends what a signal from Temporal's own tools may bring: no ids, or
// ids that are none, and references that only the API may make.
func complete(h process.Happening) process.Happening {
	if h.Signal && len(h.ID) > longestID {
		h.ID = "" // a repeat of it is not known as one; better than an index that cannot hold it
	}
	if h.Signal && uuid.Validate(string(h.Actor)) != nil && h.Actor != process.Customer {
		h.Actor = process.Operator
	}
	if a := h.Attempt; a != nil {
		made := *a
		if uuid.Validate(made.ID) != nil {
			made.ID = NewID().String()
		}
		if h.Signal {
			made.NoteID, made.Recorded = "", false // only the API knows of a call's id
		}
		h.Attempt = &made
	}
	if a := h.Appointment; a != nil {
		action := *a
		if action.Verb == process.SetIt && uuid.Validate(action.ID) != nil {
			action.ID = NewID().String()
		}
		if h.Signal {
			action.NoteID = ""
		}
		h.Appointment = &action
	}
	if c := h.Close; c != nil {
		asked := *c
		if h.Signal || uuid.Validate(asked.ID) != nil {
			asked.ID = NewID().String() // nobody stored it before
		}
		if h.Signal {
			asked.NoteID = ""
		}
		h.Close = &asked
	}
	if d := h.Decide; d != nil && h.Signal {
		h.Decide = &process.Decision{Approve: d.Approve}
	}
	return h
}

// newer returns the state with more steps. A lead's first step starts from
// what intake stored.
func newer(given process.State, row db.LockLeadRow) (process.State, error) {
	if row.Step > given.Step {
		var kept process.State
		if err := json.Unmarshal(row.Process, &kept); err != nil {
			return given, fmt.Errorf("stored process: %w", err)
		}
		return kept, nil
	}
	return given, nil
}

// repeated reports whether the happening was applied before: its caller asks
// again because the answer got lost.
//
// A mail's trace is the ledger's row: the timeline hears of it when the provider
// has taken it. Its template is the row's, whatever the caller says, and one
// that is not there is taken out of the happening, which is refused then.
func (s *Store) repeated(ctx context.Context, q *db.Queries, id uuid.UUID, h *process.Happening) (bool, error) {
	if h.What == process.DidMessage && h.Message != nil {
		asked := *h.Message
		h.Message = nil
		message := parsed(asked.ID)
		if message == nil {
			return false, nil
		}
		row, err := q.HandWritten(ctx, db.HandWrittenParams{LeadID: id, ID: *message})
		if errors.Is(err, pgx.ErrNoRows) {
			return false, nil
		}
		asked.Template = row.Template
		h.Message = &asked
		return err == nil && row.State != "held", err
	}
	if h.What == process.WasDelivered {
		var err error
		h.Delivered, err = untold(ctx, q, h.Delivered)
		return len(h.Delivered) == 0, err
	}
	if h.ID == "" {
		return false, nil
	}
	return q.HappenedBefore(ctx, db.HappenedBeforeParams{LeadID: id, Happening: h.ID})
}

// world gathers what the step must know.
func (s *Store) world(ctx context.Context, q *db.Queries, row db.LockLeadRow, state process.State, h process.Happening) (process.World, error) {
	w := process.World{Now: row.Now.UTC(), PaidSource: row.Paid, Language: row.DealerLanguage, Subject: subject(row)}
	policies, reasons := row.PolicyVersion, row.ReasonVersion
	if state.Step > 0 {
		policies, reasons = int32(state.PolicyVersion), int32(state.ReasonVersion)
	}
	if h.What == process.WasRepinned && h.Repin != nil && h.Repin.Version > state.PolicyVersion {
		policies = int32(h.Repin.Version)
	}
	var err error
	w.Policy, err = s.Policy(ctx, q, row.DealerID, policies)
	if errors.Is(err, ErrNotFound) {
		// The database was restored to before that version.
		w.Policy, err = s.Policy(ctx, q, row.DealerID, row.PolicyVersion)
	}
	if err != nil {
		return w, err
	}
	w.Reasons, err = s.Reasons(ctx, q, row.DealerID, reasons)
	if errors.Is(err, ErrNotFound) {
		w.Reasons, err = s.Reasons(ctx, q, row.DealerID, row.ReasonVersion)
	}
	if err != nil {
		return w, err
	}
	if w.Staff, err = roster(ctx, q, row.DealerID, w.Now); err != nil {
		return w, err
	}
	switch h.What {
	case process.WasReceived, process.WasRepinned:
		return s.acquainted(ctx, q, row, w)
	case process.DidReopen:
		w.Reach, err = reach(ctx, q, row.DealerID, row.ID)
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
	staff, err := q.RotationStaff(ctx, dealer)
	if err != nil {
		return nil, err
	}
	absences, err := q.RotationAbsences(ctx, db.RotationAbsencesParams{DealerID: dealer, UntilAt: now})
	if err != nil {
		return nil, err
	}
	people := make([]process.Person, len(staff))
	for i, o := range staff {
		people[i] = process.Person{
			ID: o.ID.String(), Email: o.Email, Role: lead.Role(o.Role), Languages: o.Languages, Makes: o.Makes, Capacity: int(o.Capacity),
			Paused: o.PausedAt != nil,
		}
		for _, a := range absences {
			if a.StaffID == o.ID {
				people[i].Absent = append(people[i].Absent, process.Period{From: a.FromAt, Until: a.UntilAt})
			}
		}
	}
	return people, nil
}
