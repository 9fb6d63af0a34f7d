package process

import (
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// MailNews is what became known about mail to the customer after it was sent.
type MailNews struct {
	// Message is the ledger's row that it is about.
	Message string        `json:"message,omitempty"`
	Is      lead.Delivery `json:"is,omitempty"`
	At      time.Time     `json:"at,omitzero"`
	// Elsewhere says that the mail is another lead's, to an address that this
	// customer has too.
	Elsewhere bool `json:"elsewhere,omitempty"`
	// Lifted says that an address may be mailed again; nothing else is set then.
	Lifted bool `json:"lifted,omitempty"`

	// The rest is the ledger's, whatever the caller says.

	Template string `json:"template,omitempty"`
	Auto     bool   `json:"auto,omitempty"`    // the automatic response
	Counted  bool   `json:"counted,omitempty"` // it counts as a mail that was sent
}

// checkMailNews lets only that be said about a mail that changes anything. That
// one was delivered is news only of one that nobody knew the fate of.
func checkMailNews(n *MailNews) *Refusal {
	if n.Lifted {
		return nil
	}
	known := slices.Contains(lead.Deliveries, n.Is) && (n.Is.CameBack() || n.Is == lead.MailDelivered && !n.Elsewhere)
	return when(!known || !lead.IsID(n.Message), unreadable())
}

// mailNews takes in what became of a mail. Where one did not arrive somebody
// has to call instead; an address that takes no mail is not mailed any more.
func (t *turn) mailNews(n MailNews) {
	if n.Lifted || n.Is.StopsMail() {
		t.s.Reach.Email = t.w.Reach.Email // another of his addresses may do
	}
	if n.Lifted {
		return
	}
	at := n.At.UTC()
	if at.IsZero() || at.After(t.w.Now) {
		at = t.w.Now
	}
	data := map[string]any{"message_id": n.Message, "at": at}
	put(data, "template", plain(n.Template))
	put(data, "elsewhere", n.Elsewhere)
	if n.Is == lead.MailDelivered {
		t.count(n.Template, 1, at)
		t.own("message_delivered", data)
		return
	}
	data["why"] = string(n.Is)
	t.own("message_bounced", data)
	t.s.Mails.Bounced = t.s.Mails.Bounced || n.Is == lead.MailBounced
	if n.Elsewhere {
		return // whoever wrote it calls
	}
	if n.Counted && n.Is.Missed() {
		t.count(n.Template, -1, at)
	}
	if n.Auto && n.Is.Missed() {
		t.s.AutoRespondedAt = time.Time{} // the customer has no answer
	}
	t.tellFailed()
	t.callInstead()
}

// callInstead makes the call that is next due now: in the hours of the track,
// and not closer to the last one than would count. It never puts one off.
func (t *turn) callInstead() {
	c := t.s.Clock(CallAttempt)
	if c == nil || c.At != AtDue || !t.s.Reach.May(lead.Phone) {
		return
	}
	earliest := t.w.Now
	if last := t.lastAttempt(); !last.IsZero() {
		earliest = later(earliest, policy.AlwaysOpen(t.w.Policy.Zone).Add(last, t.track.Attempts.Spacing))
	}
	due := t.w.Policy.After(t.track, earliest, policy.Duration{})
	if due.IsZero() || !due.Before(c.Due) {
		return
	}
	t.s.start(Clock{Kind: CallAttempt, Start: t.w.Now, Due: due, Next: due, At: AtDue, N: c.N, Instead: true})
}
