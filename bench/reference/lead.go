package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// webLead is one lead of a website, of the sizes that it has in the product's
// tables.
type webLead struct {
	id, customer, raw uuid.UUID
	external          string
	lastName          string
	phone, email      string
	body              []byte
	fingerprint       []byte
}

func newWebLead(i int) webLead {
	l := webLead{
		id: newID(), customer: newID(), raw: newID(),
		external: fmt.Sprintf("reference-%d", i), lastName: fmt.Sprintf("Number%d", i),
		phone: fmt.Sprintf("+3161%07d", i), email: fmt.Sprintf("lead%d@mail.example", i),
	}
	l.body = fmt.Appendf(nil, `{"external_id": %q, "request": "test_drive",
		"customer": {"first_name": "Lead", "last_name": %q, "email": %q, "phone": %q},
		"vehicle": {"condition": "new", "make": "Renault", "model": "Captur"}}`, l.external, l.lastName, l.email, l.phone)
	sum := sha256.Sum256(l.body)
	l.fingerprint = sum[:]
	return l
}

// The statements by which intake stores a lead; see store/queries/intake.sql.
const (
	insertRaw = `INSERT INTO raw_message (id, dealer_id, source_id, content_type, body, fingerprint, idempotency_key, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	insertCustomer = `INSERT INTO customer (id, dealer_id, first_name, infix, last_name, full_name,
    postal_code, city, country, language, preferred_contact, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	insertContact = `INSERT INTO customer_contact (dealer_id, customer_id, kind, position, written, normalised, valid)
VALUES ($1, $2, $3, $4, $5, $6, $7)`
	insertLead = `INSERT INTO lead (id, dealer_id, source_id, customer_id, external_id, content_hash, channel, request, campaign, test, lenient, ignored,
    condition, make, model, year, trim, vin, stock_number, price_amount, price_currency, trade_in, comments,
    requested_at, received_at, duplicate_of, policy_version, reason_version, phase, stage, status, close_reason, closed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28,
    $29, $30, $31, $32, $33)`
	insertRawLead = `INSERT INTO raw_lead (raw_id, position, dealer_id, lead_id, resent) VALUES ($1, $2, $3, $4, $5)`
)

func (d *database) storeRaw(ctx context.Context, tx pgx.Tx, l webLead, now time.Time) error {
	_, err := tx.Exec(ctx, insertRaw, l.raw, d.dealer, d.source, "application/json", l.body, l.fingerprint, nil, now)
	return err
}

// storeLead writes customer, contacts and lead.
func (d *database) storeLead(ctx context.Context, tx pgx.Tx, l webLead, now time.Time, policy, reasons int32) error {
	_, err := tx.Exec(ctx, insertCustomer, l.customer, d.dealer, "Lead", "", l.lastName, "", "", "", "", "", "", now)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, insertContact, d.dealer, l.customer, "phone", 0, l.phone, l.phone, true); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, insertContact, d.dealer, l.customer, "email", 0, l.email, l.email, true); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, insertLead, l.id, d.dealer, d.source, l.customer, l.external, l.fingerprint, "web", "test_drive", "", false, false, []string{},
		"new", "Renault", "Captur", nil, "", "", "", "", "", nil, "",
		nil, now, nil, policy, reasons, "showroom", "new", "open", "", nil)
	return err
}

func (d *database) storeRawLead(ctx context.Context, tx pgx.Tx, l webLead) error {
	_, err := tx.Exec(ctx, insertRawLead, l.raw, 1, d.dealer, l.id, false)
	return err
}

// inTx runs f as the product runs a transaction on behalf of a dealer.
func (d *database) inTx(ctx context.Context, f func(tx pgx.Tx) error) error {
	options := pgx.TxOptions{BeginQuery: "BEGIN; SET LOCAL doorbell.dealer = '" + d.dealer.String() + "'"}
	return pgx.BeginTxFunc(ctx, d.pool, options, f)
}
