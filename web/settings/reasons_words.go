package settings

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/words"
)

// numbered are the rules of evidence that a number can be put to, with what it
// may be at most.
var numbered = map[lead.Rule]int{
	lead.EnoughAttempts: 30, lead.EnoughDays: 30, lead.EnoughDayparts: 3, lead.MailSent: 10, lead.PhoneAskedFor: 336,
}

// numberedOf lists those of a reason's evidence, in its order.
func numberedOf(evidence []lead.Rule) []lead.Rule {
	var out []lead.Rule
	for _, rule := range evidence {
		if _, counts := numbered[rule]; counts {
			out = append(out, rule)
		}
	}
	return out
}

// usualNumber says what holds where a reason has no number of its own.
func usualNumber(ctx context.Context, rule lead.Rule) string {
	switch rule {
	case lead.MailSent, lead.PhoneAskedFor:
		return words.T(ctx, "reasonseditor.usual_"+string(rule))
	default:
		return words.T(ctx, "reasonseditor.usual_policy")
	}
}

// ruleWords says one rule of evidence of a reason, with its number.
func ruleWords(ctx context.Context, one lead.Reason, rule lead.Rule) string {
	said := words.T(ctx, "rule."+string(rule))
	if _, counts := numbered[rule]; !counts {
		return said
	}
	if n := one.Numbers[rule]; n > 0 {
		return said + ": " + strconv.Itoa(n)
	}
	return said + ": " + usualNumber(ctx, rule)
}

// detailWords says one field that a reason asks for.
func detailWords(ctx context.Context, d lead.Detail) string {
	said := detailName(ctx, d.Name)
	if d.Kind == lead.Choice {
		options := make([]string, len(d.Options))
		for i, o := range d.Options {
			options[i] = optionWords(ctx, d.Name, o)
		}
		said += ": " + strings.Join(options, " / ")
	} else {
		said += " (" + lowerFirst(words.T(ctx, "detail_kind."+string(d.Kind))) + ")"
	}
	if d.Optional {
		said += ", " + words.T(ctx, "reasonseditor.optional")
	}
	return said
}

func detailName(ctx context.Context, name string) string {
	return words.Of(ctx).Or("detail."+name, name)
}

func optionWords(ctx context.Context, detail, option string) string {
	w := words.Of(ctx)
	return w.Or("value."+detail+"."+option, w.Or("value."+option, option))
}

// followUpWords says one follow-up of a reason: what, when, and for which
// closings only.
func followUpWords(ctx context.Context, f lead.FollowUp) string {
	parts := []string{words.T(ctx, "followup."+string(f.Kind))}
	add := func(key string, with ...any) { parts = append(parts, words.T(ctx, "reasonseditor."+key, with...)) }
	if f.DateFrom != "" {
		add("on_date", "detail", detailName(ctx, f.DateFrom))
	}
	if f.Months > 0 {
		parts = append(parts, words.N(ctx, "reasonseditor.after_months", f.Months))
	}
	if f.Days > 0 {
		parts = append(parts, words.N(ctx, "reasonseditor.after_days", f.Days))
	}
	for _, name := range slices.Sorted(maps.Keys(f.If)) {
		add("only_if", "detail", detailName(ctx, name), "value", optionWords(ctx, name, f.If[name]))
	}
	if f.PaidSource {
		add("only_paid")
	}
	return strings.Join(parts, ", ")
}

// changedWords says what the dealer changed about a shipped reason.
func changedWords(ctx context.Context, parts []string) string {
	said := make([]string, len(parts))
	for i, part := range parts {
		said[i] = words.T(ctx, "reasonseditor.changed_"+part)
	}
	return strings.Join(said, ", ")
}

func lowerFirst(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToLower(text[:1]) + text[1:]
}

// retireAct is what the button of a reason does.
func retireAct(one reasonShown) string {
	if one.Retired {
		return "restore"
	}
	return "retire"
}

// reasonTitle is the title of a reason's page.
func reasonTitle(ctx context.Context, f reasonEdit) string {
	if f.New {
		return words.T(ctx, "reasonseditor.add")
	}
	return reasonLabel(ctx, f.Is.Reason)
}

// wrongLines lists everything that is wrong, each with the name of its field.
func (f *reasonEdit) wrongLines(ctx context.Context) []string {
	var out []string
	for _, field := range slices.Sorted(maps.Keys(f.Wrong)) {
		for _, line := range f.Wrong[field] {
			if field != "" {
				line = words.Of(ctx).Or("reasonseditor."+topField(field), field) + ": " + line
			}
			out = append(out, line)
		}
	}
	return out
}

// saysWrong ties a field to what is wrong with it.
func (f *reasonEdit) saysWrong(field string) templ.Attributes {
	if len(f.wrongAt(field)) == 0 {
		return nil
	}
	return templ.Attributes{"aria-invalid": "true", "aria-describedby": "wrong-" + field}
}

// numberRules are the rules for which the form asks a number: of a reason that
// is to be made nobody knows yet which it will have.
func (f *reasonEdit) numberRules() []lead.Rule {
	if f.New {
		return numberedOf(lead.Rules)
	}
	return numberedOf(f.Evidence)
}

// numberNow is a number of the reason as it stands, "" for none.
func (f *reasonEdit) numberNow(rule lead.Rule) string {
	if n := f.Is.Numbers[rule]; n > 0 {
		return strconv.Itoa(n)
	}
	return ""
}

// goesOn reports whether the lead goes on after a closing with it, so that no
// mail of farewell is sent.
func (f *reasonEdit) goesOn() bool {
	return f.Is.Effect == lead.Parks || f.Is.Effect == lead.OpensShowroom
}

// approvalsOf are the approvals that a reason can have: only a double can be
// looked up instead.
func approvalsOf(f reasonEdit) []string {
	out := []string{string(lead.NoApproval), string(lead.NeedsApproval)}
	if f.Is.Approve == lead.UnlessProved || f.Code == "double" {
		out = append(out, string(lead.UnlessProved))
	}
	return out
}

// texts are the words of a vocabulary.
func texts[S ~string](list []S) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}
