package policy

import "slices"

// Sizes within a track.
const (
	maxSteps      = 20
	maxRepeats    = 100
	maxAttempts   = 100
	maxContacts   = 100
	maxReminders  = 20
	maxRecipients = 50
)

// readTrack reads a track over the default one.
func readTrack(name string, v value) *Track {
	t := DefaultTrack(name)
	s := v.section(trackKeys...)
	read(s, "clock", oneOf(clockWords...), &t.Clock)
	if v := s.get("auto_response"); v.present() {
		t.AutoResponse = readAutoResponse(v, t.AutoResponse)
	}
	if v := s.get("assign"); v.present() {
		readAssign(v, &t.Assign)
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
	if v := s.get("follow_up"); v.present() {
		readDecide(v, &t.FollowUp)
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

// readAssign reads who gets a new lead: {to: …, match: …}, or one word.
func readAssign(v value, a *Assign) {
	to := v
	if !v.isScalar() {
		s := v.section(assignKeys...)
		to = s.require("to", "next_salesperson")
		read(s, "match", func(v value) ([]Match, bool) {
			return listOf(v, maxRecipients, oneOf(matchWords...)), true
		}, &a.Match)
	}
	if to.emptyList() {
		to.fault("is empty; name at least one, for example next_salesperson")
	}
	if to.present() {
		a.To = listOf(to, maxRecipients, func(v value) (Recipient, bool) { return v.recipient(assignRoles...) })
	}
}

func readLiveResponse(v value, r *LiveResponse) {
	s := v.section(liveResponseKeys...)
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
	s := v.section(attemptsKeys...)
	number := func(name string, least, most int, target *int) {
		read(s, name, func(v value) (int, bool) { return v.integer(least, most) }, target)
	}
	number("max", 1, maxAttempts, &a.Max)
	// The other measures can never ask for more than max attempts give.
	a.Days, a.Dayparts = min(a.Days, a.Max), min(a.Dayparts, a.Max)
	number("days", 1, a.Max, &a.Days)
	number("dayparts", 1, min(maxDayparts, a.Max), &a.Dayparts)
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
	s := v.section(contactKeys...)
	c := Contact{StopOn: slices.Clone(defaultStops)}
	if moment, ok := s.require("at", `"+1d 09:00"`).moment(); ok {
		c.At = moment
	}
	read(s, "send", oneOf(sendWords...), &c.Send)
	read(s, "template", value.code, &c.Template)
	read(s, "task", oneOf(taskWords...), &c.Task)
	read(s, "stop_on", func(v value) ([]StopOn, bool) {
		return listOf(v, len(stopWords), oneOf(stopWords...)), true
	}, &c.StopOn)
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
	s := v.section(appointmentKeys...)
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

func readDecide(v value, d *Decide) {
	s := v.section(decideKeys...)
	read(s, "due", value.duration, &d.Due)
	readSteps(s, "escalate", &d.Escalate)
}

func readClosing(v value, c *Closing) {
	s := v.section(closingKeys...)
	read(s, "approve", oneOf(approveWords...), &c.Approve)
	read(s, "value", value.positiveAmount, &c.Value)
	read(s, "sample", func(v value) (int, bool) { return v.percent(0, mostPercent) }, &c.Sample)
	read(s, "self_reported", value.flag, &c.SelfReported)
	for _, name := range []string{"value", "sample", "self_reported"} {
		if v := s.get(name); v.present() && c.Approve == Never {
			v.fault("has no effect with approve: never; delete it or write approve: by_reason")
		}
	}
	read(s, "by", func(v value) (Recipient, bool) {
		return v.recipient(approvalRoles...)
	}, &c.By)
	read(s, "due", value.duration, &c.Due)
	readSteps(s, "escalate", &c.Escalate)
}
