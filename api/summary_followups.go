package api

import (
	"fmt"
	"strings"
)

// followUps are the words for each kind of follow-up.
var followUps = map[string]string{
	"do_not_contact": "Do-not-contact", "tell_provider": "Telling the provider", "refund_claim": "Refund claim", "hand_over": "Hand-over",
	"try_again": "Trying again later", "after_sales_campaign": "After-sales campaign", "contact_later": "Later contact",
	"buying_department": "Task for the buying department", "stock_search": "Stock search", "soft_reminder": "Soft reminder",
	"call_about_quote": "Call about the quote", "celebrate": "Celebration", "finance_offer": "Finance offer", "link": "Link to the other lead",
	"check_after_date": "Check after the date", "letter": "Letter", "video": "Video message",
}

func followUpName(kind string) string {
	if name := followUps[kind]; name != "" {
		return name
	}
	return sentenceCase(strings.ReplaceAll(kind, "_", " "))
}

func followUpWords(f facts, what string) string {
	name := followUpName(f.text("kind"))
	if channels := f.list("channels"); len(channels) > 0 {
		name += " by " + strings.Join(channels, ", ")
	}
	return name + what
}

func followUpDone(f facts) string {
	what := " done"
	if f.text("fate") == "dropped" {
		what = " dropped"
	}
	line := followUpWords(f, what)
	switch f.text("outcome") {
	case "granted":
		line += ": the provider granted it"
	case "refused":
		line += ": the provider refused it"
	}
	return line + f.with(": ", "why")
}

func policyApplied(f facts) string {
	line := fmt.Sprintf("Policy version %d applied, before %d", f.number("to_version"), f.number("from_version"))
	if from, to := f.text("from_track"), f.text("to_track"); from != to {
		line += "; track " + to + ", before " + from
	} else {
		line += f.with("; track ", "to_track")
	}
	line += f.with(" (", "why", ")")
	if f.text("to_phase") != "" {
		line += "; handed from " + phaseWords(f.text("from_phase")) + " to " + phaseWords(f.text("to_phase"))
	}
	return line
}

// clock names the clock that an entry is about: of the lead, or the follow-up
// itself.
func (f facts) clock() string {
	if kind := f.text("follow_up"); kind != "" {
		return lowered(followUpName(kind))
	}
	return clockWords(f.text("kind"))
}

func lowered(words string) string {
	if words == "" {
		return ""
	}
	return strings.ToLower(words[:1]) + words[1:]
}
