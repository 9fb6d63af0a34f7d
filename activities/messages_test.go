package activities_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/doorbell-ilm/doorbell/activities"
	"github.com/doorbell-ilm/doorbell/intake"
	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/sendgridtest"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/workflows"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const grace = 10 * time.Minute

// desk is a dealer with one lead whose messages wait, and a SendGrid.
type desk struct {
	t        *testing.T
	store    *store.Store
	messages *activities.Messages
	provider *sendgridtest.Server
	lead     string
	begun    process.State // with which the lead's workflow began
	pending  []string      // ids of the lead's messages
	auto     string        // id of the automatic response
	waiting  []string      // what the last delivery left
}

func open(t *testing.T) *desk {
	t.Helper()
	t.Parallel()
	return opened(t)
}

func opened(t *testing.T) *desk {
	t.Helper()
	ctx := context.Background()
	url := testkit.Database(t)
	s, err := store.Open(ctx, url, store.Options{Owner: true})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	product, err := store.Open(ctx, url, store.Options{})
	require.NoError(t, err)
	t.Cleanup(product.Close)
	zone, err := time.LoadLocation("Europe/Amsterdam")
	require.NoError(t, err)
	testkit.SetClock(t, s.Pool, time.Date(2026, 11, 24, 10, 0, 0, 0, zone))
	dealer, err := s.CreateDealer(ctx, store.NewDealer{
		Name: "Autobedrijf De Linde", Language: "nl", MailFrom: "leads@delinde.example",
		Staff: []store.NewStaff{
			{Email: "sam@demo.example", Name: "Sam Visser", Role: lead.RoleSalesperson},
			{Email: "manager@demo.example", Name: "Max Meijer", Role: lead.RoleSalesManager},
		},
		Sources: []store.NewSource{{Code: "website", Name: "Website", Party: lead.FirstParty}},
	})
	require.NoError(t, err)
	src, err := s.SourceByCode(ctx, db.SourceByCodeParams{DealerID: dealer, Code: "website"})
	require.NoError(t, err)
	draft, _, err := intake.ParseJSON([]byte(`{"customer":{"last_name":"Boer","email":"jan@mail.example","phone":"0628419077"},"vehicle":{"make":"Renault","model":"Captur"},"comments":"written by a stranger"}`),
		intake.Context{Country: "NL", Zone: zone, Now: time.Now()})
	require.NoError(t, err)
	got, err := s.Receive(ctx, store.Post{
		Dealer: dealer, Source: src.ID, ContentType: "application/json", Body: []byte("{}"),
		Prospects: []store.Prospect{{Prospect: intake.Prospect{Position: 1, Draft: draft}}},
	})
	require.NoError(t, err)

	d := &desk{t: t, store: s, provider: sendgridtest.New(t), lead: got.Leads[0].ID.String()}
	state, err := s.StateForStart(ctx, got.Leads[0].ID)
	require.NoError(t, err)
	d.begun = state
	stepped, err := s.Step(ctx, state, process.Happening{What: process.WasReceived})
	require.NoError(t, err)
	d.pending = stepped.Deliver
	require.NoError(t, s.Pool.QueryRow(ctx, `SELECT id::text FROM message WHERE key = 'auto_response'`).Scan(&d.auto))
	sender, err := message.Choose(message.Settings{SendGridKey: sendgridtest.Key, SendGridBaseURL: d.provider.URL, Timeout: 2 * time.Second})
	require.NoError(t, err)
	templates, err := message.Load()
	require.NoError(t, err)
	d.messages = &activities.Messages{
		Store: product, Sender: sender, Templates: templates, PublicURL: "https://doorbell.example",
		Secret: []byte("a secret of thirty-two characters"), From: message.Address{Email: "leads@delinde.example"}, Grace: grace,
	}
	return d
}

// deliver runs the activity once. wait is how long it asks to wait.
func (d *desk) deliver(ids ...string) (fates []process.Delivery, wait time.Duration) {
	d.t.Helper()
	done, err := d.messages.Deliver(context.Background(), workflows.DeliverInput{Lead: d.lead, Messages: ids})
	if waiting, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		require.Equal(d.t, "waiting", waiting.Type(), waiting.Error())
		return nil, waiting.NextRetryDelay()
	}
	require.NoError(d.t, err)
	d.waiting = done.Waiting
	return done.Fates, 0
}

func (d *desk) state(id string) string {
	d.t.Helper()
	var state string
	require.NoError(d.t, d.store.Pool.QueryRow(context.Background(), `SELECT state FROM message WHERE id = $1`, uuid.MustParse(id)).Scan(&state))
	return state
}

func (d *desk) pass(span time.Duration) { testkit.MoveClock(d.t, d.store.Pool, span) }

func TestTheCustomerTheOwnerAndTheManagerHearOfALead(t *testing.T) {
	d := open(t)
	fates, wait := d.deliver(d.pending...)
	require.Zero(t, wait)
	require.Len(t, fates, 1, "only the customer's mail matters to the process")
	require.True(t, fates[0].Auto)
	require.Equal(t, process.Accepted, fates[0].Fate)
	to := map[string]int{}
	for _, m := range d.provider.Mails() {
		to[m.To]++
	}
	require.Equal(t, map[string]int{"jan@mail.example": 1, "sam@demo.example": 1, "manager@demo.example": 1}, to)
}

func TestAMessageIsSentOnceHoweverOftenItIsDelivered(t *testing.T) {
	d := open(t)
	for range 3 {
		_, wait := d.deliver(d.pending...)
		require.Zero(t, wait)
	}
	require.Len(t, d.provider.Mails(), len(d.pending))
}

func TestTheAutoResponseRepeatsNothingThatAStrangerTyped(t *testing.T) {
	d := open(t)
	d.deliver(d.auto)
	mail := d.provider.Mails()[0]
	require.NotContains(t, mail.Text+mail.HTML+mail.Subject, "stranger")
	require.NotContains(t, mail.Text+mail.HTML+mail.Subject, "Boer")
}

func TestABusyProviderIsAskedAgainWhenItSaid(t *testing.T) {
	d := open(t)
	d.provider.Script(sendgridtest.TooManyFor(7 * time.Second))
	_, wait := d.deliver(d.auto)
	require.InDelta(t, 7*time.Second, wait, float64(time.Second))
	require.Equal(t, "pending", d.state(d.auto))
	_, wait = d.deliver(d.auto)
	require.Positive(t, wait, "not before its time")
	d.pass(8 * time.Second)
	fates, wait := d.deliver(d.auto)
	require.Zero(t, wait)
	require.Equal(t, process.Accepted, fates[0].Fate)
	require.Len(t, d.provider.Mails(), 1)
}

func TestARefusedMailIsNotTriedAgain(t *testing.T) {
	d := open(t)
	d.provider.Script(sendgridtest.Status(400))
	fates, wait := d.deliver(d.auto)
	require.Zero(t, wait)
	require.Equal(t, process.Failed, fates[0].Fate)
	require.Equal(t, "failed", d.state(d.auto))
	require.NotContains(t, fates[0].Code, "@")
}

// SendGrid knows no idempotency: a mail whose answer stayed away is sent once
// more after a pause, and never a third time.
func TestAnAmbiguousSendIsRepeatedOnce(t *testing.T) {
	d := open(t)
	d.provider.Script(sendgridtest.AcceptThenReset(), sendgridtest.AcceptThenReset())
	_, wait := d.deliver(d.auto)
	require.Equal(t, grace, wait)
	require.Equal(t, "unknown", d.state(d.auto))
	_, wait = d.deliver(d.auto)
	require.Positive(t, wait)
	d.pass(grace + time.Second)
	fates, wait := d.deliver(d.auto)
	require.Zero(t, wait)
	require.Equal(t, process.Unknown, fates[0].Fate)
	d.pass(24 * time.Hour)
	d.deliver(d.auto)
	require.Equal(t, 2, d.provider.Requests())
}

// A worker that is killed while it sends leaves a row that says so.
func TestASenderThatDiedLeavesAnAmbiguousMessage(t *testing.T) {
	d := open(t)
	_, err := d.store.ClaimMessages(context.Background(), db.ClaimMessagesParams{Ids: []uuid.UUID{uuid.MustParse(d.auto)}, StaleS: 60})
	require.NoError(t, err)
	_, wait := d.deliver(d.auto)
	require.Positive(t, wait, "somebody may still be sending it")
	require.Zero(t, d.provider.Requests())
	d.pass(3 * time.Minute)
	_, wait = d.deliver(d.auto)
	require.Equal(t, grace, wait)
	require.Equal(t, "unknown", d.state(d.auto))
	d.pass(grace + time.Second)
	fates, _ := d.deliver(d.auto)
	require.Equal(t, process.Accepted, fates[0].Fate)
	require.Len(t, d.provider.Mails(), 1)
}

func TestDoNotContactIsCheckedAtTheMomentOfSending(t *testing.T) {
	d := open(t)
	var dealer uuid.UUID
	require.NoError(t, d.store.Pool.QueryRow(context.Background(), `SELECT dealer_id FROM lead`).Scan(&dealer))
	require.NoError(t, d.store.InsertDoNotContact(context.Background(), db.InsertDoNotContactParams{
		DealerID: dealer, Channel: "email", Normalised: "jan@mail.example", At: time.Now(),
	}))
	fates, wait := d.deliver(d.pending...)
	require.Zero(t, wait)
	require.Equal(t, process.Suppressed, fates[0].Fate)
	for _, m := range d.provider.Mails() {
		require.NotEqual(t, "jan@mail.example", m.To)
	}
}

func TestOneSlowMailKeepsNoOtherFromGoing(t *testing.T) {
	d := open(t)
	d.provider.Script(sendgridtest.TooManyFor(time.Minute))
	var fates []process.Delivery
	var wait time.Duration
	for range 3 { // the provider is busy for whichever comes first
		if fates, wait = d.deliver(d.pending...); wait == 0 {
			break
		}
	}
	require.Len(t, d.provider.Mails(), len(d.pending)-1)
	require.Equal(t, len(fates) == 0, wait > 0, "a fate that is known does not wait")
}

// A closed lead sends nothing more, not even what was on its way back.
func TestAClosedLeadSendsNothingThatWaited(t *testing.T) {
	d := open(t)
	d.provider.Script(sendgridtest.AcceptThenReset())
	_, wait := d.deliver(d.auto)
	require.Positive(t, wait)
	_, err := d.store.Pool.Exec(context.Background(), `UPDATE lead SET status = 'closed', closed_at = doorbell_now()`)
	require.NoError(t, err)
	d.pass(grace + time.Second)
	_, wait = d.deliver(d.auto)
	require.Zero(t, wait)
	require.Equal(t, "withdrawn", d.state(d.auto))
	require.Equal(t, 1, d.provider.Requests())
}

func TestErrorsForTemporalHoldNoAddress(t *testing.T) {
	d := open(t)
	d.messages.Store.Pool.Close()
	_, err := d.messages.Deliver(context.Background(), workflows.DeliverInput{Lead: d.lead, Messages: d.pending})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "@")
	require.NotContains(t, err.Error(), "postgres://")
}

// An alert that was held back over the weekend is not given up on Monday at the
// first hiccup of the provider.
func TestAHeldBackAlertHasItsOwnDay(t *testing.T) {
	d := open(t)
	id := uuid.MustParse(d.auto)
	_, err := d.store.Pool.Exec(context.Background(),
		`UPDATE message SET created_at = doorbell_now() - interval '40 hours', not_before = doorbell_now() WHERE id = $1`, id)
	require.NoError(t, err)
	d.provider.Script(sendgridtest.TooManyFor(time.Second), sendgridtest.TooManyFor(time.Second))
	_, wait := d.deliver(d.auto)
	require.Positive(t, wait)
	require.Equal(t, "pending", d.state(d.auto))
	d.pass(25 * time.Hour)
	_, wait = d.deliver(d.auto)
	require.Zero(t, wait)
	require.Equal(t, "failed", d.state(d.auto), "but a day of trying is enough")
}

// A message that a restored database has forgotten is nobody's to send: whoever
// waited for it goes on.
func TestAMessageThatARestoreLostIsWaitedForByNobody(t *testing.T) {
	d := open(t)
	fates, wait := d.deliver(uuid.NewString())
	require.Empty(t, fates)
	require.Zero(t, wait)
	require.Empty(t, d.provider.Mails())
}

// A step waits for a slow provider for a moment only. What has begun goes on, is
// found by whoever takes it up, and is not sent again.
func TestAStepDoesNotWaitForASlowProvider(t *testing.T) {
	d := open(t)
	d.provider.Script(sendgridtest.Slow(1500*time.Millisecond, sendgridtest.Accept()))
	done, err := d.messages.DeliverAtOnce(context.Background(), workflows.DeliverInput{Lead: d.lead, Messages: []string{d.auto}, First: true})
	require.NoError(t, err)
	require.Empty(t, done.Fates)
	require.Equal(t, []string{d.auto}, done.Waiting)
	require.Equal(t, "sending", d.state(d.auto))

	d.messages.Wait(time.Minute)
	fates, wait := d.deliver(d.auto)
	require.Zero(t, wait)
	require.Equal(t, process.Accepted, fates[0].Fate)
	require.Len(t, d.provider.Mails(), 1)
}

// What a quick provider says comes with the step.
func TestAStepHearsWhatAQuickProviderSays(t *testing.T) {
	d := open(t)
	done, err := d.messages.DeliverAtOnce(context.Background(), workflows.DeliverInput{Lead: d.lead, Messages: d.pending, First: true})
	require.NoError(t, err)
	require.Empty(t, done.Waiting)
	require.Len(t, done.Fates, 1)
	require.Equal(t, process.Accepted, done.Fates[0].Fate)
}

// Nobody looks every second whether a message has gone whose sender may be dead.
func TestWhatIsBeingSentIsLookedAtLessAndLessOften(t *testing.T) {
	d := open(t)
	_, err := d.store.ClaimMessages(context.Background(), db.ClaimMessagesParams{Ids: []uuid.UUID{uuid.MustParse(d.auto)}, StaleS: 60})
	require.NoError(t, err)
	for _, c := range []struct{ after, wait time.Duration }{{0, time.Second}, {10 * time.Second, 10 * time.Second}, {50 * time.Second, 30 * time.Second}} {
		d.pass(c.after)
		_, wait := d.deliver(d.auto)
		require.InDelta(t, c.wait, wait, float64(4*time.Second))
	}
}

// A worker may die when the mails of a step have gone and Temporal does not know of
// the step. Whoever does it again finds out how they ended and sends none of them.
func TestAStepThatIsDoneAgainHearsOfItsMails(t *testing.T) {
	d := open(t)
	_, err := d.messages.DeliverAtOnce(context.Background(), workflows.DeliverInput{Lead: d.lead, Messages: d.pending, First: true})
	require.NoError(t, err)
	again, err := d.store.Step(context.Background(), d.begun, process.Happening{What: process.WasReceived})
	require.NoError(t, err)
	require.Contains(t, again.Deliver, d.auto)
	done, err := d.messages.DeliverAtOnce(context.Background(), workflows.DeliverInput{Lead: d.lead, Messages: again.Deliver, First: true})
	require.NoError(t, err)
	require.Len(t, done.Fates, 1)
	require.True(t, done.Fates[0].Auto)
	require.Len(t, d.provider.Mails(), len(d.pending))
}

// A bug in the words of a mail fails that mail, not the worker.
func TestABugInAMailIsAnError(t *testing.T) {
	d := open(t)
	d.messages.Templates = nil
	_, err := d.messages.DeliverAtOnce(context.Background(), workflows.DeliverInput{Lead: d.lead, Messages: d.pending, First: true})
	require.Error(t, err)
	require.Zero(t, d.provider.Requests())
}
