package sendgridtest

import (
	"net/http"
	"strconv"
	"time"
)

// Behaviour is how a Server treats one request.
type Behaviour struct {
	accept bool
	status int
	header map[string]string
	reset  bool
	unread bool
	hang   bool
	wait   time.Duration
}

// Accept takes the mail.
func Accept() Behaviour { return Behaviour{accept: true} }

// Status refuses the mail with an HTTP status, such as 400, 401, 413 or 500.
// The answer repeats the recipient, as SendGrid's do.
func Status(code int) Behaviour { return Behaviour{status: code} }

// TooMany refuses with 429 and says by X-RateLimit-Reset when to come back.
func TooMany(reset time.Time) Behaviour {
	return Behaviour{status: http.StatusTooManyRequests, header: map[string]string{
		"X-RateLimit-Limit": "600", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": strconv.FormatInt(reset.Unix(), 10),
	}}
}

// TooManyFor refuses with 429 and a Retry-After in whole seconds.
func TooManyFor(wait time.Duration) Behaviour {
	return Behaviour{status: http.StatusTooManyRequests, header: map[string]string{
		"Retry-After": strconv.Itoa(int(wait / time.Second)),
	}}
}

// Reset reads the request, drops it and resets the connection.
func Reset() Behaviour { return Behaviour{reset: true} }

// ResetUnread resets the connection before the body was read.
func ResetUnread() Behaviour { return Behaviour{reset: true, unread: true} }

// AcceptThenReset takes the mail and resets the connection instead of saying so.
func AcceptThenReset() Behaviour { return Behaviour{accept: true, reset: true} }

// AcceptThenHang takes the mail and never answers.
func AcceptThenHang() Behaviour { return Behaviour{accept: true, hang: true} }

// Slow does what the other behaviour says, after wait.
func Slow(wait time.Duration, then Behaviour) Behaviour {
	then.wait = wait
	return then
}
