package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/doorbell-ilm/doorbell/process"
)

// shown is what the search attributes say.
type shown struct {
	owner, source, phase, stage, status, track, reason string
	escalation                                         int64
	next                                               time.Time
}

// show keeps search attributes and details true. Only what changed is
// written, all of it in one event.
func (r *runner) show(ctx workflow.Context) error {
	workflow.SetCurrentDetails(ctx, details(r.state))
	s := r.state
	now := shown{
		owner: s.Owner, source: s.Source, phase: string(s.Phase), stage: string(s.Stage), status: string(s.Status), track: s.Track,
		reason: s.CloseReason, escalation: int64(s.Escalation.Step), next: nextVisible(s),
	}
	was := r.shown
	r.shown = now
	var changes []temporal.SearchAttributeUpdate
	for _, k := range []struct {
		key      temporal.SearchAttributeKeyKeyword
		was, now string
	}{
		{AttrOwner, was.owner, now.owner},
		{AttrSource, was.source, now.source},
		{AttrPhase, was.phase, now.phase},
		{AttrStage, was.stage, now.stage},
		{AttrStatus, was.status, now.status},
		{AttrTrack, was.track, now.track},
		{AttrCloseReason, was.reason, now.reason},
	} {
		switch {
		case k.was == k.now:
		case k.now == "":
			changes = append(changes, k.key.ValueUnset())
		default:
			changes = append(changes, k.key.ValueSet(k.now))
		}
	}
	if was.escalation != now.escalation || was.status == "" {
		changes = append(changes, AttrEscalation.ValueSet(now.escalation))
	}
	switch {
	case was.next.Equal(now.next):
	case now.next.IsZero():
		changes = append(changes, AttrNextDeadline.ValueUnset())
	default:
		changes = append(changes, AttrNextDeadline.ValueSet(now.next))
	}
	if len(changes) == 0 {
		return nil
	}
	return workflow.UpsertTypedSearchAttributes(ctx, changes...)
}

// nextVisible returns the earliest deadline that people see; zero when none
// runs.
func nextVisible(s process.State) time.Time {
	var next time.Time
	for _, c := range s.Clocks {
		if c.Kind.Visible() && (next.IsZero() || c.Due.Before(next)) {
			next = c.Due
		}
	}
	return next
}

// details is the lead as somebody sees it who opens the workflow in Temporal
// UI: a table that needs no code to be understood.
func details(s process.State) string {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		b.WriteString("| " + name + " | " + fmt.Sprintf(format, args...) + " |\n")
	}
	b.WriteString("| | |\n|---|---|\n")
	row("where it stands", "**%s**, stage %s, phase %s", s.Status, s.Stage, s.Phase)
	row("source and track", "%s, %s (%s)", s.Source, s.Track, s.Why)
	row("owner", "staff %s since %s", orNone(s.Owner), instant(s.OwnerSince))
	row("received", "%s, answered %s", instant(s.ReceivedAt), instant(s.AutoRespondedAt))
	row("first live response", "%s (due %s)", instant(s.FirstLiveAt), instant(s.LiveDueAt))
	row("first conversation", "%s", instant(s.FirstConversation))
	counted, days, parts := s.Counted()
	row("call attempts", "%d of %d counted, on %d of %d days, in %d of %d dayparts",
		counted, s.Measure.Attempts, days, s.Measure.Days, parts, s.Measure.Dayparts)
	if e := s.Escalation; e.Kind != "" {
		row("escalation", "%s, step %d of %d, since %s", words(e.Kind), e.Step, e.Steps, instant(e.At))
	}
	if a := s.Appointment; a != nil {
		row("appointment", "%s at %s, confirmed: %t", a.Kind, instant(a.StartsAt), a.Confirmed)
	}
	if p := s.Proposal; p != nil {
		row("closing waits", "%s, proposed by staff %s", p.Reason, orNone(p.By))
	}
	if s.CloseReason != "" {
		row("closed", "%s at %s", s.CloseReason, instant(s.ClosedAt))
	}
	for _, c := range s.Clocks {
		if c.Kind.Visible() {
			row("deadline", "%s due %s; acts by itself %s", words(c.Kind), instant(c.Due), instant(c.Next))
		}
	}
	return b.String()
}

// followUpDetails is the follow-up as somebody sees it in Temporal UI.
func followUpDetails(s process.FollowUpState) string {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		b.WriteString("| " + name + " | " + fmt.Sprintf(format, args...) + " |\n")
	}
	b.WriteString("| | |\n|---|---|\n")
	row("follow-up", "**%s**, %s", strings.ReplaceAll(string(s.Kind), "_", " "), s.Status)
	row("of lead", "%s, closed as %s", s.Lead, orNone(s.Reason))
	row("owner", "staff %s since %s", orNone(s.Owner), instant(s.OwnerSince))
	row("begins", "%s", instant(s.StartsAt))
	if e := s.Escalation; e.Kind != "" {
		row("escalation", "step %d of %d, since %s", e.Step, e.Steps, instant(e.At))
	}
	if s.Status != process.Pending {
		row("settled", "%s at %s %s", s.Status, instant(s.SettledAt), s.Why)
	}
	for _, c := range s.Clocks {
		if c.Kind.Visible() {
			row("deadline", "due %s; acts by itself %s", instant(c.Due), instant(c.Next))
		}
	}
	return b.String()
}

func orNone(s string) string {
	if s == "" {
		return "nobody"
	}
	return s
}

func instant(t time.Time) string {
	if t.IsZero() {
		return "not yet"
	}
	return t.UTC().Format("2006-01-02 15:04:05 MST")
}

func words(k process.Kind) string { return strings.ReplaceAll(string(k), "_", " ") }

// timerSummary says in Temporal UI what the timer waits for.
func timerSummary(c process.Clock) string {
	switch c.At {
	case process.AtReminder:
		return "remind: " + words(c.Kind)
	case process.AtStep:
		if c.Rep > 0 {
			return fmt.Sprintf("escalate %s, step %d, repeat %d", words(c.Kind), c.Step+1, c.Rep)
		}
		return fmt.Sprintf("escalate %s, step %d", words(c.Kind), c.Step+1)
	case process.AtNag:
		return "bring up again: " + words(c.Kind)
	case process.AtDue:
	}
	if c.Kind == process.CallAttempt {
		return fmt.Sprintf("call attempt %d is due", c.N)
	}
	return words(c.Kind) + " is due"
}

// summary says in Temporal UI what a step decided about.
func summary(h process.Happening) string {
	by := string(h.Actor)
	if by == "" {
		by = string(process.System)
	}
	switch h.What {
	case process.WasReceived:
		return "the lead was received"
	case process.WasStarted:
		return "the run began"
	case process.WasDue:
		return "a deadline passed"
	case process.WasDelivered:
		return "messages found their end"
	case process.DidAttempt:
		if h.Attempt != nil {
			return "attempt: " + string(h.Attempt.Outcome) + ", by " + by
		}
	case process.DidClose:
		if h.Close != nil {
			return "close: " + h.Close.Reason + ", by " + by
		}
	case process.DidAppointment:
		if h.Appointment != nil {
			return "appointment: " + string(h.Appointment.Verb) + ", by " + by
		}
	default:
	}
	return string(h.What) + ", by " + by
}
