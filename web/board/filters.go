package board

import (
	"bytes"
	"cmp"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// Whose leads are shown beside those of one person, who is named by his id.
const (
	mine  = "mine"
	team  = "team"
	noOne = "none"
)

// The statuses to choose from. Without one a board shows what is not closed.
const (
	statusClosing = "closing"
	statusClosed  = "closed"
	statusAll     = "all"
)

// sortNewest sorts open leads by when they came; without it they stand by what
// is due next. Leads that are closed have nothing due and always stand so.
const sortNewest = "newest"

// filters are what the address of a board says is shown. "" shows all.
type filters struct {
	Who, Source, Party, Stage, Phase, Status, Query, Sort string
	Overdue, Escalated                                    bool
	After                                                 *place // of the row before this page

	// Ignored are the parameters whose value is none that can be chosen.
	Ignored []string
}

// mostQuery bounds what is searched for.
const mostQuery = 200

// people are what filters are chosen from.
type people struct {
	staff   []db.Staff
	sources []db.Source
}

// read reads the filters from an address. What cannot be is left out and named.
func (p *people) read(values url.Values) filters {
	f := filters{Query: strings.TrimSpace(values.Get("q"))}
	if len(f.Query) > mostQuery || !utf8.ValidString(f.Query) || strings.ContainsRune(f.Query, 0) {
		f.Query, f.Ignored = "", append(f.Ignored, "q")
	}
	choose := func(into *string, name string, may func(string) bool) {
		switch value := values.Get(name); {
		case value == "":
		case may(value):
			*into = value
		default:
			f.Ignored = append(f.Ignored, name)
		}
	}
	choose(&f.Who, "who", func(v string) bool {
		return v == mine || v == team || v == noOne || slices.ContainsFunc(p.staff, func(s db.Staff) bool { return s.ID.String() == v })
	})
	choose(&f.Source, "source", func(v string) bool {
		return slices.ContainsFunc(p.sources, func(s db.Source) bool { return s.Code == v })
	})
	choose(&f.Party, "party", among(parties))
	choose(&f.Stage, "stage", among(stages))
	choose(&f.Phase, "phase", among(phases))
	choose(&f.Status, "status", among(statuses))
	choose(&f.Sort, "sort", among([]string{sortNewest}))
	flag := func(into *bool, name string) {
		var value string
		choose(&value, name, among([]string{"1"}))
		*into = value != ""
	}
	flag(&f.Overdue, "overdue")
	flag(&f.Escalated, "escalated")
	var after string
	choose(&after, "after", func(v string) bool { _, ok := placeAt(v); return ok })
	if at, ok := placeAt(after); ok {
		f.After = &at
	}
	return f
}

// What there is to choose from, in the order in which it is shown.
var (
	parties = []string{string(lead.FirstParty), string(lead.SecondParty), string(lead.ThirdParty)}
	phases  = []string{string(lead.BDC), string(lead.Showroom)}
	stages  = []string{
		string(lead.New), string(lead.Contacting), string(lead.Conversation), string(lead.Appointed), string(lead.Visit),
		string(lead.Parked), string(lead.Won), string(lead.Lost), string(lead.Dropped),
	}
	statuses = []string{statusClosing, statusClosed, statusAll}
)

func among(list []string) func(string) bool {
	return func(v string) bool { return slices.Contains(list, v) }
}

// values are the filters as they stand in an address, in which a view is
// bookmarked, sent and saved. The page is not part of it.
func (f *filters) values() url.Values {
	out := url.Values{}
	for name, value := range map[string]string{
		"who": f.Who, "source": f.Source, "party": f.Party, "stage": f.Stage, "phase": f.Phase, "status": f.Status, "q": f.Query, "sort": f.Sort,
	} {
		if value != "" {
			out.Set(name, value)
		}
	}
	if f.Overdue {
		out.Set("overdue", "1")
	}
	if f.Escalated {
		out.Set("escalated", "1")
	}
	return out
}

// address is that of the board with these filters, at a path.
func (f *filters) address(path string) string { return withQuery(path, f.values()) }

func withQuery(path string, values url.Values) string {
	if query := values.Encode(); query != "" {
		return path + "?" + query
	}
	return path
}

// with returns the filters with some of them changed, on the first page.
func (f *filters) with(change func(*filters)) *filters {
	out := *f
	out.After = nil
	change(&out)
	return &out
}

// open reports whether only leads that are not closed are shown.
func (f *filters) open() bool { return f.Status == "" || f.Status == statusClosing }

// owners are those whose leads are shown; none are everybody's.
func (p *people) owners(f *filters, v *frame.Viewer) []uuid.UUID {
	out := []uuid.UUID{}
	switch f.Who {
	case "", noOne:
	case mine:
		out = append(out, v.Staff.ID)
	case team:
		for i := range p.staff {
			if inTeam(&p.staff[i], v) {
				out = append(out, p.staff[i].ID)
			}
		}
	default:
		if id, err := uuid.Parse(f.Who); err == nil {
			out = append(out, id)
		}
	}
	return out
}

// inTeam reports whether somebody is of the viewer's team: those who do the
// same work or, for who does neither, everybody who calls customers.
func inTeam(one *db.Staff, v *frame.Viewer) bool {
	role := lead.Role(one.Role)
	if v.Is(lead.RoleBDC, lead.RoleSalesperson) {
		return role == v.Role()
	}
	return role == lead.RoleBDC || role == lead.RoleSalesperson
}

// from are the sources whose leads are shown; none are all.
func (p *people) from(f *filters) []uuid.UUID {
	out := []uuid.UUID{}
	if f.Source == "" && f.Party == "" {
		return out
	}
	for i := range p.sources {
		s := &p.sources[i]
		if (f.Source == "" || s.Code == f.Source) && (f.Party == "" || s.Party == f.Party) {
			out = append(out, s.ID)
		}
	}
	if len(out) == 0 {
		out = append(out, uuid.Nil) // no source is of both
	}
	return out
}

// place is where a row stands: what it is sorted by, in microseconds, and of
// equals the smaller id first.
type place struct {
	At int64
	ID uuid.UUID
}

func (p place) compare(o place) int {
	if p.At != o.At {
		return cmp.Compare(p.At, o.At)
	}
	return bytes.Compare(p.ID[:], o.ID[:])
}

// Places before and behind all others.
var (
	first = place{At: math.MinInt64}
	last  = place{At: math.MaxInt64}
)

// word is a place as it stands in an address.
func (p place) word() string { return strconv.FormatInt(p.At, 10) + "_" + p.ID.String() }

// placeAt reads what word has written.
func placeAt(word string) (place, bool) {
	at, id, found := strings.Cut(word, "_")
	if !found {
		return place{}, false
	}
	number, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return place{}, false
	}
	parsed, err := uuid.Parse(id)
	return place{number, parsed}, err == nil
}
