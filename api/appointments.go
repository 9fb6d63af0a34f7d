package api

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// SetAppointment proposes an appointment.
func (s *server) SetAppointment(ctx context.Context, r gen.SetAppointmentRequestObject) (gen.SetAppointmentResponseObject, error) {
	return s.act(ctx, r.ID, r.Params.IdempotencyKey, r, func(ctx context.Context, a *action) (process.Happening, error) {
		return a.appointment(ctx, r.Body.Note, process.AppointmentAction{
			Verb: process.SetIt, ID: a.child("appointment").String(), Kind: lead.AppointmentKind(r.Body.Kind),
			StartsAt: moment(r.Body.StartsAt), Minutes: r.Body.DurationMin, Confirmed: r.Body.Confirmed != nil && *r.Body.Confirmed,
		})
	})
}

// ConfirmAppointment says that the customer agreed.
func (s *server) ConfirmAppointment(ctx context.Context, r gen.ConfirmAppointmentRequestObject) (gen.ConfirmAppointmentResponseObject, error) {
	return s.act(ctx, r.ID, r.Params.IdempotencyKey, r, onAppointment(r.Aid, r.Body.Note, process.AppointmentAction{Verb: process.ConfirmIt}))
}

// MoveAppointment gives an appointment another time.
func (s *server) MoveAppointment(ctx context.Context, r gen.MoveAppointmentRequestObject) (gen.MoveAppointmentResponseObject, error) {
	move := process.AppointmentAction{
		Verb: process.MoveIt, StartsAt: moment(r.Body.StartsAt), Confirmed: r.Body.Confirmed != nil && *r.Body.Confirmed,
	}
	if r.Body.DurationMin != nil {
		move.Minutes = *r.Body.DurationMin
	}
	return s.act(ctx, r.ID, r.Params.IdempotencyKey, r, onAppointment(r.Aid, r.Body.Note, move))
}

// CancelAppointment takes an appointment back.
func (s *server) CancelAppointment(ctx context.Context, r gen.CancelAppointmentRequestObject) (gen.CancelAppointmentResponseObject, error) {
	return s.act(ctx, r.ID, r.Params.IdempotencyKey, r, onAppointment(r.Aid, r.Body.Note, process.AppointmentAction{Verb: process.CancelIt}))
}

// TellAppointmentOutcome says whether the customer came.
func (s *server) TellAppointmentOutcome(ctx context.Context, r gen.TellAppointmentOutcomeRequestObject) (gen.TellAppointmentOutcomeResponseObject, error) {
	told := process.AppointmentAction{Verb: process.OutcomeOf, Outcome: lead.AppointmentOutcome(r.Body.Outcome)}
	return s.act(ctx, r.ID, r.Params.IdempotencyKey, r, onAppointment(r.Aid, r.Body.Note, told))
}

// onAppointment prepares something that is done with an appointment of the lead.
func onAppointment(id uuid.UUID, note *string, done process.AppointmentAction) prepare {
	return func(ctx context.Context, a *action) (process.Happening, error) {
		known, err := a.s.store.GetAppointment(ctx, id)
		if notThere(err) || (err == nil && known.LeadID != a.lead.ID) {
			return process.Happening{}, NotFound("appointment")
		}
		if err != nil {
			return process.Happening{}, fmt.Errorf("appointment: %w", err)
		}
		done.ID = id.String()
		return a.appointment(ctx, note, done)
	}
}

func (a *action) appointment(ctx context.Context, note *string, done process.AppointmentAction) (process.Happening, error) {
	var err error
	done.NoteID, err = a.note(ctx, note)
	return process.Happening{What: process.DidAppointment, Appointment: &done}, err
}

// moment is an instant as it travels.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
