package message

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/doorbell-ilm/doorbell/lead"
)

// AboutLead reports whether the mail is about a lead. The one to a manager about
// a colleague shows no customer.
func (v *view) AboutLead() bool { return v.name != StaffPaused }

// NoCalls reports whether the customer must not be called.
func (v *view) NoCalls() bool { return slices.Contains(v.Customer.Refuses, lead.Phone) }

// Task is the follow-up in a few words, such as "Refund claim".
func (v *view) Task() string { return sentenceCase(wordOr(v.words.followUps, v.FollowUp.Kind)) }

// Detail is a detail of the closing in words, "" when it has none of that name.
func (v *view) Detail(name string) string {
	for _, d := range v.FollowUp.Details {
		if d.Name == name {
			return v.value(d)
		}
	}
	return ""
}

// Department is to whom the customer is handed over, in words, "" when that is
// no department.
func (v *view) Department() string {
	if v.FollowUp.Kind == lead.BuyingDepartment {
		return v.words.departments["buying"]
	}
	return v.Detail("department")
}

// Wanted is the car that the follow-up is about: the one that the customer
// wants instead when the closing names it, else that of the lead.
func (v *view) Wanted() string {
	if v.FollowUp.Kind != lead.StockSearch {
		return v.Vehicle
	}
	if car := strings.Join(strings.Fields(v.Detail("make")+" "+v.Detail("model")), " "); car != "" {
		return car
	}
	return v.Vehicle
}

// By is a deadline as a subject tells it, such as "by Tue 14:00"; "" when there
// is none.
func (v *view) By(t time.Time) string { return v.brief(v.words.by, t) }

// Since is a deadline that passed, such as "since Tue 14:00".
func (v *view) Since(t time.Time) string { return v.brief(v.words.since, t) }

func (v *view) brief(word string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	local := t.In(v.Dealer.Zone)
	day := v.words.short[local.Weekday()]
	// A weekday alone is clear within the week around the reader.
	if v.Now.IsZero() || t.Sub(v.Now).Abs() > 6*24*time.Hour {
		day = fmt.Sprintf("%s %d %s", day, local.Day(), v.words.months[local.Month()-1])
	}
	return word + " " + day + " " + v.Clock(t)
}

// Share is how many of the conversations had a result, in whole per cent.
func (v *view) Share() int {
	if v.Colleague.Conversations <= 0 {
		return 0
	}
	return v.Colleague.Results * 100 / v.Colleague.Conversations
}

// followUpFacts are the lines about a follow-up, none in mails about no one.
func (v *view) followUpFacts() []Fact {
	l, f := v.words.labels, v.FollowUp
	var all []Fact
	switch v.name {
	case FollowUpDue, FollowUpOverdue:
		all = append(all, Fact{l.followUp, v.Task()})
		if !f.DueAt.IsZero() {
			all = append(all, Fact{l.due, v.Moment(f.DueAt)})
		}
		all = append(all, Fact{l.doneBy, f.OwnerName}, Fact{l.reason, f.ReasonLabel}, Fact{l.note, f.Note})
		if f.Kind == lead.RefundClaim || f.Kind == lead.TellProvider {
			all = append(all, Fact{l.external, f.ExternalID}, Fact{l.price, v.price()})
		}
	case HandOver:
		all = append(all, Fact{l.reason, f.ReasonLabel}) // its body tells the rest
	case LeadAgain: // as well
	default:
		return nil
	}
	for _, d := range f.Details {
		all = append(all, Fact{sentenceCase(wordOr(v.words.details, d.Name)), v.value(d)})
	}
	return append(all, Fact{l.tradeIn, f.TradeIn})
}

// price is what the lead cost, "" when it cost nothing.
func (v *view) price() string {
	if v.FollowUp.PriceCents <= 0 {
		return ""
	}
	return fmt.Sprintf("%s %d%s%02d", v.FollowUp.Currency, v.FollowUp.PriceCents/100, v.words.point, v.FollowUp.PriceCents%100)
}

// pauseFacts are the figures by which new leads pause for somebody.
func (v *view) pauseFacts() []Fact {
	l, c := v.words.labels, v.Colleague
	all := []Fact{
		{l.colleague, c.Name},
		{l.conversations, fmt.Sprint(c.Conversations)},
		{l.results, fmt.Sprintf("%d (%d %%)", c.Results, v.Share())},
		{l.norm, fmt.Sprintf("%d %%", c.Norm)},
	}
	if !c.PausedAt.IsZero() {
		all = append(all, Fact{l.paused, v.Moment(c.PausedAt)})
	}
	return all
}

// value is what a detail says, in words.
func (v *view) value(d Detail) string {
	switch d.Kind {
	case lead.Choice:
		if d.Name == "department" {
			return wordOr(v.words.departments, d.Value)
		}
		return wordOr(v.words.values, d.Value)
	case lead.Date, lead.DateOrUnknown:
		// A date belongs to no zone: it is the same day everywhere.
		if on, err := time.Parse(time.DateOnly, d.Value); err == nil {
			return v.date(on)
		}
		return wordOr(v.words.values, d.Value)
	case lead.Channels:
		return v.channels(strings.Split(d.Value, ","))
	case lead.Words, lead.Amount, lead.LeadID, lead.StaffOrLead:
	}
	return d.Value
}

// refused are the channels on which the customer must not be contacted.
func (v *view) refused() string {
	names := make([]string, len(v.Customer.Refuses))
	for i, c := range v.Customer.Refuses {
		names[i] = string(c)
	}
	return v.channels(names)
}

func (v *view) channels(names []string) string {
	for i, name := range names {
		names[i] = wordOr(v.words.channels, lead.Channel(strings.TrimSpace(name)))
	}
	return strings.Join(names, ", ")
}

// sentenceCase begins s with a capital.
func sentenceCase(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}
