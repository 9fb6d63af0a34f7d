package process

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// Written is what every step leaves behind, of a lead or of a follow-up.
type Written struct {
	Events []Event
	Mails  []Mail
	// Deliver asks to send what is pending now.
	Deliver bool
}

// watch keeps an agenda: it knows who is there, climbs escalations and tells
// people. A lead's step and a follow-up's step are each built on one.
type watch struct {
	w      World
	a      *Agenda
	track  *policy.Track // whose clock and whose matches hold
	to     *Written
	climb  climber
	actor  Actor
	about  map[string]any // stands in every event
	prefix string         // of every message's key
	alerts []Mail
}

// climber is what the ladder of a clock asks of the process that it serves.
type climber interface {
	// fire lets a clock act that is due.
	fire(c Clock)
	// steps returns the escalation of a clock.
	steps(k Kind) []policy.Step
	// give makes somebody the owner and says why on the timeline.
	give(to, why string)
	// template names the words for an alert about a clock, and what the message
	// refers to.
	template(k Kind, m Mark) (name, ref string)
}

// event puts an entry on the timeline, by the actor of what happened.
func (b *watch) event(kind string, data map[string]any) {
	actor := b.actor
	if actor == "" {
		actor = System
	}
	b.note(kind, actor, data)
}

// own puts an entry on the timeline that the process itself caused.
func (b *watch) own(kind string, data map[string]any) { b.note(kind, System, data) }

func (b *watch) note(kind string, actor Actor, data map[string]any) {
	if len(b.about) > 0 {
		maps.Copy(data, b.about)
	}
	b.to.Events = append(b.to.Events, Event{Kind: kind, Actor: actor, Data: data})
}

// send asks for a message to go now.
func (b *watch) send(m Mail) {
	b.to.Mails = append(b.to.Mails, m)
	b.to.Deliver = true
}

// alert tells a person something through the channels. It replaces what this
// step was to tell him about the same subject, on every channel, so that an
// outage ends in one message. Nobody is told who is not active: he left, or the
// word in the place of his id, such as operator, stands for no member of staff.
func (b *watch) alert(m Mail, subject string, through []policy.Channel) {
	if b.person(m.Staff) == nil {
		return
	}
	about := b.key(subject, m.Staff) + "/"
	b.alerts = slices.DeleteFunc(b.alerts, func(o Mail) bool { return strings.HasPrefix(o.Key, about) })
	for _, c := range through {
		m.Key, m.Channel = about+string(c), lead.Channel(c)
		b.alerts = append(b.alerts, m)
	}
}

// tell is an alert by mail and on the screen that belongs to no escalation.
func (b *watch) tell(template, subject, staff, ref string) {
	b.alert(Mail{Template: template, Staff: staff, Ref: ref}, subject, byMailAndScreen)
}

// flush turns the collected alerts into messages. When nothing will wake the
// process again those that would have to wait are left out: the screen has them.
func (b *watch) flush(last bool) {
	for _, m := range b.alerts {
		b.hold(m, last)
	}
}

// hold sends the mail now, or, when its recipient is not on duty, at the next
// opening: nobody is woken at midnight, unless the policy says so. The screen
// does not disturb, and has what an absent colleague is not sent.
func (b *watch) hold(m Mail, last bool) {
	if p := b.person(m.Staff); p != nil && m.Channel != Screen && p.absent(b.w.Now) {
		return
	}
	if p := b.person(m.Staff); p != nil && m.Channel != Screen && !m.Urgent && !b.onDuty(*p, b.w.Now) {
		if at := b.w.Policy.Calendar.NextOpen(b.w.Now); at.After(b.w.Now) {
			if last {
				return
			}
			m.NotBefore = at
			b.wakeFor(at)
		}
	}
	b.to.Mails = append(b.to.Mails, m)
	if m.NotBefore.IsZero() && m.Channel != Screen {
		b.to.Deliver = true
	}
}

// wakeFor makes the process wake up to send what is held back until at.
func (b *watch) wakeFor(at time.Time) {
	for _, c := range b.a.Clocks {
		if c.Kind == HeldBack && c.Next.Equal(at) {
			return
		}
	}
	b.a.Clocks = append(b.a.Clocks, Clock{Kind: HeldBack, Start: b.w.Now, Due: at, Next: at, At: AtDue})
}

// key names a message within its lead. The number of the step makes it unique:
// a step is decided once, and deciding it again writes the same keys.
func (b *watch) key(parts ...string) string {
	return b.prefix + strconv.FormatInt(b.a.Step+1, 10) + "/" + strings.Join(parts, "/")
}

// late returns whole seconds since due, never negative.
func (b *watch) late(due time.Time) int {
	return int(math.Max(0, b.w.Now.Sub(due).Seconds()))
}
