package standing

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"

	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/words"
)

// marks are the pictures beside the words, drawn by 20-board.css. The one of a
// deadline that is due or late takes the place of the kind's own.
var marks = map[Kind]string{
	Escalated: "up", Late: "late", Due: "clock", New: "bell", Closing: "hand", Appointment: "calendar", Waits: "moon", Parked: "moon",
	Closed: "check", Double: "link",
}

// Count tells a time that is left as "12:04", "3 h 10" or "2 d", and one that
// is over with a + before it. 10-clock.js does the same.
func Count(ctx context.Context, left time.Duration) string {
	sign := ""
	if left <= 0 {
		sign, left = "+", -left
	}
	return sign + Span(ctx, left)
}

// Span tells how long something took or takes, as Count does.
func Span(ctx context.Context, d time.Duration) string {
	seconds := int(d / time.Second)
	switch {
	case d < time.Hour:
		return fmt.Sprintf("%02d:%02d", seconds/60, seconds%60)
	case d < 24*time.Hour:
		return words.T(ctx, "board.count_hours", "h", seconds/3600, "m", fmt.Sprintf("%02d", seconds/60%60))
	}
	return words.T(ctx, "board.count_days", "d", seconds/86400)
}

// word is what the state is called in a tone.
func (s State) word(ctx context.Context, tone Tone, now time.Time) string {
	w := words.Of(ctx)
	switch s.Kind {
	case Escalated:
		return w.T("board.is_escalated", "step", s.Step, "steps", s.Steps)
	case Closing:
		return w.T("board.is_closing")
	case Parked:
		return w.T("board.is_parked", "until", w.ShortDay(s.Until, now))
	case Closed:
		return w.T("board.is_closed", "stage", strings.ToUpper(w.Or("stage."+string(s.Stage), string(s.Stage))))
	case Double:
		return w.T("board.is_double")
	case Late, Due, New, Appointment, Waits:
	}
	switch tone {
	case ToneLate:
		return w.T("board.is_late")
	case ToneDue:
		return w.T("board.is_due")
	case ToneCalm, ToneDone:
		return w.T("board.is_new")
	case ToneWaits:
	}
	switch {
	case s.Visit != "":
		return w.T("board.is_appointment", "when", w.Short(s.Until, now))
	case s.Until.IsZero():
		return w.T("board.is_waiting")
	}
	return w.T("board.is_waits", "until", w.Short(s.Until, now))
}

// counting are the attributes by which a browser counts the state on: its
// instants, and the words of the tones that it may take.
func (s State) counting(ctx context.Context, now time.Time) templ.Attributes {
	if s.Due.IsZero() {
		return nil
	}
	out := templ.Attributes{"data-due": stamp(s.Due), "data-near": fmt.Sprint(int(s.Near.Seconds()))}
	if !s.changes() {
		return out
	}
	if s.From.After(now) {
		out["data-from"], out["data-waits"] = stamp(s.From), s.word(ctx, ToneWaits, now)
	}
	if s.About == process.LiveResponse {
		out["data-calm"] = s.word(ctx, ToneCalm, now)
	}
	out["data-soon"], out["data-late"] = s.word(ctx, ToneDue, now), s.word(ctx, ToneLate, now)
	return out
}

// changes reports whether the word changes as time passes.
func (s State) changes() bool { return s.Kind != Escalated && s.Kind != Closing }

// counts reports whether a countdown is shown at now.
func (s State) counts(now time.Time) bool { return !s.Due.IsZero() && !now.Before(s.From) }

// Details says what the state is about, in a few words: which clock, which
// call, to whom it was escalated. It is "" where the state itself says it all.
func (s State) Details(ctx context.Context) string {
	w := words.Of(ctx)
	var parts []string
	if s.To != "" {
		parts = append(parts, "→ "+lowered(w.Or("recipient."+s.To, w.Or("role."+s.To, s.To))))
	}
	switch {
	case s.Visit != "" && s.Kind == Appointment:
		parts = append(parts, lowered(w.T("appointment."+string(s.Visit))))
	case s.Kind == Closing && s.Yours:
		parts = append(parts, w.T("board.about_you"))
	case s.Kind == Closing:
		parts = append(parts, w.T("board.about_manager"))
	case s.About == process.CallAttempt:
		parts = append(parts, w.T("board.about_call", "n", max(s.N, 1)))
	case s.About != "":
		parts = append(parts, w.T("board.about_"+string(s.About)))
	}
	return strings.Join(parts, " · ")
}

// lowered begins with a small letter, as within a sentence.
func lowered(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return strings.ToLower(string(first)) + text[size:]
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
