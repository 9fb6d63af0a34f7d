package rehearse

import (
	"cmp"
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

// tally counts while a rehearsal runs. It keeps counts and the few spans of
// which percentiles are wanted, never events or messages.
//
// What is held against the number of leads counts leads that came in. A run that
// a follow-up began anew is work as any other, and no lead more.
type tally struct {
	from    int64
	leads   int
	again   int
	leftOut int
	week    [7][24]int // receipts by local weekday, Monday first, and hour
	tracks  map[string]int

	lives   []time.Duration // on the track's clock, from its start to the first live response
	inTime  int
	never   int // leads that closed without one
	funnel  Funnel
	renewed Funnel         // of the runs begun again
	closed  map[string]int // by reason
	passed  map[string]int // from the call centre to the showroom, by reason
	parked  int
	decided []time.Duration // that closings waited, on the track's clock
	refused int             // closings that a manager rejected
	late    int             // that he decided on later than the policy says
	no      map[refusalKey]int
	tasks   map[lead.FollowUpKind]int

	rungs  map[rung]*rungFigures
	pauses int // of new leads for somebody (R24)
	// although counts the leads that went to somebody who was not the right one,
	// because nobody else was there, by what spoke against him; each lead once.
	although map[string]int

	made, due []uint16 // calls by hour since from
	daily     []int    // leads open at the end of each day
	maxOpen   int      // the most at any time
	maxAt     int64    // and when
}

// rung is one step of the escalation of a clock on a track.
type rung struct {
	track string
	kind  process.Kind
	step  int // from 1; 0 for the daily alert after the last one
}

type rungFigures struct {
	of      int // how many steps there are
	to      []string
	taken   int // repeats and runs begun again included
	leads   int
	skipped int
}

// refusalKey is what was refused, and why.
type refusalKey struct {
	what   process.What
	reason string // of a closing
	code   process.Code
}

// dueCall names a call that fell due: which one, of which cycle.
type dueCall struct {
	cycle int64
	n     int
}

// personFigures is what is counted of one person.
type personFigures struct {
	given  int // leads
	calls  int
	worked int64 // nanoseconds
	byHour []uint16
}

func (t *tally) begin(r *run) {
	hours := (r.end-r.now)/int64(time.Hour) + 1
	*t = tally{
		from: r.now, tracks: map[string]int{}, closed: map[string]int{}, passed: map[string]int{}, no: map[refusalKey]int{},
		tasks: map[lead.FollowUpKind]int{}, rungs: map[rung]*rungFigures{}, although: map[string]int{}, made: make([]uint16, hours), due: make([]uint16, hours),
	}
}

// hour is the hour since the beginning, the unit in which calls are counted.
func (t *tally) hour(at int64) int {
	return min(max(int((at-t.from)/int64(time.Hour)), 0), len(t.made)-1)
}

// received counts a lead that comes in.
func (t *tally) received(r *run, l *life) {
	if l.state.Again {
		t.again++
	} else {
		t.leads++
		local := instant(r.now).In(r.setup.Policy.Zone)
		t.week[(int(local.Weekday())+6)%7][local.Hour()]++
	}
	if n := len(r.lives); n > t.maxOpen {
		t.maxOpen, t.maxAt = n, r.now
	}
}

// called counts a call that somebody made.
func (t *tally) called(r *run, p *person) {
	hour := t.hour(r.now)
	t.made[hour]++
	p.figures.calls++
	p.figures.byHour[hour]++
}

// approval counts a manager's decision.
func (t *tally) approval(waited time.Duration, approved, late bool) {
	t.decided = append(t.decided, waited)
	if !approved {
		t.refused++
	}
	if late {
		t.late++
	}
}

// refusal counts what the rules did not let somebody do.
func (t *tally) refusal(h process.Happening, why *process.Refusal) {
	key := refusalKey{what: h.What, code: why.Code}
	if h.Close != nil {
		key.reason = h.Close.Reason
	}
	t.no[key]++
}

// count counts what a step did.
func (t *tally) count(r *run, l *life, before process.State, out process.Outcome) {
	after := out.State
	if p := r.byID[out.Assigned]; p != nil {
		p.figures.given++
	}
	if before.Track == "" && after.Track != "" && !after.Again {
		t.tracks[after.Track]++
	}
	t.progress(r, before, after)
	if out.Attempt != nil {
		if c := before.Clock(process.CallAttempt); c != nil {
			t.fell(l, before, c.N, min(c.Due.UnixNano(), r.now))
		}
	}
	for _, f := range out.FollowUps {
		t.tasks[f.Kind]++
	}
	if c := out.Closing; c != nil && (c.State == "final" || c.State == "approved") {
		t.settled(c.Ask.Reason, before, after)
	}
	for _, e := range out.Events {
		switch e.Kind {
		case "escalated", "step_skipped":
			t.climbed(l, after.Track, e)
		case "assigned":
			although, _ := e.Data["although"].([]string)
			t.strayed(l, although)
		case "attempt_due":
			n, _ := e.Data["n"].(int)
			at, _ := e.Data["due_at"].(time.Time)
			t.fell(l, after, n, at.UnixNano())
		}
	}
}

// progress counts how far leads get.
func (t *tally) progress(r *run, before, after process.State) {
	if before.FirstLiveAt.IsZero() && !after.FirstLiveAt.IsZero() && !after.Again {
		t.lives = append(t.lives, r.clock(after).Between(after.ClockStart, after.FirstLiveAt))
		if !after.FirstLiveAt.After(after.LiveDueAt) {
			t.inTime++
		}
	}
	funnel := &t.funnel
	if after.Again {
		funnel = &t.renewed
	}
	if before.FirstConversation.IsZero() && !after.FirstConversation.IsZero() {
		funnel.Conversations++
	}
	if before.Appointment == nil && after.Appointment != nil {
		funnel.Appointments++
	}
	if before.Kept.VisitedAt.IsZero() && !after.Kept.VisitedAt.IsZero() {
		funnel.Visits++
	}
	if before.Stage != lead.Won && after.Stage == lead.Won {
		funnel.Sales++
	}
}

// strayed counts what spoke against whoever got a lead.
func (t *tally) strayed(l *life, although []string) {
	for _, word := range although {
		if !l.state.Again && !slices.Contains(l.strayed, word) {
			l.strayed = append(l.strayed, word)
			t.although[word]++
		}
	}
}

// clock is the calendar on which the clocks of a lead run.
func (r *run) clock(s process.State) *policy.Calendar {
	return r.setup.Policy.Clock(r.setup.Policy.Track(s.Track))
}

// settled counts a closing that took effect.
func (t *tally) settled(reason string, before, after process.State) {
	switch {
	case after.Status == lead.Closed:
		t.closed[reason]++
	case after.Stage == lead.Parked:
		t.parked++
	case before.Phase != after.Phase:
		t.passed[reason]++
	}
}

// fell counts that a call fell due, each call once.
func (t *tally) fell(l *life, s process.State, n int, at int64) {
	call := dueCall{cycle: s.CycleStart.UnixNano(), n: n}
	if l.called != call {
		l.called = call
		t.due[t.hour(at)]++
	}
}

// climbed counts a step of an escalation, or the daily alert after it.
func (t *tally) climbed(l *life, track string, e process.Event) {
	step, isStep := e.Data["step"].(int)
	kind, _ := e.Data["kind"].(string)
	if !isStep {
		return // what was skipped was a mail
	}
	key := rung{track: track, kind: process.Kind(kind), step: step}
	_, daily := e.Data["again"]
	if daily {
		key.step = 0
	}
	f := t.rungs[key]
	if f == nil {
		f = &rungFigures{}
		f.of, _ = e.Data["steps"].(int)
		f.to, _ = e.Data["to"].([]string)
		t.rungs[key] = f
	}
	if e.Kind == "step_skipped" {
		f.skipped++
		return
	}
	f.taken++
	if !l.state.Again && !slices.Contains(l.climbed, key) {
		l.climbed = append(l.climbed, key)
		f.leads++
	}
}

// ended counts a lead that is closed.
func (t *tally) ended(l *life) {
	if l.state.FirstLiveAt.IsZero() && !l.state.Again {
		t.never++
	}
}

// percentile returns the p-th percentile of sorted values, the zero value when
// there are none.
func percentile[T cmp.Ordered](sorted []T, p int) T {
	var none T
	if len(sorted) == 0 {
		return none
	}
	i := (len(sorted)*p + 99) / 100
	return sorted[min(max(i-1, 0), len(sorted)-1)]
}
