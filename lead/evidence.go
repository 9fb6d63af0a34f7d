package lead

import (
	"cmp"
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

// Rules lists the evidence vocabulary.
var Rules = []Rule{
	EnoughAttempts, EnoughDays, EnoughDayparts, MailSent, HadConversation, CallRefused, WrongNumberOrBounce, NoValidPhone, PhoneAskedFor,
	ShowroomConfirmed, TestDriveConfirmed, QuoteSent, VisitOrConversation, ConversationAfterOffer, DidNotCome,
}

// AskedForPhone is how long a mail asking for a phone number must have been
// out before its absence may close a lead, unless the reason says otherwise.
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

	// What stands on more than somebody's own word: a call that the telephone
	// system recorded, or the customer's own act.
	AttemptsRecorded     int
	ConversationRecorded bool
	CallRefusedRecorded  bool
	WrongNumberRecorded  bool
	ConfirmedByCustomer  bool // the appointment
}

// Missing is one piece of evidence that a closing lacks. Package words says it
// to people.
type Missing struct {
	Rule    Rule      `json:"rule"`
	Need    int       `json:"need"`
	Have    int       `json:"have"`
	NextDue time.Time `json:"next_due,omitzero"` // UTC; when the next attempt is due
	From    time.Time `json:"from,omitzero"`     // UTC; the earliest instant at which time alone will have mended it
	Hours   int       `json:"hours,omitempty"`   // how old a mail must be when the reason asks for another age than AskedForPhone
}

// Shown is one piece of evidence that a reason asks for, and whether the log
// holds it. Of what it holds, Have says how much; a rule that is waived is met
// with less than it needs.
type Shown struct {
	Missing

	Met bool
}

// Shows weighs all of the reason's evidence at now, in the order of the
// catalogue.
func (r Reason) Shows(e Evidence, now time.Time) []Shown {
	out := make([]Shown, len(r.Evidence))
	for i, rule := range r.Evidence {
		prove, known := proofs[rule]
		if !known {
			prove = unprovable
		}
		m, lacking := prove(r.need(rule, e), e, now)
		m.Rule = rule
		out[i] = Shown{Missing: m, Met: !lacking}
	}
	return out
}

// Lacks returns what of the reason's evidence is not in e at now, in the
// order of the catalogue. An empty answer means that the reason is proved.
func (r Reason) Lacks(e Evidence, now time.Time) []Missing {
	var out []Missing
	for _, s := range r.Shows(e, now) {
		if !s.Met {
			out = append(out, s.Missing)
		}
	}
	return out
}

// need returns how much of a rule's evidence is asked for: the reason's own
// number, else the policy's, else Doorbell's.
func (r Reason) need(rule Rule, e Evidence) int {
	usual := 1
	switch rule {
	case EnoughAttempts:
		usual = e.AttemptsNeeded
	case EnoughDays:
		usual = e.DaysNeeded
	case EnoughDayparts:
		usual = e.DaypartsNeeded
	case PhoneAskedFor:
		usual = usualHours
	default:
	}
	return cmp.Or(r.Numbers[rule], usual)
}

const usualHours = int(AskedForPhone / time.Hour)

type proof func(need int, e Evidence, now time.Time) (Missing, bool)

// proofs is the evidence vocabulary as a table: each rule looks at the counted
// log and says what is lacking.
var proofs = map[Rule]proof{
	EnoughAttempts: func(need int, e Evidence, _ time.Time) (Missing, bool) {
		return Missing{Need: need, Have: e.Attempts, NextDue: e.NextDue}, e.Attempts < need
	},
	EnoughDays: func(need int, e Evidence, _ time.Time) (Missing, bool) {
		return Missing{Need: need, Have: e.Days, NextDue: e.NextDue}, e.Days < need
	},
	EnoughDayparts: func(need int, e Evidence, _ time.Time) (Missing, bool) {
		return Missing{Need: need, Have: e.Dayparts, NextDue: e.NextDue}, e.Dayparts < need
	},
	// Nobody can be asked to mail a customer who has no address.
	MailSent: func(need int, e Evidence, _ time.Time) (Missing, bool) {
		return Missing{Need: need, Have: e.MailsSent}, e.EmailKnown && e.MailsSent < need
	},
	HadConversation:     fact(func(e Evidence) bool { return !e.Conversation.IsZero() }),
	CallRefused:         fact(func(e Evidence) bool { return e.CallRefused }),
	WrongNumberOrBounce: fact(func(e Evidence) bool { return e.WrongNumber || e.Bounced }),
	NoValidPhone:        fact(func(e Evidence) bool { return !e.PhoneValid }),
	PhoneAskedFor: func(need int, e Evidence, now time.Time) (Missing, bool) {
		if !e.EmailKnown || e.PhoneAskedAt.IsZero() {
			return Missing{Need: 1}, e.EmailKnown // as with MailSent
		}
		m := Missing{Need: 1, From: e.PhoneAskedAt.Add(time.Duration(need) * time.Hour)}
		if need != usualHours {
			m.Hours = need
		}
		if now.Before(m.From) {
			return m, true
		}
		m.Have = 1
		return m, false
	},
	ShowroomConfirmed:   fact(func(e Evidence) bool { return e.ShowroomFixed }),
	TestDriveConfirmed:  fact(func(e Evidence) bool { return e.TestDriveSet }),
	QuoteSent:           fact(func(e Evidence) bool { return !e.QuoteSentAt.IsZero() }),
	VisitOrConversation: fact(func(e Evidence) bool { return !e.VisitedAt.IsZero() || !e.Conversation.IsZero() }),
	ConversationAfterOffer: fact(func(e Evidence) bool {
		offer := e.QuoteSentAt
		if offer.IsZero() || (!e.VisitedAt.IsZero() && e.VisitedAt.Before(offer)) {
			offer = e.VisitedAt
		}
		return !offer.IsZero() && e.Conversation.After(offer)
	}),
	DidNotCome: fact(func(e Evidence) bool { return !e.DidNotComeAt.IsZero() }),
}

// fact is the proof of what either is in the log or is not.
func fact(had func(Evidence) bool) proof {
	return func(_ int, e Evidence, _ time.Time) (Missing, bool) {
		if had(e) {
			return Missing{Need: 1, Have: 1}, false
		}
		return Missing{Need: 1}, true
	}
}

// unprovable stands for a rule that a dealer's own catalogue has and Doorbell
// does not: a closing that nobody can check must not pass as checked.
func unprovable(int, Evidence, time.Time) (Missing, bool) { return Missing{Need: 1}, true }
