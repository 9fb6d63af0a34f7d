-- name: InsertPolicy :one
INSERT INTO policy (dealer_id, version, text, created_by)
SELECT sqlc.arg(dealer_id), coalesce(max(version), 0) + 1, sqlc.arg(text), sqlc.narg(created_by)::uuid FROM policy WHERE dealer_id = sqlc.arg(dealer_id)
RETURNING version;

-- name: LatestPolicy :one
SELECT * FROM policy WHERE dealer_id = $1 ORDER BY version DESC LIMIT 1;

-- name: GetPolicy :one
SELECT * FROM policy WHERE dealer_id = $1 AND version = $2;

-- name: InsertReasons :one
INSERT INTO reason_catalogue (dealer_id, version, changes, created_by)
SELECT sqlc.arg(dealer_id), coalesce(max(version), 0) + 1, sqlc.arg(changes), sqlc.narg(created_by)::uuid FROM reason_catalogue WHERE dealer_id = sqlc.arg(dealer_id)
RETURNING version;

-- name: GetReasons :one
SELECT * FROM reason_catalogue WHERE dealer_id = $1 AND version = $2;

-- name: CurrentVersions :one
-- The newest versions of the dealer's policy and reasons, and what time it is.
SELECT doorbell_now()::timestamptz AS now,
       (SELECT coalesce(max(p.version), 0) FROM policy p WHERE p.dealer_id = sqlc.arg(dealer_id))::integer AS policy,
       (SELECT coalesce(max(r.version), 0) FROM reason_catalogue r WHERE r.dealer_id = sqlc.arg(dealer_id))::integer AS reasons;

-- name: MoveDealer :exec
UPDATE dealer SET zone = $2, country = $3 WHERE id = $1 AND (zone <> $2 OR country <> $3);

-- name: PolicyVersions :many
-- A duplicate runs in the process of another lead and has no version of its own.
WITH kept AS (
    SELECT l.policy_version AS version, count(*) AS leads FROM lead l
    WHERE l.dealer_id = sqlc.arg(dealer_id) AND l.status <> 'closed' AND l.duplicate_of IS NULL GROUP BY l.policy_version
)
SELECT p.version, p.created_at, p.created_by, coalesce(kept.leads, 0)::integer AS open_leads
FROM policy p LEFT JOIN kept ON kept.version = p.version
WHERE p.dealer_id = sqlc.arg(dealer_id) AND (sqlc.narg(before)::integer IS NULL OR p.version < sqlc.narg(before)::integer)
ORDER BY p.version DESC LIMIT sqlc.arg(most);

-- name: PolicyApplications :many
SELECT a.*, (SELECT count(*) FROM outbox o WHERE o.application_id = a.id)::integer AS waiting
FROM policy_application a
WHERE a.dealer_id = sqlc.arg(dealer_id)
    AND (sqlc.narg(before_at)::timestamptz IS NULL OR (a.created_at, a.id) < (sqlc.narg(before_at)::timestamptz, sqlc.narg(before_id)::uuid))
ORDER BY a.created_at DESC, a.id DESC LIMIT sqlc.arg(most);

-- name: NamesOfLeads :many
SELECT l.id, l.make, l.model, sqlc.embed(c) FROM lead l JOIN customer c ON c.id = l.customer_id
WHERE l.dealer_id = sqlc.arg(dealer_id) AND l.id = ANY(sqlc.arg(lead_ids)::uuid[]);
