package lead

import "slices"

// Group is the heading under which a reason stands in the catalogue.
type Group string

// The groups of the trade's catalogue.
const (
	DropPollution   Group = "Drop pollution"
	DropNotAchieved Group = "Drop not achieved"
	DropNotReached  Group = "Drop not reached"
	NoInterest      Group = "No interest"
	SaleConversion  Group = "Sale conversion"
	ShowroomResult  Group = "Showroom"
)

// Result says how the trade counts a closing.
type Result string

// The results.
const (
	Missed     Result = "missed"
	Rejected   Result = "rejected"
	Successful Result = "successful"
)

// Effect is what an accepted closing does to the lead.
type Effect string

// The effects.
const (
	EndsLost      Effect = "lost"     // closed, the customer did not buy
	EndsDropped   Effect = "dropped"  // closed, it was no lead to work
	EndsWon       Effect = "won"      // closed, sold
	OpensShowroom Effect = "showroom" // the call centre's part ends, the showroom's begins
	Parks         Effect = "parked"   // sleeps until details.on, then the attempts start again
)

// Approval says when a closing waits for a manager under the policy's by_reason.
type Approval string

// The approvals. UnlessProved lets a closing through when its evidence was
// found to match and asks the manager when it was not.
const (
	NoApproval    Approval = "no"
	NeedsApproval Approval = "yes"
	UnlessProved  Approval = "unless_proved"
)

// DetailKind says how a detail of a closing is written.
type DetailKind string

// The kinds of detail. Only choices, dates, amounts and ids may travel
// through Temporal; words stay in Postgres.
const (
	Choice        DetailKind = "choice"          // one of Options
	Words         DetailKind = "words"           // free text
	Date          DetailKind = "date"            // CCYY-MM-DD
	DateOrUnknown DetailKind = "date_or_unknown" // CCYY-MM-DD or "unknown"
	Amount        DetailKind = "amount"          // decimal, dealer's currency
	LeadID        DetailKind = "lead_id"         // another lead of this dealer
	StaffOrLead   DetailKind = "staff_or_lead"   // e-mail of a colleague, or a lead id
	Channels      DetailKind = "channels"        // comma-separated: phone, email, sms
)

// Detail is a field that a reason asks for, where one word would hide what
// marketing needs (R12).
type Detail struct {
	Name     string     `json:"name"`
	Kind     DetailKind `json:"kind"`
	Options  []string   `json:"options,omitempty"`
	Optional bool       `json:"optional,omitempty"`
}

// FollowUpKind is what has to happen after a closing (R11).
type FollowUpKind string

// The follow-ups.
const (
	TellProvider      FollowUpKind = "tell_provider"
	RefundClaim       FollowUpKind = "refund_claim" // only when the source is paid
	HandOver          FollowUpKind = "hand_over"
	TryAgain          FollowUpKind = "try_again"
	AfterSales        FollowUpKind = "after_sales_campaign"
	ContactLater      FollowUpKind = "contact_later"
	BuyingDepartment  FollowUpKind = "buying_department"
	StockSearch       FollowUpKind = "stock_search"
	SoftReminder      FollowUpKind = "soft_reminder"
	DoNotContact      FollowUpKind = "do_not_contact"
	CallAboutQuote    FollowUpKind = "call_about_quote"
	Celebrate         FollowUpKind = "celebrate"
	FinanceOffer      FollowUpKind = "finance_offer"
	LinkLeads         FollowUpKind = "link"
	CheckAfterTheDate FollowUpKind = "check_after_date"
	SendLetter        FollowUpKind = "letter" // asked by the contact schedule
	SendVideo         FollowUpKind = "video"  // the same
)

// FollowUp is one follow-up of a reason.
type FollowUp struct {
	Kind FollowUpKind `json:"kind"`
	// Days after the closing when it is due, on the calendar.
	Days int `json:"days,omitempty"`
	// Months after the closing, on the calendar; added to Days.
	Months int `json:"months,omitempty"`
	// DateFrom names the detail that holds the due date; Days and Months count
	// when it holds none.
	DateFrom string `json:"date_from,omitempty"`
	// If restricts the follow-up to closings whose details hold these values.
	If map[string]string `json:"if,omitempty"`
	// PaidSource restricts it to leads of a source that costs money.
	PaidSource bool `json:"paid_source,omitempty"`
}

// Reason is one entry of the catalogue.
type Reason struct {
	Code      string     `json:"code"`
	Group     Group      `json:"group"`
	Result    Result     `json:"outcome"`
	Label     string     `json:"label"`
	Effect    Effect     `json:"effect"`
	Phase     Phase      `json:"phase,omitempty"` // only in this phase; empty: in both
	Evidence  []Rule     `json:"evidence"`
	Details   []Detail   `json:"details"`
	Approve   Approval   `json:"approve"`
	FollowUps []FollowUp `json:"follow_ups"`
	// Mail names the template sent to the customer when the closing is final.
	Mail string `json:"mail,omitempty"`
	// Numbers replaces what the policy or Doorbell asks for, by rule: so many
	// attempts, days, dayparts, mails, or hours since a mail asked for a number.
	Numbers map[Rule]int `json:"numbers,omitempty"`
	// Retired keeps the reason for the leads that closed with it; no other lead
	// may. A reason is never deleted.
	Retired bool `json:"retired,omitempty"`
}

// Catalogue is a list of reasons in the order in which they are shown.
type Catalogue []Reason

// Find returns the reason with that code, and whether there is one.
func (c Catalogue) Find(code string) (Reason, bool) {
	i := slices.IndexFunc(c, func(r Reason) bool { return r.Code == code })
	if i < 0 {
		return Reason{}, false
	}
	return c[i], true
}

// UsableIn reports whether a lead in that phase may close with the reason: it
// belongs to the phase and was not retired.
func (r Reason) UsableIn(in Phase) bool { return !r.Retired && (r.Phase == "" || r.Phase == in) }

// Codes returns the codes that may be used in a phase, in catalogue order.
// Retired ones are left out; Find still finds them.
func (c Catalogue) Codes(in Phase) []string {
	var codes []string
	for _, r := range c {
		if r.UsableIn(in) {
			codes = append(codes, r.Code)
		}
	}
	return codes
}

var (
	ownOther = []string{"own", "other"}
	bought   = []Detail{
		{Name: "brand", Kind: Choice, Options: ownOther},
		{Name: "dealer", Kind: Choice, Options: ownOther},
		{Name: "area", Kind: Choice, Options: ownOther},
	}
	departments = []string{"service", "parts", "aftersales", "finance", "hr", "other_dealer"}
	refund      = FollowUp{Kind: RefundClaim, PaidSource: true}
)

// Shipped returns version 1 of the catalogue, the default of every dealer.
// It reads like the table of the trade: a reason, its evidence, its details,
// who approves it and what follows. "Other", "no interest" and free text have
// no code on purpose (R9). Recorded leads rely on it: a change of meaning is a
// new version, not an edit.
//
//nolint:funlen // it is the table, in one place
func Shipped() Catalogue {
	return Catalogue{
		{
			Code: "test", Group: DropPollution, Result: Missed, Label: "Test / bug", Effect: EndsDropped,
			Approve: NeedsApproval, FollowUps: []FollowUp{{Kind: TellProvider}},
		},
		{
			Code: "double", Group: DropPollution, Result: Missed, Label: "Double lead", Effect: EndsDropped,
			Details: []Detail{{Name: "lead_id", Kind: LeadID}}, Approve: UnlessProved,
			FollowUps: []FollowUp{{Kind: LinkLeads}, refund},
		},
		{
			Code: "no_phone_number", Group: DropPollution, Result: Rejected, Label: "Phone number is missing", Effect: EndsDropped,
			Evidence: []Rule{NoValidPhone, PhoneAskedFor}, Approve: NoApproval, FollowUps: []FollowUp{refund},
		},
		{
			Code: "not_for_bdc", Group: DropPollution, Result: Rejected, Label: "Not intended for BDC", Effect: EndsDropped,
			Details: []Detail{{Name: "department", Kind: Choice, Options: departments}}, Approve: NeedsApproval,
			FollowUps: []FollowUp{{Kind: HandOver}},
		},
		{
			Code: "wrong_personal_data", Group: DropNotAchieved, Result: Rejected, Label: "Personal data incorrect", Effect: EndsDropped,
			Evidence: []Rule{WrongNumberOrBounce}, Approve: NeedsApproval, FollowUps: []FollowUp{refund},
		},
		{
			Code: "not_reached", Group: DropNotReached, Result: Rejected, Label: "Not reached after maximum number of call attempts", Effect: EndsLost,
			Evidence: []Rule{EnoughAttempts, EnoughDays, EnoughDayparts, MailSent}, Approve: NeedsApproval,
			FollowUps: []FollowUp{{Kind: TryAgain, Days: 30}}, Mail: "tried-to-reach",
		},
		{
			Code: "refused_call", Group: DropNotReached, Result: Missed, Label: "Refusal call", Effect: EndsLost,
			Evidence: []Rule{CallRefused}, Approve: NeedsApproval,
		},
		{
			Code: "bought_another_car", Group: NoInterest, Result: Missed, Label: "Has already bought another car", Effect: EndsLost,
			Evidence: []Rule{HadConversation}, Details: bought, Approve: NeedsApproval,
			FollowUps: []FollowUp{
				{Kind: AfterSales, If: map[string]string{"brand": "own", "area": "own"}},
				{Kind: ContactLater, Months: 24, If: map[string]string{"brand": "other"}},
			},
		},
		{
			Code: "trade_in_value_only", Group: NoInterest, Result: Missed, Label: "Only looking for trade-in value", Effect: EndsLost,
			Evidence: []Rule{HadConversation}, Approve: NeedsApproval, FollowUps: []FollowUp{{Kind: BuyingDepartment}},
		},
		{
			Code: "prefers_another_car", Group: NoInterest, Result: Missed, Label: "Preference for another car", Effect: EndsLost,
			Evidence: []Rule{HadConversation},
			Details: []Detail{
				{Name: "make", Kind: Words},
				{Name: "model", Kind: Words},
				{Name: "condition", Kind: Choice, Options: []string{"new", "used"}},
			},
			Approve: NeedsApproval, FollowUps: []FollowUp{{Kind: StockSearch}},
		},
		{
			Code: "already_in_contact", Group: NoInterest, Result: Missed, Label: "Has already contacted the dealer", Effect: EndsLost,
			Details: []Detail{{Name: "with", Kind: StaffOrLead}}, Approve: NeedsApproval,
			FollowUps: []FollowUp{{Kind: HandOver}, {Kind: LinkLeads}},
		},
		{
			Code: "visits_on_own_initiative", Group: NoInterest, Result: Missed, Effect: EndsLost,
			Label:    "Customer only wants to visit the dealer on his own initiative",
			Evidence: []Rule{HadConversation}, Details: []Detail{{Name: "expected", Kind: DateOrUnknown}}, Approve: NeedsApproval,
			FollowUps: []FollowUp{{Kind: SoftReminder}, {Kind: CheckAfterTheDate, Days: 30, DateFrom: "expected"}},
		},
		{
			Code: "no_more_calls", Group: NoInterest, Result: Missed, Label: "Does not want to be called anymore", Effect: EndsLost,
			Evidence: []Rule{HadConversation}, Details: []Detail{{Name: "channels", Kind: Channels}}, Approve: NoApproval,
			FollowUps: []FollowUp{{Kind: DoNotContact}},
		},
		{
			Code: "follow_up_required", Group: NoInterest, Result: Successful, Label: "No conversion / follow-up required", Effect: Parks,
			Evidence: []Rule{HadConversation},
			Details:  []Detail{{Name: "on", Kind: Date}, {Name: "about", Kind: Words}}, Approve: NoApproval,
		},
		{
			Code: "appointment_showroom", Group: SaleConversion, Result: Successful, Label: "Appointment showroom", Effect: OpensShowroom, Phase: BDC,
			Evidence: []Rule{ShowroomConfirmed}, Approve: NoApproval,
		},
		{
			Code: "appointment_test_drive", Group: SaleConversion, Result: Successful, Label: "Appointment test drive", Effect: OpensShowroom, Phase: BDC,
			Evidence: []Rule{TestDriveConfirmed}, Approve: NoApproval,
		},
		{
			Code: "quotation", Group: SaleConversion, Result: Successful, Label: "Quotation request", Effect: OpensShowroom, Phase: BDC,
			Evidence: []Rule{QuoteSent},
			Details:  []Detail{{Name: "amount", Kind: Amount}, {Name: "valid_until", Kind: Date}}, Approve: NoApproval,
			FollowUps: []FollowUp{{Kind: CallAboutQuote, Days: 2}},
		},
		{
			Code: "sold", Group: ShowroomResult, Result: Successful, Label: "Sold", Effect: EndsWon, Phase: Showroom,
			Evidence: []Rule{VisitOrConversation},
			Details: []Detail{
				{Name: "vehicle", Kind: Words},
				{Name: "order_number", Kind: Words},
				{Name: "amount", Kind: Amount},
			},
			Approve: NoApproval, FollowUps: []FollowUp{{Kind: Celebrate}}, Mail: "thank-you-sold",
		},
		{
			Code: "bought_elsewhere", Group: ShowroomResult, Result: Missed, Label: "Bought elsewhere", Effect: EndsLost, Phase: Showroom,
			Evidence: []Rule{ConversationAfterOffer}, Details: bought, Approve: NeedsApproval,
			FollowUps: []FollowUp{{Kind: AfterSales, If: map[string]string{"brand": "own", "area": "own", "dealer": "other"}}},
		},
		{
			Code: "no_show", Group: ShowroomResult, Result: Missed, Label: "Did not come and not reached again", Effect: EndsLost, Phase: Showroom,
			Evidence: []Rule{DidNotCome, EnoughAttempts, EnoughDays, EnoughDayparts}, Approve: NeedsApproval,
			FollowUps: []FollowUp{{Kind: TryAgain, Days: 14}},
		},
		{
			Code: "keeps_current_car", Group: ShowroomResult, Result: Missed, Label: "Keeps the current car", Effect: EndsLost, Phase: Showroom,
			Evidence: []Rule{HadConversation}, Details: []Detail{{Name: "until", Kind: DateOrUnknown}}, Approve: NeedsApproval,
			FollowUps: []FollowUp{{Kind: ContactLater, Months: 12, DateFrom: "until"}},
		},
		{
			Code: "finance_declined", Group: ShowroomResult, Result: Missed, Label: "Finance declined", Effect: EndsLost, Phase: Showroom,
			Evidence: []Rule{HadConversation}, Approve: NeedsApproval, FollowUps: []FollowUp{{Kind: FinanceOffer}},
		},
		{
			Code: "no_stock", Group: ShowroomResult, Result: Missed, Label: "Wanted car not available", Effect: EndsLost, Phase: Showroom,
			Evidence: []Rule{HadConversation}, Details: []Detail{{Name: "make", Kind: Words}, {Name: "model", Kind: Words}}, Approve: NeedsApproval,
			FollowUps: []FollowUp{{Kind: StockSearch}},
		},
	}
}

// Adjusted returns the catalogue with the reasons of changes replaced or, when
// their code is new, added at the end. It is how a dealer's own version is made.
func (c Catalogue) Adjusted(changes Catalogue) Catalogue {
	out := slices.Clone(c)
	for _, r := range changes {
		if i := slices.IndexFunc(out, func(o Reason) bool { return o.Code == r.Code }); i >= 0 {
			out[i] = r
		} else {
			out = append(out, r)
		}
	}
	return out
}
