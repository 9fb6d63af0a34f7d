// Package lead is the domain: what a lead is, through which phases and stages
// it goes, with which reasons it may close and which evidence each reason
// needs. It is pure and imports nothing of Doorbell.
package lead

// Phase is the part of the process that works a lead.
type Phase string

// The phases. A dealer without a call centre has only Showroom.
const (
	BDC      Phase = "bdc"
	Showroom Phase = "showroom"
)

// Stage is what the funnel counts.
type Stage string

// The stages in the order of the funnel, then the ways out of it.
const (
	New          Stage = "new"
	Contacting   Stage = "contacting"
	Conversation Stage = "conversation"
	Appointed    Stage = "appointment"
	Visit        Stage = "visit"
	Won          Stage = "won"
	Lost         Stage = "lost"
	Dropped      Stage = "dropped"
	Parked       Stage = "parked"
)

// Status says whether a lead is being worked.
type Status string

// The statuses. Closing means that a proposed closing waits for the manager.
const (
	Open    Status = "open"
	Closing Status = "closing"
	Closed  Status = "closed"
)

// Party is whose lead a source delivers: the dealer's own (first), the
// importer's or brand's (second), or a portal's (third).
type Party string

// The parties.
const (
	FirstParty  Party = "first"
	SecondParty Party = "second"
	ThirdParty  Party = "third"
)

// Channel is how a lead, a message or an attempt travels.
type Channel string

// The channels.
const (
	Web    Channel = "web"
	Phone  Channel = "phone"
	Email  Channel = "email"
	Chat   Channel = "chat"
	Social Channel = "social"
	WalkIn Channel = "walk_in"
	SMS    Channel = "sms" // messages only
)

// Request is what the customer asked for.
type Request string

// The requests.
const (
	Information  Request = "information"
	Quote        Request = "quote"
	TestDrive    Request = "test_drive"
	Appointment  Request = "appointment"
	TradeInValue Request = "trade_in_value"
	CallBack     Request = "call_back"
)

// Condition is whether the wanted car is new or used.
type Condition string

// The conditions.
const (
	NewCar  Condition = "new"
	UsedCar Condition = "used"
)

// Role is what a member of staff does.
type Role string

// The roles.
const (
	RoleBDC            Role = "bdc"
	RoleSalesperson    Role = "salesperson"
	RoleSalesManager   Role = "sales_manager"
	RoleGeneralManager Role = "general_manager"
	RoleMarketer       Role = "marketer"
	RoleAdmin          Role = "admin"
)

// Manages reports whether the role decides on closings and reopens leads.
func (r Role) Manages() bool { return r == RoleSalesManager || r == RoleGeneralManager }

// Sells reports whether the role can own a lead.
func (r Role) Sells() bool { return r == RoleBDC || r == RoleSalesperson || r.Manages() }
