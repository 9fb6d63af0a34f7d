package lead_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
)

// excuses are what people write when they do not want to say what happened.
var excuses = []string{
	"other", "others", "overig", "overige", "anders", "divers", "diversen", "misc", "miscellaneous", "rest", "various", "sonstiges", "general", "algemeen",
	"none", "geen", "no reason", "geen reden", "n/a", "not applicable", "n.v.t.", "unknown", "onbekend", "no interest", "geen interesse", "kein interesse",
	"postponed", "uitgesteld", "...", "???", "- - -", "123",
}

// adorned are the same in the clothes in which they come.
var adorned = []string{
	"Other reason", "Reason: other", "overige redenen", "other...", "(Other)", "OTHER!!", "Other / various", "Other, see note", "o.t.h.e.r", "O t h e r", "othe-r", "Oth er",
	"otherreason", "Other 1", "Ｏｔｈｅｒ", "𝐎𝐭𝐡𝐞𝐫", "Othér", "Othe\u0336r", "Sonstige Gründe", "Sonstige Gruende", "Kein Grund", "Andere Ursache", "anders, zie opmerking",
	"Customer has no interest anymore", "Klant heeft geen interesse meer", "Kein Interesse mehr", "Not interested", "Niet geïnteresseerd", "nointerest", "GeenInteresse",
	"No longer interested", "Interesse verloren", "The rest", "Misc. (please specify)", "Not specified", "Maybe later", "Verschoben", "Sale lost", "Lead closed", "Niet van toepassing",
	"No sale", "unknown/other", "Allgemeines", "nicht zutreffend",
	"Geen belangstelling", "Geen interesse op dit moment", "Customer not interested at this time", "Not relevant", "Niet relevant", "Something else", "Iets anders",
	"None of the above", "Geen van bovenstaande", "Without reason", "Ohne Grund", "Weitere Gründe", "Not now", "0ther", "TBD", "Done",
}

func TestCatchAllsAreNoReasons(t *testing.T) {
	t.Parallel()
	for _, label := range append(adorned, excuses...) {
		quoted, err := json.Marshal(label)
		require.NoError(t, err)
		for _, change := range []string{moved(`"label": ` + string(quoted)), `{"code": "test", "label": ` + string(quoted) + `}`} {
			_, faults := lead.Shipped().Change(changesOf(t, "["+change+"]"))
			require.Equal(t, []lead.Fault{{Field: "reasons[0].label", Message: saysNothing}}, faults, label)
		}
	}
	for _, code := range []string{
		"other", "other_reason", "overige_redenen", "misc", "misc_2", "no_interest", "nointerest", "postponed", "not_applicable", "n_v_t", "nvt", "unknown", "x_y_z", "geen_reden", "sonstiges",
	} {
		_, faults := lead.Shipped().Change(changesOf(t, "["+moved(`"code": "`+code+`"`)+"]"))
		require.Equal(t, []lead.Fault{{
			Field: "reasons[0].code", Message: "says nothing about what happened; name what the customer did or said, such as moved_abroad",
		}}, faults, code)
	}
}

// Words of a catch-all may stand in a reason that says something.
func TestRealReasonsAreNoCatchAlls(t *testing.T) {
	t.Parallel()
	for _, label := range []string{
		"Moved abroad", "Chose another brand", "Andere Marke gekauft", "Other dealer was cheaper", "Interest rate too high", "Rente te hoog", "Restwert zu niedrig",
		"No budget", "Geen inruil mogelijk", "Kein Führerschein", "Delivery postponed by the factory", "Lost driving licence", "Lease ends later", "No response to the quote",
		"General dissatisfaction with the brand", "Nothing in his price range", "Verhuisd", "Denotes", "Denote", "Grundy", "Anna", "Überführung zu teuer", "Notary deal fell through", "Αγόρασε αλλού",
	} {
		quoted, err := json.Marshal(label)
		require.NoError(t, err)
		require.Equal(t, label, found(t, adjusted(t, lead.Shipped(), "["+moved(`"label": `+string(quoted))+"]"), "moved_abroad").Label)
	}
	for _, code := range []string{"other_brand", "interest_rate_too_high", "no_budget", "rest_value", "lease_later_2027"} {
		adjusted(t, lead.Shipped(), "["+moved(`"code": "`+code+`"`)+"]")
	}
	for _, r := range lead.Shipped() { // and may be given back their own
		change, err := json.Marshal([]lead.Change{{Code: r.Code, Label: &r.Label}})
		require.NoError(t, err)
		require.Equal(t, lead.Shipped(), adjusted(t, lead.Shipped(), string(change)))
	}
}

// lettersOnly is how the trade would compare two labels by eye.
func lettersOnly(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(s))
}
