package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// sound is a small run in which every promise was kept.
func sound() (remembered, found) {
	lead := row{
		ID: "a", Keys: []string{"post-1"}, Status: "open", Step: 3, LastSeq: 3, Process: `{"step":3}`,
		Timeline: []event{
			{Seq: 1, At: noon, Kind: "received"},
			{Seq: 2, At: noon.Add(time.Second), Kind: "note_added", Happening: "h1", Mark: "mark-1"},
			{Seq: 3, At: noon.Add(5 * time.Second), Kind: "escalated", Clock: "live_response", Step: 1, Due: noon.Add(4 * time.Second)},
		},
	}
	said := remembered{
		Posts:   []post{{Key: "post-1", Keys: []string{"post-1"}, IDs: []string{"a", "a"}, Answered: true}},
		Actions: []action{{Mark: "mark-1", Kind: "notes", Lead: "a", Fate: done, Code: 200}, {Mark: "mark-2", Kind: "close", Lead: "a", Fate: refused, Code: 422}},
	}
	is := found{
		Leads:     map[string]row{"a": lead},
		Courses:   map[string]course{"a": {Status: running, State: `{"step":3}`, Step: 3}},
		Letters:   []letter{{ID: "m1", Lead: "a", Key: "auto_response", Channel: "email", Customer: true, State: "accepted", Created: noon}},
		Taken:     map[string][]arrival{"m1": {{At: noon.Add(time.Second)}}},
		Turned:    map[string]int{},
		FollowUps: map[string]string{"f": running},
	}
	return said, is
}

func TestASoundRunHasNoViolation(t *testing.T) {
	t.Parallel()
	said, is := sound()
	require.Empty(t, compare(said, is))
}

// Every kind of violation is found, and only it.
func TestTheLedgerFinds(t *testing.T) {
	t.Parallel()
	lead := func(change func(*row)) func(*remembered, *found) {
		return func(_ *remembered, is *found) {
			r := is.Leads["a"]
			change(&r)
			is.Leads["a"] = r
		}
	}
	mail := func(change func(*letter)) func(*remembered, *found) {
		return func(_ *remembered, is *found) { change(&is.Letters[0]) }
	}
	twice := []arrival{{At: noon}, {At: noon.Add(time.Second)}}
	for name, one := range map[string]struct {
		spoil func(*remembered, *found)
		rules []string
	}{
		"an acknowledged lead that is not there": {func(_ *remembered, is *found) { delete(is.Leads, "a"); is.Letters = nil }, []string{"action lost", "lead lost", "lead lost"}},
		"one post, two leads": {func(said *remembered, is *found) {
			said.Posts[0].IDs = []string{"a", "b"}
			is.Leads["b"] = row{ID: "b", Keys: []string{"post-1"}, DuplicateOf: "a"}
		}, []string{"lead doubled"}},
		"a post that was never answered": {func(said *remembered, _ *found) { said.Posts[0].Answered = false }, []string{"post never acknowledged"}},
		"a post that was refused":        {func(said *remembered, _ *found) { said.Posts[0].Refused = []int{422} }, []string{"post refused"}},
		"a lead that nobody sent":        {lead(func(r *row) { r.Keys = append(r.Keys, "post-9") }), []string{"lead from nowhere"}},

		"no workflow":                  {func(_ *remembered, is *found) { delete(is.Courses, "a") }, []string{"lead without workflow"}},
		"a workflow that failed":       {func(_ *remembered, is *found) { is.Courses["a"] = course{Status: "failed"} }, []string{"lead without workflow"}},
		"a closed lead that runs on":   {lead(func(r *row) { r.Status = "closed" }), []string{"workflow does not end"}},
		"a workflow that says nothing": {func(_ *remembered, is *found) { is.Courses["a"] = course{Status: running, Silent: "too late"} }, []string{"workflow does not answer"}},
		"no step was taken":            {lead(func(r *row) { r.Step = 0 }), []string{"lead not worked"}},
		"row and workflow differ":      {lead(func(r *row) { r.Step = 4 }), []string{"row and workflow differ"}},
		"the same step, another state": {lead(func(r *row) { r.Process = `{"step":3,"owner":"x"}` }), []string{"row and workflow differ"}},
		"a deadline that nobody met":   {lead(func(r *row) { r.Overdue = time.Minute }), []string{"lead stuck"}},
		"a follow-up without workflow": {func(_ *remembered, is *found) { is.FollowUps["f"] = "" }, []string{"follow-up without workflow"}},
		"Temporal was not told":        {func(_ *remembered, is *found) { is.Outbox = 1 }, []string{"outbox not empty"}},

		"a gap":                    {lead(func(r *row) { r.Timeline[2].Seq, r.LastSeq = 4, 4 }), []string{"gap in the timeline", "gap in the timeline"}},
		"a line that is missing":   {lead(func(r *row) { r.LastSeq = 4 }), []string{"gap in the timeline"}},
		"time runs backwards":      {lead(func(r *row) { r.Timeline[1].At = noon.Add(-time.Second) }), []string{"timeline out of order"}},
		"one happening, two steps": {lead(func(r *row) { r.Timeline[2].Happening = "h1" }), []string{"happening applied twice"}},
		"a step before its time":   {lead(func(r *row) { r.Timeline[2].Due = noon.Add(5001 * time.Millisecond) }), []string{"step early"}},
		"a step that comes twice": {lead(func(r *row) {
			again := r.Timeline[2]
			again.Seq, r.LastSeq = 4, 4
			r.Timeline = append(r.Timeline, again)
		}), []string{"step doubled"}},

		"an action that is not there": {lead(func(r *row) { r.Timeline[1].Mark = "" }), []string{"action lost"}},
		"an action that came twice":   {lead(func(r *row) { r.Timeline[2].Mark, r.Timeline[2].Happening = "mark-1", "h2" }), []string{"action doubled"}},
		"a refusal with an effect":    {lead(func(r *row) { r.Timeline[2].Mark = "mark-2" }), []string{"refused action happened"}},
		"a claim that nobody was told of": {lead(func(r *row) {
			r.Timeline[2] = event{Seq: 3, At: noon.Add(time.Minute), Kind: "assigned", Clock: "taken", Actor: "sam"}
		}), []string{"action doubled"}},
		"a claim that did not count": {func(said *remembered, _ *found) {
			said.Actions = append(said.Actions, action{Kind: "take", Lead: "a", By: "sam", Fate: done})
		}, []string{"action lost"}},

		"a mail that went twice":        {func(_ *remembered, is *found) { is.Taken["m1"] = twice }, []string{"mail doubled"}},
		"a mail that went nowhere":      {func(_ *remembered, is *found) { delete(is.Taken, "m1") }, []string{"mail lost"}},
		"a mail that was given up":      {mail(func(m *letter) { m.State, m.Code = "failed", "gave_up" }), []string{"mail lost"}},
		"a mail that is on its way":     {mail(func(m *letter) { m.State = "sending" }), []string{"mail stuck"}},
		"a mail that was to be kept":    {mail(func(m *letter) { m.State = "suppressed" }), []string{"mail sent although suppressed"}},
		"a mail against his wish":       {lead(func(r *row) { r.SilentSince = noon.Add(-time.Minute) }), []string{"mail after do-not-contact"}},
		"a mail after the last word":    {lead(func(r *row) { r.ClosedAt = noon.Add(-time.Minute) }), nil},
		"a mail of before the last one": {func(_ *remembered, is *found) { closedBefore(is) }, []string{"mail after closing"}},
		"twice, and flagged": {func(_ *remembered, is *found) {
			is.Taken["m1"] = twice
			is.Letters[0].Unknowns = 1
		}, nil},
		"refused by the provider": {func(_ *remembered, is *found) {
			is.Letters[0].State, is.Letters[0].Code = "failed", "sendgrid_400"
			is.Turned["m1"] = 1
			delete(is.Taken, "m1")
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said, is := sound()
			one.spoil(&said, &is)
			var rules []string
			for _, v := range compare(said, is) {
				rules = append(rules, v.Rule)
			}
			require.Equal(t, one.rules, rules)
		})
	}
}

// closedBefore closes the lead after its mail was written and lets the mail go a
// minute later.
func closedBefore(is *found) {
	r := is.Leads["a"]
	r.ClosedAt = noon.Add(time.Second)
	is.Leads["a"] = r
	is.Taken["m1"] = []arrival{{At: noon.Add(time.Minute)}}
}
