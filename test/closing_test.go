package test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	domain "github.com/doorbell-ilm/doorbell/lead"
)

// reached, booked … are what a salesperson does before he may close.
type steps []func(l lead)

var (
	reached = func(l lead) { l.calls("reached") }
	refused = func(l lead) { l.calls("refused") }
	wrong   = func(l lead) { l.calls("wrong_number") }
	mailed  = func(l lead) {
		l.does(l.owner(), "messages", map[string]any{"subject": "Your Captur", "text": "When may I call you?"})
	}
	quoted = func(l lead) {
		l.does(l.owner(), "messages", map[string]any{"template": "quote", "text": "31,990 euros, on the road."})
	}
	asked = func(l lead) {
		l.does(l.owner(), "messages", map[string]any{"template": "ask-for-phone"})
		l.d.Advance("25h")
	}
	sixCalls = func(l lead) {
		start := l.d.Now()
		for _, after := range []time.Duration{time.Minute, 2 * time.Hour, 26 * time.Hour, 31 * time.Hour, 50 * time.Hour, 55 * time.Hour} {
			l.d.AdvanceTo(start.Add(after))
			l.calls("no_answer")
		}
	}
	showroom  = func(l lead) { l.books("showroom", "2026-12-10 14:00", true) }
	testDrive = func(l lead) { l.books("test_drive", "2026-12-10 14:00", true) }
)

// inShowroom brings a lead into the showroom's part by a test drive.
func inShowroom(more ...func(l lead)) steps {
	return append(steps{reached, func(l lead) {
		id := l.books("test_drive", "2026-11-24 11:00", true)
		answer := l.closes(l.owner(), "appointment_test_drive", nil)
		require.Equal(l.d.t, http.StatusOK, answer.Status, answer.Text)
		require.Equal(l.d.t, "showroom", l.is("phase"))
		l.d.AdvanceTo(l.d.At("2026-11-24 11:50"))
		outcome := "came"
		if len(more) > 0 {
			outcome = "no_show"
		}
		l.does(l.owner(), "appointments/"+id+"/outcome", map[string]any{"outcome": outcome})
	}}, more...)
}

var bought = map[string]any{"brand": "other", "dealer": "other", "area": "own"}

// The catalogue: every reason is refused without its evidence, says what is
// missing, and is taken with it (R9). What needs the manager waits for him
// (R10).
var catalogue = []struct {
	reason  string
	lacks   []string // what a lead of this morning does not have
	proof   steps
	details map[string]any
	waits   bool // for the manager
	enquiry enquiry
	before  steps // to get where the reason may be used at all
}{
	{reason: "test", waits: true},
	{reason: "double", details: map[string]any{"lead_id": "another"}},
	{reason: "no_phone_number", lacks: []string{"no_valid_phone", "phone_asked_for"}, enquiry: enquiry{phone: "none"}, proof: steps{asked}},
	{reason: "not_for_bdc", details: map[string]any{"department": "service"}, waits: true},
	{reason: "wrong_personal_data", lacks: []string{"wrong_number_or_bounce"}, proof: steps{wrong}, waits: true},
	{reason: "not_reached", lacks: []string{"attempts", "days", "dayparts", "mail_sent"}, proof: steps{sixCalls, mailed}, waits: true},
	{reason: "refused_call", lacks: []string{"call_refused"}, proof: steps{refused}, waits: true},
	{reason: "bought_another_car", lacks: []string{"conversation"}, proof: steps{reached}, details: bought, waits: true},
	{reason: "trade_in_value_only", lacks: []string{"conversation"}, proof: steps{reached}, waits: true},
	{
		reason: "prefers_another_car", lacks: []string{"conversation"}, proof: steps{reached}, waits: true,
		details: map[string]any{"make": "Dacia", "model": "Duster", "condition": "used"},
	},
	{reason: "already_in_contact", details: map[string]any{"with": uma}, waits: true},
	{reason: "visits_on_own_initiative", lacks: []string{"conversation"}, proof: steps{reached}, details: map[string]any{"expected": "2026-12-05"}, waits: true},
	{reason: "no_more_calls", lacks: []string{"conversation"}, proof: steps{reached}, details: map[string]any{"channels": []string{"phone"}}},
	{
		reason: "follow_up_required", lacks: []string{"conversation"}, proof: steps{reached},
		details: map[string]any{"on": "2027-03-01", "about": "wants to wait for the new model"},
	},
	{reason: "appointment_showroom", lacks: []string{"appointment_showroom_confirmed"}, proof: steps{reached, showroom}},
	{reason: "appointment_test_drive", lacks: []string{"appointment_test_drive_confirmed"}, proof: steps{reached, testDrive}},
	{reason: "quotation", lacks: []string{"quote_sent"}, proof: steps{quoted}, details: map[string]any{"amount": "31990.00", "valid_until": "2026-12-24"}},
	{reason: "sold", before: inShowroom(), details: map[string]any{"vehicle": "Renault Captur", "order_number": "O-1", "amount": "31990.00"}},
	{reason: "bought_elsewhere", lacks: []string{"conversation_after_visit_or_quote"}, before: inShowroom(), proof: steps{reached}, details: bought, waits: true},
	{reason: "no_show", lacks: []string{"attempts", "days", "dayparts"}, before: inShowroom(func(lead) {}), proof: steps{sixCalls}, waits: true},
	{reason: "keeps_current_car", before: inShowroom(), details: map[string]any{"until": "unknown"}, waits: true},
	{reason: "finance_declined", before: inShowroom(), waits: true},
	{reason: "no_stock", before: inShowroom(), details: map[string]any{"make": "Renault", "model": "5"}, waits: true},
}

func TestTheWholeCatalogueIsShown(t *testing.T) {
	t.Parallel()
	var shown, shipped []string
	for _, c := range catalogue {
		shown = append(shown, c.reason)
	}
	for _, r := range domain.Shipped() {
		shipped = append(shipped, r.Code)
	}
	require.Equal(t, shipped, shown)
}

func TestALeadClosesOnlyWithEvidence(t *testing.T) {
	for _, c := range catalogue {
		t.Run(c.reason, func(t *testing.T) {
			d := opens(t, "2026-11-24 09:00")
			l := d.receives(c.enquiry)
			for _, do := range c.before {
				do(l)
			}
			if c.reason == "double" {
				c.details = map[string]any{"lead_id": d.sameCustomer(l)}
			}
			if len(c.lacks) > 0 {
				answer := l.closes(l.owner(), c.reason, c.details)
				require.Equal(t, http.StatusUnprocessableEntity, answer.Status, answer.Text)
				require.Contains(t, answer.Body["type"], "closing-refused")
				require.Subset(t, c.lacks, missing(answer))
				require.NotEmpty(t, missing(answer))
				require.Equal(t, 1, l.count("closing_refused"), "the refusal is logged")
				require.NotEqual(t, "closed", l.is("status"))
			}
			for _, do := range c.proof {
				do(l)
			}
			answer := l.closes(l.owner(), c.reason, c.details)
			if c.waits {
				require.Equal(t, http.StatusAccepted, answer.Status, answer.Text)
				require.Equal(t, "closing", l.is("status"))
				answer = l.does(manager, "closing/approve", nil)
			}
			require.Equal(t, http.StatusOK, answer.Status, answer.Text)
			switch c.reason {
			case "appointment_showroom", "appointment_test_drive", "quotation":
				require.Equal(t, "showroom", l.is("phase"))
				require.Equal(t, "open", l.is("status"))
			case "follow_up_required":
				require.Equal(t, "parked", l.is("stage"))
			case "sold":
				require.Equal(t, "won", l.is("stage"))
				require.Equal(t, "closed", l.is("status"))
			default:
				require.Equal(t, "closed", l.is("status"))
			}
		})
	}
}

// sameCustomer posts another lead of the same customer and returns its id.
func (d dealer) sameCustomer(l lead) string {
	d.t.Helper()
	customer := l.now()["customer"].(map[string]any)
	return d.receives(enquiry{phone: customer["phone"].(string), email: customer["email"].(string), car: "Dacia Duster"}).id
}

// Details are part of the reason: without them, or with a wrong one, it is
// refused and the field is named.
func TestAReasonAsksForItsDetails(t *testing.T) {
	d := opens(t, "2026-11-24 09:00")
	l := d.receives(enquiry{})
	reached(l)
	answer := l.closes(l.owner(), "bought_another_car", map[string]any{"brand": "sometimes", "dealer": "own"})
	require.Equal(t, http.StatusUnprocessableEntity, answer.Status)
	require.Contains(t, answer.Text, "details.brand")
	require.Contains(t, answer.Text, "details.area")
}

// Words like "no interest" are no reasons.
func TestFreeTextIsNoReason(t *testing.T) {
	d := opens(t, "2026-11-24 09:00")
	l := d.receives(enquiry{})
	for _, word := range []string{"no interest", "other", ".", "postponed", ""} {
		answer := l.closes(l.owner(), word, nil)
		require.Equal(t, http.StatusUnprocessableEntity, answer.Status, word)
	}
	answer := l.closes(l.owner(), "no_interest", nil)
	require.Contains(t, answer.Body["type"], "unknown-reason")
	require.Contains(t, answer.Text, "not_reached", "the valid codes are listed")
}

// R10: the manager refuses, and the lead is back in the process with his words.
func TestTheManagerRefuses(t *testing.T) {
	d := opens(t, "2026-11-24 09:00")
	l := d.receives(enquiry{})
	refused(l)
	require.Equal(t, http.StatusAccepted, l.closes(l.owner(), "refused_call", nil).Status)
	require.Equal(t, http.StatusForbidden, l.tries(l.owner(), "closing/approve", nil).Status, "not by the salesperson")
	l.does(manager, "closing/reject", map[string]any{"note": "He asked for a test drive. Call him again."})
	require.Equal(t, "open", l.is("status"))
	require.NotEmpty(t, l.now()["deadlines"])
	require.Equal(t, 1, d.told(l.owner(), "Call him again."))
	require.Equal(t, http.StatusConflict, l.tries(manager, "closing/approve", nil).Status, "it is decided")
}

// R10: a closing that nobody decides goes to the general manager.
func TestTheManagerDoesNotDecide(t *testing.T) {
	d := opens(t, "2026-11-24 09:00")
	l := d.receives(enquiry{})
	refused(l)
	l.closes(l.owner(), "refused_call", nil)
	mails := len(d.Mails(director))
	d.Advance("3h")
	require.Len(t, d.Mails(director), mails)
	d.Advance("2h")
	require.Greater(t, len(d.Mails(director)), mails)
}

// R11: a lead that is parked wakes on its date, and the calls start again.
func TestALeadSleepsUntilItsDate(t *testing.T) {
	d := opens(t, "2026-11-24 09:00")
	l := d.receives(enquiry{})
	reached(l)
	l.closes(l.owner(), "follow_up_required", map[string]any{"on": "2026-12-07", "about": "back from holiday"})
	d.AdvanceTo(d.At("2026-12-06 23:59"))
	require.Zero(t, l.count("resumed"))
	require.Zero(t, l.count("escalated"))
	d.AdvanceTo(d.At("2026-12-07 08:31"))
	require.Equal(t, 1, l.count("resumed"))
	_, counted := l.tried()
	require.EqualValues(t, 0, counted)
}

// R13: a dealer without a call centre has one phase.
func TestADealerWithoutACallCentre(t *testing.T) {
	d := opensWith(t, dealership.Options{Opens: "2026-11-24 09:00", Policy: onePhase})
	l := d.receives(enquiry{})
	require.Equal(t, "showroom", l.is("phase"))
	reached(l)
	answer := l.closes(l.owner(), "sold", map[string]any{"vehicle": "Captur", "order_number": "O-2", "amount": "30000"})
	require.Equal(t, http.StatusOK, answer.Status, answer.Text)
	require.Equal(t, "won", l.is("stage"))
}

const onePhase = `
name: small dealer
timezone: Europe/Amsterdam
country: NL
phases: [showroom]
calendar: {open: {mon-fri: ["09:00-18:00"]}}
choose: [{track: standard}]
tracks: {standard: {clock: opening_hours}}
`

// A closed lead sends nothing more, and only a manager brings it back.
func TestAClosedLeadIsQuiet(t *testing.T) {
	d := opens(t, "2026-11-24 09:00")
	l := d.receives(enquiry{})
	refused(l)
	l.closes(l.owner(), "refused_call", nil)
	l.does(manager, "closing/approve", nil)
	mails := len(d.Mails(""))
	d.AdvanceTo(d.At("2026-12-24 10:00"))
	require.Len(t, d.Mails(""), mails)
	require.Equal(t, http.StatusConflict, l.tries(sam, "attempts", map[string]any{"channel": "phone", "direction": "out", "outcome": "reached"}).Status)
	require.Equal(t, http.StatusForbidden, l.tries(sam, "reopen", nil).Status)
	l.does(manager, "reopen", map[string]any{"note": "he called back"})
	require.Equal(t, "open", l.is("status"))
	require.NotEmpty(t, l.now()["deadlines"])
	require.Equal(t, 1, l.count("reopened"))
}
