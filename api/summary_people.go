package api

import (
	"strings"
)

// assignedWhy words why somebody got a lead or a follow-up.
var assignedWhy = map[string]string{
	"rotation": "next in turn", "fewest_open": "who has the fewest open leads", "customer": "who knows the customer", "named": "as the policy names",
	"escalation": "because nobody acted in time", "taken": "who took it", "manager": "by hand", "phase": "for the showroom",
	"owner_left": "because the owner left", "owner_absent": "because the owner is away", "follow_up": "whose task it is",
	"role_changed": "because the owner's role owns no leads any more", "nobody_else": "because nobody else is there",
}

// misfits word what speaks against somebody who got a lead all the same.
var misfits = map[string]string{
	"absent": "absent", "paused": "paused for new leads", "off_duty": "off duty", "full": "at the most open leads",
}

func assigned(f facts) string {
	line := "Assigned"
	if f.text("follow_up") != "" {
		line = followUpName(f.text("follow_up")) + " assigned"
	}
	line += f.who(" to ", "staff_id")
	if why := assignedWhy[f.text("why")]; why != "" {
		line += ", " + why
	}
	var although []string
	for _, word := range f.list("although") {
		if misfits[word] != "" {
			although = append(although, misfits[word])
		}
	}
	if len(although) > 0 {
		line += ", although " + strings.Join(although, ", ")
	}
	return line + f.whos("; new leads pause for ", "passed_over") + f.who("; it was with ", "from_staff_id")
}

// approvalWhy words why a closing waits for the manager.
var approvalWhy = map[string]string{
	"reason": "the reason asks for approval", "always": "every closing is approved", "not_proved": "it is not proved that it is a double",
	"value": "the car is worth a second look", "self_reported": "the evidence is somebody's own word", "sample": "drawn as a sample",
}

func (f facts) approval() string {
	if why := approvalWhy[f.text("why")]; why != "" {
		return ": " + why
	}
	return ""
}

// addressee is to whom a mail went: the customer, or the department that a
// follow-up is handed to.
func (f facts) addressee() string {
	if f.text("follow_up") != "" && f.text("template") == "hand-over" {
		return "the department"
	}
	return "the customer"
}
