package api

import "net/http"

// Kind is a kind of problem, the last part of its type.
type Kind string

// The kinds of problem.
const (
	KindMalformed            Kind = "malformed"
	KindBadParameter         Kind = "bad-parameter"
	KindUnauthorised         Kind = "unauthorised"
	KindForbidden            Kind = "forbidden"
	KindNotFound             Kind = "not-found"
	KindMethodNotAllowed     Kind = "method-not-allowed"
	KindNotAcceptable        Kind = "not-acceptable"
	KindConflict             Kind = "conflict"
	KindInFlight             Kind = "in-flight"
	KindTooLarge             Kind = "too-large"
	KindUnsupportedMediaType Kind = "unsupported-media-type"
	KindInvalid              Kind = "invalid"
	KindKeyReused            Kind = "key-reused"
	KindClosingRefused       Kind = "closing-refused"
	KindUnknownReason        Kind = "unknown-reason"
	KindBadPolicy            Kind = "bad-policy"
	KindBadReasons           Kind = "bad-reasons"
	KindQuarantined          Kind = "quarantined"
	KindTooFast              Kind = "too-fast"
	KindInternal             Kind = "internal"
	KindUnavailable          Kind = "unavailable"
)

// kindPath is where the kinds are explained; a type is this and the kind.
const kindPath = "/problems/"

// kind is what holds for every problem of a kind.
type kind struct {
	Kind    Kind
	Status  int
	Title   string
	Meaning string // for the reference page: when it comes and what to do
}

// kinds lists all kinds by status. The reference page shows it as it stands.
var kinds = []kind{
	{
		KindMalformed, http.StatusBadRequest, "The request cannot be read",
		"The body is not what its Content-Type says: it is cut off, not UTF-8, nested too deeply, or has a field twice. " +
			"Mend the sender; repeating does not help.",
	},
	{
		KindBadParameter, http.StatusBadRequest, "A parameter is wrong",
		"A query parameter or header does not exist or has a value that it cannot have. errors names each.",
	},
	{
		KindUnauthorised, http.StatusUnauthorized, "Who are you",
		"There is no key and no session, or it is not valid any more. Send a valid key, or sign in.",
	},
	{
		KindForbidden, http.StatusForbidden, "Not allowed",
		"The key's scope or the person's role does not include this. Ask somebody whose role does.",
	},
	{
		KindNotFound, http.StatusNotFound, "Not found",
		"There is no such thing, or it is not yours to see; which of the two is not told.",
	},
	{
		KindMethodNotAllowed, http.StatusMethodNotAllowed, "No such method",
		"The address exists and does not take this method. The header Allow names those that it takes.",
	},
	{
		KindNotAcceptable, http.StatusNotAcceptable, "No such form",
		"The answer cannot be given in a form that Accept allows.",
	},
	{
		KindConflict, http.StatusConflict, "The state has changed",
		"Somebody was faster, or the lead or follow-up is in a state in which this cannot be done. " +
			"Look at lead or follow_up, which shows it as it is now, and decide again.",
	},
	{
		KindInFlight, http.StatusConflict, "Still in work",
		"The first request with this Idempotency-Key is still in work. Repeat it after the time in Retry-After to get its answer.",
	},
	{
		KindTooLarge, http.StatusRequestEntityTooLarge, "Too large",
		"The body is larger than 256 KiB.",
	},
	{
		KindUnsupportedMediaType, http.StatusUnsupportedMediaType, "Not a known form",
		"The body's Content-Type is none that this call takes.",
	},
	{
		KindInvalid, http.StatusUnprocessableEntity, "The body is not right",
		"The body can be read and some of its fields are not right. errors names every one with what to do. Nothing was stored.",
	},
	{
		KindKeyReused, http.StatusUnprocessableEntity, "The key was used for something else",
		"This Idempotency-Key came before with another body or for another call. Take a new key for a new request.",
	},
	{
		KindClosingRefused, http.StatusUnprocessableEntity, "The closing is refused",
		"The log does not hold the evidence that the reason needs. " +
			"missing lists what is lacking, with how much there is and what to do. The refusal is on the timeline.",
	},
	{
		KindUnknownReason, http.StatusUnprocessableEntity, "No such reason",
		"The catalogue has no reason of that code, or not in the lead's phase. valid lists the codes that may be used.",
	},
	{
		KindBadPolicy, http.StatusUnprocessableEntity, "The policy is not right",
		"The policy cannot be put in force. errors names key, line and column of everything that is wrong. The policy in force did not change.",
	},
	{
		KindBadReasons, http.StatusUnprocessableEntity, "The reasons are not right",
		"The catalogue of reasons cannot be changed so. errors names every wrong field of the changes and what to do. The catalogue did not change.",
	},
	{
		KindQuarantined, http.StatusUnprocessableEntity, "Kept in quarantine",
		"The message cannot be read as a lead. " +
			"It is kept: quarantine_id names the entry, and a manager can make it a lead by hand. Do not send it again unchanged.",
	},
	{
		KindTooFast, http.StatusTooManyRequests, "Too fast",
		"Requests come faster than allowed. Wait as long as Retry-After says.",
	},
	{
		KindInternal, http.StatusInternalServerError, "Our fault",
		"Something went wrong that should not have. " +
			"It is in the server's log. Repeat with the same Idempotency-Key; if it stays, tell those who run the server.",
	},
	{
		KindUnavailable, http.StatusServiceUnavailable, "Away for the moment",
		"A part that is needed for this is away. Repeat with the same Idempotency-Key after the time in Retry-After.",
	},
}

// typeURI is the problem's type, relative to the server: its explanation is
// found there.
func (k Kind) typeURI() string { return kindPath + string(k) }
