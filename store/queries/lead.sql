-- name: GetLead :one
SELECT sqlc.embed(l), sqlc.embed(c), s.code AS source_code, s.name AS source_name, s.party,
       o.email AS owner_email, o.name AS owner_name, doorbell_now()::timestamptz AS now
FROM lead l JOIN customer c ON c.id = l.customer_id JOIN source s ON s.id = l.source_id LEFT JOIN staff o ON o.id = l.owner_id
WHERE l.dealer_id = $1 AND l.id = $2;

-- name: ListLeads :many
SELECT sqlc.embed(l), sqlc.embed(c), s.code AS source_code, s.name AS source_name, s.party,
       o.email AS owner_email, o.name AS owner_name, doorbell_now()::timestamptz AS now
FROM lead l JOIN customer c ON c.id = l.customer_id JOIN source s ON s.id = l.source_id LEFT JOIN staff o ON o.id = l.owner_id
WHERE l.dealer_id = sqlc.arg(dealer_id)
  AND (sqlc.narg(status)::text IS NULL OR l.status = sqlc.narg(status)::text)
  AND (sqlc.narg(stage)::text IS NULL OR l.stage = sqlc.narg(stage)::text)
  AND (sqlc.narg(owner_id)::uuid IS NULL OR l.owner_id = sqlc.narg(owner_id)::uuid)
  AND (sqlc.narg(source_id)::uuid IS NULL OR l.source_id = sqlc.narg(source_id)::uuid)
  AND (sqlc.narg(overdue)::boolean IS NULL OR (coalesce(l.next_deadline_at <= doorbell_now(), false) AND l.status <> 'closed') = sqlc.narg(overdue)::boolean)
  AND (sqlc.narg(q)::text IS NULL
       OR concat_ws(' ', c.first_name, c.infix, c.last_name) ILIKE sqlc.narg(q)::text OR c.full_name ILIKE sqlc.narg(q)::text
       OR concat_ws(' ', l.make, l.model) ILIKE sqlc.narg(q)::text OR l.stock_number ILIKE sqlc.narg(q)::text OR l.external_id ILIKE sqlc.narg(q)::text
       OR EXISTS (SELECT 1 FROM customer_contact k WHERE k.customer_id = c.id
                  AND (k.normalised ILIKE sqlc.narg(q)::text OR k.written ILIKE sqlc.narg(q)::text OR (k.kind = 'phone' AND sqlc.narg(digits)::text IS NOT NULL AND k.normalised LIKE sqlc.narg(digits)::text))))
  AND (sqlc.narg(after_id)::uuid IS NULL
       OR (sqlc.arg(by_deadline)::boolean AND (coalesce(l.next_deadline_at, 'infinity'), l.id) > (sqlc.narg(after_at)::timestamptz, sqlc.narg(after_id)::uuid))
       OR (NOT sqlc.arg(by_deadline)::boolean AND (l.received_at, l.id) < (sqlc.narg(after_at)::timestamptz, sqlc.narg(after_id)::uuid)))
ORDER BY CASE WHEN sqlc.arg(by_deadline)::boolean THEN coalesce(l.next_deadline_at, 'infinity') END,
         CASE WHEN sqlc.arg(by_deadline)::boolean THEN l.id END,
         CASE WHEN NOT sqlc.arg(by_deadline)::boolean THEN l.received_at END DESC,
         CASE WHEN NOT sqlc.arg(by_deadline)::boolean THEN l.id END DESC
LIMIT sqlc.arg(most)::integer;

-- name: LinkedLeads :many
SELECT k.lead_id AS id, k.same_car, l.received_at, s.code AS source_code, s.party FROM lead_link k JOIN lead l ON l.id = k.lead_id JOIN source s ON s.id = l.source_id WHERE k.other_id = $1
UNION
SELECT k.other_id AS id, k.same_car, l.received_at, s.code AS source_code, s.party FROM lead_link k JOIN lead l ON l.id = k.other_id JOIN source s ON s.id = l.source_id WHERE k.lead_id = $1
ORDER BY 3, 1;

-- name: LatestAppointment :one
SELECT a.*, coalesce(n.text, '')::text AS note FROM appointment a LEFT JOIN note n ON n.id = a.note_id WHERE a.lead_id = $1 ORDER BY a.created_at DESC, a.id DESC LIMIT 1;

-- name: LatestClosing :one
SELECT c.*, coalesce(n.text, '')::text AS note, coalesce(d.text, '')::text AS decision_note FROM closing c
LEFT JOIN note n ON n.id = c.note_id LEFT JOIN note d ON d.id = c.decision_note_id
WHERE c.lead_id = $1 AND c.state <> 'asked' ORDER BY c.asked_at DESC, c.id DESC LIMIT 1;

-- name: Timeline :many
SELECT t.id, t.seq, t.at, t.kind, t.actor, t.data FROM timeline t
WHERE t.dealer_id = $1 AND t.lead_id = $2 AND t.seq > $3 ORDER BY t.seq LIMIT sqlc.arg(most)::integer;

-- name: TimelineTail :many
SELECT t.tx, t.id, t.lead_id, t.seq, t.at, t.kind, t.actor, t.data FROM timeline t
WHERE t.dealer_id = $1 AND (t.tx, t.id) > (sqlc.arg(after_tx)::bigint, sqlc.arg(after_id)::bigint)
  AND t.tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
ORDER BY t.tx, t.id LIMIT sqlc.arg(most)::integer;

-- name: TimelineEnd :one
SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::bigint AS tx;

-- name: NotesByID :many
SELECT id, text FROM note WHERE dealer_id = $1 AND id = ANY(sqlc.arg(ids)::uuid[]);

-- name: ClaimRequest :one
-- A request that was in flight for a minute has lost its process: it may be
-- taken over, under the same id, so that nothing is done twice.
INSERT INTO request (dealer_id, key, fingerprint, id, holder, started_at) VALUES ($1, $2, $3, $4, $5, doorbell_now())
ON CONFLICT (dealer_id, key) DO UPDATE SET
    holder = CASE WHEN request.status IS NULL AND request.started_at < doorbell_now() - interval '1 minute' THEN excluded.holder ELSE request.holder END,
    started_at = CASE WHEN request.status IS NULL AND request.started_at < doorbell_now() - interval '1 minute' THEN excluded.started_at ELSE request.started_at END
RETURNING id, holder, fingerprint, status, body;

-- name: FinishRequest :exec
UPDATE request SET status = $3, body = $4 WHERE dealer_id = $1 AND key = $2 AND holder = $5;

-- name: ForgetRequest :exec
DELETE FROM request WHERE dealer_id = $1 AND key = $2 AND holder = $3 AND status IS NULL;

-- name: PruneRequests :execrows
DELETE FROM request WHERE started_at < doorbell_now() - interval '7 days';
