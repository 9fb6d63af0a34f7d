package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/doorbell-ilm/doorbell/lead"
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
		done, err = s.step(ctx, id, given, process.Happening{What: h.What, Signal: h.Signal, Actor: process.Operator})
	}
	if err == nil && len(done.Spread) > 0 && s.alone(ctx, id) {
		done.Spread = nil
	}
	return done, err
}

// alone reports whether the lead's person has no other open lead that must
// hear what he refuses. It is asked behind the commit, when a lead that comes
// finds the refusal by itself, and says no where it does not know.
func (s *Store) alone(ctx context.Context, id uuid.UUID) bool {
	others, err := s.OtherOpenLeads(ctx, id)
	return err == nil && len(others) == 0
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
		at, err := stands(ctx, q, id, given)
		if err != nil {
			return err
		}
		done = process.Stepped{State: at.state, Now: at.row.Now}
		if at.lost {
			done.Spread = at.state.Reach.Refused
		}
		repeated, err := s.repeated(ctx, q, id, &h)
		if err != nil {
			return err
		}
		if err := revive(ctx, q, at.state, h); err != nil {
			return err
		}
		if repeated {
			done.Deliver, err = s.pending(ctx, q, id, at.lost || unfinished(h))
			return err
		}
		out, err := s.decide(ctx, q, at.row, at.state, h)
		if err != nil {
			return err
		}
		done.State, done.Refused = out.State, out.Refused
		if !at.lost {
			done.Spread = out.Spread
		}
		if err := at.write(ctx, q, h, out); err != nil {
			return err
		}
		again := at.lost || at.behind || unfinished(h)
		if out.Deliver || again {
			done.Deliver, err = s.pending(ctx, q, id, again)
		}
		return err
	})
	return done, err
}

// standing is a lead as its row and its workflow know it.
type standing struct {
	row   db.LockLeadRow
	given process.State // as the workflow has it
	state process.State // the newer of the two
	// The row is that of a database which was restored from a backup: what the
	// process knows is written whether anything happens now or not.
	behind bool
	// An earlier answer got lost: what it asked to send or to tell is still to
	// be done, or was done and the process has not heard how it ended. All of it is
	// harmless to repeat.
	lost bool
}

func stands(ctx context.Context, q *db.Queries, id uuid.UUID, given process.State) (standing, error) {
	row, err := q.LockLead(ctx, id)
	if err != nil {
		return standing{}, fmt.Errorf("lock lead: %w", found(err))
	}
	state, err := newer(given, row)
	if err != nil {
		return standing{}, err
	}
	at := standing{row: row, given: given, state: state, behind: row.Step < given.Step}
	if at.behind {
		at.state, err = remember(ctx, q, row, state)
	}
	at.lost = at.state.Step > given.Step
	return at, err
}

// write keeps what came of a step.
func (at standing) write(ctx context.Context, q *db.Queries, h process.Happening, out process.Outcome) error {
	if at.behind {
		out.Events = slices.Insert(out.Events, 0, lostSteps(at.row.Step, at.given.Step, nil))
	}
	if out.State.Step > at.row.Step {
		if err := project(ctx, q, at.row, h, out); err != nil {
			return err
		}
	}
	if at.behind {
		return rebuild(ctx, q, at.row, out.State)
	}
	return nil
}

// unfinished reports whether what an earlier run left is taken up: where a
// workflow starts, and where an audit found that nobody sees to it.
func unfinished(h process.Happening) bool { return h.What == process.WasStarted || h.TakeUp }

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
	if out, refused, err := refusedCall(ctx, q, w, state, h); refused || err != nil {
		return out, err
	}
	out := process.Step(w, state, h)
	if out.Assigned == "" {
		return out, nil
	}
	if h.What != process.WasReceived && h.What != process.WasRepinned { // which know him already
		if w, err = s.acquainted(ctx, q, row, w); err != nil {
			return out, err
		}
	}
	// Whoever draws from the rotation waits for his turn and decides again, with the
	// rotation as it is then, and with all that speaks for and against each.
	if w, err = s.rotation(ctx, q, row, w); err != nil {
		return out, err
	}
	return process.Step(w, state, h), nil
}

// refusedCall turns away a call that somebody logs as made by him when the
// customer does not let himself be called at this moment (R28): what he said may
// still be on its way to the process, which hears of it as of every other wish.
func refusedCall(
	ctx context.Context, q *db.Queries, w process.World, state process.State, h process.Happening,
) (out process.Outcome, refused bool, err error) {
	a, id := h.Attempt, parsed(state.Lead)
	if h.What != process.DidAttempt || a == nil || id == nil || a.Direction != lead.Out || a.Channel != lead.Phone ||
		slices.Contains(state.Reach.Refused, lead.Phone) {
		return out, false, nil
	}
	channels, err := q.RefusedOfLead(ctx, *id)
	if err != nil {
		return out, false, fmt.Errorf("refused channels: %w", err)
	}
	if !slices.Contains(channels, string(lead.Phone)) {
		return out, false, nil
	}
	known := state
	known.Reach.Refused = append(slices.Clone(state.Reach.Refused), lead.Phone)
	out = process.Step(w, known, h)
	out.State.Reach = state.Reach
	return out, true, nil
}

// pending lists the messages of the lead that may be sent now, with what an
// earlier run left unfinished where that is asked.
func (s *Store) pending(ctx context.Context, q *db.Queries, id uuid.UUID, unfinished bool) ([]string, error) {
	ids, err := q.PendingMessages(ctx, db.PendingMessagesParams{LeadID: id, Unfinished: unfinished})
	if err != nil {
		return nil, fmt.Errorf("pending messages: %w", err)
	}
	return idsOf(ids), nil
}

// idsOf writes ids as they travel through Temporal.
func idsOf(ids []uuid.UUID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.String()
	}
	return out
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
		if h.Delivered, err = untold(ctx, q, h.Delivered); err != nil {
			return false, err
		}
		return len(h.Delivered) == 0, returned(ctx, q, id, h.Delivered)
	}
	if err := newsOfMail(ctx, q, id, h); err != nil {
		return false, err
	}
	if h.ID == "" {
		return false, nil
	}
	return q.HappenedBefore(ctx, db.HappenedBeforeParams{LeadID: id, Happening: h.ID})
}
