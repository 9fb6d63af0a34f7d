package test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// tried is how many attempts were made and how many of them count.
func (l lead) tried() (made, counted any) {
	l.d.t.Helper()
	a := l.now()["attempts"].(map[string]any)
	return a["made"], a["counted"]
}

// R6: calls too close together, or a third voicemail, are logged and do not
// count.
func TestWhichCallsCount(t *testing.T) {
	d := opens(t, "2026-11-24 09:00")
	l := d.receives(enquiry{})
	for _, call := range []struct {
		after, outcome string
		counted        int
	}{
		{"1m", "voicemail", 1},
		{"5m", "no_answer", 1}, // within half an hour of the first
		{"30m", "voicemail", 2},
		{"40m", "voicemail", 2}, // two voicemails are enough
		{"1m", "no_answer", 3},  // the voicemail before did not count, so nothing is too close
	} {
		d.Advance(call.after)
		l.calls(call.outcome)
		_, counted := l.tried()
		require.EqualValues(t, call.counted, counted, call.outcome)
	}
	made, _ := l.tried()
	require.EqualValues(t, 5, made)
	require.Contains(t, d.summary(l, "attempt_logged"), "not count")
}

// R6: six calls over three days and two parts of the day, and then somebody
// has to decide; the lead is never forgotten.
func TestSixCallsOverThreeDays(t *testing.T) {
	d := opens(t, "2026-11-24 09:00")
	l := d.receives(enquiry{})
	for _, at := range []string{
		"2026-11-24 09:05", "2026-11-24 11:05", "2026-11-25 10:00", "2026-11-25 17:00", "2026-11-27 12:00", "2026-11-28 16:00",
	} {
		d.AdvanceTo(d.At(at))
		l.calls("no_answer")
	}
	_, counted := l.tried()
	require.EqualValues(t, 6, counted)
	deadlines := l.now()["deadlines"].([]any)
	require.NotEmpty(t, deadlines, "an open lead always has a next deadline")
	require.Equal(t, "follow_up", deadlines[0].(map[string]any)["kind"])
}

// R2: a conversation is the second clock.
func TestAConversation(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{})
	l.calls("voicemail")
	require.Equal(t, "contacting", l.is("stage"))
	require.Equal(t, "<nil>", l.is("first_conversation_at"))
	l.does(l.owner(), "attempts", map[string]any{"channel": "phone", "direction": "in", "outcome": "reached"})
	require.Equal(t, "conversation", l.is("stage"))
	require.NotEqual(t, "<nil>", l.is("first_conversation_at"))
}

// R28: who does not want to be called is not called, whatever the rules say.
func TestDoNotContactBeatsEveryRule(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	first := d.receives(enquiry{phone: "06 28419077", email: "stop@mail.example"})
	other := d.receives(enquiry{phone: "06 28419077", email: "stop@mail.example", car: "Dacia Duster"})
	first.calls("reached")
	answer := first.closes(first.owner(), "no_more_calls", map[string]any{"channels": []string{"phone", "email"}})
	require.Equal(t, 200, answer.Status, answer.Text)
	d.Await(func() bool { return other.count("follow_up_done") == 1 }, "the customer's other lead knows")
	answer = other.tries(other.owner(), "attempts", map[string]any{"channel": "phone", "direction": "out", "outcome": "no_answer"})
	require.Equal(t, 409, answer.Status, answer.Text)
	mails := len(d.Mails("stop@mail.example"))
	d.AdvanceTo(d.At("2026-11-30 10:00"))
	require.Len(t, d.Mails("stop@mail.example"), mails, "nothing more is sent")

	again := d.receives(enquiry{phone: "+31 6 2841 9077", email: "stop@mail.example", car: "Kia Niro"})
	require.Len(t, d.Mails("stop@mail.example"), mails, "nor to a lead that comes later")
	require.NotEmpty(t, again.now()["deadlines"])
}

// Somebody who first refuses mail and then calls has said both, on every lead
// of his.
func TestASecondObjection(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	first := d.receives(enquiry{phone: "06 28419077"})
	other := d.receives(enquiry{phone: "06 28419077", car: "Dacia Duster"})
	for n, channel := range []string{"email", "phone"} {
		first.does(first.owner(), "customer", map[string]any{"do_not_contact": []string{channel}})
		d.Await(func() bool { return other.count("follow_up_done") == n+1 }, "the other lead knows")
	}
}
