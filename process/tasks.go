package process

import (
	"slices"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
)

// Task is a follow-up to be tracked.
type Task struct {
	Kind  lead.FollowUpKind
	DueOn time.Time // local date at midnight UTC
	// StartsAt is the instant, where the day alone says too little; else zero.
	StartsAt time.Time
	// Done says that it was done in the moment in which it was asked.
	Done bool
}

// Settled ends the open follow-ups of a lead of one kind.
type Settled struct {
	Kind lead.FollowUpKind
	Fate FollowUpStatus
	Why  string
}

// atOnce are the follow-ups that Doorbell does in the moment of the closing.
var atOnce = []lead.FollowUpKind{lead.DoNotContact, lead.Celebrate, lead.LinkLeads}

// followUps starts what the reason of a closing asks for (R11).
func (t *turn) followUps(r lead.Reason, details map[string]string) {
	today := t.w.Now.In(t.w.Policy.Zone)
	for _, f := range r.FollowUpsFor(details, t.w.PaidSource) {
		t.start(Task{Kind: f.Kind, DueOn: dateOf(f.DueOn(details, today)), Done: slices.Contains(atOnce, f.Kind)})
		if f.Kind == lead.DoNotContact {
			t.out.Spread = t.respect(refusedChannels(details["channels"]))
			t.own("follow_up_done", map[string]any{"kind": string(f.Kind), "channels": t.out.Spread})
		} else if slices.Contains(atOnce, f.Kind) {
			t.own("follow_up_done", map[string]any{"kind": string(f.Kind)})
		}
	}
}

// start begins a follow-up. Those that run beside an open lead are remembered,
// because what happens to the lead can settle them.
func (t *turn) start(task Task) {
	t.out.FollowUps = append(t.out.FollowUps, task)
	t.own("follow_up_started", map[string]any{"kind": string(task.Kind), "due_on": task.DueOn.Format(time.DateOnly)})
	if t.s.Status != lead.Closed && !task.Done && !slices.Contains(t.s.Tasks, task.Kind) {
		t.s.Tasks = append(t.s.Tasks, task.Kind)
	}
}

// settle ends follow-ups that run beside the lead. The timeline hears of it
// where they are settled, which knows whether one was still open.
func (t *turn) settle(fate FollowUpStatus, why string, kinds ...lead.FollowUpKind) {
	for _, kind := range slices.Clone(kinds) {
		if !slices.Contains(t.s.Tasks, kind) {
			continue
		}
		t.s.Tasks = slices.DeleteFunc(t.s.Tasks, func(k lead.FollowUpKind) bool { return k == kind })
		t.out.Settled = append(t.out.Settled, Settled{Kind: kind, Fate: fate, Why: why})
	}
}

func dateOf(local time.Time) time.Time {
	return time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
}

func refusedChannels(list string) []lead.Channel {
	var out []lead.Channel
	for c := range strings.SplitSeq(list, ",") {
		out = append(out, lead.Channel(strings.TrimSpace(c)))
	}
	return out
}
