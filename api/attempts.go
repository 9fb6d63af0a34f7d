package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// LogAttempt logs an attempt to reach the customer.
func (s *server) LogAttempt(ctx context.Context, r gen.LogAttemptRequestObject) (gen.LogAttemptResponseObject, error) {
	var call *provenCall
	answer, err := s.act(ctx, r.ID, r.Params.IdempotencyKey, r, func(ctx context.Context, a *action) (process.Happening, error) {
		made := process.AttemptMade{
			ID: a.child("attempt").String(), Channel: lead.Channel(r.Body.Channel), Direction: lead.Out, Outcome: lead.Outcome(r.Body.Outcome),
		}
		if r.Body.Direction != nil {
			made.Direction = lead.Direction(*r.Body.Direction)
		}
		if r.Body.At != nil {
			made.At = moment(*r.Body.At)
		}
		if r.Body.DurationS != nil {
			made.Seconds = *r.Body.DurationS
		}
		var err error
		if r.Body.CallID != nil {
			if call, err = a.prove(ctx, *r.Body.CallID, made.Channel); err != nil {
				return process.Happening{}, err
			}
			made.Recorded, a.then = true, call.store
		}
		made.NoteID, err = a.note(ctx, r.Body.Note)
		return process.Happening{What: process.DidAttempt, Attempt: &made}, err
	})
	if call != nil && err != nil {
		call.release(ctx, err)
	}
	return answer, err
}

// provenCall is a call of the telephone system on its way to the attempt that
// it proves.
type provenCall struct {
	a  *action
	id string
}

// prove takes hold of a call for the attempt under way. While its workflow is
// asked nobody else may log the same call; afterwards the attempt's row keeps
// it. The hold is a row among the requests, under a name that no
// Idempotency-Key can have, so that it goes by itself when this process dies.
func (a *action) prove(ctx context.Context, id string, channel lead.Channel) (*provenCall, error) {
	switch {
	case channel != lead.Phone:
		return nil, Invalid(FieldError{Field: "call_id", Message: "belongs to a call; leave it out unless channel is phone"})
	case strings.TrimSpace(id) != id || strings.ContainsFunc(id, func(r rune) bool { return !unicode.IsPrint(r) }):
		return nil, Invalid(FieldError{Field: "call_id", Message: "must hold printable characters only, without blanks around them"})
	}
	c := &provenCall{a: a, id: id}
	attempt := a.child("attempt")
	held, err := a.s.store.ClaimRequest(ctx, db.ClaimRequestParams{
		DealerID: a.dealer, Key: c.name(), Fingerprint: attempt[:], ID: attempt, Holder: attempt,
	})
	if err != nil {
		return nil, fmt.Errorf("hold the call: %w", err)
	}
	if held.Holder != attempt {
		p := newProblem(KindInFlight, "An attempt with this call_id is being logged at this moment. Come back in a second.")
		p.RetryAfter = time.Second
		return nil, p
	}
	proves, err := a.s.store.CallUsed(ctx, db.CallUsedParams{DealerID: a.dealer, CallID: id})
	if err == nil && proves != attempt {
		err = Invalid(FieldError{Field: "call_id", Message: "proves another attempt already; a call is logged once"})
		c.release(ctx, err)
		return nil, err
	}
	if err != nil && !notThere(err) {
		return nil, fmt.Errorf("call: %w", err)
	}
	return c, nil
}

func (c *provenCall) name() string { return "\x01call " + c.id }

// store writes the call to its attempt, which the process took.
func (c *provenCall) store(ctx context.Context) error {
	n, err := c.a.s.store.SetCallID(ctx, db.SetCallIDParams{DealerID: c.a.dealer, ID: c.a.child("attempt"), CallID: c.id})
	if err == nil && n == 0 {
		err = fmt.Errorf("the attempt that it proves is not there")
	}
	if err != nil {
		return fmt.Errorf("call: %w", err)
	}
	c.letGo(ctx)
	return nil
}

// release lets go of the call when nothing was logged. When nobody knows, it is
// held until whoever asks again has his answer, or twenty seconds have passed.
func (c *provenCall) release(ctx context.Context, failed error) {
	if asProblem(failed).Status < http.StatusInternalServerError {
		c.letGo(ctx)
	}
}

func (c *provenCall) letGo(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := c.a.s.store.ForgetRequest(ctx, db.ForgetRequestParams{DealerID: c.a.dealer, Key: c.name(), Holder: c.a.child("attempt")})
	if err != nil {
		c.a.s.log.WarnContext(ctx, "a call stays held for twenty seconds", "error", err)
	}
}
