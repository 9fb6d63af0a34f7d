package settings

import (
	"context"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// mark is a state with its picture and word.
type mark struct{ Class, Icon, Text string }

// marks tells how it stands with somebody: why he gets no new leads, or that he
// is on duty.
func marks(ctx context.Context, s gen.Staff) []mark {
	w, now := words.Of(ctx), frame.ViewerOf(ctx).Now
	if !s.Active {
		text := w.T("settings.left")
		if s.LeftAt != nil {
			text = w.T("settings.left_at", "day", w.ShortDay(*s.LeftAt, now))
		}
		return []mark{{"", "door", text}}
	}
	var out []mark
	if s.PausedSince != nil {
		out = append(out, mark{"late", "hand", w.T("settings.paused_since", "day", w.ShortDay(*s.PausedSince, now))})
	}
	if until := backAt(s.Absences, now); s.Absent && !until.IsZero() {
		when := w.Short(until, now)
		if midnight(until.In(w.Zone)) {
			when = w.ShortDay(until, now)
		}
		out = append(out, mark{"due", "moon", w.T("settings.absent_until", "when", when)})
	}
	if s.Capacity != nil && s.OpenLeads >= *s.Capacity {
		out = append(out, mark{"due", "hand", w.T("settings.full")})
	}
	if s.ExemptUntil != nil {
		out = append(out, mark{"", "star", w.T("settings.exempt_until", "day", w.ShortDay(s.ExemptUntil.AddDate(0, 0, -1), now))})
	}
	switch {
	case s.OnDuty:
		out = append(out, mark{"done", "check", w.T("settings.on_duty")})
	case !s.Absent:
		out = append(out, mark{"", "moon", w.T("settings.off_duty")})
	}
	return out
}

// backAt is when somebody is back who is away now, over absences that follow
// upon each other.
func backAt(absences []gen.Absence, now time.Time) time.Time {
	until := now
	for _, a := range absences { // the earliest first
		if !a.From.After(until) && a.Until.After(until) {
			until = a.Until
		}
	}
	if until.Equal(now) {
		return time.Time{}
	}
	return until
}

// suits tells which leads suit somebody: the languages he speaks and the makes
// he knows, "" when he takes all.
func suits(ctx context.Context, s gen.Staff) string {
	w := words.Of(ctx)
	var parts []string
	for _, code := range s.Languages {
		parts = append(parts, w.Or("language."+code, code))
	}
	return strings.Join(append(parts, s.Makes...), ", ")
}

// load is how many open leads somebody has, of how many at most.
func load(ctx context.Context, s gen.Staff) string {
	w := words.Of(ctx)
	if s.Capacity == nil {
		return w.Number(s.OpenLeads)
	}
	return w.T("settings.load_of", "open", s.OpenLeads, "most", *s.Capacity)
}

// given is a text that may not be there.
func given(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// today is the day on the dealer's calendar, as fields for days want it.
func today(ctx context.Context) string {
	v := frame.ViewerOf(ctx)
	return v.Now.In(v.Zone).Format(time.DateOnly)
}
