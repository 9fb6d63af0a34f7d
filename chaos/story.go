package main

import (
	"sync"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/lull"
	"github.com/doorbell-ilm/doorbell/internal/stage"
)

// The people, by what they do.
func (l *load) seller() stage.Person              { return l.s.People[l.draw(3)] }
func (l *load) other(p stage.Person) stage.Person { return l.s.People[(l.index(p)+1)%3] }
func (l *load) manager() stage.Person             { return l.s.People[3] }
func (l *load) call(outcome string) map[string]any {
	return map[string]any{"channel": "phone", "outcome": outcome}
}

func (l *load) index(p stage.Person) int {
	for i, o := range l.s.People {
		if o.Email == p.Email {
			return i
		}
	}
	return 0
}

// liveDue is when a lead's first deadline is, counted from its receipt, by the
// policy of the run.
const liveDue = 12 * time.Second

// story is what becomes of one lead. Where somebody acts, he acts once he is
// sure that he was heard before.
func (l *load) story(id string) {
	by, received := l.seller(), time.Now()
	stories := []func(string, stage.Person, time.Time){
		l.ignored, l.ignored, l.ignored, l.worked, l.worked, l.talked, l.closed, l.closed, l.silenced, l.visits, l.claimed, l.raced, l.refusedFirst, l.parked,
	}
	if l.closing {
		stories = []func(string, stage.Person, time.Time){l.closed, l.silenced, l.raced, l.refusedFirst}
	}
	stories[l.draw(len(stories))](id, by, received)
}

// later waits for a while, up to a second longer by chance.
func (l *load) later(d time.Duration) bool {
	return lull.For(l.end, d+time.Duration(l.draw(1000))*time.Millisecond) == nil
}

// ignored: nobody acts, everything escalates.
func (l *load) ignored(string, stage.Person, time.Time) {}

// worked: calls that nobody takes, a note, a mail, another owner.
func (l *load) worked(id string, by stage.Person, _ time.Time) {
	_ = l.later(time.Second) &&
		l.act(id, "attempts", by, l.call("no_answer")) &&
		l.act(id, "notes", by, map[string]any{}) &&
		l.act(id, "messages", by, map[string]any{"subject": "Your test drive"}) &&
		l.later(2*time.Second) &&
		l.act(id, "assign", l.manager(), map[string]any{"to": l.other(by).Email}) &&
		l.act(id, "attempts", l.other(by), l.call("voicemail"))
}

// talked: a conversation, and notes from two people at the same moment.
func (l *load) talked(id string, by stage.Person, _ time.Time) {
	if !l.later(time.Second) || !l.act(id, "attempts", by, l.call("reached")) {
		return
	}
	var both sync.WaitGroup
	for _, p := range []stage.Person{by, l.other(by), l.manager()} {
		both.Go(func() { l.act(id, "notes", p, map[string]any{}) })
	}
	both.Wait()
}

// closed: the customer does not want to talk, the manager agrees.
func (l *load) closed(id string, by stage.Person, _ time.Time) {
	_ = l.later(time.Second) &&
		l.act(id, "attempts", by, l.call("refused")) &&
		l.act(id, "close", by, map[string]any{"reason": "refused_call"}) &&
		l.later(time.Second) &&
		l.act(id, "closing/approve", l.manager(), map[string]any{})
}

// silenced: the customer wants no mail and no calls any more.
func (l *load) silenced(id string, by stage.Person, _ time.Time) {
	_ = l.act(id, "attempts", by, l.call("reached")) &&
		l.act(id, "close", by, map[string]any{"reason": "no_more_calls", "details": map[string]any{"channels": "email,phone"}})
}

// visits: an appointment with reminders.
func (l *load) visits(id string, by stage.Person, _ time.Time) {
	_ = l.later(time.Second) &&
		l.act(id, "attempts", by, l.call("reached")) &&
		l.act(id, "appointments", by, map[string]any{
			"kind": "test_drive", "starts_at": time.Now().Add(15 * time.Second).Format(time.RFC3339), "duration_min": 30, "confirmed": true,
		})
}

// claimed: it escalates, and two people take it at the same moment.
func (l *load) claimed(id string, by stage.Person, received time.Time) {
	if lull.For(l.end, time.Until(received.Add(liveDue+time.Second))) != nil {
		return
	}
	var both sync.WaitGroup
	for _, p := range []stage.Person{by, l.other(by)} {
		both.Go(func() { l.act(id, "take", p, map[string]any{}) })
	}
	both.Wait()
}

// raced: it is closed in the moment in which it escalates, and the manager
// decides in the moment in which it escalates again.
func (l *load) raced(id string, by stage.Person, received time.Time) {
	jitter := time.Duration(l.draw(100)-50) * time.Millisecond
	_ = lull.For(l.end, time.Until(received.Add(liveDue+jitter))) == nil &&
		l.act(id, "close", by, map[string]any{"reason": "test"}) &&
		lull.For(l.end, time.Until(received.Add(liveDue+6*time.Second+jitter))) == nil
	var both sync.WaitGroup
	for _, what := range []string{"closing/approve", "closing/reject"} {
		both.Go(func() { l.act(id, what, l.manager(), map[string]any{}) })
	}
	both.Wait()
	if l.closing {
		l.closed(id, by, received)
	}
}

// refusedFirst: closed without evidence, then with it, by two people at once.
func (l *load) refusedFirst(id string, by stage.Person, received time.Time) {
	_ = l.later(time.Second) && l.act(id, "close", by, map[string]any{"reason": "not_reached"})
	if !l.act(id, "attempts", by, l.call("refused")) {
		return
	}
	var both sync.WaitGroup
	for _, p := range []stage.Person{by, l.other(by)} {
		both.Go(func() { l.act(id, "close", p, map[string]any{"reason": "refused_call"}) })
	}
	both.Wait()
	l.act(id, "closing/approve", l.manager(), map[string]any{})
}

// parked: the lead sleeps, and the manager wakes nothing.
func (l *load) parked(id string, by stage.Person, _ time.Time) {
	_ = l.act(id, "attempts", by, l.call("reached")) &&
		l.act(id, "close", by, map[string]any{
			"reason": "follow_up_required", "details": map[string]any{"on": time.Now().AddDate(0, 1, 0).Format(time.DateOnly), "about": "the new model"},
		})
}
