package lead

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	codeForm = regexp.MustCompile(`^[a-z][a-z0-9_]{2,40}$`)
	nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)
	mailForm = regexp.MustCompile(`^[a-z][a-z0-9-]{2,60}$`)
)

// changing is one change while it is being made. What is given is checked; what
// is not was checked when it was given, and a reason that older rules let pass
// can still be retired.
type changing struct {
	field  string // where the change stands
	change Change
	// known says that the catalogue has the reason as was; shipped, that
	// Doorbell brought it.
	known, shipped bool
	was, is        Reason
	faults         *[]Fault
}

func (x *changing) fault(name, format string, args ...any) {
	*x.faults = append(*x.faults, Fault{Field: x.field + "." + name, Message: fmt.Sprintf(format, args...)})
}

// make makes the change and reports whether it had no fault.
func (x *changing) make() bool {
	before := len(*x.faults)
	x.is = x.was
	if !x.known {
		if !x.code() {
			return false // no message repeats a code that is none
		}
		x.is = Reason{Code: x.change.Code, Approve: NeedsApproval}
	}
	x.meaning()
	x.evidence()
	x.label()
	x.numbers()
	x.approval()
	x.details()
	x.followUps()
	x.mail()
	if x.change.Retired != nil {
		x.is.Retired = *x.change.Retired
	}
	if len(*x.faults) == before {
		x.references()
	}
	return len(*x.faults) == before
}

func (x *changing) code() bool {
	switch {
	case !codeForm.MatchString(x.change.Code):
		x.fault("code", "must be 3 to 41 lower case letters, digits and _, beginning with a letter, such as moved_abroad")
	case catchAll(x.change.Code):
		x.fault("code", "says nothing about what happened; name what the customer did or said, such as moved_abroad")
	default:
		return true
	}
	return false
}

// meaning takes what decides how a closing counts. Of a reason that leads may
// have closed with, that stays.
func (x *changing) meaning() {
	ch := x.change
	take(x, "group", ch.Group, &x.is.Group, Groups, x.shipped)
	take(x, "outcome", ch.Result, &x.is.Result, Results, x.known)
	take(x, "effect", ch.Effect, &x.is.Effect, Effects, x.known)
	if ch.Phase != nil && (*ch.Phase != "" || x.known) {
		take(x, "phase", ch.Phase, &x.is.Phase, Phases, x.known)
	}
	if x.known || x.is.Effect == "" {
		return
	}
	if fitting := resultsOf[x.is.Effect]; x.is.Result != "" && !slices.Contains(fitting, x.is.Result) {
		x.fault("outcome", "must be %s for a reason with effect %s", listed(fitting, " or "), x.is.Effect)
	}
	if x.is.Effect == OpensShowroom && x.is.Phase != BDC {
		x.fault("phase", "must be bdc for a reason with effect showroom: it ends the call centre's part")
	}
}

func take[T ~string](x *changing, name string, given, into *T, among []T, stays bool) {
	switch {
	case given == nil && !x.known:
		x.fault(name, "is needed for a reason of your own: one of %s", listed(among, ", "))
	case given == nil:
	case stays && *given != *into:
		x.fault(name, "of %s stays as it is, so that its figures mean the same every month; "+
			"leave it out, or retire %[1]s and add a reason of your own", x.was.Code)
	case !stays && !slices.Contains(among, *given):
		x.fault(name, "must be one of %s", listed(among, ", "))
	default:
		*into = *given
	}
}

// evidence takes the rules of a reason of the dealer's own.
func (x *changing) evidence() {
	given := x.change.Evidence
	switch {
	case given == nil && x.known:
		return
	case x.shipped:
		if !slices.Equal(given, x.was.Evidence) {
			x.fault("evidence", "of %s stays as it is; leave it out, and change numbers, or retire %[1]s and add a reason of your own", x.was.Code)
		}
		return
	case len(given) == 0:
		x.fault("evidence", "is needed for a reason of your own: one or more of %s", listed(Rules, ", "))
		return
	case len(given) > len(Rules):
		x.fault("evidence", "names more than the %d rules that there are; name each once", len(Rules))
		return
	}
	right := true
	for i, rule := range given {
		if !slices.Contains(Rules, rule) {
			right = false
			x.fault(fmt.Sprintf("evidence[%d]", i), "is nothing that Doorbell can check; use %s", listed(Rules, ", "))
		} else if slices.Contains(given[:i], rule) {
			right = false
			x.fault(fmt.Sprintf("evidence[%d]", i), "stands there twice; leave it out")
		}
	}
	if right && !slices.ContainsFunc(given, func(r Rule) bool { return !slices.Contains(waived, r) }) {
		x.fault("evidence", "would be waived for a customer without an e-mail address; name another rule beside %s", listed(given, ", "))
	}
	x.is.Evidence = slices.Clone(given)
}

func (x *changing) label() {
	if x.change.Label == nil {
		if !x.known {
			x.fault("label", "is needed for a reason of your own: what people choose, in 3 to 80 characters")
		}
		return
	}
	label := strings.Join(strings.Fields(*x.change.Label), " ")
	switch {
	case !printable(*x.change.Label):
		x.fault("label", "must be plain text on one line; leave control characters and invisible ones out")
	case utf8.RuneCountInString(label) < 3 || utf8.RuneCountInString(label) > 80:
		x.fault("label", "must have 3 to 80 characters")
	case mixesAlphabets(label):
		x.fault("label", "mixes letters of two alphabets that look alike; write it in one")
	case catchAll(label):
		x.fault("label", `says nothing about what happened; write what the customer did or said, such as "Moved abroad"`)
	default:
		x.is.Label = label
	}
}

// printable reports whether Postgres, a mail and a screen can all take s.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// mixesAlphabets reports whether s has Latin letters and others: an "Other"
// with a Greek o is an "Other".
func mixesAlphabets(s string) bool {
	latin := func(r rune) bool { return unicode.Is(unicode.Latin, r) }
	return strings.ContainsFunc(s, latin) && strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) && !latin(r) })
}

// numbers takes what replaces the policy's numbers, and holds them against the
// evidence that they belong to.
func (x *changing) numbers() {
	if x.change.Numbers == nil && x.change.Evidence == nil {
		return
	}
	if x.change.Numbers != nil {
		x.is.Numbers = maps.Clone(x.change.Numbers)
		if len(x.is.Numbers) == 0 {
			x.is.Numbers = nil
		}
	}
	if len(x.is.Numbers) > len(numbers) {
		x.fault("numbers", "are more than there can be; use %s", listed(numbered, ", "))
		return
	}
	for _, rule := range slices.Sorted(maps.Keys(x.is.Numbers)) {
		field, n := "numbers", x.is.Numbers[rule]
		if nameForm.MatchString(string(rule)) {
			field += "." + string(rule)
		}
		may, counts := numbers[rule]
		switch {
		case !counts:
			x.fault(field, "is nothing to put a number to; use %s", listed(numbered, ", "))
		case !slices.Contains(x.is.Evidence, rule):
			x.fault(field, "is not among the evidence of %s; leave it out", x.is.Code)
		case n < may.from || n > may.to:
			x.fault(field, "must be %d to %d %s", may.from, may.to, may.unit)
		case (rule == EnoughDays || rule == EnoughDayparts) && x.is.Numbers[EnoughAttempts] > 0 && n > x.is.Numbers[EnoughAttempts]:
			x.fault(field, "is more than the %d attempts; ask for fewer, or for more attempts", x.is.Numbers[EnoughAttempts])
		}
	}
}

func (x *changing) approval() {
	given := x.change.Approve
	switch {
	case given == nil:
	case !slices.Contains(Approvals, *given):
		x.fault("approve", "must be yes or no")
	case *given == UnlessProved && x.is.Code != doubleCode:
		x.fault("approve", "must be yes or no; only a double can be looked up instead")
	case *given == NoApproval && len(x.is.Evidence) == 0:
		x.fault("approve", "must be yes: nothing in the log proves %s, so somebody has to look", x.is.Code)
	default:
		x.is.Approve = *given
	}
}

func (x *changing) mail() {
	given := x.change.Mail
	switch {
	case given == nil:
	case *given != "" && !mailForm.MatchString(*given):
		x.fault("mail", "must be the name of a template, such as tried-to-reach, or empty for none")
	case *given != "" && (x.is.Effect == Parks || x.is.Effect == OpensShowroom):
		x.fault("mail", "is sent when a lead ends, and with %s it goes on; leave it out", x.is.Code)
	default:
		x.is.Mail = *given
	}
}

func listed[T ~string](words []T, between string) string {
	plain := make([]string, len(words))
	for i, w := range words {
		plain[i] = string(w)
	}
	return strings.Join(plain, between)
}
