package activities

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"golang.org/x/sync/errgroup"

	"github.com/doorbell-ilm/doorbell/compose"
	"github.com/doorbell-ilm/doorbell/internal/failpoint"
	"github.com/doorbell-ilm/doorbell/internal/fair"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// Messages sends what the ledger holds.
type Messages struct {
	Store     *store.Store
	Sender    message.Sender
	Templates *message.Templates
	PublicURL string
	Secret    []byte          // signs the customers' links
	From      message.Address // of mails of dealers without an address of their own
	// Grace is how long an ambiguous send waits for the provider's word before
	// it is sent once more. 0 means 10 minutes.
	Grace time.Duration
	// Turns bounds for how many leads messages are with the provider at once, and
	// for how many of one dealer, so that one whose provider or recipients are slow
	// does not keep the others waiting. Nil bounds nothing.
	Turns *fair.Gate

	begun sync.WaitGroup // first tries that go on after their task
}

const (
	// patience is for how long a message is tried.
	patience = 24 * time.Hour
	// atOnce is how many messages of one lead are sent side by side.
	atOnce = 4
	// queueing is how long messages wait here at most for their dealer's turn.
	// Then they make room for others and come back: together with the longest
	// send it stays within what the activity may take. Those that are tried for the
	// first time hold up what else a lead's worker does, and wait for less.
	queueing      = 20 * time.Second
	firstQueueing = 500 * time.Millisecond
	// moment is how long the task of a step waits for the first try of its messages.
	// What has begun by then goes on without it, for as long as an activity may take.
	moment = time.Second
	// settling is how long the end of a try waits to be written down together with
	// those of the lead's other messages.
	settling = 20 * time.Millisecond
)

// stale is after how long a message that is marked as being sent has lost its
// sender: longer than the activity may take.
var stale = failpoint.Duration(failpoint.MailStale, 2*time.Minute+10*time.Second)

// The states of a ledger row.
const (
	pending    = "pending"
	sending    = "sending"
	accepted   = "accepted"
	failed     = "failed"
	unknown    = "unknown"
	suppressed = compose.Suppressed
	withdrawn  = compose.Withdrawn
)

func (m *Messages) writer() *compose.Writer {
	return &compose.Writer{Store: m.Store, Templates: m.Templates, PublicURL: m.PublicURL, Secret: m.Secret, From: m.From}
}

// Deliver sends the messages named and returns the fates of those that went to
// the customer. Each message is tried on its own, so that one that has to wait
// keeps no other from going. As long as one waits it returns an error with the
// time to wait, but for two moments: when a fate is known, and after the first try.
// Then it returns what is left.
func (m *Messages) Deliver(ctx context.Context, in workflows.DeliverInput) (workflows.Delivered, error) {
	done, wait, err := m.bring(ctx, in)
	if err != nil {
		return done, plain("deliver", err)
	}
	if wait > 0 && len(done.Fates) == 0 && !in.First {
		return done, temporal.NewApplicationErrorWithOptions("messages wait for their provider", "waiting",
			temporal.ApplicationErrorOptions{NextRetryDelay: wait, Category: temporal.ApplicationErrorCategoryBenign})
	}
	return done, nil
}

// DeliverAtOnce is the first try of messages within the task of a step, which a slow
// provider must not hold up: after a moment it returns all of them as waiting, and
// what has begun goes on. Whoever takes them up finds out how it ended.
func (m *Messages) DeliverAtOnce(ctx context.Context, in workflows.DeliverInput) (workflows.Delivered, error) {
	type end struct {
		done workflows.Delivered
		err  error
	}
	ended := make(chan end, 1)
	m.begun.Go(func() {
		defer func() { // the SDK looks after its own goroutines only
			if p := recover(); p != nil {
				ended <- end{err: fmt.Errorf("a bug: panic of type %T", p)}
			}
		}()
		lasting, cancel := context.WithTimeout(context.WithoutCancel(ctx), workflows.SendPatience)
		defer cancel()
		done, _, err := m.bring(lasting, in)
		ended <- end{done, err}
	})
	enough := time.NewTimer(moment)
	defer enough.Stop()
	select {
	case e := <-ended:
		if e.err != nil {
			return e.done, plain("deliver", e.err)
		}
		return e.done, nil
	case <-enough.C:
		return workflows.Delivered{Waiting: in.Messages}, nil
	}
}

// Wait returns when the first tries that were begun have ended, or after most.
func (m *Messages) Wait(most time.Duration) {
	ended := make(chan struct{})
	go func() {
		m.begun.Wait()
		close(ended)
	}()
	enough := time.NewTimer(most)
	defer enough.Stop()
	select {
	case <-ended:
	case <-enough.C:
	}
}

// bring brings messages as far as they get now. It returns what became of them and
// how long the first of those waits that have not found their end; 0 is none.
func (m *Messages) bring(ctx context.Context, in workflows.DeliverInput) (done workflows.Delivered, wait time.Duration, err error) {
	if ctx, err = m.within(ctx, in); err != nil {
		return done, 0, err
	}
	waits, err := m.inTurn(ctx, in)
	if err != nil {
		return done, 0, err
	}
	for _, id := range in.Messages {
		w := waits[id]
		if w == 0 {
			continue
		}
		done.Waiting = append(done.Waiting, id)
		if wait == 0 || w < wait {
			wait = w
		}
	}
	done.Fates, err = m.fates(ctx, in)
	return done, wait, err
}

// within returns a context for the dealer whose messages these are. What was begun
// under the first releases names only the lead.
func (m *Messages) within(ctx context.Context, in workflows.DeliverInput) (context.Context, error) {
	if in.Dealer != "" {
		return of(ctx, in.Dealer), nil
	}
	ctx, _, err := ofLead(ctx, m.Store, in.Lead)
	return ctx, err
}

// inTurn delivers the messages when it is their dealer's turn. It returns how long
// those wait that have not found their end.
func (m *Messages) inTurn(ctx context.Context, in workflows.DeliverInput) (map[string]time.Duration, error) {
	leave, err := m.enter(ctx, in)
	if err != nil { // they only have to wait
		waits := map[string]time.Duration{}
		for _, id := range in.Messages {
			waits[id] = backoff(2)
		}
		return waits, nil
	}
	defer leave()
	return m.deliver(ctx, in.Messages)
}

// enter waits for the dealer's turn, but not while the worker wants to stop.
func (m *Messages) enter(ctx context.Context, in workflows.DeliverInput) (leave func(), err error) {
	most := queueing
	if in.First {
		most = firstQueueing
	}
	// Not all that came together leave together: room for others comes all the
	// time.
	ctx, cancel := context.WithTimeout(ctx, most/4+rand.N(most*3/4)) //nolint:gosec // jitter needs no secrecy
	defer cancel()
	if activity.IsActivity(ctx) {
		stopping := activity.GetWorkerStopChannel(ctx)
		go func() {
			select {
			case <-stopping:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	return m.Turns.Enter(ctx, in.Dealer, in.Urgent)
}

// deliver brings messages as far as they get now, and returns how long those wait
// that have not found their end.
func (m *Messages) deliver(ctx context.Context, messages []string) (map[string]time.Duration, error) {
	ids := parsed(messages)
	// Written before they are claimed: a claim says that the provider may have
	// them, which must not be said when a look-up failed. What is not there the
	// database has forgotten, which was restored from before it was written; it
	// must not keep its lead waiting.
	rows, err := m.Store.PeekMessages(ctx, ids)
	if err != nil {
		return nil, err
	}
	written, err := m.writer().Write(ctx, rows...)
	if err != nil {
		return nil, err
	}
	ids = ids[:0] // what is written, and nothing else, is claimed
	letters := map[uuid.UUID]compose.Letter{}
	for i, row := range rows {
		ids = append(ids, row.ID)
		letters[row.ID] = written[i]
	}
	claimed, err := m.Store.ClaimMessages(ctx, db.ClaimMessagesParams{Ids: ids, StaleS: stale.Seconds()})
	if err != nil {
		return nil, err
	}
	waits, err := m.later(ctx, ids, claimed)
	if err != nil {
		return nil, err
	}
	tried := make(chan try, len(claimed))
	go func() {
		var group errgroup.Group
		group.SetLimit(atOnce)
		for _, row := range claimed {
			group.Go(func() error {
				tried <- m.try(ctx, row, letters[row.ID])
				return nil
			})
		}
	}()
	// The answers have to be kept even when the worker is told to stop now.
	return waits, m.settle(context.WithoutCancel(ctx), tried, len(claimed), waits)
}

// try is one try to send a message, and how it ended.
type try struct {
	row         db.ClaimMessagesRow
	state, code string
	receipt     message.Receipt
	unknowns    int32
	wait        time.Duration // before the next one; 0 for none
}

func (m *Messages) try(ctx context.Context, row db.ClaimMessagesRow, letter compose.Letter) try {
	t := try{row: row, unknowns: row.Unknowns}
	if row.Was == sending {
		// Whoever was sending it died. The provider may have it.
		return m.ambiguous(t, "sender_lost")
	}
	if letter.Verdict != "" {
		t.state, t.code = ended(letter.Verdict), letter.Verdict
		return t
	}
	failpoint.Hit(failpoint.MailBeforeSend)
	var err error
	t.receipt, err = m.Sender.Send(ctx, letter.Message)
	failpoint.Hit(failpoint.MailAfterSend)
	if err == nil {
		t.state = accepted
		return t
	}
	t.receipt = message.Receipt{}
	failure := &message.Failure{Kind: message.Ambiguous, Code: "unexpected"}
	errors.As(err, &failure)
	switch {
	case failure.Kind == message.Ambiguous:
		return m.ambiguous(t, failure.Code)
	case failure.Kind == message.Final:
		t.state, t.code = failed, failure.Code
		return t
	case row.Now.Sub(since(row)) > patience:
		t.state, t.code = failed, "gave_up"
		return t
	}
	t.state, t.code, t.wait = pending, failure.Code, failure.RetryAfter
	if t.wait == 0 {
		t.wait = backoff(int(row.Tries))
	}
	return t
}

// ended is the state in which a message ends that must not be sent.
func ended(verdict string) string {
	switch verdict {
	case withdrawn:
		return withdrawn
	case suppressed, compose.AddressBounces, compose.NoMailWanted:
		return suppressed
	default:
		return failed
	}
}

// since is when the message might go for the first time.
func since(row db.ClaimMessagesRow) time.Time {
	if row.NotBefore != nil && row.NotBefore.After(row.CreatedAt) {
		return *row.NotBefore
	}
	return row.CreatedAt
}

// ambiguous is a message that the provider may have. It is sent once more,
// after the provider had time to say that it has it; then it stays unknown.
func (m *Messages) ambiguous(t try, code string) try {
	if t.row.Was != sending { // the claim has counted a lost sender already
		t.unknowns++
	}
	if t.unknowns > 1 {
		t.state, t.code = failed, "unknown_twice"
		return t
	}
	t.state, t.code, t.wait = unknown, code, m.Grace
	if t.wait == 0 {
		t.wait = failpoint.Duration(failpoint.MailGrace, 10*time.Minute)
	}
	return t
}

// settle writes down how n tries end, those together that end together, and adds
// to waits how long the next ones wait.
func (m *Messages) settle(ctx context.Context, tried <-chan try, n int, waits map[string]time.Duration) error {
	var failed error
	for n > 0 {
		list := together(tried, n)
		n -= len(list)
		if err := m.finish(ctx, list, waits); err != nil && failed == nil {
			failed = err
		}
	}
	return failed
}

// together waits for one of n tries to end and, a moment, for the others.
func together(tried <-chan try, n int) []try {
	list := []try{<-tried}
	soon := time.NewTimer(settling)
	defer soon.Stop()
	for len(list) < n {
		select {
		case t := <-tried:
			list = append(list, t)
		case <-soon.C:
			return list
		}
	}
	return list
}

func (m *Messages) finish(ctx context.Context, list []try, waits map[string]time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	slices.SortFunc(list, func(a, b try) int { return bytes.Compare(a.row.ID[:], b.row.ID[:]) }) // as everybody locks them
	var p db.FinishMessagesParams
	for _, t := range list {
		p.Ids, p.States, p.Codes = append(p.Ids, t.row.ID), append(p.States, t.state), append(p.Codes, t.code)
		p.Providers, p.ProviderIds = append(p.Providers, t.receipt.Provider), append(p.ProviderIds, t.receipt.ProviderID)
		p.Unknowns, p.WaitsS = append(p.Unknowns, t.unknowns), append(p.WaitsS, t.wait.Seconds())
	}
	kept, err := m.Store.FinishMessages(ctx, p)
	if err != nil {
		return err
	}
	for _, t := range list {
		// It need not wait when the provider has told meanwhile that it has it.
		if t.wait > 0 && slices.Contains(kept, t.row.ID) {
			waits[t.row.ID.String()] = t.wait
		}
	}
	return nil
}

// later says how long those messages wait that cannot be claimed now.
func (m *Messages) later(ctx context.Context, ids []uuid.UUID, claimed []db.ClaimMessagesRow) (map[string]time.Duration, error) {
	waits := map[string]time.Duration{}
	left := slices.DeleteFunc(slices.Clone(ids), func(id uuid.UUID) bool {
		return slices.ContainsFunc(claimed, func(row db.ClaimMessagesRow) bool { return row.ID == id })
	})
	if len(left) == 0 {
		return waits, nil
	}
	rows, err := m.Store.MessageWaits(ctx, left)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		switch row.State {
		case pending, unknown:
			waits[row.ID.String()] = max(time.Duration(row.WaitS*float64(time.Second)), time.Second)
		case sending: // looked at again when it has taken twice as long
			waits[row.ID.String()] = min(max(time.Duration(row.WaitS*float64(time.Second)), time.Second), 30*time.Second)
		}
	}
	return waits, nil
}

// parsed are the ids among names.
func parsed(names []string) []uuid.UUID {
	ids := make([]uuid.UUID, 0, len(names))
	for _, name := range names {
		if id, err := uuid.Parse(name); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// fates reports how the customer's messages among these ended.
func (m *Messages) fates(ctx context.Context, in workflows.DeliverInput) ([]process.Delivery, error) {
	rows, err := m.Store.MessageFates(ctx, parsed(in.Messages))
	if err != nil {
		return nil, err
	}
	out := make([]process.Delivery, 0, len(rows))
	for _, r := range rows {
		d := process.Delivery{
			Message: r.ID.String(), Template: r.Template, Auto: r.Key == "auto_response", Hand: r.WrittenBy != nil,
			Fate: process.Fate(r.State), Code: r.Code, At: r.At.UTC(),
		}
		if r.State == failed && r.Code == "unknown_twice" {
			d.Fate = process.Unknown
		}
		if r.WrittenBy != nil {
			d.By = process.Actor(r.WrittenBy.String())
		}
		out = append(out, d)
	}
	return out, nil
}

// backoff spreads retries: 2, 4, 8 … seconds up to five minutes, each up to a
// quarter longer by chance, so that a provider that comes back is not hit by
// everybody at once.
func backoff(tries int) time.Duration {
	wait := min(time.Second<<min(tries, 9), 5*time.Minute)
	return wait + rand.N(wait/4+1) //nolint:gosec // jitter needs no secrecy
}
