package lead

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
