package smtptest

// Stage is a point of the conversation at which a Server can misbehave.
type Stage string

// The stages in their order. End is the answer to the finished mail.
const (
	Connect Stage = "connect"
	Auth    Stage = "AUTH"
	From    Stage = "MAIL"
	Rcpt    Stage = "RCPT"
	Data    Stage = "DATA"
	End     Stage = "end of the mail"
	Quit    Stage = "QUIT"
)

// Behaviour is how a Server treats one connection.
type Behaviour struct {
	at   Stage
	code int  // answered instead of success
	drop bool // the connection is closed instead of an answer
	hang bool // nothing is answered
	keep bool // at End: the mail is accepted all the same
}

// Accept takes the mail.
func Accept() Behaviour { return Behaviour{} }

// Refuse answers the stage with a code of 4yz or 5yz.
func Refuse(at Stage, code int) Behaviour { return Behaviour{at: at, code: code} }

// Drop closes the connection at the stage instead of answering. The mail is not
// taken.
func Drop(at Stage) Behaviour { return Behaviour{at: at, drop: true} }

// AcceptThenDrop takes the mail and closes the connection instead of saying so.
func AcceptThenDrop() Behaviour { return Behaviour{at: End, drop: true, keep: true} }

// AcceptThenHang takes the mail and never answers.
func AcceptThenHang() Behaviour { return Behaviour{at: End, hang: true, keep: true} }
