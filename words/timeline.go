package words

import (
	"strings"
	"time"
)

// Entry is an entry of a lead's timeline as it is stored: with ids in place of
// people, codes in place of words, and instants in UTC.
type Entry struct {
	Kind string
	Data map[string]any
	// Name tells the name of a member of staff by his id, "" for nobody's id.
	Name func(id string) string
}

// Summary says in one line what an entry of the timeline is about. It knows no
// words of customers: those stand in notes. Nothing in the data makes it fail;
// a kind that it does not know is its own word.
func (w *Words) Summary(e Entry) string {
	tell, known := summaries[e.Kind]
	if !known {
		return Upper(strings.ReplaceAll(e.Kind, "_", " "))
	}
	return tell(facts{w: w, data: e.Data, name: e.Name})
}

// summaries has one line for each kind of entry.
var summaries = map[string]func(facts) string{
	"received": func(f facts) string {
		return f.say("received", "from", f.with("from_source", "source"), "track", f.with("track", "track"), "because", f.because())
	},
	"duplicate_linked": linked,
	"auto_response_sent": func(f facts) string {
		return f.say("auto_response", "template", f.template())
	},
	"assigned":     assigned,
	"reminded":     reminded,
	"escalated":    escalated,
	"step_skipped": stepSkipped,
	"attempt_due": func(f facts) string {
		return f.say("attempt_due", "n", f.number("n"), "at", f.at("due_at"), "late", f.late())
	},
	"attempt_logged": attemptLogged,
	"message_sent": func(f facts) string {
		return f.say("message_sent", "to", f.addressee(), "template", f.template())
	},
	"message_delivered": func(f facts) string { return f.say("message_delivered", "template", f.template()) },
	"message_bounced":   bounced,
	"message_received":  messageReceived,
	"message_failed": func(f facts) string {
		return f.say("message_failed", "to", f.addressee(), "template", f.template(), "code", after(": ", f.text("code")))
	},
	"note_added":            func(f facts) string { return f.say("note_added") },
	"appointment_set":       appointmentSet,
	"appointment_confirmed": func(f facts) string { return f.say("appointment.confirmed", "what", f.appointment()) },
	"appointment_moved": func(f facts) string {
		return f.say("appointment.moved", "what", f.meeting(), "from", f.until("appointment.moved_from", "from"), "at", f.at("starts_at"))
	},
	"appointment_cancelled": func(f facts) string { return f.say("appointment.cancelled", "what", f.appointment()) },
	"appointment_outcome": func(f facts) string {
		if f.text("outcome") == "came" {
			return f.say("appointment.came", "what", f.appointment())
		}
		return f.say("appointment.no_show", "what", f.appointment())
	},
	"closing_refused":  closingRefused,
	"closing_proposed": closingProposed,
	"closing_approved": func(f facts) string { return f.decided("closing.approved") },
	"closing_rejected": func(f facts) string { return f.decided("closing.rejected") },
	"phase_changed":    phaseChanged,
	"parked": func(f facts) string {
		return f.say("parked", "until", f.until("parked.until", "until"), "reason", f.reason())
	},
	"resumed":           resumed,
	"closed":            closed,
	"reopened":          reopened,
	"policy_applied":    policyApplied,
	"follow_up_started": followUpStarted,
	"follow_up_done":    followUpDone,
	"erased":            func(f facts) string { return f.say("erased") },
	"entries_lost":      entriesLost,
	"refused": func(f facts) string {
		return f.say("refused", "what", after(": ", f.text("what")), "message", after("; ", f.w.Told(f.text("message"))))
	},
}

// facts are the data of an entry with help to word them.
type facts struct {
	w    *Words
	data map[string]any
	name func(id string) string
}

// say says a sentence of the timeline's file.
func (f facts) say(key string, with ...any) string { return f.w.T("timeline."+key, with...) }

func (f facts) text(name string) string { s, _ := f.data[name].(string); return s }

func (f facts) yes(name string) bool { b, _ := f.data[name].(bool); return b }

func (f facts) number(name string) int { n, _ := f.data[name].(float64); return int(n) }

func (f facts) list(name string) []string {
	values, _ := f.data[name].([]any)
	out := make([]string, 0, len(values))
	for _, v := range values {
		s, _ := v.(string)
		out = append(out, s)
	}
	return out
}

// after puts words after what leads to them, nothing when there are none.
func after(before, words string) string {
	if words == "" {
		return ""
	}
	return before + words
}

func brackets(words string) string {
	if words == "" {
		return ""
	}
	return " (" + words + ")"
}

// with says the part of a sentence that has a text of the data in the place of
// its name, nothing when there is none.
func (f facts) with(key, name string) string {
	if f.text(name) == "" {
		return ""
	}
	return f.say(key, name, f.text(name))
}

// code is a code of the data as a room of the vocabulary words it.
func (f facts) code(room, code string) string {
	if code == "" {
		return ""
	}
	return f.w.Or(room+"."+code, code)
}

func (f facts) codes(room string, codes []string) string {
	said := make([]string, len(codes))
	for i, code := range codes {
		said[i] = Lower(f.code(room, code))
	}
	return strings.Join(said, ", ")
}

func (f facts) template() string { return brackets(f.code("template", f.text("template"))) }

func (f facts) reason() string { return brackets(f.code("reason", f.text("reason"))) }

// because says why a track was chosen.
func (f facts) because() string { return brackets(f.w.Why(f.text("why"))) }

// at tells an instant, "" when there is none.
func (f facts) at(name string) string {
	at, err := time.Parse(time.RFC3339, f.text(name))
	if err != nil {
		return ""
	}
	return f.w.Stamp(at)
}

// until says the part of a sentence that tells an instant.
func (f facts) until(key, name string) string {
	if at := f.at(name); at != "" {
		return f.say(key, "at", at)
	}
	return ""
}

// person names a member of staff, "" when the data names none.
func (f facts) person(name string) string {
	if id := f.text(name); id != "" && f.name != nil {
		return f.name(id)
	}
	return ""
}

// who says the part of a sentence that names a member of staff.
func (f facts) who(key, name string) string {
	if person := f.person(name); person != "" {
		return f.say(key, "name", person)
	}
	return ""
}

// whos says the part of a sentence that names several.
func (f facts) whos(key, name string) string {
	var names []string
	for _, id := range f.list(name) {
		if f.name != nil && f.name(id) != "" {
			names = append(names, f.name(id))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return f.say(key, "names", strings.Join(names, ", "))
}

// late says how late it was, from a minute on.
func (f facts) late() string {
	if s := f.number("late_s"); s >= 60 {
		return f.say("late", "span", f.w.Span(s))
	}
	return ""
}
