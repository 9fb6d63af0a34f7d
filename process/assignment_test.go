package process_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/process"
)

// given is a lead of a Monday morning that is given to somebody as the track
// says. There is a group and somebody who works in the evening only.
func given(t tester, assign string, changes ...func(*life)) *life {
	t.Helper()
	if !strings.HasPrefix(assign, "{") {
		assign = "{to: " + assign + "}"
	}
	p := yardstickAnd(t, "[showroom]", `groups: {trucks: [bob@demo.example, cas@demo.example], desk: [max@demo.example]}
shifts: {evening: {days: mon-fri, hours: "18:00-21:00", staff: [cas@demo.example]}}`, "assign: "+assign)
	return rings(t, p, "2026-11-23 10:00", changes...)
}

// asks is for a lead about a make of car, of a customer who speaks a language.
func asks(carMake, language string) func(*life) {
	return func(l *life) {
		l.world.Language, l.world.Subject.Make, l.world.Subject.Language = "nl", carMake, language
	}
}

func speaks(id string, languages ...string) func(*life) {
	return with(id, func(p *process.Person) { p.Languages = languages })
}

func trainedOn(id string, makes ...string) func(*life) {
	return with(id, func(p *process.Person) { p.Makes = makes })
}

// works is for somebody who has so many open leads.
func works(id string, open int) func(*life) {
	return with(id, func(p *process.Person) { p.Open = open })
}

func knownTo(id string) func(*life) { return func(l *life) { l.world.CustomerOwner = id } }

const customersOwn = "{to: [owner_of_customer, fewest_open]}"

// busy: cas works in the evening, so of those who are here bob has the fewest.
var busy = all(works("ann", 4), works("bob", 2), works("cas", 0))

func TestALeadGoesToTheFirstOfTheListWhoIsThere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		assign    string
		change    func(*life)
		want, why string
	}{
		"the customer's own":                 {customersOwn, all(busy, knownTo("ann")), "ann", "customer"},
		"who had him left":                   {customersOwn, all(busy, knownTo("old")), "bob", "fewest_open"},
		"who had him is absent":              {customersOwn, all(busy, knownTo("ann"), away("ann")), "bob", "fewest_open"},
		"who had him works in the evening":   {customersOwn, all(busy, knownTo("cas")), "bob", "fewest_open"},
		"new leads pause for who had him":    {customersOwn, all(busy, knownTo("ann"), paused("ann")), "bob", "fewest_open"},
		"who had him owns no leads any more": {customersOwn, all(busy, knownTo("max")), "bob", "fewest_open"},
		"nobody had him":                     {customersOwn, busy, "bob", "fewest_open"},
		"of equals whose turn it is":         {"fewest_open", all(works("ann", 2), works("bob", 2), works("cas", 2)), "ann", "fewest_open"},
		"a group":                            {"[trucks, next_salesperson]", func(*life) {}, "bob", "named"},
		"nobody of the group is there":       {"[trucks, next_salesperson]", away("bob", "cas"), "ann", "rotation"},
		"a group that owns no leads":         {"[desk, bdc]", func(*life) {}, "kim", "rotation"},
		"a manager":                          {"[sales_manager]", func(*life) {}, "mia", "rotation"},
		"the other manager":                  {"[sales_manager, general_manager]", away("mia"), "gus", "rotation"},
		"a name, then another":               {"[eva@demo.example, BOB@demo.example]", func(*life) {}, "bob", "named"},
		"the name works in the evening":      {"[cas@demo.example, bdc]", func(*life) {}, "kim", "rotation"},
	} {
		l := given(t, c.assign, c.change)
		require.Equal(t, c.want, l.state.Owner, name)
		require.Equal(t, c.why, l.entry("assigned")["why"], name)
		require.NotContains(t, l.entry("assigned"), "although", name)
	}
}

func TestWhoFitsTheLeadGetsIt(t *testing.T) {
	t.Parallel()
	renault := all(trainedOn("ann", "Dacia"), trainedOn("bob", "Nissan", "RENAULT"), trainedOn("kim", "Dacia"))
	german := all(speaks("ann", "de", "en"))
	for name, c := range map[string]struct {
		match  string
		change func(*life)
		want   string
	}{
		"the make is learnt":                         {"[make]", all(asks("Renault", ""), renault), "bob"},
		"nobody learnt it":                           {"[make]", all(asks("Lada", ""), renault, trainedOn("cas", "Dacia")), "ann"},
		"the make is not known":                      {"[make]", all(asks("", "de"), renault), "ann"},
		"no makes are all makes":                     {"[make]", all(asks("Lada", ""), trainedOn("ann", "Dacia")), "bob"},
		"the language is spoken":                     {"[language]", all(asks("", "de"), speaks("bob", "fr", "de")), "bob"},
		"nobody speaks the language":                 {"[language]", all(asks("", "pl"), speaks("bob", "de")), "ann"},
		"everybody speaks the dealer's own":          {"[language]", all(asks("", "NL"), speaks("bob", "nl")), "ann"},
		"the language is not known":                  {"[language]", all(asks("Renault", ""), speaks("bob", "de")), "ann"},
		"the language is given up first":             {"[make, language]", all(asks("Renault", "de"), renault, german), "bob"},
		"the make is given up first":                 {"[language, make]", all(asks("Renault", "de"), renault, german), "ann"},
		"who fits in both":                           {"[make, language]", all(asks("Renault", "de"), renault, german, speaks("bob", "DE")), "bob"},
		"nothing is asked for":                       {"[]", all(asks("Renault", "de"), trainedOn("ann", "Dacia")), "ann"},
		"who does not fit but is the only one there": {"[make, language]", all(asks("Renault", "de"), renault, away("bob", "cas")), "ann"},
	} {
		l := given(t, "{to: next_salesperson, match: "+c.match+"}", c.change)
		require.Equal(t, c.want, l.state.Owner, name)
		require.NotContains(t, l.entry("assigned"), "although", "%s: a wish speaks against nobody", name)
	}
	few := given(t, "{to: fewest_open, match: [make]}", asks("Renault", ""), busy, trainedOn("bob", "Dacia"))
	require.Equal(t, "ann", few.state.Owner, "who has the fewest leads of those who fit")
}

// What speaks against whoever gets the lead all the same stands on the timeline.
func TestSomebodyAlwaysGetsTheLead(t *testing.T) {
	t.Parallel()
	seller, sellers := withStaff("ann"), withStaff("ann", "bob")
	for name, c := range map[string]struct {
		assign   string
		change   func(*life)
		want     string
		although []string
	}{
		"not who is full":                          {"next_salesperson", full("ann"), "bob", nil},
		"all of them are full":                     {"next_salesperson", full("ann", "bob", "cas"), "ann", []string{"full"}},
		"who is full has the fewest":               {"fewest_open", all(full("ann"), works("bob", 9)), "bob", nil},
		"rather who does not fit than who is full": {"{to: next_salesperson, match: [make]}", all(asks("Renault", ""), full("ann"), trainedOn("bob", "Dacia")), "bob", nil},
		"who has room for one more":                {"next_salesperson", with("ann", func(p *process.Person) { p.Capacity, p.Open = 3, 2 }), "ann", nil},
		"rather who is full than who is off duty":  {"next_salesperson", all(withStaff("cas", "ann"), full("ann")), "ann", []string{"full"}},
		"not for whom new leads pause":             {"next_salesperson", paused("ann"), "bob", nil},
		"another role rather":                      {"next_salesperson", paused("ann", "bob", "cas"), "kim", nil},
		"a manager rather":                         {"next_salesperson", all(withStaff("ann", "bob", "mia", "max"), paused("ann", "bob")), "mia", nil},
		"who is off duty rather":                   {"next_salesperson", all(withStaff("ann", "cas"), paused("ann")), "cas", []string{"off_duty"}},
		"new leads pause for everybody":            {"next_salesperson", all(sellers, paused("ann", "bob")), "ann", []string{"paused"}},
		"nobody else owns leads":                   {"next_salesperson", all(withStaff("ann", "max"), paused("ann")), "ann", []string{"paused"}},
		"rather paused than absent":                {"next_salesperson", all(sellers, away("ann"), paused("bob")), "bob", []string{"paused"}},
		"only who is absent":                       {"next_salesperson", all(seller, away("ann"), full("ann"), paused("ann")), "ann", []string{"absent", "paused", "full"}},
		"only who works in the evening":            {"next_salesperson", withStaff("cas"), "cas", []string{"off_duty"}},
		"the name has left, all others are absent": {"eva@demo.example", all(sellers, away("ann", "bob")), "ann", []string{"absent"}},
	} {
		l := given(t, c.assign, c.change)
		require.Equal(t, c.want, l.state.Owner, name)
		if c.although == nil {
			require.NotContains(t, l.entry("assigned"), "although", name)
			continue
		}
		require.Equal(t, c.although, l.entry("assigned")["although"], name)
	}
}

func TestWhoWasPassedOverIsOnTheTimeline(t *testing.T) {
	t.Parallel()
	l := given(t, "next_salesperson", paused("ann", "bob", "kim"), with("cas", func(p *process.Person) { p.Email = "cassie@demo.example" }))
	require.Equal(t, "cas", l.state.Owner)
	require.Equal(t, []string{"ann", "bob"}, l.entry("assigned")["passed_over"], "those of the same rotation whose turn it was")

	late := given(t, "next_salesperson", func(l *life) { l.world.Staff = append(l.world.Staff[1:], l.world.Staff[0]) }, paused("ann"))
	require.Equal(t, "bob", late.state.Owner)
	require.NotContains(t, late.entry("assigned"), "passed_over", "it was not her turn")
}

func TestTheManagerHearsOnceForWhomNewLeadsPause(t *testing.T) {
	t.Parallel()
	l := given(t, "next_salesperson", paused("ann"), func(l *life) { l.world.Paused = []string{"ann", "old"} })
	require.Equal(t, []string{
		"customer: thank-you by email", "bob: new-lead by email, screen", "mia: new-lead by email, screen", "mia: staff-paused by email, screen",
	}, l.heard())
	require.Equal(t, "ann", l.last.Mails[len(l.last.Mails)-1].Ref)
	l.advance("1m").attempt("no_answer")
	require.Empty(t, l.heard(), "nobody got a lead")

	l.world.Paused = nil // it is told in the step in which it begins
	l.does("mia", give("cas"))
	require.Equal(t, []string{"cas: assigned by email, screen"}, l.heard())
}

// Who leads the sales herself is not told about herself.
func TestAManagerIsNotToldThatHerOwnLeadsPause(t *testing.T) {
	t.Parallel()
	l := given(t, "sales_manager", paused("mia"), func(l *life) { l.world.Paused = []string{"mia"} })
	require.Empty(t, only(l.heard(), "mia: staff-paused"))
}

func TestALeadMovesOnWithinTheSameRules(t *testing.T) {
	t.Parallel()
	p := yardstick(t, "[showroom]", "assign: {to: next_salesperson, match: [language]}", "attempts: {schedule: [+5d]}",
		"live_response: {due: 10m, escalate: [{after: 0s, to: [next_salesperson], reassign: true}]}")
	for name, c := range map[string]struct {
		change func(*life)
		want   string
	}{
		"the next in turn":             {func(*life) {}, "bob"},
		"not who is absent":            {away("bob"), "cas"},
		"not for whom new leads pause": {paused("bob"), "cas"},
		"not who is full":              {full("bob"), "cas"},
		"who speaks the language":      {all(asks("", "de"), speaks("ann", "de"), speaks("cas", "de")), "cas"},
		"nobody but her":               {paused("bob", "cas"), "ann"},
		"who is full, if all are":      {full("bob", "cas"), "bob"},
	} {
		l := rings(t, p, "2026-11-23 10:00", c.change).until("2026-11-23 10:10")
		require.Equal(t, c.want, l.state.Owner, name)
		skipped := slices.Contains(kindsOf(l.events), "step_skipped")
		require.Equal(t, c.want == "ann", skipped, "%s: a step without anybody says so", name)
	}
}

// On duty is who is on duty when the clock of the lead starts.
func TestWhoGetsALeadOfTheNight(t *testing.T) {
	t.Parallel()
	until := func(back string) func(*life) {
		return func(l *life) { l.absent("ann", "2026-11-20 18:00", back) }
	}
	p := yardstick(t, "[showroom]")
	require.Equal(t, "ann", rings(t, p, "2026-11-23 22:00", until("2026-11-24 00:00")).state.Owner, "she is back when the doors open")
	require.Equal(t, "bob", rings(t, p, "2026-11-23 22:00", until("2026-11-25 00:00")).state.Owner)
	late := rings(t, p, "2026-11-20 17:59", until("2026-11-24 00:00"), lateBy(20*time.Hour))
	require.Equal(t, "bob", late.state.Owner, "a process that begins late looks at those who are here by then")
}

// Who is on duty when the lead comes is on duty, whatever the next morning says.
func TestNothingSpeaksAgainstWhoIsOnDutyInTheEvening(t *testing.T) {
	t.Parallel()
	p := yardstickAnd(t, "[showroom]", `shifts: {evening: {days: mon-fri, hours: "18:00-21:00", staff: [cas@demo.example]}}`, "clock: always")
	l := rings(t, p, "2026-11-23 19:00", paused("ann"))
	require.Equal(t, map[string]any{"staff_id": "cas", "why": "rotation"}, l.entry("assigned"), "nor was anybody passed over who is at home")
	night := rings(t, p, "2026-11-23 23:00")
	require.Equal(t, []string{"off_duty"}, night.entry("assigned")["although"], "at night everybody is")
}

// Who is full passes the lead on to the next entry of the list, if there is
// room; a lead that has nowhere else to go goes to the first of them.
func TestAListGoesOnWhereThereIsRoom(t *testing.T) {
	t.Parallel()
	require.Equal(t, "ann", given(t, "[bdc, next_salesperson]", full("kim")).state.Owner)
	require.Equal(t, "bob", given(t, "[owner_of_customer, fewest_open]", all(busy, knownTo("ann"), full("ann"))).state.Owner)
	require.Equal(t, "kim", given(t, "[bdc, next_salesperson]", full("kim", "ann", "bob", "cas")).state.Owner)
}

// Somebody has to do something about it, also while the sales manager is away.
func TestTheGeneralManagerHearsOfAPauseWhenNobodyElseIsThere(t *testing.T) {
	t.Parallel()
	l := given(t, "next_salesperson", all(paused("ann"), away("mia")), func(l *life) { l.world.Paused = []string{"ann"} })
	require.Equal(t, []string{"gus: staff-paused by email, screen"}, only(l.heard(), "gus", "mia"))
}
