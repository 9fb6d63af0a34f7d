package process_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

// tester is what *testing.T and *rapid.T have in common.
type tester interface {
	require.TestingT
	Helper()
}

// life is one lead from the doorbell on, with the time moved by the test. It
// does with the process what the workflow does: one thing at a time, and at
// the earliest deadline a look at the clock.
type life struct {
	t     tester
	world process.World
	state process.State
	last  process.Outcome // of the latest happening

	events []process.Event // since the test looked last
	mails  []process.Mail  // since the test looked last
	keys   map[string]bool // of every mail there ever was
	ids    int             // given so far
	said   *process.Reach  // what the customer said to somebody else meanwhile
}

const (
	leadID  = "0192d0a4-7c1e-7b3f-9a55-000000000001"
	otherID = "0192d0a4-7c1e-7b3f-9a55-3f1c2b7d9e10"
)

// everybody is the staff of the test's dealer, in the order of the rotation.
func everybody() []process.Person {
	person := func(id string, role lead.Role) process.Person {
		return process.Person{ID: id, Email: id + "@demo.example", Role: role}
	}
	return []process.Person{
		person("ann", lead.RoleSalesperson), person("bob", lead.RoleSalesperson), person("cas", lead.RoleSalesperson),
		person("kim", lead.RoleBDC), person("mia", lead.RoleSalesManager), person("gus", lead.RoleGeneralManager),
		person("max", lead.RoleMarketer),
	}
}

func parse(t tester, src string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse([]byte(src))
	require.NoError(t, err)
	return p
}

func standard(t tester) *policy.Policy {
	t.Helper()
	return parse(t, string(policy.Standard()))
}

// yardstick is a policy in short: open on weekdays from nine to six, with one
// track whose lines are given.
func yardstick(t tester, phases string, track ...string) *policy.Policy {
	t.Helper()
	return yardstickAnd(t, phases, "", track...)
}

// yardstickAnd is a yardstick that says something beside its track, such as its
// groups.
func yardstickAnd(t tester, phases, beside string, track ...string) *policy.Policy {
	t.Helper()
	src := "timezone: Europe/Amsterdam\ncountry: NL\nphases: " + phases + "\ncalendar: {open: {mon-fri: [\"09:00-18:00\"]}}\n" +
		beside + "\ntracks:\n  standard:\n    contact: []\n"
	for _, line := range track {
		src += "    " + line + "\n"
	}
	return parse(t, src)
}

// rings is a life that begins with a web lead of a portal, received at a local
// time such as "2026-11-23 10:00" (a Monday). Changes are made before it rings.
func rings(t tester, p *policy.Policy, at string, changes ...func(*life)) *life {
	t.Helper()
	l := &life{t: t, keys: map[string]bool{}}
	l.world = process.World{Policy: p, Reasons: lead.Shipped(), Staff: everybody()}
	l.world.Now = l.at(at)
	l.world.Subject = policy.Subject{Party: lead.ThirdParty, Source: "portal", Channel: lead.Web, Request: lead.TestDrive, ReceivedAt: l.world.Now}
	l.state = process.State{
		Lead: leadID, Dealer: otherID, Source: "portal", PolicyVersion: 1, ReasonVersion: 1,
		Phase: p.Phases[0], Stage: lead.New, Status: lead.Open, ReceivedAt: l.world.Now,
		Reach: process.Reach{Phone: true, Email: true},
	}
	for _, change := range changes {
		change(l)
	}
	require.Nil(t, l.do(process.Happening{What: process.WasReceived}).Refused)
	return l
}

func (l *life) at(local string) time.Time {
	l.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", local, l.world.Policy.Zone)
	require.NoError(l.t, err)
	return at.UTC()
}

func (l *life) local(at time.Time) string {
	if at.IsZero() {
		return "never"
	}
	return at.In(l.world.Policy.Zone).Format("2006-01-02 15:04")
}

// do has something happen now and checks what holds for every step whatever
// happens.
func (l *life) do(h process.Happening) process.Outcome {
	l.t.Helper()
	before := written(l.t, l.state)
	world := fmt.Sprint(l.world.Staff)
	l.world.Reach = l.reach()
	out := process.Step(l.world, l.state, h)
	require.JSONEq(l.t, before, written(l.t, l.state), "a step never changes what it was given")
	require.Equal(l.t, world, fmt.Sprint(l.world.Staff))
	l.check(h, out)
	if out.Assigned != "" { // as the store does, to the end of the rotation
		i := slices.IndexFunc(l.world.Staff, func(p process.Person) bool { return p.ID == out.Assigned })
		l.world.Staff = slices.Concat(l.world.Staff[:i], l.world.Staff[i+1:], l.world.Staff[i:i+1])
	}
	l.events = append(l.events, out.Events...)
	l.mails = append(l.mails, out.Mails...)
	l.state, l.last = out.State, out
	l.world.Paused = nil // the store says it once, in the step that paused them
	return out
}

// reach is how the customer can and may be contacted, as the store knows it.
func (l *life) reach() process.Reach {
	if l.said != nil {
		return *l.said
	}
	return l.state.Reach
}

func written(t tester, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

// as returns a value of the timeline's data as what it is.
func as[T any](t tester, v any) T {
	t.Helper()
	got, is := v.(T)
	require.True(t, is, "%T", v)
	return got
}

// until moves the time to a local instant; on the way the process looks at
// the clock whenever it asked for it.
func (l *life) until(local string) *life {
	l.t.Helper()
	l.to(l.at(local))
	return l
}

// advance moves the time by a duration such as "15m".
func (l *life) advance(d string) *life {
	l.t.Helper()
	span, err := time.ParseDuration(d)
	require.NoError(l.t, err)
	l.to(l.world.Now.Add(span))
	return l
}

func (l *life) to(target time.Time) {
	l.t.Helper()
	for range 100_000 {
		c := l.state.NextDeadline()
		if c == nil || c.Next.After(target) {
			l.world.Now = target
			return
		}
		if c.Next.After(l.world.Now) {
			l.world.Now = c.Next
		}
		l.do(process.Happening{What: process.WasDue})
	}
	require.Fail(l.t, "the clock does not come to rest")
}

// outage moves the time while nothing looks at the clock, and then looks once.
func (l *life) outage(local string) process.Outcome {
	l.t.Helper()
	l.world.Now = l.at(local)
	l.forget()
	return l.do(process.Happening{What: process.WasDue})
}

// id gives a new id.
func (l *life) id() string {
	l.ids++
	return fmt.Sprintf("0192d0a4-7c1e-7b3f-9a55-%012d", 1000+l.ids)
}

// does has it happen and requires that it is not refused.
func (l *life) does(who string, h process.Happening) *life {
	l.t.Helper()
	h.ID, h.Actor = l.id(), process.Actor(who)
	out := l.do(h)
	require.Nil(l.t, out.Refused)
	return l
}

// refuses has it happen and requires that it is refused.
func (l *life) refuses(who string, h process.Happening) *process.Refusal {
	l.t.Helper()
	h.ID, h.Actor = l.id(), process.Actor(who)
	out := l.do(h)
	require.NotNil(l.t, out.Refused)
	require.Empty(l.t, out.Events)
	return out.Refused
}

func call(outcome lead.Outcome) process.Happening {
	return process.Happening{What: process.DidAttempt, Attempt: &process.AttemptMade{Channel: lead.Phone, Direction: lead.Out, Outcome: outcome}}
}

// attempt is a call by the owner that ended so.
func (l *life) attempt(outcome lead.Outcome) *life {
	l.t.Helper()
	return l.does(l.state.Owner, call(outcome))
}

// mailed is a mail by the owner with a template.
func (l *life) mailed(template string) *life {
	l.t.Helper()
	return l.does(l.state.Owner, process.Happening{What: process.DidMessage, Message: &process.MessageAsked{ID: l.id(), Template: template}})
}

// booked is an appointment of an hour that the owner sets.
func (l *life) booked(kind lead.AppointmentKind, local string) *life {
	l.t.Helper()
	return l.does(l.state.Owner, process.Happening{What: process.DidAppointment, Appointment: &process.AppointmentAction{
		Verb: process.SetIt, ID: l.id(), Kind: kind, StartsAt: l.at(local), Minutes: 60,
	}})
}

// appointment does something with the appointment that there is.
func (l *life) appointment(verb process.AppointmentVerb, change ...func(*process.AppointmentAction)) process.Happening {
	l.t.Helper()
	require.NotNil(l.t, l.state.Appointment)
	a := &process.AppointmentAction{Verb: verb, ID: l.state.Appointment.ID}
	for _, c := range change {
		c(a)
	}
	return process.Happening{What: process.DidAppointment, Appointment: a}
}

// told is the outcome of the appointment, by the owner.
func (l *life) told(outcome lead.AppointmentOutcome) *life {
	l.t.Helper()
	return l.does(l.state.Owner, l.appointment(process.OutcomeOf, func(a *process.AppointmentAction) { a.Outcome = outcome }))
}

// give is the manager's word that the lead is somebody else's.
func give(to string) process.Happening {
	return process.Happening{What: process.DidAssign, Assign: &process.Assignment{To: to}}
}

// take is somebody's word that he takes the lead.
var take = process.Happening{What: process.DidTake}

func closing(reason string, details map[string]string) process.Happening {
	return process.Happening{What: process.DidClose, Close: &process.ClosingAsked{ID: otherID, Reason: reason, Details: details}}
}

func decision(approve bool) process.Happening {
	return process.Happening{What: process.DidDecide, Decide: &process.Decision{Approve: approve}}
}

func (l *life) forget() { l.events, l.mails = nil, nil }

// heard tells who was told what since the test looked last: "mia: escalation
// 2/3 by email, sms, screen". What is held back says until when.
func (l *life) heard() []string {
	lines, said := []string{}, ""
	for _, m := range l.mails {
		who := cmp.Or(m.Staff, m.Department, "customer")
		says := who + ": " + m.Template
		if m.Step > 0 {
			says += fmt.Sprintf(" %d/%d", m.Step, m.Steps)
		}
		if !m.NotBefore.IsZero() {
			says += " from " + l.local(m.NotBefore)
		}
		about := says + m.Key[:max(0, strings.LastIndex(m.Key, "/"))]
		if n := len(lines); n > 0 && about == said {
			lines[n-1] += ", " + string(m.Channel)
			continue
		}
		lines, said = append(lines, says+" by "+string(m.Channel)), about
	}
	l.mails = nil
	return lines
}

// happened tells the kinds of the timeline's new entries, and forgets them.
func (l *life) happened() []string {
	list := []string{}
	for _, e := range l.events {
		list = append(list, e.Kind)
	}
	l.events = nil
	return list
}

// entry returns the data of the latest entry of a kind since the test looked
// last.
func (l *life) entry(kind string) map[string]any {
	l.t.Helper()
	for _, e := range slices.Backward(l.events) {
		if e.Kind == kind {
			return e.Data
		}
	}
	require.Fail(l.t, "no "+kind+" on the timeline")
	return nil
}

// due tells when people see a deadline, "never" when there is none.
func (l *life) due(k process.Kind) string {
	c := l.state.Clock(k)
	if c == nil {
		return "never"
	}
	return l.local(c.Due)
}

func (l *life) absent(id, from, until string) {
	l.t.Helper()
	for i := range l.world.Staff {
		if l.world.Staff[i].ID == id {
			l.world.Staff[i].Absent = []process.Period{{From: l.at(from), Until: l.at(until)}}
		}
	}
}

func (l *life) leaves(id string) {
	l.world.Staff = slices.DeleteFunc(slices.Clone(l.world.Staff), func(p process.Person) bool { return p.ID == id })
}

func TestAStateIsWhatItsJSONSays(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").advance("40m").attempt(lead.Reached).booked(lead.DriveTest, "2026-11-25 14:00")
	l.does("ann", closing("already_in_contact", map[string]string{"with": otherID}))
	require.Equal(t, lead.Closing, l.state.Status)
	var read process.State
	require.NoError(t, json.Unmarshal([]byte(written(t, l.state)), &read))
	require.Equal(t, l.state, read)
}

// repinned has a policy that is newer than the lead's applied to it. From then
// on it is the one under which the lead is worked.
func (l *life) repinned(p *policy.Policy) *life {
	l.t.Helper()
	l.world.Policy = p
	return l.does("mia", process.Happening{What: process.WasRepinned, Repin: &process.Repin{Version: l.state.PolicyVersion + 1}})
}
