package rehearse

import (
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// begin starts the follow-ups that a step of the lead asked for, each a process
// of its own, and ends those that it settled.
func (w *watched) begin(out process.Outcome) {
	for _, f := range out.FollowUps {
		// The call about a quote is a call of the lead itself.
		if f.Done || f.Kind == lead.CallAboutQuote {
			continue
		}
		w.tasks = append(w.tasks, process.FollowUpState{
			ID: identifier(0, uint64(len(w.tasks)+1)), Lead: w.state.Lead, Kind: f.Kind, DueOn: f.DueOn, StartsAt: f.StartsAt, Status: process.Pending,
		})
		w.follow(len(w.tasks)-1, process.FollowUpHappening{What: process.WasReceived})
	}
	for _, settled := range out.Settled {
		for i, s := range w.tasks {
			if s.Kind == settled.Kind && s.Status == process.Pending {
				state, event := s.SettledBy(settled, w.world.Now)
				w.tasks[i] = state
				w.note(process.Written{Events: []process.Event{event}}, s.Kind, nil)
			}
		}
	}
}

// follow has something happen to a follow-up. Of those that are handed to a
// department or start the process again there is none as long as nobody closes
// the lead.
func (w *watched) follow(i int, h process.FollowUpHappening) {
	world := process.FollowUpWorld{World: w.world, LeadOwner: w.state.Owner, Reach: w.state.Reach}
	out := process.FollowUpStep(world, w.tasks[i], h)
	if out.Refused != nil {
		return
	}
	w.tasks[i] = out.State
	w.note(out.Written, out.State.Kind, out.State.Clocks)
	if fates := delivered(out.Mails, h.Actor, w.world.Now); len(fates) > 0 {
		w.follow(i, process.FollowUpHappening{What: process.WasDelivered, Delivered: fates})
	}
}
