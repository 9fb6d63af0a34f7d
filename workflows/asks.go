package workflows

import (
	"fmt"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// An ask is one thing that others may ask of a lead, as an update that is
// answered or as a signal that is not.
type ask struct {
	name     string
	register func(ctx workflow.Context, r *runner) error // nil: a signal only
	decode   func(payload converter.RawValue) process.Happening
}

// asks is the whole list, in one place.
var asks = []ask{
	both(process.DidAttempt, func(p AttemptPayload, h *process.Happening) { h.Attempt = withDefaults(p.AttemptMade) }),
	both(process.DidMessage, func(p MessagePayload, h *process.Happening) { h.Message = &p.MessageAsked }),
	both(process.DidNote, func(p NotePayload, h *process.Happening) { h.Note = &p.NoteAdded }),
	both(process.DidAppointment, func(p AppointmentPayload, h *process.Happening) { h.Appointment = &p.AppointmentAction }),
	both(process.DidAssign, func(p AssignPayload, h *process.Happening) { h.Assign = &p.Assignment }),
	both(process.DidClose, func(p ClosePayload, h *process.Happening) { h.Close = &p.ClosingAsked }),
	both(process.DidDecide, func(p DecidePayload, h *process.Happening) { h.Decide = &p.Decision }),
	both(process.DidReopen, func(p ReopenPayload, h *process.Happening) { h.Reopen = &p.Reopening }),
	both(process.DidCustomer, func(p CustomerPayload, h *process.Happening) { h.Customer = &p.CustomerWish }),
	both(process.DidTake, func(TakePayload, *process.Happening) {}),
	signal(process.WasRepinned, func(p RepinPayload, h *process.Happening) { h.Repin = &p.Repin }),
	signal(process.WasLinked, func(p LinkedPayload, h *process.Happening) { h.Linked = &p.Linked }),
	signal(process.WasResent, func(p ResentPayload, h *process.Happening) { h.Resent = &p.Resent }),
	{name: Wake, decode: func(raw converter.RawValue) process.Happening {
		return process.Happening{What: process.WasDue, TakeUp: takesUp(raw)}
	}},
}

// takesUp reads a wake's payload. One that cannot be read is a plain wake.
func takesUp(raw converter.RawValue) bool {
	if raw.Payload() == nil {
		return false
	}
	p, ok := decoded[WakePayload](raw)
	return ok && p.TakeUp
}

// bearer is a payload: they all begin with By.
type bearer interface{ by() By }

func (b By) by() By { return b }

// both makes an ask that is an update and a signal with the same payload.
func both[P bearer](what process.What, fill func(P, *process.Happening)) ask {
	a := signal(what, fill)
	a.register = func(ctx workflow.Context, r *runner) error {
		happening := func(p P) process.Happening {
			h := process.Happening{ID: p.by().RequestID, What: what, Actor: p.by().Actor, AskedAt: p.by().AskedAt}
			fill(p, &h)
			return h
		}
		return workflow.SetUpdateHandlerWithOptions(ctx, string(what),
			func(ctx workflow.Context, p P) (Answer, error) { return r.handle(ctx, happening(p)) },
			workflow.UpdateHandlerOptions{
				Description: "what a signal of this name does too",
				Validator:   func(ctx workflow.Context, p P) error { return r.validate(ctx, happening(p)) },
			})
	}
	return a
}

// signal makes an ask that only comes as a signal.
func signal[P bearer](what process.What, fill func(P, *process.Happening)) ask {
	return ask{name: string(what), decode: func(raw converter.RawValue) process.Happening {
		h := process.Happening{What: what, Actor: process.Operator, Signal: true}
		var p P
		// What cannot be read is asked without its payload: it is refused on
		// the timeline as any other senseless signal, and changes nothing.
		if err := converter.GetDefaultDataConverter().FromPayload(raw.Payload(), &p); err != nil {
			return h
		}
		h.ID, h.AskedAt = p.by().RequestID, p.by().AskedAt
		if p.by().Actor != "" {
			h.Actor = p.by().Actor
		}
		fill(p, &h)
		return h
	}}
}

func withDefaults(a process.AttemptMade) *process.AttemptMade {
	if a.Channel == "" {
		a.Channel = lead.Phone
	}
	if a.Direction == "" {
		a.Direction = lead.Out
	}
	return &a
}

func (r *runner) register(ctx workflow.Context) error {
	if err := workflow.SetQueryHandler(ctx, StateQuery, func() (process.State, error) { return r.state, nil }); err != nil {
		return err
	}
	for _, a := range asks {
		if a.register == nil {
			continue
		}
		if err := a.register(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// validate turns away what the state alone forbids, so that it leaves no trace
// in the history. It is not replayed and may change freely between versions.
// What only the database knows is checked again where the step is decided.
func (r *runner) validate(ctx workflow.Context, h process.Happening) error {
	if r.state.Step == 0 || r.state.ReasonVersion > 1 && h.What == process.DidClose {
		return nil // the first step is under way; or the dealer's own reasons are in Postgres
	}
	now := h.AskedAt
	if now.IsZero() {
		now = workflow.Now(ctx).Add(r.ahead)
	}
	// The API says the time in the dealer's zone, so that "tomorrow" is his.
	if refusal := process.Check(r.state, h, lead.Shipped(), now, now.Location()); refusal != nil {
		return refusedError(refusal)
	}
	return nil
}

// handle puts an update in line and waits for its turn: one thing is decided
// at a time, in the order in which they came.
func (r *runner) handle(ctx workflow.Context, h process.Happening) (Answer, error) {
	// The handler's own context ends when somebody asks Temporal to cancel,
	// which must not keep the lead from being worked.
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	q := &request{happening: h}
	r.inbox.Send(ctx, q)
	if err := workflow.Await(ctx, func() bool { return q.done }); err != nil {
		return Answer{}, err
	}
	if q.err != nil {
		return Answer{}, q.err
	}
	if q.stepped.Refused != nil {
		return Answer{}, refusedError(q.stepped.Refused)
	}
	s := q.stepped.State
	return Answer{Step: s.Step, Phase: string(s.Phase), Stage: string(s.Stage), Status: string(s.Status)}, nil
}

func refusedError(refusal *process.Refusal) error {
	return temporal.NewApplicationErrorWithOptions(refusal.Message, refusedType, temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{refusal},
	})
}

// addSignals listens to every signal.
func (r *runner) addSignals(ctx workflow.Context, sel workflow.Selector, take func(process.Happening)) {
	for _, a := range asks {
		sel.AddReceive(workflow.GetSignalChannel(ctx, a.name), func(c workflow.ReceiveChannel, _ bool) {
			var raw converter.RawValue
			c.Receive(ctx, &raw)
			h := a.decode(raw)
			if h.Signal && h.ID == "" {
				h.ID = r.heard.id(ctx, a.name)
			}
			take(h)
		})
	}
}

// heard counts the signals of each name.
type heard map[string]int

// id is that of the next signal of a name whose sender gave none, which Temporal UI
// does not. A task that is lost after the step was decided hears its signals
// again, those of one name in the same order and perhaps others between them.
func (h heard) id(ctx workflow.Context, name string) string {
	h[name]++
	return fmt.Sprintf("signal %s %s %d", workflow.GetInfo(ctx).OriginalRunID, name, h[name])
}

// unread reports whether a signal has arrived that nobody has looked at.
func unread(ctx workflow.Context) bool {
	for _, a := range asks {
		if workflow.GetSignalChannel(ctx, a.name).Len() > 0 {
			return true
		}
	}
	return false
}
