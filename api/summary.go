package api

import (
	"fmt"
	"strings"
	"time"
)

// summary says in one line what an entry of the timeline is about. Times are
// the dealer's. It knows no words of customers: those stand in notes.
func summary(kind string, data map[string]any, staff people, zone *time.Location) string {
	tell, known := summaries[kind]
	if !known {
		return sentenceCase(strings.ReplaceAll(kind, "_", " "))
	}
	return tell(facts{data: data, staff: staff, zone: zone})
}

// facts are the data of an entry with help to word them.
type facts struct {
	data  map[string]any
	staff people
	zone  *time.Location
}

// summaries has one line for each kind of entry.
var summaries = map[string]func(facts) string{
	"received": func(f facts) string {
		return "Lead received" + f.with(" from ", "source") + f.with("; track ", "track") + f.with(" (", "why", ")")
	},
	"duplicate_linked":   duplicateLinked,
	"auto_response_sent": func(f facts) string { return "Auto-response sent" + f.with(" (", "template", ")") },
	"assigned":           assigned,
	"reminded":           reminded,
	"escalated":          escalated,
	"step_skipped":       stepSkipped,
	"attempt_due": func(f facts) string {
		return fmt.Sprintf("Call attempt %d was due %s", f.number("n"), f.time("due_at")) + f.late()
	},
	"attempt_logged":    attemptLogged,
	"message_sent":      func(f facts) string { return "Mail sent to " + f.addressee() + f.with(" (", "template", ")") },
	"message_delivered": func(f facts) string { return "Mail delivered to the customer" + f.with(" (", "template", ")") },
	"message_bounced":   func(facts) string { return "Mail to the customer bounced; the address is not used any more" },
	"message_received":  messageReceived,
	"message_failed": func(f facts) string {
		return "Mail to " + f.addressee() + " not sent" + f.with(" (", "template", ")") + f.with(": ", "code")
	},
	"note_added": func(facts) string { return "Note added" },
	"appointment_set": func(f facts) string {
		if f.yes("confirmed") {
			return f.appointment() + " agreed"
		}
		return f.appointment() + " proposed"
	},
	"appointment_confirmed": func(f facts) string { return f.appointment() + " confirmed" },
	"appointment_moved": func(f facts) string {
		moved := f.subject() + " moved"
		if from := f.time("from"); from != "" {
			moved += " from " + from
		}
		return moved + " to " + f.time("starts_at")
	},
	"appointment_cancelled": func(f facts) string { return f.appointment() + " cancelled" },
	"appointment_outcome": func(f facts) string {
		if f.text("outcome") == "came" {
			return f.appointment() + ": the customer came"
		}
		return f.appointment() + ": the customer did not come"
	},
	"closing_refused": closingRefused,
	"closing_proposed": func(f facts) string {
		return "Closing proposed" + f.reason() + f.approval() + f.until("; to be decided by ", "due_at")
	},
	"closing_approved": func(f facts) string { return "Closing approved" + f.reason() + f.who("; proposed by ", "proposed_by") },
	"closing_rejected": func(f facts) string { return "Closing refused" + f.reason() + f.who("; proposed by ", "proposed_by") },
	"phase_changed": func(f facts) string {
		return "Handed from " + phaseWords(f.text("from")) + " to " + phaseWords(f.text("to")) + f.reason()
	},
	"parked": func(f facts) string { return "Parked" + f.until(" until ", "until") + f.reason() },
	"resumed": func(f facts) string {
		if f.text("why") == "customer" {
			return "Worked again: the customer asked"
		}
		return "Worked again: the agreed date has come"
	},
	"closed":            func(f facts) string { return "Closed" + f.with(" as ", "stage") + f.reason() },
	"reopened":          func(f facts) string { return "Reopened" + f.with("; it was closed with ", "reason") },
	"policy_applied":    policyApplied,
	"follow_up_started": func(f facts) string { return followUpWords(f, " started") + f.with(", due ", "due_on") },
	"follow_up_done":    followUpDone,
	"erased":            func(facts) string { return "The customer's data were erased" },
	"refused":           func(f facts) string { return "Refused" + f.with(": ", "what") + f.with("; ", "message") },
}

func duplicateLinked(f facts) string {
	// A follow-up began this lead after one that is over.
	if name := followUps[f.text("why")]; name != "" {
		return "Linked to an earlier lead of the same person; " + lowered(name)
	}
	if f.yes("same_car") {
		return "Linked: the same person asked for the same car" + f.with(" through ", "source")
	}
	return "Linked: the same person asked for another car" + f.with(" through ", "source")
}

func reminded(f facts) string {
	switch f.text("kind") {
	case "appointment_reminder":
		return "Customer reminded of the appointment" + f.until(" on ", "starts_at")
	case "contact":
		return f.person("staff_id", "The owner") + " asked to send" + f.with(" a ", "task")
	case "appointment_outcome":
		return f.person("staff_id", "The owner") + " asked how the appointment went"
	}
	return f.person("staff_id", "The owner") + " reminded: " + f.clock() + f.until(" is due ", "due_at")
}

func escalated(f facts) string {
	line := fmt.Sprintf("Escalated step %d/%d (%s)%s%s", f.number("step"), f.number("steps"), f.clock(), f.whos(" to ", "staff_ids"), f.late())
	if n := f.number("repeat"); n > 0 {
		line += fmt.Sprintf(", repeated %d×", n)
	}
	if n := f.number("again"); n > 0 {
		line += fmt.Sprintf(", brought up again %d×", n)
	}
	return line
}

func stepSkipped(f facts) string {
	what := "Skipped"
	switch kind := f.text("kind"); {
	case kind == "auto_response":
		what = "Auto-response skipped"
	case kind == "contact":
		what = "Mail skipped" + f.with(" (", "template", ")")
	case f.number("step") > 0:
		what = fmt.Sprintf("Skipped step %d/%d (%s)", f.number("step"), f.number("steps"), f.clock())
	}
	return what + f.with(": ", "why")
}

func attemptLogged(f facts) string {
	what := channelWords(f.text("channel"))
	if f.text("direction") == "in" {
		what = "Incoming " + strings.ToLower(what)
	}
	line := what + ": " + strings.ReplaceAll(f.text("outcome"), "_", " ")
	if s := f.number("duration_s"); s > 0 {
		line += ", " + (time.Duration(s) * time.Second).String()
	}
	if f.yes("recorded") {
		line += ", as the telephone system recorded"
	}
	if !f.yes("counted") {
		line += " (does not count" + f.with(": ", "uncounted_because") + ")"
	}
	if s := f.number("live_response_late_s"); s > 0 {
		line += "; first response " + span(s) + " late"
	}
	return line
}

func messageReceived(f facts) string {
	if !f.yes("resend") {
		return "The customer wrote"
	}
	changed := f.list("changed")
	if len(changed) == 0 {
		return "The provider sent the lead again"
	}
	return "The provider sent the lead again with " + strings.Join(changed, ", ")
}

func closingRefused(f facts) string {
	if f.text("code") == "unknown_reason" {
		return "Closing not accepted: no such reason"
	}
	line := "Closing not accepted" + f.reason()
	missing, _ := f.data["missing"].([]any)
	var rules []string
	for _, m := range missing {
		one, _ := m.(map[string]any)
		inner := facts{data: one}
		rule := strings.ReplaceAll(inner.text("rule"), "_", " ")
		if need := inner.number("need"); need > 1 {
			rule += fmt.Sprintf(" %d of %d", inner.number("have"), need)
		}
		rules = append(rules, rule)
	}
	if len(rules) > 0 {
		line += "; missing " + strings.Join(rules, ", ")
	}
	return line
}

var clocks = map[string]string{
	"live_response": "live response", "call_attempt": "call attempt", "appointment_reminder": "appointment reminder",
	"appointment_outcome": "outcome of the appointment", "closing_approval": "approval of the closing", "follow_up": "follow-up",
}

func clockWords(kind string) string {
	if words, ok := clocks[kind]; ok {
		return words
	}
	return strings.ReplaceAll(kind, "_", " ")
}

var channels = map[string]string{
	"phone": "Call", "email": "Mail", "sms": "Text message", "chat": "Chat", "social": "Social media", "walk_in": "Visit",
}

func channelWords(channel string) string {
	if words, ok := channels[channel]; ok {
		return words
	}
	return "Attempt"
}

var visits = map[string]string{"showroom": "Showroom appointment", "test_drive": "Test drive", "video": "Video appointment", "phone": "Phone appointment"}

func phaseWords(phase string) string {
	if phase == "bdc" {
		return "the call centre"
	}
	return "the showroom"
}

func (f facts) text(name string) string { return text(f.data[name]) }

func (f facts) yes(name string) bool { b, _ := f.data[name].(bool); return b }

func (f facts) number(name string) int { n, _ := f.data[name].(float64); return int(n) }

func (f facts) list(name string) []string {
	values, _ := f.data[name].([]any)
	out := make([]string, 0, len(values))
	for _, v := range values {
		out = append(out, text(v))
	}
	return out
}

// with adds a text between what stands before and after it, nothing when there
// is none.
func (f facts) with(before, name string, after ...string) string {
	if f.text(name) == "" {
		return ""
	}
	return before + f.text(name) + strings.Join(after, "")
}

func (f facts) reason() string { return f.with(" (", "reason", ")") }

// time writes an instant in the dealer's zone.
func (f facts) time(name string) string {
	at, err := time.Parse(time.RFC3339, f.text(name))
	if err != nil {
		return ""
	}
	return at.In(f.zone).Format("Mon 2 Jan 15:04")
}

func (f facts) until(before, name string) string {
	if at := f.time(name); at != "" {
		return before + at
	}
	return ""
}

func (f facts) who(before, name string) string {
	if who := f.person(name, ""); who != "" {
		return before + who
	}
	return ""
}

// person names the member of staff, or says otherwise when it is none.
func (f facts) person(name, otherwise string) string {
	if p := f.staff.ref(f.text(name)); p != nil {
		return p.Name
	}
	return otherwise
}

func (f facts) whos(before, name string) string {
	var names []string
	for _, id := range f.list(name) {
		if p := f.staff.ref(id); p != nil {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return before + strings.Join(names, ", ")
}

// late says how late it was, from a minute on.
func (f facts) late() string {
	s := f.number("late_s")
	if s < 60 {
		return ""
	}
	return ", " + span(s) + " late"
}

// span words seconds by their largest unit, and the next one where it says
// something.
func span(seconds int) string {
	switch d := time.Duration(seconds) * time.Second; {
	case d < time.Minute:
		return fmt.Sprintf("%d s", seconds)
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	default:
		return fmt.Sprintf("%d days", int(d.Hours())/24)
	}
}

func (f facts) subject() string {
	if words, ok := visits[f.text("kind")]; ok {
		return words
	}
	return "Appointment"
}

func (f facts) appointment() string { return f.subject() + f.until(" on ", "starts_at") }

func sentenceCase(words string) string {
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:]
}
