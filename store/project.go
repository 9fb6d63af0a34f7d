package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// project writes what a step decided. The lead's row is locked.
func project(ctx context.Context, q *db.Queries, row db.LockLeadRow, h process.Happening, out process.Outcome) error {
	p := &projection{q: q, row: row, h: h, out: out}
	for _, write := range []func(context.Context) error{
		p.attempt, p.appointment, p.closing, p.messages, p.followUps, p.assigned, p.spread, p.timeline, p.lead, p.asked,
	} {
		if err := write(ctx); err != nil {
			return fmt.Errorf("project: %w", err)
		}
	}
	return nil
}

type projection struct {
	q   *db.Queries
	row db.LockLeadRow
	h   process.Happening
	out process.Outcome
}

// Deadline is one entry of the lead's deadlines as people see them.
type Deadline struct {
	Kind  process.Kind `json:"kind"`
	DueAt time.Time    `json:"due_at"`
	Step  int          `json:"step"` // escalation steps taken
}

func deadlines(s process.State) ([]Deadline, *time.Time) {
	list := []Deadline{}
	var next *time.Time
	for _, c := range s.Clocks {
		if !c.Kind.Visible() {
			continue
		}
		list = append(list, Deadline{Kind: c.Kind, DueAt: c.Due, Step: c.Step})
		if next == nil || c.Due.Before(*next) {
			next = &c.Due
		}
	}
	return list, next
}

func (p *projection) lead(ctx context.Context) error {
	params, err := projected(p.row.ID, p.row.TimelineSeq+int64(len(p.out.Events)), p.out.State)
	if err != nil {
		return err
	}
	return p.q.ProjectLead(ctx, params)
}

// projected is a state as the columns of the lead's row show it.
func projected(id uuid.UUID, seq int64, s process.State) (db.ProjectLeadParams, error) {
	list, next := deadlines(s)
	deadlinesJSON, err := json.Marshal(list)
	if err != nil {
		return db.ProjectLeadParams{}, err
	}
	processJSON, err := json.Marshal(s)
	if err != nil {
		return db.ProjectLeadParams{}, err
	}
	var escalation []byte
	if s.Escalation.Kind != "" {
		if escalation, err = json.Marshal(s.Escalation); err != nil {
			return db.ProjectLeadParams{}, err
		}
	}
	var action *time.Time
	if c := s.NextDeadline(); c != nil {
		action = &c.Next
	}
	var attemptDue *time.Time
	if c := s.Clock(process.CallAttempt); c != nil {
		attemptDue = &c.Due
	}
	counted, days, _ := s.Counted()
	return db.ProjectLeadParams{
		ID: id, Step: s.Step, TimelineSeq: seq, Process: processJSON,
		Phase: string(s.Phase), Stage: string(s.Stage), Status: string(s.Status), Track: s.Track, Why: s.Why, OwnerID: parsed(s.Owner),
		AutoRespondedAt: instant(s.AutoRespondedAt), LiveDueAt: instant(s.LiveDueAt), FirstLiveAt: instant(s.FirstLiveAt),
		FirstConversationAt: instant(s.FirstConversation), LastLiveAt: instant(s.LastLiveAt),
		AttemptsMade: int32(len(s.Attempts)), AttemptsCounted: int32(counted), AttemptsRequired: int32(s.Measure.Attempts),
		AttemptDays: int32(days), AttemptDaysRequired: int32(s.Measure.Days),
		NextAttemptDueAt: attemptDue, NextDeadlineAt: next, NextActionAt: action, Deadlines: deadlinesJSON,
		Escalation: escalation, EscalationStep: int32(s.Escalation.Step),
		CloseReason: s.CloseReason, ClosedAt: instant(s.ClosedAt), ParkedUntil: instant(s.ParkedUntil),
		PolicyVersion: int32(s.PolicyVersion),
	}, nil
}

func (p *projection) asked(ctx context.Context) error {
	return noteAsked(ctx, p.q, p.row, nil, p.h.ID, p.h.Signal)
}

func (p *projection) timeline(ctx context.Context) error {
	return appendEvents(ctx, p.q, p.row, p.out.Events, p.h.ID)
}

// appendEvents puts what one step did on the timeline of a lead, whose row is
// locked.
func appendEvents(ctx context.Context, q *db.Queries, row db.LockLeadRow, list []process.Event, happening string) error {
	if len(list) == 0 {
		return nil
	}
	entries := db.AppendTimelineParams{DealerID: row.DealerID, LeadID: row.ID, After: row.TimelineSeq, At: row.Now, Happening: pointer(happening)}
	for _, e := range list {
		data := []byte("{}")
		if len(e.Data) > 0 {
			var err error
			if data, err = json.Marshal(e.Data); err != nil {
				return err
			}
		}
		entries.Kinds, entries.Actors, entries.Data = append(entries.Kinds, e.Kind), append(entries.Actors, string(e.Actor)), append(entries.Data, string(data))
	}
	return q.AppendTimeline(ctx, entries)
}

func (p *projection) attempt(ctx context.Context) error {
	made, a := p.out.Attempt, p.h.Attempt
	if made == nil {
		return nil
	}
	id := parsed(made.ID)
	if id == nil {
		return fmt.Errorf("attempt without an id: %w", ErrNotFound)
	}
	var seconds *int32
	if a.Seconds > 0 {
		seconds = pointer(int32(min(a.Seconds, 24*3600)))
	}
	return p.q.InsertAttempt(ctx, db.InsertAttemptParams{
		ID: *id, DealerID: p.row.DealerID, LeadID: p.row.ID, Actor: string(p.h.Actor), Channel: string(a.Channel), Direction: string(a.Direction),
		Outcome: string(a.Outcome), MadeAt: made.At, DurationS: seconds, Counted: made.Counted, NoteID: parsed(a.NoteID),
	})
}

// appointment follows the state: what was agreed, and what became of it.
func (p *projection) appointment(ctx context.Context) error {
	fate := p.out.Appointment
	if fate == nil {
		return nil
	}
	id := parsed(fate.ID)
	if id == nil {
		return fmt.Errorf("appointment without an id: %w", ErrNotFound)
	}
	var note *uuid.UUID
	if p.h.Appointment != nil {
		note = parsed(p.h.Appointment.NoteID)
	}
	return p.q.PutAppointment(ctx, db.PutAppointmentParams{
		ID: *id, DealerID: p.row.DealerID, LeadID: p.row.ID, Kind: string(fate.Kind), StartsAt: fate.StartsAt,
		Minutes: int32(fate.Minutes), Confirmed: fate.Confirmed, Sequence: int32(fate.Sequence),
		State: fate.State, NoteID: note, CreatedAt: p.row.Now,
	})
}

func (p *projection) closing(ctx context.Context) error {
	fate := p.out.Closing
	if fate == nil {
		return nil
	}
	id := parsed(fate.ID)
	if id == nil {
		return fmt.Errorf("closing without an id: %w", ErrNotFound)
	}
	details := []byte("{}")
	if len(fate.Ask.Details) > 0 {
		var err error
		if details, err = json.Marshal(fate.Ask.Details); err != nil {
			return err
		}
	}
	params := db.SettleClosingParams{
		ID: *id, DealerID: p.row.DealerID, LeadID: p.row.ID, Reason: fate.Ask.Reason, Details: details,
		AskedBy: string(p.h.Actor), AskedAt: p.row.Now, State: fate.State,
	}
	if c := p.out.State.Clock(process.ClosingApproval); c != nil {
		params.DueAt = &c.Due
	}
	if fate.State == "approved" || fate.State == "rejected" {
		params.DecidedBy, params.DecidedAt = pointer(string(fate.By)), &p.row.Now
		params.DecisionNoteID = parsed(p.h.Decide.NoteID)
	}
	return p.q.SettleClosing(ctx, params)
}

func (p *projection) messages(ctx context.Context) error {
	if p.out.Withdraw {
		keep := make([]string, 0, len(p.out.Mails))
		for _, m := range p.out.Mails {
			keep = append(keep, m.Key)
		}
		if err := p.q.WithdrawMessages(ctx, db.WithdrawMessagesParams{LeadID: p.row.ID, Keep: keep}); err != nil {
			return err
		}
	}
	for _, m := range p.out.Mails {
		if m.Ledger != "" {
			id, err := uuid.Parse(m.Ledger)
			if err != nil {
				return fmt.Errorf("message id: %w", err)
			}
			if _, err := p.q.ReleaseMessage(ctx, db.ReleaseMessageParams{LeadID: p.row.ID, ID: id}); err != nil {
				return err
			}
			continue
		}
		row := db.InsertMessageParams{
			ID: NewID(), DealerID: p.row.DealerID, LeadID: p.row.ID, Key: m.Key, Template: m.Template, Channel: string(m.Channel),
			StaffID: parsed(m.Staff), Step: int32(m.Step), Steps: int32(m.Steps), Ref: m.Ref, State: "pending",
			NotBefore: instant(m.NotBefore), CreatedAt: p.row.Now,
		}
		if err := insertMessage(ctx, p.q, row, p.row.Now); err != nil {
			return err
		}
	}
	if p.h.What == process.WasDelivered {
		return told(ctx, p.q, p.row.ID, p.h.Delivered)
	}
	return p.foundOut(ctx)
}

// insertMessage puts a message into the ledger. On the screen it is shown from
// now on.
func insertMessage(ctx context.Context, q *db.Queries, row db.InsertMessageParams, now time.Time) error {
	if row.Channel == string(process.Screen) {
		row.State, row.AcceptedAt = "accepted", &now
	}
	return q.InsertMessage(ctx, row)
}

// untold leaves out the fates that the process knows already: its answer got
// lost, and a mail must not count twice.
func untold(ctx context.Context, q *db.Queries, fates []process.Delivery) ([]process.Delivery, error) {
	if len(fates) == 0 {
		return nil, nil
	}
	ids := make([]uuid.UUID, 0, len(fates))
	for _, d := range fates {
		if id := parsed(d.Message); id != nil {
			ids = append(ids, *id)
		}
	}
	fresh, err := q.UntoldMessages(ctx, ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(fates), func(d process.Delivery) bool {
		id := parsed(d.Message)
		return id == nil || !slices.Contains(fresh, *id)
	}), nil
}

// told notes that the process knows the fates.
func told(ctx context.Context, q *db.Queries, lead uuid.UUID, fates []process.Delivery) error {
	ids := make([]uuid.UUID, 0, len(fates))
	for _, d := range fates {
		if id, err := uuid.Parse(d.Message); err == nil {
			ids = append(ids, id)
		}
	}
	return q.ToldMessages(ctx, db.ToldMessagesParams{LeadID: lead, Ids: ids})
}

// followUps starts what the step asked for, each as a process of its own, and
// ends what it made needless.
func (p *projection) followUps(ctx context.Context) error {
	reason := p.out.State.CloseReason
	if p.out.Closing != nil {
		reason = p.out.Closing.Ask.Reason
	}
	// What is begun now is not ended by what ended the old.
	for _, settled := range p.out.Settled {
		events, err := settleFollowUps(ctx, p.q, p.row, settled)
		if err != nil {
			return err
		}
		p.out.Events = append(p.out.Events, events...)
	}
	for _, f := range p.out.FollowUps {
		if !f.StartsAt.IsZero() {
			reason = "" // of the contact schedule
		}
		if err := startFollowUp(ctx, p.q, p.row.DealerID, p.row.ID, f, reason, int32(p.out.State.PolicyVersion), p.row.Now); err != nil {
			return err
		}
	}
	return nil
}

func (p *projection) assigned(ctx context.Context) error {
	id := parsed(p.out.Assigned)
	if id == nil {
		return nil
	}
	return p.q.AssignedNow(ctx, db.AssignedNowParams{DealerID: p.row.DealerID, ID: *id, LastAssignedAt: &p.row.Now})
}

// spread stores what the person refuses, so that it holds for every lead of
// his from this commit on, whatever the other workflows know yet.
func (p *projection) spread(ctx context.Context) error {
	refused := p.out.Spread
	if p.h.What == process.DidCustomer && p.out.Refused == nil {
		refused = p.h.Customer.Refuses
	}
	if len(refused) == 0 {
		return nil
	}
	return refuse(ctx, p.q, p.row, refused, p.h.Actor)
}

// Append puts an entry on the timeline that no step makes: a refusal that the
// workflow never saw because its validators turned it away, or news of a lead
// whose workflow has ended.
func (s *Store) Append(ctx context.Context, dealer, leadID uuid.UUID, kind string, actor process.Actor, data map[string]any) error {
	body, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("timeline entry: %w", err)
	}
	return s.InTx(ctx, func(q *db.Queries) error {
		return appendEvent(ctx, q, dealer, leadID, kind, actor, body)
	})
}

func appendEvent(ctx context.Context, q *db.Queries, dealer, leadID uuid.UUID, kind string, actor process.Actor, data []byte) error {
	seq, err := q.NextTimelineSeq(ctx, db.NextTimelineSeqParams{ID: leadID, DealerID: dealer})
	if err != nil {
		return fmt.Errorf("timeline of lead: %w", found(err))
	}
	err = q.InsertTimeline(ctx, db.InsertTimelineParams{DealerID: dealer, LeadID: leadID, Seq: seq, Kind: kind, Actor: string(actor), Data: data})
	if err != nil {
		return fmt.Errorf("timeline entry %s of step %s: %w", kind, strconv.FormatInt(seq, 10), err)
	}
	return nil
}

func parsed(id string) *uuid.UUID {
	u, err := uuid.Parse(id)
	if err != nil {
		return nil
	}
	return &u
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
