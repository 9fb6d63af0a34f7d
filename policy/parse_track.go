package policy

import (
	"slices"
)

// Sizes within a track.
const (
	maxSteps      = 20
	maxRepeats    = 100
	maxAttempts   = 100
	maxContacts   = 100
	maxReminders  = 20
	maxRecipients = 50
)

// escalationRoles are the recipients of an alert beside addresses.
var escalationRoles = []Recipient{
	ToOwner, ToNextSalesperson, ToTeam, ToBDC, ToSalesManager, ToGeneralManager,
}

// readTrack reads a track over the default one.
func readTrack(name string, v value) *Track {
	t := DefaultTrack(name)
	s := v.section("clock", "auto_response", "assign", "live_response", "attempts", "contact", "appointment", "closing")
	read(s, "clock", oneOf(OpeningHours, Always), &t.Clock)
	if v := s.get("auto_response"); v.present() {
		t.AutoResponse = readAutoResponse(v, t.AutoResponse)
	}
	if v := s.get("assign"); v.present() {
		to := within(v, "to", "next_salesperson")
		if recipient, ok := to.recipient(ToNextSalesperson, ToBDC, ToCustomerOwner); ok {
			t.Assign = recipient
		}
	}
	if v := s.get("live_response"); v.present() {
		readLiveResponse(v, &t.LiveResponse)
	}
	if v := s.get("attempts"); v.present() {
		readAttempts(v, &t.Attempts)
	}
	contacts := s.get("contact").list()
	if len(contacts) > maxContacts {
		s.get("contact").fault("has %d entries and may have %d", len(contacts), maxContacts)
		contacts = nil
	}
	for _, one := range contacts {
		t.Contact = append(t.Contact, readContact(one))
	}
	if v := s.get("appointment"); v.present() {
		readAppointment(v, &t.Appointment)
	}
	if v := s.get("closing"); v.present() {
		readClosing(v, &t.Closing)
	}
	return t
}

// read reads the value of a key into target when the file has it.
func read[T any](s section, name string, with func(value) (T, bool), target *T) {
	if v := s.get(name); v.present() {
		if t, ok := with(v); ok {
			*target = t
		}
	}
}

// within returns the value itself when it is written as one word, else the one
// under the key: `assign: bdc` is `assign: {to: bdc}`.
func within(v value, name, example string) value {
	if v.isScalar() {
		return v
	}
	return v.section(name).require(name, example)
}

// readAutoResponse reads a template, or none for no automatic response.
func readAutoResponse(v value, standard string) string {
	template, ok := within(v, "template", "thank-you").code()
	switch {
	case !ok:
		return standard
	case template == "none":
		return ""
	default:
		return template
	}
}

func readLiveResponse(v value, r *LiveResponse) {
	s := v.section("due", "remind_before", "escalate")
	read(s, "due", value.duration, &r.Due)
	read(s, "remind_before", value.duration, &r.RemindBefore)
	if r.Due == r.RemindBefore || r.Due.surelyBefore(r.RemindBefore) {
		if remind := s.get("remind_before"); remind.present() && !r.RemindBefore.IsZero() {
			remind.fault("must be shorter than due, which is %s", r.Due)
		}
		r.RemindBefore = Duration{}
	}
	readSteps(s, "escalate", &r.Escalate)
}

func readAttempts(v value, a *Attempts) {
	s := v.section("max", "days", "dayparts", "spacing", "voicemails", "schedule", "overdue")
	number := func(name string, least, most int, target *int) {
		read(s, name, func(v value) (int, bool) { return v.integer(least, most) }, target)
	}
	number("max", 1, maxAttempts, &a.Max)
	// The other measures can never ask for more than max attempts give.
	a.Days, a.Dayparts = min(a.Days, a.Max), min(a.Dayparts, a.Max)
	number("days", 1, a.Max, &a.Days)
	number("dayparts", 1, min(3, a.Max), &a.Dayparts)
	number("voicemails", 0, maxAttempts, &a.Voicemails)
	read(s, "spacing", value.duration, &a.Spacing)
	if schedule := s.get("schedule"); schedule.present() {
		entries := schedule.list()
		if schedule.emptyList() {
			schedule.fault("must have at least one entry, for example 0s")
		}
		if len(entries) > maxAttempts {
			schedule.fault("has %d entries and may have %d", len(entries), maxAttempts)
			entries = nil
		}
		a.Schedule = nil
		for _, one := range entries {
			if moment, ok := one.moment(); ok {
				a.Schedule = append(a.Schedule, moment)
			}
		}
	}
	readSteps(s, "overdue", &a.Overdue)
}

// readContact reads a mail that is sent, or a task for the owner.
func readContact(v value) Contact {
	s := v.section("at", "send", "template", "task")
	var c Contact
	if moment, ok := s.require("at", `"+1d 09:00"`).moment(); ok {
		c.At = moment
	}
	read(s, "send", oneOf(Email), &c.Send)
	read(s, "template", value.code, &c.Template)
	read(s, "task", oneOf("letter", "video"), &c.Task)
	switch {
	case !s.read:
	case s.has("send") == s.has("task"):
		v.fault("must have either send with a template, or task")
	case s.has("send"):
		s.require("template", "still-interested")
	case s.has("template"):
		s.get("template").fault("goes with send only; a task has no template")
	}
	return c
}

func readAppointment(v value, a *Appointment) {
	s := v.section("remind", "outcome_due", "escalate")
	if remind := s.get("remind"); remind.present() {
		a.Remind = listOf(remind, maxReminders, func(v value) (Duration, bool) {
			d, ok := v.duration()
			if ok && d.IsZero() {
				v.fault("must be longer than nothing; it counts back from the appointment")
			}
			return d, ok
		})
	}
	read(s, "outcome_due", value.duration, &a.OutcomeDue)
	readSteps(s, "escalate", &a.Escalate)
}

func readClosing(v value, c *Closing) {
	s := v.section("approve", "by", "due", "escalate")
	read(s, "approve", oneOf(ByReason, Every, Never), &c.Approve)
	read(s, "by", func(v value) (Recipient, bool) {
		return v.recipient(ToSalesManager, ToGeneralManager)
	}, &c.By)
	read(s, "due", value.duration, &c.Due)
	readSteps(s, "escalate", &c.Escalate)
}

// readSteps reads one step or a list of them; an empty list means that nobody
// is told. Steps stand in the order in which they happen.
func readSteps(s section, name string, target *[]Step) {
	v := s.get(name)
	if !v.present() {
		return
	}
	entries := v.list()
	if len(entries) > maxSteps {
		v.fault("has %d steps and may have %d", len(entries), maxSteps)
		return
	}
	steps := make([]Step, 0, len(entries))
	for i, one := range entries {
		step, after := readStep(one)
		if i > 0 && after.present() && step.After.surelyBefore(steps[i-1].After) {
			after.fault("is before the step above, which is after %s; put the steps in their order", steps[i-1].After)
		}
		steps = append(steps, step)
	}
	*target = steps
}

// readStep reads a step and returns the value of its after, for checks.
func readStep(v value) (step Step, after value) {
	s := v.section("after", "to", "notify", "reassign", "repeat")
	after = s.get("after")
	read(s, "after", value.duration, &step.After)
	to := s.require("to", "[sales_manager]")
	step.To = listOf(to, maxRecipients, func(v value) (Recipient, bool) { return v.recipient(escalationRoles...) })
	if to.emptyList() {
		to.fault("is empty; name at least one recipient, for example sales_manager")
	}
	step.Notify = []Channel{Email, Screen}
	if notify := s.get("notify"); notify.present() {
		step.Notify = listOf(notify, maxRecipients, oneOf(Email, SMS, Screen))
		if notify.emptyList() {
			notify.fault("is empty; name at least one of email, sms, screen")
		}
	}
	read(s, "reassign", value.flag, &step.Reassign)
	if v := s.get("repeat"); v.present() {
		readRepeat(v, &step)
	}
	return step, after
}

func readRepeat(v value, step *Step) {
	s := v.section("every", "times")
	every := s.require("every", "30m")
	if d, ok := every.duration(); ok {
		if d.IsZero() {
			every.fault("must be longer than nothing, for example 30m")
		}
		step.Every = d
	}
	if times, ok := s.require("times", "3").integer(1, maxRepeats); ok {
		step.Times = times
	}
}

// recipient reads one of the roles, or the e-mail address of a member of staff.
func (v value) recipient(roles ...Recipient) (Recipient, bool) {
	text, ok := v.text()
	if !ok {
		return "", false
	}
	if slices.Contains(roles, Recipient(text)) {
		return Recipient(text), true
	}
	if isAddress(text) {
		address, ok := v.address()
		return Recipient(address), ok
	}
	words := make([]string, len(roles))
	for i, role := range roles {
		words[i] = string(role)
	}
	v.fault("%s is not known%s; write %s, or the e-mail address of a member of staff",
		show(text), suggest(text, words), oneWordOf(words))
	return "", false
}
