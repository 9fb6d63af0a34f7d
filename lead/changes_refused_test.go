package lead_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
)

// rules is how a fault lists the vocabulary.
const rules = "attempts, days, dayparts, mail_sent, conversation, call_refused, wrong_number_or_bounce, no_valid_phone, phone_asked_for, " +
	"appointment_showroom_confirmed, appointment_test_drive_confirmed, quote_sent, visit_or_conversation, conversation_after_visit_or_quote, no_show"

func stays(code string) string {
	return "of " + code + " stays as it is, so that its figures mean the same every month; leave it out, or retire " + code + " and add a reason of your own"
}

const (
	saysNothing = `says nothing about what happened; write what the customer did or said, such as "Moved abroad"`
	noCode      = "must be 3 to 41 lower case letters, digits and _, beginning with a letter, such as moved_abroad"
	noWords     = "cannot be words: free text in place of a reason teaches nobody; use choice, and the closing's note for the rest"
	noName      = "must be up to 41 lower case letters, digits and _, beginning with a letter"
	noLabel     = "must have 3 to 80 characters"
	noPlain     = "must be plain text on one line; leave control characters and invisible ones out"
	numbersFor  = "is nothing to put a number to; use attempts, days, dayparts, mail_sent, phone_asked_for"
)

func TestWhatADealerCannotChange(t *testing.T) {
	t.Parallel()
	many := func(n int, one string) string { return "[" + strings.TrimSuffix(strings.Repeat(one+",", n), ",") + "]" }
	for _, c := range []struct {
		name, changes string            // the changes without their brackets
		faults        map[string]string // field without "reasons[0]." → message
	}{
		// Codes.
		{"no code", `{"label": "Moved abroad"}`, map[string]string{"code": noCode}},
		{"a code in capitals", moved(`"code": "Moved_abroad"`), map[string]string{"code": noCode}},
		{"a short code", moved(`"code": "ab"`), map[string]string{"code": noCode}},
		{"a long code", moved(`"code": "` + strings.Repeat("ab", 21) + `"`), map[string]string{"code": noCode}},
		{"a code that begins with a digit", moved(`"code": "2nd_car"`), map[string]string{"code": noCode}},
		{"an address for a code", moved(`"code": "sam@demo.example"`), map[string]string{"code": noCode}},
		{"a code with a line after it", moved(`"code": "moved_abroad\n"`), map[string]string{"code": noCode}},
		{"two changes of one", `{"code": "test"}, {"code": "test"}`, map[string]string{"reasons[1].code": "stands in reasons[0] already; make one change of both"}},

		// What a shipped reason is.
		{
			"its meaning", `{"code": "quotation", "group": "Showroom", "outcome": "missed", "effect": "won", "phase": ""}`,
			map[string]string{"group": stays("quotation"), "outcome": stays("quotation"), "effect": stays("quotation"), "phase": stays("quotation")},
		},
		{"its only phase", `{"code": "not_reached", "phase": "bdc"}`, map[string]string{"phase": stays("not_reached")}},
		{
			"its evidence", `{"code": "not_reached", "evidence": ["mail_sent"]}`,
			map[string]string{"evidence": "of not_reached stays as it is; leave it out, and change numbers, or retire not_reached and add a reason of your own"},
		},
		{
			"its evidence to none", `{"code": "not_reached", "evidence": []}`,
			map[string]string{"evidence": "of not_reached stays as it is; leave it out, and change numbers, or retire not_reached and add a reason of your own"},
		},

		// What a reason of one's own needs.
		{"a code alone", `{"code": "moved_abroad"}`, map[string]string{
			"group":    "is needed for a reason of your own: one of Drop pollution, Drop not achieved, Drop not reached, No interest, Sale conversion, Showroom",
			"outcome":  "is needed for a reason of your own: one of missed, rejected, successful",
			"effect":   "is needed for a reason of your own: one of lost, dropped, won, showroom, parked",
			"evidence": "is needed for a reason of your own: one or more of " + rules,
			"label":    "is needed for a reason of your own: what people choose, in 3 to 80 characters",
		}},
		{"what nobody knows", moved(`"group": "Mine", "outcome": "ok", "effect": "gone", "phase": "after_sales", "approve": "maybe"`), map[string]string{
			"group":   "must be one of Drop pollution, Drop not achieved, Drop not reached, No interest, Sale conversion, Showroom",
			"outcome": "must be one of missed, rejected, successful",
			"effect":  "must be one of lost, dropped, won, showroom, parked",
			"phase":   "must be one of bdc, showroom",
			"approve": "must be yes or no",
		}},
		{"a lost success", moved(`"outcome": "successful"`), map[string]string{"outcome": "must be missed or rejected for a reason with effect lost"}},
		{"a missed sale", moved(`"effect": "won"`), map[string]string{"outcome": "must be successful for a reason with effect won"}},
		{
			"a showroom that opens the showroom", moved(`"effect": "showroom", "outcome": "successful"`),
			map[string]string{"phase": "must be bdc for a reason with effect showroom: it ends the call centre's part"},
		},
		{
			"parking without a date", moved(`"effect": "parked", "outcome": "successful"`),
			map[string]string{"details": "must hold on, of kind date and not optional: its effect parked reads it"},
		},
		{
			"parking until nobody knows when", moved(`"effect": "parked", "outcome": "successful", "details": [{"name": "on", "kind": "date_or_unknown"}]`),
			map[string]string{"details": "must hold on, of kind date and not optional: its effect parked reads it"},
		},
		{
			"parking with a date for who likes", moved(`"effect": "parked", "outcome": "successful", "details": [{"name": "on", "kind": "date", "optional": true}]`),
			map[string]string{"details": "must hold on, of kind date and not optional: its effect parked reads it"},
		},
		{
			"a look-up of what cannot be looked up", moved(`"approve": "unless_proved"`),
			map[string]string{"approve": "must be yes or no; only a double can be looked up instead"},
		},

		// Evidence.
		{"no evidence", moved(`"evidence": []`), map[string]string{"evidence": "is needed for a reason of your own: one or more of " + rules}},
		{"a feeling", moved(`"evidence": ["conversation", "gut_feeling"]`), map[string]string{"evidence[1]": "is nothing that Doorbell can check; use " + rules}},
		{"the same twice", moved(`"evidence": ["no_show", "no_show"]`), map[string]string{"evidence[1]": "stands there twice; leave it out"}},
		{
			"more than there is", moved(`"evidence": ` + many(16, `"no_show"`)),
			map[string]string{"evidence": "names more than the 15 rules that there are; name each once"},
		},
		{
			"what is waived for a customer without an address", moved(`"evidence": ["mail_sent", "phone_asked_for"]`),
			map[string]string{"evidence": "would be waived for a customer without an e-mail address; name another rule beside mail_sent, phone_asked_for"},
		},

		// Labels.
		{"a short label", moved(`"label": "AB"`), map[string]string{"label": noLabel}},
		{"a label of blanks", moved(`"label": "  AB  "`), map[string]string{"label": noLabel}},
		{"an empty label", `{"code": "test", "label": ""}`, map[string]string{"label": noLabel}},
		{"a long label", moved(`"label": "` + strings.Repeat("é", 81) + `"`), map[string]string{"label": noLabel}},
		{"a label with a NUL", moved(`"label": "Moved\u0000 abroad"`), map[string]string{"label": noPlain}},
		{"a label of two lines", moved(`"label": "Moved\nabroad"`), map[string]string{"label": noPlain}},
		{"a label with an invisible letter", moved(`"label": "Ot\u200bher"`), map[string]string{"label": noPlain}},
		{"a label with a foreign letter", moved(`"label": "\u041ethers"`), map[string]string{"label": "mixes letters of two alphabets that look alike; write it in one"}},
		{"the label of another", moved(`"label": "sold"`), map[string]string{"label": "is the label of sold too; choose another"}},
		{"the label of another, adorned", `{"code": "test", "label": "SÓLD"}`, map[string]string{"label": "is the label of sold too; choose another"}},
		{
			"one label for two", moved() + ", " + moved(`"code": "emigrated", "label": "MOVED abroad"`),
			map[string]string{"label": "is the label of emigrated too; choose another", "reasons[1].label": "is the label of moved_abroad too; choose another"},
		},

		// Numbers.
		{"a number too low", `{"code": "not_reached", "numbers": {"attempts": 0, "days": -1}}`, map[string]string{
			"numbers.attempts": "must be 1 to 30 call attempts", "numbers.days": "must be 1 to 30 different days",
		}},
		{"a number too high", `{"code": "not_reached", "numbers": {"attempts": 31, "dayparts": 4, "mail_sent": 11}}`, map[string]string{
			"numbers.attempts": "must be 1 to 30 call attempts", "numbers.dayparts": "must be 1 to 3 different parts of the day", "numbers.mail_sent": "must be 1 to 10 mails",
		}},
		{"too many hours", `{"code": "no_phone_number", "numbers": {"phone_asked_for": 337}}`, map[string]string{"numbers.phone_asked_for": "must be 1 to 336 hours"}},
		{"more days than attempts", `{"code": "not_reached", "numbers": {"attempts": 2, "days": 3, "dayparts": 3}}`, map[string]string{
			"numbers.days":     "is more than the 2 attempts; ask for fewer, or for more attempts",
			"numbers.dayparts": "is more than the 2 attempts; ask for fewer, or for more attempts",
		}},
		{"a number for what is not asked", `{"code": "not_reached", "numbers": {"phone_asked_for": 48}}`, map[string]string{"numbers.phone_asked_for": "is not among the evidence of not_reached; leave it out"}},
		{"a number for what has none", moved(`"numbers": {"conversation": 2}`), map[string]string{"numbers.conversation": numbersFor}},
		{"a number for somebody", moved(`"numbers": {"sam@demo.example": 2}`), map[string]string{"numbers": numbersFor}},
		{
			"many numbers", moved(`"numbers": {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1}`),
			map[string]string{"numbers": "are more than there can be; use attempts, days, dayparts, mail_sent, phone_asked_for"},
		},

		// Details.
		{"free text", moved(`"details": [{"name": "reason", "kind": "words"}]`), map[string]string{"details[0].kind": noWords}},
		{"free text in a shipped reason", `{"code": "test", "details": [{"name": "make", "kind": "words"}]}`, map[string]string{"details[0].kind": noWords}},
		{"a shipped choice as free text", `{"code": "prefers_another_car", "details": [{"name": "condition", "kind": "words"}]}`, map[string]string{"details[0].kind": noWords}},
		{"a detail without a name", moved(`"details": [{"kind": "date"}]`), map[string]string{"details[0].name": noName + ", such as brand"}},
		{"two details of one name", moved(`"details": [{"name": "on", "kind": "date"}, {"name": "on", "kind": "amount"}]`), map[string]string{"details[1].name": "is the name of another detail; choose another"}},
		{
			"a detail of a kind of its own", moved(`"details": [{"name": "on", "kind": "time"}]`),
			map[string]string{"details[0].kind": "must be one of choice, words, date, date_or_unknown, amount, lead_id, staff_or_lead, channels"},
		},
		{
			"a choice of one", moved(`"details": [{"name": "why", "kind": "choice", "options": ["price"]}]`),
			map[string]string{"details[0].options": "must be 2 to 30 codes to choose from, such as own, other"},
		},
		{
			"a choice of very many", moved(`"details": [{"name": "why", "kind": "choice", "options": ` + many(31, `"price"`) + `}]`),
			map[string]string{"details[0].options": "must be 2 to 30 codes to choose from, such as own, other"},
		},
		{
			"options in words", moved(`"details": [{"name": "why", "kind": "choice", "options": ["too dear", "price", "price"]}]`),
			map[string]string{"details[0].options[0]": noName, "details[0].options[2]": "stands there twice; leave it out"},
		},
		{
			"a choice of nothing", moved(`"details": [{"name": "why", "kind": "choice", "options": ["other", "unknown", "no_reason"]}]`),
			map[string]string{"details[0].options": "say nothing, each of them; name what there is to choose from beside other"},
		},
		{
			"options of a date", moved(`"details": [{"name": "back", "kind": "date", "options": ["monday", "tuesday"]}]`),
			map[string]string{"details[0].options": "belong to a choice; leave them out"},
		},
		{"many details", moved(`"details": ` + many(11, `{"name": "on", "kind": "date"}`)), map[string]string{"details": "are more than 10; nobody fills them in"}},

		// Follow-ups.
		{
			"a follow-up of another kind", moved(`"follow_ups": [{"kind": "sing", "days": -1, "months": 121}]`),
			map[string]string{
				"follow_ups[0].kind": "must be one of tell_provider, refund_claim, hand_over, try_again, after_sales_campaign, contact_later, buying_department, stock_search, " +
					"soft_reminder, do_not_contact, call_about_quote, celebrate, finance_offer, link, check_after_date, letter, video",
				"follow_ups[0].days": "must be 0 to 3650", "follow_ups[0].months": "must be 0 to 120",
			},
		},
		{
			"days without an end", moved(`"follow_ups": [{"kind": "try_again", "days": 3651, "months": -1}]`),
			map[string]string{"follow_ups[0].days": "must be 0 to 3650", "follow_ups[0].months": "must be 0 to 120"},
		},
		{
			"a follow-up twice", moved(`"follow_ups": [{"kind": "try_again", "days": 3}, {"kind": "try_again", "days": 3, "paid_source": true}, {"kind": "try_again", "days": 3, "if": {}}]`),
			map[string]string{"follow_ups[2]": "stands there twice; leave it out"},
		},
		{"many follow-ups", moved(`"follow_ups": ` + many(11, `{"kind": "try_again"}`)), map[string]string{"follow_ups": "are more than 10; nobody does them"}},
		{
			"many conditions", moved(`"follow_ups": [{"kind": "try_again", "if": {"a":"","b":"","c":"","d":"","e":"","f":"","g":"","h":"","i":"","j":"","k":""}}]`),
			map[string]string{"follow_ups[0].if": "holds more conditions than a reason has details"},
		},

		// What refers to what.
		{
			"a date from nowhere", moved(`"details": [{"name": "price", "kind": "amount"}], "follow_ups": [{"kind": "try_again", "date_from": "price"}, {"kind": "try_again", "date_from": "back"}]`),
			map[string]string{
				"follow_ups[0].date_from": "must name a detail that is a date or a date_or_unknown",
				"follow_ups[1].date_from": "must name a detail that is a date or a date_or_unknown",
			},
		},
		{
			"a date that is gone", `{"code": "visits_on_own_initiative", "details": []}`,
			map[string]string{"details": "do not fit follow_ups[1].date_from anymore, which must name a detail that is a date or a date_or_unknown; keep it, or change follow_ups as well"},
		},
		{
			"a condition on what is not asked", moved(`"details": [{"name": "back", "kind": "date"}], "follow_ups": [{"kind": "try_again", "if": {"back": "unknown", "where": "europe", "a b": "c"}}]`),
			map[string]string{
				"follow_ups[0].if": "must name a detail that is a choice", "follow_ups[0].if.back": "must name a detail that is a choice", "follow_ups[0].if.where": "must name a detail that is a choice",
			},
		},
		{
			"a condition on a date", `{"code": "keeps_current_car", "follow_ups": [{"kind": "contact_later", "if": {"until": "2027-01-01"}}]}`,
			map[string]string{"follow_ups[0].if.until": "must name a detail that is a choice"},
		},
		{
			"a condition that cannot be chosen", moved(`"details": [{"name": "where", "kind": "choice", "options": ["europe", "asia"]}], "follow_ups": [{"kind": "try_again", "if": {"where": "mars"}}]`),
			map[string]string{"follow_ups[0].if.where": "must be one of europe, asia"},
		},
		{
			"an option that is gone", `{"code": "bought_elsewhere", "details": [{"name": "brand", "kind": "choice", "options": ["own", "other"]}, {"name": "dealer", "kind": "choice", "options": ["own", "friend"]}, {"name": "area", "kind": "choice", "options": ["own", "other"]}]}`,
			map[string]string{"details": "do not fit follow_ups[0].if.dealer anymore, which must be one of own, friend; keep it, or change follow_ups as well"},
		},
		{
			"do not contact, by which channel", moved(`"details": [{"name": "channels", "kind": "choice", "options": ["phone", "email"]}], "follow_ups": [{"kind": "do_not_contact"}]`),
			map[string]string{"details": "must hold channels, of kind channels and not optional: follow_ups[0] reads it"},
		},
		{
			"a link to nothing", moved(`"follow_ups": [{"kind": "link"}]`),
			map[string]string{"follow_ups[0]": "must have a lead_id or a staff_or_lead among the details to link with"},
		},

		// What Doorbell reads.
		{"a double of nothing", `{"code": "double", "details": [], "follow_ups": []}`, map[string]string{"details": "must hold lead_id, of kind lead_id and not optional: Doorbell reads it"}},
		{
			"a double for who likes", `{"code": "double", "details": [{"name": "lead_id", "kind": "lead_id", "optional": true}]}`,
			map[string]string{"details": "must hold lead_id, of kind lead_id and not optional: Doorbell reads it"},
		},
		{
			"contact with nobody", `{"code": "already_in_contact", "follow_ups": [], "details": [{"name": "with", "kind": "lead_id"}]}`,
			map[string]string{"details": "must hold with, of kind staff_or_lead and not optional: Doorbell reads it"},
		},
		{"for no department", `{"code": "not_for_bdc", "details": []}`, map[string]string{"details": "must hold department, of kind choice and not optional: Doorbell reads it"}},
		{"no date to wake on", `{"code": "follow_up_required", "details": []}`, map[string]string{"details": "must hold on, of kind date and not optional: its effect parked reads it"}},
		{
			"no more calls, but", `{"code": "no_more_calls", "follow_ups": [{"kind": "do_not_contact", "paid_source": true}]}`,
			map[string]string{"follow_ups": "of no_more_calls must hold do_not_contact without conditions: the customer asked for it"},
		},
		{
			"no more calls by no channel", `{"code": "no_more_calls", "follow_ups": [], "details": [{"name": "how", "kind": "channels"}]}`,
			map[string]string{"details": "must hold channels, of kind channels and not optional: Doorbell reads it", "follow_ups": "of no_more_calls must hold do_not_contact without conditions: the customer asked for it"},
		},
		{
			"no more calls from some",
			`{"code": "no_more_calls", "details": [{"name": "channels", "kind": "channels"}, {"name": "who", "kind": "choice", "options": ["he", "wife"]}], "follow_ups": [{"kind": "do_not_contact", "if": {"who": "he"}}]}`,
			map[string]string{"follow_ups": "of no_more_calls must hold do_not_contact without conditions: the customer asked for it"},
		},

		// Mails.
		{"a mail in words", `{"code": "test", "mail": "Dear Mr Jansen"}`, map[string]string{"mail": "must be the name of a template, such as tried-to-reach, or empty for none"}},
		{"a mail for who sleeps", `{"code": "follow_up_required", "mail": "tried-to-reach"}`, map[string]string{"mail": "is sent when a lead ends, and with follow_up_required it goes on; leave it out"}},
		{"a mail for who comes", `{"code": "quotation", "mail": "tried-to-reach"}`, map[string]string{"mail": "is sent when a lead ends, and with quotation it goes on; leave it out"}},

		// The whole.
		{"no sale", `{"code": "sold", "retired": true}`, map[string]string{"reasons": "leaves the phase showroom without a successful reason that ends it; keep one of sold"}},
		{
			"no showroom", `{"code": "appointment_showroom", "retired": true}, {"code": "appointment_test_drive", "retired": true}, {"code": "quotation", "retired": true}`,
			map[string]string{"reasons": "leaves the phase bdc without a successful reason that ends it; keep one of appointment_showroom, appointment_test_drive, quotation"},
		},
		{"many at once", strings.TrimSuffix(strings.Repeat("{},", 201), ","), map[string]string{"reasons": "holds 201 changes; send at most 200 at once"}},
		{"many of one's own", ownReasons(101), map[string]string{"reasons": "makes 101 reasons of your own, retired ones included; 100 is the most: change one that you have"}},
		{
			"every fault at once", `{"code": "test", "label": "Other", "approve": "maybe"}, ` + moved(`"evidence": []`),
			map[string]string{"label": saysNothing, "approve": "must be yes or no", "reasons[1].evidence": "is needed for a reason of your own: one or more of " + rules},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out, faults := lead.Shipped().Change(changesOf(t, "["+c.changes+"]"))
			require.Nil(t, out)
			got := map[string]string{}
			for _, f := range faults {
				got[strings.TrimPrefix(f.Field, "reasons[0].")] = f.Message
				require.NotContains(t, f.Field+f.Message, "@")
			}
			require.Equal(t, c.faults, got)
			require.Len(t, faults, len(got), "each field has one fault")
		})
	}
}

func ownReasons(n int) string {
	letters := "abcdefghijklmnopqrstuvwxyz"
	all := make([]string, n)
	for i := range all {
		name := fmt.Sprintf("xy%c%c", letters[i/26], letters[i%26])
		all[i] = moved(`"code": "`+name+`"`, `"label": "`+name+`"`)
	}
	return strings.Join(all, ", ")
}

func TestAHundredReasonsOfOnesOwnAreTaken(t *testing.T) {
	t.Parallel()
	require.Len(t, adjusted(t, lead.Shipped(), "["+ownReasons(100)+"]"), len(lead.Shipped())+100)
}

// Where nothing in the log proves a reason, somebody has to look: else it would
// be "other" under another name.
func TestAReasonWithoutEvidenceIsAlwaysApproved(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"test", "not_for_bdc", "already_in_contact", "double"} {
		_, faults := lead.Shipped().Change(changesOf(t, `[{"code": "`+code+`", "approve": "no"}]`))
		require.Equal(t, "reasons[0].approve", faults[0].Field, code)
	}
	_, faults := lead.Shipped().Change(changesOf(t, `[{"code": "refused_call", "approve": "no"}]`))
	require.Empty(t, faults)
}
