package process_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

// drawErrand is a follow-up of any kind under an odd yardstick, asked of whoever
// is there, due soon or late.
func drawErrand(t *rapid.T) *errand {
	at := rapid.SampledFrom([]string{"2026-11-21 02:30", "2026-11-23 10:00", "2026-10-24 23:50", "2027-03-28 01:59"}).Draw(t, "asked")
	day, err := time.Parse(time.DateOnly, at[:10])
	require.NoError(t, err)
	due := day.AddDate(0, 0, rapid.SampledFrom([]int{-1, 0, 1, 30, 730}).Draw(t, "due in")).Format(time.DateOnly)
	return asked(t, drawPolicy(t, "standard"), rapid.SampledFrom(lead.FollowUpKinds).Draw(t, "kind"), at, due, func(e *errand) {
		drawStaff(t, &e.life)
		drawAround(t, e)
		if rapid.Bool().Draw(t, "at an instant") {
			e.state.StartsAt = e.life.world.Now.Add(time.Duration(rapid.IntRange(-1, 200).Draw(t, "starts in")) * time.Hour)
		}
	})
}

// drawAround changes what a follow-up knows of its lead and its customer.
func drawAround(t *rapid.T, e *errand) {
	e.world.LeadOwner = rapid.SampledFrom([]string{"", "ann", "bob", "eva"}).Draw(t, "lead's owner")
	e.world.Colleague = rapid.SampledFrom([]string{"", "kim", "eva"}).Draw(t, "colleague")
	e.world.Department = rapid.SampledFrom([]string{"", "service"}).Draw(t, "department")
	e.world.Reach = process.Reach{Phone: rapid.Bool().Draw(t, "phone"), Email: rapid.Bool().Draw(t, "email")}
	e.world.Reach.Refused = rapid.SliceOfN(rapid.SampledFrom(lead.RefusableChannels), 0, 2).Draw(t, "refuses")
	e.world.OtherLead = rapid.Bool().Draw(t, "other lead")
}

// drawFollowUpHappening is anything that may happen to a follow-up. The words in
// it are marked.
func drawFollowUpHappening(t *rapid.T, e *errand) process.FollowUpHappening {
	h := process.FollowUpHappening{
		ID: e.id(), Signal: rapid.Bool().Draw(t, "signal"),
		What: rapid.SampledFrom([]process.What{
			process.WasDue, process.WasDue, process.WasDue, process.WasStarted, process.DidSettle, process.DidAssign, process.DidAssign,
			process.WasDelivered, process.WasDelivered, process.WasCancelled, process.WasReceived, process.DidTake, "MARK",
		}).Draw(t, "what"),
		Actor: rapid.SampledFrom([]process.Actor{"ann", "mia", "operator", ""}).Draw(t, "actor"),
	}
	note := ""
	if h.Signal {
		note = "MARK"
		h.Actor = rapid.SampledFrom([]process.Actor{"ann", "MARK", "operator", ""}).Draw(t, "by")
	} else if h.What != process.DidAssign || rapid.Bool().Draw(t, "with a note") {
		note = otherID
	}
	switch h.What {
	case process.DidSettle:
		h.Settle = &process.Settlement{
			Fate:    rapid.SampledFrom([]process.FollowUpStatus{process.Done, process.Dropped, "MARK"}).Draw(t, "fate"),
			Outcome: rapid.SampledFrom([]string{"", process.Granted, process.Denied, "MARK"}).Draw(t, "outcome"), NoteID: note,
		}
	case process.DidAssign:
		h.Assign = &process.Assignment{To: rapid.SampledFrom([]string{"ann", "bob", "max", "gus", "eva", "MARK@demo.example", ""}).Draw(t, "to"), NoteID: note}
	case process.WasDelivered:
		h.Signal, h.Actor = false, ""
		h.Delivered = []process.Delivery{{
			Message: otherID, Template: rapid.SampledFrom([]string{"hand-over", "soft-reminder"}).Draw(t, "template"), At: e.life.world.Now,
			Fate: rapid.SampledFrom([]process.Fate{process.Accepted, process.Failed, process.Suppressed, process.Unknown}).Draw(t, "fate"),
		}}
	default:
	}
	if rapid.IntRange(0, 19).Draw(t, "payload lost") == 0 && h.What != process.WasDelivered {
		h.Settle, h.Assign, h.Signal = nil, nil, true
	}
	return h
}

// Whatever happens to a follow-up of whatever kind, under whatever policy and
// with whoever is there: check holds after every step, no step of its escalation
// is early or taken twice, deciding again decides the same, and no word that
// somebody wrote is kept.
func TestWhateverHappensToAFollowUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := drawErrand(t)
		rungs := map[rung]bool{}
		ended := e.rungs(process.FollowUpState{}, rungs)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			if rapid.IntRange(0, 9).Draw(t, "staff changes") == 0 {
				drawStaff(t, &e.life)
			}
			if rapid.IntRange(0, 9).Draw(t, "more changes") == 0 {
				drawAround(t, e)
			}
			h := process.FollowUpHappening{What: process.WasDue}
			next := e.state.NextDeadline()
			if jump := rapid.IntRange(0, 9).Draw(t, "jump"); jump < 6 && next != nil && next.Next.After(e.life.world.Now) {
				e.life.world.Now = next.Next
			} else {
				e.life.world.Now = e.life.world.Now.Add(time.Duration(rapid.IntRange(1, []int{60, 7200, 86_400, 7 * 86_400}[jump%4]).Draw(t, "seconds")) * time.Second)
				h = drawFollowUpHappening(t, e)
			}
			before := e.state
			e.world.World = e.life.world
			again := process.FollowUpStep(e.world, before, h)
			out := e.do(h)
			require.Equal(t, written(t, again), written(t, out), "deciding again decides the same")
			require.False(t, ended && (out.Again || out.State.Status == process.Pending), "what is settled is settled")
			ended = e.rungs(before, rungs)
		}
		require.NotContains(t, written(t, e.state)+written(t, e.mails), "MARK")
		for _, v := range e.events {
			if v.Kind != "refused" { // which says what it was that made no sense
				require.NotContains(t, written(t, v), "MARK")
			}
		}
	})
}

// rungs holds every escalation of the latest step against the policy, and
// reports whether the follow-up is settled.
func (e *errand) rungs(before process.FollowUpState, taken map[rung]bool) bool {
	e.t.Helper()
	steps := e.world.Policy.FollowUp(e.state.Kind).Escalate
	for _, v := range e.last.Events {
		step, isStep := v.Data["step"].(int)
		if !isStep {
			continue
		}
		c := e.state.Clock(process.FollowUp)
		if c == nil {
			c = before.Clock(process.FollowUp)
		}
		require.NotNil(e.t, c, "%v", v)
		r := rung{kind: process.FollowUp, start: c.Start, due: c.Due, step: step}
		if again, daily := v.Data["again"].(int); daily {
			r.again = again
		} else {
			r.repeat = as[int](e.t, v.Data["repeat"])
			if len(steps) > 0 && !taken[r.skipped()] {
				at := e.world.Policy.StepAt(&policy.Track{Clock: policy.OpeningHours}, c.Due, steps[step-1], r.repeat)
				require.False(e.t, at.After(e.life.world.Now), "early: %v", v)
			}
			taken[r.skipped()] = v.Kind == "step_skipped"
		}
		require.False(e.t, taken[r], "twice: %v", v)
		taken[r] = true
	}
	return e.state.Status != process.Pending
}

// After a year in which nothing looked at its clock a look at it comes to rest.
func TestAFollowUpComesToRestAfterAYearsOutage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := drawErrand(t)
		e.life.world.Now = e.life.world.Now.AddDate(3, 0, 0)
		looks := 0
		for c := e.state.NextDeadline(); c != nil && !c.Next.After(e.life.world.Now); c = e.state.NextDeadline() {
			out := e.do(process.FollowUpHappening{What: process.WasDue})
			require.LessOrEqual(t, len(out.Events), 2*500+10)
			looks++
			require.LessOrEqual(t, looks, 10)
		}
	})
}
