package board

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// stampLayout is how instants stand in the page for the browser to count.
const stampLayout = time.RFC3339

// columns are those of the board, in their order.
var columns = []string{"state", "customer", "call", "source", "car", "owner", "live", "talk", "did", "attempts"}

// keyWords are the single keys, with the ends of the keys of their words.
var keyWords = [][2]string{
	{"j", "next"}, {"k", "previous"}, {"o", "open"}, {"c", "call"}, {"a", "assign"}, {"x", "close"}, {"/", "search"}, {"?", "help"},
}

// figure is one of the numbers above the list.
type figure struct {
	N             int
	AtLeast       bool // a search found more than were counted
	Word, Address string
	Tone          string // its colour when there is something in it
	Chosen        bool
}

// number is how many there are, with a plus when there may be more.
func (f *figure) number(ctx context.Context) string {
	n := words.Of(ctx).Number(f.N)
	if f.AtLeast || f.N == mostCounted {
		return n + "+"
	}
	return n
}

// figures are the numbers, each with the address of the rows that it counts.
func (p *page) figures(ctx context.Context) []figure {
	f := p.filters
	plain := f.with(func(f *filters) { f.Status, f.Overdue, f.Escalated = "", false, false })
	tone := func(n int, tone string) string {
		if n == 0 {
			return ""
		}
		return tone
	}
	return []figure{
		{p.Open, p.AtLeast, words.N(ctx, "board.n_open", p.Open), plain.address("/board"), "", f.Status == "" && !f.Overdue && !f.Escalated},
		{
			p.Late, p.AtLeast, words.N(ctx, "board.n_late", p.Late), plain.with(func(f *filters) { f.Overdue = true }).address("/board"),
			tone(p.Late, "late"), f.Overdue,
		},
		{
			p.Escalated, p.AtLeast, words.N(ctx, "board.n_escalated", p.Escalated), plain.with(func(f *filters) { f.Escalated = true }).address("/board"),
			tone(p.Escalated, "late"), f.Escalated,
		},
		{
			p.Closing, p.AtLeast, words.N(ctx, "board.n_closing", p.Closing), plain.with(func(f *filters) { f.Status = statusClosing }).address("/board"),
			tone(p.Closing, "due"), f.Status == statusClosing,
		},
	}
}

// nextPage is the address of the rows behind these.
func (p *page) nextPage() string {
	values := p.filters.values()
	if last := len(p.places) - 1; last >= 0 {
		values.Set("after", p.places[last].word())
	}
	return withQuery("/board", values)
}

func alsoClosed(f *filters) { f.Status, f.Overdue, f.Escalated = statusAll, false, false }

// midnight is when the viewer's day ends: times told as "tomorrow" are wrong
// from then on.
func midnight(v *frame.Viewer) time.Time {
	y, m, d := v.Now.In(v.Zone).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, v.Zone)
}

// shortcut is a view that is one tap away.
type shortcut struct {
	Label, Address string
	Chosen         bool
}

// shortcuts are whose leads are shown, and the saved views.
func (p *page) shortcuts(ctx context.Context) []shortcut {
	out := make([]shortcut, 0, 4+len(p.views))
	choices := []string{"", mine, team, noOne}
	if !p.viewer.Role().Sells() {
		choices = []string{"", team, noOne}
	}
	for _, who := range choices {
		f := p.filters.with(func(f *filters) { f.Who = who })
		out = append(out, shortcut{words.T(ctx, "board.who_"+whoWord(who)), f.address("/board"), p.filters.Who == who})
	}
	now := p.filters.values().Encode()
	for _, one := range p.views {
		out = append(out, shortcut{one.Name, "/board?" + one.Query, one.Query == now})
	}
	return out
}

func whoWord(who string) string {
	if who == "" {
		return "all"
	}
	return who
}

// option and choice are a select field of the filters.
type option struct{ Value, Label string }

type choice struct {
	Name, Label, Chosen string
	Options             []option
}

// selects are the fields of the filters' form.
func (p *page) selects(ctx context.Context) []choice {
	w, f := words.Of(ctx), p.filters
	shared := func(name, file, chosen string, values []string) choice {
		out := choice{Name: name, Label: w.T("board.f_" + name), Chosen: chosen, Options: []option{{"", w.T("board.f_any")}}}
		for _, v := range values {
			out.Options = append(out.Options, option{v, w.Or(file+"."+v, v)})
		}
		return out
	}
	sources := shared("source", "", f.Source, nil)
	for i := range p.sources {
		sources.Options = append(sources.Options, option{p.sources[i].Code, p.sources[i].Name})
	}
	status := choice{Name: "status", Label: w.T("board.f_status"), Chosen: f.Status, Options: []option{
		{"", w.T("board.s_open")}, {statusClosing, w.T("board.s_closing")}, {statusClosed, w.T("board.s_closed")}, {statusAll, w.T("board.s_all")},
	}}
	order := choice{Name: "sort", Label: w.T("board.f_sort"), Chosen: f.Sort, Options: []option{
		{"", w.T("board.sort_due")}, {sortNewest, w.T("board.sort_newest")},
	}}
	return []choice{
		p.whoChoice(ctx), sources, shared("party", "party", f.Party, parties), shared("stage", "stage", f.Stage, stages),
		shared("phase", "phase", f.Phase, phases), status, order,
	}
}

func (p *page) whoChoice(ctx context.Context) choice {
	w := words.Of(ctx)
	out := choice{Name: "who", Label: w.T("board.f_who"), Chosen: p.filters.Who}
	for _, who := range []string{"", mine, team, noOne} {
		out.Options = append(out.Options, option{who, w.T("board.who_" + whoWord(who))})
	}
	for i := range p.staff {
		if s := &p.staff[i]; s.ID.String() == p.filters.Who || (s.Active && lead.Role(s.Role).Sells()) {
			out.Options = append(out.Options, option{s.ID.String(), s.Name})
		}
	}
	return out
}

// filtersTitle says what is shown, beside whose leads.
func (p *page) filtersTitle(ctx context.Context) string {
	w := words.Of(ctx)
	var set []string
	if p.filters.Query != "" {
		set = append(set, "“"+p.filters.Query+"”")
	}
	for _, one := range p.selects(ctx) {
		for _, o := range one.Options {
			if one.Chosen != "" && o.Value == one.Chosen {
				set = append(set, o.Label)
			}
		}
	}
	if p.filters.Overdue {
		set = append(set, w.T("board.f_overdue"))
	}
	if p.filters.Escalated {
		set = append(set, w.T("board.f_escalated"))
	}
	if len(set) == 0 {
		return w.T("board.filters")
	}
	return w.T("board.filters") + ": " + strings.Join(set, ", ")
}

// ignored says which filters of the address are none.
func ignored(ctx context.Context, f *filters) string {
	w := words.Of(ctx)
	names := make([]string, len(f.Ignored))
	for i, name := range f.Ignored {
		names[i] = w.T("board.f_" + name)
	}
	return w.T("board.ignored", "names", strings.Join(names, ", "))
}

// kind is what was asked, about a new or a used car.
func (r *row) kind(ctx context.Context) string {
	w := words.Of(ctx)
	var parts []string
	for _, one := range [][2]string{{"request", r.Request}, {"condition", r.Condition}} {
		if one[1] != "" {
			parts = append(parts, strings.ToLower(w.Or(one[0]+"."+one[1], one[1])))
		}
	}
	return strings.Join(parts, " · ")
}

// did is what somebody did last.
func (r *row) did(ctx context.Context) string {
	w := words.Of(ctx)
	if r.Did.Kind != "attempt_logged" {
		return w.Or("kind."+r.Did.Kind, r.Did.Kind)
	}
	return w.Or("attempt."+r.Did.Channel, r.Did.Channel) + ": " + strings.ToLower(w.Or("outcome."+r.Did.Outcome, r.Did.Outcome))
}

// named is a customer's name, or a word for one that nobody knows, or that was
// erased.
func named(ctx context.Context, r *row, name string) string {
	switch {
	case r.ErasedAt != nil:
		return words.T(ctx, "kind.erased")
	case name == "":
		return words.T(ctx, "board.no_name")
	}
	return name
}

func tries(r *row) string { return fmt.Sprintf("%d/%d", r.AttemptsCounted, r.AttemptsRequired) }
