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
SELECT (SELECT coalesce(max(p.version), 0) FROM policy p WHERE p.dealer_id = sqlc.arg(dealer_id))::integer AS policy,
       (SELECT coalesce(max(r.version), 0) FROM reason_catalogue r WHERE r.dealer_id = sqlc.arg(dealer_id))::integer AS reasons,
       (SELECT p.text FROM policy p WHERE p.dealer_id = sqlc.arg(dealer_id) ORDER BY p.version DESC LIMIT 1)::text AS policy_text;

-- name: MoveDealer :exec
UPDATE dealer SET zone = $2, country = $3 WHERE id = $1 AND (zone <> $2 OR country <> $3);
