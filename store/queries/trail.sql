-- name: InsertTrail :execrows
-- An entry, unless the same one was written so many seconds ago or less.
INSERT INTO trail (id, dealer_id, actor, key_id, kind, object_kind, object_id, data)
SELECT sqlc.arg(id)::uuid, sqlc.arg(dealer_id)::uuid, sqlc.arg(actor)::text, sqlc.narg(key_id)::uuid, sqlc.arg(kind)::text,
    sqlc.arg(object_kind)::text, sqlc.arg(object_id)::uuid, sqlc.arg(data)::jsonb
WHERE sqlc.arg(again)::float8 = 0 OR NOT EXISTS (
    SELECT 1 FROM trail t WHERE t.dealer_id = sqlc.arg(dealer_id)::uuid AND t.object_id = sqlc.arg(object_id)::uuid
        AND t.kind = sqlc.arg(kind)::text AND t.actor = sqlc.arg(actor)::text
        AND t.at > doorbell_now() - make_interval(secs => sqlc.arg(again)::float8) AND t.data = sqlc.arg(data)::jsonb);

-- name: Trail :many
-- Newest first. What a search found counts as what it is about.
SELECT e.* FROM trail e
WHERE e.dealer_id = sqlc.arg(dealer_id)
  AND (sqlc.narg(kind)::text IS NULL OR e.kind = sqlc.narg(kind)::text)
  AND (sqlc.narg(actor)::text IS NULL OR e.actor = sqlc.narg(actor)::text)
  AND (sqlc.narg(since)::timestamptz IS NULL OR e.at >= sqlc.narg(since)::timestamptz)
  AND (sqlc.narg(object_id)::uuid IS NULL OR e.id IN (
      SELECT o.id FROM trail o WHERE o.dealer_id = sqlc.arg(dealer_id) AND o.object_id = sqlc.narg(object_id)::uuid
      UNION ALL
      SELECT f.id FROM trail f WHERE f.dealer_id = sqlc.arg(dealer_id) AND f.kind = 'leads_searched'
          AND f.data @> jsonb_build_object('leads', jsonb_build_array(sqlc.narg(object_id)::uuid))))
  AND (sqlc.narg(before)::timestamptz IS NULL OR (e.at, e.id) < (sqlc.narg(before)::timestamptz, sqlc.narg(before_id)::uuid))
ORDER BY e.at DESC, e.id DESC LIMIT sqlc.arg(most)::integer;

-- name: PruneTrail :one
SELECT prune_trail(make_interval(secs => sqlc.arg(keep)::float8))::bigint AS removed;

-- name: NamesOfCustomers :many
SELECT * FROM customer WHERE dealer_id = sqlc.arg(dealer_id) AND id = ANY(sqlc.arg(ids)::uuid[]);
