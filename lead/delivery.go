package lead

import (
	"slices"
	"time"
)

// Delivery is what became of a mail after the provider took it.
type Delivery string

// What can become of a mail. A later one outweighs an earlier one: the list is
// the rule by which events that come in any order, and many times, come to one
// answer.
//
// Delivered outweighs deferred, dropped and blocked, because a mail that was
// sent twice after an ambiguous send has arrived when one of the two has. It
// does not outweigh a bounce: some servers take a mail first and send it back
// later. What a person says about mail outweighs what a server says.
const (
	MailProcessed    Delivery = "processed"    // the provider has it
	MailDeferred     Delivery = "deferred"     // the recipient's server asked to wait
	MailDropped      Delivery = "dropped"      // the provider did not send it
	MailBlocked      Delivery = "blocked"      // turned away for now; the address may be right
	MailDelivered    Delivery = "delivered"    // the recipient's server took it
	MailBounced      Delivery = "bounced"      // the address does not exist, or takes no mail any more
	MailUnsubscribed Delivery = "unsubscribed" // the recipient told the provider that he wants none
	MailReported     Delivery = "spam_report"  // the recipient called it spam
)

// Deliveries lists them, each outweighed by those behind it.
var Deliveries = []Delivery{
	MailProcessed, MailDeferred, MailDropped, MailBlocked, MailDelivered, MailBounced, MailUnsubscribed, MailReported,
}

// CameBack reports whether the mail did not reach its recipient, or reached him
// unwanted: somebody has to call instead.
func (d Delivery) CameBack() bool {
	return d == MailDropped || d == MailBlocked || d.StopsMail()
}

// StopsMail reports whether the address must not be mailed any more.
func (d Delivery) StopsMail() bool {
	return d == MailBounced || d.Unwanted()
}

// Unwanted reports whether the recipient said that he wants no mail.
func (d Delivery) Unwanted() bool { return d == MailUnsubscribed || d == MailReported }

// Missed reports whether the mail never reached its recipient.
func (d Delivery) Missed() bool { return d.CameBack() && !d.Unwanted() }

// weight is the place in Deliveries, 0 for what is none.
func (d Delivery) weight() int { return slices.Index(Deliveries, d) + 1 }

// Delivered is what is known of a mail's delivery, and since when. The zero
// value is a mail of which nothing was told yet.
type Delivered struct {
	Is Delivery
	At time.Time // UTC
}

// And returns what two of them come to. It neither matters which comes first nor
// how often one comes.
func (d Delivered) And(o Delivered) Delivered {
	switch {
	case o.Is.weight() > d.Is.weight(), o.Is.weight() == d.Is.weight() && o.At.Before(d.At):
		return o
	default:
		return d
	}
}
