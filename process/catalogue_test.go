package process_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// proof is how a lead comes to be closed for a reason: what lacks at first,
// what is done about it, and what became of the lead.
type proof struct {
	begin   func(*testing.T) *life
	missing []lead.Rule // none: nothing but the details is asked for
	prove   func(*life)
	details map[string]string
	waits   bool // for the manager
	stage   lead.Stage
	told    []string // what the customer gets, and the follow-ups
}

// fresh is a lead that nobody has touched.
func fresh(t *testing.T) *life { t.Helper(); return rings(t, standard(t), "2026-11-23 10:00") }

// paid is a fresh lead of a source that costs money.
func paid(change ...func(*life)) func(*testing.T) *life {
	return func(t *testing.T) *life {
		t.Helper()
		l := rings(t, standard(t), "2026-11-23 10:00", change...)
		l.world.PaidSource = true
		return l
	}
}

// handedOver is a lead in the phase of the showroom that nobody has spoken to:
// a quote was sent.
func handedOver(t *testing.T) *life {
	t.Helper()
	l := fresh(t).mailed("quote").advance("1m")
	return l.does("ann", closing("quotation", map[string]string{"amount": "31990.00", "valid_until": "2026-12-23"})).advance("1m")
}

func reached(l *life) { l.advance("10m").attempt(lead.Reached) }

// triedEnough is six calls on four days, in the morning and in the evening.
func triedEnough(l *life) {
	for range 6 {
		l.until(l.due(process.CallAttempt)).advance("30m").attempt(lead.NoAnswer)
	}
}

var everyProof = map[string]proof{
	"test":        {begin: fresh, waits: true, stage: lead.Dropped, told: []string{"tell_provider"}},
	"double":      {begin: paid(), details: map[string]string{"lead_id": otherID}, waits: true, stage: lead.Dropped, told: []string{"link", "refund_claim"}},
	"not_for_bdc": {begin: fresh, details: map[string]string{"department": "parts"}, waits: true, stage: lead.Dropped, told: []string{"hand_over"}},
	"no_phone_number": {
		begin: paid(withoutPhone), missing: []lead.Rule{lead.PhoneAskedFor}, stage: lead.Dropped, told: []string{"refund_claim"},
		prove: func(l *life) { l.mailed("ask-for-phone").advance("24h") },
	},
	"wrong_personal_data": {
		begin: paid(), missing: []lead.Rule{lead.WrongNumberOrBounce}, waits: true, stage: lead.Dropped, told: []string{"refund_claim"},
		prove: func(l *life) { l.attempt(lead.WrongNumber) },
	},
	"not_reached": {
		begin: fresh, missing: []lead.Rule{lead.EnoughAttempts, lead.EnoughDays, lead.EnoughDayparts, lead.MailSent}, waits: true, stage: lead.Lost,
		prove: func(l *life) { triedEnough(l); l.mailed("still-interested") }, told: []string{"tried-to-reach", "try_again"},
	},
	"refused_call": {
		begin: fresh, missing: []lead.Rule{lead.CallRefused}, waits: true, stage: lead.Lost,
		prove: func(l *life) { l.attempt(lead.Refused) },
	},
	"bought_another_car": {
		begin: fresh, missing: []lead.Rule{lead.HadConversation}, prove: reached, waits: true, stage: lead.Lost,
		details: map[string]string{"brand": "own", "dealer": "own", "area": "own"}, told: []string{"after_sales_campaign"},
	},
	"trade_in_value_only": {begin: fresh, missing: []lead.Rule{lead.HadConversation}, prove: reached, waits: true, stage: lead.Lost, told: []string{"buying_department"}},
	"prefers_another_car": {
		begin: fresh, missing: []lead.Rule{lead.HadConversation}, prove: reached, waits: true, stage: lead.Lost,
		details: map[string]string{"make": lead.Kept, "model": lead.Kept, "condition": "used"}, told: []string{"stock_search"},
	},
	"already_in_contact": {begin: fresh, details: map[string]string{"with": lead.Kept}, waits: true, stage: lead.Lost, told: []string{"hand_over", "link"}},
	"visits_on_own_initiative": {
		begin: fresh, missing: []lead.Rule{lead.HadConversation}, prove: reached, waits: true, stage: lead.Lost,
		details: map[string]string{"expected": "unknown"}, told: []string{"soft_reminder", "check_after_date"},
	},
	"no_more_calls": {
		begin: fresh, missing: []lead.Rule{lead.HadConversation}, prove: reached, stage: lead.Lost,
		details: map[string]string{"channels": "phone, sms"}, told: []string{"do_not_contact"},
	},
	"follow_up_required": {
		begin: fresh, missing: []lead.Rule{lead.HadConversation}, prove: reached, stage: lead.Parked,
		details: map[string]string{"on": "2027-03-01", "about": lead.Kept},
	},
	"appointment_showroom": {
		begin: fresh, missing: []lead.Rule{lead.ShowroomConfirmed}, stage: lead.Appointed,
		prove: func(l *life) {
			l.booked(lead.InShowroom, "2026-11-27 14:00")
			require.NotNil(l.t, l.refuses("ann", closing("appointment_showroom", nil)), "not confirmed yet")
			l.does("customer", l.appointment(process.ConfirmIt))
		},
	},
	"appointment_test_drive": {
		begin: fresh, missing: []lead.Rule{lead.TestDriveConfirmed}, stage: lead.Appointed,
		prove: func(l *life) {
			l.booked(lead.DriveTest, "2026-11-27 14:00").does("customer", l.appointment(process.ConfirmIt))
		},
	},
	"quotation": {
		begin: fresh, missing: []lead.Rule{lead.QuoteSent}, stage: lead.Contacting, prove: func(l *life) { l.mailed("quote") },
		details: map[string]string{"amount": "31990", "valid_until": "2026-12-23"}, told: []string{"call_about_quote"},
	},
	"sold": {
		begin: handedOver, missing: []lead.Rule{lead.VisitOrConversation}, prove: reached, stage: lead.Won,
		details: map[string]string{"vehicle": lead.Kept, "order_number": lead.Kept, "amount": "29950.00"}, told: []string{"thank-you-sold", "celebrate"},
	},
	"bought_elsewhere": {
		begin: handedOver, missing: []lead.Rule{lead.ConversationAfterOffer}, prove: reached, waits: true, stage: lead.Lost,
		details: map[string]string{"brand": "own", "dealer": "other", "area": "own"}, told: []string{"after_sales_campaign"},
	},
	"no_show": {
		begin: handedOver, missing: []lead.Rule{lead.DidNotCome, lead.EnoughAttempts, lead.EnoughDays, lead.EnoughDayparts}, waits: true, stage: lead.Lost,
		prove: func(l *life) {
			l.booked(lead.InShowroom, "2026-11-24 14:00").until("2026-11-24 15:00").told(lead.NoShow)
			triedEnough(l)
		}, told: []string{"try_again"},
	},
	"keeps_current_car": {
		begin: handedOver, missing: []lead.Rule{lead.HadConversation}, prove: reached, waits: true, stage: lead.Lost,
		details: map[string]string{"until": "2027-06-30"}, told: []string{"contact_later"},
	},
	"finance_declined": {begin: handedOver, missing: []lead.Rule{lead.HadConversation}, prove: reached, waits: true, stage: lead.Lost, told: []string{"finance_offer"}},
	"no_stock": {
		begin: handedOver, missing: []lead.Rule{lead.HadConversation}, prove: reached, waits: true, stage: lead.Lost,
		details: map[string]string{"make": lead.Kept, "model": lead.Kept}, told: []string{"stock_search"},
	},
}

func TestEveryReasonIsRefusedWithoutItsEvidenceAndAcceptedWithIt(t *testing.T) {
	t.Parallel()
	require.Len(t, everyProof, len(lead.Shipped()))
	for _, reason := range lead.Shipped() {
		t.Run(reason.Code, func(t *testing.T) {
			t.Parallel()
			p, known := everyProof[reason.Code]
			require.True(t, known)
			l := p.begin(t)

			if len(p.details) > 0 {
				without := l.refuses("ann", closing(reason.Code, nil))
				require.Equal(t, process.Invalid, without.Code)
				require.Len(t, without.Faults, len(reason.Details))
			}
			if len(p.missing) > 0 {
				refusal := l.refuses("ann", closing(reason.Code, p.details))
				require.Equal(t, process.ClosingRefused, refusal.Code)
				require.Equal(t, "reason", refusal.Field)
				var rules []lead.Rule
				for _, m := range refusal.Missing {
					rules = append(rules, m.Rule)
				}
				require.Equal(t, p.missing, rules)
				p.prove(l)
			}

			l.forget()
			l.does(l.state.Owner, closing(reason.Code, p.details))
			require.Equal(t, p.waits, l.state.Status == lead.Closing)
			if p.waits {
				require.Equal(t, "proposed", l.last.Closing.State)
				require.Equal(t, "mia: closing-proposed by email, screen", l.heard()[0])
				l.does("mia", decision(true))
				require.Equal(t, "approved", l.last.Closing.State)
				require.Contains(t, l.happened(), "closing_approved")
			} else {
				require.Equal(t, "final", l.last.Closing.State)
			}
			require.Equal(t, p.stage, l.state.Stage)

			var told []string
			for _, m := range l.last.Mails {
				if m.Staff == "" {
					told = append(told, m.Template)
				}
			}
			for _, f := range l.last.FollowUps {
				told = append(told, string(f.Kind))
			}
			require.Equal(t, p.told, told)

			switch reason.Effect {
			case lead.OpensShowroom:
				require.Equal(t, lead.Open, l.state.Status)
				require.Equal(t, lead.Showroom, l.state.Phase)
			case lead.Parks:
				require.Equal(t, lead.Open, l.state.Status)
				require.Equal(t, "2027-03-01 08:30", l.local(l.state.ParkedUntil))
			case lead.EndsLost, lead.EndsDropped, lead.EndsWon:
				require.Equal(t, lead.Closed, l.state.Status)
				require.Equal(t, reason.Code, l.state.CloseReason)
				require.True(t, l.last.Withdraw)
			}
		})
	}
}

func TestARefusalSaysWhatToDo(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.NoAnswer).until("2026-11-23 14:00").attempt(lead.Voicemail)
	r := l.refuses("ann", closing("not_reached", nil))
	require.Equal(t, "not_reached is not proved; the log has attempts 2 of 6, days 1 of 3, mail_sent 0 of 1", r.Message)
	require.Equal(t, lead.Missing{Rule: lead.EnoughAttempts, Need: 6, Have: 2, NextDue: l.at("2026-11-24 10:00")}, r.Missing[0])
}

func TestWhatIsNoReason(t *testing.T) {
	t.Parallel()
	l := fresh(t)
	for _, word := range []string{"", "no interest", "sold"} {
		r := l.refuses("ann", closing(word, nil))
		require.Equal(t, process.UnknownReason, r.Code, word)
		require.Equal(t, lead.Shipped().Codes(lead.BDC), r.Valid)
	}
	require.Equal(t, process.UnknownReason, handedOver(t).refuses("ann", closing("quotation", nil)).Code, "the call centre's part is over")
	require.Equal(t, "details.lead_id", l.refuses("ann", closing("double", map[string]string{"lead_id": leadID})).Field, "not of itself")
}

func TestADoubleThatIsProvedNeedsNoManager(t *testing.T) {
	t.Parallel()
	l := fresh(t)
	l.world.DoubleProved = true
	l.does("ann", closing("double", map[string]string{"lead_id": otherID}))
	require.Equal(t, lead.Closed, l.state.Status)
}

// A dealer without a call centre has one phase, with the showroom's reasons.
func TestOnePhase(t *testing.T) {
	t.Parallel()
	l := rings(t, yardstick(t, "[showroom]"), "2026-11-23 10:00").attempt(lead.Reached)
	require.Equal(t, lead.Showroom, l.state.Phase)
	require.Equal(t, process.UnknownReason, l.refuses("ann", closing("appointment_showroom", nil)).Code)
	l.does("ann", closing("sold", map[string]string{"vehicle": lead.Kept, "order_number": lead.Kept, "amount": "1"}))
	require.Equal(t, lead.Won, l.state.Stage)
}
