package lead_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/lead"
)

const otherLead = "0192d0a4-7c1e-7b3f-9a55-3f1c2b7d9e10"

// today is the dealer's date of the closings; 2027-11-23 is the last day of
// the twelve months.
var today = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

func TestDetailsAreHeldAgainstTheirReason(t *testing.T) {
	t.Parallel()
	choice := "one of own, other"
	for _, c := range []struct {
		name, code string
		details    map[string]string
		faults     map[string]string // field without "details." → message
	}{
		{name: "none asked for", code: "test"},
		{name: "none asked for, one given", code: "test", details: map[string]string{"why": "bored"}, faults: map[string]string{"why": "is not a detail of test; leave it out"}},
		{name: "all choices", code: "bought_another_car", details: map[string]string{"brand": "own", "dealer": "other", "area": "own"}},
		{
			name: "missing, blank and wrong choices", code: "bought_another_car", details: map[string]string{"brand": " ", "area": "Own"},
			faults: map[string]string{
				"brand": "is needed for bought_another_car: " + choice, "dealer": "is needed for bought_another_car: " + choice, "area": "must be " + choice,
			},
		},
		{
			name: "a choice with a blank", code: "not_for_bdc", details: map[string]string{"department": "service "},
			faults: map[string]string{"department": "must be one of service, parts, aftersales, finance, hr, other_dealer"},
		},
		{name: "tomorrow", code: "follow_up_required", details: map[string]string{"on": "2026-11-24", "about": "lease ends"}},
		{name: "in 12 months", code: "follow_up_required", details: map[string]string{"on": "2027-11-23", "about": "lease ends"}},
		{
			name: "today", code: "follow_up_required", details: map[string]string{"on": "2026-11-23", "about": "lease ends"},
			faults: map[string]string{"on": "must be a date CCYY-MM-DD after today, within 12 months"},
		},
		{
			name: "in 12 months and a day", code: "follow_up_required", details: map[string]string{"on": "2027-11-24", "about": "lease ends"},
			faults: map[string]string{"on": "must be a date CCYY-MM-DD after today, within 12 months"},
		},
		{
			name: "no date", code: "follow_up_required", details: map[string]string{"on": "24-11-2026", "about": "lease ends"},
			faults: map[string]string{"on": "must be a date CCYY-MM-DD after today, within 12 months"},
		},
		{
			name: "a date with a blank", code: "follow_up_required", details: map[string]string{"on": " 2026-11-24", "about": lead.Kept},
			faults: map[string]string{"on": "must be a date CCYY-MM-DD after today, within 12 months"},
		},
		{
			name: "too many words", code: "follow_up_required", details: map[string]string{"on": "2026-11-24", "about": strings.Repeat("x", 2001)},
			faults: map[string]string{"about": "must be a few words"},
		},
		{name: "expected today", code: "visits_on_own_initiative", details: map[string]string{"expected": "2026-11-23"}},
		{name: "expected who knows when", code: "visits_on_own_initiative", details: map[string]string{"expected": "unknown"}},
		{
			name: "expected yesterday", code: "visits_on_own_initiative", details: map[string]string{"expected": "2026-11-22"},
			faults: map[string]string{"expected": `must be a date CCYY-MM-DD, today or later, or "unknown"`},
		},
		{name: "one channel", code: "no_more_calls", details: map[string]string{"channels": "phone"}},
		{name: "all channels", code: "no_more_calls", details: map[string]string{"channels": "phone, email,sms"}},
		{
			name: "another channel", code: "no_more_calls", details: map[string]string{"channels": "phone,fax"},
			faults: map[string]string{"channels": "must be one or more of phone, email, sms, separated by commas"},
		},
		{
			name: "a trailing comma", code: "no_more_calls", details: map[string]string{"channels": "phone,"},
			faults: map[string]string{"channels": "must be one or more of phone, email, sms, separated by commas"},
		},
		{name: "an amount", code: "quotation", details: map[string]string{"amount": "31990", "valid_until": "2026-12-23"}},
		{
			name: "an amount with a comma", code: "quotation", details: map[string]string{"amount": "31.990,00", "valid_until": "2026-12-23"},
			faults: map[string]string{"amount": "must be an amount such as 31990.00"},
		},
		{
			name: "a negative amount", code: "quotation", details: map[string]string{"amount": "-5.00", "valid_until": "2026-12-23"},
			faults: map[string]string{"amount": "must be an amount such as 31990.00"},
		},
		{name: "another lead", code: "double", details: map[string]string{"lead_id": otherLead}},
		{
			name: "no lead", code: "double", details: map[string]string{"lead_id": "the one of last week"},
			faults: map[string]string{"lead_id": "must be the id of the other lead"},
		},
		{name: "with a lead", code: "already_in_contact", details: map[string]string{"with": otherLead}},
		{name: "with a colleague", code: "already_in_contact", details: map[string]string{"with": "sam@demo.example"}},
		{name: "with a colleague, travelling", code: "already_in_contact", details: map[string]string{"with": lead.Kept}},
		{
			name: "with somebody", code: "already_in_contact", details: map[string]string{"with": "Sam"},
			faults: map[string]string{"with": "must be the e-mail of a colleague, or the id of another lead"},
		},
	} {
		t.Run(c.code+" "+c.name, func(t *testing.T) {
			t.Parallel()
			reason, known := lead.Shipped().Find(c.code)
			require.True(t, known)
			got := map[string]string{}
			for _, f := range reason.CheckDetails(c.details, today) {
				got[strings.TrimPrefix(f.Field, "details.")] = f.Message
			}
			if c.faults == nil {
				c.faults = map[string]string{}
			}
			require.Equal(t, c.faults, got)
		})
	}
}

func TestAnOptionalDetailMayBeLeftOut(t *testing.T) {
	t.Parallel()
	reason := lead.Reason{Code: "own", Details: []lead.Detail{{Name: "area", Kind: lead.Choice, Options: []string{"own"}, Optional: true}}}
	require.Empty(t, reason.CheckDetails(nil, today))
	require.Len(t, reason.CheckDetails(map[string]string{"area": "x"}, today), 1)
}

func TestEveryKindOfDetailSaysHowItIsWritten(t *testing.T) {
	t.Parallel()
	for _, r := range lead.Shipped() {
		for _, d := range r.Details {
			require.NotEqual(t, "given", d.Form(), r.Code+" "+d.Name)
		}
	}
	require.Equal(t, "given", lead.Detail{Kind: "handwritten"}.Form())
	require.Len(t, lead.Reason{Details: []lead.Detail{{Name: "x", Kind: "handwritten"}}}.CheckDetails(map[string]string{"x": "y"}, today), 1)
}

// drawDetails gives details to a reason as anybody might send them: right ones,
// wrong ones, unknown ones. Every free word is marked.
func drawDetails(t *rapid.T, r lead.Reason) map[string]string {
	marked := rapid.StringMatching(`[ a-z0-9@.-]{0,12}MARK[ a-z0-9@.]{0,12}`)
	details := map[string]string{}
	for _, d := range r.Details {
		right := map[lead.DetailKind]*rapid.Generator[string]{
			lead.Choice: rapid.SampledFrom(append([]string{"x"}, d.Options...)), lead.Words: marked,
			lead.Date: rapid.SampledFrom([]string{"2026-11-24", "2027-01-31", "1999-01-01"}), lead.DateOrUnknown: rapid.SampledFrom([]string{"unknown", "2026-12-01"}),
			lead.Amount: rapid.SampledFrom([]string{"100", "31990.00"}), lead.LeadID: rapid.Just(otherLead),
			lead.StaffOrLead: rapid.SampledFrom([]string{otherLead, "MARK@demo.example"}), lead.Channels: rapid.SampledFrom([]string{"phone", "phone, sms", "email,"}),
		}[d.Kind]
		details[d.Name] = rapid.OneOf(right, right, marked, rapid.SampledFrom([]string{"", " "})).Draw(t, d.Name)
	}
	if rapid.Bool().Draw(t, "unknown") {
		details[marked.Draw(t, "unknown name")] = marked.Draw(t, "unknown value")
	}
	return details
}

func TestNothingPersonalTravels(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		reason := rapid.SampledFrom(lead.Shipped()).Draw(t, "reason")
		details := drawDetails(t, reason)
		travelling := reason.Travelling(details)
		for name, value := range travelling {
			require.NotContains(t, name+value, "MARK")
			require.NotContains(t, value, "@")
		}
		require.Equal(t, travelling, reason.Travelling(travelling), "travelling twice changes nothing")
		require.Equal(t, len(reason.CheckDetails(details, today)) > 0, len(reason.CheckDetails(travelling, today)) > 0,
			"what is refused before is refused after: %v", travelling)
	})
}

func TestDetailsThatAreNoneDoNotTravel(t *testing.T) {
	t.Parallel()
	require.Nil(t, lead.Reason{}.Travelling(nil))
	require.Nil(t, lead.Reason{}.Travelling(map[string]string{}))
}

func TestFollowUpsAndWhenTheyAreDue(t *testing.T) {
	t.Parallel()
	own := map[string]string{"brand": "own", "dealer": "own", "area": "own"}
	with := func(name, value string) map[string]string {
		return map[string]string{"brand": own["brand"], "dealer": own["dealer"], "area": own["area"], name: value}
	}
	for _, c := range []struct {
		code    string
		details map[string]string
		paid    bool
		want    []string // kind and date
	}{
		{code: "test", want: []string{"tell_provider 2026-08-31"}},
		{code: "double", want: []string{"link 2026-08-31"}},
		{code: "double", paid: true, want: []string{"link 2026-08-31", "refund_claim 2026-08-31"}},
		{code: "no_phone_number"},
		{code: "no_phone_number", paid: true, want: []string{"refund_claim 2026-08-31"}},
		{code: "wrong_personal_data", paid: true, want: []string{"refund_claim 2026-08-31"}},
		{code: "not_reached", paid: true, want: []string{"try_again 2026-09-30"}},
		{code: "bought_another_car", details: own, want: []string{"after_sales_campaign 2026-08-31"}},
		{code: "bought_another_car", details: with("area", "other")},
		{code: "bought_another_car", details: with("brand", "other"), want: []string{"contact_later 2028-08-31"}},
		{code: "bought_elsewhere", details: own},
		{code: "bought_elsewhere", details: with("dealer", "other"), want: []string{"after_sales_campaign 2026-08-31"}},
		{code: "visits_on_own_initiative", details: map[string]string{"expected": "2026-10-03"}, want: []string{"soft_reminder 2026-08-31", "check_after_date 2026-10-03"}},
		{code: "visits_on_own_initiative", details: map[string]string{"expected": "unknown"}, want: []string{"soft_reminder 2026-08-31", "check_after_date 2026-09-30"}},
		{code: "keeps_current_car", details: map[string]string{"until": "2027-02-28"}, want: []string{"contact_later 2027-02-28"}},
		{code: "keeps_current_car", details: map[string]string{"until": "unknown"}, want: []string{"contact_later 2027-08-31"}},
		{code: "quotation", want: []string{"call_about_quote 2026-09-02"}},
		{code: "no_show", want: []string{"try_again 2026-09-14"}},
		{code: "refused_call"},
	} {
		reason, _ := lead.Shipped().Find(c.code)
		var got []string
		for _, f := range reason.FollowUpsFor(c.details, c.paid) {
			on := f.DueOn(c.details, time.Date(2026, 8, 31, 17, 45, 0, 0, time.UTC))
			got = append(got, string(f.Kind)+" "+on.Format(time.DateOnly))
		}
		require.Equal(t, c.want, got, c.code)
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	require.True(t, lead.IsID(otherLead))
	for _, s := range []string{"", "lead-" + otherLead, strings.ToUpper(otherLead), otherLead + "\n", otherLead[1:]} {
		require.False(t, lead.IsID(s), s)
	}
}

func TestWhoDecidesAndWhatIsAVisit(t *testing.T) {
	t.Parallel()
	manages := []lead.Role{lead.RoleSalesManager, lead.RoleGeneralManager}
	for _, r := range []lead.Role{lead.RoleBDC, lead.RoleSalesperson, lead.RoleSalesManager, lead.RoleGeneralManager, lead.RoleMarketer, lead.RoleAdmin} {
		require.Equal(t, slices.Contains(manages, r), r.Manages(), r)
	}
	for _, k := range lead.AppointmentKinds {
		require.Equal(t, k == lead.InShowroom || k == lead.DriveTest, k.Visit(), k)
	}
}
