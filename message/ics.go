package message

import (
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
)

// ICS is an appointment as it goes into the customer's calendar.
type ICS struct {
	// UID is the same for the whole life of the appointment; calendars find
	// the entry to change by it. Sequence rises with every change, the
	// cancellation included: a calendar drops what is not newer than it has.
	UID      string
	Sequence int

	Stamp       time.Time // when this version was made
	StartsAt    time.Time
	DurationMin int // minutes
	Cancelled   bool

	Summary     string
	Location    string
	Description string
	Link        string // to confirm, move or cancel; "" for none

	OrganizerName  string
	OrganizerEmail string
	AttendeeEmail  string // the customer; "" leaves the attendee out
}

// Invitation returns the calendar file of the appointment: an iTIP REQUEST, or
// a CANCEL when it was cancelled. Times are written in UTC, which needs no
// zone rules at the other end. An address that ParseAddress refuses is left
// out.
func Invitation(a ICS) []byte {
	cal := ics.NewCalendarFor("doorbell")
	cal.SetProductId("-//Doorbell//Appointments//EN")
	cal.SetCalscale("GREGORIAN")
	method, status := ics.MethodRequest, ics.ObjectStatusConfirmed
	if a.Cancelled {
		method, status = ics.MethodCancel, ics.ObjectStatusCancelled
	}
	cal.SetMethod(method)

	event := cal.AddEvent(oneLine(a.UID))
	event.SetSequence(a.Sequence)
	event.SetDtStampTime(a.Stamp)
	event.SetStartAt(a.StartsAt)
	event.SetEndAt(a.StartsAt.Add(time.Duration(a.DurationMin) * time.Minute))
	event.SetStatus(status)
	event.SetSummary(short(200, a.Summary))
	if a.Location != "" {
		event.SetLocation(short(200, a.Location))
	}
	if a.Description != "" {
		event.SetDescription(oneLine(a.Description))
	}
	if headerValue(a.Link) {
		event.SetURL(a.Link)
	}
	if address, err := ParseAddress(a.OrganizerEmail); err == nil {
		var params []ics.PropertyParameter
		// The library writes an apostrophe as \', which no calendar reads back.
		if name := strings.ReplaceAll(headerName(a.OrganizerName), "'", "’"); name != "" {
			params = append(params, ics.WithCN(name))
		}
		event.SetOrganizer(address, params...)
	}
	if address, err := ParseAddress(a.AttendeeEmail); err == nil {
		// The answer is given on our page, not by mail to the organizer.
		event.AddAttendee(address, ics.CalendarUserTypeIndividual, ics.ParticipationRoleReqParticipant,
			ics.ParticipationStatusNeedsAction, ics.WithRSVP(false))
	}
	return []byte(cal.Serialize(ics.WithNewLineWindows))
}

// InvitationFile is Invitation as an attachment that mail programs offer to
// put into the calendar.
func InvitationFile(a ICS) Attachment {
	method := "REQUEST"
	if a.Cancelled {
		method = "CANCEL"
	}
	return Attachment{
		Name:    "appointment.ics",
		Type:    "text/calendar; charset=utf-8; method=" + method,
		Content: Invitation(a),
	}
}
