package desk

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/desk/brief"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

const (
	mostClosings = 100
	mostEntries  = 12 // of a timeline beside a closing; the rest is on the lead's page
	mostPages    = 10 // of a timeline, 200 entries each
)

// closings wait for a manager's decision.
type closings struct {
	Waiting []waiting
	Shown   *shown // the one that is looked at, nil when none waits
	Beside  string // lead of the one that the page shows, "" for none
}

// Further reports whether others wait than the one that the page shows.
func (c closings) Further() bool {
	return slices.ContainsFunc(c.Waiting, func(w waiting) bool { return w.ID.String() != c.Beside })
}

// waiting is a closing that somebody proposed.
type waiting struct {
	brief.Lead

	Source  string
	Reason  string // in words
	By      string // who proposed it
	Own     bool   // he himself did
	Since   time.Time
	code    string
	version int32 // of the catalogue
}

// shown is a closing with all that a decision needs.
type shown struct {
	waiting

	Barred   bool // his own, and another manager is there to approve it
	Why      string
	Details  []Fact
	Note     string
	Evidence []gen.LeadEvidence
	Timeline []entry
	Older    int // entries that are not shown
}

// entry is one line of a timeline.
type entry struct {
	At                   time.Time
	Summary, Actor, Note string
}

// closings lists what waits and looks at one of them: the chosen one, else the
// first that the viewer may decide.
func (r *Room) closings(ctx context.Context, v *frame.Viewer, chosen string, staff names) (closings, error) {
	var out closings
	var err error
	if out.Waiting, err = r.waitingClosings(ctx, v); err != nil || len(out.Waiting) == 0 {
		return out, err
	}
	at := slices.IndexFunc(out.Waiting, func(w waiting) bool { return w.ID.String() == chosen })
	if at < 0 {
		at = next(out.Waiting)
	}
	out.Beside = out.Waiting[at].ID.String()
	out.Shown, err = r.look(ctx, v, out.Waiting[at], staff)
	return out, err
}

// next is the first that the viewer may decide, else the first.
func next(list []waiting) int {
	return max(0, slices.IndexFunc(list, func(w waiting) bool { return !w.Own }))
}

// waitingClosings are all that wait, the next due first.
func (r *Room) waitingClosings(ctx context.Context, v *frame.Viewer) ([]waiting, error) {
	rows, err := r.Store.ClosingsToDecide(ctx, db.ClosingsToDecideParams{DealerID: v.Dealer.ID, Most: mostClosings})
	if err != nil {
		return nil, fmt.Errorf("closings to decide: %w", err)
	}
	ids := make([]uuid.UUID, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	leads, err := brief.Leads(ctx, r.Store, ids)
	if err != nil {
		return nil, err
	}
	out := make([]waiting, len(rows))
	for i, row := range rows {
		out[i] = waiting{
			Lead: leads[row.ID], Source: row.SourceName, By: row.AskedByName, Own: row.AskedBy == v.Staff.ID.String(), Since: row.AskedAt,
			code: row.Reason, version: row.ReasonVersion,
		}
		reason, err := r.reason(ctx, v, row.ReasonVersion, row.Reason)
		if err != nil {
			return nil, err
		}
		ours, _ := lead.Shipped().Find(row.Reason)
		out[i].Reason = words.Of(ctx).Reason(row.Reason, reason.Label, ours.Label)
	}
	return out, nil
}

// reason is one of the catalogue's version.
func (r *Room) reason(ctx context.Context, v *frame.Viewer, version int32, code string) (lead.Reason, error) {
	catalogue, err := r.Store.Reasons(ctx, r.Store.Queries, v.Dealer.ID, version)
	if err != nil {
		return lead.Reason{}, fmt.Errorf("reasons: %w", err)
	}
	reason, known := catalogue.Find(code)
	if !known {
		reason = lead.Reason{Code: code, Label: code}
	}
	return reason, nil
}

// look gathers what the decision on a closing needs.
func (r *Room) look(ctx context.Context, v *frame.Viewer, w waiting, staff names) (*shown, error) {
	out := &shown{waiting: w}
	var l gen.Lead
	if err := r.Door.Get(ctx, "/v1/leads/"+w.ID.String(), &l); err != nil {
		return nil, err
	}
	reason, err := r.reason(ctx, v, w.version, w.code)
	if err != nil {
		return nil, err
	}
	if l.Closing != nil {
		out.Details = Facts(ctx, reason, l.Closing.Details)
		if l.Closing.Note != nil {
			out.Note = *l.Closing.Note
		}
	}
	if out.Evidence, err = r.evidence(ctx, w); err != nil {
		return nil, err
	}
	if err := r.past(ctx, out, staff); err != nil {
		return nil, err
	}
	if w.Own {
		out.Barred, err = r.others(ctx, v)
	}
	return out, err
}

// evidence is what the log holds of what the reason asks for.
func (r *Room) evidence(ctx context.Context, w waiting) ([]gen.LeadEvidence, error) {
	var list gen.LeadReasonList
	if err := r.Door.Get(ctx, "/v1/leads/"+w.ID.String()+"/reasons", &list); err != nil {
		return nil, err
	}
	for _, one := range list.Items {
		if one.Code == w.code {
			return one.Evidence, nil
		}
	}
	return nil, nil
}

// past reads the timeline, the newest first, and why the closing waits.
func (r *Room) past(ctx context.Context, s *shown, staff names) error {
	var all []gen.TimelineEntry
	query := url.Values{"limit": {"200"}}
	for range mostPages {
		var p gen.TimelinePage
		if err := r.Door.Get(ctx, "/v1/leads/"+s.ID.String()+"/timeline?"+query.Encode(), &p); err != nil {
			return err
		}
		all = append(all, p.Items...)
		if p.NextCursor == nil {
			break
		}
		query.Set("cursor", *p.NextCursor)
	}
	slices.Reverse(all)
	for _, e := range all {
		if why, _ := e.Data["why"].(string); e.Kind == gen.TimelineKindClosingProposed && s.Why == "" {
			s.Why = words.Of(ctx).Or("why.closing."+why, "")
		}
	}
	s.Older = max(0, len(all)-mostEntries)
	for _, e := range all[:len(all)-s.Older] {
		note, _ := e.Data["note"].(string)
		s.Timeline = append(s.Timeline, entry{At: e.At, Summary: e.Summary, Actor: actorName(ctx, e.Actor, staff), Note: note})
	}
	return nil
}

// actorName says who did something: "source:portal" and "system" are no people.
func actorName(ctx context.Context, actor string, staff names) string {
	if name := staff[actor]; name != "" {
		return name
	}
	return words.Of(ctx).Or("actor."+actor, strings.TrimPrefix(actor, "source:"))
}

// approve lets a closing take effect.
func (r *Room) approve(c *gin.Context) {
	r.decide(c, "approve", "desk_approved")
}

// fewest is how many characters the words of a refusal have at least: they are
// all that the owner learns.
const fewest = 3

// refuse puts the lead back to work, with words.
func (r *Room) refuse(c *gin.Context) {
	if utf8.RuneCountInString(strings.TrimSpace(c.PostForm("note"))) < fewest {
		frame.Wrong(c, "desk.refuse_words")
		return
	}
	r.decide(c, "reject", "desk_refused")
}

func (r *Room) decide(c *gin.Context, what, said string) {
	id, ok := idOf(c)
	if !ok {
		return
	}
	var body gen.Remark
	if note := strings.TrimSpace(c.PostForm("note")); note != "" {
		body.Note = &note
	}
	if err := r.Door.Post(c.Request.Context(), "/v1/leads/"+id.String()+"/closing/"+what, c.PostForm("key"), body, nil); err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Done(c, "/desk", said)
}
