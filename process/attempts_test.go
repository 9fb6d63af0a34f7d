package process_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

func counted(l *life) [3]int {
	attempts, days, dayparts := l.state.Counted()
	return [3]int{attempts, days, dayparts}
}

// The schedule of the shipped policy: 0s, 2h, +1d 10:00, +1d 17:00, +3d 12:00,
// +5d 17:30. The lead comes on a Monday; the fifth day is a Saturday that
// closes at 17:00, so the sixth call is due on Monday morning.
func TestTheSecondToSixthAttemptHaveTheirDueTimes(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00")
	for n, due := range []string{
		"2026-11-23 10:00", "2026-11-23 12:00", "2026-11-24 10:00", "2026-11-24 17:00", "2026-11-26 12:00", "2026-11-30 08:30",
	} {
		require.Equal(t, due, l.due(process.CallAttempt), "attempt %d", n+1)
		require.Equal(t, n+1, l.state.Clock(process.CallAttempt).N)
		l.until(due)
		l.forget()
		if n > 0 {
			l.advance("1s")
		}
		l.attempt(lead.NoAnswer)
		require.Equal(t, true, l.entry("attempt_logged")["counted"])
	}
	require.Equal(t, [3]int{6, 4, 3}, counted(l), "over four days; the call at 17:00 is an evening call")
	require.Equal(t, "never", l.due(process.CallAttempt))
	require.Equal(t, "2026-12-01 08:30", l.due(process.FollowUp), "after the last attempt somebody has to decide")

	l.forget()
	l.until("2026-12-01 08:31")
	require.Equal(t, []string{"reminded"}, l.happened())
	require.Equal(t, []string{"ann: lead-reminder by email, screen"}, l.heard())
	l.until("2026-12-01 09:31")
	require.Equal(t, []string{"mia: attempt-overdue 1/1 by email, screen"}, l.heard())
}

func TestAnAttemptThatIsNotMadeIsAsVisibleAsTheFirst(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.Busy)
	l.until("2026-11-23 11:59").forget()
	l.until("2026-11-23 12:00")
	require.Equal(t, map[string]any{"n": 2, "due_at": l.at("2026-11-23 12:00"), "late_s": 0}, l.entry("attempt_due"))
	require.Equal(t, []string{"ann: lead-reminder by email, screen"}, l.heard())
	l.until("2026-11-23 13:29") // an hour, and half an hour of lunch
	require.Empty(t, l.heard())
	l.until("2026-11-23 13:30")
	require.Equal(t, []string{"mia: attempt-overdue 1/1 by email, screen"}, l.heard())
	require.Equal(t, process.CallAttempt, l.state.Escalation.Kind)
	l.until("2026-11-24 13:30")
	require.Equal(t, []string{"customer: still-interested by email", "mia: attempt-overdue 1/1 by email, screen"}, l.heard(), "daily from then on")

	l.attempt(lead.NoAnswer)
	require.Zero(t, l.state.Escalation)
	require.Equal(t, "2026-11-24 14:00", l.due(process.CallAttempt), "the third was due in the morning: now half an hour after the second")
}

func TestWhatCountsAsAnAttempt(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00")
	counts := func(h process.Happening, because string) {
		t.Helper()
		l.does("ann", h)
		data := l.entry("attempt_logged")
		require.Equal(t, because == "", data["counted"])
		require.Equal(t, because == "", l.last.Attempt.Counted)
		if because != "" {
			require.Equal(t, because, data["uncounted_because"])
		}
	}
	made := func(outcome lead.Outcome, change func(*process.AttemptMade)) process.Happening {
		h := call(outcome)
		if change != nil {
			change(h.Attempt)
		}
		return h
	}

	counts(made(lead.NoAnswer, func(a *process.AttemptMade) { a.Direction = lead.In }), "the customer called")
	require.Zero(t, l.state.FirstLiveAt, "a call by the customer that nobody took is no response")
	counts(made(lead.NoAnswer, func(a *process.AttemptMade) { a.Channel = lead.Email }), "only calls count")
	counts(made(lead.NoAnswer, func(a *process.AttemptMade) { a.Seconds = 22 }), "")
	require.Equal(t, 22, l.entry("attempt_logged")["duration_s"])
	l.advance("29m59s")
	counts(made(lead.NoAnswer, nil), "too close to another attempt")
	l.advance("1s")
	counts(made(lead.NoAnswer, nil), "")
	l.until("2026-11-23 14:00")
	// Logged later than made, between two that count.
	counts(made(lead.NoAnswer, func(a *process.AttemptMade) { a.At = l.at("2026-11-23 10:45") }), "too close to another attempt")
	counts(made(lead.NoAnswer, func(a *process.AttemptMade) { a.At = l.at("2026-11-23 11:30") }), "")
	require.Equal(t, [3]int{3, 1, 1}, counted(l))
	// A clock that is a little ahead is no reason to refuse.
	counts(made(lead.Busy, func(a *process.AttemptMade) { a.At = l.world.Now.Add(4 * time.Minute) }), "")
	require.Equal(t, l.world.Now, l.entry("attempt_logged")["made_at"])
	require.Equal(t, [3]int{4, 1, 2}, counted(l))

	l.until("2026-11-24 09:00")
	counts(made(lead.Voicemail, nil), "")
	l.advance("30m")
	counts(made(lead.Voicemail, nil), "")
	l.advance("30m")
	counts(made(lead.Voicemail, nil), "enough voicemails")
	l.advance("30m")
	counts(made(lead.WrongNumber, nil), "")
	require.Equal(t, [3]int{7, 2, 2}, counted(l))
}

func TestSpacingMayBeWholeDays(t *testing.T) {
	t.Parallel()
	l := rings(t, yardstick(t, "[showroom]", "attempts: {spacing: 1d}"), "2026-11-23 10:00").attempt(lead.NoAnswer)
	l.until("2026-11-24 09:59").attempt(lead.NoAnswer)
	require.False(t, l.last.Attempt.Counted)
	l.until("2026-11-24 10:00").attempt(lead.NoAnswer)
	require.True(t, l.last.Attempt.Counted)
}

// Somebody who calls in the evening need not call again in the morning to
// have it counted.
func TestACallBeforeTheDoorsOpenCounts(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 20:00").advance("30m").attempt(lead.NoAnswer)
	require.True(t, l.last.Attempt.Counted)
	require.Equal(t, [3]int{1, 1, 1}, counted(l))
	require.Equal(t, "never", l.due(process.LiveResponse))
	require.Equal(t, "2026-11-24 10:30", l.due(process.CallAttempt), "two hours of opening after the doors open")
	l.until("2026-11-24 10:30").attempt(lead.NoAnswer)
	require.Equal(t, "2026-11-25 10:00", l.due(process.CallAttempt), "a day is counted from then, too")
}

func TestAnAttemptThatDoesNotCountPutsNothingOff(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.NoAnswer).until("2026-11-23 13:30")
	require.Equal(t, process.CallAttempt, l.state.Escalation.Kind)
	h := call(lead.NoAnswer)
	h.Attempt.Channel = lead.Email
	l.does("ann", h)
	require.Equal(t, "2026-11-23 12:00", l.due(process.CallAttempt))
	require.Equal(t, 2, l.state.Clock(process.CallAttempt).N)
	require.Equal(t, process.CallAttempt, l.state.Escalation.Kind, "and the call is still wanted: somebody else may take it")
}

func TestWhoWorksTheLeadHasADayToDecideAgain(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00", withoutPhone).mailed("ask-for-phone").until("2026-11-24 14:00")
	require.Equal(t, process.Escalation{Kind: process.FollowUp, Step: 1, Steps: 1, At: l.at("2026-11-24 11:00")}, l.state.Escalation)
	l.mailed("quote")
	require.Zero(t, l.state.Escalation)
	require.Equal(t, "2026-11-25 14:00", l.due(process.FollowUp))
}

func TestAConversation(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").advance("5m")
	h := call(lead.Reached)
	h.Attempt.Direction = lead.In // the customer calls, and somebody answers
	l.does("ann", h)
	require.Equal(t, lead.Conversation, l.state.Stage)
	require.Equal(t, "2026-11-23 10:05", l.local(l.state.FirstConversation))
	require.Equal(t, "2026-11-23 10:05", l.local(l.state.FirstLiveAt))
	require.Nil(t, l.state.Clock(process.ContactDue), "mails and letters end with the first conversation")
	l.advance("1h").attempt(lead.Reached)
	require.Equal(t, "2026-11-23 10:05", l.local(l.state.FirstConversation))
	require.Equal(t, "2026-11-23 11:05", l.local(l.state.Kept.Conversation))
}

func TestMailsAndTasksBesideTheCalls(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.NoAnswer)
	l.forget()
	l.until("2026-11-24 09:00")
	require.Contains(t, l.heard(), "customer: still-interested by email")
	require.Zero(t, l.state.Mails.Sent, "it counts when the provider has taken it")
	l.until("2026-11-27 09:59").forget()
	l.until("2026-11-27 10:00")
	require.Equal(t, "letter", l.entry("follow_up_started")["kind"], "a letter is a follow-up of its own, so that nobody can skip it")
	require.Equal(t, []process.Task{{Kind: lead.SendLetter, DueOn: l.at("2026-11-27 01:00").Truncate(24 * time.Hour), StartsAt: l.world.Now}}, l.last.FollowUps)

	without := rings(t, standard(t), "2026-11-23 10:00", withoutEmail)
	without.forget()
	without.until("2026-11-24 09:00")
	require.Equal(t, "still-interested", without.entry("step_skipped")["template"])
}

func TestOnlySoManyAttemptsAreKeptAndNoneThatCounts(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.NoAnswer)
	for range 250 {
		l.advance("1s").attempt(lead.NoAnswer)
	}
	require.Len(t, l.state.Attempts, 100)
	require.Equal(t, [3]int{1, 1, 1}, counted(l))
}

func TestAnAttemptIsRefused(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").advance("1h")
	for field, change := range map[string]func(*process.AttemptMade){
		"outcome":    func(a *process.AttemptMade) { a.Outcome = "shouted" },
		"direction":  func(a *process.AttemptMade) { a.Direction = "sideways" },
		"channel":    func(a *process.AttemptMade) { a.Channel = "fax" },
		"at":         func(a *process.AttemptMade) { a.At = l.world.Now.Add(6 * time.Minute) },
		"duration_s": func(a *process.AttemptMade) { a.Seconds = -1 },
	} {
		h := call(lead.NoAnswer)
		change(h.Attempt)
		r := l.refuses("ann", h)
		require.Equal(t, process.Invalid, r.Code)
		require.Equal(t, field, r.Field)
	}
	h := call(lead.NoAnswer)
	h.Attempt.At = l.state.ReceivedAt.Add(-6 * time.Minute)
	require.Equal(t, "at", l.refuses("ann", h).Field, "before the lead")
	h.Attempt.At = l.state.ReceivedAt.Add(-4 * time.Minute)
	l.does("ann", h)
	require.Equal(t, l.state.ReceivedAt, l.state.FirstLiveAt, "a clock that is behind makes nobody faster than the lead")
}
