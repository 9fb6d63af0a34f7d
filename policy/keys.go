package policy

import (
	"github.com/doorbell-ilm/doorbell/lead"
)

// The keys of every section of a policy, in the order in which one is written.
// The parser knows these and no others, and the schema describes each of them.
var (
	policyKeys = []string{
		"name", "timezone", "country", "phases", "calendar", "shifts", "groups", "departments",
		"earning", "follow_ups", "choose", "tracks",
	}
	calendarKeys = []string{"open", "closed", "special"}
	shiftKeys    = []string{"days", "hours", "staff"}
	earningKeys  = []string{"result", "norm", "sample", "window", "judge"}
	followUpKeys = []string{"to", "within", "escalate"}
	ruleKeys     = []string{"when", "track"}
	whenKeys     = []string{
		"party", "source", "channel", "request", "make", "model", "condition", "price",
		"weekday", "shift", "hours", "postcode", "customer", "language",
	}
	priceKeys = []string{"from", "below"}
	trackKeys = []string{
		"clock", "auto_response", "assign", "live_response", "attempts", "contact", "appointment",
		"follow_up", "closing",
	}
	autoResponseKeys = []string{"template"}
	assignKeys       = []string{"to", "match"}
	liveResponseKeys = []string{"due", "remind_before", "escalate"}
	attemptsKeys     = []string{"max", "days", "dayparts", "spacing", "voicemails", "schedule", "overdue"}
	contactKeys      = []string{"at", "send", "template", "task", "stop_on"}
	appointmentKeys  = []string{"remind", "outcome_due", "escalate"}
	decideKeys       = []string{"due", "escalate"}
	closingKeys      = []string{"approve", "value", "sample", "self_reported", "by", "due", "escalate"}
	stepKeys         = []string{"clock", "after", "to", "notify", "reassign", "repeat"}
	repeatKeys       = []string{"every", "times"}
)

// The words that stand where a policy chooses among a few.
var (
	phaseWords     = []lead.Phase{lead.BDC, lead.Showroom}
	partyWords     = []lead.Party{lead.FirstParty, lead.SecondParty, lead.ThirdParty}
	arrivalWords   = []lead.Channel{lead.Web, lead.Phone, lead.Email, lead.Chat, lead.Social, lead.WalkIn}
	requestWords   = []lead.Request{lead.Information, lead.Quote, lead.TestDrive, lead.Appointment, lead.TradeInValue, lead.CallBack}
	conditionWords = []lead.Condition{lead.NewCar, lead.UsedCar}
	customerWords  = []Acquaintance{KnownCustomer, NewCustomer}
	clockWords     = []Clock{OpeningHours, Always}
	matchWords     = []Match{MatchMake, MatchLanguage}
	notifyWords    = []Channel{Email, SMS, Screen}
	sendWords      = []Channel{Email}
	taskWords      = []string{"letter", "video"}
	stopWords      = []StopOn{OnAnswer, OnConversation, OnAppointment}
	approveWords   = []Approve{ByReason, Every, Never}
	resultWords    = []lead.Stage{lead.Appointed, lead.Visit, lead.Won}
)

// The numbers between which a policy may choose; those of attempts beside max
// are at most max.
const (
	maxDayparts = 3
	leastSample = 5 // conversations before anybody is judged
	mostSample  = 1000
	leastNorm   = 1 // per cent
	mostPercent = 100
	firstDate   = 2000 // years of dates in the calendar
	lastDate    = 2199
)

// The longest texts, in bytes.
const (
	maxCodeChars = 64
	maxWordChars = 100
	maxMailChars = 254
)
