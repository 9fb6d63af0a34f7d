package leads

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/web/board/standing"
	"github.com/doorbell-ilm/doorbell/words"
)

// standingOf is how the lead stands, in the words of the board.
func (f *file) standingOf() standing.State {
	l := standing.Lead{
		Status: lead.Status(f.row.Lead.Status), Stage: lead.Stage(f.row.Lead.Stage), Begun: f.row.Lead.Step > 0, Double: f.lead.DuplicateOf != nil,
		ReceivedAt: f.lead.ReceivedAt, Clocks: f.process.Clocks, Escalation: f.process.Escalation,
		ParkedUntil: instant(f.lead.ParkedUntil), ClosedAt: instant(f.row.Lead.ClosedAt),
	}
	if e := f.escalated(); e != nil && len(e.recipients) > 0 {
		l.EscalatedTo = e.recipients[0]
	}
	if a := f.process.Appointment; a != nil {
		l.Visit, l.StartsAt, l.EndsAt = a.Kind, a.StartsAt, a.EndsAt()
	}
	if p := f.process.Proposal; p != nil {
		l.ProposedBy = p.By
	}
	return standing.Of(l, standing.Viewer{ID: f.viewer.Staff.ID.String(), Manages: f.viewer.Manages()}, f.viewer.Now)
}

// readProcess reads what the clocks of the lead are at.
func (f *file) readProcess() error {
	if len(f.row.Lead.Process) == 0 {
		return nil
	}
	if err := json.Unmarshal(f.row.Lead.Process, &f.process); err != nil {
		return fmt.Errorf("process of the lead: %w", err)
	}
	return nil
}

// tone is how a line of the state looks.
type tone string

const (
	calm tone = ""
	soon tone = "due"
	late tone = "late"
	done tone = "done"
)

// line is one thing of the state: what it is, how it stands, and until when it
// is counted.
type line struct {
	what, says string
	tone       tone
	counts     time.Time // zero for no countdown
}

// lines tell how things stand: both clocks, whether they run, were met or were
// missed, the escalation, the calls, and what else is due.
func (f *file) lines(ctx context.Context) []line {
	out := []line{f.liveResponse(ctx), f.conversation(ctx)}
	if e := f.escalated(); e != nil {
		out = append(out, e.line(ctx, f))
	}
	if f.lead.Attempts.Required > 0 {
		out = append(out, f.attempts(ctx))
	}
	for _, d := range f.lead.Deadlines {
		if d.Kind == gen.DeadlineKindLiveResponse || d.Kind == gen.DeadlineKindCallAttempt {
			continue // told above
		}
		out = append(out, f.counting(line{what: words.T(ctx, "clock."+string(d.Kind)), says: f.short(ctx, d.DueAt)}, d.DueAt))
	}
	return out
}

// counting has a line count to its deadline.
func (f *file) counting(l line, due time.Time) line {
	l.counts = due
	switch left := due.Sub(f.viewer.Now); {
	case left <= 0:
		l.tone = late
	case left <= standing.Ahead:
		l.tone = soon
	}
	return l
}

func (f *file) short(ctx context.Context, t time.Time) string {
	return words.Of(ctx).Short(t, f.viewer.Now)
}

// liveResponse is the first clock. A promise that was missed stays visible
// after it was met late, and while somebody else has his own time for it.
func (f *file) liveResponse(ctx context.Context) line {
	l := line{what: words.T(ctx, "clock.live_response")}
	promised := instant(f.row.Lead.LiveDueAt)
	if at := f.lead.FirstLiveResponseAt; at != nil {
		l.tone, l.says = done, words.T(ctx, "leads.answered", "at", f.short(ctx, *at))
		if by := at.Sub(promised); !promised.IsZero() && by > 0 {
			l.tone, l.says = late, words.T(ctx, "leads.answered_late", "at", f.short(ctx, *at), "by", took(ctx, by))
		}
		return l
	}
	due := due(&f.lead, gen.DeadlineKindLiveResponse)
	if due.IsZero() {
		l.says = words.T(ctx, "leads.never_answered")
		return l
	}
	l.says = words.T(ctx, "leads.call_by", "at", f.short(ctx, due))
	l = f.counting(l, due)
	if l.tone == late {
		l.says = words.T(ctx, "leads.call_missed", "at", f.short(ctx, due))
	} else if promised.Before(due) && !promised.After(f.viewer.Now) {
		l.tone, l.says = late, words.T(ctx, "leads.call_by_missed", "at", f.short(ctx, due), "promised", f.short(ctx, promised))
	}
	return l
}

// conversation is the second clock. It has no deadline: it tells how long the
// customer has waited to be spoken to.
func (f *file) conversation(ctx context.Context) line {
	l := line{what: words.T(ctx, "leads.conversation")}
	began := f.process.ClockStart
	if began.IsZero() {
		began = f.lead.ReceivedAt
	}
	switch at := f.lead.FirstConversationAt; {
	case at != nil:
		l.tone, l.says = done, words.T(ctx, "leads.spoke", "at", f.short(ctx, *at), "after", took(ctx, max(at.Sub(began), 0)))
	case f.closed():
		l.says = words.T(ctx, "leads.never_spoke")
	case f.viewer.Now.Sub(began) < time.Minute:
		l.says = words.T(ctx, "leads.not_spoken_yet")
	default:
		l.says = words.T(ctx, "leads.not_spoken", "for", took(ctx, f.viewer.Now.Sub(began)))
	}
	return l
}

// attempts are the calls so far against the yardstick.
func (f *file) attempts(ctx context.Context) line {
	a := f.lead.Attempts
	w := words.Of(ctx)
	l := line{what: w.T("leads.attempts"), says: w.T("leads.attempts_made", "n", a.Counted, "of", a.Required, "days", a.Days, "of_days", a.DaysRequired)}
	if a.Made > a.Counted {
		l.says += "; " + w.N("leads.attempts_uncounted", a.Made-a.Counted)
	}
	if a.NextDueAt == nil {
		return l
	}
	l.says += "; " + w.T("leads.attempts_next", "at", f.short(ctx, *a.NextDueAt))
	if !due(&f.lead, gen.DeadlineKindLiveResponse).IsZero() || a.NextDueAt.Sub(f.viewer.Now) > standing.Ahead {
		return l // the clock of the live response asks for the first call
	}
	return f.counting(l, *a.NextDueAt)
}

// escalation is the step that is up, and who was told.
type escalation struct {
	gen.Escalation

	recipients []string // as the policy names them
	staff      []string // e-mail addresses
}

// escalated is the escalation that is up, nil for none.
func (f *file) escalated() *escalation {
	if f.lead.Escalation == nil {
		return nil
	}
	out := &escalation{Escalation: *f.lead.Escalation}
	for _, e := range f.timeline {
		if e.Kind == gen.TimelineKindEscalated && e.Data["kind"] == string(out.Kind) {
			out.recipients, out.staff = list(e.Data["to"]), list(e.Data["staff"])
			if len(out.staff) == 0 {
				out.staff = list(e.Data["staff_ids"])
			}
			break
		}
	}
	return out
}

func (e *escalation) line(ctx context.Context, f *file) line {
	w := words.Of(ctx)
	says := w.T("leads.escalated", "step", e.Step, "steps", e.Steps, "at", f.short(ctx, e.At))
	var names []string
	for _, address := range e.staff {
		names = append(names, f.name(address))
	}
	if len(names) > 0 {
		says += " → " + strings.Join(names, ", ")
	}
	return line{what: w.T("leads.escalation"), says: says + " (" + lowered(w.T("clock."+string(e.Kind))) + ")", tone: late}
}

// list reads a list of texts of a timeline entry.
func list(value any) []string {
	values, _ := value.([]any)
	var out []string
	for _, v := range values {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// took tells how long something took, by its largest unit and the next.
func took(ctx context.Context, d time.Duration) string {
	minutes := int(d.Minutes())
	switch {
	case d < time.Minute:
		return words.T(ctx, "leads.seconds", "s", int(d.Seconds()))
	case d < time.Hour:
		return words.T(ctx, "leads.minutes", "m", minutes)
	case d < 48*time.Hour:
		return words.T(ctx, "leads.hours", "h", minutes/60, "m", minutes%60)
	}
	return words.T(ctx, "leads.days", "d", minutes/60/24)
}

// lowered begins with a small letter, as within a sentence.
func lowered(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToLower(first)) + text[size:]
}
