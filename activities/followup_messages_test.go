package activities_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/sendgridtest"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// closedDesk is a desk whose lead is closed, by a reason of the dealer's own
// wording, and whose first messages are out of the way.
type closedDesk struct {
	*desk
	dealer, sam, max uuid.UUID
}

const ownLabel = "Prefers something else"

func closed(t *testing.T, reason string, details map[string]string, note string) *closedDesk {
	t.Helper()
	d := &closedDesk{desk: opened(t)}
	ctx := context.Background()
	require.NoError(t, d.store.Pool.QueryRow(ctx, `SELECT dealer_id FROM lead`).Scan(&d.dealer))
	require.NoError(t, d.store.Pool.QueryRow(ctx, `SELECT id FROM staff WHERE name = 'Sam Visser'`).Scan(&d.sam))
	require.NoError(t, d.store.Pool.QueryRow(ctx, `SELECT id FROM staff WHERE name = 'Max Meijer'`).Scan(&d.max))
	own, ok := lead.Shipped().Find("prefers_another_car")
	require.True(t, ok)
	own.Label = ownLabel
	changes, err := json.Marshal(lead.Catalogue{own})
	require.NoError(t, err)
	d.exec(`INSERT INTO reason_catalogue (dealer_id, version, changes) VALUES ($1, 2, $2)`, d.dealer, changes)
	d.exec(`UPDATE message SET state = 'accepted', told = true`)
	d.pass(time.Minute)
	d.exec(`UPDATE lead SET status = 'closed', closed_at = doorbell_now(), close_reason = $1, reason_version = 2, owner_id = $2,
	        external_id = 'AT-20931', trade_in = '{"make": "Opel", "model": "Corsa", "year": 2017, "mileage_km": 88000}'`, reason, d.sam)
	said, err := json.Marshal(details)
	require.NoError(t, err)
	noteID, decisionID := store.NewID(), store.NewID()
	d.exec(`INSERT INTO note (id, dealer_id, lead_id, staff_id, text) VALUES ($1, $3, $4, NULL, $5), ($2, $3, $4, NULL, 'Quickly, please.')`,
		noteID, decisionID, d.dealer, d.lead, note)
	// The same reason before, of a closing that was undone.
	d.exec(`INSERT INTO closing (id, dealer_id, lead_id, reason, details, asked_by, asked_at, state)
	        VALUES ($1, $2, $3, $4, '{"model": "Zoe"}', $5, doorbell_now() - interval '1 day', 'final')`, store.NewID(), d.dealer, d.lead, reason, d.sam.String())
	d.exec(`INSERT INTO closing (id, dealer_id, lead_id, reason, details, asked_by, asked_at, state, decided_by, decided_at, note_id, decision_note_id)
	        VALUES ($1, $2, $3, $4, $5, $6, doorbell_now(), 'approved', $7, doorbell_now(), $8, $9)`,
		store.NewID(), d.dealer, d.lead, reason, said, d.sam.String(), d.max.String(), noteID, decisionID)
	return d
}

func (d *closedDesk) exec(query string, args ...any) {
	d.t.Helper()
	_, err := d.store.Pool.Exec(context.Background(), query, args...)
	require.NoError(d.t, err)
}

// follow writes down a follow-up that is due tomorrow at 14:00.
func (d *closedDesk) follow(kind lead.FollowUpKind, reason string, version int32) uuid.UUID {
	d.t.Helper()
	id := store.NewID()
	d.exec(`INSERT INTO follow_up (id, dealer_id, lead_id, kind, reason, due_on, created_at, policy_version, owner_id, deadline_at)
	        VALUES ($1, $2, $3, $4, $5, '2026-11-25', doorbell_now(), $6, $7, '2026-11-25 14:00 Europe/Amsterdam')`,
		id, d.dealer, d.lead, string(kind), reason, version, d.max)
	return id
}

// ask writes a message into the ledger. to is a member of staff, or nobody.
func (d *closedDesk) ask(template string, to, followUp *uuid.UUID, ref, department string) string {
	d.t.Helper()
	id := store.NewID()
	d.exec(`INSERT INTO message (id, dealer_id, lead_id, key, template, channel, staff_id, step, steps, ref, state, created_at, follow_up_id, department)
	        VALUES ($1, $2, $3, $4, $5, 'email', $6, 1, 2, $7, 'pending', doorbell_now(), $8, $9)`,
		id, d.dealer, d.lead, id.String(), template, to, ref, followUp, department)
	return id.String()
}

// sent delivers one message and returns the mail that went out.
func (d *closedDesk) sent(id string) sendgridtest.Mail {
	d.t.Helper()
	d.deliver(id)
	require.Equal(d.t, "accepted", d.state(id))
	mails := d.provider.Mails()
	require.NotEmpty(d.t, mails)
	return mails[len(mails)-1]
}

// unsent delivers one message, of which nothing may go out.
func (d *closedDesk) unsent(id, state string) []process.Delivery {
	d.t.Helper()
	before := d.provider.Requests()
	fates, wait := d.deliver(id)
	require.Zero(d.t, wait)
	require.Equal(d.t, state, d.state(id))
	require.Equal(d.t, before, d.provider.Requests())
	return fates
}

// closedAgain closes the lead after what waits was asked for: it was reopened.
func (d *closedDesk) closedAgain() {
	d.t.Helper()
	d.exec(`UPDATE lead SET closed_at = doorbell_now() + interval '1 hour'`)
}

func (d *closedDesk) refuses(channel, normalised string) {
	d.t.Helper()
	d.exec(`INSERT INTO do_not_contact (dealer_id, channel, normalised) VALUES ($1, $2, $3)`, d.dealer, channel, normalised)
}

// departments gives the dealer a second version of his policy.
func (d *closedDesk) departments(text string) int32 {
	d.t.Helper()
	row, err := d.store.PutPolicy(context.Background(), d.dealer, d.max, 0, string(policy.Standard())+"\ndepartments: "+text+"\n")
	require.NoError(d.t, err)
	return row.Version
}

func TestWhoeverDoesAFollowUpReadsWhatTheClosingSays(t *testing.T) {
	t.Parallel()
	d := closed(t, "prefers_another_car", map[string]string{"make": "Renault", "model": "Clio", "condition": "used"}, "Until the summer.")
	id := d.follow(lead.StockSearch, "prefers_another_car", 1)
	row := d.ask(message.FollowUpDue, &d.max, &id, id.String(), "")
	d.closedAgain()
	mail := d.sent(row)
	require.Equal(t, "manager@demo.example", mail.To)
	require.Equal(t, "[opvolging] Auto zoeken · Boer · Renault Clio · uiterlijk wo 14:00", mail.Subject)
	require.Contains(t, mail.Text, "+31 6 28419077\nhttps://doorbell.example/leads/"+d.lead+"\n")
	require.Contains(t, mail.Text, "Voor: Max Meijer\nGesloten als: "+ownLabel+"\nToelichting: Until the summer. / Quickly, please.\n"+
		"Gewenst merk: Renault\nGewenst model: Clio\nNieuw of gebruikt: gebruikt\nInruilauto: Opel Corsa, 2017, 88000 km\n")
	require.Contains(t, mail.Text, "Vraag: Informatie. written by a stranger\n", "what the customer asked for, in the reader's language") //nolint:misspell // Dutch
	require.Contains(t, mail.Text, "https://doorbell.example/v1/follow-ups/"+id.String())

	overdue := d.sent(d.ask(message.FollowUpOverdue, &d.sam, &id, id.String(), ""))
	require.Equal(t, "[1/2] Opvolging te laat: Auto zoeken · Max Meijer · Boer · Renault Clio · sinds wo 14:00", overdue.Subject)
}

func TestARefundClaimTellsWhatToClaim(t *testing.T) {
	t.Parallel()
	d := closed(t, "double", nil, "Twice.")
	d.exec(`UPDATE source SET paid = true, cost_cents = 2500`)
	id := d.follow(lead.RefundClaim, "double", 1)
	mail := d.sent(d.ask(message.FollowUpDue, &d.max, &id, id.String(), ""))
	require.Contains(t, mail.Text, "Gesloten als: Double lead\n")
	require.Contains(t, mail.Text, "Nummer van de bron: AT-20931\nPrijs van de lead: EUR 25,00\n")
}

func TestAColleagueAndAnotherLeadAreNamed(t *testing.T) {
	t.Parallel()
	d := closed(t, "already_in_contact", map[string]string{"with": "sam@demo.example"}, "")
	id := d.follow(lead.HandOver, "already_in_contact", 1)
	mail := d.sent(d.ask(message.FollowUpDue, &d.sam, &id, id.String(), ""))
	require.Contains(t, mail.Text, "In contact met: Sam Visser\n")

	d.exec(`UPDATE closing SET details = jsonb_build_object('with', $1::text)`, d.lead)
	mail = d.sent(d.ask(message.FollowUpDue, &d.sam, &id, id.String(), ""))
	require.Contains(t, mail.Text, "In contact met: https://doorbell.example/leads/"+d.lead+"\n")
}

// A signal brings no words, and what runs beside the calls comes from no closing.
func TestAFollowUpWithoutWordsIsToldWithoutThem(t *testing.T) {
	t.Parallel()
	d := closed(t, "prefers_another_car", map[string]string{"make": lead.Kept, "condition": "new"}, "")
	id := d.follow(lead.StockSearch, "prefers_another_car", 1)
	mail := d.sent(d.ask(message.FollowUpDue, &d.max, &id, id.String(), ""))
	require.NotContains(t, mail.Text, lead.Kept)
	require.Contains(t, mail.Text, "Nieuw of gebruikt: nieuw\n")

	letter := d.follow(lead.SendLetter, "", 1)
	mail = d.sent(d.ask(message.FollowUpDue, &d.max, &letter, letter.String(), ""))
	require.Contains(t, mail.Subject, "Brief sturen")
	require.NotContains(t, mail.Text, "Gesloten als")
}

func TestNobodyIsAskedForAFollowUpThatIsSettled(t *testing.T) {
	t.Parallel()
	d := closed(t, "prefers_another_car", nil, "")
	id := d.follow(lead.StockSearch, "prefers_another_car", 1)
	due, overdue := d.ask(message.FollowUpDue, &d.max, &id, id.String(), ""), d.ask(message.FollowUpOverdue, &d.max, &id, id.String(), "")
	d.exec(`UPDATE follow_up SET status = 'dropped'`)
	d.unsent(due, "withdrawn")
	d.unsent(overdue, "withdrawn")
}

// Do-not-contact is no reason to keep a customer's question from the workshop,
// which is told not to call him.
func TestADepartmentIsHandedTheCustomer(t *testing.T) {
	t.Parallel()
	d := closed(t, "not_for_bdc", map[string]string{"department": "service"}, "The tow bar rattles.")
	version := d.departments("{service: werkplaats@delinde.example}")
	d.departments("{service: elders@delinde.example}")
	id := d.follow(lead.HandOver, "not_for_bdc", version)
	d.exec(`UPDATE follow_up SET status = 'done'`) // the mail is what does it
	d.refuses("email", "jan@mail.example")
	d.refuses("phone", "+31628419077")
	row := d.ask(message.HandOver, nil, &id, "", "service")
	d.closedAgain()
	fates, wait := d.deliver(row)
	require.Zero(t, wait)
	require.Len(t, fates, 1, "the process hears what became of it")
	require.Equal(t, process.Accepted, fates[0].Fate)
	mail := d.provider.Mails()[0]
	require.Equal(t, "werkplaats@delinde.example", mail.To, "as the policy of the follow-up says")
	require.Equal(t, "sam@demo.example", mail.ReplyTo)
	require.Equal(t, "Voor de werkplaats · Boer · Renault Captur · neem contact op", mail.Subject)
	require.Contains(t, mail.Text, "Niet bellen")
	require.NotContains(t, mail.Text, "0628419077")
	require.NotContains(t, mail.Text, "31628419077")
	require.NotContains(t, mail.Text, "/leads/", "a department has no way into the lead")
	require.Contains(t, mail.Text, "Toelichting van Sam Visser: The tow bar rattles.")
	require.Contains(t, mail.Text, "written by a stranger")

	d.exec(`UPDATE staff SET active = false WHERE id = $1`, d.sam)
	require.Equal(t, "manager@demo.example", d.sent(d.ask(message.HandOver, nil, &id, "", "service")).ReplyTo, "who left answers nobody")
}

func TestADepartmentWithoutAnAddressGetsNothing(t *testing.T) {
	t.Parallel()
	d := closed(t, "not_for_bdc", map[string]string{"department": "parts"}, "")
	id := d.follow(lead.HandOver, "not_for_bdc", d.departments("{service: werkplaats@delinde.example}"))
	fates := d.unsent(d.ask(message.HandOver, nil, &id, "", "parts"), "failed")
	require.Len(t, fates, 1)
	require.Equal(t, process.Failed, fates[0].Fate)
	require.Equal(t, "no_address", fates[0].Code)
	d.unsent(d.ask(message.HandOver, nil, nil, "", "service"), "failed") // no follow-up says whose policy counts
}

func TestTheSoftReminderOfAClosedLeadGoesOutAndEchoesNothing(t *testing.T) {
	t.Parallel()
	d := closed(t, "visits_on_own_initiative", map[string]string{"expected": "unknown"}, "Loves blue.")
	id := d.follow(lead.SoftReminder, "visits_on_own_initiative", 1)
	d.exec(`UPDATE follow_up SET status = 'done'`)
	row := d.ask(message.SoftReminder, nil, &id, "", "")
	d.closedAgain()
	mail := d.sent(row)
	require.Equal(t, "jan@mail.example", mail.To)
	require.Equal(t, "U bent welkom bij Autobedrijf De Linde", mail.Subject)
	for _, typed := range []string{"stranger", "Boer", "Captur", "blue"} {
		require.NotContains(t, mail.Text+mail.HTML, typed)
	}
	require.Contains(t, mail.Headers, "List-Unsubscribe")

	d.refuses("email", "jan@mail.example")
	d.unsent(d.ask(message.SoftReminder, nil, &id, "", ""), "suppressed")
}

func TestAManagerReadsByWhichFiguresLeadsPause(t *testing.T) {
	t.Parallel()
	d := closed(t, "test", nil, "")
	for i, e := range []struct {
		kind                         string
		conversations, results, norm int
	}{{"paused", 10, 1, 15}, {"intervention", 0, 0, 0}, {"paused", 24, 3, 20}, {"exemption_ended", 0, 0, 0}} {
		d.exec(`INSERT INTO earning_entry (id, dealer_id, staff_id, at, kind, actor, conversations, results, norm)
		        VALUES ($1, $2, $3, doorbell_now() - make_interval(days => $4), $5, 'system', $6, $7, $8)`,
			store.NewID(), d.dealer, d.sam, 10-i, e.kind, e.conversations, e.results, e.norm)
	}
	d.exec(`UPDATE staff SET paused_at = doorbell_now() WHERE id = $1`, d.sam)
	told := d.ask(message.StaffPaused, &d.max, nil, d.sam.String(), "")
	// It is about a colleague: that the lead is closed meanwhile changes nothing.
	d.closedAgain()
	mail := d.sent(told)
	require.Equal(t, "Geen nieuwe leads: Sam Visser · 3 van 24 gesprekken (12 %) · norm 20 %", mail.Subject)
	require.Contains(t, mail.Text, "POST https://doorbell.example/v1/staff/"+d.sam.String()+"/interventions")
	require.NotContains(t, mail.Text, "Boer")

	late := d.ask(message.StaffPaused, &d.max, nil, d.sam.String(), "")
	d.exec(`UPDATE staff SET paused_at = NULL WHERE id = $1`, d.sam)
	d.unsent(late, "withdrawn")
	d.unsent(d.ask(message.StaffPaused, &d.max, nil, d.max.String(), ""), "withdrawn")
	d.unsent(d.ask(message.StaffPaused, &d.max, nil, "nobody", ""), "withdrawn")
}

func TestACustomerFromEarlierComesWithHisStory(t *testing.T) {
	t.Parallel()
	d := closed(t, "keeps_current_car", map[string]string{"until": "2026-11-24"}, "Likes the lease.")
	d.exec(`UPDATE lead SET received_at = received_at - interval '1 year'`)
	earlier := d.lead
	again := store.NewID()
	d.exec(`INSERT INTO lead (id, dealer_id, source_id, customer_id, content_hash, channel, request, make, model, received_at, policy_version,
	            reason_version, phase, again_of)
	        SELECT $1, dealer_id, source_id, customer_id, content_hash, channel, request, make, model, doorbell_now(), 1, 1, 'bdc', id FROM lead`, again)
	d.follow(lead.ContactLater, "keeps_current_car", 1)
	d.exec(`UPDATE follow_up SET status = 'done', new_lead_id = $1`, again)
	d.lead = again.String()
	mail := d.sent(d.ask(message.LeadAgain, &d.sam, nil, "", ""))
	require.Equal(t, "Opnieuw contact · Boer · Renault Captur · Keeps the current car · bel nu", mail.Subject)
	require.Contains(t, mail.Text, "\nhttps://doorbell.example/leads/"+again.String()+"\n", "the new lead, not "+earlier)
	require.Contains(t, mail.Text, "De eerdere lead kwam binnen op maandag 24 november 2025 om 10:00 en is gesloten op dinsdag 24 november: "+
		"Keeps the current car. Toelichting: Likes the lease. / Quickly, please.")
}

func TestAClosingBearsTheDealersOwnWords(t *testing.T) {
	t.Parallel()
	d := closed(t, "prefers_another_car", nil, "Until the summer.")
	d.exec(`UPDATE lead SET status = 'closing', closed_at = NULL`)
	var closing uuid.UUID
	require.NoError(t, d.store.Pool.QueryRow(context.Background(), `SELECT id FROM closing WHERE state = 'approved'`).Scan(&closing))
	mail := d.sent(d.ask(message.ClosingProposed, &d.max, nil, closing.String(), ""))
	require.Contains(t, mail.Subject, ownLabel)
	require.Contains(t, mail.Text, "Sam Visser wil deze lead sluiten: "+ownLabel+". Toelichting: Quickly, please.")
}

// A worker may die with the mails of a follow-up's step in its hands. Whoever does the
// step again sees to them.
func TestAFollowUpThatIsDoneAgainSeesToItsMails(t *testing.T) {
	t.Parallel()
	d := closed(t, "prefers_another_car", map[string]string{"model": "Clio"}, "")
	ctx := context.Background()
	id := d.follow(lead.StockSearch, "prefers_another_car", 1)
	begun, err := d.store.FollowUpForStart(ctx, id)
	require.NoError(t, err)
	_, err = d.store.FollowUpStep(ctx, begun, process.FollowUpHappening{What: process.WasReceived})
	require.NoError(t, err)
	mail := d.ask(message.FollowUpDue, &d.max, &id, id.String(), "")
	_, err = d.store.ClaimMessages(ctx, db.ClaimMessagesParams{Ids: []uuid.UUID{uuid.MustParse(mail)}, StaleS: 60})
	require.NoError(t, err)
	again, err := d.store.FollowUpStep(ctx, begun, process.FollowUpHappening{What: process.WasReceived})
	require.NoError(t, err)
	require.Contains(t, again.Deliver, mail)
}
