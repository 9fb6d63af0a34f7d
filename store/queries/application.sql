-- name: LeadsUnderOlderPolicy :many
SELECT l.id, l.process, l.reason_version, l.channel, l.request, l.make, l.model, l.condition, l.price_amount, l.received_at, s.code AS source, s.party,
       c.postal_code, c.language, d.language AS dealer_language, sqlc.arg(version)::integer AS version,
       EXISTS (SELECT 1 FROM customer_contact mine
               JOIN customer_contact other ON other.dealer_id = mine.dealer_id AND other.kind = mine.kind AND other.normalised = mine.normalised AND other.valid
               JOIN lead e ON e.customer_id = other.customer_id
               WHERE mine.customer_id = l.customer_id AND mine.valid AND e.id <> l.id AND (e.received_at, e.id) < (l.received_at, l.id))::boolean AS known
FROM lead l JOIN source s ON s.id = l.source_id JOIN customer c ON c.id = l.customer_id JOIN dealer d ON d.id = l.dealer_id
WHERE l.dealer_id = sqlc.arg(dealer_id) AND l.status <> 'closed' AND l.duplicate_of IS NULL AND l.step > 0 AND l.policy_version < sqlc.arg(version)::integer
ORDER BY l.next_deadline_at NULLS LAST, l.id;

-- name: RunningApplications :many
SELECT a.* FROM policy_application a WHERE a.dealer_id = $1 AND a.cancelled_at IS NULL
    AND EXISTS (SELECT 1 FROM outbox o WHERE o.application_id = a.id) ORDER BY a.created_at, a.id;

-- name: InsertApplication :one
INSERT INTO policy_application (id, dealer_id, version, leads, created_by, created_at) VALUES ($1, $2, $3, 0, $4, doorbell_now()) RETURNING *;

-- name: QueueApplication :execrows
-- The rate is in the instants at which the leads are told.
INSERT INTO outbox (dealer_id, lead_id, happening, application_id, created_at, next_try_at)
SELECT l.dealer_id, l.id, sqlc.arg(happening)::jsonb, sqlc.arg(application_id), doorbell_now(),
    doorbell_now() + make_interval(secs => (row_number() OVER (ORDER BY l.next_deadline_at NULLS LAST, l.id) - 1) / sqlc.arg(per_second)::double precision)
FROM lead l WHERE l.dealer_id = sqlc.arg(dealer_id) AND l.status <> 'closed' AND l.duplicate_of IS NULL AND l.policy_version < sqlc.arg(version)::integer;

-- name: CountApplication :exec
UPDATE policy_application SET leads = $2 WHERE id = $1;

-- name: ApplicationWaiting :one
SELECT count(*) FROM outbox WHERE application_id = $1;

-- name: GetApplication :one
SELECT * FROM policy_application WHERE dealer_id = $1 AND id = $2;

-- name: DropApplication :exec
DELETE FROM outbox WHERE application_id = $1;

-- name: CancelApplication :exec
UPDATE policy_application SET cancelled_by = $3, cancelled_at = doorbell_now() WHERE dealer_id = $1 AND id = $2 AND cancelled_at IS NULL;
