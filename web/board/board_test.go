package board_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"html"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/web/board/standing"
)

// few are five leads: Ann's is late, Bob's is escalated, Cas's is new, Dee's
// closing waits, and Eve's was closed.
func few(o *office) []planted {
	o.tb.Helper()
	now := o.viewer.Now
	at := func(minutes int) time.Time { return now.Add(time.Duration(minutes) * time.Minute) }
	clock := func(k process.Kind, due int) process.Agenda {
		return process.Agenda{Clocks: []process.Clock{{Kind: k, Start: at(due - 15), Due: at(due), N: 2}}}
	}
	ann := planted{First: "Ann", Last: "Adams", Owner: "sam@demo.example", Make: "Renault", Model: "Captur", Stock: "R-1182", Phone: "12345678", LastLive: at(-300)}
	ann.Agenda, ann.Stage, ann.ReceivedAt = clock(process.CallAttempt, -5), lead.Contacting, at(-600)
	ann.LiveDueAt, ann.FirstLiveAt, ann.FirstConversation = at(-585), at(-578), at(-300)
	bob := planted{First: "Bob", Last: "Bakker", Owner: "tess@demo.example", Make: "Dacia", Model: "Duster", Source: "portal", Told: []string{"sales_manager"}}
	bob.Agenda, bob.Stage, bob.ReceivedAt, bob.LiveDueAt = clock(process.LiveResponse, -40), lead.New, at(-55), at(-40)
	bob.Escalation = process.Escalation{Kind: process.LiveResponse, Step: 2, Steps: 3, At: at(-10)}
	cas := planted{First: "Cas", Last: "de Boer", Make: "Renault", Model: "Clio"}
	cas.Agenda, cas.Stage, cas.ReceivedAt, cas.LiveDueAt = clock(process.LiveResponse, 12), lead.New, at(-3), at(12)
	dee := planted{First: "Dee", Last: "Dekker", Owner: "bdc@demo.example", Make: "Nissan", Model: "Qashqai", LastLive: at(-60)}
	dee.Agenda, dee.Stage, dee.Status, dee.ReceivedAt = clock(process.ClosingApproval, 120), lead.Contacting, lead.Closing, at(-900)
	dee.Phase = lead.Showroom
	eve := planted{First: "Eve", Last: "Evers", Owner: "sam@demo.example", Make: "Renault", Model: "Zoe"}
	eve.Stage, eve.Status, eve.ReceivedAt, eve.ClosedAt = lead.Won, lead.Closed, at(-2000), at(-100)
	return plant(o.tb, o.store, o.dealer, ann, bob, cas, dee, eve)
}

func TestTheBoardShowsWhatIsDueNextAndBreachedFirst(t *testing.T) {
	t.Parallel()
	o := opened(t, "manager@demo.example")
	few(o)
	require.Equal(t, []string{"Bob Bakker", "Ann Adams", "Cas de Boer", "Dee Dekker"}, o.shown("/board"))
	for tongue, sentences := range map[string][]string{
		"en": {
			"ESCALATED 2/3", "→ sales manager · live response", "LATE", "+05:00", "call 2", "NEW", "12:00", "CLOSING", "waits for you",
			"AutoPlein", "3rd party", "test drive · new", "Renault Captur", "Sam Visser", "Nobody", "late", "+07:00", "voicemail", "2/6",
		},
		"nl": {"GEËSCALEERD 2/3", "→ verkoopmanager · eerste reactie", "TE LAAT", "NIEUW", "SLUITING", "wacht op u", "proefrit · nieuw", "Niemand"},
	} {
		page := o.get("/board", "Accept-Language", tongue).Body.String()
		for _, sentence := range sentences {
			require.Contains(t, page, sentence)
		}
		require.NotContains(t, page, "‹", "a sentence is missing")
		require.Contains(t, page, `href="tel:+31612345678"`)
	}
}

func TestFiltersStandInTheAddress(t *testing.T) {
	t.Parallel()
	o := opened(t, "sam@demo.example")
	few(o)
	tess, err := o.store.ListStaff(context.Background(), o.dealer)
	require.NoError(t, err)
	var tessID string
	for i := range tess {
		if tess[i].Email == "tess@demo.example" {
			tessID = tess[i].ID.String()
		}
	}
	for query, want := range map[string]string{
		"who=mine":                     "Ann Adams",
		"who=team":                     "Bob Bakker, Ann Adams", // salespeople, as he is
		"who=none":                     "Cas de Boer",
		"who=" + tessID:                "Bob Bakker",
		"source=portal":                "Bob Bakker",
		"party=first":                  "Ann Adams, Cas de Boer, Dee Dekker",
		"party=first&source=portal":    "",
		"stage=new":                    "Bob Bakker, Cas de Boer",
		"phase=showroom":               "Dee Dekker",
		"status=closing":               "Dee Dekker",
		"status=closed":                "Eve Evers",
		"status=all&who=mine":          "Ann Adams, Eve Evers",
		"overdue=1":                    "Bob Bakker, Ann Adams",
		"escalated=1":                  "Bob Bakker",
		"sort=newest":                  "Cas de Boer, Bob Bakker, Ann Adams, Dee Dekker",
		"q=boer":                       "Cas de Boer",
		"q=renault":                    "Ann Adams, Cas de Boer",
		"q=renault&status=all":         "Cas de Boer, Ann Adams, Eve Evers",
		"q=06+12345678":                "Ann Adams",
		"q=r-1182":                     "Ann Adams",
		"q=%25":                        "",
		"who=mine&overdue=1&stage=new": "",
	} {
		require.Equal(t, want, strings.Join(o.shown("/board?"+query), ", "), query)
	}
}

func TestAFilterThatDoesNotExistIsLeftOutAndSaidSo(t *testing.T) {
	t.Parallel()
	o := opened(t, "sam@demo.example")
	few(o)
	for _, query := range []string{
		"who=somebody", "who=" + uuid.NewString(), "source=nowhere", "party=fourth", "stage=foo", "phase=x", "status=open%00", "sort=oldest", "overdue=yes",
		"after=1_x", "q=" + strings.Repeat("a", 300), "q=%00", "q=%ff",
	} {
		require.Len(t, o.shown("/board?"+query), 4, query)
		require.Contains(t, o.get("/board?"+query).Body.String(), "left out", query)
	}
	require.NotContains(t, o.get("/board?who=mine&said=nothing").Body.String(), "left out")
}

func TestNumbersCountWithinTheFilters(t *testing.T) {
	t.Parallel()
	o := opened(t, "manager@demo.example")
	few(o)
	test := planted{First: "Test", Last: "Lead", Test: true}
	test.Stage, test.ReceivedAt = lead.New, o.viewer.Now
	plant(t, o.store, o.dealer, test)
	require.Equal(t, "4 2 1 1", o.figures(""), "open, late, escalated, closing; tests are in no figure")
	require.Equal(t, "1 1 1 0", o.figures("source=portal"))
	require.Equal(t, "4 2 1 1", o.figures("overdue=1"), "a number leads to its rows and does not depend on itself")
	require.Contains(t, strings.Join(o.shown("/board"), ", "), "Test Lead")
	require.Contains(t, o.get("/board").Body.String(), `<span class="tag">`)
}

// What the database sorts by is what the badge says.
func TestTheOrderIsThatOfTheStates(t *testing.T) {
	t.Parallel()
	o := opened(t, "manager@demo.example")
	now := o.viewer.Now
	by := map[uuid.UUID]planted{}
	for _, l := range plant(t, o.store, o.dealer, busy(200, now)...) {
		by[l.ID] = l
	}
	rows := placesOf(t, o.store, o.dealer, now)
	require.Len(t, rows, 200)
	for _, row := range rows {
		l := by[row.ID]
		stands := standing.Lead{Status: l.Status, Stage: l.Stage, Begun: true, Clocks: l.Clocks}
		if l.Appointment != nil {
			stands.StartsAt, stands.EndsAt = l.Appointment.StartsAt, l.Appointment.EndsAt()
		}
		require.Equal(t, stands.Speaks(now).UnixMicro(), row.Due, "%+v", l.Clocks)
	}
}

// Whatever clocks run, in whatever state: the database's order and numbers are
// those of the pure rule.
func TestTheDatabaseSortsAndCountsAsTheRuleSays(t *testing.T) {
	t.Parallel()
	o := opened(t, "manager@demo.example")
	now := o.viewer.Now
	dice := rand.New(rand.NewPCG(7, 12))
	kinds := []process.Kind{
		process.LiveResponse, process.CallAttempt, process.AppointmentReminder, process.AppointmentOutcome, process.ClosingApproval, process.FollowUp, process.HeldBack,
	}
	leads := make([]planted, 300)
	for i := range leads {
		l := &leads[i]
		at := func() time.Time { return now.Add(time.Duration(dice.IntN(400)-200) * time.Minute) }
		l.First, l.Last, l.Make, l.ReceivedAt = "Jan", fmt.Sprintf("Vis %03d", i), "Renault", at().AddDate(0, 0, -1)
		l.Stage = []lead.Stage{lead.New, lead.Contacting, lead.Appointed, lead.Appointed, lead.Visit, lead.Parked}[dice.IntN(6)]
		l.Status = []lead.Status{lead.Open, lead.Open, lead.Closing}[dice.IntN(3)]
		for range dice.IntN(4) {
			due := at()
			l.Clocks = append(l.Clocks, process.Clock{Kind: kinds[dice.IntN(len(kinds))], Start: due.Add(-time.Hour), Due: due, Next: due})
		}
		slices.SortFunc(l.Clocks, func(a, b process.Clock) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
		l.Clocks = slices.CompactFunc(l.Clocks, func(a, b process.Clock) bool { return a.Kind == b.Kind }) // one of each, as in a process
		if dice.IntN(2) == 0 {
			l.Appointment = &process.Appointment{ID: store.NewID().String(), Kind: lead.DriveTest, StartsAt: at(), Minutes: 60}
		}
		if dice.IntN(5) == 0 {
			l.Escalation, l.Told = process.Escalation{Kind: process.CallAttempt, Step: 1, Steps: 3, At: now}, []string{"team"}
		}
	}
	leads = plant(t, o.store, o.dealer, leads...)
	speaks := func(l *planted) int64 {
		stands := standing.Lead{Status: l.Status, Stage: l.Stage, Begun: true, Clocks: l.Clocks}
		if l.Appointment != nil {
			stands.StartsAt, stands.EndsAt = l.Appointment.StartsAt, l.Appointment.EndsAt()
		}
		if due := stands.Speaks(now); !due.IsZero() {
			return due.UnixMicro()
		}
		return 9_000_000_000_000_000
	}
	var late, escalated, closing int
	by := map[uuid.UUID]int64{}
	for i := range leads {
		l := &leads[i]
		by[l.ID] = speaks(l)
		late += count(by[l.ID] <= now.UnixMicro())
		escalated += count(l.Escalation.Kind != "")
		closing += count(l.Status == lead.Closing)
	}
	for _, row := range placesOf(t, o.store, o.dealer, now) {
		require.Equal(t, by[row.ID], row.Due)
	}
	slices.SortFunc(leads, func(a, b planted) int {
		return cmp.Or(cmp.Compare(by[a.ID], by[b.ID]), bytes.Compare(a.ID[:], b.ID[:]))
	})
	want := make([]string, len(leads))
	for i := range leads {
		want[i] = leads[i].First + " " + leads[i].Last
	}
	require.Equal(t, want[:200], o.shown("/board"))
	next := further.FindStringSubmatch(o.get("/board").Body.String())
	require.Equal(t, want[200:], o.shown(html.UnescapeString(next[1])))
	require.Equal(t, want[:late], slices.Concat(o.shown("/board?overdue=1"), want[min(late, 200):late]))
	require.Equal(t, fmt.Sprintf("300 %d %d %d", late, escalated, closing), o.figures(""))
	require.Equal(t, fmt.Sprintf("300 %d %d %d", late, escalated, closing), o.figures("q=renault"), "of the leads that a search found, too")
}

func count(one bool) int {
	if one {
		return 1
	}
	return 0
}

var further = regexp.MustCompile(`href="(/board\?[^"]*after=[^"]*)"`)

func TestMoreRowsStandOnFurtherPages(t *testing.T) {
	t.Parallel()
	o := opened(t, "manager@demo.example")
	plant(t, o.store, o.dealer, busy(450, o.viewer.Now)...)
	for _, query := range []string{"", "status=all", "sort=newest&who=team"} {
		seen := map[string]bool{}
		path, pages := "/board?"+query, 0
		for path != "" {
			pages++
			names := o.shown(path)
			for _, name := range names {
				require.False(t, seen[name], "%s is shown twice", name)
				seen[name] = true
			}
			next := further.FindStringSubmatch(o.get(path).Body.String())
			if path = ""; next != nil {
				path = html.UnescapeString(next[1])
			}
		}
		require.Equal(t, 3, pages, query)
		require.Len(t, seen, 450, query)
	}
}

func TestSingleRowsAreAskedForAsTheFiltersShowThem(t *testing.T) {
	t.Parallel()
	o := opened(t, "sam@demo.example")
	all := few(o)
	ids := all[0].ID.String() + "," + all[1].ID.String() + "," + all[4].ID.String() + ",nonsense," + uuid.NewString()
	require.Equal(t, []string{"Bob Bakker", "Ann Adams"}, o.shown("/board/rows?ids="+ids))
	require.Equal(t, []string{"Ann Adams"}, o.shown("/board/rows?who=mine&ids="+ids))
	require.Empty(t, o.shown("/board/rows?ids="))
	require.Empty(t, o.shown("/board/rows?ids=nonsense"))
	require.Len(t, o.shown("/board/rows"), 4, "without ids it is the whole list")
	require.Contains(t, o.get("/board/rows?ids="+ids).Body.String(), "data-now=")
}

// Another dealer's leads and views do not exist.
func TestDealersAreApart(t *testing.T) {
	t.Parallel()
	o := opened(t, "sam@demo.example")
	all := few(o)
	ctx := context.Background()
	other, err := o.store.CreateDealer(ctx, store.NewDealer{Name: "De Berk", Language: "nl", Staff: []store.NewStaff{
		{Email: "x@berk.example", Name: "Xandra", Role: lead.RoleSalesManager},
	}, Sources: []store.NewSource{{Code: "website", Name: "Website", Party: lead.FirstParty}}})
	require.NoError(t, err)
	require.Equal(t, http.StatusSeeOther, o.post("/board/views", url.Values{"name": {"Laat"}, "query": {"overdue=1"}}).Code)
	views, err := o.store.SavedViews(ctx, viewsOf(o))
	require.NoError(t, err)

	o.dealer = other
	o.viewer.Dealer.ID = other
	o.looks("x@berk.example")
	require.Empty(t, o.shown("/board"))
	require.Empty(t, o.shown("/board?status=all"))
	require.Empty(t, o.shown("/board?q=adams&status=all"))
	require.Empty(t, o.shown("/board/rows?ids="+all[0].ID.String()))
	require.Equal(t, http.StatusNotFound, o.post("/board/views/"+views[0].ID.String()+"/delete", nil).Code)
}
