package process_test

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// kinds are those of the timeline in the API, and refused.
var kinds = strings.Fields(`received duplicate_linked auto_response_sent assigned reminded escalated step_skipped attempt_due attempt_logged
	message_sent message_delivered message_bounced message_received message_failed note_added appointment_set appointment_confirmed
	appointment_moved appointment_cancelled appointment_outcome closing_refused closing_proposed closing_approved closing_rejected
	phase_changed parked resumed closed reopened follow_up_started follow_up_done policy_applied erased refused`)

func (l *life) check(h process.Happening, out process.Outcome) {
	l.t.Helper()
	was, is := l.state, out.State

	after := is
	after.Step = was.Step
	changed := written(l.t, after) != written(l.t, was)
	steps := int64(0)
	if changed || len(out.Events) > 0 || len(out.Mails) > 0 || out.Deliver {
		steps = 1
	}
	require.Equal(l.t, was.Step+steps, is.Step, "whatever changed is one step")
	if out.Refused != nil {
		require.False(l.t, changed, "what is refused changes nothing")
		require.Empty(l.t, out.Mails)
		require.NotEmpty(l.t, out.Refused.Message)
	}

	var read process.State
	require.NoError(l.t, json.Unmarshal([]byte(written(l.t, is)), &read))
	require.Equal(l.t, written(l.t, is), written(l.t, read), "a state is what its JSON says")

	for _, e := range out.Events {
		require.Contains(l.t, kinds, e.Kind)
		require.NotEmpty(l.t, e.Actor)
		if late, told := e.Data["late_s"]; told {
			require.GreaterOrEqual(l.t, late, 0)
			if e.Kind != "reminded" { // which tells of what is due later
				require.False(l.t, as[time.Time](l.t, e.Data["due_at"]).After(l.world.Now), "never early: %v", e)
			}
		}
	}
	for _, m := range out.Mails {
		if m.Ledger == "" {
			require.False(l.t, l.keys[m.Key], "the key %s is unique", m.Key)
			l.keys[m.Key] = true
		}
		if m.Staff != "" {
			require.True(l.t, slices.ContainsFunc(l.world.Staff, func(p process.Person) bool { return p.ID == m.Staff }), "%v is told to somebody", m)
		}
	}

	for _, settled := range out.Settled {
		if was.Status != lead.Closed { // a closing that is undone takes all of its follow-ups along
			require.True(l.t, slices.Contains(was.Tasks, settled.Kind) || was.Status == lead.Closed, "only what was asked is settled: %s", settled.Kind)
		}
		require.NotEmpty(l.t, settled.Why)
	}

	switch {
	case is.Status == lead.Closed:
		require.Empty(l.t, is.Clocks, "a closed lead has no clocks")
		require.Empty(l.t, is.Tasks, "what ran beside it ends with it")
		require.Nil(l.t, is.Appointment)
		if was.Status == lead.Closed {
			require.Empty(l.t, out.Mails, "a closed lead sends nothing more")
			require.Empty(l.t, out.FollowUps, "nor asks for anything")
			require.Empty(l.t, out.Settled, "nor undone")
			require.Empty(l.t, out.Assigned, "nor is given to anybody")
		}
	case is.Step > 0:
		require.NotNil(l.t, is.NextDeadline(), "an open lead has a next deadline")
		require.True(l.t, slices.ContainsFunc(is.Clocks, func(c process.Clock) bool { return c.Kind.Visible() }), "that people see")
		for _, c := range is.Clocks {
			require.False(l.t, c.Next.IsZero())
		}
		if len(l.world.Staff) > 0 {
			require.True(l.t, slices.ContainsFunc(l.world.Staff, func(p process.Person) bool { return p.ID == is.Owner }) || out.Refused != nil,
				"an open lead has an owner who is here, not %q", is.Owner)
		}
	}
	aboutIt := slices.ContainsFunc(out.Events, func(e process.Event) bool { return strings.HasPrefix(e.Kind, "appointment_") })
	require.Equal(l.t, aboutIt, out.Appointment != nil, "the log of appointments follows")
	require.Equal(l.t, is.Stage == lead.Parked, !is.ParkedUntil.IsZero())
	require.Equal(l.t, is.Status == lead.Closing, is.Proposal != nil)
	require.Equal(l.t, h.What == process.DidAttempt && out.Refused == nil, out.Attempt != nil, "the log of attempts follows")
}
