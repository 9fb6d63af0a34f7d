package lead_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
)

// row is a reason as the trade's table has it, in short: details as name:kind,
// follow-ups as kind@days/months with their conditions.
type row struct {
	code      string
	group     lead.Group
	result    lead.Result
	label     string
	evidence  []lead.Rule
	details   []string
	approve   lead.Approval
	followUps []string
	effect    lead.Effect
	phase     lead.Phase
	mail      string
}

// table is the catalogue as the product's description has it, row by row.
var table = []row{
	{
		"test", "Drop pollution", "missed", "Test / bug", nil, nil, "yes",
		[]string{"tell_provider"},
		"dropped", "", "",
	},
	{
		"double", "Drop pollution", "missed", "Double lead", nil,
		[]string{"lead_id:lead_id"},
		"unless_proved",
		[]string{"link", "refund_claim if paid"},
		"dropped", "", "",
	},
	{
		"no_phone_number", "Drop pollution", "rejected", "Phone number is missing",
		[]lead.Rule{"no_valid_phone", "phone_asked_for"},
		nil, "no",
		[]string{"refund_claim if paid"},
		"dropped", "", "",
	},
	{
		"not_for_bdc", "Drop pollution", "rejected", "Not intended for BDC", nil,
		[]string{"department:service,parts,aftersales,finance,hr,other_dealer"},
		"yes",
		[]string{"hand_over"},
		"dropped", "", "",
	},
	{
		"wrong_personal_data", "Drop not achieved", "rejected", "Personal data incorrect",
		[]lead.Rule{"wrong_number_or_bounce"},
		nil, "yes",
		[]string{"refund_claim if paid"},
		"dropped", "", "",
	},
	{
		"not_reached", "Drop not reached", "rejected", "Not reached after maximum number of call attempts",
		[]lead.Rule{"attempts", "days", "dayparts", "mail_sent"},
		nil, "yes",
		[]string{"try_again +30d"},
		"lost", "", "tried-to-reach",
	},
	{
		"refused_call", "Drop not reached", "missed", "Refusal call",
		[]lead.Rule{"call_refused"},
		nil, "yes", nil, "lost", "", "",
	},
	{
		"bought_another_car", "No interest", "missed", "Has already bought another car",
		[]lead.Rule{"conversation"},
		[]string{"brand:own,other", "dealer:own,other", "area:own,other"},
		"yes",
		[]string{"after_sales_campaign if area=own brand=own", "contact_later +24m if brand=other"},
		"lost", "", "",
	},
	{
		"trade_in_value_only", "No interest", "missed", "Only looking for trade-in value",
		[]lead.Rule{"conversation"},
		nil, "yes",
		[]string{"buying_department"},
		"lost", "", "",
	},
	{
		"prefers_another_car", "No interest", "missed", "Preference for another car",
		[]lead.Rule{"conversation"},
		[]string{"make:words", "model:words", "condition:new,used"},
		"yes",
		[]string{"stock_search"},
		"lost", "", "",
	},
	{
		"already_in_contact", "No interest", "missed", "Has already contacted the dealer", nil,
		[]string{"with:staff_or_lead"},
		"yes",
		[]string{"hand_over", "link"},
		"lost", "", "",
	},
	{
		"visits_on_own_initiative", "No interest", "missed", "Customer only wants to visit the dealer on his own initiative",
		[]lead.Rule{"conversation"},
		[]string{"expected:date_or_unknown"},
		"yes",
		[]string{"soft_reminder", "check_after_date +30d from expected"},
		"lost", "", "",
	},
	{
		"no_more_calls", "No interest", "missed", "Does not want to be called anymore",
		[]lead.Rule{"conversation"},
		[]string{"channels:channels"},
		"no",
		[]string{"do_not_contact"},
		"lost", "", "",
	},
	{
		"follow_up_required", "No interest", "successful", "No conversion / follow-up required",
		[]lead.Rule{"conversation"},
		[]string{"on:date", "about:words"},
		"no", nil, "parked", "", "",
	},
	{
		"appointment_showroom", "Sale conversion", "successful", "Appointment showroom",
		[]lead.Rule{"appointment_showroom_confirmed"},
		nil, "no", nil, "showroom", "bdc", "",
	},
	{
		"appointment_test_drive", "Sale conversion", "successful", "Appointment test drive",
		[]lead.Rule{"appointment_test_drive_confirmed"},
		nil, "no", nil, "showroom", "bdc", "",
	},
	{
		"quotation", "Sale conversion", "successful", "Quotation request",
		[]lead.Rule{"quote_sent"},
		[]string{"amount:amount", "valid_until:date"},
		"no",
		[]string{"call_about_quote +2d"},
		"showroom", "bdc", "",
	},
	{
		"sold", "Showroom", "successful", "Sold",
		[]lead.Rule{"visit_or_conversation"},
		[]string{"vehicle:words", "order_number:words", "amount:amount"},
		"no",
		[]string{"celebrate"},
		"won", "showroom", "thank-you-sold",
	},
	{
		"bought_elsewhere", "Showroom", "missed", "Bought elsewhere",
		[]lead.Rule{"conversation_after_visit_or_quote"},
		[]string{"brand:own,other", "dealer:own,other", "area:own,other"},
		"yes",
		[]string{"after_sales_campaign if area=own brand=own dealer=other"},
		"lost", "showroom", "",
	},
	{
		"no_show", "Showroom", "missed", "Did not come and not reached again",
		[]lead.Rule{"no_show", "attempts", "days", "dayparts"},
		nil, "yes",
		[]string{"try_again +14d"},
		"lost", "showroom", "",
	},
	{
		"keeps_current_car", "Showroom", "missed", "Keeps the current car",
		[]lead.Rule{"conversation"},
		[]string{"until:date_or_unknown"},
		"yes",
		[]string{"contact_later +12m from until"},
		"lost", "showroom", "",
	},
	{
		"finance_declined", "Showroom", "missed", "Finance declined",
		[]lead.Rule{"conversation"},
		nil, "yes",
		[]string{"finance_offer"},
		"lost", "showroom", "",
	},
	{
		"no_stock", "Showroom", "missed", "Wanted car not available",
		[]lead.Rule{"conversation"},
		[]string{"make:words", "model:words"},
		"yes",
		[]string{"stock_search"},
		"lost", "showroom", "",
	},
}

func TestTheShippedCatalogueIsTheTradesTable(t *testing.T) {
	t.Parallel()
	shipped := lead.Shipped()
	require.Len(t, shipped, len(table))
	for i, want := range table {
		got := shipped[i]
		require.Equal(t, want, inShort(got), want.code)
	}
}

func inShort(r lead.Reason) row {
	out := row{
		code: r.Code, group: r.Group, result: r.Result, label: r.Label, evidence: r.Evidence,
		approve: r.Approve, effect: r.Effect, phase: r.Phase, mail: r.Mail,
	}
	for _, d := range r.Details {
		kind := string(d.Kind)
		if d.Kind == lead.Choice {
			kind = join(d.Options, ",")
		}
		if d.Optional {
			kind += " optional"
		}
		out.details = append(out.details, d.Name+":"+kind)
	}
	for _, f := range r.FollowUps {
		out.followUps = append(out.followUps, followUpInShort(f))
	}
	return out
}

func followUpInShort(f lead.FollowUp) string {
	words := []string{string(f.Kind)}
	if f.Days > 0 {
		words = append(words, "+"+number(f.Days)+"d")
	}
	if f.Months > 0 {
		words = append(words, "+"+number(f.Months)+"m")
	}
	if f.DateFrom != "" {
		words = append(words, "from", f.DateFrom)
	}
	if f.PaidSource {
		words = append(words, "if", "paid")
	}
	if len(f.If) > 0 {
		words = append(words, "if")
		for _, name := range []string{"area", "brand", "dealer"} {
			if f.If[name] != "" {
				words = append(words, name+"="+f.If[name])
			}
		}
	}
	return join(words, " ")
}

// Words that hide what happened are no reasons, whoever writes them.
func TestExcusesHaveNoCode(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"", ".", "other", "no interest", "no_interest", "not applicable", "postponed", "Test", "not_reached "} {
		_, known := lead.Shipped().Find(word)
		require.False(t, known, word)
	}
}

func TestEachPhaseHasItsReasons(t *testing.T) {
	t.Parallel()
	both := []string{
		"test", "double", "no_phone_number", "not_for_bdc", "wrong_personal_data", "not_reached", "refused_call",
		"bought_another_car", "trade_in_value_only", "prefers_another_car", "already_in_contact",
		"visits_on_own_initiative", "no_more_calls", "follow_up_required",
	}
	require.Equal(t, append(slices.Clone(both), "appointment_showroom", "appointment_test_drive", "quotation"),
		lead.Shipped().Codes(lead.BDC))
	require.Equal(t, append(slices.Clone(both), "sold", "bought_elsewhere", "no_show", "keeps_current_car", "finance_declined", "no_stock"),
		lead.Shipped().Codes(lead.Showroom))
}

// A dealer's own version is stored as JSON and changes nothing of the shipped one.
func TestADealerAdjustsTheCatalogue(t *testing.T) {
	t.Parallel()
	shipped := lead.Shipped()
	test, _ := shipped.Find("test")
	test.Approve = lead.NoApproval
	own := shipped.Adjusted(lead.Catalogue{test, {Code: "moved_abroad", Effect: lead.EndsLost}})
	require.Len(t, own, len(shipped)+1)
	adjusted, known := own.Find("test")
	require.True(t, known)
	require.Equal(t, lead.NoApproval, adjusted.Approve)
	require.Equal(t, "moved_abroad", own[len(own)-1].Code)
	require.Equal(t, lead.Shipped(), shipped)

	stored, err := json.Marshal(own)
	require.NoError(t, err)
	var read lead.Catalogue
	require.NoError(t, json.Unmarshal(stored, &read))
	require.Equal(t, own, read)
}
