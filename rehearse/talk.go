package rehearse

import (
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// talk is a conversation and what it leads to.
func (r *run) talk(p *person, l *life) {
	x, odds := l.dice.Float64(), p.odds
	if !l.state.Kept.VisitedAt.IsZero() {
		switch {
		case x < odds.SoldAfter:
			r.close(p, l, "sold")
		case x < odds.SoldAfter+odds.LostAfter:
			r.lose(p, l)
		}
		return
	}
	switch {
	case x < odds.Appointment:
		r.book(p, l)
	case x < odds.Appointment+odds.Lost:
		r.lose(p, l)
	case x < odds.Appointment+odds.Lost+odds.Later:
		r.close(p, l, "follow_up_required")
	}
}

// book makes an appointment on one of the next days, and passes the lead on
// when that is the end of the call centre's part.
func (r *run) book(p *person, l *life) {
	kind, reason := lead.InShowroom, "appointment_showroom"
	if l.subject.Request == lead.TestDrive {
		kind, reason = lead.DriveTest, "appointment_test_drive"
	}
	const minutes = 60
	at := r.slot(l)
	h := process.Happening{What: process.DidAppointment, Appointment: &process.AppointmentAction{
		Verb: process.SetIt, ID: r.identifier(), Kind: kind, StartsAt: at, Minutes: minutes, Confirmed: true,
	}}
	if !r.step(l, r.by(p, h)) {
		return
	}
	r.plan(moment{at: at.UnixNano(), what: visits, lead: l})
	if l.state.Phase == lead.BDC {
		r.close(p, l, reason)
	}
}

// slot is a time for an appointment: on one of the next five days, at an hour
// between ten and five, when the dealer is open.
func (r *run) slot(l *life) time.Time {
	local := instant(r.now).In(r.setup.Policy.Zone)
	year, month, day := local.Date()
	at := time.Date(year, month, day+1+l.dice.IntN(5), 10+l.dice.IntN(7), 30*l.dice.IntN(2), 0, 0, r.setup.Policy.Zone)
	if open := r.setup.Policy.Calendar.NextOpen(at); !open.IsZero() {
		return open
	}
	return at.UTC()
}

// visit is the beginning of an appointment. A customer who comes takes the
// owner's time, if he is there.
func (r *run) visit(l *life) {
	a := l.state.Appointment
	if a == nil || l.state.Status == lead.Closed || a.StartsAt.UnixNano() != r.now {
		return
	}
	p := r.byID[l.state.Owner]
	l.meets, l.comes = a.ID, p != nil && l.chance(p.odds.Came)
	if l.comes && r.there(p) {
		r.spend(p, float64(a.Minutes)/60*p.CallsPerHour)
	}
}

// outcome tells what became of an appointment that is over.
func (r *run) outcome(p *person, l *life, a *process.Appointment) float64 {
	if r.now < a.EndsAt().UnixNano() || l.meets != a.ID {
		return 0
	}
	outcome := lead.NoShow
	if l.comes {
		outcome = lead.Came
	}
	h := process.Happening{What: process.DidAppointment, Appointment: &process.AppointmentAction{Verb: process.OutcomeOf, ID: a.ID, Outcome: outcome}}
	if r.step(l, r.by(p, h)) && l.comes && l.chance(p.odds.SoldAtVisit) {
		r.close(p, l, "sold")
	}
	return aWord
}

// phoned is a customer's answer to the mail that asked for his number.
func (r *run) phoned(l *life) {
	if l.state.Status == lead.Closed || l.state.Reach.Phone {
		return
	}
	reach := l.state.Reach
	reach.Phone = true
	r.step(l, process.Happening{What: process.WasResent, Resent: &process.Resent{Raw: r.identifier(), Changed: []string{"phone"}, Reach: reach}})
}

// decide is a manager's word on a closing. Nobody decides on his own while
// there is another manager.
func (r *run) decide(p *person, l *life) float64 {
	proposal := l.state.Proposal
	alone := !slices.ContainsFunc(r.team, func(o *person) bool { return o != p && o.Role.Manages() })
	if proposal == nil || !p.Role.Manages() || (proposal.By == p.ID && !alone) {
		return 0
	}
	approve := l.chance(p.odds.Approved)
	asked, late := proposal.At, false
	if c := l.state.Clock(process.ClosingApproval); c != nil {
		late = c.Due.UnixNano() < r.now
	}
	if !r.step(l, r.by(p, process.Happening{What: process.DidDecide, Decide: &process.Decision{Approve: approve}})) {
		return 0
	}
	l.again = !approve
	r.tally.approval(r.clock(l.state).Between(asked, instant(r.now)), approve, late)
	return aWord
}
