-- name: ClaimOutbox :many
-- Takes what is due, one entry of each dealer after the other, each dealer's
-- oldest first and at most so many of each, and puts its next try off, so that a
-- relay that dies with it only delays it. What several relays want at once goes to
-- the first; enough is looked at for the second to find something too.
WITH RECURSIVE clock AS (
    SELECT doorbell_now()::timestamptz AS now
), dealers AS (
    (SELECT o.dealer_id FROM outbox o WHERE o.application_id IS NULL ORDER BY o.dealer_id LIMIT 1)
    UNION ALL
    SELECT (SELECT o.dealer_id FROM outbox o WHERE o.application_id IS NULL AND o.dealer_id > d.dealer_id ORDER BY o.dealer_id LIMIT 1)
    FROM dealers d WHERE d.dealer_id IS NOT NULL
), pacing AS (
    (SELECT o.dealer_id FROM outbox o WHERE o.application_id IS NOT NULL ORDER BY o.dealer_id LIMIT 1)
    UNION ALL
    SELECT (SELECT o.dealer_id FROM outbox o WHERE o.application_id IS NOT NULL AND o.dealer_id > d.dealer_id ORDER BY o.dealer_id LIMIT 1)
    FROM pacing d WHERE d.dealer_id IS NOT NULL
), due AS (
    SELECT e.id, e.next_try_at, false AS paced, row_number() OVER (PARTITION BY d.dealer_id ORDER BY e.next_try_at, e.id) AS turn
    FROM dealers d CROSS JOIN LATERAL (
        SELECT o.id, o.next_try_at FROM outbox o
        WHERE o.application_id IS NULL AND o.dealer_id = d.dealer_id AND o.next_try_at <= (SELECT now FROM clock)
        ORDER BY o.next_try_at, o.id LIMIT 2 * sqlc.arg(most)::integer
    ) e
    UNION ALL
    SELECT e.id, e.next_try_at, true, row_number() OVER (PARTITION BY d.dealer_id ORDER BY e.next_try_at, e.id)
    FROM pacing d CROSS JOIN LATERAL (
        SELECT o.id, o.next_try_at FROM outbox o
        WHERE o.application_id IS NOT NULL AND o.dealer_id = d.dealer_id AND o.next_try_at <= (SELECT now FROM clock)
        ORDER BY o.next_try_at, o.id LIMIT 2 * sqlc.arg(most)::integer
    ) e
), candidates AS (
    SELECT d.id, d.paced, d.turn FROM due d WHERE d.turn <= sqlc.arg(of_each)::integer ORDER BY d.paced, d.turn, d.next_try_at, d.id LIMIT 2 * sqlc.arg(most)::integer
), taken AS (
    SELECT o.id, o.next_try_at AS was, n.paced, n.turn FROM candidates n JOIN outbox o ON o.id = n.id
    WHERE o.next_try_at <= (SELECT now FROM clock)
    ORDER BY n.paced, n.turn, o.next_try_at, o.id LIMIT sqlc.arg(most)::integer FOR UPDATE OF o SKIP LOCKED
), claimed AS (
    UPDATE outbox SET tries = tries + 1, next_try_at = (SELECT now FROM clock) + make_interval(secs => least(60, 2 ^ least(tries + 1, 6)))
    WHERE id IN (SELECT t.id FROM taken t)
    RETURNING id, dealer_id, lead_id, happening, tries, created_at, follow_up_id
)
SELECT c.id, c.dealer_id, c.lead_id, c.happening, coalesce(c.happening ->> 'what', '')::text AS what, c.tries, c.created_at, c.follow_up_id, t.was
FROM claimed c JOIN taken t ON t.id = c.id ORDER BY t.paced, t.turn, t.was, t.id;

-- name: PutBackOutbox :exec
-- Entries that were claimed in vain keep their place.
UPDATE outbox SET tries = outbox.tries - 1, next_try_at = b.was
FROM (SELECT unnest(sqlc.arg(ids)::bigint[]) AS id, unnest(sqlc.arg(was)::timestamptz[]) AS was) b
WHERE outbox.id = b.id;

-- name: DeleteOutbox :exec
DELETE FROM outbox WHERE id = ANY(sqlc.arg(ids)::bigint[]);

-- name: OutboxDepth :one
-- What is to be told later by plan does not count, and what was asked of a lead
-- waits for its answer or for its process.
SELECT count(*)::bigint AS waiting, coalesce(extract(epoch FROM doorbell_now() - min(created_at)), 0)::double precision AS oldest_s FROM outbox
WHERE application_id IS NULL AND happening ->> 'what' IS DISTINCT FROM 'asked' AND (next_try_at <= doorbell_now() OR tries > 0);

-- name: OverdueLeads :one
-- Open leads that should have acted by themselves, from the first step on, and
-- for how long the first of them should have. One in the middle of acting
-- counts too.
SELECT count(*)::bigint AS waiting, coalesce(extract(epoch FROM doorbell_now() - min(l.due)), 0)::double precision AS oldest_s
FROM (SELECT (CASE WHEN step = 0 THEN received_at ELSE next_action_at END) AS due FROM lead
      WHERE status <> 'closed' AND duplicate_of IS NULL AND (CASE WHEN step = 0 THEN received_at ELSE next_action_at END) <= (SELECT doorbell_now())) l;

-- name: Crowded :one
-- Whether at least so many leads and follow-ups should act by themselves at this
-- moment: their clocks are over, or they have not been begun.
SELECT (count(*) >= sqlc.arg(many)::integer)::boolean FROM (
    (SELECT FROM lead
     WHERE status <> 'closed' AND duplicate_of IS NULL AND (CASE WHEN step = 0 THEN received_at ELSE next_action_at END) <= (SELECT doorbell_now())
     LIMIT sqlc.arg(many)::integer)
    UNION ALL
    (SELECT FROM follow_up WHERE status = 'open' AND next_action_at <= (SELECT doorbell_now()) LIMIT sqlc.arg(many)::integer)) w;

-- name: LeadsNotBegun :many
-- Those of the leads with which no worker has begun.
SELECT id FROM lead WHERE id = ANY(sqlc.arg(ids)::uuid[]) AND step = 0 AND status <> 'closed';

-- name: NoteAsked :exec
-- Stands for a step that somebody asked for until Temporal is known to have it.
INSERT INTO outbox (dealer_id, lead_id, follow_up_id, happening, next_try_at, created_at)
VALUES ($1, $2, $3, jsonb_build_object('what', 'asked', 'id', sqlc.arg(request)::text), doorbell_now() + interval '30 seconds', doorbell_now());

-- name: DropAsked :exec
DELETE FROM outbox WHERE happening ->> 'what' = 'asked' AND happening ->> 'id' = ANY(sqlc.arg(requests)::text[]);

-- name: Ring :exec
SELECT pg_notify(sqlc.arg(channel)::text, sqlc.arg(payload)::text);
