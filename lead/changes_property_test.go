package lead_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/lead"
)

// drawn returns one of the values, or nil: leave it as it is.
func drawn[T any](t *rapid.T, name string, often bool, values ...T) *T {
	if !often && rapid.IntRange(0, 2).Draw(t, name+"?") > 0 {
		return nil
	}
	v := rapid.SampledFrom(values).Draw(t, name)
	return &v
}

// right are details and follow-ups that go together.
var (
	rightDetails = []lead.Detail{
		{Name: "on", Kind: lead.Date},
		{Name: "until", Kind: lead.DateOrUnknown, Optional: true},
		{Name: "brand", Kind: lead.Choice, Options: []string{"own", "other"}},
		{Name: "channels", Kind: lead.Channels},
		{Name: "with", Kind: lead.StaffOrLead},
	}
	rightFollowUps = []lead.FollowUp{
		{Kind: lead.TryAgain, Days: 30},
		{Kind: lead.ContactLater, DateFrom: "on", Months: 3},
		{Kind: lead.ContactLater, DateFrom: "until", If: map[string]string{"brand": "other"}},
		{Kind: lead.AfterSales, If: map[string]string{"brand": "own"}},
		{Kind: lead.SoftReminder, If: map[string]string{"until": "unknown"}, PaidSource: true},
		{Kind: lead.DoNotContact},
		{Kind: lead.LinkLeads},
	}
)

func drawDetail() *rapid.Generator[lead.Detail] {
	return rapid.Custom(func(t *rapid.T) lead.Detail {
		d := lead.Detail{
			Name:     rapid.SampledFrom([]string{"on", "brand", "channels", "lead_id", "with", "make", "until", "department", "Why?"}).Draw(t, "name"),
			Kind:     rapid.SampledFrom(lead.DetailKinds).Draw(t, "kind"),
			Optional: rapid.IntRange(0, 3).Draw(t, "optional") == 0,
		}
		if d.Kind == lead.Choice || rapid.IntRange(0, 9).Draw(t, "options anyway") == 0 {
			d.Options = rapid.SliceOfN(rapid.SampledFrom([]string{"own", "other", "cheap", "x y"}), 0, 3).Draw(t, "options")
		}
		return d
	})
}

func drawFollowUp() *rapid.Generator[lead.FollowUp] {
	return rapid.Custom(func(t *rapid.T) lead.FollowUp {
		f := lead.FollowUp{
			Kind:       rapid.SampledFrom(append(slices.Clone(lead.FollowUpKinds), "sing")).Draw(t, "kind"),
			Days:       rapid.SampledFrom([]int{0, 0, 2, 3650, 3651}).Draw(t, "days"),
			DateFrom:   rapid.SampledFrom([]string{"", "", "", "on", "until"}).Draw(t, "date from"),
			PaidSource: rapid.IntRange(0, 4).Draw(t, "paid") == 0,
		}
		if rapid.IntRange(0, 4).Draw(t, "if") == 0 {
			f.If = map[string]string{rapid.SampledFrom([]string{"brand", "until"}).Draw(t, "name"): rapid.SampledFrom([]string{"own", "unknown", "x"}).Draw(t, "is")}
		}
		return f
	})
}

// drawFields draws details and follow-ups, mostly such as go together.
func drawFields(t *rapid.T, ch *lead.Change) {
	if rapid.IntRange(0, 1).Draw(t, "right fields") == 0 {
		ch.Details = slices.Clone(rightDetails)
		ch.FollowUps = rapid.SliceOfN(rapid.SampledFrom(rightFollowUps), 0, 2).Draw(t, "right follow-ups")
		return
	}
	if rapid.Bool().Draw(t, "details?") {
		ch.Details = rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(rightDetails), drawDetail()), 0, 3).Draw(t, "details")
	}
	if rapid.Bool().Draw(t, "follow-ups?") {
		ch.FollowUps = rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(rightFollowUps), drawFollowUp()), 0, 2).Draw(t, "follow-ups")
	}
}

// drawMeaning draws what a reason counts as, mostly such as goes together.
func drawMeaning(t *rapid.T, ch *lead.Change, whole bool) {
	ch.Group = drawn(t, "group", whole, lead.Groups...)
	ch.Effect = drawn(t, "effect", whole, lead.Effects...)
	ch.Result = drawn(t, "outcome", whole, lead.Results...)
	ch.Phase = drawn(t, "phase", false, lead.BDC, lead.Showroom, "")
	ch.Evidence = rapid.SliceOfNDistinct(rapid.SampledFrom(lead.Rules), 1, 4, rapid.ID).Draw(t, "evidence")
	switch rapid.IntRange(0, 9).Draw(t, "wrong meaning") {
	case 0:
		ch.Group = nil
	case 1:
		ch.Evidence = append(ch.Evidence, "gut_feeling")
	}
}

// drawChange draws what a dealer may send, right and wrong.
func drawChange() *rapid.Generator[lead.Change] {
	own := map[string]string{"moved_abroad": "Moved abroad", "emigrated": "Emigrated", "out_of_money": "Out of money"}
	codes := []string{"moved_abroad", "emigrated", "out_of_money", "moved_abroad", "emigrated", "out_of_money", "no_interest", "X"}
	for _, r := range lead.Shipped() {
		codes = append(codes, r.Code)
	}
	labels := append([]string{"Sold", "Verkocht", "", "A\u0000B"}, adorned...)
	return rapid.Custom(func(t *rapid.T) lead.Change {
		ch := lead.Change{Code: rapid.SampledFrom(codes).Draw(t, "code")}
		_, shipped := lead.Shipped().Find(ch.Code)
		whole := !shipped && rapid.IntRange(0, 4).Draw(t, "whole") > 0
		if label := own[ch.Code]; whole && label != "" && rapid.IntRange(0, 4).Draw(t, "right label") > 0 {
			ch.Label = &label
		} else {
			ch.Label = drawn(t, "label", whole, rapid.OneOf(rapid.SampledFrom(labels), rapid.SampledFrom(excuses), rapid.String()).Draw(t, "a label"))
		}
		ch.Approve = drawn(t, "approve", false, lead.NoApproval, lead.NeedsApproval, lead.NeedsApproval, lead.UnlessProved)
		ch.Mail = drawn(t, "mail", false, "", "still-interested", "still-interested", "Dear Sir")
		ch.Retired = drawn(t, "retired", false, true, false)
		if whole || rapid.IntRange(0, 9).Draw(t, "meaning") == 0 {
			drawMeaning(t, &ch, whole)
		}
		if rapid.IntRange(0, 1).Draw(t, "numbers?") == 0 {
			rules := []lead.Rule{lead.EnoughAttempts, lead.EnoughDays, lead.EnoughDayparts, lead.MailSent, lead.PhoneAskedFor, lead.HadConversation}
			if rapid.IntRange(0, 3).Draw(t, "numbers of evidence") > 0 {
				r, _ := lead.Shipped().Find(ch.Code)
				rules = slices.DeleteFunc(rules, func(rule lead.Rule) bool {
					return rule == lead.HadConversation || !slices.Contains(append(slices.Clone(r.Evidence), ch.Evidence...), rule)
				})
			}
			if len(rules) > 0 {
				ch.Numbers = rapid.MapOfN(rapid.SampledFrom(rules), rapid.IntRange(0, 31), 0, 2).Draw(t, "numbers")
			}
		}
		if rapid.IntRange(0, 2).Draw(t, "fields?") == 0 {
			drawFields(t, &ch)
		}
		return ch
	})
}

// drawAccepted changes the shipped catalogue some times; what is refused
// changes nothing. It returns the last changes too.
func drawAccepted(t *rapid.T) (lead.Catalogue, []lead.Change) {
	c := lead.Shipped()
	var last []lead.Change
	for range rapid.IntRange(1, 12).Draw(t, "versions") {
		changes := rapid.SliceOfN(drawChange(), 1, 2).Draw(t, "changes")
		if next, faults := c.Change(changes); len(faults) == 0 {
			c, last = next, changes
		}
	}
	return c, last
}

// holds checks what is true of every catalogue that a dealer can make.
func holds(t require.TestingT, c lead.Catalogue) {
	shipped := lead.Shipped()
	labels := map[string]bool{}
	for i, r := range c {
		require.False(t, labels[r.Label], "two reasons are labelled %q", r.Label)
		labels[r.Label] = true
		require.NotContains(t, excuses, r.Label)
		for _, excuse := range excuses {
			if word := lettersOnly(excuse); word != "" {
				require.NotEqual(t, word, lettersOnly(r.Label))
				require.NotEqual(t, word, lettersOnly(r.Code))
			}
		}
		was, isShipped := shipped.Find(r.Code)
		if isShipped {
			require.Equal(t, shipped[i].Code, r.Code, "shipped reasons stay where they are")
			require.Equal(t, []any{was.Group, was.Result, was.Effect, was.Phase, was.Evidence}, []any{r.Group, r.Result, r.Effect, r.Phase, r.Evidence})
		} else {
			require.NotEmpty(t, r.Evidence, r.Code)
			require.NotEmpty(t, r.Lacks(lead.Evidence{PhoneValid: true, AttemptsNeeded: 1, DaysNeeded: 1, DaypartsNeeded: 1}, now), "%s closes a lead that nobody touched", r.Code)
		}
		for _, rule := range r.Evidence {
			require.Contains(t, lead.Rules, rule)
		}
		for rule, n := range r.Numbers {
			require.Contains(t, r.Evidence, rule)
			require.Positive(t, n)
		}
		names := map[string]lead.Detail{}
		for _, d := range r.Details {
			require.NotContains(t, names, d.Name)
			names[d.Name] = d
			require.False(t, d.Kind == lead.Words && !slices.ContainsFunc(was.Details, func(s lead.Detail) bool { return s.Name == d.Name && s.Kind == lead.Words }),
				"%s takes free words as %s", r.Code, d.Name)
		}
		for _, f := range r.FollowUps {
			require.True(t, f.DateFrom == "" || names[f.DateFrom].Kind == lead.Date || names[f.DateFrom].Kind == lead.DateOrUnknown)
			for name, want := range f.If {
				require.True(t, names[name].Kind == lead.DateOrUnknown || slices.Contains(names[name].Options, want))
			}
			require.True(t, f.Kind != lead.DoNotContact || names["channels"].Kind == lead.Channels)
		}
		require.True(t, r.Effect != lead.Parks || (names["on"].Kind == lead.Date && !names["on"].Optional), "a parked lead must wake")
	}
	require.GreaterOrEqual(t, len(c), len(shipped), "nothing is deleted")
	for _, phase := range lead.Phases {
		var results []lead.Result
		for _, code := range c.Codes(phase) {
			r, _ := c.Find(code)
			results = append(results, r.Result)
		}
		require.Contains(t, results, lead.Successful)
		require.True(t, slices.Contains(results, lead.Missed) || slices.Contains(results, lead.Rejected))
	}
}

// stable checks that the catalogue is the same after it was stored and read.
func stable(t require.TestingT, c lead.Catalogue) {
	stored, err := json.Marshal(c.Differences())
	require.NoError(t, err)
	require.NotEqual(t, "null", string(stored))
	var read lead.Catalogue
	require.NoError(t, json.Unmarshal(stored, &read))
	require.Equal(t, c, lead.Shipped().Adjusted(read))
	require.Equal(t, c, lead.Shipped().Adjusted(c.Differences()))
}

func TestWhateverADealerChanges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, last := drawAccepted(t)
		holds(t, c)
		stable(t, c)
		again, faults := c.Change(last)
		require.Empty(t, faults, "what was accepted is accepted again")
		require.Equal(t, c, again, "and changes nothing more")
	})
}

// Changes of different reasons do not depend on their order, but for the place
// of new ones.
func TestTheOrderOfChangesDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		changes := rapid.SliceOfNDistinct(drawChange(), 2, 3, func(ch lead.Change) string { return ch.Code }).Draw(t, "changes")
		forth, faults := lead.Shipped().Change(changes)
		back := slices.Clone(changes)
		slices.Reverse(back)
		turned, others := lead.Shipped().Change(back)
		require.Len(t, others, len(faults))
		for _, r := range forth {
			require.Equal(t, r, found(t, turned, r.Code))
		}
	})
}

func TestAllReasonsStayAsTheyAreWhenNothingIsChanged(t *testing.T) {
	t.Parallel()
	out, faults := lead.Shipped().Change(nil)
	require.Empty(t, faults)
	require.Equal(t, lead.Shipped(), out)
	require.Equal(t, lead.Catalogue{}, out.Differences())
}

// FuzzChange holds that whatever JSON comes in is refused with places and
// remedies, or makes a catalogue that keeps all promises.
func FuzzChange(f *testing.F) {
	f.Add([]byte(`[{"code": "not_reached", "numbers": {"attempts": 8, "mail_sent": 2}, "mail": "", "follow_ups": []}]`))
	f.Add([]byte("[" + moved(`"details": [{"name": "on", "kind": "date"}]`, `"follow_ups": [{"kind": "try_again", "date_from": "on"}]`) + "]"))
	f.Add([]byte(`[{"code": "double", "details": []}, {"code": "sold", "retired": true}, {"code": "", "label": "\u0000"}]`))
	f.Add([]byte(`[{"code": "keeps_current_car", "follow_ups": [{"kind": "link", "if": {"until": "unknown"}}]}]`))
	f.Add([]byte("[" + moved(`"effect": "parked"`, `"outcome": "successful"`, `"label": "\ud835\udc0everig"`, `"evidence": ["mail_sent"]`) + "]"))
	f.Add([]byte(`[{"code": "test", "label": "Otherotherother no not non grundgrund"}]`))
	f.Fuzz(func(t *testing.T, src []byte) {
		var changes []lead.Change
		if json.Unmarshal(src, &changes) != nil {
			return
		}
		c, faults := lead.Shipped().Change(changes)
		if len(faults) > 0 {
			require.Nil(t, c)
			for _, fault := range faults {
				require.Regexp(t, `^reasons(\[\d+\](\.[a-z0-9_]+(\[\d+\])?)+)?$`, fault.Field)
				require.NotEmpty(t, fault.Message)
			}
			return
		}
		holds(t, c)
		stable(t, c)
		again, faults := c.Change(changes)
		require.Empty(t, faults)
		require.Equal(t, c, again)
	})
}
