package lead

import (
	"fmt"
	"time"
)

// Rule names one piece of evidence that the log must hold before a reason is
// accepted (R9). The same word stands in API answers as missing[].rule.
type Rule string

// The evidence vocabulary.
const (
	EnoughAttempts         Rule = "attempts"
	EnoughDays             Rule = "days"
	EnoughDayparts         Rule = "dayparts"
	MailSent               Rule = "mail_sent"
	HadConversation        Rule = "conversation"
	CallRefused            Rule = "call_refused"
	WrongNumberOrBounce    Rule = "wrong_number_or_bounce"
	NoValidPhone           Rule = "no_valid_phone"
	PhoneAskedFor          Rule = "phone_asked_for"
	ShowroomConfirmed      Rule = "appointment_showroom_confirmed"
	TestDriveConfirmed     Rule = "appointment_test_drive_confirmed"
	QuoteSent              Rule = "quote_sent"
	VisitOrConversation    Rule = "visit_or_conversation"
	ConversationAfterOffer Rule = "conversation_after_visit_or_quote"
	DidNotCome             Rule = "no_show"
)

// AskedForPhone is how long a mail asking for a phone number must have been
// out before its absence may close a lead.
const AskedForPhone = 24 * time.Hour

// Evidence is what the log of one lead holds, counted. Instants are UTC; a
// zero instant means that it has not happened.
type Evidence struct {
	Attempts, AttemptsNeeded int // counted call attempts since the attempts (re)started
	Days, DaysNeeded         int // different local days of those
	Dayparts, DaypartsNeeded int
	NextDue                  time.Time // when the next attempt is due

	Conversation time.Time // the latest
	CallRefused  bool
	WrongNumber  bool
	Bounced      bool

	PhoneValid    bool
	EmailKnown    bool      // the customer can and may be mailed
	PhoneAskedAt  time.Time // the first mail that asked for a number
	MailsSent     int       // accepted by the provider, the auto-response not counted
	QuoteSentAt   time.Time // the first
	VisitedAt     time.Time // the first
	DidNotComeAt  time.Time
	ShowroomFixed bool // a showroom appointment that the customer confirmed
	TestDriveSet  bool // a test drive that the customer confirmed
}

// Missing is one piece of evidence that a closing lacks.
type Missing struct {
	Rule    Rule      `json:"rule"`
	Need    int       `json:"need"`
	Have    int       `json:"have"`
	NextDue time.Time `json:"next_due,omitzero"` // UTC; when the next attempt is due
	From    time.Time `json:"from,omitzero"`     // UTC; the earliest instant at which time alone will have mended it
}

// Lacks returns what of the reason's evidence is not in e at now, in the
// order of the catalogue. An empty answer means that the reason is proved.
func (r Reason) Lacks(e Evidence, now time.Time) []Missing {
	var out []Missing
	for _, rule := range r.Evidence {
		prove, known := proofs[rule]
		if !known {
			prove = unprovable
		}
		if m, lacking := prove(e, now); lacking {
			m.Rule = rule
			out = append(out, m)
		}
	}
	return out
}

type proof func(e Evidence, now time.Time) (Missing, bool)

// proofs is the evidence vocabulary as a table: each rule looks at the counted
// log and says what is lacking.
var proofs = map[Rule]proof{
	EnoughAttempts: func(e Evidence, _ time.Time) (Missing, bool) {
		return Missing{Need: e.AttemptsNeeded, Have: e.Attempts, NextDue: e.NextDue}, e.Attempts < e.AttemptsNeeded
	},
	EnoughDays: func(e Evidence, _ time.Time) (Missing, bool) {
		return Missing{Need: e.DaysNeeded, Have: e.Days, NextDue: e.NextDue}, e.Days < e.DaysNeeded
	},
	EnoughDayparts: func(e Evidence, _ time.Time) (Missing, bool) {
		return Missing{Need: e.DaypartsNeeded, Have: e.Dayparts, NextDue: e.NextDue}, e.Dayparts < e.DaypartsNeeded
	},
	// Nobody can be asked to mail a customer who has no address.
	MailSent: func(e Evidence, _ time.Time) (Missing, bool) {
		return once(e.MailsSent > 0 || !e.EmailKnown)
	},
	HadConversation:     func(e Evidence, _ time.Time) (Missing, bool) { return once(!e.Conversation.IsZero()) },
	CallRefused:         func(e Evidence, _ time.Time) (Missing, bool) { return once(e.CallRefused) },
	WrongNumberOrBounce: func(e Evidence, _ time.Time) (Missing, bool) { return once(e.WrongNumber || e.Bounced) },
	NoValidPhone:        func(e Evidence, _ time.Time) (Missing, bool) { return once(!e.PhoneValid) },
	PhoneAskedFor: func(e Evidence, now time.Time) (Missing, bool) {
		if !e.EmailKnown || e.PhoneAskedAt.IsZero() {
			return once(!e.EmailKnown) // as with MailSent
		}
		from := e.PhoneAskedAt.Add(AskedForPhone)
		return Missing{Need: 1, From: from}, now.Before(from)
	},
	ShowroomConfirmed:  func(e Evidence, _ time.Time) (Missing, bool) { return once(e.ShowroomFixed) },
	TestDriveConfirmed: func(e Evidence, _ time.Time) (Missing, bool) { return once(e.TestDriveSet) },
	QuoteSent:          func(e Evidence, _ time.Time) (Missing, bool) { return once(!e.QuoteSentAt.IsZero()) },
	VisitOrConversation: func(e Evidence, _ time.Time) (Missing, bool) {
		return once(!e.VisitedAt.IsZero() || !e.Conversation.IsZero())
	},
	ConversationAfterOffer: func(e Evidence, _ time.Time) (Missing, bool) {
		offer := e.QuoteSentAt
		if offer.IsZero() || (!e.VisitedAt.IsZero() && e.VisitedAt.Before(offer)) {
			offer = e.VisitedAt
		}
		return once(!offer.IsZero() && e.Conversation.After(offer))
	},
	DidNotCome: func(e Evidence, _ time.Time) (Missing, bool) { return once(!e.DidNotComeAt.IsZero()) },
}

// unprovable stands for a rule that a dealer's own catalogue has and Doorbell
// does not: a closing that nobody can check must not pass as checked.
func unprovable(Evidence, time.Time) (Missing, bool) { return once(false) }

func once(have bool) (Missing, bool) { return Missing{Need: 1}, !have }

// Message says in words what is lacking and what to do about it; instants are
// written in zone.
func (m Missing) Message(zone *time.Location) string {
	next := ""
	if !m.NextDue.IsZero() {
		next = "; the next is due " + m.NextDue.In(zone).Format("Mon 2 Jan 15:04")
	}
	switch m.Rule {
	case EnoughAttempts:
		return fmt.Sprintf("%d of %d call attempts%s", m.Have, m.Need, next)
	case EnoughDays:
		return fmt.Sprintf("call attempts on %d of %d different days%s", m.Have, m.Need, next)
	case EnoughDayparts:
		return fmt.Sprintf("call attempts in %d of %d different parts of the day%s", m.Have, m.Need, next)
	case MailSent:
		return "no mail to the customer besides the automatic answer; send one"
	case HadConversation:
		return "no conversation is logged; log the attempt that reached the customer"
	case CallRefused:
		return "no attempt with outcome refused is logged"
	case WrongNumberOrBounce:
		return "no attempt with outcome wrong_number and no bounced mail is logged"
	case NoValidPhone:
		return "the lead has a valid phone number; call it"
	case PhoneAskedFor:
		if m.From.IsZero() {
			return "no mail asking for a phone number was sent; send the template ask-for-phone"
		}
		return "the mail asking for a phone number is not 24 hours old; close from " + m.From.In(zone).Format("Mon 2 Jan 15:04")
	case ShowroomConfirmed:
		return "no confirmed showroom appointment; set one and have it confirmed"
	case TestDriveConfirmed:
		return "no confirmed test drive; set one and have it confirmed"
	case QuoteSent:
		return "no quote was sent; send the template quote"
	case VisitOrConversation:
		return "neither a visit nor a conversation is logged"
	case ConversationAfterOffer:
		return "no conversation after the visit or the quote is logged"
	case DidNotCome:
		return "no appointment with outcome no_show is logged"
	}
	return string(m.Rule)
}
