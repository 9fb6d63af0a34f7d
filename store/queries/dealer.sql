-- name: InsertDealer :exec
INSERT INTO dealer (id, name, country, zone, language, phone, address, mail_from, colour)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: ListDealers :many
SELECT * FROM dealer ORDER BY created_at, id;

-- name: InsertStaff :exec
INSERT INTO staff (id, dealer_id, email, name, phone, role, language, password_hash, languages, makes, capacity)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: ListStaff :many
SELECT * FROM staff WHERE dealer_id = $1 ORDER BY name, id;

-- name: StaffByEmail :one
SELECT * FROM staff WHERE dealer_id = $1 AND email = lower($2);

-- name: SetPassword :exec
UPDATE staff SET password_hash = $3 WHERE dealer_id = $1 AND id = $2;

-- name: RotationStaff :many
-- Everybody who is active, the least recently assigned first, and when they are
-- away from an instant on.
SELECT s.id, s.email, s.role, s.languages, s.makes, s.capacity, s.paused_at,
       ARRAY(SELECT a.from_at FROM staff_absence a WHERE a.staff_id = s.id AND a.until_at > sqlc.arg(at) ORDER BY a.from_at, a.until_at)::timestamptz[] AS absent_from,
       ARRAY(SELECT a.until_at FROM staff_absence a WHERE a.staff_id = s.id AND a.until_at > sqlc.arg(at) ORDER BY a.from_at, a.until_at)::timestamptz[] AS absent_until
FROM staff s WHERE s.dealer_id = sqlc.arg(dealer_id) AND s.active
ORDER BY s.last_assigned_at NULLS FIRST, s.created_at, s.id;

-- name: RotationAbsences :many
SELECT staff_id, from_at, until_at FROM staff_absence WHERE dealer_id = $1 AND until_at > $2;

-- name: LockRotation :exec
-- Held until the end of the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('rotation ' || sqlc.arg(dealer_id)::uuid::text, 0));

-- name: AssignedNow :exec
UPDATE staff SET last_assigned_at = $3 WHERE dealer_id = $1 AND id = $2;

-- name: InsertSource :exec
INSERT INTO source (id, dealer_id, code, name, party, paid, cost_cents, currency)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: ListSources :many
SELECT * FROM source WHERE dealer_id = $1 ORDER BY code;

-- name: SourceByCode :one
SELECT * FROM source WHERE dealer_id = $1 AND code = $2;

-- name: GetSource :one
SELECT * FROM source WHERE id = $1;

-- name: InsertKey :execrows
-- A second time changes nothing.
INSERT INTO api_key (id, dealer_id, name, scope, source_id, prefix, hash) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING;

-- name: KeyByHash :one
SELECT k.id, k.dealer_id, k.name, k.scope, k.source_id, coalesce(s.code, '')::text AS source_code, d.country, d.zone
FROM api_key k JOIN dealer d ON d.id = k.dealer_id LEFT JOIN source s ON s.id = k.source_id
WHERE k.hash = $1 AND k.revoked_at IS NULL;

-- name: TouchKey :exec
-- Once a minute is enough to tell a key that is used from one that is not.
UPDATE api_key SET last_used_at = doorbell_now() WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < doorbell_now() - interval '1 minute');

-- name: RevokeKeys :execrows
UPDATE api_key SET revoked_at = doorbell_now() WHERE dealer_id = $1 AND name = $2 AND revoked_at IS NULL;
