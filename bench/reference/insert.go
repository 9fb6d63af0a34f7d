package main

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// connectionsOfServe are those that the product's API opens when nobody says
// otherwise.
const connectionsOfServe = 16

// insert is Postgres alone: the transaction by which intake stores a lead of a
// website, the statements of store.Receive one by one, and nothing else.
// It is at rest when it is committed.
type insert struct {
	db *database
	t  *tally
}

func newInsert(ctx context.Context, o options, t *tally) (*insert, error) {
	db, err := newDatabase(ctx, o.postgres, o.doorbell, connectionsOfServe)
	if err != nil {
		return nil, err
	}
	return &insert{db: db, t: t}, nil
}

func (r *insert) begin(ctx context.Context, i int) error {
	l := newWebLead(i)
	if err := r.db.inTx(ctx, func(tx pgx.Tx) error { return r.db.receive(ctx, tx, l) }); err != nil {
		return err
	}
	r.t.rest(i)
	return nil
}

// What intake asks before it stores; see store/queries/.
const (
	rawErased = `SELECT id FROM raw_message
WHERE source_id = $1 AND erased_at IS NOT NULL
  AND fingerprint = (SELECT convert_to(pseudonym($2, 'message', encode($3::bytea, 'hex')), 'UTF8'))
ORDER BY received_at LIMIT 1`
	currentVersions = `SELECT doorbell_now()::timestamptz AS now,
       (SELECT coalesce(max(p.version), 0) FROM policy p WHERE p.dealer_id = $1)::integer AS policy,
       (SELECT coalesce(max(r.version), 0) FROM reason_catalogue r WHERE r.dealer_id = $1)::integer AS reasons`
	lockPerson       = `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`
	leadByExternalID = `SELECT id, customer_id, duplicate_of, status, content_hash, ignored, condition, make, model, year, trim, vin, stock_number,
       price_amount, price_currency, trade_in, comments, campaign, erased_at
FROM lead WHERE source_id = $1 AND external_id IN ($2::text, (SELECT pseudonym($3, 'external_id', $2::text)))
ORDER BY received_at DESC LIMIT 1 FOR NO KEY UPDATE`
	openLeadsOfPerson = `WITH person AS MATERIALIZED (
    SELECT c.customer_id FROM customer_contact c
    WHERE c.dealer_id = $1 AND c.valid AND c.kind = 'phone' AND c.normalised = ANY($2::text[])
    UNION
    SELECT c.customer_id FROM customer_contact c
    WHERE c.dealer_id = $1 AND c.valid AND c.kind = 'email' AND c.normalised = ANY($3::text[])
)
SELECT l.id, l.make, l.model, l.stock_number, l.vin, l.condition, l.received_at, l.status, l.stage
FROM person JOIN lead l USING (customer_id)
WHERE l.status <> 'closed' AND l.duplicate_of IS NULL
ORDER BY l.received_at, l.id`
	insertOutbox = `INSERT INTO outbox (dealer_id, lead_id, happening, next_try_at, created_at) VALUES ($1, $2, $3, $4, $4)`
)

// receive stores a lead that nobody knows, of a person whom nobody knows.
func (d *database) receive(ctx context.Context, tx pgx.Tx, l webLead) error {
	if err := unknown(ctx, tx, rawErased, d.source, d.dealer, l.fingerprint); err != nil {
		return err
	}
	var now time.Time
	var policy, reasons int32
	if err := tx.QueryRow(ctx, currentVersions, d.dealer).Scan(&now, &policy, &reasons); err != nil {
		return err
	}
	if err := d.storeRaw(ctx, tx, l, now); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, lockPerson, "external "+d.source.String()+" "+l.external); err != nil {
		return err
	}
	if err := unknown(ctx, tx, leadByExternalID, d.source, l.external, d.dealer); err != nil {
		return err
	}
	for _, name := range []string{l.phone, l.email} {
		if _, err := tx.Exec(ctx, lockPerson, "person "+d.dealer.String()+" "+name); err != nil {
			return err
		}
	}
	if err := unknown(ctx, tx, openLeadsOfPerson, d.dealer, []string{l.phone}, []string{l.email}); err != nil {
		return err
	}
	if err := d.storeLead(ctx, tx, l, now, policy, reasons); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, insertOutbox, d.dealer, l.id, nil, now); err != nil {
		return err
	}
	return d.storeRawLead(ctx, tx, l)
}

// unknown runs a query that looks for an earlier one and must not find any.
func unknown(ctx context.Context, tx pgx.Tx, query string, args ...any) error {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		return rows.Err()
	}
	return errors.New("done twice: it is there already")
}

func (r *insert) warmed(ctx context.Context) error { return r.db.analyze(ctx) }

func (r *insert) check(ctx context.Context, n int) error {
	return r.db.count(ctx, n, map[string]string{
		"messages":        `SELECT count(*) FROM raw_message`,
		"customers":       `SELECT count(*) FROM customer`,
		"leads":           `SELECT count(DISTINCT external_id) FROM lead`,
		"outbox entries":  `SELECT count(*) FROM outbox`,
		"links to a lead": `SELECT count(*) FROM raw_lead`,
	})
}

func (r *insert) close(ctx context.Context) error { return r.db.close(ctx) }
