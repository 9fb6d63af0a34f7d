package message

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
)

// followUps are the kinds that a person is asked to do, as their closings would
// have them, by the name of their preview.
func followUps() map[string]FollowUp {
	choice := func(name, value string) Detail { return Detail{Name: name, Kind: lead.Choice, Value: value} }
	return map[string]FollowUp{
		"follow-up-tell-provider": {Kind: lead.TellProvider, ReasonLabel: "Test / bug"},
		"follow-up-refund-claim": {
			Kind: lead.RefundClaim, ReasonLabel: "Phone number is missing", ExternalID: "AT-20931", PriceCents: 2505, Currency: "EUR",
		},
		"follow-up-department": {
			Kind: lead.HandOver, ReasonLabel: "Not intended for BDC", Note: "The tow bar rattles.", Details: []Detail{choice("department", "service")},
		},
		"follow-up-colleague": {
			Kind: lead.HandOver, ReasonLabel: "Has already contacted the dealer", Details: []Detail{{Name: "with", Kind: lead.StaffOrLead, Value: "S. Smit"}},
		},
		"follow-up-after-sales": {
			Kind: lead.AfterSales, ReasonLabel: "Has already bought another car",
			Details: []Detail{choice("brand", "own"), choice("dealer", "other"), choice("area", "own")},
		},
		"follow-up-buying": {Kind: lead.BuyingDepartment, ReasonLabel: "Only looking for trade-in value", TradeIn: "Opel Corsa, 2017, 88000 km"},
		"follow-up-check": {
			Kind: lead.CheckAfterTheDate, ReasonLabel: "Customer only wants to visit the dealer on his own initiative",
			Details: []Detail{{Name: "expected", Kind: lead.DateOrUnknown, Value: "2027-08-02"}},
		},
		"follow-up-quote":   {Kind: lead.CallAboutQuote, ReasonLabel: "Quotation request"},
		"follow-up-finance": {Kind: lead.FinanceOffer, ReasonLabel: "Finance declined"},
		"follow-up-letter":  {Kind: lead.SendLetter},
		"follow-up-video":   {Kind: lead.SendVideo},
	}
}

func TestAFollowUpTellsAllInItsSubject(t *testing.T) {
	t.Parallel()
	templates := loaded(t)
	subject := func(name, language string, d Data) string {
		r, err := templates.Render(name, language, d)
		require.NoError(t, err)
		return r.Subject
	}
	d := fullData(t)
	d.FollowUp.Kind = lead.RefundClaim
	require.Equal(t, "[follow-up] Refund claim · J. de Boer · Renault Captur · by Tue 14:00", subject(FollowUpDue, "en", d))
	require.Equal(t, "[opvolging] Claim bij de bron · J. de Boer · Renault Captur · uiterlijk di 14:00", subject(FollowUpDue, "nl", d))
	require.Equal(t, "[2/4] Follow-up overdue: Refund claim · S. Smit · J. de Boer · Renault Captur · since Tue 14:00", subject(FollowUpOverdue, "en", d))
	d.FollowUp.DueAt = d.FollowUp.DueAt.AddDate(0, 0, 7)
	require.Equal(t, "[follow-up] Refund claim · J. de Boer · Renault Captur · by Tue 1 December 14:00", subject(FollowUpDue, "en", d))
	d.FollowUp.Kind = lead.StockSearch
	require.Contains(t, subject(FollowUpDue, "en", d), "· Renault Clio ·", "the car to look for, not the one of the lead")
	d.FollowUp.Details = nil
	require.Contains(t, subject(FollowUpDue, "en", d), "· Renault Captur ·")
	require.Equal(t, "Contact again · J. de Boer · Renault Captur · Preference for another car · call now", subject(LeadAgain, "en", d))
}

// Every follow-up that a person is asked to do has words of its own, in every
// language; those that Doorbell does by itself ask nobody.
func TestEveryFollowUpSaysWhatToDo(t *testing.T) {
	t.Parallel()
	templates := loaded(t)
	byItself := []lead.FollowUpKind{lead.TryAgain, lead.ContactLater, lead.SoftReminder, lead.DoNotContact, lead.Celebrate, lead.LinkLeads}
	for _, language := range Languages() {
		said := map[string]lead.FollowUpKind{}
		for _, kind := range lead.FollowUpKinds {
			if slices.Contains(byItself, kind) {
				continue
			}
			require.NotEmpty(t, locales[language].followUps[kind], kind)
			d := fullData(t)
			d.FollowUp = FollowUp{Kind: kind}
			r, err := templates.Render(FollowUpDue, language, d)
			require.NoError(t, err)
			sentence := strings.Split(r.Text, "\n")[3]
			require.NotContains(t, sentence, locales[language].followUps[kind]+".", "%s has no sentence of its own in %s", kind, language)
			require.Empty(t, said[sentence], kind)
			said[sentence] = kind
		}
	}
}

func TestDetailsOfAClosingAreToldInWords(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]Detail{
		"eigen":                        {"brand", lead.Choice, "own"},
		"de werkplaats":                {"department", lead.Choice, "service"},
		"te duur":                      {"our_own_detail", lead.Choice, "te_duur"},
		"donderdag 26 november":        {"expected", lead.DateOrUnknown, "2026-11-26"},
		"woensdag 1 maart 2028":        {"until", lead.Date, "2028-03-01"},
		"onbekend":                     {"expected", lead.DateOrUnknown, "unknown"},
		"own":                          {"about", lead.Words, "own"},
		"telefoontjes, sms, postduif":  {"channels", lead.Channels, "phone, sms,postduif"},
		"https://doorbell.example/x/1": {"lead_id", lead.LeadID, "https://doorbell.example/x/1"},
	} {
		data := fullData(t)
		data.Dealer.Zone = time.FixedZone("west", -8*3600) // a date is the same day everywhere
		require.Equal(t, want, newView(FollowUpDue, "nl", data).value(d))
	}
}

// Do-not-contact beats every rule (R28): no mail asks anybody to call a customer
// who does not want it.
func TestNobodyIsAskedToUseAChannelThatTheCustomerRefuses(t *testing.T) {
	t.Parallel()
	templates := loaded(t)
	for _, name := range staffNames {
		for _, language := range Languages() {
			d := fullData(t)
			d.Customer.Refuses = []lead.Channel{lead.Phone, lead.Email}
			r, err := templates.Render(name, language, d)
			require.NoError(t, err)
			all := r.Subject + r.Text + r.HTML + r.SMS
			require.NotContains(t, all, "12345678", name)
			require.NotContains(t, all, d.Customer.Email, name)
			if name != StaffPaused {
				require.Contains(t, r.Text, map[string]string{"en": "Wants no: calls, e-mail\n", "nl": "Wil geen: telefoontjes, e-mail\n"}[language])
			}
		}
	}
}

func TestThePauseOfAColleagueShowsNoCustomer(t *testing.T) {
	t.Parallel()
	templates := loaded(t)
	d := fullData(t)
	r, err := templates.Render(StaffPaused, "en", d)
	require.NoError(t, err)
	require.Equal(t, "New leads pause: K. Visser · 3 of 24 conversations (12 %) · norm 20 %", r.Subject)
	for _, part := range []string{r.Subject, r.Text, r.HTML, r.SMS} {
		for _, secret := range []string{"Boer", "12345678", "Captur", d.Lead.URL, "Saturday"} {
			require.NotContains(t, part, secret)
		}
	}
	require.Contains(t, r.Text, "POST "+d.Colleague.URL)
	d.Colleague.Conversations = 0
	_, err = templates.Render(StaffPaused, "en", d)
	require.NoError(t, err)
}
