// Package relay tells Temporal what intake has committed: which workflows to
// start, which leads to signal. It finishes what a process that died could not,
// and keeps at it while Temporal is away. Relays run in the workers, so that
// whoever starts a lead is given its first task with the answer.
package relay

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/doorbell-ilm/doorbell/internal/failpoint"
	"github.com/doorbell-ilm/doorbell/internal/lull"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/workflows"
)

const (
	batch  = 64
	atOnce = 8
	// poll is how often the outbox is looked at when no bell is heard: it finds
	// what processes that died left behind.
	poll = time.Second
	// sweeps is how often follow-ups are looked for that nothing has told to
	// begin, as workers of the release before leave them.
	sweeps = time.Minute
)

// Relay empties the outbox. Any number of them may run, in any process.
type Relay struct {
	Store *store.Store
	Leads workflows.Leads
	Log   *slog.Logger
	wake  chan struct{}
	pace  pace
	flood flood
}

// New returns a relay; Run makes it work.
func New(s *store.Store, leads workflows.Leads, log *slog.Logger) *Relay {
	return &Relay{Store: s, Leads: leads, Log: log, wake: make(chan struct{}, 1), flood: flood{looked: time.Now()}}
}

// Wake makes the relay look at the outbox now, because n things came into it. It
// never blocks.
func (r *Relay) Wake(n int64) {
	r.flood.came.Add(n)
	select {
	case r.wake <- struct{}{}:
	default: // it is about to look anyway
	}
}

// hear listens for bells until ctx ends.
func (r *Relay) hear(ctx context.Context) {
	for {
		if err := r.Store.HearOutbox(ctx, r.Wake); ctx.Err() == nil {
			r.Log.Warn("no bell is heard; the outbox is looked at every second", "error", err)
		}
		if lull.For(ctx, poll) != nil {
			return
		}
	}
}

// Run works until ctx ends.
func (r *Relay) Run(ctx context.Context) {
	var hearing sync.WaitGroup
	hearing.Go(func() { r.hear(ctx) })
	defer hearing.Wait()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	sweep := time.NewTicker(sweeps)
	defer sweep.Stop()
	for {
		n, err := r.Drain(ctx)
		switch {
		case errors.Is(err, errAway):
			r.awaitTemporal(ctx)
		case errors.Is(err, errFull):
			if lull.For(ctx, breath) == nil {
				continue
			}
		case err == nil && r.flood.holds(time.Now()):
			if lull.For(ctx, floodWindow) == nil {
				continue
			}
		case err != nil && ctx.Err() == nil:
			r.Log.Warn("outbox cannot be read; trying again", "error", err)
		}
		if n == batch && err == nil {
			continue // there is more
		}
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		case <-tick.C:
		case <-sweep.C:
			if err := r.Store.TakeUpFollowUps(store.Across(ctx)); err != nil && ctx.Err() == nil {
				r.Log.Warn("forgotten follow-ups cannot be looked for; trying again", "error", err)
			}
		}
	}
}

// errAway says that Temporal could be told nothing of a batch.
var errAway = errors.New("Temporal cannot be told anything") //nolint:staticcheck // it is a name

// awaitTemporal returns when Temporal answers again. Until then the outbox is
// left alone: what is tried in vain loses its place, and after an outage the
// oldest have to go first.
func (r *Relay) awaitTemporal(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(poll):
		}
		if r.Leads.Reachable(ctx) == nil {
			return
		}
	}
}

// Drain takes one batch of what is due, a dealer's oldest first and one dealer
// after the other, and returns how many entries it took. In a flood it takes one of
// each dealer. When Temporal does not answer at all they are put back where they
// were.
func (r *Relay) Drain(ctx context.Context) (int, error) {
	full, err := r.pace.full(store.Across(ctx), r.Store)
	if err != nil {
		return 0, err
	}
	if full {
		return 0, errFull
	}
	claim := db.ClaimOutboxParams{Most: batch, OfEach: batch}
	now := time.Now()
	r.flood.look(now)
	if r.flood.holds(now) {
		claim.OfEach = 1
	}
	entries, err := r.Store.ClaimOutbox(store.Across(ctx), claim)
	if err != nil {
		return 0, err
	}
	var group errgroup.Group
	group.SetLimit(atOnce)
	var told, unanswered atomic.Int32
	gone := make([]bool, len(entries))
	for i, e := range entries {
		group.Go(func() error {
			// One lead that cannot be told is its own trouble; the first few
			// without an exception are Temporal's.
			if told.Load() == 0 && unanswered.Load() >= atOnce {
				return nil
			}
			var err error
			gone[i], err = r.tell(store.ForDealer(ctx, e.DealerID), e)
			if workflows.Away(err) {
				unanswered.Add(1)
			} else {
				told.Add(1)
			}
			if err != nil && ctx.Err() == nil {
				// The entry stays and comes up again after a growing pause.
				r.Log.Warn("Temporal cannot be told yet", "lead", e.LeadID, "tries", e.Tries, "error", err)
			}
			return nil
		})
	}
	_ = group.Wait() // none of them returns an error
	if err := r.drop(ctx, entries, gone); err != nil {
		return len(entries), err
	}
	if told.Load() > 0 || unanswered.Load() == 0 {
		return len(entries), nil
	}
	if err := r.putBack(ctx, entries); err != nil {
		return 0, err
	}
	return len(entries), errAway
}

// putBack gives claimed entries their place again: those that were tried, too,
// or the oldest would wait longest when Temporal is back.
func (r *Relay) putBack(ctx context.Context, entries []db.ClaimOutboxRow) error {
	var back db.PutBackOutboxParams
	for _, e := range entries {
		back.Ids = append(back.Ids, e.ID)
		back.Was = append(back.Was, e.Was)
	}
	return r.Store.PutBackOutbox(store.Across(context.WithoutCancel(ctx)), back)
}

// drop takes out of the outbox what Temporal was told, all of a batch at once. A
// process that dies before that leaves entries that are told once more, which changes
// nothing.
func (r *Relay) drop(ctx context.Context, entries []db.ClaimOutboxRow, gone []bool) error {
	var ids []int64
	for i, e := range entries {
		if gone[i] {
			ids = append(ids, e.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return r.Store.DeleteOutbox(store.Across(context.WithoutCancel(ctx)), ids)
}

// tell brings one entry to Temporal, and reports whether it is done with.
func (r *Relay) tell(ctx context.Context, e db.ClaimOutboxRow) (gone bool, err error) {
	if e.What == store.Asked {
		return r.remind(ctx, e)
	}
	if e.FollowUpID != nil {
		return r.tellFollowUp(ctx, e)
	}
	if e.Happening == nil {
		state, err := r.Store.StateForStart(ctx, e.LeadID)
		if err != nil {
			return false, err
		}
		failpoint.Hit(failpoint.RelayBeforeStart)
		// A worker that is told to stop now still gets the first task that comes with
		// the answer; cut off, the lead would wait until Temporal takes it for lost.
		if err := r.Leads.Start(context.WithoutCancel(ctx), state); err != nil {
			return false, err
		}
		r.pace.started(e.LeadID)
		failpoint.Hit(failpoint.RelayAfterStart)
		return true, nil
	}
	var h process.Happening
	if err := json.Unmarshal(e.Happening, &h); err != nil {
		return false, err
	}
	err = r.Leads.Tell(ctx, e.LeadID.String(), h)
	if errors.Is(err, workflows.ErrNotRunning) {
		// Not begun yet: its own entry is older and comes first. Closed
		// meanwhile: then there is nobody to tell, and the timeline keeps it.
		return r.unheard(ctx, e, h)
	}
	return err == nil, err
}

// tellFollowUp starts the workflow of a follow-up, or wakes it because its row
// changed.
func (r *Relay) tellFollowUp(ctx context.Context, e db.ClaimOutboxRow) (gone bool, err error) {
	state, err := r.Store.FollowUpForStart(ctx, *e.FollowUpID)
	if err != nil {
		return false, err
	}
	if store.BeginsFollowUp(e) {
		if state.Status == process.Pending {
			err = r.Leads.StartFollowUp(ctx, state)
		}
	} else if err = r.Leads.WakeFollowUp(ctx, state.ID); errors.Is(err, workflows.ErrNotRunning) && state.Status != process.Pending {
		err = nil // its workflow has ended already
	}
	return err == nil, err
}

// remind brings a process to know of a step that somebody asked for and got no
// answer to: Temporal may have forgotten that it was asked after Postgres committed
// it. Where the process is about to act the entry comes up again, where it has ended
// only an audit can help.
func (r *Relay) remind(ctx context.Context, e db.ClaimOutboxRow) (gone bool, err error) {
	remind, id := r.Leads.Remind, e.LeadID
	if e.FollowUpID != nil {
		remind, id = r.Leads.RemindFollowUp, *e.FollowUpID
	}
	gone, err = remind(ctx, id.String())
	if errors.Is(err, workflows.ErrNotRunning) {
		return true, nil
	}
	return gone, err
}

// unheard handles a signal to a lead that does not run.
func (r *Relay) unheard(ctx context.Context, e db.ClaimOutboxRow, h process.Happening) (gone bool, err error) {
	state, err := r.Store.StateForStart(ctx, e.LeadID)
	if err != nil {
		return false, err
	}
	if state.Status != "closed" {
		return false, workflows.ErrNotRunning
	}
	if h.Linked != nil && h.Linked.SameCar {
		// The customer asked again at the moment in which his lead was closed.
		// Nobody works the new one then, so it becomes a process of its own.
		return false, r.Store.Revive(ctx, e.ID, h.Linked.Lead) // which takes the entry with it
	}
	var kind string
	var data map[string]any
	switch {
	case h.Linked != nil:
		kind, data = "duplicate_linked", map[string]any{"lead_id": h.Linked.Lead, "source": h.Linked.Source, "same_car": false}
	case h.Resent != nil:
		kind, data = "message_received", map[string]any{"resend": true, "raw_id": h.Resent.Raw, "changed": h.Resent.Changed}
	case h.Repin != nil:
		// A closed lead keeps the policy under which it was worked.
	case h.Customer != nil && h.Customer.Mail != nil:
		kind, data = unheardMail(*h.Customer.Mail)
	case h.Customer != nil:
		kind, data = "follow_up_done", map[string]any{"kind": string(lead.DoNotContact), "channels": h.Customer.Refuses}
	}
	actor := h.Actor
	if actor == "" {
		actor = process.System
	}
	if kind != "" {
		if err := r.Store.Append(ctx, e.DealerID, e.LeadID, kind, actor, data); err != nil {
			return false, err
		}
	}
	return true, nil
}

// unheardMail is what the timeline of a closed lead keeps of news of a mail.
// What else follows from it was written when the news came.
func unheardMail(mail process.MailNews) (kind string, data map[string]any) {
	data = map[string]any{"message_id": mail.Message, "at": mail.At}
	switch {
	case mail.Lifted || mail.Elsewhere:
		return "", nil
	case mail.Is == lead.MailDelivered:
		return "message_delivered", data
	}
	data["why"] = string(mail.Is)
	return "message_bounced", data
}
