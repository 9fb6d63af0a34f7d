package activities

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
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
	// Turns bounds how many messages are with the provider at once, and how many
	// of one dealer, so that one whose provider or recipients are slow does not
	// keep the others waiting. Nil bounds nothing.
	Turns *fair.Gate
}

const (
	// patience is for how long a message is tried.
	patience = 24 * time.Hour
	// atOnce is how many messages of one lead are sent side by side.
	atOnce = 4
	// queueing is how long a message waits here at most for its dealer's turn.
	// Then it makes room for others and comes back: together with the longest
	// send it stays within what the activity may take.
	queueing = 20 * time.Second
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
// time to wait, but for the moment in which a fate is known: then it returns
// that, and names what is left.
func (m *Messages) Deliver(ctx context.Context, in workflows.DeliverInput) (workflows.Delivered, error) {
	var done workflows.Delivered
	ctx, err := m.within(ctx, in)
	if err != nil {
		return done, plain("deliver", err)
	}
	waits := make([]time.Duration, len(in.Messages))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, id := range in.Messages {
		group.Go(func() error {
			var err error
			waits[i], err = m.inTurn(ctx, in, id)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return done, plain("deliver", err)
	}
	wait := time.Duration(0)
	for i, w := range waits {
		if w == 0 {
			continue
		}
		done.Waiting = append(done.Waiting, in.Messages[i])
		if wait == 0 || w < wait {
			wait = w
		}
	}
	if done.Fates, err = m.fates(ctx, in); err != nil {
		return done, err
	}
	if wait > 0 && len(done.Fates) == 0 {
		return done, temporal.NewApplicationErrorWithOptions("messages wait for their provider", "waiting",
			temporal.ApplicationErrorOptions{NextRetryDelay: wait, Category: temporal.ApplicationErrorCategoryBenign})
	}
	return done, nil
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

// inTurn delivers one message when it is its dealer's turn.
func (m *Messages) inTurn(ctx context.Context, in workflows.DeliverInput, id string) (time.Duration, error) {
	if m.Turns == nil {
		return m.deliver(ctx, id)
	}
	leave, err := m.enter(ctx, in)
	if err != nil {
		return backoff(2), nil // it only has to wait
	}
	defer leave()
	return m.deliver(ctx, id)
}

// enter waits for the dealer's turn, but not while the worker wants to stop.
func (m *Messages) enter(ctx context.Context, in workflows.DeliverInput) (leave func(), err error) {
	// Not all that came together leave together: room for others comes all the
	// time.
	ctx, cancel := context.WithTimeout(ctx, queueing/20+rand.N(queueing*19/20)) //nolint:gosec // jitter needs no secrecy
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

// deliver brings one message as far as it gets now, and returns how long to
// wait before the next try; zero when it has found its end.
func (m *Messages) deliver(ctx context.Context, id string) (time.Duration, error) {
	key, err := uuid.Parse(id)
	if err != nil {
		return 0, err
	}
	// Written before it is claimed: a claim says that the provider may have it,
	// which must not be said when a look-up failed.
	peek, err := m.Store.PeekMessage(ctx, key)
	if errors.Is(err, pgx.ErrNoRows) {
		// The database was restored from before the message was written. Nothing
		// is known of it any more, so it must not keep its lead waiting.
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	msg, verdict, err := m.writer().Write(ctx, db.ClaimMessageRow(peek))
	if err != nil {
		return 0, err
	}
	row, err := m.Store.ClaimMessage(ctx, db.ClaimMessageParams{ID: key, StaleS: stale.Seconds()})
	if errors.Is(err, pgx.ErrNoRows) {
		return m.later(ctx, key)
	}
	if err != nil {
		return 0, err
	}
	if row.Was == sending {
		// Whoever was sending it died. The provider may have it.
		return m.ambiguous(ctx, row, "sender_lost")
	}
	if verdict != "" {
		return 0, m.finish(ctx, row, db.FinishMessageParams{State: ended(verdict), Code: verdict})
	}
	failpoint.Hit(failpoint.MailBeforeSend)
	receipt, err := m.Sender.Send(ctx, msg)
	failpoint.Hit(failpoint.MailAfterSend)
	// The answer has to be kept even when the worker is told to stop now.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err == nil {
		return 0, m.finish(ctx, row, db.FinishMessageParams{State: accepted, Provider: receipt.Provider, ProviderID: receipt.ProviderID})
	}
	failure := &message.Failure{Kind: message.Ambiguous, Code: "unexpected"}
	errors.As(err, &failure)
	switch {
	case failure.Kind == message.Ambiguous:
		return m.ambiguous(ctx, row, failure.Code)
	case failure.Kind == message.Final:
		return 0, m.finish(ctx, row, db.FinishMessageParams{State: failed, Code: failure.Code})
	case row.Now.Sub(since(row)) > patience:
		return 0, m.finish(ctx, row, db.FinishMessageParams{State: failed, Code: "gave_up"})
	}
	wait := failure.RetryAfter
	if wait == 0 {
		wait = backoff(int(row.Tries))
	}
	return m.again(ctx, row, wait, db.FinishMessageParams{State: pending, Code: failure.Code})
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
func since(row db.ClaimMessageRow) time.Time {
	if row.NotBefore != nil && row.NotBefore.After(row.CreatedAt) {
		return *row.NotBefore
	}
	return row.CreatedAt
}

// ambiguous is a message that the provider may have. It is sent once more,
// after the provider had time to say that it has it; then it stays unknown.
func (m *Messages) ambiguous(ctx context.Context, row db.ClaimMessageRow, code string) (time.Duration, error) {
	unknowns := row.Unknowns
	if row.Was != sending { // the claim has counted a lost sender already
		unknowns++
	}
	grace := m.Grace
	if grace == 0 {
		grace = failpoint.Duration(failpoint.MailGrace, 10*time.Minute)
	}
	if unknowns > 1 {
		return 0, m.finish(ctx, row, db.FinishMessageParams{State: failed, Code: "unknown_twice", Unknowns: unknowns})
	}
	return m.again(ctx, row, grace, db.FinishMessageParams{State: unknown, Code: code, Unknowns: unknowns})
}

// again leaves the message for another try after a while, and returns how long.
// It need not wait when the provider has told meanwhile that it has it.
func (m *Messages) again(ctx context.Context, row db.ClaimMessageRow, wait time.Duration, p db.FinishMessageParams) (time.Duration, error) {
	after := row.Now.Add(wait)
	p.TryAfter = &after
	left, err := m.settle(ctx, row, p)
	if left == 0 {
		wait = 0
	}
	return wait, err
}

func (m *Messages) finish(ctx context.Context, row db.ClaimMessageRow, p db.FinishMessageParams) error {
	_, err := m.settle(ctx, row, p)
	return err
}

// settle writes down how a try ended, and returns 0 when the provider's own word
// on the message stands against it.
func (m *Messages) settle(ctx context.Context, row db.ClaimMessageRow, p db.FinishMessageParams) (int64, error) {
	p.ID = row.ID
	p.Unknowns = max(p.Unknowns, row.Unknowns)
	return m.Store.FinishMessage(ctx, p)
}

// later says how long to wait for a message that cannot be claimed now.
func (m *Messages) later(ctx context.Context, id uuid.UUID) (time.Duration, error) {
	row, err := m.Store.MessageWait(ctx, id)
	if err != nil {
		return 0, err
	}
	switch row.State {
	case pending, unknown:
		return max(time.Duration(row.WaitS*float64(time.Second)), time.Second), nil
	case sending:
		return 30 * time.Second, nil
	}
	return 0, nil
}

// fates reports how the customer's messages among these ended.
func (m *Messages) fates(ctx context.Context, in workflows.DeliverInput) ([]process.Delivery, error) {
	ids := make([]uuid.UUID, 0, len(in.Messages))
	for _, id := range in.Messages {
		if key, err := uuid.Parse(id); err == nil {
			ids = append(ids, key)
		}
	}
	rows, err := m.Store.MessageFates(ctx, ids)
	if err != nil {
		return nil, plain("fates", err)
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
