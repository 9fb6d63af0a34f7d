package lead

// Outcome is how an attempt to reach the customer ended.
type Outcome string

// The outcomes of an attempt.
const (
	NoAnswer    Outcome = "no_answer"
	Voicemail   Outcome = "voicemail"
	Busy        Outcome = "busy"
	WrongNumber Outcome = "wrong_number"
	Refused     Outcome = "refused"
	Reached     Outcome = "reached"
)

// Outcomes lists the outcomes of an attempt.
var Outcomes = []Outcome{NoAnswer, Voicemail, Busy, WrongNumber, Refused, Reached}

// AttemptChannels lists the ways to try a customer; RefusableChannels those
// that he can refuse.
var (
	AttemptChannels   = []Channel{Phone, Email, SMS, Chat, Social, WalkIn}
	RefusableChannels = []Channel{Phone, Email, SMS}
)

// Direction says who called whom.
type Direction string

// The directions, seen from the dealer.
const (
	Out Direction = "out"
	In  Direction = "in"
)

// AppointmentKind is what is agreed upon.
type AppointmentKind string

// The kinds of appointment.
const (
	InShowroom     AppointmentKind = "showroom"
	DriveTest      AppointmentKind = "test_drive"
	VideoMeeting   AppointmentKind = "video"
	PhoneAgreement AppointmentKind = "phone"
)

// AppointmentKinds lists the kinds of appointment.
var AppointmentKinds = []AppointmentKind{InShowroom, DriveTest, VideoMeeting, PhoneAgreement}

// Visit reports whether the kind brings the customer into the showroom.
func (k AppointmentKind) Visit() bool { return k == InShowroom || k == DriveTest }

// AppointmentOutcome is what became of an appointment.
type AppointmentOutcome string

// The outcomes of an appointment.
const (
	Came   AppointmentOutcome = "came"
	NoShow AppointmentOutcome = "no_show"
)
