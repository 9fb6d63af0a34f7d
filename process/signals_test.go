package process_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// senseless are the signals that somebody may send from Temporal's own tools:
// of every name, without a payload, and with an empty one.
func senseless() []process.Happening {
	var list []process.Happening
	for _, what := range []process.What{
		process.DidAttempt, process.DidMessage, process.DidNote, process.DidAppointment, process.DidAssign, process.DidClose,
		process.DidReopen, process.DidCustomer, process.WasLinked, process.WasResent, process.WasRepinned, process.DidTake, "cheer", "",
	} {
		list = append(list, process.Happening{What: what})
	}
	return append(
		list,
		process.Happening{What: process.DidAttempt, Attempt: &process.AttemptMade{}},
		process.Happening{What: process.DidMessage, Message: &process.MessageAsked{ID: "the quote"}},
		process.Happening{What: process.DidNote, Note: &process.NoteAdded{}},
		process.Happening{What: process.DidAppointment, Appointment: &process.AppointmentAction{}},
		process.Happening{What: process.DidAssign, Assign: &process.Assignment{}},
		process.Happening{What: process.DidClose, Close: &process.ClosingAsked{}},
		closing("no interest", nil),
		closing("not_reached", nil),
		closing("double", map[string]string{"lead_id": "x"}),
		process.Happening{What: process.DidDecide},
		decision(true),
		process.Happening{What: process.DidReopen, Reopen: &process.Reopening{}},
		process.Happening{What: process.DidCustomer, Customer: &process.CustomerWish{}},
		process.Happening{What: process.WasReceived},
		process.Happening{What: process.WasRepinned, Repin: &process.Repin{}},
		process.Happening{What: process.WasRepinned, Repin: &process.Repin{Version: 1}},
	)
}

func TestASenselessSignalIsOnTheTimelineAndChangesNothingElse(t *testing.T) {
	t.Parallel()
	for _, h := range senseless() {
		l := rings(t, standard(t), "2026-11-23 10:00")
		before := l.state
		l.forget()
		h.Signal, h.Actor = true, process.Operator
		out := l.do(h)
		require.NotNil(t, out.Refused, "%v", h)
		require.Len(t, out.Events, 1)
		e := out.Events[0]
		require.Equal(t, process.Operator, e.Actor)
		require.Equal(t, string(h.What), e.Data["what"])
		require.Equal(t, out.Refused.Message, e.Data["message"])
		if h.What == process.DidClose && h.Close != nil {
			require.Equal(t, "closing_refused", e.Kind)
			require.Equal(t, h.Close.Reason, e.Data["reason"])
			require.Equal(t, out.Refused.Missing, e.Data["missing"])
		} else {
			require.Equal(t, "refused", e.Kind)
		}
		before.Step++
		require.Equal(t, before, out.State)

		h.Signal = false
		quiet := l.do(h)
		require.Equal(t, out.Refused.Error(), quiet.Refused.Error())
		require.Empty(t, quiet.Events, "who waits for the answer has it")
	}
}

func TestASensibleSignalIsTaken(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00")
	h := call(lead.Voicemail)
	h.Signal, h.Actor = true, process.Operator
	require.Nil(t, l.do(h).Refused)
	require.Equal(t, process.Operator, l.last.Events[0].Actor)
	require.Equal(t, [3]int{1, 1, 1}, counted(l))
}

func TestCancellingIsNotClosing(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00")
	before := l.state
	l.do(process.Happening{What: process.WasCancelled, Actor: process.Operator})
	require.Equal(t, "refused", l.last.Events[0].Kind)
	require.True(t, strings.HasPrefix(as[string](t, l.entry("refused")["message"]), "cancelling is not closing"))
	before.Step++
	require.Equal(t, before, l.state)
}

func TestANoteIsOnTheTimelineEvenOfAClosedLead(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00")
	l.does("ann", process.Happening{What: process.DidNote, Note: &process.NoteAdded{ID: otherID}})
	require.Equal(t, map[string]any{"note_id": otherID}, l.entry("note_added"))
	require.Equal(t, process.Actor("ann"), l.last.Events[0].Actor)
	l.does("ann", closing("test", nil)).does("mia", decision(true))
	l.does("ann", process.Happening{What: process.DidNote, Note: &process.NoteAdded{ID: otherID}})
}
