package rehearse

import (
	"math"
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

// spread brings the alerts of a step to the people. A call that is due is as
// good as an alert: it stands on the owner's list.
func (r *run) spread(l *life, out process.Outcome) {
	owner := false
	for i, m := range out.Mails {
		if m.Staff == "" || slices.ContainsFunc(out.Mails[:i], func(o process.Mail) bool { return o.Staff == m.Staff }) {
			continue
		}
		at, calls := int64(math.MaxInt64), false
		for _, o := range out.Mails[i:] {
			if o.Staff == m.Staff {
				at, calls = min(at, sent(o, instant(r.now)).UnixNano()), calls || asksToAct(o, l.state.Owner)
			}
		}
		if calls {
			r.tell(r.byID[m.Staff], l, at)
			owner = owner || m.Staff == l.state.Owner
		}
	}
	if !owner && slices.ContainsFunc(out.Events, func(e process.Event) bool { return e.Kind == "attempt_due" }) {
		r.tell(r.byID[l.state.Owner], l, r.now)
	}
}

// asksToAct reports whether a message wants more of its reader than to know.
func asksToAct(m process.Mail, owner string) bool {
	switch m.Template {
	case "closing-proposed":
		return true
	case "closing-approved", "staff-paused":
		return false
	default:
		return m.Staff == owner || m.Step > 0
	}
}

// tell makes somebody turn to a lead after his reaction time, if he does at
// all. Whoever has it on his list already is not told twice.
func (r *run) tell(p *person, l *life, at int64) {
	if p == nil || l.state.Status == lead.Closed || slices.Contains(l.listed, p.no) || !l.chance(p.Diligence) {
		return
	}
	from, ever := onDutyFrom(p.duty, at)
	if !ever {
		return
	}
	reaction := float64(p.Reaction) * math.Exp(reactionSpread*l.dice.NormFloat64())
	r.list(p, l, from+int64(reaction))
}

// list has somebody turn to a lead at an instant.
func (r *run) list(p *person, l *life, at int64) {
	if !slices.Contains(l.listed, p.no) {
		l.listed = append(l.listed, p.no)
		r.plan(moment{at: at, what: notices, person: p.no, lead: l})
	}
}

// turnTo has somebody do what is on his list, the most urgent first, one thing
// at a time and while he is on duty.
func (r *run) turnTo(p *person) {
	for len(p.list) > 0 {
		if p.busy > r.now {
			r.free(p, p.busy)
			return
		}
		from, ever := onDutyFrom(p.duty, r.now)
		if !ever {
			return
		}
		if from > r.now {
			r.free(p, from)
			return
		}
		l := p.list.pop().lead
		l.listed = slices.DeleteFunc(l.listed, func(no int32) bool { return no == p.no })
		r.spend(p, r.act(p, l))
	}
}

// free plans when somebody looks at his list again.
func (r *run) free(p *person, at int64) {
	if p.armed == 0 || at < p.armed {
		p.armed = at
		r.plan(moment{at: at, what: isFree, person: p.no})
	}
}

// spend takes somebody's time from now, or from when he is free.
func (r *run) spend(p *person, share float64) {
	if share <= 0 {
		return
	}
	span := int64(share * float64(time.Hour) / p.CallsPerHour)
	p.busy = max(p.busy, r.now) + span
	p.figures.worked += span
}

// How much of the time of a call other things take.
const (
	aCall = 1.0
	aMail = 0.5
	aWord = 0.5 // to decide on a closing, tell an outcome, talk to a colleague
)

// act is what somebody does with a lead that he looks at. It returns the time
// that it took, in calls.
func (r *run) act(p *person, l *life) float64 {
	s := &l.state
	switch {
	case s.Status == lead.Closed, s.Stage == lead.Parked:
		return 0
	case s.Status == lead.Closing:
		return r.decide(p, l)
	case s.Owner == p.ID:
		return r.work(p, l)
	case p.Role.Manages() && l.due(math.MaxInt64) <= r.now:
		return r.push(p, l)
	case s.Escalation.Kind == "" || s.Appointment != nil || !p.Role.Sells():
		return 0 // somebody acted meanwhile, and the screen says so; or it is not for him
	}
	if !r.step(l, r.by(p, process.Happening{What: process.DidTake})) {
		return 0
	}
	return r.work(p, l)
}

// push is a manager's way with a lead that he was told of: he sees to it that
// the owner calls now, gives it to the colleague with the shortest list when the
// owner is away or has too much already, and calls himself when nobody is there.
func (r *run) push(p *person, l *life) float64 {
	owner := r.byID[l.state.Owner]
	there := owner != nil && r.there(owner)
	if l.state.Appointment != nil {
		if there {
			r.list(owner, l, r.now)
			return aWord
		}
		return r.work(p, l)
	}
	best := r.freest(owner)
	switch {
	case there && (best == nil || len(best.list)+1 >= len(owner.list)):
		r.list(owner, l, r.now)
		return aWord
	case best != nil:
		if r.step(l, r.by(p, process.Happening{What: process.DidAssign, Assign: &process.Assignment{To: best.ID}})) {
			r.list(best, l, r.now)
		}
		return aWord
	}
	if !r.step(l, r.by(p, process.Happening{What: process.DidTake})) {
		return 0
	}
	return r.work(p, l)
}

// there reports whether somebody is on duty now.
func (r *run) there(p *person) bool {
	from, ever := onDutyFrom(p.duty, r.now)
	return ever && from == r.now
}

// freest is whoever has the shortest list of those on duty who do the same work
// as the owner, nil when none of them is there.
func (r *run) freest(owner *person) *person {
	var best *person
	for _, p := range r.team {
		if p == owner || (p.Role != lead.RoleSalesperson && (owner == nil || p.Role != owner.Role)) || p.Role.Manages() {
			continue
		}
		if r.there(p) && (best == nil || len(p.list) < len(best.list)) {
			best = p
		}
	}
	return best
}

// work is what the owner does with a lead.
func (r *run) work(p *person, l *life) float64 {
	s := &l.state
	if a := s.Appointment; a != nil {
		return r.outcome(p, l, a)
	}
	if !s.Reach.May(lead.Phone) {
		return r.write(p, l)
	}
	if r.giveUp(p, l) {
		return aWord
	}
	if c := s.Clock(process.CallAttempt); c != nil && c.Due.UnixNano() > r.now && !s.FirstLiveAt.IsZero() {
		return 0 // the next call is for later, and will be on the list then
	}
	return r.call(p, l)
}

// call is a call and what comes of it.
func (r *run) call(p *person, l *life) float64 {
	part := policy.Daypart(instant(r.now).In(r.setup.Policy.Zone))
	outcome := p.odds.Answers[part].outcome(l.dice.Float64())
	h := process.Happening{What: process.DidAttempt, Attempt: &process.AttemptMade{Channel: lead.Phone, Direction: lead.Out, Outcome: outcome}}
	if !r.step(l, r.by(p, h)) {
		return 0
	}
	l.again = false
	r.tally.called(r, p)
	switch outcome {
	case lead.Reached:
		if r.setup.Policy.Earning != nil {
			p.talked(l, r.now)
		}
		r.talk(p, l)
	case lead.WrongNumber:
		r.close(p, l, "wrong_personal_data")
	case lead.Refused:
		r.close(p, l, "refused_call")
	default:
		if !r.giveUp(p, l) && l.chance(p.odds.Impatience) {
			r.ask(p, l, "not_reached")
		}
	}
	return aCall
}

// write is what is left for a customer who cannot be called: a mail that asks
// for his number, and in the end a closing.
func (r *run) write(p *person, l *life) float64 {
	s := &l.state
	asked := !s.Mails.PhoneAskedAt.IsZero()
	if !s.Reach.Phone && s.Reach.May(lead.Email) && !asked {
		r.mail(p, l, "ask-for-phone")
		if l.chance(p.odds.Phoned) {
			wait := time.Duration(float64(4*time.Hour) * math.Exp(l.dice.NormFloat64()))
			r.plan(moment{at: r.now + int64(wait), what: answers, lead: l})
		}
		return aMail
	}
	r.close(p, l, "no_phone_number")
	return aMail
}

// mail is a mail that somebody writes to the customer.
func (r *run) mail(p *person, l *life, template string) {
	r.step(l, r.by(p, process.Happening{What: process.DidMessage, Message: &process.MessageAsked{ID: r.identifier(), Template: template}}))
}

// by says who did it.
func (r *run) by(p *person, h process.Happening) process.Happening {
	h.Actor = process.Actor(p.ID)
	return h
}

// identifier gives a new id of something that is stored in the product.
func (r *run) identifier() string {
	r.order++
	return identifier(uint64(time.Hour), r.order)
}
