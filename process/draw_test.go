package process_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

// drawPolicy writes a yardstick as an odd dealer might: hours over midnight,
// days on end closed, steps and repeats of seconds.
func drawPolicy(t *rapid.T, track string) *policy.Policy {
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	recipients := func(label string) string {
		some := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
			"owner", "next_salesperson", "team", "bdc", "sales_manager", "general_manager", "marketer", "cas@demo.example", "eva@demo.example", "night", "desk",
		}), 1, 3, rapid.ID[string]).Draw(t, label)
		return "[" + strings.Join(some, ", ") + "]"
	}
	some := func(label string, from ...string) string {
		return "[" + strings.Join(rapid.SliceOfNDistinct(rapid.SampledFrom(from), 0, len(from), rapid.ID[string]).Draw(t, label), ", ") + "]"
	}
	steps := func(label string) string {
		var list []string
		after := []string{"0s", "1s", "10m", "45m", "3h", "30h"}
		from := 0
		for i := range rapid.IntRange(0, 3).Draw(t, label) {
			from = rapid.IntRange(from, len(after)-1).Draw(t, label+" after")
			step := fmt.Sprintf("{%safter: %s, to: %s, notify: [%s], reassign: %t", pick(label+" clock", "", "clock: always, ", "clock: opening_hours, "), after[from], recipients(label+" to"),
				pick(label+" notify", "email", "email, sms, screen", "sms"), rapid.Bool().Draw(t, label+" reassign"))
			if rapid.Bool().Draw(t, label+" repeats") {
				step += fmt.Sprintf(", repeat: {every: %s, times: %d}", pick(label+" every", "1s", "7m", "1d"), rapid.IntRange(1, 100).Draw(t, label+" times"))
			}
			list = append(list, step+"}")
			from = min(from+i, len(after)-1)
		}
		return "[" + strings.Join(list, ", ") + "]"
	}
	hours := pick("hours",
		`mon-fri: ["08:30-12:30", "13:00-18:00"], sat: ["09:00-17:00"]`, `mon-sun: ["00:00-24:00"]`,
		`tue: ["22:00-03:00"]`, `mon-sun: ["02:15-02:45"]`, `sat: ["10:00-10:30"]`)
	doer := func(label string) string {
		return pick(label+" to", "owner", "bdc", "sales_manager", "general_manager", "marketer", "max@demo.example", "eva@demo.example", "night", "desk")
	}
	contact := "[]"
	if rapid.Bool().Draw(t, "contacts") {
		contact = fmt.Sprintf(`[{at: 0s, send: email, template: still-interested, stop_on: %s}, {at: 0s, task: letter, stop_on: %s}, {at: "+1d 09:00", task: video}, {at: 2d, task: letter, stop_on: %s}]`,
			some("mail stops", "answer", "conversation", "appointment"), some("letter stops", "answer", "conversation", "appointment"), some("letter stops", "answer", "conversation", "appointment"))
	}
	approve := "approve: " + pick("approve", "by_reason", "always", "never")
	if approve == "approve: by_reason" && rapid.Bool().Draw(t, "more approval") {
		approve += fmt.Sprintf(", value: %s, sample: %d%%, self_reported: %t", pick("value", "1", "30000"), rapid.IntRange(0, 100).Draw(t, "sample"), rapid.Bool().Draw(t, "self-reported"))
	}
	src := fmt.Sprintf(`timezone: %s
country: NL
phases: %s
calendar: {open: {%s}, closed: ["2026-11-24", "2026-12-25"]}
shifts: {evening: {days: mon-sun, hours: "18:00-02:00", staff: ["ann@demo.example"]}}
groups: {night: ["bob@demo.example", "kim@demo.example", "eva@demo.example"], desk: ["max@demo.example"]}
follow_ups:
  letter: {to: %s, within: %s, escalate: %s}
  refund_claim: {to: %s, within: %s, escalate: %s}
  hand_over: {to: %s, within: %s, escalate: %s}
tracks:
  %s:
    clock: %s
    assign: {to: [%s], match: %s}
    live_response: {due: %s, remind_before: %s, escalate: %s}
    attempts: {max: %d, days: 1, dayparts: 1, spacing: %s, voicemails: %d, schedule: %s, overdue: %s}
    contact: %s
    appointment: {remind: %s, outcome_due: %s, escalate: %s}
    follow_up: {due: %s, escalate: %s}
    closing: {%s, by: %s, due: %s, escalate: %s}
`,
		pick("zone", "Europe/Amsterdam", "Australia/Lord_Howe", "America/St_Johns"), pick("phases", "[bdc, showroom]", "[showroom]"), hours,
		doer("letter"), pick("letter within", "0s", "4h", "2d"), steps("letter"),
		doer("claim"), pick("claim within", "0s", "4h", "2d"), steps("claim"),
		doer("hand-over"), pick("hand-over within", "0s", "4h", "2d"), steps("hand-over"),
		track, pick("clock", "opening_hours", "always"), strings.Join(rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
			"next_salesperson", "fewest_open", "bdc", "owner_of_customer", "sales_manager", "ann@demo.example", "night", "desk",
		}), 1, 3, rapid.ID[string]).Draw(t, "assign"), ", "), some("match", "make", "language"),
		pick("live due", "2s", "15m", "2d"), pick("remind", "0s", "1s"), steps("live"),
		rapid.IntRange(1, 7).Draw(t, "max"), pick("spacing", "0s", "30m", "1d"), rapid.IntRange(0, 2).Draw(t, "voicemails"),
		pick("schedule", "[0s]", `[0s, 2h, "+1d 10:00", "+5d 17:30"]`, `["+3d 02:30", 1s]`), steps("overdue"),
		contact,
		pick("remind customer", "[]", "[24h, 2h]", "[1s, 3d]"), pick("outcome", "0s", "2h"), steps("appointment"),
		pick("decide", "1s", "1h", "3d"), steps("decide"),
		approve, pick("by", "sales_manager", "general_manager", "mia@demo.example", "desk"), pick("closing due", "1s", "4h"), steps("closing"))
	return parse(t, src)
}

// drawStaff changes who is there: people leave, come back and are away.
func drawStaff(t *rapid.T, l *life) {
	l.world.Staff = slices.DeleteFunc(slices.Clone(everybody()), func(process.Person) bool {
		return rapid.IntRange(0, 3).Draw(t, "leaves") == 0
	})
	if rapid.IntRange(0, 9).Draw(t, "all leave") == 0 {
		l.world.Staff = nil
	}
	l.world.Paused = nil
	for i := range l.world.Staff {
		p := &l.world.Staff[i]
		if rapid.IntRange(0, 3).Draw(t, "away") == 0 {
			from := l.world.Now.Add(time.Duration(rapid.IntRange(-48, 48).Draw(t, "from")) * time.Hour)
			p.Absent = []process.Period{{From: from, Until: from.Add(72 * time.Hour)}}
		}
		if p.Paused = rapid.IntRange(0, 3).Draw(t, "paused") == 0; p.Paused && rapid.Bool().Draw(t, "from now on") {
			l.world.Paused = append(l.world.Paused, p.ID)
		}
		p.Capacity, p.Open = rapid.IntRange(0, 3).Draw(t, "capacity"), rapid.IntRange(0, 4).Draw(t, "open")
		p.Languages = rapid.SampledFrom([][]string{nil, {"de"}, {"en", "de"}}).Draw(t, "languages")
		p.Makes = rapid.SampledFrom([][]string{nil, {"Renault"}, {"Dacia"}}).Draw(t, "makes")
	}
}

// drawHappening is anything that may happen to a lead, most of it sensible. The
// words in it are marked.
func drawHappening(t *rapid.T, l *life) process.Happening {
	what := rapid.SampledFrom([]process.What{
		process.WasDue, process.WasDue, process.WasStarted, process.DidAttempt, process.DidAttempt, process.DidAttempt, process.DidMessage, process.DidNote,
		process.DidAppointment, process.DidAppointment, process.DidAppointment, process.DidAssign, process.DidClose, process.DidClose, process.DidClose,
		process.DidDecide, process.DidDecide, process.DidReopen, process.DidCustomer, process.WasDelivered, process.WasCancelled,
		process.WasLinked, process.WasResent, process.DidTake, process.DidTake,
	}).Draw(t, "what")
	h := process.Happening{
		ID: l.id(), What: what, Signal: rapid.Bool().Draw(t, "signal"),
		Actor: rapid.SampledFrom([]process.Actor{"ann", "bob", "kim", "mia", "gus", "customer", "operator", ""}).Draw(t, "actor"),
	}
	template := rapid.SampledFrom([]string{"", "quote", "ask-for-phone", "still-interested"})
	channels := rapid.SliceOfN(rapid.SampledFrom(lead.RefusableChannels), 0, 2)
	switch what {
	case process.DidAttempt:
		h.Attempt = &process.AttemptMade{
			ID: l.id(), Channel: rapid.SampledFrom([]lead.Channel{"phone", "phone", "phone", "email", "fax"}).Draw(t, "channel"),
			Direction: rapid.SampledFrom([]lead.Direction{"out", "out", "in"}).Draw(t, "direction"),
			Outcome:   rapid.SampledFrom(lead.Outcomes).Draw(t, "outcome"),
			Recorded:  rapid.Bool().Draw(t, "recorded"),
		}
		if rapid.Bool().Draw(t, "earlier") {
			h.Attempt.At = l.world.Now.Add(-time.Duration(rapid.IntRange(-400, 200_000).Draw(t, "ago")) * time.Second)
		}
	case process.DidMessage:
		h.Message = &process.MessageAsked{ID: l.id(), Template: template.Draw(t, "template")}
	case process.DidNote:
		h.Note = &process.NoteAdded{ID: l.id()}
	case process.DidAppointment:
		h.Appointment = drawAppointment(t, l)
	case process.DidAssign:
		h.Assign = &process.Assignment{To: rapid.SampledFrom([]string{"ann", "bob", "cas", "kim", "mia", "eva"}).Draw(t, "to"), NoteID: rapid.SampledFrom([]string{"", otherID}).Draw(t, "note")}
	case process.DidClose:
		h.Close = drawClosing(t, l)
	case process.DidDecide:
		h.Decide = &process.Decision{Approve: rapid.Bool().Draw(t, "approve")}
	case process.DidReopen:
		h.Reopen = &process.Reopening{}
	case process.DidCustomer:
		h.Customer = &process.CustomerWish{Refuses: channels.Draw(t, "refuses"), Bounced: rapid.Bool().Draw(t, "bounced")}
		if rapid.Bool().Draw(t, "news of a mail") {
			h.Customer.Mail = &process.MailNews{
				Message: otherID, Is: rapid.SampledFrom(lead.Deliveries).Draw(t, "is"), Elsewhere: rapid.Bool().Draw(t, "elsewhere"),
				Lifted: rapid.Bool().Draw(t, "lifted"), Auto: rapid.Bool().Draw(t, "auto"), Counted: rapid.Bool().Draw(t, "counted"),
			}
		}
	case process.WasDelivered:
		h.Signal = false
		h.Delivered = []process.Delivery{{
			Message: l.id(), Template: template.Draw(t, "template"), Auto: rapid.Bool().Draw(t, "auto"), Hand: rapid.Bool().Draw(t, "hand"),
			Fate: rapid.SampledFrom([]process.Fate{process.Accepted, process.Failed, process.Suppressed, process.Unknown}).Draw(t, "fate"), At: l.world.Now,
		}}
	case process.WasLinked:
		h.Linked = &process.Linked{Lead: otherID, Source: "website", SameCar: rapid.Bool().Draw(t, "same car")}
	case process.WasResent:
		h.Resent = &process.Resent{Raw: otherID, Changed: []string{"phone"}, Reach: process.Reach{Phone: rapid.Bool().Draw(t, "phone"), Email: rapid.Bool().Draw(t, "email")}}
	default:
	}
	if rapid.IntRange(0, 19).Draw(t, "payload lost") == 0 && what != process.WasDelivered {
		h = process.Happening{ID: h.ID, What: what, Signal: true, Actor: process.Operator}
	}
	return h
}

func drawAppointment(t *rapid.T, l *life) *process.AppointmentAction {
	a := &process.AppointmentAction{
		Verb: rapid.SampledFrom([]process.AppointmentVerb{"set", "confirm", "move", "cancel", "outcome", "outcome"}).Draw(t, "verb"), ID: l.id(),
		Kind: rapid.SampledFrom(lead.AppointmentKinds).Draw(t, "kind"), Minutes: rapid.IntRange(0, 90).Draw(t, "minutes"),
		StartsAt:  l.world.Now.Add(time.Duration(rapid.IntRange(-10, 5000).Draw(t, "in")) * time.Minute),
		Confirmed: rapid.Bool().Draw(t, "confirmed"), Outcome: rapid.SampledFrom([]lead.AppointmentOutcome{lead.Came, lead.NoShow}).Draw(t, "outcome"),
	}
	if l.state.Appointment != nil {
		a.ID = l.state.Appointment.ID
	}
	return a
}

func drawClosing(t *rapid.T, l *life) *process.ClosingAsked {
	reason := rapid.SampledFrom(l.world.Reasons).Draw(t, "reason")
	details := map[string]string{}
	for _, d := range reason.Details {
		switch d.Kind {
		case lead.Choice:
			details[d.Name] = rapid.SampledFrom(d.Options).Draw(t, d.Name)
		case lead.Words:
			details[d.Name] = "MARK " + d.Name
		case lead.Date, lead.DateOrUnknown:
			details[d.Name] = l.world.Now.AddDate(0, 0, rapid.IntRange(0, 300).Draw(t, d.Name)).Format(time.DateOnly)
		case lead.Amount:
			details[d.Name] = "31990.00"
		case lead.LeadID:
			details[d.Name] = otherID
		case lead.StaffOrLead:
			details[d.Name] = "MARK@demo.example"
		case lead.Channels:
			details[d.Name] = rapid.SampledFrom([]string{"phone", "email", "phone, email, sms"}).Draw(t, d.Name)
		}
	}
	if rapid.IntRange(0, 9).Draw(t, "nonsense") == 0 {
		details["MARK"] = "MARK"
	}
	return &process.ClosingAsked{ID: l.id(), Reason: reason.Code, Details: details}
}

// drawLife is a lead that comes in under an odd yardstick, with whoever is there.
func drawLife(t *rapid.T, p *policy.Policy) *life {
	begin := rapid.SampledFrom([]string{"2026-11-21 02:30", "2026-11-23 10:00", "2026-10-24 23:50", "2027-03-28 01:59"}).Draw(t, "received")
	return rings(t, p, begin, func(l *life) {
		drawStaff(t, l)
		l.state.Reach = process.Reach{Phone: rapid.Bool().Draw(t, "phone"), Email: rapid.Bool().Draw(t, "email")}
		l.state.Again = rapid.IntRange(0, 4).Draw(t, "again") == 0
		l.world.PaidSource = rapid.Bool().Draw(t, "paid")
		l.world.CustomerOwner = rapid.SampledFrom([]string{"", "cas", "eva"}).Draw(t, "customer's owner")
		l.world.Language = "nl"
		l.world.Subject.Language = rapid.SampledFrom([]string{"", "nl", "de"}).Draw(t, "language")
		l.world.Subject.Make = rapid.SampledFrom([]string{"", "renault"}).Draw(t, "make")
		l.world.Subject.Price = rapid.SampledFrom([]int64{0, 100, 45_000_00}).Draw(t, "price")
		for i := range l.world.Reasons {
			l.world.Reasons[i].Retired = rapid.IntRange(0, 5).Draw(t, "retired") == 0
		}
	})
}

// drawNext moves the time to the next deadline, or to any time, and has something
// happen then.
func drawNext(t *rapid.T, l *life) process.Happening {
	next := l.state.NextDeadline()
	jump := rapid.IntRange(0, 9).Draw(t, "jump")
	if jump < 4 && next != nil && next.Next.After(l.world.Now) {
		l.world.Now = next.Next
		return process.Happening{What: process.WasDue}
	}
	l.world.Now = l.world.Now.Add(time.Duration(rapid.IntRange(1, []int{60, 7200, 86_400, 7 * 86_400}[jump%4]).Draw(t, "seconds")) * time.Second)
	return drawHappening(t, l)
}
