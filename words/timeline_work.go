package words

import (
	"strings"
	"time"
)

func attemptLogged(f facts) string {
	length, recorded, uncounted, late := "", "", "", ""
	if s := f.number("duration_s"); s > 0 {
		length = ", " + (time.Duration(s) * time.Second).String()
	}
	if f.yes("recorded") {
		recorded = f.say("attempt.recorded")
	}
	if !f.yes("counted") {
		uncounted = f.say("attempt.uncounted", "because", after(": ", f.w.Told(f.text("uncounted_because"))))
	}
	if s := f.number("live_response_late_s"); s > 0 {
		late = f.say("attempt.late", "span", f.w.Span(s))
	}
	outcome := f.text("outcome")
	return f.say("attempt", "what", f.way(), "outcome", Lower(f.w.Or("outcome."+outcome, strings.ReplaceAll(outcome, "_", " "))),
		"length", length, "recorded", recorded, "uncounted", uncounted, "late", late)
}

// way is how the customer was tried, or tried us.
func (f facts) way() string {
	direction := "timeline.out."
	if f.text("direction") == "in" {
		direction = "timeline.in."
	}
	return f.w.Or(direction+f.text("channel"), f.w.T(direction+"other"))
}

func messageReceived(f facts) string {
	if !f.yes("resend") {
		return f.say("customer_wrote")
	}
	with := ""
	if changed := f.list("changed"); len(changed) > 0 {
		with = f.say("resent.with", "fields", f.fields(changed))
	}
	return f.say("resent", "with", with)
}

// fields names the fields of a lead.
func (f facts) fields(paths []string) string {
	if f.w.Language == English {
		return strings.Join(paths, ", ")
	}
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = Lower(f.w.Field(path))
	}
	return strings.Join(names, ", ")
}

// meeting is the kind of an appointment.
func (f facts) meeting() string {
	return f.w.Or("appointment."+f.text("kind"), f.say("appointment"))
}

// appointment is its kind and when it is.
func (f facts) appointment() string { return f.meeting() + f.until("on", "starts_at") }

func appointmentSet(f facts) string {
	if f.yes("confirmed") {
		return f.say("appointment.agreed", "what", f.appointment())
	}
	return f.say("appointment.proposed", "what", f.appointment())
}

func closingRefused(f facts) string {
	if f.text("code") == "unknown_reason" {
		return f.say("closing.unknown")
	}
	list, _ := f.data["missing"].([]any)
	var rules []string
	for _, one := range list {
		lacking, _ := one.(map[string]any)
		m := facts{w: f.w, data: lacking}
		rule := Lower(f.w.Or("rule."+m.text("rule"), strings.ReplaceAll(m.text("rule"), "_", " ")))
		if need := m.number("need"); need > 1 {
			rule = f.say("closing.counted", "rule", rule, "have", m.number("have"), "need", need)
		}
		rules = append(rules, rule)
	}
	missing := ""
	if len(rules) > 0 {
		missing = f.say("closing.missing", "rules", strings.Join(rules, ", "))
	}
	return f.say("closing.refused", "reason", f.reason(), "missing", missing)
}

func closingProposed(f facts) string {
	why := after(": ", f.w.Or("why.closing."+f.text("why"), ""))
	return f.say("closing.proposed", "reason", f.reason(), "why", why, "until", f.until("closing.until", "due_at"))
}

// decided is the manager's word on a proposal.
func (f facts) decided(key string) string {
	return f.say(key, "reason", f.reason(), "by", f.who("closing.by", "proposed_by"))
}

func resumed(f facts) string {
	if f.text("why") == "customer" {
		return f.say("resumed.customer")
	}
	return f.say("resumed.date")
}

func closed(f facts) string {
	stage := ""
	if f.text("stage") != "" {
		stage = f.say("closed.as", "stage", Lower(f.code("stage", f.text("stage"))))
	}
	return f.say("closed", "stage", stage, "reason", f.reason())
}

func reopened(f facts) string {
	was := ""
	if f.text("reason") != "" {
		was = f.say("reopened.was", "reason", f.code("reason", f.text("reason")))
	}
	return f.say("reopened", "reason", was)
}

func followUpStarted(f facts) string {
	due := ""
	if on := f.text("due_on"); on != "" {
		due = f.say("follow_up.due", "on", f.date(on))
	}
	return f.say("follow_up.started", "what", f.followUp(), "due", due)
}

// date is a date as the reader writes it; English keeps that of the API.
func (f facts) date(on string) string {
	day, err := time.Parse(time.DateOnly, on)
	if err != nil || f.w.Language == English {
		return on
	}
	return In(f.w.Language, time.UTC).Date(day)
}

func followUpDone(f facts) string {
	key, outcome := "follow_up.done", ""
	if f.text("fate") == "dropped" {
		key = "follow_up.dropped"
	}
	switch f.text("outcome") {
	case "granted":
		outcome = f.say("follow_up.granted")
	case "refused":
		outcome = f.say("follow_up.refused")
	}
	return f.say(key, "what", f.followUp(), "outcome", outcome, "why", after(": ", f.w.Told(f.text("why"))))
}

// followUp names a follow-up, and the channels that it is about.
func (f facts) followUp() string {
	name := f.followUpName(f.text("kind"))
	if channels := f.list("channels"); len(channels) > 0 {
		return f.say("follow_up.by", "what", name, "channels", f.codes("channel", channels))
	}
	return name
}

func (f facts) followUpName(kind string) string {
	return f.w.Or("followup."+kind, Upper(strings.ReplaceAll(kind, "_", " ")))
}

// bounced is a mail that came back, with why where the provider told.
func bounced(f facts) string {
	why := f.text("why")
	if why == "" {
		return f.say("message_bounced")
	}
	elsewhere := ""
	if f.yes("elsewhere") {
		elsewhere = f.say("message_bounced.elsewhere")
	}
	return f.say("message_bounced.why", "template", f.template(), "elsewhere", elsewhere, "why", f.w.Or("mail.why."+why, why))
}
