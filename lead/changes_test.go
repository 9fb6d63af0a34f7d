package lead_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
)

// changesOf reads changes as a dealer sends them.
func changesOf(t require.TestingT, text string) []lead.Change {
	var out []lead.Change
	require.NoError(t, json.Unmarshal([]byte(text), &out), text)
	return out
}

// moved is a reason of a dealer's own; of what it says twice the last counts.
func moved(more ...string) string {
	return "{" + strings.Join(append([]string{
		`"code": "moved_abroad", "label": "Moved abroad", "group": "No interest", "outcome": "missed", "effect": "lost", "evidence": ["conversation"]`,
	}, more...), ", ") + "}"
}

// adjusted makes changes that must be without fault.
func adjusted(t require.TestingT, c lead.Catalogue, text string) lead.Catalogue {
	out, faults := c.Change(changesOf(t, text))
	require.Empty(t, faults)
	return out
}

func found(t require.TestingT, c lead.Catalogue, code string) lead.Reason {
	r, known := c.Find(code)
	require.True(t, known, code)
	return r
}

func TestADealerAdjustsAShippedReason(t *testing.T) {
	t.Parallel()
	retired, approve, label, none := true, lead.NoApproval, "Niet bereikt", ""
	for _, c := range []struct {
		name, change string
		want         func(*lead.Reason)
	}{
		{"nothing", `{"code": "not_reached"}`, func(*lead.Reason) {}},
		{"null is nothing", `{"code": "not_reached", "label": null, "numbers": null, "details": null, "follow_ups": null, "mail": null, "retired": null}`, func(*lead.Reason) {}},
		{"its label", `{"code": "not_reached", "label": "Niet  bereikt "}`, func(r *lead.Reason) { r.Label = label }},
		{"its numbers", `{"code": "not_reached", "numbers": {"attempts": 8, "days": 4, "dayparts": 3, "mail_sent": 2}}`, func(r *lead.Reason) {
			r.Numbers = map[lead.Rule]int{lead.EnoughAttempts: 8, lead.EnoughDays: 4, lead.EnoughDayparts: 3, lead.MailSent: 2}
		}},
		{"its numbers to the least", `{"code": "not_reached", "numbers": {"attempts": 1, "days": 1, "dayparts": 1, "mail_sent": 1}}`, func(r *lead.Reason) {
			r.Numbers = map[lead.Rule]int{lead.EnoughAttempts: 1, lead.EnoughDays: 1, lead.EnoughDayparts: 1, lead.MailSent: 1}
		}},
		{"its numbers to the most", `{"code": "not_reached", "numbers": {"attempts": 30, "days": 30, "dayparts": 3, "mail_sent": 10}}`, func(r *lead.Reason) {
			r.Numbers = map[lead.Rule]int{lead.EnoughAttempts: 30, lead.EnoughDays: 30, lead.EnoughDayparts: 3, lead.MailSent: 10}
		}},
		{"one of its numbers, the others are the policy's", `{"code": "not_reached", "numbers": {"days": 30}}`, func(r *lead.Reason) { r.Numbers = map[lead.Rule]int{lead.EnoughDays: 30} }},
		{"its age of a mail", `{"code": "no_phone_number", "numbers": {"phone_asked_for": 336}}`, func(r *lead.Reason) { r.Numbers = map[lead.Rule]int{lead.PhoneAskedFor: 336} }},
		{"its approval", `{"code": "refused_call", "approve": "no"}`, func(r *lead.Reason) { r.Approve = approve }},
		{"a double to always ask", `{"code": "double", "approve": "yes"}`, func(r *lead.Reason) { r.Approve = lead.NeedsApproval }},
		{"a double to be looked up", `{"code": "double", "approve": "unless_proved"}`, func(*lead.Reason) {}},
		{"its follow-ups", `{"code": "not_reached", "follow_ups": [{"kind": "letter", "days": 1, "if": {}}, {"kind": "try_again", "months": 2, "paid_source": true}]}`, func(r *lead.Reason) {
			r.FollowUps = []lead.FollowUp{{Kind: lead.SendLetter, Days: 1}, {Kind: lead.TryAgain, Months: 2, PaidSource: true}}
		}},
		{"no follow-up", `{"code": "not_reached", "follow_ups": []}`, func(r *lead.Reason) { r.FollowUps = nil }},
		{"its mail", `{"code": "refused_call", "mail": "still-interested"}`, func(r *lead.Reason) { r.Mail = "still-interested" }},
		{"no mail", `{"code": "not_reached", "mail": ""}`, func(r *lead.Reason) { r.Mail = none }},
		{"no mail where there was none", `{"code": "follow_up_required", "mail": ""}`, func(*lead.Reason) {}},
		{"retired", `{"code": "not_reached", "retired": true}`, func(r *lead.Reason) { r.Retired = retired }},
		{
			"a detail more", `{"code": "not_reached", "details": [{"name": "why", "kind": "choice", "options": ["voicemail", "other"], "optional": true}]}`,
			func(r *lead.Reason) {
				r.Details = []lead.Detail{{Name: "why", Kind: lead.Choice, Options: []string{"voicemail", "other"}, Optional: true}}
			},
		},
		{
			"details that nothing refers to", `{"code": "prefers_another_car", "details": [{"name": "make", "kind": "words", "options": []}]}`,
			func(r *lead.Reason) { r.Details = []lead.Detail{{Name: "make", Kind: lead.Words}} },
		},
		{"no details", `{"code": "sold", "details": []}`, func(r *lead.Reason) { r.Details = nil }},
		{
			"details without the follow-ups that read them", `{"code": "keeps_current_car", "details": [], "follow_ups": [{"kind": "contact_later", "months": 12}]}`,
			func(r *lead.Reason) {
				r.Details, r.FollowUps = nil, []lead.FollowUp{{Kind: lead.ContactLater, Months: 12}}
			},
		},
		{
			"a follow-up when nobody knows the date", `{"code": "keeps_current_car", "follow_ups": [{"kind": "contact_later", "months": 6, "if": {"until": "unknown"}}]}`,
			func(r *lead.Reason) {
				r.FollowUps = []lead.FollowUp{{Kind: lead.ContactLater, Months: 6, If: map[string]string{"until": "unknown"}}}
			},
		},
		{
			"the departments", `{"code": "not_for_bdc", "details": [{"name": "department", "kind": "choice", "options": ["bodyshop", "rental"]}]}`,
			func(r *lead.Reason) {
				r.Details = []lead.Detail{{Name: "department", Kind: lead.Choice, Options: []string{"bodyshop", "rental"}}}
			},
		},
		{
			"its meaning, as it is", `{"code": "quotation", "group": "Sale conversion", "outcome": "successful", "effect": "showroom", "phase": "bdc", "evidence": ["quote_sent"]}`,
			func(*lead.Reason) {},
		},
		{"its phases, as they are", `{"code": "test", "phase": "", "evidence": []}`, func(*lead.Reason) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			changes := changesOf(t, "["+c.change+"]")
			got := adjusted(t, lead.Shipped(), "["+c.change+"]")
			want := lead.Shipped()
			for i := range want {
				if want[i].Code == changes[0].Code {
					c.want(&want[i])
				}
			}
			require.Equal(t, want, got)
		})
	}
}

func TestADealerHasReasonsOfHisOwn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, change string
		want         lead.Reason
	}{
		{"with the least", moved(), lead.Reason{
			Code: "moved_abroad", Label: "Moved abroad", Group: lead.NoInterest, Result: lead.Missed, Effect: lead.EndsLost,
			Evidence: []lead.Rule{lead.HadConversation}, Approve: lead.NeedsApproval,
		}},
		{
			"with everything",
			moved(`"phase": "showroom", "evidence": ["attempts", "days", "no_show"], "numbers": {"attempts": 2, "days": 2}, "approve": "no", "mail": "still-interested", "retired": true,
				"details": [
					{"name": "where", "kind": "choice", "options": ["europe", "other"]}, {"name": "back", "kind": "date"}, {"name": "until", "kind": "date_or_unknown", "optional": true},
					{"name": "price", "kind": "amount"}, {"name": "same", "kind": "lead_id"}, {"name": "with", "kind": "staff_or_lead"}, {"name": "channels", "kind": "channels"}],
				"follow_ups": [{"kind": "link"}, {"kind": "do_not_contact"}, {"kind": "try_again", "date_from": "back", "if": {"where": "europe"}}, {"kind": "try_again", "date_from": "until"}]`),
			lead.Reason{
				Code: "moved_abroad", Label: "Moved abroad", Group: lead.NoInterest, Result: lead.Missed, Effect: lead.EndsLost, Phase: lead.Showroom,
				Evidence: []lead.Rule{lead.EnoughAttempts, lead.EnoughDays, lead.DidNotCome},
				Numbers:  map[lead.Rule]int{lead.EnoughAttempts: 2, lead.EnoughDays: 2},
				Approve:  lead.NoApproval, Mail: "still-interested", Retired: true,
				Details: []lead.Detail{
					{Name: "where", Kind: lead.Choice, Options: []string{"europe", "other"}},
					{Name: "back", Kind: lead.Date},
					{Name: "until", Kind: lead.DateOrUnknown, Optional: true},
					{Name: "price", Kind: lead.Amount},
					{Name: "same", Kind: lead.LeadID},
					{Name: "with", Kind: lead.StaffOrLead},
					{Name: "channels", Kind: lead.Channels},
				},
				FollowUps: []lead.FollowUp{
					{Kind: lead.LinkLeads},
					{Kind: lead.DoNotContact},
					{Kind: lead.TryAgain, DateFrom: "back", If: map[string]string{"where": "europe"}},
					{Kind: lead.TryAgain, DateFrom: "until"},
				},
			},
		},
		{"that wins", moved(`"effect": "won", "outcome": "successful"`), lead.Reason{
			Code: "moved_abroad", Label: "Moved abroad", Group: lead.NoInterest, Result: lead.Successful, Effect: lead.EndsWon,
			Evidence: []lead.Rule{lead.HadConversation}, Approve: lead.NeedsApproval,
		}},
		{"that is no lead", moved(`"effect": "dropped", "outcome": "rejected", "group": "Drop pollution", "phase": ""`), lead.Reason{
			Code: "moved_abroad", Label: "Moved abroad", Group: lead.DropPollution, Result: lead.Rejected, Effect: lead.EndsDropped,
			Evidence: []lead.Rule{lead.HadConversation}, Approve: lead.NeedsApproval,
		}},
		{"that opens the showroom", moved(`"effect": "showroom", "outcome": "successful", "phase": "bdc"`), lead.Reason{
			Code: "moved_abroad", Label: "Moved abroad", Group: lead.NoInterest, Result: lead.Successful, Effect: lead.OpensShowroom, Phase: lead.BDC,
			Evidence: []lead.Rule{lead.HadConversation}, Approve: lead.NeedsApproval,
		}},
		{"that parks", moved(`"effect": "parked", "outcome": "successful", "details": [{"name": "on", "kind": "date"}]`), lead.Reason{
			Code: "moved_abroad", Label: "Moved abroad", Group: lead.NoInterest, Result: lead.Successful, Effect: lead.Parks,
			Evidence: []lead.Rule{lead.HadConversation}, Approve: lead.NeedsApproval, Details: []lead.Detail{{Name: "on", Kind: lead.Date}},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := adjusted(t, lead.Shipped(), "["+c.change+"]")
			require.Equal(t, append(lead.Shipped(), c.want), got)
		})
	}
}

// What leads closed with stays comparable; what a reason asks for may grow.
func TestAReasonOfOnesOwnKeepsWhatItCountsAs(t *testing.T) {
	t.Parallel()
	own := adjusted(t, lead.Shipped(), "["+moved(`"evidence": ["conversation", "attempts"], "numbers": {"attempts": 2}`)+"]")

	other := adjusted(t, own, `[{"code": "moved_abroad", "group": "Showroom", "evidence": ["attempts", "mail_sent"], "label": "Emigrated"}]`)
	r := found(t, other, "moved_abroad")
	require.Equal(t, lead.ShowroomResult, r.Group)
	require.Equal(t, []lead.Rule{lead.EnoughAttempts, lead.MailSent}, r.Evidence)
	require.Equal(t, map[lead.Rule]int{lead.EnoughAttempts: 2}, r.Numbers)
	require.Equal(t, "Emigrated", r.Label)
	require.Equal(t, []lead.Rule{lead.HadConversation, lead.EnoughAttempts}, found(t, own, "moved_abroad").Evidence, "the former version stays")

	for change, want := range map[string]lead.Fault{
		`"outcome": "rejected"`:         {Field: "reasons[0].outcome", Message: stays("moved_abroad")},
		`"effect": "dropped"`:           {Field: "reasons[0].effect", Message: stays("moved_abroad")},
		`"phase": "bdc"`:                {Field: "reasons[0].phase", Message: stays("moved_abroad")},
		`"evidence": []`:                {Field: "reasons[0].evidence", Message: "is needed for a reason of your own: one or more of " + rules},
		`"evidence": ["conversation"]`:  {Field: "reasons[0].numbers.attempts", Message: "is not among the evidence of moved_abroad; leave it out"},
		`"group": "Mine"`:               {Field: "reasons[0].group", Message: "must be one of Drop pollution, Drop not achieved, Drop not reached, No interest, Sale conversion, Showroom"},
		`"numbers": {"conversation":1}`: {Field: "reasons[0].numbers.conversation", Message: numbersFor},
	} {
		_, faults := own.Change(changesOf(t, `[{"code": "moved_abroad", `+change+`}]`))
		require.Equal(t, []lead.Fault{want}, faults, change)
	}
	inShowroom := adjusted(t, lead.Shipped(), "["+moved(`"phase": "showroom"`)+"]")
	_, faults := inShowroom.Change(changesOf(t, `[{"code": "moved_abroad", "phase": ""}]`))
	require.Equal(t, []lead.Fault{{Field: "reasons[0].phase", Message: stays("moved_abroad")}}, faults)
	require.Nil(t, found(t, adjusted(t, own, `[{"code": "moved_abroad", "evidence": ["conversation"], "numbers": {}}]`), "moved_abroad").Numbers)
}

func TestLabelsMayBeExchanged(t *testing.T) {
	t.Parallel()
	out := adjusted(t, lead.Shipped(), `[{"code": "test", "label": "Double lead"}, {"code": "double", "label": "Test / bug"}]`)
	require.Equal(t, "Double lead", found(t, out, "test").Label)
	require.Equal(t, "Test / bug", found(t, out, "double").Label)
}

// A catalogue from before a rule was there can still be put right.
func TestWhatOlderRulesLetPassCanBeRetired(t *testing.T) {
	t.Parallel()
	old := lead.Reason{Code: "gut", Label: "Other", Group: "Mine", Result: lead.Missed, Effect: lead.EndsLost, Evidence: []lead.Rule{"gut_feeling"}}
	c := lead.Shipped().Adjusted(lead.Catalogue{old})
	out := adjusted(t, c, `[{"code": "gut", "retired": true}]`)
	old.Retired = true
	require.Equal(t, old, found(t, out, "gut"))

	twin := found(t, lead.Shipped(), "sold")
	twin.Code = "twin"
	out = adjusted(t, lead.Shipped().Adjusted(lead.Catalogue{twin}), `[{"code": "twin", "retired": true}]`)
	require.True(t, found(t, out, "twin").Retired)
}

// Each limit is what it says: so much is taken, and one more is not.
func TestLimitsAreInclusive(t *testing.T) {
	t.Parallel()
	list := func(n int, one func(i int) string) string {
		all := make([]string, n)
		for i := range all {
			all[i] = one(i)
		}
		return "[" + strings.Join(all, ", ") + "]"
	}
	detail := func(i int) string { return `{"name": "d` + number(i) + `", "kind": "date"}` }
	option := func(i int) string { return `"option` + number(i) + `"` }
	followUp := func(i int) string { return `{"kind": "try_again", "days": ` + number(i) + `}` }
	for _, c := range []struct {
		field string
		most  int
		made  func(n int) string
	}{
		{"details", 10, func(n int) string { return moved(`"details": ` + list(n, detail)) }},
		{"details[0].options", 30, func(n int) string {
			return moved(`"details": [{"name": "why", "kind": "choice", "options": ` + list(n, option) + `}]`)
		}},
		{"follow_ups", 10, func(n int) string { return moved(`"follow_ups": ` + list(n, followUp)) }},
		{"follow_ups[0].days", 3650, func(n int) string { return moved(`"follow_ups": [` + followUp(n) + `]`) }},
		{"follow_ups[0].months", 120, func(n int) string { return moved(`"follow_ups": [{"kind": "try_again", "months": ` + number(n) + `}]`) }},
		{"label", 80, func(n int) string { return moved(`"label": "` + strings.Repeat("ü", n) + `"`) }},
		{"code", 41, func(n int) string { return moved(`"code": "` + strings.Repeat("x", n) + `"`) }},
		{"mail", 61, func(n int) string { return moved(`"mail": "` + strings.Repeat("x", n) + `"`) }},
		{"details[0].name", 41, func(n int) string {
			return moved(`"details": [{"name": "` + strings.Repeat("x", n) + `", "kind": "date"}]`)
		}},
	} {
		adjusted(t, lead.Shipped(), "["+c.made(c.most)+"]")
		_, faults := lead.Shipped().Change(changesOf(t, "["+c.made(c.most+1)+"]"))
		require.Len(t, faults, 1)
		require.Equal(t, "reasons[0]."+c.field, faults[0].Field)
	}
}

// JSON mends broken letters; whoever calls from Go does not.
func TestABrokenLabelIsRefused(t *testing.T) {
	t.Parallel()
	label := "Moved\xff abroad"
	_, faults := lead.Shipped().Change([]lead.Change{{Code: "test", Label: &label}})
	require.Equal(t, []lead.Fault{{Field: "reasons[0].label", Message: noPlain}}, faults)
}

// What is missing is told once, not again by what depends on it.
func TestAnEffectWithoutAnOutcomeMissesTheOutcomeOnly(t *testing.T) {
	t.Parallel()
	_, faults := lead.Shipped().Change(changesOf(t, "["+moved(`"effect": "won", "outcome": null`)+"]"))
	require.Equal(t, []lead.Fault{{Field: "reasons[0].outcome", Message: "is needed for a reason of your own: one of missed, rejected, successful"}}, faults)
}

// A reason that Doorbell ships is not made again under its own name.
func TestAShippedCodeIsNoCodeOfOnesOwn(t *testing.T) {
	t.Parallel()
	_, faults := lead.Catalogue{}.Change(changesOf(t, "["+moved(`"code": "sold"`)+"]"))
	require.Equal(t, lead.Fault{Field: "reasons[0].code", Message: "is the code of a reason that Doorbell ships; choose another"}, faults[0])
}

func TestARetiredReasonIsFoundButNotOffered(t *testing.T) {
	t.Parallel()
	out := adjusted(t, lead.Shipped(), `[{"code": "refused_call", "retired": true}]`)
	r := found(t, out, "refused_call")
	for _, phase := range lead.Phases {
		require.Contains(t, lead.Shipped().Codes(phase), "refused_call")
		require.NotContains(t, out.Codes(phase), "refused_call")
		require.Len(t, out.Codes(phase), len(lead.Shipped().Codes(phase))-1)
		require.False(t, r.UsableIn(phase))
	}
	back := adjusted(t, out, `[{"code": "refused_call", "retired": false}]`)
	require.Equal(t, lead.Shipped(), back)
	require.Empty(t, back.Differences())

	sold := found(t, out, "sold")
	require.True(t, sold.UsableIn(lead.Showroom))
	require.False(t, sold.UsableIn(lead.BDC))
}

// Each phase needs a way to lose a lead too, whatever the dealer thinks of his people.
func TestALeadCanBeLost(t *testing.T) {
	t.Parallel()
	var all []string
	for _, r := range lead.Shipped() {
		if r.Result != lead.Successful {
			all = append(all, `{"code": "`+r.Code+`", "retired": true}`)
		}
	}
	_, faults := lead.Shipped().Change(changesOf(t, "["+strings.Join(all, ", ")+"]"))
	require.Len(t, faults, 2)
	require.Contains(t, faults[0].Message, "leaves the phase bdc without a missed or rejected reason that ends it; keep one of test, double")
	require.NotContains(t, faults[0].Message, "bought_elsewhere")
	require.Contains(t, faults[1].Message, "leaves the phase showroom without a missed or rejected reason that ends it; keep one of test, double")

	adjusted(t, lead.Shipped(), "["+strings.Join(all[1:], ", ")+"]")
	adjusted(t, lead.Shipped(), "["+strings.Join(all, ", ")+", "+moved()+"]")
}

// What was stored may be shared by many; a change writes to nothing of it.
func TestAChangeIsMadeOnACopy(t *testing.T) {
	t.Parallel()
	numbers := map[lead.Rule]int{lead.EnoughAttempts: 3}
	options := []string{"own", "other"}
	conditions := map[string]string{"brand": "own"}
	evidence := []lead.Rule{lead.HadConversation}
	own := changesOf(t, "["+moved()+"]")[0]
	own.Evidence = evidence
	changes := []lead.Change{
		{Code: "not_reached", Numbers: numbers},
		{
			Code: "bought_another_car", Details: []lead.Detail{{Name: "brand", Kind: lead.Choice, Options: options}},
			FollowUps: []lead.FollowUp{{Kind: lead.AfterSales, If: conditions}},
		},
		own,
	}
	before := lead.Shipped()
	out, faults := before.Change(changes)
	require.Empty(t, faults)
	numbers[lead.EnoughAttempts], options[0], conditions["brand"], evidence[0] = 1, "x", "x", "x"
	require.Equal(t, lead.Shipped(), before)
	require.Equal(t, map[lead.Rule]int{lead.EnoughAttempts: 3}, found(t, out, "not_reached").Numbers)
	bought := found(t, out, "bought_another_car")
	require.Equal(t, []string{"own", "other"}, bought.Details[0].Options)
	require.Equal(t, map[string]string{"brand": "own"}, bought.FollowUps[0].If)
	require.Equal(t, []lead.Rule{lead.HadConversation}, found(t, out, "moved_abroad").Evidence)
}
