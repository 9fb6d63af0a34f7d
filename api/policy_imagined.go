package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/intake"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/rehearse"
)

// longestPreview is for how many days a lead is watched at most, and
// usualPreview when the request does not say.
const (
	longestPreview = 60
	usualPreview   = 14
)

// yes is what holds unless the request says no.
func yes(said *bool) bool { return said == nil || *said }

// instantOf reads an instant, or says what is wrong with it.
func instantOf(text string, zone *time.Location) (time.Time, string) {
	at, err := rehearse.ParseInstant(text, zone)
	if err != nil {
		return at, err.Error()
	}
	return at.UTC(), ""
}

// endOf is until when the lead is watched, or says what is wrong with it.
func endOf(text *string, at time.Time, zone *time.Location) (time.Time, string) {
	local := at.In(zone)
	if text == nil {
		return local.AddDate(0, 0, usualPreview).UTC(), ""
	}
	d, err := policy.ParseDuration(*text)
	if err != nil {
		return at, "must be a duration such as 14d; " + err.Error()
	}
	end, latest := local.AddDate(0, 0, d.Days).Add(d.Span), local.AddDate(0, 0, longestPreview)
	if !end.After(at) || end.After(latest) {
		return at, fmt.Sprintf("must be more than nothing and at most %dd", longestPreview)
	}
	return end.UTC(), ""
}

// imagined reads the lead as if a source had posted it, with a number and an
// address of nobody.
func (s *server) imagined(ctx context.Context, l gen.PreviewLead) (intake.Draft, []FieldError) {
	customer := map[string]any{"postal_code": l.PostalCode, "language": l.Language}
	if yes(l.Phone) {
		customer["phone"] = "+31 6 12345678"
	}
	if yes(l.Email) {
		customer["email"] = "somebody@customer.example"
	}
	body, err := json.Marshal(map[string]any{"channel": l.Channel, "request": l.Request, "customer": customer, "vehicle": l.Vehicle})
	if err != nil {
		return intake.Draft{}, []FieldError{{Field: "lead", Message: "must be a lead"}} // plain data always has a JSON form
	}
	who := callerOf(ctx)
	draft, _, err := intake.ParseJSON(body, intake.Context{Country: who.country, Zone: who.zone})
	var invalid *intake.Invalid
	switch {
	case errors.As(err, &invalid):
		faults := make([]FieldError, len(invalid.Fields))
		for i, f := range invalid.Fields {
			faults[i] = FieldError{Field: "lead." + strings.TrimPrefix(f.Field, "customer."), Message: f.Message}
			if f.Field == "customer" {
				faults[i] = FieldError{Field: "lead.phone", Message: "must not be false beside email, except with channel phone or walk_in"}
			}
		}
		return draft, faults
	case err != nil:
		return draft, []FieldError{{Field: "lead", Message: "must be a lead"}}
	case l.Vehicle != nil && l.Vehicle.Price != nil && (draft.Vehicle == nil || draft.Vehicle.Price == nil):
		return draft, []FieldError{{Field: "lead.vehicle.price.amount", Message: `must be an amount such as "31990.00"`}}
	}
	return draft, nil
}
