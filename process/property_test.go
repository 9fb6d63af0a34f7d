package process_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

// rung is one rung of one clock's ladder.
type rung struct {
	kind         process.Kind
	start, due   time.Time
	step, repeat int
	again        int
}

// skipped is where it is kept whether the latest rung of the clock found nobody:
// the next one does not wait its turn then.
func (r rung) skipped() rung { return rung{kind: r.kind, start: r.start, due: r.due, step: -1} }

// climbed holds every escalation of a step against the policy: each rung once,
// none early but after one that was skipped.
func climbed(l *life, before process.State, rungs map[rung]bool) {
	track := l.world.Policy.Track(l.state.Track)
	decide := track.FollowUp.Escalate
	if len(decide) == 0 {
		decide = track.Attempts.Overdue
	}
	ladder := map[process.Kind][]policy.Step{
		process.LiveResponse: track.LiveResponse.Escalate, process.CallAttempt: track.Attempts.Overdue, process.FollowUp: decide,
		process.AppointmentOutcome: track.Appointment.Escalate, process.ClosingApproval: track.Closing.Escalate,
	}
	for _, e := range l.last.Events {
		step, isStep := e.Data["step"].(int)
		if !isStep {
			continue
		}
		kind := process.Kind(as[string](l.t, e.Data["kind"]))
		c := l.state.Clock(kind)
		if c == nil {
			c = before.Clock(kind)
		}
		require.NotNil(l.t, c, "%v", e)
		r := rung{kind: kind, start: c.Start, due: c.Due, step: step}
		if again, daily := e.Data["again"].(int); daily {
			r.again = again
		} else {
			r.repeat = as[int](l.t, e.Data["repeat"])
			if steps := ladder[kind]; len(steps) > 0 && !rungs[r.skipped()] {
				require.False(l.t, l.world.Policy.StepAt(track, c.Due, steps[step-1], r.repeat).After(l.world.Now), "early: %v", e)
			}
			rungs[r.skipped()] = e.Kind == "step_skipped"
		}
		require.False(l.t, rungs[r], "twice: %v", e)
		rungs[r] = true
	}
}

// Whatever happens to a lead in whatever order, under whatever policy and with
// whoever is there: check holds after every step, no step of an escalation is
// early or taken twice, deciding again decides the same, a retired reason closes
// nothing, and no word that somebody wrote is kept.
func TestWhateverHappens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		policies := []*policy.Policy{drawPolicy(t, "standard"), nil}
		l := drawLife(t, policies[0])
		rungs := map[rung]bool{}
		climbed(l, process.State{}, rungs)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			if rapid.IntRange(0, 9).Draw(t, "staff changes") == 0 {
				drawStaff(t, l)
			}
			before, world := l.state, l.world
			h := drawNext(t, l)
			if rapid.IntRange(0, 19).Draw(t, "a newer policy") == 0 {
				if policies[1] == nil {
					policies[1] = drawPolicy(t, "other")
				}
				policies[0], policies[1] = policies[1], policies[0]
				l.world.Policy = policies[0]
				h = process.Happening{ID: l.id(), What: process.WasRepinned, Actor: "mia", Signal: true, Repin: &process.Repin{Version: before.PolicyVersion + 1}}
			}
			l.world.Reach = l.reach()
			again := process.Step(l.world, before, h)
			out := l.do(h)
			require.Equal(t, written(t, again), written(t, out), "deciding again decides the same")
			switch {
			case h.What != process.WasRepinned:
			case out.Refused != nil: // it goes on as it was
				policies[0], policies[1] = policies[1], policies[0]
				l.world.Policy = world.Policy
			default:
				goesOnUnder(l, before)
			}
			climbed(l, before, rungs)
			if c := out.Closing; c != nil && (c.State == "proposed" || c.State == "final") {
				reason, _ := l.world.Reasons.Find(c.Ask.Reason)
				require.False(t, reason.Retired, "a retired reason closes nothing")
			}
		}
		require.NotContains(t, written(t, l.state)+written(t, l.events)+written(t, l.mails), "MARK")
	})
}

// goesOnUnder holds what applying a policy must not do to a lead: nothing is due
// before now that was not overdue before, what was overdue stays so, and nobody
// is asked to begin again.
func goesOnUnder(l *life, before process.State) {
	l.t.Helper()
	is := l.state
	require.Equal(l.t, before.PolicyVersion+1, is.PolicyVersion)
	require.Contains(l.t, l.world.Policy.Tracks, is.Track)
	require.Contains(l.t, l.world.Policy.Phases, is.Phase)
	require.Equal(l.t, before.Status, is.Status)
	require.Equal(l.t, before.CycleStart.IsZero(), is.CycleStart.IsZero())
	require.Equal(l.t, before.LiveDueAt, is.LiveDueAt, "a promise stays what it was")
	if before.Stage == lead.Parked && before.ParkedUntil.After(l.world.Now) {
		require.Equal(l.t, before.ParkedUntil, is.ParkedUntil)
	}
	for _, c := range is.Clocks {
		if !c.Due.Before(l.world.Now) || !c.Kind.Visible() {
			continue
		}
		was := before.Clock(c.Kind)
		require.NotNil(l.t, was, "%v begins overdue", c)
		require.Equal(l.t, was.Due, c.Due, "it was not overdue before")
	}
	if slices.Contains(kindsOf(l.last.Events), "assigned") {
		return // a new owner has his own time
	}
	for _, c := range before.Clocks {
		if now := is.Clock(c.Kind); now != nil && c.Kind.Visible() && c.Kind != process.AppointmentReminder && c.Due.Before(l.world.Now) {
			require.Equal(l.t, c.Due, now.Due, "what is overdue stays overdue: %v", c)
		}
	}
}

// After a year in which nothing looked at the clock, a look at it comes to
// rest, however small the repeats are.
func TestAYearsOutageComesToRest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := rings(t, drawPolicy(t, "standard"), "2026-11-23 10:00", func(l *life) { drawStaff(t, l) })
		for range 5 {
			l.do(drawHappening(t, l))
		}
		l.world.Now = l.world.Now.AddDate(1, 0, 0)
		looks := 0
		for c := l.state.NextDeadline(); c != nil && !c.Next.After(l.world.Now); c = l.state.NextDeadline() {
			out := l.do(process.Happening{What: process.WasDue})
			require.LessOrEqual(t, len(out.Events), 2*500+10)
			looks++
			require.LessOrEqual(t, looks, 10)
		}
	})
}

// The same yardstick applied again changes nothing but the version: whatever
// happened before, no deadline moves and nobody hears of it.
func TestTheSameYardstickAgainChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := drawLife(t, drawPolicy(t, "standard"))
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			l.do(drawNext(t, l))
		}
		l.world.Now = l.world.Now.Add(time.Second)
		for c := l.state.NextDeadline(); c != nil && !c.Next.After(l.world.Now); c = l.state.NextDeadline() {
			l.do(process.Happening{What: process.WasDue})
		}
		l.do(process.Happening{What: process.WasDue})
		if l.state.Status == lead.Closed {
			return
		}
		deadlines := func(s process.State) map[process.Kind][]any {
			out := map[process.Kind][]any{}
			for _, c := range s.Clocks {
				if c.Kind.Visible() {
					out[c.Kind] = []any{c.Due, c.Next, c.Step, c.Rep}
				}
			}
			return out
		}
		before := deadlines(l.state)
		out := l.do(process.Happening{What: process.WasRepinned, Actor: "mia", Signal: true, Repin: &process.Repin{Version: 9}})
		require.Equal(t, before, deadlines(out.State))
		require.Equal(t, []string{"policy_applied"}, kindsOf(out.Events))
		require.Empty(t, out.Mails)
	})
}
