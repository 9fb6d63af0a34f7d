package board

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/board/standing"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// row is a lead as the board tells it.
type row struct {
	*db.BoardRowsRow

	Place    place
	State    standing.State
	Turns    time.Time // when its place changes by itself; zero never
	Customer string    // "" when nobody knows
	Car      []string  // what it is, then which one
	Source   db.Source
	Owner    string // "" for none
	Call     string // the number to call, "" when there is none or it must not be called
	Live     response
	Talk     response
	DidBy    string // who did something last, "" for nobody
	DidWhen  time.Time
	Did      deed
}

// deed is what somebody did last with the customer.
type deed struct {
	Kind    string `json:"-"` // of the timeline
	Channel string `json:"channel"`
	Outcome string `json:"outcome"`
	MadeAt  string `json:"made_at"`
}

// response is one of the two clocks of a lead: until somebody acts, and until
// somebody has spoken to the customer. It stays when it was met.
type response struct {
	Kind responseKind
	Took time.Duration // of one that was met in time, or that has no time set
	Over time.Duration // by how much one was met late
	Due  time.Time     // of one that runs
	From time.Time     // since when one runs that has no time set
}

type responseKind int

const (
	notRunning responseKind = iota // nobody waits for it
	running
	metInTime
	metLate
)

// rows reads what the board tells of the leads at these places, in their order.
func (r *Room) rows(ctx context.Context, p *people, places []place) ([]row, error) {
	if len(places) == 0 {
		return nil, nil
	}
	v := frame.ViewerOf(ctx)
	ids := make([]uuid.UUID, len(places))
	for i, at := range places {
		ids[i] = at.ID
	}
	stored, err := r.Store.BoardRows(ctx, db.BoardRowsParams{DealerID: v.Dealer.ID, Ids: ids})
	if err != nil {
		return nil, fmt.Errorf("rows of the board: %w", err)
	}
	by := make(map[uuid.UUID]*db.BoardRowsRow, len(stored))
	for i := range stored {
		by[stored[i].ID] = &stored[i]
	}
	out := make([]row, 0, len(places))
	for _, at := range places {
		l := by[at.ID]
		if l == nil {
			continue // erased a moment ago
		}
		one, err := p.row(l, at, v)
		if err != nil {
			return nil, fmt.Errorf("lead %s: %w", at.ID, err)
		}
		out = append(out, one)
	}
	return out, nil
}

func (p *people) row(l *db.BoardRowsRow, at place, v *frame.Viewer) (row, error) {
	stands, err := p.standing(l)
	if err != nil {
		return row{}, err
	}
	started := startOf(l)
	out := row{
		BoardRowsRow: l, Place: at, Turns: stands.Turns(v.Now),
		State:    standing.Of(stands, standing.Viewer{ID: v.Staff.ID.String(), Manages: v.Manages()}, v.Now),
		Customer: nameOf(l), Car: carOf(l), Owner: p.nameOf(l.OwnerID), Call: callable(l.Phone),
		Live: liveOf(l, started, v.Now), Talk: talkOf(l, started, v.Now),
	}
	if i := slices.IndexFunc(p.sources, func(s db.Source) bool { return s.ID == l.SourceID }); i >= 0 {
		out.Source = p.sources[i]
	}
	if l.Did == "" {
		return out, nil
	}
	out.Did.Kind, out.DidWhen = l.Did, l.DidAt
	if by, err := uuid.Parse(l.DidBy); err == nil {
		out.DidBy = p.nameOf(&by)
	}
	if err := json.Unmarshal(l.DidData, &out.Did); err != nil {
		return out, fmt.Errorf("last action: %w", err)
	}
	if made, err := time.Parse(time.RFC3339, out.Did.MadeAt); err == nil {
		out.DidWhen = made
	}
	return out, nil
}

// standing gathers what decides how the lead stands.
func (p *people) standing(l *db.BoardRowsRow) (standing.Lead, error) {
	out := standing.Lead{
		Status: lead.Status(l.Status), Stage: lead.Stage(l.Stage), Begun: l.Step > 0, Double: l.DuplicateOf != nil,
		ReceivedAt: l.ReceivedAt, ProposedBy: l.ProposedBy, ParkedUntil: known(l.ParkedUntil), ClosedAt: known(l.ClosedAt),
	}
	if err := json.Unmarshal(l.Clocks, &out.Clocks); err != nil {
		return out, fmt.Errorf("clocks: %w", err)
	}
	if len(l.Escalation) > 0 {
		if err := json.Unmarshal(l.Escalation, &out.Escalation); err != nil {
			return out, fmt.Errorf("escalation: %w", err)
		}
		var told struct {
			To    []string `json:"to"`
			Staff []string `json:"staff_ids"`
		}
		if err := json.Unmarshal(l.Escalated, &told); err != nil {
			return out, fmt.Errorf("escalation: %w", err)
		}
		out.EscalatedTo = p.highest(told.To, told.Staff)
	}
	if l.AppointmentKind != "" {
		out.Visit, out.StartsAt = lead.AppointmentKind(l.AppointmentKind), l.AppointmentAt
		out.EndsAt = l.AppointmentAt.Add(time.Duration(l.AppointmentMinutes) * time.Minute)
	}
	return out, nil
}

// ranks are the recipients of an escalation, the highest first.
var ranks = []string{
	string(policy.ToGeneralManager), string(policy.ToSalesManager), string(policy.ToTeam), string(policy.ToBDC),
	string(policy.ToNextSalesperson), string(policy.ToOwner),
}

// highest names the highest of those to whom a lead was escalated: by how the
// policy calls them, else by somebody's role.
func (p *people) highest(to, staff []string) string {
	for _, one := range ranks {
		if slices.Contains(to, one) {
			return one
		}
	}
	for i := range p.staff {
		if slices.Contains(staff, p.staff[i].ID.String()) {
			return p.staff[i].Role
		}
	}
	return ""
}

func (p *people) nameOf(id *uuid.UUID) string {
	if id == nil {
		return ""
	}
	if i := slices.IndexFunc(p.staff, func(s db.Staff) bool { return s.ID == *id }); i >= 0 {
		return p.staff[i].Name
	}
	return ""
}

// startOf is when the human clocks began: receipt, or the next opening.
func startOf(l *db.BoardRowsRow) time.Time {
	if at, err := time.Parse(time.RFC3339, l.ClockStart); err == nil && !at.IsZero() {
		return at
	}
	return l.ReceivedAt
}

// liveOf is the clock until somebody acts. It counts to the first promise, by
// which the response is judged, whoever owns the lead by now.
func liveOf(l *db.BoardRowsRow, started, now time.Time) response {
	switch {
	case l.FirstLiveAt != nil && l.LiveDueAt != nil && l.FirstLiveAt.After(*l.LiveDueAt):
		return response{Kind: metLate, Over: l.FirstLiveAt.Sub(*l.LiveDueAt)}
	case l.FirstLiveAt != nil:
		return response{Kind: metInTime, Took: max(0, l.FirstLiveAt.Sub(started))}
	case l.LiveDueAt == nil || l.Status != string(lead.Open) || l.Stage == string(lead.Parked) || started.After(now):
		return response{}
	}
	return response{Kind: running, Due: *l.LiveDueAt}
}

// talkOf is the clock until somebody has spoken to the customer. The policy
// sets no time for it, so it counts up.
func talkOf(l *db.BoardRowsRow, started, now time.Time) response {
	switch {
	case l.FirstConversationAt != nil:
		return response{Kind: metInTime, Took: max(0, l.FirstConversationAt.Sub(started))}
	case l.Step == 0 || l.Status == string(lead.Closed) || l.Stage == string(lead.Parked) || started.After(now):
		return response{}
	}
	return response{Kind: running, From: started}
}

// nameOf is the customer's name or, when he left none, how he can be reached. Of
// somebody who was erased there is neither.
func nameOf(l *db.BoardRowsRow) string {
	for _, name := range []string{l.FirstName + " " + l.Infix + " " + l.LastName, l.FullName, l.Contact} {
		if name = strings.Join(strings.Fields(name), " "); name != "" {
			return name
		}
	}
	return ""
}

// carOf is what the customer asks about, and which one exactly.
func carOf(l *db.BoardRowsRow) []string {
	exactly := []string{l.Trim}
	if l.Year != nil {
		exactly = append(exactly, fmt.Sprint(*l.Year))
	}
	exactly = append(exactly, l.StockNumber)
	return []string{
		strings.TrimSpace(l.Make + " " + l.Model),
		strings.Join(slices.DeleteFunc(exactly, func(s string) bool { return s == "" }), " · "),
	}
}

var dialled = regexp.MustCompile(`^\+\d{4,15}$`)

// callable returns the number when it can be put into a link.
func callable(number string) string {
	if dialled.MatchString(number) {
		return number
	}
	return ""
}

func known(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
