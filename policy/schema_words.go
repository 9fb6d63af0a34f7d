package policy

import (
	"fmt"
	"slices"
	"strings"
)

// The forms of a policy's words, as regular expressions that Go and editors
// read alike.
const (
	hourForm     = `([01]?[0-9]|2[0-3]):[0-5][0-9]`
	durationForm = `[0-9]+d([0-9]+h)?([0-9]+m)?([0-9]+s)?|[0-9]+h([0-9]+m)?([0-9]+s)?|[0-9]+m([0-9]+s)?|[0-9]+s`
	dateForm     = `^2[01][0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`
)

// codeForm is a name that the dealer chooses.
var codeForm = fmt.Sprintf("^[A-Za-z0-9][A-Za-z0-9_-]{0,%d}$", maxCodeChars-1)

// dayForm is a day of the week, a range of them, or several with commas, in
// capitals or not.
var dayForm = func() string {
	names := make([]string, len(weekdayNames))
	for i, name := range weekdayNames {
		for _, letter := range name {
			names[i] += "[" + strings.ToUpper(string(letter)) + string(letter) + "]"
		}
	}
	day := `\s*(` + strings.Join(names, "|") + `)\s*`
	entry := day + "(-" + day + ")?"
	return "^" + entry + "(," + entry + ")*$"
}()

// simple values may be written without quotes where YAML reads a number or a
// truth value.
var simple = []string{"string", "number", "boolean"}

// schemaWords are the definitions that the schema uses in several places.
func schemaWords() schema {
	recipients := func(roles []Recipient) schema {
		return anyOf(choice(roles), use("address"), schema{
			"$ref": "#/$defs/code", "description": "The name of a group.",
			"not": schema{"enum": wordsOf(otherRoles(roles))},
		})
	}
	return schema{
		"duration": anyOf(text("^("+durationForm+"|0)$"), schema{"const": 0}).
			say(
				"A length of time: 90s, 15m, 2h, 1h30m, 3d or 1d12h.",
				"Hours, minutes and seconds count only while the clock runs; d is whole days on the calendar.",
			).
			like("15m", "2h", "3d"),
		"moment": anyOf(text(`^\+?(`+durationForm+"|0)$"), text(`^\+?[0-9]+d `+hourForm+"$"), schema{"const": 0}).
			say(`A moment, counted from when the clock of the lead started: after some time (0s, 2h, +2d), or at a time of day some days later ("+1d 10:00").`).
			like("0s", "2h", "+1d 10:00"),
		"hours": text(`^\s*`+hourForm+`\s*-\s*(`+hourForm+`|24:00)\s*$`).
			say(`Hours of a day. "22:00-02:00" passes midnight; "00:00-24:00" is the whole day.`).
			like("08:30-12:30", "18:00-21:00"),
		"days": text(dayForm).say("A day, a range of days, or several with commas.").like("sat", "mon-fri", "mon, wed-fri"),
		"date": text(dateForm).say("A date.").like("2026-12-25"),
		"code": schema{"type": simple, "pattern": codeForm}.
			say("A name of at most 64 letters, digits, - and _, beginning with a letter or digit."),
		"words": schema{"type": simple, "pattern": `\S`}.
			say("One line of at most 100 characters."),
		"address": schema{"type": "string", "pattern": `^[^@ \t\r\n"<>()]+@[^@ \t\r\n"<>()]+$`, "maxLength": maxMailChars}.
			say("The e-mail address of a colleague, as in his account.").like("name@dealer.example"),
		"department": schema{"type": "string", "pattern": `^[^@ \t\r\n"<>()]+@[^@ \t\r\n"<>()]+$`, "maxLength": maxMailChars}.
			say("The e-mail address of a department. It needs no account.").like("service@dealer.example"),
		"amount": anyOf(schema{"type": "number", "minimum": 0, "exclusiveMaximum": 1_000_000_000}, text(`^[0-9]{1,9}(\.[0-9]{1,2})?$`)).
			say("An amount in the currency in which your leads are posted, without a sign between the thousands.").like(35000, 19999.95),
		"area": schema{"type": simple, "pattern": `^[A-Za-z0-9\s-]*[A-Za-z0-9][A-Za-z0-9\s-]*$`}.
			say("The beginning of postal codes, or a range of their leading digits.").like("38", "1000-1999", "SW1"),
		"flag": schema{"enum": []any{true, false, "true", "false"}},
		"recipient": recipients(escalationRoles).
			say("Who is told: the owner of the lead, the next salesperson in turn on duty, the whole team on duty,",
				"the call centre (bdc), a role, the name of a group, or a colleague's e-mail address."),
		"assignee": recipients(assignRoles).
			say("Who gets a new lead: the next salesperson in turn, the one with the fewest open leads, the call centre (bdc),",
				"whom the customer knows already, a manager, the name of a group, or a colleague's e-mail address."),
		"doer": recipients(followUpRoles).
			say("Who does it: the owner of the lead, the call centre (bdc), a role, the name of a group, or a colleague's e-mail address."),
		"approver": recipients(approvalRoles).
			say("Who decides: a manager, the name of a group, or a colleague's e-mail address."),
		"step":    stepSchema(),
		"rule":    ruleSchema(),
		"contact": contactSchema(),
		"steps": listOrOne(use("step"), 0, maxSteps).
			say("What happens when the deadline passed, one step after another. An empty list leaves it to the sales manager."),
	}
}

// otherRoles are the words that name a role elsewhere and nothing here. No
// group can have one of them for its name.
func otherRoles(roles []Recipient) []Recipient {
	return slices.DeleteFunc(slices.Clone(allRoles), func(r Recipient) bool { return slices.Contains(roles, r) })
}

// stepSchema is one step of an escalation.
func stepSchema() schema {
	return fixed(stepKeys, map[string]schema{
		"clock": choice(clockWords).
			say(
				"opening_hours: the delay counts in opening hours and only who is on duty is told.",
				"always:",
				"it runs through, and everybody who is not absent is told at once.",
				"Without it the delay counts on the clock of the track.",
			),
		"after": use("duration").say("How long after the deadline.").usually("0s"),
		"to":    distinct(use("recipient"), 1, maxRecipients).say("Who is told."),
		"notify": distinct(choice(notifyWords), 1, maxRecipients).
			say("How: by mail, by SMS, on the board and the person's own page.").usually([]string{"email", "screen"}),
		"reassign": use("flag").
			say("true: the lead passes to the first recipient who is there and can take it.").usually(false),
		"repeat": fixed(repeatKeys, map[string]schema{
			"every": use("duration").say("How long after the last time.").like("30m"),
			"times": integer(1, maxRepeats).say("How many times more."),
		}, "every", "times").say("Tells them again, until the next step comes or somebody acts."),
	}, "to")
}
