package rehearse

import (
	"math"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

// conversation is a lead on which somebody reached the customer, and when first.
type conversation struct {
	lead *life
	at   int64
}

// result is how far a lead got: what the norm for earning leads looks at.
type result struct{ appointment, visit, won, dropped bool }

// note remembers how far the lead got.
func (l *life) note(s process.State) {
	l.result.appointment = l.result.appointment || s.Appointment != nil || (s.Phase == lead.Showroom && s.Measure.Phases[0] == lead.BDC)
	l.result.visit = l.result.visit || !s.Kept.VisitedAt.IsZero()
	l.result.won = s.Stage == lead.Won
	l.result.dropped = s.Stage == lead.Dropped
}

func (l *life) made(result lead.Stage) bool {
	switch result {
	case lead.Won:
		return l.result.won
	case lead.Visit:
		return l.result.visit || l.result.won
	default:
		return l.result.appointment || l.result.visit || l.result.won
	}
}

// talked remembers a conversation, the first of a person with a customer.
func (p *person) talked(l *life, at int64) {
	for _, c := range p.talks {
		if c.lead == l && c.at > p.judgedFrom {
			return
		}
	}
	p.talks = append(p.talks, conversation{l, at})
}

// judge pauses new leads for everybody who makes too little of enough
// conversations, as the product does before somebody gets a lead, and returns
// the ids of those for whom they pause from now on (R24).
func (r *run) judge() []string {
	e := r.setup.Policy.Earning
	if e == nil {
		return nil
	}
	since, ripe := r.earlier(e.Window), r.earlier(e.Judge)
	var paused []string
	for i := range r.world.Staff {
		p := r.byID[r.world.Staff[i].ID]
		if r.world.Staff[i].Paused || (p.Role != lead.RoleBDC && p.Role != lead.RoleSalesperson) {
			continue
		}
		if p.below(e, since, ripe) {
			r.world.Staff[i].Paused = true
			paused = append(paused, p.ID)
			r.tally.pauses++
			r.intervene(p)
		}
	}
	return paused
}

// below reports whether enough conversations are judged and too few had the
// result. Those before since are forgotten.
func (p *person) below(e *policy.Earning, since, ripe int64) bool {
	kept := p.talks[:0]
	judged, made := 0, 0
	for _, c := range p.talks {
		if c.at <= since || c.at <= p.judgedFrom {
			continue
		}
		kept = append(kept, c)
		switch {
		case c.lead.result.dropped:
		case c.lead.made(e.Result):
			judged, made = judged+1, made+1
		case c.lead.ended || c.at <= ripe:
			judged++
		}
	}
	p.talks = kept
	return judged > 0 && judged >= e.Sample && made*100 < e.Norm*judged
}

// earlier is the instant that lies a while before now, days on the calendar.
func (r *run) earlier(d policy.Duration) int64 {
	return instant(r.now).In(r.setup.Policy.Zone).AddDate(0, 0, -d.Days).Add(-d.Span).UnixNano()
}

// intervene has a manager do something about somebody for whom new leads pause:
// after his reaction time, or on a later day when he is not diligent. The pause
// ends with it.
func (r *run) intervene(p *person) {
	var manager *person
	for _, o := range r.team {
		if o.Role.Manages() && o != p && (manager == nil || o.Role == lead.RoleSalesManager && manager.Role != lead.RoleSalesManager) {
			manager = o
		}
	}
	if manager == nil {
		return
	}
	at := r.now
	for at < r.end && r.dice.Float64() >= manager.Diligence {
		at += int64(24 * time.Hour)
	}
	if from, ever := onDutyFrom(manager.duty, at); ever {
		at = from + int64(float64(manager.Reaction)*math.Exp(reactionSpread*r.dice.NormFloat64()))
		r.plan(moment{at: at, what: resumes, person: p.no})
	}
}

// resume ends the pause of new leads for somebody; he is judged by what comes.
func (r *run) resume(p *person) {
	p.judgedFrom = r.now
	for i := range r.world.Staff {
		if r.world.Staff[i].ID == p.ID {
			r.world.Staff[i].Paused = false
		}
	}
}
