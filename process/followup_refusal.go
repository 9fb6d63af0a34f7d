package process

import "github.com/doorbell-ilm/doorbell/lead"

// CheckFollowUp says whether h may happen to a follow-up in state s, looking at
// the state alone; nil means it may.
func CheckFollowUp(s FollowUpState, h FollowUpHappening) *Refusal {
	if s.Step == 0 && h.What != WasReceived && h.What != WasStarted {
		return conflict("the follow-up was stored this very moment and is not worked yet; try again in a second")
	}
	switch h.What {
	case WasReceived:
		return when(s.Step > 0, conflict("the follow-up is already in the process"))
	case DidSettle:
		return checkSettlement(s, h.Settle, h.Signal)
	case DidAssign:
		switch {
		case h.Assign == nil || h.Assign.To == "" || (h.Assign.NoteID != "" && !lead.IsID(h.Assign.NoteID)):
			return invalid("to", "name the colleague who takes the follow-up by e-mail")
		case s.Status != Pending:
			return settledAlready(s)
		case s.Owner == h.Assign.To:
			return conflict("the follow-up is this colleague's already")
		}
		return nil
	case WasDue, WasStarted, WasDelivered, WasCancelled:
		return nil
	default:
		return invalid("what", "this is nothing that can happen to a follow-up")
	}
}

func checkSettlement(s FollowUpState, d *Settlement, signal bool) *Refusal {
	switch {
	case d == nil || (d.Fate != Done && d.Fate != Dropped):
		return invalid("fate", "must be done or dropped")
	case s.Status != Pending:
		return settledAlready(s)
	case !signal && !lead.IsID(d.NoteID):
		return invalid("note", "say in a word what was done, or why it is dropped")
	case d.Outcome != "" && (s.Kind != lead.RefundClaim || d.Fate != Done):
		return invalid("outcome", "only a refund claim that is done has an outcome")
	case s.Kind == lead.RefundClaim && d.Fate == Done && d.Outcome != Granted && d.Outcome != Denied:
		return invalid("outcome", "say whether the provider granted or refused the claim")
	}
	return nil
}

func settledAlready(s FollowUpState) *Refusal {
	return conflict("the follow-up is " + string(s.Status) + " already")
}

// refuse adds to CheckFollowUp what only the world can tell.
func (t *followTurn) refuse() *Refusal {
	if r := CheckFollowUp(t.s, t.h); r != nil {
		return r
	}
	if t.h.What != DidAssign {
		return nil
	}
	p := t.person(t.h.Assign.To)
	switch {
	case p == nil:
		return invalid("to", "nobody active has this address; GET /v1/staff lists who works here")
	case p.absent(t.w.Now):
		return invalid("to", "this colleague is absent now; choose one who is here")
	}
	return nil
}
