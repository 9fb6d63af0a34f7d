package policy

import (
	"strings"
	"time"
)

// standardRule is the reason given when the rule without conditions decided.
const standardRule = "standard rule"

// because names the conditions of w in the order of the contract. It stands on
// the timeline, in Temporal and in reports, which outlive the customer's own
// data: of his postal code, his car's price and his language it says only what
// the policy has about them.
func because(w *When, s *Subject, a *arrival) string {
	words := make([]string, 0, 16)
	say := func(restricts bool, word string) {
		if restricts {
			words = append(words, word)
		}
	}
	say(len(w.Party) > 0, string(s.Party)+"-party")
	say(len(w.Source) > 0, s.Source)
	say(len(w.Channel) > 0, string(s.Channel))
	say(len(w.Request) > 0, string(s.Request))
	say(len(w.Make) > 0, s.Make)
	say(len(w.Model) > 0, s.Model)
	say(len(w.Condition) > 0, string(s.Condition))
	say(w.Price != PriceRange{}, w.Price.String())
	say(len(w.Weekday) > 0, nameDays(w.Weekday, a.weekday))
	say(w.Shift != "", "shift "+w.Shift)
	say(w.Hours.restricts(), w.Hours.nameAt(a.second))
	if i := areaOf(w.Postcode, &a.postcode); i >= 0 {
		say(true, "postcode "+w.Postcode[i].String())
	}
	say(w.Customer != "", string(w.Customer)+" customer")
	if i := indexOfName(w.Language, s.Language); i >= 0 {
		say(true, "language "+w.Language[i])
	}
	if len(words) == 0 {
		return standardRule
	}
	return strings.Join(words, " · ")
}

// String writes the range in words: "price from 20000 below 35000". It is ""
// for no range.
func (r PriceRange) String() string {
	if r == (PriceRange{}) {
		return ""
	}
	text := "price"
	if r.From > 0 {
		text += " from " + writeAmount(r.From)
	}
	if r.Below > 0 {
		text += " below " + writeAmount(r.Below)
	}
	return text
}

// String writes the stretch as a policy does: "18:00-24:00", "22:00-02:00".
func (t TimeOfDay) String() string { return wallClock(t.From) + "-" + wallClock(t.To) }

func (h *Hours) restricts() bool { return h.Word != "" || len(h.Blocks) > 0 }

// nameAt says which hours held at a second of the day.
func (h *Hours) nameAt(second int64) string {
	switch h.Word {
	case hoursOpen:
		return "in opening hours"
	case hoursClosed:
		return "outside opening hours"
	}
	if i := blockOf(h.Blocks, second); i >= 0 {
		return h.Blocks[i].String()
	}
	return ""
}

// nameDays says "weekday" or "weekend" when the condition means just that,
// else the day on which the lead came.
func nameDays(condition []time.Weekday, day time.Weekday) string {
	weekend := 0
	for _, d := range condition {
		if d == time.Saturday || d == time.Sunday {
			weekend++
		}
	}
	switch {
	case len(condition) == 5 && weekend == 0:
		return "weekday"
	case len(condition) == 2 && weekend == 2:
		return "weekend"
	default:
		return day.String()
	}
}
