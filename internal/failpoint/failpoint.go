// Package failpoint marks the places at which a process may die or dawdle in a
// test, and the waits that a test makes short. It exists only in programs that
// were built with `-tags failpoint`, as `make chaos` does: without the tag every
// function here is empty and nothing of it is left in the binary.
//
// What a marked place does is said by the environment when the process starts,
// in EnvVar, one name after the other:
//
//	intake/after-commit=kill(0.5,3);mail/grace=5s
//
// Here the process kills itself with SIGKILL, from the fourth time on, in half of
// the cases in which it comes by intake/after-commit, and mail/grace lasts five
// seconds instead of what the code says. A duration at a place that is passed, as
// in `intake/after-commit=200ms(0.1)`, makes it wait there.
package failpoint

// EnvVar is the variable that says what happens where.
const EnvVar = "DOORBELL_FAILPOINTS"

// The places at which a process can be made to die: between what it has done
// and what it has told others about it.
const (
	IntakeBeforeCommit = "intake/before-commit"
	IntakeAfterCommit  = "intake/after-commit"
	IntakeBeforeAnswer = "intake/before-answer"
	RelayBeforeStart   = "relay/before-start" // the workflow is not told yet
	RelayAfterStart    = "relay/after-start"  // it is, and the outbox still says that it is not
	ActionAfterAsk     = "action/after-ask"   // the workflow did it, nobody has heard
	StepAfterCommit    = "step/after-commit"  // Postgres has the step, Temporal has not
	MailBeforeSend     = "mail/before-send"
	MailAfterSend      = "mail/after-send" // the provider has the mail, the ledger does not know
)

// The waits that a test makes short.
const (
	MailGrace       = "mail/grace"       // activities.Messages.Grace
	MailStale       = "mail/stale"       // until a claim has lost its sender
	MailAttempt     = "mail/attempt"     // one try of the activity that sends
	ProviderTimeout = "provider/timeout" // one request to the provider of mail
	StickyPatience  = "worker/sticky"    // until another worker takes over a task
)
