-- name: ListKeys :many
-- The keys of a dealer, those in use first and the newest of them first.
SELECT k.id, k.name, k.scope, coalesce(s.code, '')::text AS source_code, k.prefix, k.created_at, k.last_used_at, k.revoked_at
FROM api_key k LEFT JOIN source s ON s.id = k.source_id
WHERE k.dealer_id = $1 ORDER BY k.revoked_at IS NOT NULL, k.created_at DESC, k.id;

-- name: GetKey :one
SELECT k.id, k.name, k.scope, coalesce(s.code, '')::text AS source_code, k.prefix, k.created_at, k.last_used_at, k.revoked_at
FROM api_key k LEFT JOIN source s ON s.id = k.source_id
WHERE k.dealer_id = $1 AND k.id = $2;

-- name: RevokeKey :execrows
-- A second time changes nothing.
UPDATE api_key SET revoked_at = doorbell_now() WHERE dealer_id = $1 AND id = $2 AND revoked_at IS NULL;

-- name: LockSource :one
-- A source as it is, until the end of the transaction.
SELECT * FROM source WHERE dealer_id = $1 AND code = $2 FOR NO KEY UPDATE;

-- name: UpdateSource :exec
UPDATE source SET name = $3, party = $4, paid = $5, cost_cents = $6, currency = $7 WHERE dealer_id = $1 AND id = $2;

-- name: GetDealer :one
SELECT * FROM dealer WHERE id = $1;

-- name: LockDealer :one
-- A dealer as he is, until the end of the transaction.
SELECT * FROM dealer WHERE id = $1 FOR NO KEY UPDATE;

-- name: UpdateDealer :exec
UPDATE dealer SET name = $2, phone = $3, address = $4, language = $5, colour = $6, mail_from = $7 WHERE id = $1;

-- name: PutLogo :exec
INSERT INTO dealer_logo (dealer_id, type, body, hash) VALUES ($1, $2, $3, $4)
ON CONFLICT (dealer_id) DO UPDATE SET type = excluded.type, body = excluded.body, hash = excluded.hash, created_at = doorbell_now();

-- name: DeleteLogo :exec
DELETE FROM dealer_logo WHERE dealer_id = $1;

-- name: SetLogoURL :exec
UPDATE dealer SET logo_url = $2 WHERE id = $1;

-- name: LogoByHash :one
-- Anybody may see it: it stands on mails.
SELECT type, body FROM dealer_logo WHERE hash = $1;
