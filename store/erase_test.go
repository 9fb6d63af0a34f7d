package store_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// A note that crosses the erasing loses its words, whichever of the two was
// first to begin.
func TestANoteThatCrossesTheErasing(t *testing.T) {
	t.Parallel()
	k := keeps(t)
	k.at("2026-01-15 10:00")
	id := k.receives(`{"customer": {"email": "jan@mail.example"}}`)
	erase := func() error {
		_, err := k.Erase(k.ctx, k.dealer, store.Erasing{Whom: store.Whom{Lead: id}, Actor: process.Operator, Why: store.AskedToErase})
		return err
	}
	writes := func(q *db.Queries) error {
		return q.InsertNote(k.ctx, db.InsertNoteParams{ID: store.NewID(), DealerID: k.dealer, LeadID: id, Text: "canarynote"})
	}
	done := make(chan error, 1)
	require.NoError(t, k.InTx(k.ctx, func(q *db.Queries) error {
		if err := writes(q); err != nil {
			return err
		}
		if _, err := q.Now(k.ctx); err != nil { // which sends the note
			return err
		}
		go func() { done <- erase() }() // has to wait for this note
		k.waits(1)
		return nil
	}))
	require.NoError(t, <-done)
	require.NoError(t, k.InTx(k.ctx, writes), "a later one is no error for whoever writes it")

	// And the other way round: the note waits for the erasing of another lead.
	id = k.receives(`{"customer": {"email": "piet@mail.example"}}`)
	tx, err := k.Pool.BeginTx(k.ctx, pgx.TxOptions{})
	require.NoError(t, err)
	_, err = tx.Exec(k.ctx, `SELECT FROM lead WHERE id = $1 FOR UPDATE`, id)
	require.NoError(t, err)
	_, err = tx.Exec(k.ctx, `UPDATE lead SET erased_at = doorbell_now() WHERE id = $1`, id)
	require.NoError(t, err)
	go func() { done <- k.InTx(k.ctx, writes) }()
	k.waits(1)
	require.NoError(t, tx.Commit(k.ctx))
	require.NoError(t, <-done)

	var notes, words int
	require.NoError(t, k.Pool.QueryRow(k.ctx, `SELECT count(*), count(*) FILTER (WHERE text <> '') FROM note`).Scan(&notes, &words))
	require.Equal(t, []int{3, 0}, []int{notes, words})
}

// waits until so many sessions of this database wait for a lock.
func (k keeper) waits(n int) {
	k.t.Helper()
	require.Eventually(k.t, func() bool {
		var waiting int
		err := k.Pool.QueryRow(context.Background(),
			`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting)
		return err == nil && waiting >= n
	}, 4*1e9, 5*1e6)
}
