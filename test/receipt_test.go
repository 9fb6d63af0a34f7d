package test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// R1: stored before it is acknowledged, answered at once, announced to a
// salesperson and the manager.
func TestALeadIsAnsweredAtOnceAndSomebodyHasIt(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{email: "jan@mail.example", extra: `"comments": "Can I drive it on Saturday?"`})

	require.Len(t, d.Mails("jan@mail.example"), 1, "the customer has his answer")
	require.NotContains(t, d.Mails("jan@mail.example")[0].Text, "Saturday", "nothing that was typed is repeated")
	require.Equal(t, sam, l.owner())
	require.Equal(t, 1, d.told(sam, "Renault Captur"))
	require.Equal(t, 1, d.told(manager, "Renault Captur"))
	require.NotEqual(t, "<nil>", l.is("auto_responded_at"))
	require.Equal(t, "<nil>", l.is("first_live_response_at"), "the automatic answer is not the response")
	require.Equal(t, []string{"received", "assigned", "attempt_due", "auto_response_sent"}, d.Events(l.id))
}

// R5: a lead outside opening hours is answered at once, but its human clock
// starts at opening, and nobody is woken up.
func TestALeadAtNightWaitsForTheMorning(t *testing.T) {
	d := opens(t, "2026-11-24 22:15")
	l := d.receives(enquiry{email: "night@mail.example"})
	require.Len(t, d.Mails("night@mail.example"), 1)
	require.Empty(t, d.Mails(sam), "nobody is woken at night")
	require.Empty(t, d.Mails(manager))

	d.AdvanceTo(d.At("2026-11-25 08:31"))
	require.Equal(t, 1, d.told(sam, "Renault Captur"), "told at opening")
	require.Zero(t, l.count("escalated"))
	d.AdvanceTo(d.At("2026-11-25 08:44"))
	require.Zero(t, l.count("escalated"), "the clock of 15 minutes began at 8:30")
	d.AdvanceTo(d.At("2026-11-25 08:46"))
	require.Equal(t, 1, l.count("escalated"))
}

// R5: the lunch break stops the clock.
func TestTheClockStopsForLunch(t *testing.T) {
	d := opens(t, "2026-11-24 12:20")
	l := d.receives(enquiry{})
	d.AdvanceTo(d.At("2026-11-24 13:04"))
	require.Zero(t, l.count("escalated"))
	d.AdvanceTo(d.At("2026-11-24 13:06"))
	require.Equal(t, 1, l.count("escalated"))
}

// R14: leads go round, and never to somebody who is away or has left.
func TestLeadsGoRound(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	d.away(tess, "2026-11-24 08:00", "2026-11-24 18:00")
	require.Equal(t, sam, d.receives(enquiry{}).owner())
	require.Equal(t, uma, d.receives(enquiry{}).owner())
	require.Equal(t, sam, d.receives(enquiry{}).owner())
	d.leaves(uma)
	require.Equal(t, sam, d.receives(enquiry{}).owner())
}

// R2: a miss stays visible after it was answered late.
func TestALateAnswerStaysLate(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{})
	d.Advance("22m")
	l.calls("no_answer")
	require.Contains(t, d.summary(l, "attempt_logged"), "late", "the timeline says by how much")
}
