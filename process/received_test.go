package process_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

func TestALeadInOpeningHoursIsAnsweredAnnouncedAndPutUnderTheClock(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00")
	require.Equal(t, []string{"received", "assigned", "attempt_due"}, l.happened())
	require.Equal(t, []string{
		"customer: thank-you by email", "ann: new-lead by email, screen", "mia: new-lead by email, screen",
	}, l.heard())
	require.True(t, l.last.Deliver)
	require.Equal(t, "ann", l.state.Owner)
	require.Equal(t, "ann", l.last.Assigned)
	require.Equal(t, "standard", l.state.Track)
	require.Equal(t, "standard rule", l.state.Why)
	require.Equal(t, lead.BDC, l.state.Phase)
	require.Equal(t, "2026-11-23 10:15", l.due(process.LiveResponse))
	require.Equal(t, "2026-11-23 10:00", l.due(process.CallAttempt))
	require.Zero(t, l.state.FirstLiveAt, "the automatic answer is no answer")
	require.Equal(t, process.Measure{Phases: []lead.Phase{lead.BDC, lead.Showroom}, Attempts: 6, Days: 3, Dayparts: 2, Voicemails: 2}, l.state.Measure)
}

func TestALeadAtNightIsAnsweredAtOnceAndWaitsForTheDoorsToOpen(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 21:00")
	require.Equal(t, []string{
		"customer: thank-you by email",
		"ann: new-lead from 2026-11-24 08:30 by email", "ann: new-lead by screen",
		"mia: new-lead from 2026-11-24 08:30 by email", "mia: new-lead by screen",
	}, l.heard())
	require.Equal(t, "2026-11-24 08:30", l.local(l.state.ClockStart))
	require.Equal(t, "2026-11-24 08:45", l.due(process.LiveResponse))
	require.Equal(t, "2026-11-24 08:30", l.local(l.state.NextDeadline().Next))

	l.until("2026-11-24 08:29")
	require.Empty(t, l.heard(), "nobody is woken")
	l.until("2026-11-24 08:30")
	require.True(t, l.last.Deliver, "what was held back goes out")
	require.Nil(t, l.state.Clock(process.HeldBack))
	l.until("2026-11-24 08:40")
	require.Equal(t, []string{"ann: lead-reminder by email, screen"}, l.heard())
}

// A track whose clock always runs still wakes nobody.
func TestAtNightATrackThatAlwaysRunsFindsNobodyAndIsThereInTheMorning(t *testing.T) {
	t.Parallel()
	l := rings(t, yardstick(t, "[showroom]", "clock: always"), "2026-11-23 03:00")
	require.Equal(t, "2026-11-23 03:15", l.due(process.LiveResponse))
	l.forget()
	l.until("2026-11-23 03:20")
	require.Equal(t, []string{"reminded", "step_skipped", "step_skipped", "step_skipped"}, l.happened())
	l.forget()
	l.until("2026-11-23 09:00")
	require.Contains(t, l.heard(), "mia: escalation 3/3 by email, screen", "not a day later")
}

func TestWhoGetsALead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		assign string
		change func(*life)
		want   string
	}{
		"the next in turn":           {"next_salesperson", func(*life) {}, "ann"},
		"not who is absent":          {"next_salesperson", func(l *life) { l.absent("ann", "2026-11-20 00:00", "2026-12-01 00:00") }, "bob"},
		"who is back again":          {"next_salesperson", func(l *life) { l.absent("ann", "2026-11-01 00:00", "2026-11-23 10:00") }, "ann"},
		"the call centre":            {"bdc", func(*life) {}, "kim"},
		"nobody in the call centre":  {"bdc", withStaff("bob", "mia"), "bob"},
		"who knows the customer":     {"owner_of_customer", func(l *life) { l.world.CustomerOwner = "cas" }, "cas"},
		"who knew him is absent":     {"owner_of_customer", func(l *life) { l.world.CustomerOwner = "cas"; l.absent("cas", "2026-11-20 00:00", "2026-12-01 00:00") }, "ann"},
		"who knew him left":          {"owner_of_customer", func(l *life) { l.world.CustomerOwner = "old" }, "ann"},
		"nobody knows him":           {"owner_of_customer", func(*life) {}, "ann"},
		"a colleague by name":        {"CAS@demo.example", func(*life) {}, "cas"},
		"a colleague who left":       {"eva@demo.example", func(*life) {}, "ann"},
		"no salespeople":             {"next_salesperson", withStaff("max", "kim", "gus"), "kim"},
		"only managers":              {"next_salesperson", withStaff("gus", "mia", "max"), "mia"},
		"only the marketer":          {"next_salesperson", withStaff("max"), "max"},
		"everybody else is absent":   {"next_salesperson", func(l *life) { withStaff("ann", "max")(l); l.absent("ann", "2026-11-20 00:00", "2026-12-01 00:00") }, "max"},
		"everybody is absent":        {"next_salesperson", func(l *life) { withStaff("ann")(l); l.absent("ann", "2026-11-20 00:00", "2026-12-01 00:00") }, "ann"},
		"nobody is there to be told": {"next_salesperson", withStaff(), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := rings(t, yardstick(t, "[showroom]", "assign: {to: "+c.assign+"}"), "2026-11-23 10:00", c.change)
			require.Equal(t, c.want, l.state.Owner)
		})
	}
}

// On duty counts when the doors open, not when the lead came at night.
func TestWhoWorksInTheEveningGetsTheLeadsOfTheEvening(t *testing.T) {
	t.Parallel()
	p := parse(t, `{timezone: Europe/Amsterdam, country: NL, phases: [showroom],
  calendar: {open: {mon-fri: ["09:00-18:00"]}},
  shifts: {evening: {days: mon-fri, hours: "18:00-21:00", staff: ["ann@demo.example"]}},
  tracks: {standard: {clock: always}}}`)
	require.Equal(t, "ann", rings(t, p, "2026-11-23 19:00").state.Owner)
	l := rings(t, p, "2026-11-23 10:00")
	require.Equal(t, "bob", l.state.Owner)
	evening := rings(t, p, "2026-11-23 19:00")
	require.Contains(t, evening.heard(), "ann: new-lead by email, screen", "she is on duty and told at once")
}

func TestNobodyInStaffAtAllAndThenSomebody(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00", withStaff())
	require.Equal(t, []string{"customer: thank-you by email"}, l.heard())
	l.until("2026-11-27 10:00")
	require.Contains(t, l.happened(), "step_skipped")
	require.Empty(t, l.state.Owner)
	require.NotNil(t, l.state.NextDeadline())

	l.world.Staff = everybody()
	l.heard()
	l.do(process.Happening{What: process.WasDue})
	require.Equal(t, "ann", l.state.Owner)
	require.Equal(t, "rotation", l.entry("assigned")["why"])
	require.Contains(t, l.heard(), "ann: assigned by email, screen")
}

func TestAnOwnerWhoLeftIsReplacedAndTheNewOneHasHisTime(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.NoAnswer)
	require.Equal(t, "2026-11-23 12:00", l.due(process.CallAttempt))
	l.leaves("ann")
	l.forget()
	l.until("2026-11-23 12:00")
	require.Equal(t, "bob", l.state.Owner)
	require.Equal(t, []string{"assigned"}, l.happened())
	require.Equal(t, []string{"bob: assigned by email, screen"}, l.heard())
	require.Equal(t, "2026-11-23 12:15", l.due(process.CallAttempt))
}

func TestWithoutAnAddressThereIsNoAutomaticAnswerAndTheTimelineSaysSo(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00", withoutEmail)
	require.Equal(t, "the customer cannot or must not be mailed", l.entry("step_skipped")["why"])
	require.Equal(t, []string{"ann: new-lead by email, screen", "mia: new-lead by email, screen"}, l.heard())
}

func TestWithoutANumberTheOwnerHasToDecide(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00", withoutPhone)
	require.Equal(t, "never", l.due(process.CallAttempt))
	require.Equal(t, "2026-11-24 10:00", l.due(process.FollowUp))
	l.mailed("ask-for-phone")
	require.Equal(t, "never", l.due(process.LiveResponse), "a mail by a person is a live response")
	require.Equal(t, "2026-11-23 10:00", l.local(l.state.FirstLiveAt))
	l.until("2026-11-24 10:00")
	require.Contains(t, l.heard(), "ann: lead-reminder by email, screen")
}

// A follow-up began this run: the customer asked nothing now, and is called
// without being thanked for it.
func TestALeadThatIsTriedAgain(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00", func(l *life) { l.state.Again = true })
	require.Equal(t, "the customer asked nothing now", l.entry("step_skipped")["why"])
	require.Equal(t, []string{"ann: lead-again by email, screen", "mia: lead-again by email, screen"}, l.heard())
	require.Equal(t, "2026-11-23 10:15", l.due(process.LiveResponse), "under the same clocks")
	require.Equal(t, "2026-11-23 10:00", l.due(process.CallAttempt))
}

// A withheld number is a lead too, and can be closed for what it is.
func TestWithNeitherNumberNorAddress(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00", withoutPhone, withoutEmail)
	require.Equal(t, "2026-11-24 10:00", l.due(process.FollowUp))
	require.Equal(t, process.Conflict, l.refuses("ann", process.Happening{
		What: process.DidMessage, Message: &process.MessageAsked{ID: otherID, Template: "ask-for-phone"},
	}).Code)
	l.does("ann", closing("no_phone_number", nil))
	require.Equal(t, lead.Dropped, l.state.Stage)
}

func TestALeadWhoseProcessBeginsLateIsCountedFromItsReceipt(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00", lateBy(32*time.Minute))
	require.Equal(t, "2026-11-23 10:15", l.local(l.state.LiveDueAt))
	require.Equal(t, []string{
		"received", "assigned", "attempt_due", "reminded", "escalated", "assigned", "escalated",
	}, l.happened())
	// One message a person about what is latest.
	require.Equal(t, []string{
		"customer: thank-you by email", "ann: new-lead by email, screen", "mia: new-lead by email, screen",
		"kim: escalation 2/3 by email, sms, screen", "bob: escalation 2/3 by email, sms, screen",
	}, only(l.heard(), "customer", "ann: new", "mia: new", "kim", "bob"))
}

func TestWhenTheFirstStepIsTakenAgainItIsRefused(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00")
	require.Equal(t, process.Conflict, l.do(process.Happening{What: process.WasReceived}).Refused.Code)
}

// A signal that overtakes the first step must not be taken for it.
func TestBeforeTheFirstStepNothingElseHappens(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00")
	l.state = process.State{Lead: leadID, Status: lead.Open, Stage: lead.New}
	h := call(lead.Reached)
	h.Signal = true
	for _, h := range []process.Happening{h, {What: process.WasDue}, {What: process.WasStarted}} {
		out := l.do(h)
		require.Zero(t, out.State.Step)
		require.Empty(t, out.Events)
	}
}

func TestANewRunTakesUpWhatBecameDue(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00")
	l.forget()
	require.Zero(t, l.do(process.Happening{What: process.WasStarted}).Events, "nothing is due")
	l.world.Now = l.at("2026-11-23 10:10")
	l.do(process.Happening{What: process.WasStarted})
	require.Equal(t, []string{"reminded"}, l.happened())
}

// only keeps the lines that begin with one of the words.
func only(lines []string, begin ...string) []string {
	var kept []string
	for _, line := range lines {
		for _, b := range begin {
			if len(line) >= len(b) && line[:len(b)] == b {
				kept = append(kept, line)
				break
			}
		}
	}
	return kept
}
