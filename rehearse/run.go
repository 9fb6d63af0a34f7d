package rehearse

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

// MostDays bounds a rehearsal: three years.
const MostDays = 1100

// Arrival is a lead that comes in during a rehearsal.
type Arrival struct {
	At      time.Time
	Subject policy.Subject // its ReceivedAt is At, whatever it says
	Reach   process.Reach
	Paid    bool // its source costs money
}

// Setup is what is rehearsed.
type Setup struct {
	Policy   *policy.Policy
	Reasons  lead.Catalogue // nil: the shipped ones
	Language string         // the dealer's own, ISO 639-1
	// Staff is the team in the order of the rotation. Who owned how many leads
	// before (Open) begins with them; they are not worked.
	Staff []Seller
	// Leads come in any order. Those outside the rehearsed days are left out.
	Leads []Arrival
	// From is in the first day, which begins at local midnight; zero is the day
	// of the first lead.
	From time.Time
	Days int
	Seed uint64
	// Progress is called at the end of each simulated day; nil: not.
	Progress func(done, total int)

	// seen is called after every step, by tests.
	seen func(process.State)
}

// Run plays the process of many leads with a team that works them, and reports
// how it went. The same setup gives the same report. The error says what is
// wrong with the setup, or is the context's.
func Run(ctx context.Context, setup Setup) (Report, error) {
	r, err := newRun(setup)
	if err != nil {
		return Report{}, err
	}
	for n := 0; len(r.queue) > 0; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return Report{}, fmt.Errorf("rehearsal stopped after %d days: %w", r.day, context.Cause(ctx))
		}
		next := r.queue.pop()
		if next.at >= r.end {
			break
		}
		r.passDays(next.at)
		r.now = next.at
		r.happens(next)
	}
	r.passDays(r.end)
	return r.report(), nil
}

// run is a rehearsal under way.
type run struct {
	setup Setup
	world process.World
	now   int64 // Unix nanoseconds, like all instants here
	end   int64
	days  []int64 // the local midnights, one more than there are days
	day   int     // how many have passed
	order uint64
	queue heap[moment]
	team  []*person
	byID  map[string]*person
	leads []Arrival // that are still to come
	came  int       // of those, and again
	lives []*life   // that are open
	dice  *rand.Rand
	tally tally
	// reasons are those that close leads in each phase.
	reasons map[lead.Phase]lead.Catalogue
}

// life is one lead under way.
type life struct {
	slot    int // among those that are open
	no      int
	subject policy.Subject
	paid    bool
	knownTo string // staff id
	state   process.State
	dice    *rand.Rand
	armed   int64   // the instant for which the process asked to be woken
	listed  []int32 // who has it on his list, or was told and is about to turn to it
	meets   string  // id of the appointment that has begun
	comes   bool    // whether the customer did
	again   bool    // a manager put it back: call before giving it up again
	ended   bool
	called  dueCall  // the latest call that was counted as due
	climbed []rung   // the steps of escalations that it reached
	strayed []string // what spoke against those who got it nevertheless
	result  result
}

// person is a seller at work.
type person struct {
	Seller

	no      int32
	odds    *Odds
	duty    []stretch
	list    heap[task] // what he has to look at
	busy    int64      // until then he does something else
	armed   int64      // when he looks at his list next
	figures personFigures

	talks      []conversation // of the time that the norm for earning leads looks at
	judgedFrom int64          // those before count no more
}

func newRun(setup Setup) (*run, error) {
	if setup.Policy == nil {
		return nil, errors.New("there is no policy to rehearse")
	}
	if setup.Days < 1 || setup.Days > MostDays {
		return nil, fmt.Errorf("the days must be between 1 and %d", MostDays)
	}
	if err := check(setup.Staff); err != nil {
		return nil, err
	}
	if len(setup.Leads) == 0 {
		return nil, errors.New("there are no leads to rehearse with")
	}
	if setup.Reasons == nil {
		setup.Reasons = lead.Shipped()
	}
	setup.Leads = slices.Clone(setup.Leads)
	slices.SortStableFunc(setup.Leads, func(a, b Arrival) int { return a.At.Compare(b.At) })
	if setup.From.IsZero() {
		setup.From = setup.Leads[0].At
	}
	r := &run{setup: setup, byID: map[string]*person{}, dice: dice(setup.Seed, math.MaxUint64), reasons: map[lead.Phase]lead.Catalogue{}}
	year, month, dom := setup.From.In(setup.Policy.Zone).Date()
	for i := range setup.Days + 1 {
		r.days = append(r.days, time.Date(year, month, dom+i, 0, 0, 0, 0, setup.Policy.Zone).UnixNano())
	}
	r.now, r.end = r.days[0], r.days[setup.Days]
	r.world = process.World{Policy: setup.Policy, Reasons: setup.Reasons, Language: setup.Language}
	r.gather()
	r.tally.begin(r)
	within := func(at time.Time) bool { return at.UnixNano() >= r.now && at.UnixNano() < r.end }
	r.leads = slices.DeleteFunc(setup.Leads, func(a Arrival) bool { return !within(a.At) })
	r.tally.leftOut = len(setup.Leads) - len(r.leads)
	if len(r.leads) == 0 {
		return nil, errors.New("no lead comes in during the rehearsed days; choose other days")
	}
	r.expect()
	return r, nil
}

// gather calls the team together.
func (r *run) gather() {
	hours := roster{policy: r.setup.Policy, from: instant(r.now), until: instant(r.end)}
	standard := DefaultOdds()
	for i, s := range r.setup.Staff {
		p := &person{Seller: s, no: int32(i), odds: cmp.Or(s.Odds, standard), duty: hours.dutyOf(s.Person)}
		p.figures.byHour = make([]uint16, (r.end-r.now)/int64(time.Hour)+1)
		r.team, r.byID[s.ID] = append(r.team, p), p
		r.world.Staff = append(r.world.Staff, s.Person)
	}
}

// expect puts the next lead into the queue.
func (r *run) expect() {
	if r.came < len(r.leads) {
		r.plan(moment{at: r.leads[r.came].At.UnixNano(), what: arrives})
	}
}

// arrive lets the next lead come in.
func (r *run) arrive() {
	a := r.leads[r.came]
	a.Subject.ReceivedAt = a.At.UTC()
	l := r.enter(r.came, a.Subject, a.Reach, a.Paid)
	r.came++
	r.expect()
	if a.Subject.Known {
		l.knownTo = r.anySeller(l)
	}
	r.tally.received(r, l)
	r.step(l, process.Happening{What: process.WasReceived})
}

// enter makes a lead of what comes in now.
func (r *run) enter(no int, subject policy.Subject, reach process.Reach, paid bool) *life {
	l := &life{
		slot: len(r.lives), no: no, subject: subject, paid: paid,
		// A lead has dice of its own: what is drawn for one depends on no other.
		dice: dice(r.setup.Seed, uint64(no)),
	}
	l.state = process.State{
		Lead: l.id(), Source: subject.Source, Phase: r.setup.Policy.Phases[0], Stage: lead.New, Status: lead.Open,
		ReceivedAt: subject.ReceivedAt, Reach: reach,
	}
	r.lives = append(r.lives, l)
	return l
}

// anySeller draws the colleague who worked a known customer last.
func (r *run) anySeller(l *life) string {
	var ids []string
	for _, p := range r.team {
		if p.Role == lead.RoleSalesperson {
			ids = append(ids, p.ID)
		}
	}
	if len(ids) == 0 {
		return ""
	}
	return ids[l.dice.IntN(len(ids))]
}

// plan puts something into the queue.
func (r *run) plan(m moment) {
	r.order++
	m.order = r.order
	r.queue.push(m)
}

// passDays closes the days that are over at an instant.
func (r *run) passDays(at int64) {
	for r.day < r.setup.Days && r.days[r.day+1] <= at {
		r.day++
		r.tally.daily = append(r.tally.daily, len(r.lives))
		if r.setup.Progress != nil {
			r.setup.Progress(r.day, r.setup.Days)
		}
	}
}

// happens lets one thing take place.
func (r *run) happens(m moment) {
	l := m.lead
	switch m.what {
	case arrives:
		r.arrive()
	case falls:
		if l.armed != m.at {
			return // it was put off, or is done
		}
		l.armed = 0
		r.step(l, process.Happening{What: process.WasDue})
	case notices:
		p := r.team[m.person]
		r.order++
		p.list.push(task{due: l.due(r.now), order: r.order, lead: l})
		r.turnTo(p)
	case isFree:
		p := r.team[m.person]
		if p.armed == m.at {
			p.armed = 0
			r.turnTo(p)
		}
	case visits:
		r.visit(l)
	case answers:
		r.phoned(l)
	case resumes:
		r.resume(r.team[m.person])
	case begins:
		r.beginAgain(l)
	}
}

// step has something happen to a lead, does what the product does with the
// outcome, and counts it. It reports whether the rules let it.
func (r *run) step(l *life, h process.Happening) bool {
	w := r.world
	w.Now = instant(r.now)
	w.Subject, w.CustomerOwner, w.PaidSource, w.Reach = l.subject, l.knownTo, l.paid, l.state.Reach
	before := l.state
	out := process.Step(w, before, h)
	if out.Refused != nil {
		r.tally.refusal(h, out.Refused)
		return false
	}
	if out.Assigned != "" {
		// Whoever gets a lead is judged first, and it is decided again.
		if w.Paused = r.judge(); len(w.Paused) > 0 {
			out = process.Step(w, before, h)
		}
	}
	l.state = out.State
	l.note(l.state)
	rotate(r.world.Staff, out.Assigned)
	move(r.world.Staff, ownerOf(before), ownerOf(l.state))
	r.tally.count(r, l, before, out)
	r.planAgain(l, out.FollowUps)
	r.spread(l, out)
	if fates := delivered(out.Mails, h.Actor, w.Now); len(fates) > 0 {
		return r.step(l, process.Happening{What: process.WasDelivered, Delivered: fates})
	}
	if l.state.Status == lead.Closed {
		r.ended(l)
	}
	r.arm(l)
	if r.setup.seen != nil {
		r.setup.seen(l.state)
	}
	return true
}

// ended forgets what is not needed of a closed lead: there are many.
func (r *run) ended(l *life) {
	if l.ended {
		return
	}
	l.ended = true
	r.tally.ended(l)
	l.listed, l.climbed, l.strayed, l.state.Attempts, l.state.Took = nil, nil, nil, nil, nil
	last := r.lives[len(r.lives)-1]
	last.slot, r.lives[l.slot], r.lives[len(r.lives)-1] = l.slot, last, nil
	r.lives = r.lives[:len(r.lives)-1]
}

// arm sees to it that the process looks at the clock when it next asks to.
func (r *run) arm(l *life) {
	c := l.state.NextDeadline()
	if c == nil {
		l.armed = 0
		return
	}
	if at := max(c.Next.UnixNano(), r.now); at != l.armed {
		l.armed = at
		r.plan(moment{at: at, what: falls, lead: l})
	}
}

// due is the instant by which somebody has to have acted on the lead, or none
// when there is no such instant.
func (l *life) due(none int64) int64 {
	first := int64(math.MaxInt64)
	for _, c := range l.state.Clocks {
		if c.Kind.Visible() {
			first = min(first, c.Due.UnixNano())
		}
	}
	if first == math.MaxInt64 {
		return none
	}
	return first
}

// dice throws the same for the same two numbers.
func dice(seed, of uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, of)) //nolint:gosec // dice, not secrets
}

// chance throws the lead's dice.
func (l *life) chance(p float64) bool { return l.dice.Float64() < p }

// id is the lead's own, spread evenly: a share of closings is drawn by it.
func (l *life) id() string { return identifier(uint64(l.no)*0x9e3779b97f4a7c15, uint64(l.no)) }

// identifier writes two numbers as a UUID.
func identifier(high, low uint64) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], high)
	binary.BigEndian.PutUint64(b[8:], low)
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func instant(ns int64) time.Time { return time.Unix(0, ns).UTC() }
