package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// workedByLead are the follow-ups whose clock runs in the process of their lead.
var workedByLead = []lead.FollowUpKind{lead.CallAboutQuote}

// startFollowUp writes a follow-up down and has its workflow started.
func startFollowUp(ctx context.Context, q *db.Queries, dealer, leadID uuid.UUID, f process.Task, reason string, version int32, now time.Time) error {
	row := db.InsertFollowUpParams{
		ID: NewID(), DealerID: dealer, LeadID: leadID, Kind: string(f.Kind), Reason: reason, DueOn: f.DueOn, StartsAt: instant(f.StartsAt),
		PolicyVersion: version, Status: string(process.Pending), CreatedAt: now,
	}
	if f.Done {
		row.Status, row.SettledAt, row.SettledBy = string(process.Done), &now, string(process.System)
	}
	if err := q.InsertFollowUp(ctx, row); err != nil {
		return fmt.Errorf("follow-up: %w", err)
	}
	if f.Done || slices.Contains(workedByLead, f.Kind) {
		return nil
	}
	return q.QueueFollowUp(ctx, db.QueueFollowUpParams{DealerID: dealer, LeadID: leadID, FollowUpID: &row.ID, Happening: startIt})
}

// FollowUpForStart returns the state that a follow-up's workflow is started
// with.
func (s *Store) FollowUpForStart(ctx context.Context, id uuid.UUID) (process.FollowUpState, error) {
	var state process.FollowUpState
	err := s.Read(ctx, func(q *db.Queries) error {
		row, err := q.GetFollowUp(ctx, id)
		if err != nil {
			return found(err)
		}
		state, err = followUpState(db.LockFollowUpRow{
			ID: row.ID, DealerID: row.DealerID, LeadID: row.LeadID, Kind: row.Kind, Reason: row.Reason, DueOn: row.DueOn, StartsAt: row.StartsAt,
			PolicyVersion: row.PolicyVersion, Status: row.Status, Step: row.Step, Process: row.Process,
		})
		return err
	})
	if err != nil {
		return state, fmt.Errorf("follow-up: %w", err)
	}
	return state, nil
}

// followUpState is the follow-up as its row has it.
func followUpState(row db.LockFollowUpRow) (process.FollowUpState, error) {
	if row.Step > 0 {
		var state process.FollowUpState
		if err := json.Unmarshal(row.Process, &state); err != nil {
			return state, fmt.Errorf("stored process: %w", err)
		}
		return state, nil
	}
	state := process.FollowUpState{
		ID: row.ID.String(), Lead: row.LeadID.String(), Dealer: row.DealerID.String(), Kind: lead.FollowUpKind(row.Kind), Reason: row.Reason,
		PolicyVersion: int(row.PolicyVersion), DueOn: row.DueOn.UTC(), Status: process.FollowUpStatus(row.Status),
	}
	if row.StartsAt != nil {
		state.StartsAt = row.StartsAt.UTC()
	}
	return state, nil
}

// FollowUpStep decides what h does to a follow-up and writes everything that
// comes of it in one transaction, as Step does for a lead: of the given state
// and the row's the one with more steps is true.
func (s *Store) FollowUpStep(ctx context.Context, given process.FollowUpState, h process.FollowUpHappening) (process.FollowUpStepped, error) {
	if h.Signal {
		h = tamed(h)
	}
	done, err := s.followUpStep(ctx, given, h)
	if indigestible(err) {
		// As with a lead: without its payload it is refused.
		return s.followUpStep(ctx, given, process.FollowUpHappening{What: h.What, Signal: h.Signal, Actor: process.Operator})
	}
	return done, err
}

// tamed mends what a signal from Temporal's own tools may bring.
func tamed(h process.FollowUpHappening) process.FollowUpHappening {
	if uuid.Validate(string(h.Actor)) != nil {
		h.Actor = process.Operator
	}
	if d := h.Settle; d != nil {
		h.Settle = &process.Settlement{Fate: d.Fate, Outcome: d.Outcome}
	}
	return h
}

func (s *Store) followUpStep(ctx context.Context, given process.FollowUpState, h process.FollowUpHappening) (process.FollowUpStepped, error) {
	var done process.FollowUpStepped
	id, leadID := parsed(given.ID), parsed(given.Lead)
	if id == nil || leadID == nil {
		return done, fmt.Errorf("follow-up id: %w", ErrNotFound)
	}
	err := s.InTx(ctx, func(q *db.Queries) error {
		e := errand{s: s, q: q, h: h}
		var err error
		// The lead first, as everybody does who locks both.
		if e.lead, err = q.LockLead(ctx, *leadID); err != nil {
			return fmt.Errorf("lock lead: %w", found(err))
		}
		if e.row, err = q.LockFollowUp(ctx, *id); err != nil {
			return fmt.Errorf("lock follow-up: %w", found(err))
		}
		done, err = e.step(ctx, given)
		return err
	})
	return done, err
}

// errand is one step of a follow-up under way. The rows of its lead and its own
// are locked.
type errand struct {
	s    *Store
	q    *db.Queries
	lead db.LockLeadRow
	row  db.LockFollowUpRow
	h    process.FollowUpHappening
}

func (e *errand) step(ctx context.Context, given process.FollowUpState) (process.FollowUpStepped, error) {
	state := given
	var err error
	if e.row.Step > given.Step {
		if state, err = followUpState(e.row); err != nil {
			return process.FollowUpStepped{}, err
		}
	}
	// The row of a database that was restored from a backup.
	behind := e.row.Step < given.Step
	if behind {
		if state, err = e.remember(ctx, state); err != nil {
			return process.FollowUpStepped{}, err
		}
	}
	if e.h.Delivered, err = untold(ctx, e.q, e.h.Delivered); err != nil {
		return process.FollowUpStepped{}, err
	}
	done := process.FollowUpStepped{State: state, Now: e.lead.Now}
	// An earlier answer may have got lost: what it asked to send is still to go, or
	// went and the process has not heard how it ended.
	again := e.h.What == process.WasStarted || e.h.TakeUp || behind || state.Step > given.Step
	deliver := again
	repeated, err := e.repeated(ctx)
	if err != nil {
		return done, err
	}
	if !repeated {
		out, err := e.decide(ctx, state)
		if err != nil {
			return done, err
		}
		done.State, done.Refused = out.State, out.Refused
		deliver = deliver || out.Deliver
		if behind {
			about := map[string]any{"follow_up_id": given.ID, "follow_up": string(given.Kind)}
			out.Events = slices.Insert(out.Events, 0, lostSteps(e.row.Step, given.Step, about))
		}
		if out.State.Step > e.row.Step {
			if err := e.project(ctx, out); err != nil {
				return done, fmt.Errorf("project follow-up: %w", err)
			}
		}
	}
	if deliver || repeated {
		done.Deliver, err = pendingOfFollowUp(ctx, e.q, e.row.ID, again)
	}
	return done, err
}

// repeated reports whether the happening was applied before: its caller asks
// again because the answer got lost.
func (e *errand) repeated(ctx context.Context) (bool, error) {
	if e.h.ID == "" {
		return false, nil
	}
	return e.q.HappenedBefore(ctx, db.HappenedBeforeParams{LeadID: e.lead.ID, Happening: e.h.ID})
}

func pendingOfFollowUp(ctx context.Context, q *db.Queries, id uuid.UUID, unfinished bool) ([]string, error) {
	ids, err := q.PendingFollowUpMessages(ctx, db.PendingFollowUpMessagesParams{FollowUpID: &id, Unfinished: unfinished})
	if err != nil {
		return nil, fmt.Errorf("pending messages: %w", err)
	}
	return idsOf(ids), nil
}

// decide runs the step on the world as it is now.
func (e *errand) decide(ctx context.Context, state process.FollowUpState) (process.FollowUpOutcome, error) {
	var none process.FollowUpOutcome
	w := process.FollowUpWorld{World: process.World{Now: e.lead.Now.UTC(), Language: e.lead.DealerLanguage, Subject: subject(e.lead)}}
	var err error
	if w.Policy, err = e.s.Policy(ctx, e.q, e.lead.DealerID, int32(state.PolicyVersion)); err != nil {
		return none, err
	}
	if w.Staff, err = roster(ctx, e.q, e.lead.DealerID, w.Now); err != nil {
		return none, err
	}
	if e.lead.OwnerID != nil {
		w.LeadOwner = e.lead.OwnerID.String()
	}
	if w.Reach, err = reach(ctx, e.q, e.lead.ID); err != nil {
		return none, err
	}
	others, err := e.q.OtherOpenLeads(ctx, e.lead.ID)
	if err != nil {
		return none, err
	}
	w.OtherLead = len(others) > 0 || lead.Status(e.lead.Status) != lead.Closed // it may have been reopened
	department := "buying"
	if state.Kind == lead.HandOver {
		to, err := e.q.FollowUpHandedTo(ctx, db.FollowUpHandedToParams{LeadID: e.lead.ID, Reason: state.Reason})
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return none, err
		}
		department = to.Department
		if to.Colleague != nil {
			w.Colleague = to.Colleague.String()
		}
	}
	if w.Policy.Departments[department] != "" {
		w.Department = department
	}
	return process.FollowUpStep(w, state, e.h), nil
}

// project writes what the step decided.
func (e *errand) project(ctx context.Context, out process.FollowUpOutcome) error {
	newLead := e.row.NewLeadID
	if out.Again {
		id, err := e.s.again(ctx, e.q, e.lead, string(out.State.Kind))
		if err != nil {
			return err
		}
		newLead = &id
		out.Events[len(out.Events)-1].Data["new_lead_id"] = id.String()
	}
	for _, m := range out.Mails {
		err := insertMessage(ctx, e.q, db.InsertMessageParams{
			ID: NewID(), DealerID: e.lead.DealerID, LeadID: e.lead.ID, Key: m.Key, Template: m.Template, Channel: string(m.Channel), StaffID: parsed(m.Staff),
			Step: int32(m.Step), Steps: int32(m.Steps), Ref: m.Ref, State: "pending", NotBefore: instant(m.NotBefore), CreatedAt: e.lead.Now,
			FollowUpID: &e.row.ID, Department: m.Department,
		}, e.lead.Now)
		if err != nil {
			return err
		}
	}
	if e.h.What == process.WasDelivered {
		if err := told(ctx, e.q, e.lead.ID, e.h.Delivered); err != nil {
			return err
		}
	}
	if err := writeFollowUp(ctx, e.q, e.row, out.State, &e.h, newLead); err != nil {
		return err
	}
	if err := noteAsked(ctx, e.q, e.lead, &e.row.ID, e.h.ID, e.h.Signal); err != nil {
		return err
	}
	if len(out.Events) == 0 {
		return nil
	}
	if err := appendEvents(ctx, e.q, e.lead, out.Events, e.h.ID); err != nil {
		return err
	}
	return e.q.AdvanceTimeline(ctx, db.AdvanceTimelineParams{ID: e.lead.ID, By: int64(len(out.Events))})
}

// writeFollowUp writes the state of a follow-up into its row. h is what somebody
// did to it, nil when it was settled by what happened to its lead.
func writeFollowUp(
	ctx context.Context, q *db.Queries, was db.LockFollowUpRow, state process.FollowUpState, h *process.FollowUpHappening, newLead *uuid.UUID,
) error {
	params, err := projectedFollowUp(was.ID, state)
	if err != nil {
		return err
	}
	params.SettledBy, params.NoteID, params.NewLeadID = was.SettledBy, was.NoteID, newLead
	if was.Status == string(process.Pending) && state.Status != process.Pending {
		params.SettledBy = string(process.System)
		if h != nil && h.Settle != nil {
			params.SettledBy, params.NoteID = string(h.Actor), parsed(h.Settle.NoteID)
		}
		// Nobody need be told any more.
		if err := q.WithdrawAlertsOf(ctx, &was.ID); err != nil {
			return err
		}
	}
	return q.ProjectFollowUp(ctx, params)
}

// projectedFollowUp is a state as the columns of the follow-up's row show it,
// without those that no state knows.
func projectedFollowUp(id uuid.UUID, state process.FollowUpState) (db.ProjectFollowUpParams, error) {
	body, err := json.Marshal(state)
	if err != nil {
		return db.ProjectFollowUpParams{}, err
	}
	params := db.ProjectFollowUpParams{
		ID: id, Step: state.Step, Process: body, Status: string(state.Status), Outcome: state.Outcome, Why: state.Why, OwnerID: parsed(state.Owner),
		EscalationStep: int32(state.Escalation.Step), SettledAt: instant(state.SettledAt),
	}
	if c := state.Clock(process.FollowUp); c != nil {
		params.DeadlineAt = &c.Due
	}
	if c := state.NextDeadline(); c != nil {
		params.NextActionAt = &c.Next
	}
	return params, nil
}

// again begins a new run of the process for the customer and the car of a lead
// that is over, under the dealer's newest policy and reasons.
func (s *Store) again(ctx context.Context, q *db.Queries, row db.LockLeadRow, why string) (uuid.UUID, error) {
	id := NewID()
	versions, err := q.CurrentVersions(ctx, row.DealerID)
	if err != nil {
		return id, err
	}
	yardstick, err := s.Policy(ctx, q, row.DealerID, versions.Policy)
	if err != nil {
		return id, err
	}
	err = q.InsertLeadAgain(ctx, db.InsertLeadAgainParams{
		NewID: id, ID: row.ID, PolicyVersion: versions.Policy, ReasonVersion: versions.Reasons, Phase: string(yardstick.Phases[0]),
	})
	if err != nil {
		return id, fmt.Errorf("new run: %w", err)
	}
	if err := q.InsertLink(ctx, db.InsertLinkParams{DealerID: row.DealerID, LeadID: id, OtherID: row.ID, At: row.Now}); err != nil {
		return id, err
	}
	data, err := json.Marshal(map[string]any{"lead_id": row.ID.String(), "source": row.Source, "same_car": false, "why": why})
	if err != nil {
		return id, err
	}
	if err := appendEvent(ctx, q, row.DealerID, id, "duplicate_linked", process.System, data); err != nil {
		return id, err
	}
	return id, q.InsertOutbox(ctx, db.InsertOutboxParams{DealerID: row.DealerID, LeadID: id, NextTryAt: row.Now})
}

// settleFollowUps ends the open follow-ups of a kind because of what happened to
// their lead, whose row is locked, and returns the timeline's entries. Their
// workflows are told to look.
func settleFollowUps(ctx context.Context, q *db.Queries, row db.LockLeadRow, what process.Settled) ([]process.Event, error) {
	ids, err := q.OpenFollowUpsOf(ctx, db.OpenFollowUpsOfParams{LeadID: row.ID, Kind: string(what.Kind)})
	if err != nil {
		return nil, err
	}
	var events []process.Event
	for _, id := range ids {
		was, err := q.LockFollowUp(ctx, id)
		if err != nil {
			return nil, err
		}
		state, err := followUpState(was)
		if err != nil {
			return nil, err
		}
		state, event := state.SettledBy(what, row.Now.UTC())
		if err := writeFollowUp(ctx, q, was, state, nil, was.NewLeadID); err != nil {
			return nil, err
		}
		events = append(events, event)
		if slices.Contains(workedByLead, what.Kind) {
			continue
		}
		if err := q.QueueFollowUp(ctx, db.QueueFollowUpParams{DealerID: row.DealerID, LeadID: row.ID, FollowUpID: &id, Happening: lookAtTheClock}); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// What the outbox tells a follow-up: to begin, and to look at its row and its
// clock.
var (
	startIt        = []byte(`{"what":"follow_up"}`)
	lookAtTheClock = []byte(`{"what":"follow_up_due"}`)
)

// BeginsFollowUp reports whether an entry of the outbox starts the follow-up
// that it names.
func BeginsFollowUp(entry db.ClaimOutboxRow) bool { return entry.What == "follow_up" }

// TakeUpFollowUps queues the follow-ups that a worker of the release before
// wrote down, which knows no workflow of theirs.
func (s *Store) TakeUpFollowUps(ctx context.Context) error {
	if err := s.FinishImmediateFollowUps(ctx); err != nil {
		return fmt.Errorf("follow-ups of the release before: %w", err)
	}
	if err := s.QueueForgottenFollowUps(ctx); err != nil {
		return fmt.Errorf("follow-ups of the release before: %w", err)
	}
	return nil
}
