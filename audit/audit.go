package audit

import (
	"context"
	"encoding/base64"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"golang.org/x/time/rate"

	"github.com/doorbell-ilm/doorbell/relay"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// Auditor looks and repairs. Any number may do so at once, beside relay, workers
// and each other: every repair does nothing where there is nothing to repair.
type Auditor struct {
	Store     *store.Store
	Leads     workflows.Leads
	Namespace string // Temporal's
	Relay     *relay.Relay
	// Settle says how long to wait before each further look at what seems wrong,
	// Mend the same for what was repaired.
	Settle, Mend []time.Duration

	pace *rate.Limiter // of workflows
	skim *rate.Limiter // of rows, where nobody asks Temporal
	// mute counts the workflows in a row that no worker answered for.
	mute atomic.Int32
}

const (
	// perSecond is how many workflows are looked at in a second, so that an audit
	// is never in the way of the work: 10,000 leads take two minutes.
	perSecond = 100
	atOnce    = 8
	pageSize  = 200
	// rowsPerSecond is how many are looked at in Postgres alone.
	rowsPerSecond = 1_000
	// days is how far back messages and duplicates are looked at.
	days = 31
)

// New returns an auditor. namespace is Temporal's, of the client of leads.
func New(s *store.Store, leads workflows.Leads, namespace string, r *relay.Relay) *Auditor {
	return &Auditor{
		Store: s, Leads: leads, Namespace: namespace, Relay: r,
		Settle: []time.Duration{time.Second, 4 * time.Second},
		Mend: []time.Duration{
			100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond,
			1500 * time.Millisecond, 3 * time.Second, 5 * time.Second,
		},
		pace: rate.NewLimiter(perSecond, atOnce),
		skim: rate.NewLimiter(rowsPerSecond, pageSize),
	}
}

// Part is one of the ways in which an audit goes through everything.
type Part string

// The parts.
const (
	openLeads     Part = "leads"
	openFollowUps Part = "follow_ups"
	closed        Part = "closed"  // messages of what is over
	outbox        Part = "outbox"  // what Temporal is still to be told
	intake        Part = "intake"  // what came in
	running       Part = "running" // workflows of which Postgres knows nothing
)

// Parts lists the parts in their order: what Temporal is to be told comes first,
// so that it is not found missing.
func Parts() []Part { return []Part{outbox, intake, openLeads, openFollowUps, closed, running} }

// Page is a stretch of one part.
type Page struct {
	Findings         []Finding
	Leads, FollowUps int
	Next             string // where the next page begins, "" behind the last one
}

// Page audits the stretch of a part that begins at after, "" for its beginning.
// The context says whose rows may be seen. Its error means that the audit could
// not look: Postgres or Temporal is away.
func (a *Auditor) Page(ctx context.Context, scope Scope, part Part, after string) (Page, error) {
	switch part {
	case outbox:
		return a.outbox(ctx, scope)
	case intake:
		return a.intake(ctx, scope)
	case openLeads:
		return a.leads(ctx, scope, after)
	case openFollowUps:
		return a.followUps(ctx, scope, after)
	case closed:
		return a.closed(ctx, scope)
	case running:
		token, err := base64.RawURLEncoding.DecodeString(after)
		if err != nil {
			return Page{}, fmt.Errorf("place in the list of workflows: %w", err)
		}
		return a.running(ctx, scope, token)
	}
	return Page{}, fmt.Errorf("no part of an audit: %s", part)
}

// Run audits everything in scope. An audit of the whole that comes to its end is
// kept, for the metrics.
func (a *Auditor) Run(ctx context.Context, scope Scope) (Report, error) {
	report := Report{Findings: []Finding{}}
	id := store.NewID()
	if scope.Dealer != nil {
		ctx = store.ForDealer(ctx, *scope.Dealer)
	} else {
		ctx = store.Across(ctx)
	}
	if scope.whole() {
		if err := a.Begin(ctx, id); err != nil {
			return report, err
		}
	}
	for _, part := range Parts() {
		for after := ""; ; {
			page, err := a.Page(ctx, scope, part, after)
			if err != nil {
				return report, err
			}
			report.add(page)
			if after = page.Next; after == "" {
				break
			}
		}
	}
	if scope.whole() {
		return report, a.Store.AuditDone(ctx, id, report.Leads, report.FollowUps, Counts(report.Findings))
	}
	return report, nil
}

// Begin notes that an audit of the whole began, and forgets those of a month ago.
func (a *Auditor) Begin(ctx context.Context, id uuid.UUID) error {
	if err := a.Store.PruneAudits(ctx); err != nil {
		return fmt.Errorf("forget old audits: %w", err)
	}
	if err := a.Store.BeginAudit(ctx, id); err != nil {
		return fmt.Errorf("note the audit: %w", err)
	}
	return nil
}
