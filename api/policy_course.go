package api

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/rehearse"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/words"
)

// picture turns the course of a lead into what people read: colleagues by
// address, a summary in one line, and with each entry who is told of it.
type picture struct {
	people  people
	roles   map[string]gen.Role
	reader  *words.Words
	entries []gen.PreviewEntry
	data    []map[string]any // of each entry
}

// pictured tells a course as openapi.yaml describes it, to somebody who reads
// the summaries.
func pictured(c rehearse.Course, staff []db.Staff, reader *words.Words) (gen.Preview, error) {
	p := &picture{people: people{}, roles: map[string]gen.Role{}, reader: reader}
	for _, one := range staff {
		p.people[one.ID.String()] = gen.StaffRef{Email: one.Email, Name: one.Name}
		p.roles[one.ID.String()] = gen.Role(one.Role)
	}
	for _, e := range c.Events {
		if err := p.entry(e); err != nil {
			return gen.Preview{}, err
		}
	}
	for _, a := range c.Alerts {
		p.tell(a)
	}
	out := gen.Preview{
		Zone: c.Zone, Track: c.Track, Why: c.Why, Phase: gen.Phase(c.Phase), Owner: p.people.ref(c.Owner), ReceivedAt: c.ReceivedAt.UTC(),
		ClockStartsAt: c.ClockStart.UTC(), Until: c.Until.UTC(), Cut: c.Cut,
		Deadlines: make([]gen.PreviewDeadline, len(c.Deadlines)), Calls: make([]gen.PreviewCall, len(c.Calls)), Course: p.entries,
	}
	for i, d := range c.Deadlines {
		out.Deadlines[i] = gen.PreviewDeadline{Kind: gen.DeadlineKind(d.Kind), FollowUp: filled(gen.FollowUpKind(d.Task)), DueAt: d.DueAt.UTC()}
		if d.N > 0 {
			out.Deadlines[i].N = &d.N
		}
	}
	for i, call := range c.Calls {
		out.Calls[i] = gen.PreviewCall{N: call.N, DueAt: call.DueAt.UTC()}
	}
	if out.Course == nil {
		out.Course = []gen.PreviewEntry{}
	}
	return out, nil
}

// entry adds an entry of the timeline. Its data take the way through JSON, as
// those of a real one.
func (p *picture) entry(e rehearse.Event) error {
	stored, err := json.Marshal(e.Data)
	if err != nil {
		return fmt.Errorf("data of an entry: %w", err)
	}
	data := map[string]any{}
	if err := json.Unmarshal(stored, &data); err != nil {
		return fmt.Errorf("data of an entry: %w", err)
	}
	if data == nil {
		data = map[string]any{}
	}
	f := facts(data)
	out := gen.PreviewEntry{At: e.At.UTC(), Kind: gen.TimelineKind(e.Kind), Summary: summary(e.Kind, data, p.people, p.reader), To: []gen.PreviewRecipient{}}
	if step := f.number("step"); step > 0 {
		steps := f.number("steps")
		out.Step, out.Steps = &step, &steps
	}
	if e.Kind == "auto_response_sent" || e.Kind == "message_sent" {
		out.CustomerMail = filled(f.text("template"))
	}
	p.entries, p.data = append(p.entries, out), append(p.data, data)
	return nil
}

// tell adds an alert to the entry that it is about. Whatever goes to the same
// person twice at once is about two entries.
func (p *picture) tell(a rehearse.Alert) {
	for len(a.Channels) > 0 {
		var now, more []lead.Channel
		for _, c := range a.Channels {
			if slices.Contains(now, c) {
				more = append(more, c)
			} else {
				now = append(now, c)
			}
		}
		who := p.people[a.Staff]
		to := gen.PreviewRecipient{
			Email: who.Email, Name: who.Name, Role: p.roles[a.Staff], Channels: make([]gen.AlertChannel, len(now)),
			Template: a.Template, SentAt: a.SentAt.UTC(),
		}
		for i, c := range now {
			to.Channels[i] = gen.AlertChannel(c)
		}
		if i := p.about(a, to); i >= 0 {
			p.entries[i].To = append(p.entries[i].To, to)
		}
		a.Channels = more
	}
}

// alertsOf says which kinds of entry the words of an alert are about.
var alertsOf = map[string][]string{
	"new-lead": {"received"}, "lead-again": {"received"}, "assigned": {"assigned"}, "staff-paused": {"assigned"},
	"lead-reminder": {"reminded", "attempt_due"}, "follow-up-due": {"reminded"}, "appointment-outcome-asked": {"reminded"},
}

// about finds the entry of an alert: the first of its instant that it fits and
// that does not hold it already, else the last of that instant.
func (p *picture) about(a rehearse.Alert, to gen.PreviewRecipient) int {
	last := -1
	for i, e := range p.entries {
		if !e.At.Equal(a.At) {
			continue
		}
		last = i
		f := facts(p.data[i])
		fits := slices.Contains(alertsOf[a.Template], string(e.Kind))
		if a.Step > 0 {
			fits = e.Kind == gen.TimelineKindEscalated && f.number("step") == a.Step && slices.Contains(f.list("staff_ids"), a.Staff)
		}
		holds := slices.ContainsFunc(e.To, func(o gen.PreviewRecipient) bool {
			return o.Email == to.Email && o.Template == to.Template && o.SentAt.Equal(to.SentAt)
		})
		if fits && f.text("follow_up") == string(a.Task) && !holds {
			return i
		}
	}
	return last
}
