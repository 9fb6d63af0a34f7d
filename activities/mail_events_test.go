package activities_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/sendgridtest"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// events makes what the provider tells about a message, a second apart.
func (d *desk) events(id string, told ...lead.Delivery) []message.MailEvent {
	d.t.Helper()
	out := make([]message.MailEvent, len(told))
	for i, is := range told {
		out[i] = message.MailEvent{
			ID: uuid.NewString(), Message: uuid.MustParse(id), Is: is, At: time.Date(2026, 11, 24, 9, 0, i, 0, time.UTC), Address: "Jan@Mail.example",
		}
	}
	return out
}

func (d *desk) hears(events ...message.MailEvent) store.HeardOfMails {
	d.t.Helper()
	heard, err := d.store.HearOfMails(context.Background(), events)
	require.NoError(d.t, err)
	return heard
}

// value reads one value from the database.
func value[T any](d *desk, query string, args ...any) T {
	d.t.Helper()
	var out T
	require.NoError(d.t, d.store.Pool.QueryRow(context.Background(), query, args...).Scan(&out))
	return out
}

func (d *desk) stands(id string) lead.Delivery {
	d.t.Helper()
	return lead.Delivery(value[string](d, `SELECT delivery FROM message WHERE id = $1`, id))
}

func (d *desk) timeline(kind string) int {
	d.t.Helper()
	return value[int](d, `SELECT count(*) FROM timeline WHERE kind = $1`, kind)
}

// news has the process take in what waits in the outbox, as the relay would.
func (d *desk) news() process.State {
	d.t.Helper()
	ctx := context.Background()
	entries, err := d.store.ClaimOutbox(ctx, db.ClaimOutboxParams{Most: 64, OfEach: 64})
	require.NoError(d.t, err)
	state, err := d.store.StateForStart(ctx, uuid.MustParse(d.lead))
	require.NoError(d.t, err)
	for _, e := range entries {
		if e.Happening != nil && e.LeadID.String() == d.lead {
			done, err := d.store.Step(ctx, state, readHappening(d.t, e.Happening))
			require.NoError(d.t, err)
			require.Nil(d.t, done.Refused)
			state = done.State
		}
		require.NoError(d.t, d.store.DeleteOutbox(ctx, []int64{e.ID}))
	}
	return state
}

func (d *desk) told(fates []process.Delivery) process.State {
	d.t.Helper()
	state, err := d.store.StateForStart(context.Background(), uuid.MustParse(d.lead))
	require.NoError(d.t, err)
	done, err := d.store.Step(context.Background(), state, process.Happening{What: process.WasDelivered, Delivered: fates})
	require.NoError(d.t, err)
	return done.State
}

// The promise of a sender that was not answered: what the provider tells it has
// is accepted and never sent again.
func TestAnUnknownMailThatTheProviderHasIsNotSentAgain(t *testing.T) {
	for _, is := range []lead.Delivery{lead.MailProcessed, lead.MailDelivered, lead.MailBounced} {
		t.Run(string(is), func(t *testing.T) {
			d := open(t)
			d.provider.Script(sendgridtest.AcceptThenReset())
			_, wait := d.deliver(d.auto)
			require.Equal(t, grace, wait)
			heard := d.hears(d.events(d.auto, is)...)
			require.Equal(t, []uuid.UUID{uuid.MustParse(d.auto)}, heard.Reconciled)
			require.Equal(t, "accepted", d.state(d.auto))
			fates, wait := d.deliver(d.auto)
			require.Zero(t, wait, "it need not wait any longer")
			require.Equal(t, process.Accepted, fates[0].Fate)
			require.Equal(t, time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC), fates[0].At)
			d.pass(24 * time.Hour)
			d.deliver(d.auto)
			require.Equal(t, 1, d.provider.Requests())
		})
	}
}

// The provider is quicker than its own answer: the event comes while the send
// is still under way, and the answer never.
func TestAnEventThatComesBeforeTheAnswer(t *testing.T) {
	d := open(t)
	d.provider.Script(sendgridtest.AcceptThenHang())
	done := make(chan error, 1)
	go func() {
		_, err := d.messages.Deliver(context.Background(), workflows.DeliverInput{Lead: d.lead, Messages: []string{d.auto}})
		done <- err
	}()
	d.provider.WaitFor(t, 1)
	require.Equal(t, "sending", d.state(d.auto))
	d.hears(d.events(d.auto, lead.MailDelivered)...)
	require.Equal(t, "accepted", d.state(d.auto))
	require.NoError(t, <-done, "what our own send heard, nothing, counts less")
	require.Equal(t, "accepted", d.state(d.auto))
	require.Equal(t, 1, d.provider.Requests())
	require.Equal(t, 1, d.timeline("message_delivered"))
}

// The answer to a mail that was sent again fails, and the provider turns out to
// have the first one.
func TestAnEventWhileTheMailIsSentAgain(t *testing.T) {
	d := open(t)
	d.provider.Script(sendgridtest.AcceptThenReset(), sendgridtest.TooManyFor(time.Minute))
	d.deliver(d.auto)
	d.pass(grace + time.Second)
	_, wait := d.deliver(d.auto)
	require.Positive(t, wait)
	require.Equal(t, "pending", d.state(d.auto))
	require.Len(t, d.hears(d.events(d.auto, lead.MailProcessed)...).Reconciled, 1)
	d.pass(time.Hour)
	d.deliver(d.auto)
	require.Equal(t, 2, d.provider.Requests())
	require.Equal(t, "accepted", d.state(d.auto))
}

// Both sends went unanswered, so that nobody knew; a day later the provider
// does, and a mail that a person sent is evidence again.
func TestNewsThatComesAfterNobodyKnew(t *testing.T) {
	d := open(t)
	d.deliver(d.pending...)
	sam := value[uuid.UUID](d, `SELECT id FROM staff WHERE name = 'Sam Visser'`)
	id := d.byHand(sam)
	d.provider.Script(sendgridtest.AcceptThenReset(), sendgridtest.AcceptThenReset())
	d.deliver(id)
	d.pass(grace + time.Second)
	fates, _ := d.deliver(id)
	require.Equal(t, process.Unknown, fates[0].Fate)
	require.Zero(t, d.told(fates).Mails.Sent)

	d.pass(24 * time.Hour)
	d.hears(d.events(id, lead.MailProcessed, lead.MailDelivered)...)
	require.Equal(t, "accepted", d.state(id))
	require.Equal(t, 1, d.news().Mails.Sent)
	require.Equal(t, 1, d.timeline("message_delivered"))
	d.hears(d.events(id, lead.MailBounced)...)
	require.Zero(t, d.news().Mails.Sent, "and taken back when it came back after all")
}

// byHand is a mail that somebody wrote and the process let through.
func (d *desk) byHand(who uuid.UUID) string {
	d.t.Helper()
	ctx := context.Background()
	id := store.NewID()
	_, err := d.store.Pool.Exec(ctx, `INSERT INTO message (id, dealer_id, lead_id, key, template, channel, written_by, subject, text, state, created_at)
		SELECT $1, dealer_id, id, 'hand/1', 'hand-written', 'email', $2, 'About your Captur', 'Shall we meet?', 'held', doorbell_now() FROM lead WHERE id = $3`, id, who, d.lead)
	require.NoError(d.t, err)
	state, err := d.store.StateForStart(ctx, uuid.MustParse(d.lead))
	require.NoError(d.t, err)
	request := uuid.NewString()
	done, err := d.store.Step(ctx, state, process.Happening{
		ID: request, What: process.DidMessage, Actor: process.Actor(who.String()), Message: &process.MessageAsked{ID: id.String()},
	})
	require.NoError(d.t, err)
	require.Nil(d.t, done.Refused)
	require.Equal(d.t, 1, done.State.Mails.Sent)
	require.NoError(d.t, d.store.Confirm(ctx, []string{request})) // he had his answer
	return id.String()
}

// Whatever comes first, our word that the mail went out or the provider's that
// it came back, it counts once and is taken back once.
func TestAMailThatCameBackIsNoEvidence(t *testing.T) {
	for _, first := range []string{"the fate", "the news", "both at once"} {
		t.Run(first, func(t *testing.T) {
			d := open(t)
			d.deliver(d.pending...)
			id := d.byHand(value[uuid.UUID](d, `SELECT id FROM staff WHERE name = 'Sam Visser'`))
			fates, _ := d.deliver(append(d.pending, id)...)
			events := d.events(id, lead.MailBlocked, lead.MailBounced)
			switch first {
			case "the fate":
				d.told(fates)
				d.hears(events...)
				d.news()
			case "the news":
				d.hears(events[0])
				d.news()
				d.hears(events[1])
				d.news()
				d.told(fates)
			default:
				d.hears(events[0])
				d.told(fates)
				d.news()
				d.hears(events[1])
				d.news()
			}
			state, err := d.store.StateForStart(context.Background(), uuid.MustParse(d.lead))
			require.NoError(t, err)
			require.Zero(t, state.Mails.Sent)
			require.True(t, state.Mails.Bounced)
			require.False(t, state.Reach.Email)
		})
	}
}

// Fault 12: told 46 times over, side by side, in any order. The state is that of
// each having been told once, in order.
func TestEventsThatAreToldOverAndOver(t *testing.T) {
	d := open(t)
	d.deliver(d.pending...)
	events := d.events(d.auto, lead.MailProcessed, lead.MailDeferred, lead.MailDelivered, lead.MailReported)
	var group sync.WaitGroup
	fresh := make([]int, 46)
	for i := range fresh {
		told := append([]message.MailEvent{}, events...)
		rand.Shuffle(len(told), func(a, b int) { told[a], told[b] = told[b], told[a] })
		group.Go(func() {
			heard, err := d.store.HearOfMails(context.Background(), told)
			if err == nil {
				fresh[i] = len(heard.Fresh)
			}
		})
	}
	group.Wait()
	sum := 0
	for _, n := range fresh {
		sum += n
	}
	require.Equal(t, len(events), sum, "each counted once")
	require.Equal(t, lead.MailReported, d.stands(d.auto))
	d.news()
	require.Equal(t, 1, d.timeline("message_bounced"))
	require.LessOrEqual(t, d.timeline("message_delivered"), 1)
	require.Equal(t, 1, value[int](d, `SELECT count(*) FROM suppression`))
	require.Equal(t, "spam_report", value[string](d, `SELECT reason FROM suppression`))
}

// The ledger ends the same way in whatever order it is told.
func TestTheLedgerEndsTheSameInAnyOrder(t *testing.T) {
	d := open(t)
	d.deliver(d.pending...)
	ids := d.copies(24)
	n := 0
	permute([]int{0, 1, 2, 3}, func(order []int) {
		events := d.events(ids[n], lead.MailProcessed, lead.MailDelivered, lead.MailBounced, lead.MailDropped)
		for _, i := range order {
			d.hears(events[i], events[i])
		}
		n++
	})
	require.Equal(t, 24, n)
	require.Equal(t, 1, value[int](d, `SELECT count(DISTINCT (delivery, delivery_at)) FROM message WHERE delivery <> ''`))
	require.Equal(t, lead.MailBounced, d.stands(ids[0]))
}

// copies makes mails like the automatic response, which were all accepted.
func (d *desk) copies(n int) []string {
	d.t.Helper()
	out := make([]string, n)
	for i := range out {
		id := store.NewID()
		out[i] = id.String()
		_, err := d.store.Pool.Exec(context.Background(), `INSERT INTO message (id, dealer_id, lead_id, key, template, channel, state, created_at, tries, told)
			SELECT $1, dealer_id, lead_id, $2, template, 'email', 'accepted', created_at, 1, true FROM message WHERE id = $3`, id, fmt.Sprint("copy/", i), d.auto)
		require.NoError(d.t, err)
	}
	return out
}

func permute[T any](list []T, use func([]T)) {
	var walk func(int)
	walk = func(k int) {
		if k == len(list) {
			use(list)
			return
		}
		for i := k; i < len(list); i++ {
			list[k], list[i] = list[i], list[k]
			walk(k + 1)
			list[k], list[i] = list[i], list[k]
		}
	}
	walk(0)
}

// Another program uses the same account of the provider, or another dealer's
// database: that is nobody's business here.
func TestEventsOfMailsThatAreNotOurs(t *testing.T) {
	d := open(t)
	heard := d.hears(d.events(uuid.NewString(), lead.MailBounced)...)
	require.Equal(t, store.HeardOfMails{Strange: 1}, heard)
	require.Zero(t, value[int](d, `SELECT count(*) FROM delivery_event`))
	heard = d.hears(append(d.events(d.auto, lead.MailDelivered), d.events(uuid.NewString(), lead.MailBounced)...)...)
	require.Equal(t, 1, heard.Strange)
	require.Len(t, heard.Fresh, 1)
	require.Equal(t, "pending", d.state(d.auto), "a mail that was never sent is not taken for sent")
}

func TestAnAddressThatBouncesIsCheckedAtTheMomentOfSending(t *testing.T) {
	d := open(t)
	d.deliver(d.auto)
	d.hears(d.events(d.auto, lead.MailBounced)...)
	late := d.copies(1)[0]
	_, err := d.store.Pool.Exec(context.Background(), `UPDATE message SET state = 'pending', told = false WHERE id = $1`, late)
	require.NoError(t, err)
	fates, wait := d.deliver(late)
	require.Zero(t, wait)
	require.Equal(t, process.Suppressed, fates[len(fates)-1].Fate)
	require.Equal(t, "address_bounces", value[string](d, `SELECT code FROM message WHERE id = $1`, late))
	require.Equal(t, 1, d.provider.Requests())
	require.Zero(t, value[int](d, `SELECT count(*) FROM do_not_contact`), "a bounce is no wish")

	// Another of his addresses may do.
	_, err = d.store.Pool.Exec(context.Background(), `INSERT INTO customer_contact (dealer_id, customer_id, kind, position, written, normalised, valid)
		SELECT dealer_id, customer_id, 'email', 1, 'boer@work.example', 'boer@work.example', true FROM lead`)
	require.NoError(t, err)
	require.True(t, d.news().Reach.Email)
	_, err = d.store.Pool.Exec(context.Background(), `UPDATE message SET state = 'pending' WHERE id = $1`, late)
	require.NoError(t, err)
	d.deliver(late)
	mails := d.provider.Mails()
	require.Equal(t, "boer@work.example", mails[len(mails)-1].To)
}

// What somebody calls spam is the end of mail to all of his addresses.
func TestASpamReportHoldsForThePerson(t *testing.T) {
	d := open(t)
	_, err := d.store.Pool.Exec(context.Background(), `INSERT INTO customer_contact (dealer_id, customer_id, kind, position, written, normalised, valid)
		SELECT dealer_id, customer_id, 'email', 1, 'boer@work.example', 'boer@work.example', true FROM lead`)
	require.NoError(t, err)
	d.deliver(d.auto)
	d.hears(d.events(d.auto, lead.MailDelivered, lead.MailReported)...)
	require.Equal(t, 2, value[int](d, `SELECT count(*) FROM suppression WHERE reason = 'spam_report'`))
	state := d.news()
	require.False(t, state.Reach.Email)
	require.False(t, state.Mails.Bounced, "his address is right")
	require.NotZero(t, state.CycleStart)
}

// A mail to a colleague that comes back is not silent: who leads the shop sees
// it, once a week and not with every lead.
func TestAColleagueWhoseMailComesBack(t *testing.T) {
	d := open(t)
	d.deliver(d.pending...)
	sam := value[uuid.UUID](d, `SELECT id FROM staff WHERE name = 'Sam Visser'`)
	toSam := value[uuid.UUID](d, `SELECT id FROM message WHERE staff_id = $1 AND channel = 'email'`, sam).String()
	heard := d.hears(d.events(toSam, lead.MailBlocked)...)
	require.Equal(t, []uuid.UUID{sam}, heard.Colleagues)
	d.hears(d.events(toSam, lead.MailBounced)...)
	require.Equal(t, 1, value[int](d, `SELECT count(*) FROM message m JOIN staff s ON s.id = m.staff_id
		WHERE m.template = $1 AND m.channel = 'screen' AND m.ref = $2 AND s.role = 'sales_manager'`, store.ColleagueUnreachable, sam.String()))
	require.Zero(t, value[int](d, `SELECT count(*) FROM suppression`), "his alerts go on")
	require.Zero(t, d.timeline("message_bounced"), "the customer has nothing to do with it")
}

// A lead that is closed by then keeps it on its timeline, and the address is not
// mailed about anything else either.
func TestNewsOfAClosedLead(t *testing.T) {
	d := open(t)
	d.deliver(d.pending...)
	_, err := d.store.Pool.Exec(context.Background(), `UPDATE lead SET status = 'closed', closed_at = doorbell_now()`)
	require.NoError(t, err)
	heard := d.hears(d.events(d.auto, lead.MailBounced)...)
	require.False(t, heard.Told, "there is no workflow to tell")
	require.Equal(t, 1, d.timeline("message_bounced"))
	require.Equal(t, 1, value[int](d, `SELECT count(*) FROM suppression WHERE normalised = 'jan@mail.example'`))
}

// A signal from Temporal's own tools can say anything about a mail.
func TestASignalAboutAMailThatIsNotThere(t *testing.T) {
	d := open(t)
	ctx := context.Background()
	state, err := d.store.StateForStart(ctx, uuid.MustParse(d.lead))
	require.NoError(t, err)
	done, err := d.store.Step(ctx, state, process.Happening{What: process.DidCustomer, Signal: true, Actor: process.Operator, Customer: &process.CustomerWish{
		Mail: &process.MailNews{Message: uuid.NewString(), Is: lead.MailBounced, Template: "quote", Counted: true, Auto: true},
	}})
	require.NoError(t, err)
	require.NotNil(t, done.Refused)
	require.Equal(t, 1, d.timeline("refused"))
}

func readHappening(t *testing.T, body []byte) process.Happening {
	t.Helper()
	var h process.Happening
	require.NoError(t, json.Unmarshal(body, &h))
	h.Signal = true
	return h
}
