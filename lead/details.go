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
)

// IsID reports whether s is the id of something stored: a UUID in lower case.
func IsID(s string) bool { return uuidForm.MatchString(s) }

// CheckDetails holds the details of a closing against what the reason asks
// for. today is the dealer's local date at midnight UTC; dates of follow-ups
// lie after it and within twelve months. Details are taken as they stand, for
// that is how follow-ups read them later: "own" with a blank is not "own".
func (r Reason) CheckDetails(details map[string]string, today time.Time) []Fault {
	var faults []Fault
	add := func(name, format string, args ...any) {
		faults = append(faults, Fault{Field: "details." + name, Message: fmt.Sprintf(format, args...)})
	}
	for _, d := range r.Details {
		value := details[d.Name]
		if strings.TrimSpace(value) == "" {
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
	//workflowcheck:ignore
	for name := range details { // sorted below
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
		return `a date CCYY-MM-DD, today or later, or "unknown"`
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

// accepts reports whether the value may stand in a closing made today.
func (d Detail) accepts(value string, today time.Time) bool {
	if !d.written(value) {
		return false
	}
	on, err := time.Parse(time.DateOnly, value)
	if err != nil {
		return true
	}
	switch d.Kind {
	case Date:
		return on.After(today) && !on.After(today.AddDate(1, 0, 0))
	case DateOrUnknown:
		return !on.Before(today)
	default:
		return true
	}
}

// written reports whether the value has the form of its kind. Text with a NUL
// is none: Postgres cannot keep it.
func (d Detail) written(value string) bool {
	if strings.ContainsRune(value, 0) {
		return false
	}
	switch d.Kind {
	case Choice:
		return slices.Contains(d.Options, value)
	case Date:
		_, err := time.Parse(time.DateOnly, value)
		return err == nil
	case DateOrUnknown:
		_, err := time.Parse(time.DateOnly, value)
		return err == nil || value == "unknown"
	case Amount:
		return amountForm.MatchString(value)
	case LeadID:
		return IsID(value)
	case StaffOrLead:
		return IsID(value) || value == Kept || strings.Contains(value, "@")
	case Channels:
		for c := range strings.SplitSeq(value, ",") {
			if !slices.Contains(RefusableChannels, Channel(strings.TrimSpace(c))) {
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
// colleagues' addresses are replaced by Kept, names that the reason does not
// know by "unknown", and what is not written as it should be is left empty. A
// needed detail that CheckDetails refuses before it refuses after.
func (r Reason) Travelling(details map[string]string) map[string]string {
	if len(details) == 0 {
		return nil
	}
	out := make(map[string]string, len(details))
	for name, value := range details {
		i := slices.IndexFunc(r.Details, func(d Detail) bool { return d.Name == name })
		switch {
		case i < 0:
			out["unknown"] = Kept
		case strings.TrimSpace(value) == "", !r.Details[i].written(value):
			out[name] = ""
		case r.Details[i].travels(value):
			out[name] = value
		default:
			out[name] = Kept
		}
	}
	return out
}

// travels reports whether the value, which is written as it should be, holds
// nothing personal.
func (d Detail) travels(value string) bool {
	switch d.Kind {
	case Words:
		return false
	case StaffOrLead:
		return IsID(value)
	default:
		return true
	}
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
			return on
		}
	}
	return closed.AddDate(0, f.Months, f.Days)
}
