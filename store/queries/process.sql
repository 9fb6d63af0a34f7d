-- name: LeadForStart :one
-- What a workflow is started with.
SELECT l.id, l.dealer_id, l.process, l.step, l.policy_version, l.reason_version, l.test, l.phase, l.received_at, l.duplicate_of, l.again_of, s.code AS source
FROM lead l JOIN source s ON s.id = l.source_id WHERE l.id = $1;

-- name: LockLead :one
SELECT l.id, l.dealer_id, l.customer_id, l.process, l.step, l.timeline_seq, l.status, l.policy_version, l.reason_version, l.channel, l.request, l.make, l.model,
       l.condition, l.price_amount, l.received_at, l.test, l.owner_id, l.erased_at, s.code AS source, s.party, s.paid,
       c.postal_code, c.language, d.language AS dealer_language, doorbell_now()::timestamptz AS now
FROM lead l JOIN source s ON s.id = l.source_id JOIN customer c ON c.id = l.customer_id JOIN dealer d ON d.id = l.dealer_id
WHERE l.id = $1 FOR NO KEY UPDATE OF l;

-- name: HappenedBefore :one
SELECT EXISTS (SELECT 1 FROM timeline WHERE lead_id = $1 AND happening = sqlc.arg(happening)::text) AS happened;

-- name: EarlierLead :one
-- The person's lead before this one, over all his numbers and addresses, and
-- who worked it: no row when he is new.
WITH person AS MATERIALIZED (
    SELECT DISTINCT other.customer_id FROM customer_contact mine
    JOIN customer_contact other ON other.dealer_id = mine.dealer_id AND other.kind = mine.kind AND other.normalised = mine.normalised AND other.valid
    WHERE mine.customer_id = $1 AND mine.valid
)
SELECT l.id, l.owner_id FROM person JOIN lead l USING (customer_id)
WHERE l.id <> $2 AND (l.received_at, l.id) < (SELECT n.received_at, n.id FROM lead n WHERE n.id = $2)
ORDER BY (l.owner_id IS NULL), l.received_at DESC, l.id DESC LIMIT 1;

-- name: OpenByOwner :many
-- How many leads everybody works on; those that sleep are not counted.
SELECT owner_id, count(*)::integer AS open FROM lead
WHERE dealer_id = $1 AND status <> 'closed' AND stage <> 'parked' AND NOT test AND owner_id IS NOT NULL GROUP BY owner_id;

-- name: SamePerson :one
-- Whether two leads of a dealer have a number or an address in common.
SELECT EXISTS (
    SELECT 1 FROM lead a JOIN customer_contact ca ON ca.customer_id = a.customer_id AND ca.valid
    JOIN customer_contact cb ON cb.dealer_id = ca.dealer_id AND cb.kind = ca.kind AND cb.normalised = ca.normalised AND cb.valid
    JOIN lead b ON b.customer_id = cb.customer_id
    WHERE a.dealer_id = $1 AND b.dealer_id = $1 AND a.id = $2 AND b.id = sqlc.arg(other_id)) AS same;

-- name: LeadOfDealer :one
SELECT EXISTS (SELECT 1 FROM lead WHERE dealer_id = $1 AND id = $2) AS exists;

-- name: OtherOpenLeads :many
-- The open leads of the same person.
SELECT DISTINCT b.id FROM lead a
JOIN customer_contact ca ON ca.customer_id = a.customer_id AND ca.valid
JOIN customer_contact cb ON cb.dealer_id = ca.dealer_id AND cb.kind = ca.kind AND cb.normalised = ca.normalised AND cb.valid
JOIN lead b ON b.customer_id = cb.customer_id
WHERE a.id = $1 AND b.id <> a.id AND b.status <> 'closed' AND b.duplicate_of IS NULL;

-- name: ContactsOfLead :many
SELECT c.kind, c.normalised, c.valid, c.position FROM lead l JOIN customer_contact c ON c.customer_id = l.customer_id
WHERE l.id = $1 ORDER BY c.kind, c.position;

-- name: ProjectLead :exec
UPDATE lead SET step = $2, timeline_seq = $3, process = $4, phase = $5, stage = $6, status = $7, track = $8, why = $9, owner_id = $10,
    auto_responded_at = $11, live_due_at = $12, first_live_at = $13, first_conversation_at = $14, last_live_at = $15,
    attempts_made = $16, attempts_counted = $17, attempts_required = $18, attempt_days = $19, attempt_days_required = $20,
    next_attempt_due_at = $21, next_deadline_at = $22, next_action_at = $23, deadlines = $24, escalation = $25, escalation_step = $26,
    close_reason = $27, closed_at = $28, parked_until = $29, policy_version = $30
WHERE id = $1;

-- name: AppendTimeline :exec
-- Entries behind the one numbered after, in their order.
INSERT INTO timeline (dealer_id, lead_id, seq, at, kind, actor, data, happening)
SELECT sqlc.arg(dealer_id), sqlc.arg(lead_id), sqlc.arg(after)::bigint + e.n, sqlc.arg(at), e.kind, e.actor, e.data::jsonb, sqlc.narg(happening)
FROM (SELECT generate_subscripts(sqlc.arg(kinds)::text[], 1) AS n, unnest(sqlc.arg(kinds)::text[]) AS kind,
             unnest(sqlc.arg(actors)::text[]) AS actor, unnest(sqlc.arg(data)::text[]) AS data) e
ORDER BY e.n;

-- name: NextTimelineSeq :one
-- For entries that no step makes: a refusal that the workflow never saw.
UPDATE lead SET timeline_seq = timeline_seq + 1 WHERE id = $1 AND dealer_id = $2 RETURNING timeline_seq;

-- name: InsertTimeline :exec
INSERT INTO timeline (dealer_id, lead_id, seq, at, kind, actor, data) VALUES ($1, $2, $3, doorbell_now(), $4, $5, $6);

-- name: InsertAttempt :exec
INSERT INTO attempt (id, dealer_id, lead_id, actor, channel, direction, outcome, made_at, duration_s, counted, note_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING;

-- name: PutAppointment :exec
INSERT INTO appointment (id, dealer_id, lead_id, kind, starts_at, minutes, confirmed, sequence, state, note_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (id) DO UPDATE SET starts_at = excluded.starts_at, minutes = excluded.minutes, confirmed = excluded.confirmed,
    sequence = excluded.sequence, state = excluded.state;

-- name: InsertClosing :exec
INSERT INTO closing (id, dealer_id, lead_id, reason, details, asked_by, asked_at, state, note_id)
VALUES ($1, $2, $3, $4, $5, $6, doorbell_now(), 'asked', $7) ON CONFLICT DO NOTHING;

-- name: SettleClosing :exec
INSERT INTO closing (id, dealer_id, lead_id, reason, details, asked_by, asked_at, state, decided_by, decided_at, due_at, decision_note_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, decided_by = coalesce(excluded.decided_by, closing.decided_by),
    decided_at = coalesce(excluded.decided_at, closing.decided_at), due_at = coalesce(excluded.due_at, closing.due_at),
    decision_note_id = coalesce(excluded.decision_note_id, closing.decision_note_id);

-- name: InsertNote :exec
INSERT INTO note (id, dealer_id, lead_id, staff_id, text) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING;
