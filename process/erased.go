package process

import (
	"slices"

	"github.com/doorbell-ilm/doorbell/lead"
)

// wantsNoMore is the reason with which a lead ends whose customer had himself
// erased. The catalogue may have been adjusted until it is not in it any more;
// its word stays true.
const wantsNoMore = "no_more_calls"

// erased ends the lead, because there is nobody left to call. The evidence that
// its reason asks for otherwise is the wish itself, and what the reason has
// done beside it was done, or undone, by erasing. Nobody is written to: not the
// customer, and not a colleague either, who could only read that somebody is
// gone; the screens show it.
func (t *turn) erased() {
	t.s.Proposal = nil
	t.s.Reach = Reach{Refused: t.s.Reach.Refused}
	reason, _ := t.w.Reasons.Find(wantsNoMore)
	reason.Code, reason.Effect, reason.Mail, reason.FollowUps = wantsNoMore, lead.EndsLost, "", nil
	t.end(reason, nil, "")
	t.out.Mails, t.out.FollowUps, t.alerts = nil, nil, nil
}

// refuseErased turns away what people ask of a lead whose customer is erased:
// whatever they know of him must not come back. What the process itself has to
// hear goes on.
func (t *turn) refuseErased() *Refusal {
	if !t.w.Erased || !slices.Contains(byPeople, t.h.What) {
		return nil
	}
	return conflict(isErased)
}

const isErased = "the customer's data were erased; nothing can be done with this lead any more"

// byPeople is what people do to a lead, the customer among them.
var byPeople = []What{
	DidAttempt, DidMessage, DidNote, DidAppointment, DidAssign, DidClose, DidDecide, DidReopen, DidCustomer, DidTake, WasResent,
}
