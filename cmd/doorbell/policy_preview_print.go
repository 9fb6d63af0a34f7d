package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/rehearse"
)

// courseLine is one thing that happens, or has to have happened.
type courseLine struct {
	at             time.Time
	what, who, how string
}

// printCourse writes the track and why, and then a line for each thing that
// happens, in the policy's own time.
func (p *program) printCourse(c rehearse.Course, zone *time.Location) error {
	owner := c.Owner
	if owner == "" {
		owner = "nobody: there is no staff"
	}
	facts := [][]string{
		{"track", fmt.Sprintf("%s (%s)", c.Track, c.Why)},
		{"received", localTime(c.ReceivedAt, zone)},
		{"clock starts", localTime(c.ClockStart, zone)},
		{"live response", "by " + localTime(c.LiveDueAt, zone)},
		{"owner", owner},
	}
	if err := p.printTable(facts); err != nil {
		return err
	}
	if err := p.printBlock("If nobody acts:", courseLines(c, zone), zone); err != nil {
		return err
	}
	if c.Cut {
		last := c.Events[len(c.Events)-1].At
		p.say("this ends on %s after %d entries of the timeline; what comes after it until %s is not shown, nor with --json",
			localTime(last, zone), len(c.Events), localTime(c.Until, zone))
	}
	var calls []courseLine
	for _, call := range c.Calls {
		calls = append(calls, courseLine{at: call.DueAt, what: fmt.Sprintf("call %d due", call.N)})
	}
	if len(calls) == 0 {
		return nil
	}
	return p.printBlock("If every call is made when it is due and nobody picks up:", calls, zone)
}

// printBlock writes lines under a title. A line that has less to say than others
// keeps their columns.
func (p *program) printBlock(title string, lines []courseLine, zone *time.Location) error {
	rows := make([][]string, len(lines))
	for i, l := range lines {
		rows[i] = []string{localTime(l.at, zone), l.what, l.who, l.how}
	}
	var text strings.Builder
	if err := (&program{out: &text}).printTable(rows); err != nil {
		return err
	}
	if err := p.printLine("\n%s", title); err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) {
		if err := p.printLine("%s", strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

// courseLines puts everything in its order: at one instant what is due comes
// before what follows from it.
func courseLines(c rehearse.Course, zone *time.Location) []courseLine {
	var lines []courseLine
	for _, d := range c.Deadlines {
		if !d.DueAt.After(c.Until) {
			lines = append(lines, courseLine{at: d.DueAt, what: deadlineWords(d)})
		}
	}
	for _, e := range c.Events {
		if l, ok := eventLine(e); ok {
			lines = append(lines, l)
		}
	}
	for _, m := range c.Mails {
		lines = append(lines, courseLine{at: m.At, what: "mail " + m.Template, who: "customer", how: string(m.Channel)})
	}
	for i := 0; i < len(c.Alerts); {
		a := c.Alerts[i]
		who := []string{a.Staff}
		i++
		for ; i < len(c.Alerts) && sameAlert(a, c.Alerts[i]); i++ {
			who = append(who, c.Alerts[i].Staff)
		}
		if !a.SentAt.After(c.Until) {
			lines = append(lines, courseLine{at: a.SentAt, what: alertWords(a, c.Events, zone), who: strings.Join(who, ", "), how: channelWords(a.Channels)})
		}
	}
	slices.SortStableFunc(lines, func(a, b courseLine) int { return a.at.Compare(b.at) })
	return lines
}

func deadlineWords(d rehearse.Deadline) string {
	switch {
	case d.Task != "":
		return words(string(d.Task)) + " due"
	case d.Kind == process.CallAttempt:
		return fmt.Sprintf("call %d due", d.N)
	case d.Kind == process.FollowUp:
		return "decision due how the lead goes on"
	default:
		return words(string(d.Kind)) + " due"
	}
}

// eventLine is the line of an entry of the timeline that no alert, mail or
// deadline tells of.
func eventLine(e rehearse.Event) (courseLine, bool) {
	text := func(key string) string {
		word, _ := e.Data[key].(string)
		return words(word)
	}
	l := courseLine{at: e.At}
	switch e.Kind {
	case "assigned":
		l.what, l.who = "assigned: "+text("why"), firstText(e.Data["staff_id"])
		if although, ok := e.Data["although"].([]string); ok {
			l.what += ", although " + words(strings.Join(although, " and "))
		}
	case "step_skipped":
		l.what = text("kind") + " skipped"
		if step, ok := e.Data["step"].(int); ok {
			l.what = fmt.Sprintf("step %d of %d of %s skipped", step, e.Data["steps"], text("kind"))
		}
		l.who = text("why")
		if to, ok := e.Data["to"].([]string); ok {
			l.who = words(strings.Join(to, ", ")) + ": " + l.who
		}
	case "follow_up_started":
		l.what = "task " + text("kind")
	default:
		return l, false
	}
	return l, true
}

func firstText(value any) string {
	text, _ := value.(string)
	return text
}

// sameAlert reports whether two alerts differ in nothing but who gets them.
func sameAlert(a, b rehearse.Alert) bool {
	return a.SentAt.Equal(b.SentAt) && a.At.Equal(b.At) && a.Template == b.Template && a.Step == b.Step && a.Task == b.Task &&
		slices.Equal(a.Channels, b.Channels)
}

// alertWords says what an alert is about. The step of an escalation stands in
// the event that came with it, as does that it comes once more every day.
func alertWords(a rehearse.Alert, events []rehearse.Event, zone *time.Location) string {
	text := "alert " + a.Template
	if a.Step > 0 {
		text = fmt.Sprintf("step %d of %d: %s", a.Step, a.Steps, text)
	}
	for _, e := range events {
		step, _ := e.Data["step"].(int)
		told, _ := e.Data["staff_ids"].([]string)
		kind, _ := e.Data["kind"].(string)
		if e.Kind != "escalated" || !e.At.Equal(a.At) || step != a.Step || !slices.Contains(told, a.Staff) ||
			(e.Data["follow_up"] == nil) != (a.Task == "") || (kind == string(process.LiveResponse)) != (a.Template == "escalation") {
			continue
		}
		if _, daily := e.Data["again"]; daily {
			text = "daily: alert " + a.Template
		}
		break
	}
	if a.Task != "" {
		text += " (" + words(string(a.Task)) + ")"
	}
	if a.SentAt.After(a.At) {
		text += ", held since " + a.At.In(zone).Format("Mon 15:04")
	}
	return text
}

func channelWords(channels []lead.Channel) string {
	names := make([]string, len(channels))
	for i, c := range channels {
		names[i] = string(c)
	}
	return strings.Join(names, ", ")
}
