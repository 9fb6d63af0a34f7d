// Package rehearse plays the process without a server: Preview shows what would
// happen to one lead if nobody acted, and Run drives thousands of leads through
// months of simulated time with a model of how a team works.
//
// Both call process.Step, the very code that decides for real leads, and keep
// around it what the product keeps: the rotation, who owns how many leads, the
// deliveries. The package is pure: it does no I/O and knows no clock. The same
// input gives the same output on every machine.
package rehearse

import (
	"cmp"
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

const (
	// previewDays is for how long a lead is watched when the plan does not say.
	previewDays = 14
	// mostEntries bounds the events of a preview when the plan does not say. A
	// policy may repeat a step every second.
	mostEntries = 500
)

// Plan is a question to the policy: what would happen to this lead?
type Plan struct {
	Policy  *policy.Policy
	Reasons lead.Catalogue // nil: the shipped ones
	// Staff is who is active, the least recently assigned first, as the roster
	// of the product has it. Standin makes some up for a policy without a dealer.
	Staff []process.Person
	// Pausing lists the staff ids for whom new leads pause from this lead on,
	// because they are judged before anybody gets it (R24).
	Pausing []string
	// Language is the dealer's own, ISO 639-1.
	Language string
	// Subject is the lead. A zero ReceivedAt is Now.
	Subject policy.Subject
	// Reach says how the customer could be contacted.
	Reach process.Reach
	// CustomerOwner is the staff id that worked this customer last, or "".
	CustomerOwner string
	PaidSource    bool
	// Now is the instant at which the lead comes in.
	Now time.Time
	// Until is where the preview ends; zero is 14 days after Now.
	Until time.Time
	// Most bounds the number of events; 0 is 500.
	Most int
}

// Preview runs the decisions of the workflow for one hypothetical lead on which
// nobody acts: its receipt, and then a look at the clock whenever the process
// asks for one. Mails to the customer count as accepted at once.
//
// Nothing is left out that the workflow would do, and nothing added. What is
// not known is what people do: Calls tells by which instants they would have to
// call if nobody ever picked up.
func Preview(p Plan) Course {
	if p.Subject.ReceivedAt.IsZero() {
		p.Subject.ReceivedAt = p.Now
	}
	if p.Until.IsZero() {
		p.Until = p.Now.AddDate(0, 0, previewDays)
	}
	if p.Most <= 0 {
		p.Most = mostEntries
	}
	w := watching(p)
	w.receive(p.Pausing)
	first := w.state
	c := Course{
		Track: first.Track, Why: first.Why, Phase: first.Phase, Owner: first.Owner, Zone: p.Policy.Zone.String(),
		ReceivedAt: first.ReceivedAt, ClockStart: first.ClockStart, LiveDueAt: first.LiveDueAt, Until: p.Until.UTC(),
		Calls: calls(p),
	}
	for w.look(p.Until) {
		if len(w.course.Events) >= p.Most {
			c.Cut = true
			break
		}
	}
	c.Deadlines, c.Events, c.Alerts, c.Mails = w.course.Deadlines, w.course.Events, w.course.Alerts, w.course.Mails
	slices.SortStableFunc(c.Deadlines, func(a, b Deadline) int { return a.DueAt.Compare(b.DueAt) })
	slices.SortStableFunc(c.Alerts, func(a, b Alert) int { return cmp.Or(a.SentAt.Compare(b.SentAt), a.At.Compare(b.At)) })
	return c
}

// watched is one lead under way with its follow-ups and the world around it, as
// the product would keep them.
type watched struct {
	world  process.World
	state  process.State
	tasks  []process.FollowUpState
	course Course
}

// previewLead is the id of the lead of a preview. Whatever is drawn by the id of
// a lead is drawn for this one.
const previewLead = "00000000-0000-7000-8000-000000000000"

func watching(p Plan) *watched {
	reasons := p.Reasons
	if reasons == nil {
		reasons = lead.Shipped()
	}
	return &watched{
		course: Course{Deadlines: []Deadline{}, Events: []Event{}, Alerts: []Alert{}, Mails: []Mail{}}, // none is no null
		world: process.World{
			Now: p.Now.UTC(), Policy: p.Policy, Reasons: reasons, Staff: slices.Clone(p.Staff), Language: p.Language, Subject: p.Subject,
			CustomerOwner: p.CustomerOwner, PaidSource: p.PaidSource, Reach: p.Reach,
		},
		state: process.State{
			Lead: previewLead, Source: p.Subject.Source, Phase: p.Policy.Phases[0], Stage: lead.New, Status: lead.Open,
			ReceivedAt: p.Subject.ReceivedAt.UTC(), Reach: p.Reach,
		},
	}
}

// receive is the doorbell. Whoever is judged then is judged for this step only;
// that his leads pause stays.
func (w *watched) receive(pausing []string) {
	w.world.Paused = pausing
	for i := range w.world.Staff {
		w.world.Staff[i].Paused = w.world.Staff[i].Paused || slices.Contains(pausing, w.world.Staff[i].ID)
	}
	w.step(process.Happening{What: process.WasReceived})
	w.world.Paused = nil
}

// look moves the time to the next deadline of the lead or of one of its
// follow-ups and has that look at the clock. It reports false when the next one
// lies behind the end or there is none.
func (w *watched) look(until time.Time) bool {
	next, of := w.state.NextDeadline(), -1
	for i := range w.tasks {
		if c := w.tasks[i].NextDeadline(); c != nil && (next == nil || c.Next.Before(next.Next)) {
			next, of = c, i
		}
	}
	if next == nil || next.Next.After(until) {
		return false
	}
	if next.Next.After(w.world.Now) {
		w.world.Now = next.Next
	}
	if of < 0 {
		w.step(process.Happening{What: process.WasDue})
	} else {
		w.follow(of, process.FollowUpHappening{What: process.WasDue})
	}
	return true
}

// step has it happen and does what the product does with the outcome. It
// reports whether the rules let it.
func (w *watched) step(h process.Happening) bool {
	owner := ownerOf(w.state)
	out := process.Step(w.world, w.state, h)
	if out.Refused != nil {
		return false
	}
	w.state = out.State
	rotate(w.world.Staff, out.Assigned)
	move(w.world.Staff, owner, ownerOf(w.state))
	w.note(out.Written, "", w.state.Clocks)
	w.begin(out)
	if fates := delivered(out.Mails, h.Actor, w.world.Now); len(fates) > 0 {
		return w.step(process.Happening{What: process.WasDelivered, Delivered: fates})
	}
	return true
}

// note keeps what a step left behind, of the lead or of the follow-up of a kind.
func (w *watched) note(done process.Written, task lead.FollowUpKind, clocks []process.Clock) {
	now, c := w.world.Now, &w.course
	for _, e := range done.Events {
		c.Events = append(c.Events, Event{At: now, Kind: e.Kind, Actor: e.Actor, Data: e.Data})
	}
	from := len(c.Alerts)
	for _, m := range done.Mails {
		if m.Staff == "" {
			c.Mails = append(c.Mails, Mail{At: sent(m, now), Template: m.Template, Channel: m.Channel})
			continue
		}
		c.Alerts = addAlert(c.Alerts, from, m, task, now)
	}
	for _, k := range clocks {
		if k.Kind.Visible() {
			c.Deadlines = addDeadline(c.Deadlines, Deadline{Kind: k.Kind, Task: task, StartAt: k.Start, DueAt: k.Due, N: k.N})
		}
	}
}

// calls tells by which instants each call is due when every one is made just
// then and nobody picks up, until the policy asks for no more.
func calls(p Plan) []Call {
	w := watching(p)
	w.receive(p.Pausing)
	list := []Call{}
	for len(list) < mostCalls {
		c := w.state.Clock(process.CallAttempt)
		if c == nil || c.Due.After(p.Until) || (len(list) > 0 && c.N <= list[len(list)-1].N) {
			return list
		}
		due := *c
		list = append(list, Call{N: due.N, DueAt: due.Due})
		if due.Due.After(w.world.Now) {
			w.world.Now = due.Due
		}
		if !w.step(unanswered(w.state.Owner)) {
			return list
		}
	}
	return list
}

// mostCalls is more than any policy asks for.
const mostCalls = 100

// unanswered is a call by somebody to which nobody came.
func unanswered(by string) process.Happening {
	return process.Happening{
		What: process.DidAttempt, Actor: process.Actor(by),
		Attempt: &process.AttemptMade{Channel: lead.Phone, Direction: lead.Out, Outcome: lead.NoAnswer},
	}
}
