// Package workflows makes the process happen: one durable workflow per lead.
// messages.go is its contract with the outside: names, ids and payloads.
package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/doorbell-ilm/doorbell/process"
)

// The names that others rely on.
const (
	LeadWorkflow     = "Lead"
	FollowUpWorkflow = "FollowUp"
	TaskQueue        = "doorbell"
	Namespace        = "doorbell"
	StateQuery       = "state"
	// Wake is a signal that needs no payload: look at the clock now. It changes
	// nothing unless something is due. The audit's has a WakePayload.
	Wake = "wake"
)

// The activities, as the worker registers them.
const (
	StepActivity         = "Step"
	FollowUpStepActivity = "FollowUpStep"
	DeliverActivity      = "Deliver"
	// DeliverFollowUpActivity is the same under a name that workers of the
	// release before do not know: they have none of its templates.
	DeliverFollowUpActivity = "DeliverFollowUp"
	// DeliverAtOnceActivity is the first try of messages within the task of a step.
	DeliverAtOnceActivity = "DeliverAtOnce"
	SpreadActivity        = "Spread"
)

// refusedType is the type of the error with which an update is refused; its
// detail is the process.Refusal.
const refusedType = "refused"

// ID returns the workflow id of a lead.
func ID(lead string) string { return "lead-" + lead }

// FollowUpID returns the workflow id of a follow-up.
func FollowUpID(followUp string) string { return "follow-up-" + followUp }

// MailQueue returns the task queue of the messages that have to wait: a slow
// provider must not starve anything else.
func MailQueue(queue string) string { return queue + "-mail" }

// The search attributes. None of them is personal.
var (
	AttrDealer       = temporal.NewSearchAttributeKeyKeyword("Dealer")
	AttrOwner        = temporal.NewSearchAttributeKeyKeyword("Owner") // staff id
	AttrSource       = temporal.NewSearchAttributeKeyKeyword("Source")
	AttrPhase        = temporal.NewSearchAttributeKeyKeyword("Phase")
	AttrStage        = temporal.NewSearchAttributeKeyKeyword("Stage")
	AttrStatus       = temporal.NewSearchAttributeKeyKeyword("LeadStatus")
	AttrTrack        = temporal.NewSearchAttributeKeyKeyword("Track")
	AttrEscalation   = temporal.NewSearchAttributeKeyInt64("Escalation")
	AttrNextDeadline = temporal.NewSearchAttributeKeyTime("NextDeadline")
	AttrCloseReason  = temporal.NewSearchAttributeKeyKeyword("CloseReason")
)

// By says who asks. Every payload of an update or signal begins with it.
type By struct {
	// RequestID makes a repeat harmless; the API gives it, signals need none.
	RequestID string `json:"request_id,omitempty"`
	// Actor is a staff id or customer; empty is whoever may signal workflows.
	Actor process.Actor `json:"actor,omitempty"`
	// AskedAt is the caller's reading of the database's clock, in the dealer's
	// zone.
	AskedAt time.Time `json:"asked_at,omitzero"`
}

// The payloads, one for each update and for the signal of the same name.
type (
	// AttemptPayload logs an attempt. For a signal, channel phone and
	// direction out are understood.
	AttemptPayload struct {
		By
		process.AttemptMade
	}
	// MessagePayload releases a mail whose words are stored.
	MessagePayload struct {
		By
		process.MessageAsked
	}
	// NotePayload adds a note whose words are stored.
	NotePayload struct {
		By
		process.NoteAdded
	}
	// AppointmentPayload sets an appointment or says what became of it.
	AppointmentPayload struct {
		By
		process.AppointmentAction
	}
	// AssignPayload gives the lead to somebody.
	AssignPayload struct {
		By
		process.Assignment
	}
	// ClosePayload asks to close the lead.
	ClosePayload struct {
		By
		process.ClosingAsked
	}
	// DecidePayload approves or rejects the closing that waits.
	DecidePayload struct {
		By
		process.Decision
	}
	// ReopenPayload puts a closed lead back.
	ReopenPayload struct {
		By
		process.Reopening
	}
	// CustomerPayload says what the customer wants.
	CustomerPayload struct {
		By
		process.CustomerWish
	}
	// TakePayload claims the lead for whoever asks.
	TakePayload struct {
		By
	}
	// RepinPayload applies a newer version of the policy.
	RepinPayload struct {
		By
		process.Repin
	}
	// LinkedPayload and ResentPayload come from intake only.
	LinkedPayload struct {
		By
		process.Linked
	}
	// ResentPayload tells that a provider sent the lead again.
	ResentPayload struct {
		By
		process.Resent
	}
)

// WakePayload is what a wake may bring.
type WakePayload struct {
	// TakeUp asks to see to the messages that nobody sees to any more.
	TakeUp bool `json:"take_up,omitempty"`
}

// The payloads of a follow-up's updates and of the signals of the same name.
type (
	// SettlePayload says that a follow-up was done, or that it is dropped.
	SettlePayload struct {
		By
		process.Settlement
	}
	// FollowUpAssignPayload gives the follow-up to somebody.
	FollowUpAssignPayload struct {
		By
		process.Assignment
	}
)

// Answer is what an update returns.
type Answer struct {
	// Step is the number of the step that took it; the projection in Postgres
	// is at least there.
	Step   int64  `json:"step"`
	Phase  string `json:"phase"`
	Stage  string `json:"stage"`
	Status string `json:"status"`
}

// DeliverInput names the messages to send.
type DeliverInput struct {
	Lead     string   `json:"lead"`
	Messages []string `json:"messages"`
	// Dealer and Urgent say whose share of the provider it takes, and whether
	// it goes before the dealer's others. Both are left out by the release
	// before.
	Dealer string `json:"dealer,omitempty"`
	Urgent bool   `json:"urgent,omitempty"`
	// First is the first try: what has to wait is returned, and waits in the queue
	// of the messages.
	First bool `json:"first,omitempty"`
}

// Delivered is what became of messages so far.
type Delivered struct {
	// Fates are those of messages to the customer that have found their end.
	Fates []process.Delivery `json:"fates,omitempty"`
	// Waiting lists messages that have to wait: what became of the others must
	// not wait with them.
	Waiting []string `json:"waiting,omitempty"`
}

// SpreadInput names the lead whose person refuses to be contacted.
type SpreadInput struct {
	Lead     string   `json:"lead"`
	Channels []string `json:"channels"`
}
