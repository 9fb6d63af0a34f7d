package process_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// closable returns how a closing with the reason would go.
func (l *life) closable(code string) process.Closable {
	l.t.Helper()
	for _, c := range process.Closables(l.world, l.state) {
		if c.Reason.Code == code {
			return c
		}
	}
	require.Fail(l.t, "no lead closes with "+code)
	return process.Closable{}
}

// completed are details with which the reason closes today.
func completed(l *life, r lead.Reason) map[string]string {
	out := map[string]string{}
	for _, d := range r.Details {
		out[d.Name] = map[lead.DetailKind]string{
			lead.Words: lead.Kept, lead.Date: l.world.Now.AddDate(0, 1, 0).Format(time.DateOnly), lead.DateOrUnknown: "unknown",
			lead.Amount: "29950.00", lead.LeadID: otherID, lead.StaffOrLead: otherID, lead.Channels: "phone",
		}[d.Kind]
		if d.Kind == lead.Choice {
			out[d.Name] = d.Options[0]
		}
	}
	return out
}

// What is shown before closing is what closing does: whatever happened before
// and whatever the policy, a usable reason closes the lead, any other is
// refused, and the manager is asked exactly where that was foretold.
func TestWhatIsShownBeforeAClosingIsWhatItDoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := drawLife(t, drawPolicy(t, "standard"))
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			l.do(drawNext(t, l))
		}
		l.world.DoubleProved = rapid.Bool().Draw(t, "proved")
		l.world.Subject.Price = rapid.SampledFrom([]int64{0, 40_000_00}).Draw(t, "price")
		shown := process.Closables(l.world, l.state)
		var codes []string
		for _, c := range shown {
			codes = append(codes, c.Reason.Code)
			h := closing(c.Reason.Code, completed(l, c.Reason))
			h.ID, h.Actor = l.id(), "ann"
			out := process.Step(l.world, l.state, h)
			require.Equal(t, out.Refused == nil, c.Usable, "%s: %v", c.Reason.Code, out.Refused)
			if !c.Usable {
				continue
			}
			require.Equal(t, map[bool]string{true: "final", false: "proposed"}[c.Approval == ""], out.Closing.State, "%s: %s", c.Reason.Code, c.Approval)
		}
		if l.state.Status != lead.Closed {
			require.Equal(t, l.world.Reasons.Codes(l.state.Phase), codes, "all of the phase, in the order of the catalogue")
		}
	})
}

func TestTheEvidenceOfAReasonIsShownAsItStands(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.NoAnswer)
	c := l.closable("not_reached")
	require.False(t, c.Usable)
	require.Equal(t, "reason", c.Approval)
	require.Len(t, c.Evidence, 4)
	require.Equal(t, lead.EnoughAttempts, c.Evidence[0].Rule)
	require.Equal(t, []int{6, 1}, []int{c.Evidence[0].Need, c.Evidence[0].Have})
	require.Equal(t, l.state.Clock(process.CallAttempt).Due, c.Evidence[0].NextDue)
	require.False(t, c.Evidence[0].Met)

	require.True(t, l.closable("test").Usable, "it asks for nothing")
	require.False(t, l.closable("trade_in_value_only").Usable)
	c = l.attempt(lead.Reached).closable("trade_in_value_only")
	require.True(t, c.Usable)
	require.Equal(t, []lead.Shown{{Missing: lead.Missing{Rule: lead.HadConversation, Need: 1, Have: 1}, Met: true}}, c.Evidence)
}

func TestALeadWithAnAppointmentCannotSleep(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.Reached)
	require.True(t, l.closable("follow_up_required").Usable)
	c := l.booked(lead.DriveTest, "2026-11-25 14:00").closable("follow_up_required")
	require.False(t, c.Usable)
	require.Equal(t, lead.Shown{Missing: lead.Missing{Rule: process.NoAppointment, Need: 1}}, c.Evidence[len(c.Evidence)-1])
}

func TestWhichLeadsCannotBeClosed(t *testing.T) {
	t.Parallel()
	l := proposed(t, "2026-11-23 11:00")
	require.NotEmpty(t, l.closable("trade_in_value_only").Evidence, "the manager sees what he decides on")
	for _, c := range process.Closables(l.world, l.state) {
		require.False(t, c.Usable, "a closing waits already")
	}
	l.does("mia", decision(true))
	require.Empty(t, process.Closables(l.world, l.state))
	require.Empty(t, process.Closables(l.world, process.State{Status: lead.Open, Phase: lead.Showroom}), "its first step is still to come")
}
