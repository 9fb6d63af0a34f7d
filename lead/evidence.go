package lead

import (
	"cmp"
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

// Missing is one piece of evidence that a closing lacks.
type Missing struct {
	Rule    Rule      `json:"rule"`
	Need    int       `json:"need"`
	Have    int       `json:"have"`
	NextDue time.Time `json:"next_due,omitzero"` // UTC; when the next attempt is due
	From    time.Time `json:"from,omitzero"`     // UTC; the earliest instant at which time alone will have mended it
	Hours   int       `json:"hours,omitempty"`   // how old a mail must be when the reason asks for another age than AskedForPhone
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
		if m, lacking := prove(r.need(rule, e), e, now); lacking {
			m.Rule = rule
			out = append(out, m)
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
		return m, now.Before(m.From)
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
	return func(_ int, e Evidence, _ time.Time) (Missing, bool) { return Missing{Need: 1}, !had(e) }
}

// unprovable stands for a rule that a dealer's own catalogue has and Doorbell
// does not: a closing that nobody can check must not pass as checked.
func unprovable(int, Evidence, time.Time) (Missing, bool) { return Missing{Need: 1}, true }

// SelfReported reports whether everything that proves the reason is somebody's
// own word: attempts and conversations that were typed in, an appointment that
// a colleague confirmed. It is asked of a reason that lacks nothing. A reason
// without evidence claims nothing and is not self-reported.
func (r Reason) SelfReported(e Evidence) bool {
	for _, rule := range r.Evidence {
		if stands, known := recorded[rule]; known && stands(r, e) {
			return false
		}
	}
	return len(r.Evidence) > 0
}

// recorded says for each rule when its evidence stands on more than somebody's
// word: on a call that the telephone system knows, on what a machine sent or
// got back, or on the customer's own act. A mail that was waived because
// there is no address is evidence of nothing. Rules that are not in here, such
// as DidNotCome, are somebody's word always.
var recorded = map[Rule]func(r Reason, e Evidence) bool{
	EnoughAttempts:         enoughRecorded,
	EnoughDays:             enoughRecorded,
	EnoughDayparts:         enoughRecorded,
	MailSent:               func(r Reason, e Evidence) bool { return e.MailsSent >= r.need(MailSent, e) },
	HadConversation:        func(_ Reason, e Evidence) bool { return e.ConversationRecorded },
	CallRefused:            func(_ Reason, e Evidence) bool { return e.CallRefusedRecorded },
	WrongNumberOrBounce:    func(_ Reason, e Evidence) bool { return e.WrongNumberRecorded || e.Bounced },
	NoValidPhone:           func(_ Reason, e Evidence) bool { return !e.PhoneValid },
	PhoneAskedFor:          func(_ Reason, e Evidence) bool { return !e.PhoneAskedAt.IsZero() },
	ShowroomConfirmed:      func(_ Reason, e Evidence) bool { return e.ConfirmedByCustomer },
	TestDriveConfirmed:     func(_ Reason, e Evidence) bool { return e.ConfirmedByCustomer },
	QuoteSent:              func(_ Reason, e Evidence) bool { return !e.QuoteSentAt.IsZero() },
	VisitOrConversation:    func(_ Reason, e Evidence) bool { return e.ConversationRecorded },
	ConversationAfterOffer: func(_ Reason, e Evidence) bool { return e.ConversationRecorded },
}

// enoughRecorded reports whether the recorded attempts alone are as many as
// the reason's attempts, days and dayparts ask for. One number serves the three
// rules: two recorded calls of six do not cover two dayparts of not_reached.
func enoughRecorded(r Reason, e Evidence) bool {
	needed := 1
	for _, rule := range r.Evidence {
		switch rule {
		case EnoughAttempts, EnoughDays, EnoughDayparts:
			needed = max(needed, r.need(rule, e))
		default:
		}
	}
	return e.AttemptsRecorded >= needed
}

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
		if m.Need > 1 {
			return fmt.Sprintf("%d of %d mails to the customer besides the automatic answer; send another", m.Have, m.Need)
		}
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
		return fmt.Sprintf("the mail asking for a phone number is not %s old; close from %s",
			hours(cmp.Or(m.Hours, usualHours)), m.From.In(zone).Format("Mon 2 Jan 15:04"))
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

func hours(n int) string {
	if n == 1 {
		return "an hour"
	}
	return fmt.Sprintf("%d hours", n)
}
