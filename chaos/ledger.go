package main

import (
	"fmt"
	"slices"
	"time"
)

// post is a lead as its sender remembers it: what he sent, and every answer.
type post struct {
	Key      string   // Idempotency-Key, or the external id where many keys sent it
	Keys     []string // all of them
	IDs      []string // of the lead, one for each answer with 2xx
	Refused  []int    // answers that were final and no 2xx
	Answered bool     // the last try got a 2xx
}

// fate is how an action ended for whoever asked for it.
type fate string

// The fates of an action.
const (
	done    fate = "done"    // it was answered with 2xx
	refused fate = "refused" // it was answered with 4xx: it did not happen
	unsure  fate = "unsure"  // no answer was the last word
)

// action is something that a member of staff asked for, as he remembers it.
type action struct {
	Mark string // stands in its note, and nowhere else
	Kind string // the last part of the path
	Lead string
	By   string
	Fate fate
	Code int // of the last answer
}

// remembered is what the outside was told.
type remembered struct {
	Posts   []post
	Actions []action
}

// event is one line of a timeline.
type event struct {
	Seq       int64
	At        time.Time
	Kind      string
	Actor     string
	Happening string
	Mark      string // of the action whose note it bears
	// Of steps: whose clock, which step, which repetition, when it was due.
	Clock  string
	Step   int
	Repeat int
	Again  int
	Due    time.Time
}

// letter is one row of the ledger of messages.
type letter struct {
	ID, Lead, Key, Channel string
	Customer               bool
	State, Code            string
	Mark                   string // of the action that wrote it
	Unknowns               int
	Created                time.Time
	ByHand                 bool
}

// row is a lead as Postgres has it.
type row struct {
	ID          string
	Keys        []string // of the raw messages that it came from
	External    string
	DuplicateOf string
	Status      string
	Step        int64
	LastSeq     int64
	Process     string // JSON
	ClosedAt    time.Time
	SilentSince time.Time // since when its customer must get no mail; zero: he may
	Timeline    []event
	Overdue     time.Duration // by how much it should have acted by itself and did not
}

// course is a workflow as Temporal has it.
type course struct {
	Status string // running, completed, or how else it ended; "" for none
	State  string // what its query says, as JSON; "" when it was not asked
	Step   int64
	Silent string // why its query had no answer; "" when it had, or was not asked
}

// found is what is there when everything has come to rest.
type found struct {
	Leads     map[string]row
	Courses   map[string]course
	Letters   []letter
	Taken     map[string][]arrival // by the provider of mail, by message
	Turned    map[string]int       // 4xx of the provider, by message
	Outbox    int
	FollowUps map[string]string // open follow-ups, and how their workflow stands
}

// violation is a promise that was not kept.
type violation struct {
	Rule string `json:"rule"`
	What string `json:"what"`
}

// underway is how long a mail may be on its way when its customer's word or the
// closing of its lead is written: it had left by then.
const underway = 6 * time.Second

// ledger compares what was acknowledged with what is there.
type ledger struct {
	said  remembered
	is    found
	wrong []violation
}

// compare returns every promise that was not kept.
func compare(said remembered, is found) []violation {
	l := &ledger{said: said, is: is}
	l.posts()
	l.workflows()
	l.timelines()
	l.steps()
	l.actions()
	l.letters()
	if is.Outbox > 0 {
		l.fault("outbox not empty", "%d entries that Temporal was not told", is.Outbox)
	}
	for id, status := range is.FollowUps {
		if status != running {
			l.fault("follow-up without workflow", "follow-up %s: %s", id, status)
		}
	}
	slices.SortStableFunc(l.wrong, func(a, b violation) int { return compareTexts(a.Rule+a.What, b.Rule+b.What) })
	return l.wrong
}

const (
	running   = "running"
	completed = "completed"
)

func compareTexts(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (l *ledger) fault(rule, format string, args ...any) {
	l.wrong = append(l.wrong, violation{rule, fmt.Sprintf(format, args...)})
}

// posts: what was acknowledged is there, once, and nothing else is.
func (l *ledger) posts() {
	byKey := map[string][]string{}
	for id, r := range l.is.Leads {
		for _, key := range r.Keys {
			byKey[key] = append(byKey[key], id)
		}
	}
	known := map[string]bool{}
	for _, p := range l.said.Posts {
		var leads []string
		for _, key := range p.Keys {
			known[key] = true
			leads = append(leads, byKey[key]...)
		}
		slices.Sort(leads)
		leads = slices.Compact(leads)
		ids := slices.Compact(slices.Sorted(slices.Values(p.IDs)))
		switch {
		case len(p.Refused) > 0:
			l.fault("post refused", "%s was answered %v", p.Key, p.Refused)
		case !p.Answered:
			l.fault("post never acknowledged", "%s, tried until the end", p.Key)
		}
		if len(leads) > 1 || len(ids) > 1 {
			l.fault("lead doubled", "%s became %v and was answered with %v", p.Key, leads, ids)
		}
		for _, id := range ids {
			if _, there := l.is.Leads[id]; !there {
				l.fault("lead lost", "%s was acknowledged as %s", p.Key, id)
			}
		}
		if len(ids) > 0 && len(leads) == 0 {
			l.fault("lead lost", "no raw message of %s", p.Key)
		}
	}
	for id, r := range l.is.Leads {
		for _, key := range r.Keys {
			if !known[key] {
				l.fault("lead from nowhere", "%s with key %s", id, key)
			}
		}
	}
}

// workflows: every lead has the one that it should have, and both say the same.
func (l *ledger) workflows() {
	for id, r := range l.is.Leads {
		if r.DuplicateOf != "" {
			continue // another lead's works it
		}
		c := l.is.Courses[id]
		switch {
		case c.Status == "":
			l.fault("lead without workflow", "%s", id)
		case r.Status != "closed" && c.Status != running:
			l.fault("lead without workflow", "%s is %s and its workflow %s", id, r.Status, c.Status)
		case r.Status == "closed" && c.Status != completed:
			l.fault("workflow does not end", "%s is closed and its workflow %s", id, c.Status)
		case r.Step == 0:
			l.fault("lead not worked", "%s", id)
		case c.Silent != "":
			l.fault("workflow does not answer", "%s: %s", id, c.Silent)
		case c.State != "" && (c.Step != r.Step || c.State != r.Process):
			l.fault("row and workflow differ", "%s: step %d in Postgres, %d in Temporal", id, r.Step, c.Step)
		}
		if r.Overdue > 0 {
			l.fault("lead stuck", "%s should have acted %s ago", id, r.Overdue.Round(time.Millisecond))
		}
	}
}

// timelines have no gap, and no happening was applied twice.
func (l *ledger) timelines() {
	for id, r := range l.is.Leads {
		happened := map[string]event{}
		var before event
		for i, e := range r.Timeline {
			if e.Seq != int64(i+1) {
				l.fault("gap in the timeline", "%s: %d stands at place %d", id, e.Seq, i+1)
				break
			}
			if e.At.Before(before.At) {
				l.fault("timeline out of order", "%s: %d is earlier than %d", id, e.Seq, before.Seq)
			}
			before = e
			if e.Happening == "" {
				continue
			}
			if first, again := happened[e.Happening]; again && !first.At.Equal(e.At) {
				l.fault("happening applied twice", "%s: %s at %d and %d", id, e.Kind, first.Seq, e.Seq)
			}
			happened[e.Happening] = e
		}
		if r.LastSeq != int64(len(r.Timeline)) {
			l.fault("gap in the timeline", "%s has %d entries and counts %d", id, len(r.Timeline), r.LastSeq)
		}
	}
}

// steps come once and never early.
func (l *ledger) steps() {
	for id, r := range l.is.Leads {
		seen := map[string]int64{}
		for _, e := range r.Timeline {
			if e.Clock == "" || e.Due.IsZero() {
				continue
			}
			if e.At.Before(e.Due) {
				l.fault("step early", "%s: %s of %s at %d, %s before its time", id, e.Kind, e.Clock, e.Seq, e.Due.Sub(e.At))
			}
			key := fmt.Sprintf("%s %s %d %d %d %s", e.Kind, e.Clock, e.Step, e.Repeat, e.Again, e.Due.Format(time.RFC3339Nano))
			if first, again := seen[key]; again {
				l.fault("step doubled", "%s: %s at %d and %d", id, key, first, e.Seq)
			}
			seen[key] = e.Seq
		}
	}
}

// actions: what was answered happened once, what was refused did not.
func (l *ledger) actions() {
	times := map[string]map[string]bool{} // the happenings that bear a mark
	for _, r := range l.is.Leads {
		for _, e := range r.Timeline {
			if e.Mark != "" && e.Kind != "closing_refused" {
				if times[e.Mark] == nil {
					times[e.Mark] = map[string]bool{}
				}
				// A note on a closed lead is appended without a happening.
				times[e.Mark][first(e.Happening, fmt.Sprint(e.Seq))] = true
			}
		}
	}
	for _, m := range l.is.Letters {
		if m.Mark != "" && m.State != "held" {
			if times[m.Mark] == nil {
				times[m.Mark] = map[string]bool{}
			}
			times[m.Mark][m.ID] = true
		}
	}
	for _, a := range l.said.Actions {
		n := len(times[a.Mark])
		switch {
		case a.Kind == "take":
			continue // bears no note; see takes
		case a.Fate == done && n == 0:
			l.fault("action lost", "%s on %s by %s was answered %d (%s)", a.Kind, a.Lead, a.By, a.Code, a.Mark)
		case a.Fate == refused && n > 0:
			l.fault("refused action happened", "%s on %s by %s was answered %d (%s)", a.Kind, a.Lead, a.By, a.Code, a.Mark)
		case n > 1:
			l.fault("action doubled", "%s on %s by %s happened %d times (%s)", a.Kind, a.Lead, a.By, n, a.Mark)
		}
	}
	l.takes()
}

// takes compares who was told that he has the lead with who got it.
func (l *ledger) takes() {
	type claim struct{ lead, by string }
	told, least := map[claim]int{}, map[claim]int{}
	for _, a := range l.said.Actions {
		if a.Kind != "take" {
			continue
		}
		c := claim{a.Lead, a.By}
		if a.Fate != refused {
			told[c]++
		}
		if a.Fate == done {
			least[c]++
		}
	}
	got := map[claim]int{}
	for id, r := range l.is.Leads {
		for _, e := range r.Timeline {
			if e.Kind == "assigned" && e.Clock == "taken" {
				got[claim{id, e.Actor}]++
			}
		}
	}
	for c, n := range got {
		if n > told[c] {
			l.fault("action doubled", "%s got %s %d times and was told %d times", c.by, c.lead, n, told[c])
		}
	}
	for c, n := range least {
		if got[c] < n {
			l.fault("action lost", "%s was told %d times that he has %s and got it %d times", c.by, n, c.lead, got[c])
		}
	}
}

// letters: each mail found its end, none was lost, and none went twice but where
// nobody could know.
func (l *ledger) letters() {
	for _, m := range l.is.Letters {
		if m.Channel == "screen" {
			continue
		}
		taken := l.is.Taken[m.ID]
		allowed := 1
		if m.Unknowns > 0 {
			allowed = 2 // flagged as ambiguous: resent once at most
		}
		if len(taken) > allowed {
			l.fault("mail doubled", "%s of %s (%s) went %d times, flagged ambiguous %d times", m.ID, m.Lead, m.Key, len(taken), m.Unknowns)
		}
		switch m.State {
		case "accepted":
			if len(taken) == 0 {
				l.fault("mail lost", "%s of %s (%s) is said to be accepted", m.ID, m.Lead, m.Key)
			}
		case "failed":
			if l.is.Turned[m.ID] == 0 && m.Code != "unknown_twice" && m.Channel == "email" {
				l.fault("mail lost", "%s of %s (%s) was given up: %s", m.ID, m.Lead, m.Key, m.Code)
			}
		case "pending", "sending", "unknown":
			l.fault("mail stuck", "%s of %s (%s) is %s: %s", m.ID, m.Lead, m.Key, m.State, m.Code)
		case "suppressed", "withdrawn", "held":
			if len(taken) > m.Unknowns {
				l.fault("mail sent although "+m.State, "%s of %s (%s) went %d times", m.ID, m.Lead, m.Key, len(taken))
			}
		}
		l.afterwards(m, taken)
	}
}

// afterwards: nothing goes to a customer who does not want it, and nothing more
// from a lead that is closed.
func (l *ledger) afterwards(m letter, taken []arrival) {
	r := l.is.Leads[m.Lead]
	for _, a := range taken {
		if m.Customer && !r.SilentSince.IsZero() && a.At.After(r.SilentSince.Add(underway)) {
			l.fault("mail after do-not-contact", "%s of %s (%s), %s after", m.ID, m.Lead, m.Key, a.At.Sub(r.SilentSince).Round(time.Millisecond))
		}
		if m.Customer && !m.ByHand && !r.ClosedAt.IsZero() && m.Created.Before(r.ClosedAt) && a.At.After(r.ClosedAt.Add(underway)) {
			l.fault("mail after closing", "%s of %s (%s), %s after", m.ID, m.Lead, m.Key, a.At.Sub(r.ClosedAt).Round(time.Millisecond))
		}
	}
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
