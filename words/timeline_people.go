package words

import (
	"strings"
)

func linked(f facts) string {
	// A follow-up began this lead after one that is over.
	if task, known := f.w.said["followup."+f.text("why")]; known {
		return f.say("linked.earlier", "task", Lower(task.other.with(nil)))
	}
	through := f.with("through", "source")
	if f.yes("same_car") {
		return f.say("linked.same_car", "through", through)
	}
	return f.say("linked.other_car", "through", through)
}

func assigned(f facts) string {
	line := f.say("assigned")
	if task := f.text("follow_up"); task != "" {
		line = f.say("assigned.task", "task", f.followUpName(task))
	}
	line += f.who("assigned.to", "staff_id")
	line += after(", ", f.w.Or("why."+f.text("why"), ""))
	var although []string
	for _, word := range f.list("although") {
		if misfit := f.w.Or("why.but."+word, ""); misfit != "" {
			although = append(although, misfit)
		}
	}
	if len(although) > 0 {
		line += f.say("assigned.although", "words", strings.Join(although, ", "))
	}
	return line + f.whos("assigned.passed", "passed_over") + f.who("assigned.from", "from_staff_id")
}

func reminded(f facts) string {
	owner := f.person("staff_id")
	if owner == "" {
		owner = f.say("the_owner")
	}
	switch f.text("kind") {
	case "appointment_reminder":
		return f.say("reminded.customer", "on", f.until("on", "starts_at"))
	case "contact":
		task := ""
		if f.text("task") != "" {
			task = f.say("reminded.what", "task", Lower(f.code("task", f.text("task"))))
		}
		return f.say("reminded.task", "who", owner, "task", task)
	case "appointment_outcome":
		return f.say("reminded.outcome", "who", owner)
	}
	return f.say("reminded.clock", "who", owner, "clock", f.clock(), "due", f.until("reminded.due", "due_at"))
}

func escalated(f facts) string {
	repeated, again := "", ""
	if n := f.number("repeat"); n > 0 {
		repeated = f.say("escalated.repeated", "times", n)
	}
	if n := f.number("again"); n > 0 {
		again = f.say("escalated.again", "times", n)
	}
	return f.say("escalated", "step", f.number("step"), "steps", f.number("steps"), "clock", f.clock(),
		"to", f.whos("escalated.to", "staff_ids"), "late", f.late(), "repeated", repeated, "again", again)
}

func stepSkipped(f facts) string {
	why := after(": ", f.w.Told(f.text("why")))
	switch kind := f.text("kind"); {
	case kind == "auto_response":
		return f.say("skipped.auto_response", "why", why)
	case kind == "contact":
		return f.say("skipped.mail", "template", f.template(), "why", why)
	case f.number("step") > 0:
		return f.say("skipped.step", "step", f.number("step"), "steps", f.number("steps"), "clock", f.clock(), "why", why)
	}
	return f.say("skipped", "why", why)
}

// clock names the clock that an entry is about: of the lead, or the follow-up
// itself.
func (f facts) clock() string {
	if kind := f.text("follow_up"); kind != "" {
		return Lower(f.followUpName(kind))
	}
	kind := f.text("kind")
	return Lower(f.w.Or("clock."+kind, strings.ReplaceAll(kind, "_", " ")))
}

// addressee is to whom a mail went: the customer, or the department that a
// follow-up is handed to.
func (f facts) addressee() string {
	if f.text("follow_up") != "" && f.text("template") == "hand-over" {
		return f.say("the_department")
	}
	return f.say("the_customer")
}

func phaseChanged(f facts) string {
	return f.say("phase", "from", f.phase("from"), "to", f.phase("to"), "reason", f.reason())
}

// phase names the part of the process with its article.
func (f facts) phase(name string) string {
	if f.text(name) == "bdc" {
		return f.say("phase.bdc")
	}
	return f.say("phase.showroom")
}

func policyApplied(f facts) string {
	track, phase := "", ""
	if from, to := f.text("from_track"), f.text("to_track"); from != to {
		track = f.say("policy.track", "to", to, "from", from)
	} else if to != "" {
		track = f.say("track", "track", to)
	}
	if f.text("to_phase") != "" {
		phase = f.say("policy.phase", "from", f.phase("from_phase"), "to", f.phase("to_phase"))
	}
	return f.say("policy", "to", f.number("to_version"), "from", f.number("from_version"), "track", track, "because", f.because(), "phase", phase)
}

// entriesLost says in the place of what is lost that it is lost.
func entriesLost(f facts) string {
	if f.text("why") != "restored" {
		return f.say("lost.gap")
	}
	of := ""
	if kind := f.text("follow_up"); kind != "" {
		of = f.say("lost.of", "task", Lower(f.followUpName(kind)))
	}
	return f.say("lost.restored", "of", of, "first", f.number("first_step"), "last", f.number("last_step"))
}
