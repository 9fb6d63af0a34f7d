package workflows_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// claimed is a dealership with a lead of the paid portal that was closed and
// whose price is to be claimed back.
func claimed(t *testing.T) (d *dealership.Dealership, leadID, claim string) {
	t.Helper()
	d = dealership.Open(t, dealership.Options{})
	c := caller{t, d, d.Receive("portal", captur)}
	c.calls(lead.WrongNumber)
	c.closes(ownerOf(t, d, c.id), "wrong_personal_data")
	c.ask("manager@demo.example", process.Happening{What: process.DidDecide, Decide: &process.Decision{Approve: true}})
	err := d.Store.Pool.QueryRow(context.Background(), `SELECT id FROM follow_up WHERE kind = 'refund_claim'`).Scan(&claim)
	require.NoError(t, err)
	return d, c.id, claim
}

func settle(fate process.FollowUpStatus, outcome, note string) process.FollowUpHappening {
	return process.FollowUpHappening{
		ID: uuid.NewString(), What: process.DidSettle, Settle: &process.Settlement{Fate: fate, Outcome: outcome, NoteID: note},
	}
}

// What is done is over: the workflow answers and ends.
func TestAFollowUpEndsWhenItIsSettled(t *testing.T) {
	t.Parallel()
	d, leadID, claim := claimed(t)
	ctx := context.Background()
	by := process.Actor(d.StaffID("manager@demo.example"))

	// A note that nobody stored cannot be referred to, and blocks nothing.
	unknown := settle(process.Done, process.Granted, uuid.NewString())
	unknown.Actor = by
	_, err := d.Leads.AskFollowUp(ctx, claim, unknown)
	var refusal *process.Refusal
	require.ErrorAs(t, err, &refusal)

	note := uuid.New()
	require.NoError(t, d.Store.InsertNote(ctx, db.InsertNoteParams{ID: note, DealerID: d.ID, LeadID: uuid.MustParse(leadID), Text: "they pay"}))
	done := settle(process.Done, process.Granted, note.String())
	done.Actor = by
	answer, err := d.Leads.AskFollowUp(ctx, claim, done)
	require.NoError(t, err)
	require.Equal(t, "done", answer.Status)
	d.Await(func() bool { return ended(t, d, workflows.FollowUpID(claim)) }, "the follow-up's workflow ends")
	_, err = d.Leads.AskFollowUp(ctx, claim, settle(process.Dropped, "", note.String()))
	require.True(t, errors.As(err, &refusal) || errors.Is(err, workflows.ErrNotRunning), "%v", err)
}

// Whoever signals from Temporal's own tools may say anything; nothing of it
// blocks a follow-up, and no word of it is kept.
func TestAPoisonousSignalToAFollowUpIsRefused(t *testing.T) {
	t.Parallel()
	d, leadID, claim := claimed(t)
	ctx := context.Background()
	for _, s := range []struct {
		name    string
		payload any
	}{
		{"settle", "no object"},
		{"settle", map[string]any{"fate": "MARK\x00"}},
		{"settle", map[string]any{"fate": "done", "actor": "MARK", "note_id": "MARK"}},
		{"assign", map[string]any{"to": "MARK@demo.example"}},
		{"settle", map[string]any{"fate": "dropped", "actor": "MARK", "note_id": uuid.NewString(), "request_id": "MARK"}},
	} {
		require.NoError(t, d.Client.SignalWorkflow(ctx, workflows.FollowUpID(claim), "", s.name, s.payload))
	}
	d.Await(func() bool { return ended(t, d, workflows.FollowUpID(claim)) }, "the last of them makes sense")
	var status, by string
	require.NoError(t, d.Store.Pool.QueryRow(ctx, `SELECT status, settled_by FROM follow_up WHERE id = $1`, claim).Scan(&status, &by))
	require.Equal(t, []string{"dropped", "operator"}, []string{status, by})
	var words int
	require.NoError(t, d.Store.Pool.QueryRow(ctx, `SELECT count(*) FROM timeline WHERE lead_id = $1 AND (data::text LIKE '%MARK%' OR actor LIKE '%MARK%')`, leadID).Scan(&words))
	require.Zero(t, words)
}

// A version of the policy that is not there blocks no lead.
func TestApplyingAPolicyThatIsNotThereIsRefused(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	c := caller{t, d, d.Receive("website", captur)}
	require.NoError(t, d.Client.SignalWorkflow(context.Background(), workflows.ID(c.id), "", "repinned", map[string]any{"version": 99}))
	d.Await(func() bool { return slices.Contains(d.Events(c.id), "refused") }, "the signal is refused")
	require.Equal(t, 1, d.State(c.id).PolicyVersion)
	c.calls(lead.Reached)
}

// Workers of the first release wrote follow-ups down and nobody worked them;
// such a row is found and taken up.
func TestAFollowUpThatNothingStartedIsTakenUp(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	ctx := context.Background()
	id := d.Receive("website", captur)
	for _, kind := range []string{"stock_search", "celebrate"} {
		_, err := d.Store.Pool.Exec(ctx, `
			INSERT INTO follow_up (id, dealer_id, lead_id, kind, reason, due_on, created_at)
			VALUES (gen_random_uuid(), $1, $2, $3, 'no_stock', '2026-11-24', doorbell_now() - interval '2 minutes')`, d.ID, id, kind)
		require.NoError(t, err)
	}
	require.NoError(t, d.Store.TakeUpFollowUps(ctx))
	d.Bell.Wake()
	d.Await(func() bool {
		var worked int
		err := d.Store.Pool.QueryRow(ctx, `SELECT count(*) FROM follow_up WHERE kind = 'stock_search' AND owner_id IS NOT NULL OR kind = 'celebrate' AND status = 'done'`).Scan(&worked)
		require.NoError(t, err)
		return worked == 2
	}, "the one has an owner, the other is done")
}

// A worker may die between the commit and Temporal's knowing of it: the fate of
// a mail is told again then, and counts once.
func TestTheFateOfAMailCountsOnce(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	ctx := context.Background()
	id := d.Receive("website", captur)
	d.AdvanceTo(d.At("2026-11-25 09:00")) // still-interested has gone
	sent := d.State(id).Mails.Sent
	require.Equal(t, 1, sent)
	var message string
	require.NoError(t, d.Store.Pool.QueryRow(ctx, `SELECT id FROM message WHERE template = 'still-interested'`).Scan(&message))
	again := process.Happening{What: process.WasDelivered, Delivered: []process.Delivery{
		{Message: message, Template: "still-interested", Fate: process.Accepted, At: time.Now()},
	}}
	done, err := d.Store.Step(ctx, d.State(id), again)
	require.NoError(t, err)
	require.Equal(t, sent, done.State.Mails.Sent)
}
