package lead

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Kept is what stands in a closing's details in Temporal in place of words:
// the words themselves are stored in Postgres with the closing.
const Kept = "kept"

// Fault is a wrong field of a request and what to do about it.
type Fault struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

var (
	amountForm = regexp.MustCompile(`^\d{1,9}(\.\d{1,2})?$`)
	uuidForm   = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	dncForm    = []string{"phone", "email", "sms"}
)

// CheckDetails holds the details of a closing against what the reason asks
// for. today is the dealer's local date; dates of follow-ups lie after it and
// within twelve months.
func (r Reason) CheckDetails(details map[string]string, today time.Time) []Fault {
	var faults []Fault
	add := func(name, format string, args ...any) {
		faults = append(faults, Fault{Field: "details." + name, Message: fmt.Sprintf(format, args...)})
	}
	for _, d := range r.Details {
		value := strings.TrimSpace(details[d.Name])
		if value == "" {
			if !d.Optional {
				add(d.Name, "is needed for %s: %s", r.Code, d.Form())
			}
			continue
		}
		if !d.accepts(value, today) {
			add(d.Name, "must be %s", d.Form())
		}
	}
	var unknown []string
	for name := range details {
		if !slices.ContainsFunc(r.Details, func(d Detail) bool { return d.Name == name }) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		add(name, "is not a detail of %s; leave it out", r.Code)
	}
	return faults
}

// Form says in words how the detail is written.
func (d Detail) Form() string {
	switch d.Kind {
	case Choice:
		return "one of " + strings.Join(d.Options, ", ")
	case Date:
		return "a date CCYY-MM-DD after today, within 12 months"
	case DateOrUnknown:
		return `a date CCYY-MM-DD or "unknown"`
	case Amount:
		return "an amount such as 31990.00"
	case LeadID:
		return "the id of the other lead"
	case StaffOrLead:
		return "the e-mail of a colleague, or the id of another lead"
	case Channels:
		return "one or more of phone, email, sms, separated by commas"
	case Words:
		return "a few words"
	}
	return "given"
}

func (d Detail) accepts(value string, today time.Time) bool {
	switch d.Kind {
	case Choice:
		return slices.Contains(d.Options, value)
	case Date:
		on, err := time.Parse(time.DateOnly, value)
		return err == nil && on.After(today) && !on.After(today.AddDate(1, 0, 0))
	case DateOrUnknown:
		_, err := time.Parse(time.DateOnly, value)
		return err == nil || value == "unknown"
	case Amount:
		return amountForm.MatchString(value)
	case LeadID:
		return uuidForm.MatchString(value)
	case StaffOrLead:
		return uuidForm.MatchString(value) || value == Kept || strings.Contains(value, "@")
	case Channels:
		for c := range strings.SplitSeq(value, ",") {
			if !slices.Contains(dncForm, strings.TrimSpace(c)) {
				return false
			}
		}
		return true
	case Words:
		return len(value) <= 2000
	}
	return false
}

// Travelling returns the details as they may stand in Temporal: words and
// colleagues' addresses are replaced by Kept.
func (r Reason) Travelling(details map[string]string) map[string]string {
	if len(details) == 0 {
		return nil
	}
	out := make(map[string]string, len(details))
	for name, value := range details {
		out[name] = Kept
		for _, d := range r.Details {
			if d.Name != name || d.Kind == Words || (d.Kind == StaffOrLead && !uuidForm.MatchString(value)) {
				continue
			}
			out[name] = value
		}
	}
	return out
}

// FollowUpsFor returns the follow-ups of a closing with these details; paid
// says whether the lead's source costs money.
func (r Reason) FollowUpsFor(details map[string]string, paid bool) []FollowUp {
	var out []FollowUp
	for _, f := range r.FollowUps {
		if f.PaidSource && !paid {
			continue
		}
		applies := true
		for name, want := range f.If {
			applies = applies && details[name] == want
		}
		if applies {
			out = append(out, f)
		}
	}
	return out
}

// DueOn returns the local date on which the follow-up is due, counted from
// the local date closed.
func (f FollowUp) DueOn(details map[string]string, closed time.Time) time.Time {
	if f.DateFrom != "" {
		if on, err := time.Parse(time.DateOnly, details[f.DateFrom]); err == nil {
			return on.AddDate(0, f.Months, 0)
		}
	}
	return closed.AddDate(0, f.Months, f.Days)
}
