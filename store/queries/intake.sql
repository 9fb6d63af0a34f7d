-- name: TryLockRequest :one
-- False when the same key is being worked on at this very moment.
SELECT pg_try_advisory_xact_lock(hashtextextended(sqlc.arg(name), 0)) AS taken;

-- name: LockNames :exec
-- Two leads of one person at once must see each other. The names are locked in their
-- order.
SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(sqlc.arg(names)::text[]) AS name;

-- name: Now :one
SELECT doorbell_now()::timestamptz AS now;

-- name: RawByKey :one
-- The message that came under a key. Of one that was erased the key's pseudonym
-- is left, and no body to compare with.
SELECT id, fingerprint, erased_at FROM raw_message
WHERE source_id = sqlc.arg(source_id) AND idempotency_key IN (sqlc.arg(key)::text, (SELECT pseudonym(sqlc.arg(dealer_id), 'key', sqlc.arg(key)::text)))
ORDER BY received_at DESC LIMIT 1;

-- name: RawErased :one
-- The very same message, byte for byte, when it was erased.
SELECT id FROM raw_message
WHERE source_id = sqlc.arg(source_id) AND erased_at IS NOT NULL
  AND fingerprint = (SELECT convert_to(pseudonym(sqlc.arg(dealer_id), 'message', encode(sqlc.arg(fingerprint)::bytea, 'hex')), 'UTF8'))
ORDER BY received_at LIMIT 1;

-- name: InsertRaw :exec
INSERT INTO raw_message (id, dealer_id, source_id, content_type, body, fingerprint, idempotency_key, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: InsertRawLead :exec
INSERT INTO raw_lead (raw_id, position, dealer_id, lead_id, resent) VALUES ($1, $2, $3, $4, $5);

-- name: RawLeads :many
SELECT r.position, r.resent, l.id, l.duplicate_of, l.ignored, l.status
FROM raw_lead r JOIN lead l ON l.id = r.lead_id WHERE r.raw_id = $1 ORDER BY r.position;

-- name: RawQuarantine :many
SELECT id, position, reason FROM quarantine WHERE raw_id = $1 ORDER BY position;

-- name: LeadByExternalID :one
SELECT id, customer_id, duplicate_of, status, content_hash, ignored, condition, make, model, year, trim, vin, stock_number,
       price_amount, price_currency, trade_in, comments, campaign, erased_at
FROM lead WHERE source_id = sqlc.arg(source_id) AND external_id IN (sqlc.arg(external_id)::text, (SELECT pseudonym(sqlc.arg(dealer_id), 'external_id', sqlc.arg(external_id)::text)))
ORDER BY received_at DESC LIMIT 1 FOR NO KEY UPDATE;

-- name: OpenLeadsOfPerson :many
-- Open leads of whoever has one of these numbers or addresses, oldest first. Who
-- he is is found out first, so that tables without statistics do not have every
-- open lead looked at.
WITH person AS MATERIALIZED (
    SELECT c.customer_id FROM customer_contact c
    WHERE c.dealer_id = $1 AND c.valid AND c.kind = 'phone' AND c.normalised = ANY(sqlc.arg(phones)::text[])
    UNION
    SELECT c.customer_id FROM customer_contact c
    WHERE c.dealer_id = $1 AND c.valid AND c.kind = 'email' AND c.normalised = ANY(sqlc.arg(emails)::text[])
)
SELECT l.id, l.make, l.model, l.stock_number, l.vin, l.condition, l.received_at, l.status, l.stage
FROM person JOIN lead l USING (customer_id)
WHERE l.status <> 'closed' AND l.duplicate_of IS NULL
ORDER BY l.received_at, l.id;

-- name: InsertCustomer :exec
INSERT INTO customer (id, dealer_id, first_name, infix, last_name, full_name, postal_code, city, country, language, preferred_contact, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: InsertContacts :exec
INSERT INTO customer_contact (dealer_id, customer_id, kind, position, written, normalised, valid)
SELECT sqlc.arg(dealer_id), sqlc.arg(customer_id), unnest(sqlc.arg(kinds)::text[]), unnest(sqlc.arg(positions)::integer[]),
       unnest(sqlc.arg(written)::text[]), unnest(sqlc.arg(normalised)::text[]), unnest(sqlc.arg(valid)::boolean[]);

-- name: CustomerContacts :many
SELECT kind, position, written, normalised, valid FROM customer_contact WHERE customer_id = $1 ORDER BY kind, position;

-- name: GetCustomer :one
SELECT * FROM customer WHERE id = $1;

-- name: UpdateCustomer :exec
UPDATE customer SET first_name = $2, infix = $3, last_name = $4, full_name = $5, postal_code = $6, city = $7,
    country = $8, language = $9, preferred_contact = $10
WHERE id = $1;


-- name: InsertDoNotContact :exec
INSERT INTO do_not_contact (dealer_id, channel, normalised, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: InsertLead :exec
INSERT INTO lead (id, dealer_id, source_id, customer_id, external_id, content_hash, channel, request, campaign, test, lenient, ignored,
    condition, make, model, year, trim, vin, stock_number, price_amount, price_currency, trade_in, comments,
    requested_at, received_at, duplicate_of, policy_version, reason_version, phase, stage, status, close_reason, closed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28,
    $29, $30, $31, $32, $33);

-- name: UpdateLeadContent :exec
UPDATE lead SET content_hash = $2, condition = $3, make = $4, model = $5, year = $6, trim = $7, vin = $8, stock_number = $9,
    price_amount = $10, price_currency = $11, trade_in = $12, comments = $13, campaign = $14
WHERE id = $1;

-- name: InsertLink :exec
INSERT INTO lead_link (dealer_id, lead_id, other_id, same_car, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING;

-- name: InsertQuarantine :exec
INSERT INTO quarantine (id, dealer_id, source_id, raw_id, position, reason, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: ListQuarantine :many
SELECT q.id, q.position, q.reason, q.created_at, q.lead_id, q.resolved_at, s.code AS source, r.content_type, octet_length(r.body)::integer AS size, r.received_at
FROM quarantine q JOIN source s ON s.id = q.source_id JOIN raw_message r ON r.id = q.raw_id
WHERE q.dealer_id = $1 AND (r.erased_at IS NULL OR q.lead_id IS NOT NULL) AND (sqlc.narg(resolved)::boolean IS NULL OR (q.resolved_at IS NOT NULL) = sqlc.narg(resolved)::boolean)
  AND (sqlc.narg(before)::timestamptz IS NULL OR (q.created_at, q.id) < (sqlc.narg(before)::timestamptz, sqlc.narg(before_id)::uuid))
ORDER BY q.created_at DESC, q.id DESC LIMIT sqlc.arg(most)::integer;

-- name: OpenQuarantine :one
-- The entry of the very same message that still waits for somebody.
SELECT q.id, q.position, q.reason FROM quarantine q JOIN raw_message r ON r.id = q.raw_id
WHERE q.dealer_id = $1 AND q.source_id = $2 AND q.position = $3 AND r.fingerprint = $4 AND q.resolved_at IS NULL
ORDER BY q.created_at, q.id LIMIT 1;

-- name: GetQuarantine :one
SELECT q.*, s.code AS source, r.content_type, r.body, r.received_at
FROM quarantine q JOIN source s ON s.id = q.source_id JOIN raw_message r ON r.id = q.raw_id
WHERE q.dealer_id = $1 AND q.id = $2 AND (r.erased_at IS NULL OR q.lead_id IS NOT NULL);

-- name: LockQuarantine :one
SELECT q.id, q.source_id, q.raw_id, q.position, q.lead_id, r.received_at, r.erased_at FROM quarantine q JOIN raw_message r ON r.id = q.raw_id
WHERE q.dealer_id = $1 AND q.id = $2 FOR UPDATE OF q;

-- name: ResolveQuarantine :exec
UPDATE quarantine SET lead_id = $3, resolved_at = $4, resolved_by = $5 WHERE dealer_id = $1 AND id = $2;

-- name: InsertOutbox :exec
INSERT INTO outbox (dealer_id, lead_id, happening, next_try_at, created_at) VALUES ($1, $2, $3, $4, $4);

-- name: ReviveLead :one
UPDATE lead SET duplicate_of = NULL, status = 'open', stage = 'new', close_reason = '', closed_at = NULL
WHERE id = $1 AND step = 0 AND duplicate_of IS NOT NULL RETURNING dealer_id;
