package test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// R3: nobody calls within 15 minutes. The lead moves to the next salesperson,
// then everybody and the manager hear of it, then the general manager, again
// and again, until somebody acts.
func TestNobodyCalls(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{})
	require.Equal(t, sam, l.owner())

	d.Advance("10m")
	require.Equal(t, 1, l.count("reminded"), "reminded five minutes before")
	require.Len(t, d.Mails(sam), 2)

	d.Advance("5m1s")
	require.Equal(t, tess, l.owner(), "the lead moves on")
	require.Equal(t, 1, d.told(tess, "1/3"))

	d.Advance("15m")
	require.Equal(t, 1, d.told(manager, "2/3"))
	require.Equal(t, 1, d.told(uma, "2/3"), "the whole team hears of it")

	d.Advance("30m")
	require.Equal(t, 1, d.told(director, "3/3"))
	d.AdvanceTo(d.At("2026-11-24 13:01")) // the lunch break does not count
	require.Equal(t, 4, d.told(director, "3/3"), "once, and three times again")

	escalation, _ := l.now()["escalation"].(map[string]any)
	require.EqualValues(t, 3, escalation["step"])
	l.calls("no_answer")
	require.Nil(t, l.now()["escalation"], "somebody acted")
	d.Advance("30m")
	require.Equal(t, 4, d.told(director, "3/3"), "and it is over")
}

// A step that finds nobody on duty is skipped at once and says so.
func TestNobodyIsThereToEscalateTo(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{})
	for _, away := range []string{tess, uma} {
		d.away(away, "2026-11-24 10:00", "2026-11-24 18:00")
	}
	d.Advance("15m1s")
	require.Equal(t, 1, l.count("step_skipped"), "there is no next salesperson")
	require.Equal(t, 1, l.count("escalated"), "the second step does not wait")
	require.Equal(t, 1, d.told(manager, "2/3"))
}

// After an outage everybody gets one message for the latest step, not one for
// each that was missed, and the timeline says how late each was.
func TestAnOutageEndsInOneMessage(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{})
	before := len(d.Mails(director))
	d.Jump("2h")
	require.Len(t, d.Mails(director), before+1)
	require.GreaterOrEqual(t, l.count("escalated"), 4)
	require.Contains(t, d.summary(l, "escalated"), "late")
}

// R6: the second call is as visible as the first.
func TestAnOverdueCallIsEscalated(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{})
	l.calls("no_answer")
	d.Advance("2h") // the second call is due at 12:00
	require.Equal(t, 2, l.count("attempt_due"))
	mails := len(d.Mails(manager))
	d.AdvanceTo(d.At("2026-11-24 13:35")) // an hour of opening hours later, lunch not counted
	require.Greater(t, len(d.Mails(manager)), mails)
	require.Equal(t, 1, l.count("escalated"))
}

// R14: whoever gets a lead gets his own time for it.
func TestANewOwnerGetsHisOwnTime(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{})
	d.Advance("12m")
	l.does(manager, "assign", map[string]any{"to": uma, "reason": "speaks French"})
	require.Equal(t, uma, l.owner())
	require.Equal(t, 1, d.told(uma, "Renault Captur"))
	d.Advance("12m")
	require.Zero(t, l.count("escalated"))
	d.Advance("4m")
	require.Equal(t, 1, l.count("escalated"))
}
