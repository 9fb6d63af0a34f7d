package lead

// What a catalogue is written in, in the order in which it is shown. Rules is
// the vocabulary of evidence.
var (
	Groups    = []Group{DropPollution, DropNotAchieved, DropNotReached, NoInterest, SaleConversion, ShowroomResult}
	Results   = []Result{Missed, Rejected, Successful}
	Effects   = []Effect{EndsLost, EndsDropped, EndsWon, OpensShowroom, Parks}
	Phases    = []Phase{BDC, Showroom}
	Approvals = []Approval{NoApproval, NeedsApproval, UnlessProved}

	DetailKinds   = []DetailKind{Choice, Words, Date, DateOrUnknown, Amount, LeadID, StaffOrLead, Channels}
	FollowUpKinds = []FollowUpKind{
		TellProvider, RefundClaim, HandOver, TryAgain, AfterSales, ContactLater, BuyingDepartment, StockSearch, SoftReminder, DoNotContact,
		CallAboutQuote, Celebrate, FinanceOffer, LinkLeads, CheckAfterTheDate, SendLetter, SendVideo,
	}
)

// resultsOf says how a closing with that effect may count: a lost lead that
// counted as a success would make every figure worthless.
var resultsOf = map[Effect][]Result{
	EndsLost:      {Missed, Rejected},
	EndsDropped:   {Missed, Rejected},
	EndsWon:       {Successful},
	OpensShowroom: {Successful},
	Parks:         {Successful},
}

// waived holds the rules that pass by themselves for a customer who cannot be
// mailed. Alone they would let a lead close with nothing in its log.
var waived = []Rule{MailSent, PhoneAskedFor}

// span is what a number of a reason may be, both ends included.
type span struct {
	from, to int
	unit     string
}

// numbered lists the rules that a reason can put a number to; numbers says which.
var numbered = []Rule{EnoughAttempts, EnoughDays, EnoughDayparts, MailSent, PhoneAskedFor}

var numbers = map[Rule]span{
	EnoughAttempts: {1, 30, "call attempts"},
	EnoughDays:     {1, 30, "different days"},
	EnoughDayparts: {1, 3, "different parts of the day"},
	MailSent:       {1, 10, "mails"},
	PhoneAskedFor:  {1, 336, "hours"},
}
