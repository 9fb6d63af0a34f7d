-- name: GetLead :one
SELECT sqlc.embed(l), sqlc.embed(c), s.code AS source_code, s.name AS source_name, s.party,
       o.email AS owner_email, o.name AS owner_name, doorbell_now()::timestamptz AS now
FROM lead l JOIN customer c ON c.id = l.customer_id JOIN source s ON s.id = l.source_id LEFT JOIN staff o ON o.id = l.owner_id
WHERE l.dealer_id = $1 AND l.id = $2;

-- A list of leads goes along an index like the board, by when they came or by
-- their next deadline, where those that have none stand last. Its filters are
-- listed_leads. Words are looked for while it goes along when they are in many
-- leads; the leads that have rare ones are named (FoundLeads). At most so many from
-- each index; whoever reads it sorts and cuts.

-- name: LeadsByReceipt :many
WITH fit AS NOT MATERIALIZED (
    SELECT l.id, l.received_at
    FROM listed_leads(sqlc.arg(dealer_id)::uuid, sqlc.arg(statuses)::text[], sqlc.arg(stages)::text[], sqlc.arg(no_owner)::boolean,
        sqlc.narg(owner_id)::uuid, sqlc.narg(own_source)::uuid, sqlc.narg(source)::text, sqlc.narg(overdue)::boolean, sqlc.arg(words)::text[]) l
)
SELECT p.id, p.received_at FROM (
    (SELECT * FROM fit f WHERE NOT sqlc.arg(backwards)::boolean
       AND f.received_at >= sqlc.arg(from_at)::timestamptz AND (f.received_at > sqlc.arg(from_at)::timestamptz OR f.id > sqlc.arg(from_id)::uuid)
     ORDER BY f.received_at, f.id LIMIT sqlc.arg(most)::integer)
    UNION ALL
    (SELECT * FROM fit f WHERE sqlc.arg(backwards)::boolean
       AND f.received_at <= sqlc.arg(from_at)::timestamptz AND (f.received_at < sqlc.arg(from_at)::timestamptz OR f.id > sqlc.arg(from_id)::uuid)
     ORDER BY f.received_at DESC, f.id LIMIT sqlc.arg(most)::integer)
) p;

-- name: LeadsByDeadline :many
-- What is closed has an index of its own, which is left alone when none of it is
-- asked for, and the other one when nothing else is.
WITH clock AS MATERIALIZED (SELECT doorbell_now() AS now), fit AS NOT MATERIALIZED (
    SELECT l.id, l.status, (CASE WHEN l.next_deadline_at IS NULL THEN 'infinity' ELSE l.next_deadline_at END) AS at
    FROM listed_leads(sqlc.arg(dealer_id)::uuid, sqlc.arg(statuses)::text[], sqlc.arg(stages)::text[], sqlc.arg(no_owner)::boolean,
        sqlc.narg(owner_id)::uuid, sqlc.narg(own_source)::uuid, sqlc.narg(source)::text, sqlc.narg(overdue)::boolean, sqlc.arg(words)::text[]) l
), open AS NOT MATERIALIZED (
    SELECT f.id, f.at FROM fit f WHERE f.status <> 'closed' AND sqlc.arg(statuses)::text[] <> '{closed}'
      AND f.at <= CASE WHEN sqlc.narg(overdue)::boolean THEN (SELECT c.now FROM clock c) ELSE 'infinity' END
), closed AS NOT MATERIALIZED (
    SELECT f.id, f.at FROM fit f WHERE f.status = 'closed' AND sqlc.narg(overdue)::boolean IS NOT TRUE
      AND (cardinality(sqlc.arg(statuses)::text[]) = 0 OR 'closed' = ANY(sqlc.arg(statuses)::text[]))
)
SELECT p.id, (CASE WHEN p.at < 'infinity' THEN extract(epoch FROM p.at) * 1000000 ELSE 9000000000000000000 END)::bigint AS due FROM (
    (SELECT * FROM open o WHERE NOT sqlc.arg(backwards)::boolean
       AND (o.at, o.id) > (coalesce(sqlc.narg(from_at)::timestamptz, 'infinity'), sqlc.arg(from_id)::uuid)
     ORDER BY o.at, o.id LIMIT sqlc.arg(most)::integer)
    UNION ALL
    (SELECT * FROM closed c WHERE NOT sqlc.arg(backwards)::boolean
       AND (c.at, c.id) > (coalesce(sqlc.narg(from_at)::timestamptz, 'infinity'), sqlc.arg(from_id)::uuid)
     ORDER BY c.at, c.id LIMIT sqlc.arg(most)::integer)
    UNION ALL -- backwards those with the same deadline stand in the order of their ids, too
    (SELECT * FROM open o WHERE sqlc.arg(backwards)::boolean
       AND o.at = coalesce(sqlc.narg(from_at)::timestamptz, 'infinity') AND o.id > sqlc.arg(from_id)::uuid
     ORDER BY o.at, o.id LIMIT sqlc.arg(most)::integer)
    UNION ALL
    (SELECT * FROM closed c WHERE sqlc.arg(backwards)::boolean
       AND c.at = coalesce(sqlc.narg(from_at)::timestamptz, 'infinity') AND c.id > sqlc.arg(from_id)::uuid
     ORDER BY c.at, c.id LIMIT sqlc.arg(most)::integer)
    UNION ALL
    (SELECT * FROM open o WHERE sqlc.arg(backwards)::boolean AND o.at < coalesce(sqlc.narg(from_at)::timestamptz, 'infinity')
     ORDER BY o.at DESC, o.id LIMIT sqlc.arg(most)::integer)
    UNION ALL
    (SELECT * FROM closed c WHERE sqlc.arg(backwards)::boolean AND c.at < coalesce(sqlc.narg(from_at)::timestamptz, 'infinity')
     ORDER BY c.at DESC, c.id LIMIT sqlc.arg(most)::integer)
) p;

-- name: LeadsNamed :many
-- Those of the named leads that match, in no order.
SELECT l.id, l.received_at, l.next_deadline_at
FROM listed_leads(sqlc.arg(dealer_id)::uuid, sqlc.arg(statuses)::text[], sqlc.arg(stages)::text[], sqlc.arg(no_owner)::boolean,
    sqlc.narg(owner_id)::uuid, sqlc.narg(own_source)::uuid, sqlc.narg(source)::text, sqlc.narg(overdue)::boolean, '{}') l
WHERE l.id = ANY(sqlc.arg(ids)::uuid[]);

-- name: FoundLeads :one
-- The leads in which all words are found, in no order, or some of them when they
-- are not few: by the index of words, which row-level security would not let a
-- query use.
SELECT f.leads::uuid[] AS ids, f.few::boolean AS few
FROM found_leads(sqlc.arg(dealer_id)::uuid, sqlc.arg(words)::text[], sqlc.arg(only_open)::boolean, sqlc.arg(most)::integer) AS f (leads, few);

-- name: LeadsByID :many
SELECT sqlc.embed(l), sqlc.embed(c), s.code AS source_code, s.party, o.email AS owner_email, o.name AS owner_name
FROM lead l JOIN customer c ON c.id = l.customer_id JOIN source s ON s.id = l.source_id LEFT JOIN staff o ON o.id = l.owner_id
WHERE l.dealer_id = sqlc.arg(dealer_id) AND l.id = ANY(sqlc.arg(ids)::uuid[]);

-- name: ContactsOfCustomers :many
SELECT customer_id, kind, written, normalised, valid FROM customer_contact
WHERE customer_id = ANY(sqlc.arg(customers)::uuid[]) ORDER BY customer_id, kind, position;

-- name: ConsentOfCustomers :many
SELECT customer_id, purpose, channel, wording, at, given, origin, actor FROM consent WHERE customer_id = ANY(sqlc.arg(customers)::uuid[]) ORDER BY customer_id, at, id;

-- name: RefusedByCustomers :many
-- The channels on which these people must not be contacted.
SELECT DISTINCT customer_id, channel FROM refusal WHERE customer_id = ANY(sqlc.arg(customers)::uuid[]) ORDER BY 1, 2;

-- name: LeadStanding :one
-- What has to be known of a lead before it is asked anything.
SELECT l.id, l.source_id, l.status, l.erased_at, l.phase, l.step, l.duplicate_of, l.close_reason, l.policy_version, l.reason_version, doorbell_now()::timestamptz AS now
FROM lead l WHERE l.dealer_id = $1 AND l.id = $2;

-- name: LinksOfLeads :many
-- The links of these leads from either end, the earliest lead first.
SELECT k.other_id AS of, l.id, (k.same_car)::boolean AS credited, l.received_at, s.code, s.party
FROM lead_link k JOIN lead l ON l.id = k.lead_id JOIN source s ON s.id = l.source_id WHERE k.other_id = ANY(sqlc.arg(ids)::uuid[])
UNION
SELECT k.lead_id AS of, l.id, false AS credited, l.received_at, s.code, s.party
FROM lead_link k JOIN lead l ON l.id = k.other_id JOIN source s ON s.id = l.source_id WHERE k.lead_id = ANY(sqlc.arg(ids)::uuid[])
ORDER BY 1, 4, 2;

-- name: LatestAppointments :many
SELECT DISTINCT ON (a.lead_id) a.*, coalesce(n.text, '')::text AS note FROM appointment a LEFT JOIN note n ON n.id = a.note_id
WHERE a.lead_id = ANY(sqlc.arg(ids)::uuid[]) ORDER BY a.lead_id, a.created_at DESC, a.id DESC;

-- name: LatestClosings :many
SELECT DISTINCT ON (c.lead_id) c.*, coalesce(n.text, '')::text AS note, coalesce(d.text, '')::text AS decision_note FROM closing c
LEFT JOIN note n ON n.id = c.note_id LEFT JOIN note d ON d.id = c.decision_note_id
WHERE c.lead_id = ANY(sqlc.arg(ids)::uuid[]) AND c.state <> 'asked' ORDER BY c.lead_id, c.asked_at DESC, c.id DESC;

-- name: Timeline :many
SELECT t.id, t.seq, t.at, t.kind, t.actor, t.data FROM timeline t
WHERE t.dealer_id = $1 AND t.lead_id = $2 AND t.seq > $3 ORDER BY t.seq LIMIT sqlc.arg(most)::integer;

-- name: TimelineTail :many
SELECT t.tx, t.id::bigint AS id, t.lead_id, t.seq, t.at, t.kind, t.actor, t.data, l.step AS version FROM timeline t JOIN lead l ON l.id = t.lead_id
WHERE t.dealer_id = $1 AND (t.tx, t.id) > (sqlc.arg(after_tx)::bigint, sqlc.arg(after_id)::bigint)
  AND t.tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
ORDER BY t.tx, t.id LIMIT sqlc.arg(most)::integer;

-- name: TimelineEnd :one
SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::bigint AS tx;

-- name: NotesByID :many
SELECT id, text FROM note WHERE dealer_id = $1 AND id = ANY(sqlc.arg(ids)::uuid[]);

-- name: ClaimRequest :one
-- A request that was in flight for twenty seconds has lost its process: none takes
-- longer than ten, and five until its answer is kept. It may be taken over, under
-- the same id, so that nothing is done twice.
INSERT INTO request (dealer_id, key, fingerprint, id, holder, started_at) VALUES ($1, $2, $3, $4, $5, doorbell_now())
ON CONFLICT (dealer_id, key) DO UPDATE SET
    holder = CASE WHEN request.status IS NULL AND request.started_at < doorbell_now() - interval '20 seconds' THEN excluded.holder ELSE request.holder END,
    started_at = CASE WHEN request.status IS NULL AND request.started_at < doorbell_now() - interval '20 seconds' THEN excluded.started_at ELSE request.started_at END
RETURNING id, holder, fingerprint, status, body;

-- name: FinishRequest :exec
UPDATE request SET status = $3, body = $4 WHERE dealer_id = $1 AND key = $2 AND holder = $5;

-- name: ForgetRequest :exec
-- Nothing was done: the same key may ask again, as a new request.
DELETE FROM request WHERE dealer_id = $1 AND key = $2 AND holder = $3 AND status IS NULL;

-- name: ReleaseRequest :exec
-- Nobody knows whether it was done: whoever asks again with the key goes on
-- under the same id, so that it is done once.
UPDATE request SET started_at = doorbell_now() - interval '2 minutes' WHERE dealer_id = $1 AND key = $2 AND holder = $3 AND status IS NULL;

-- name: PruneRequests :execrows
DELETE FROM request WHERE started_at < doorbell_now() - interval '7 days';

-- name: DealerOfLead :one
SELECT dealer_id FROM lead WHERE id = $1;
