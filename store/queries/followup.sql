-- name: InsertFollowUp :exec
INSERT INTO follow_up (id, dealer_id, lead_id, kind, reason, due_on, starts_at, policy_version, status, settled_at, settled_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: QueueFollowUp :exec
-- Has Temporal start a follow-up, or tell it something.
INSERT INTO outbox (dealer_id, lead_id, follow_up_id, happening, next_try_at, created_at)
VALUES ($1, $2, $3, $4, doorbell_now(), doorbell_now());

-- name: LockFollowUp :one
-- The lead's row is locked before, by everybody.
SELECT f.*, l.status AS lead_status FROM follow_up f JOIN lead l ON l.id = f.lead_id WHERE f.id = $1 FOR NO KEY UPDATE OF f;

-- name: OpenFollowUpsOf :many
SELECT id FROM follow_up WHERE lead_id = $1 AND kind = $2 AND status = 'open' ORDER BY created_at, id;

-- name: FollowUpHandedTo :one
-- What the closing says about who goes on: the department, and the colleague.
SELECT coalesce(c.details ->> 'department', '')::text AS department, s.id AS colleague FROM closing c
LEFT JOIN staff s ON s.dealer_id = c.dealer_id AND s.email = lower(c.details ->> 'with') AND s.active
WHERE c.lead_id = $1 AND c.reason = $2 AND c.state IN ('final', 'approved') ORDER BY c.asked_at DESC, c.id DESC LIMIT 1;

-- name: ProjectFollowUp :exec
UPDATE follow_up SET step = $2, process = $3, status = $4, outcome = $5, why = $6, owner_id = $7, deadline_at = $8, next_action_at = $9,
    escalation_step = $10, settled_at = $11, settled_by = $12, note_id = $13, new_lead_id = $14
WHERE id = $1;

-- name: PendingFollowUpMessages :many
SELECT id FROM message WHERE follow_up_id = $1 AND channel <> 'screen' AND (not_before IS NULL OR not_before <= doorbell_now())
    AND ((state = 'pending' AND try_after IS NULL) OR (sqlc.arg(unfinished)::boolean AND (state IN ('pending', 'sending', 'unknown')
        OR (NOT told AND staff_id IS NULL AND state IN ('accepted', 'failed', 'suppressed')))))
ORDER BY created_at, id;

-- name: InsertLeadAgain :exec
-- A new run of the process for the customer and the car of a lead that is over.
INSERT INTO lead (id, dealer_id, source_id, customer_id, content_hash, channel, request, campaign, test, condition, make, model, year, trim, vin,
    stock_number, price_amount, price_currency, trade_in, comments, received_at, policy_version, reason_version, phase, again_of)
SELECT sqlc.arg(new_id), l.dealer_id, l.source_id, l.customer_id, l.content_hash, l.channel, l.request, l.campaign, l.test, l.condition, l.make, l.model,
    l.year, l.trim, l.vin, l.stock_number, l.price_amount, l.price_currency, l.trade_in, l.comments, doorbell_now(), sqlc.arg(policy_version),
    sqlc.arg(reason_version), sqlc.arg(phase), l.id
FROM lead l WHERE l.id = sqlc.arg(id);

-- name: GetFollowUp :one
SELECT * FROM follow_up WHERE id = $1;

-- name: AdvanceTimeline :exec
-- For entries that a step of a follow-up made.
UPDATE lead SET timeline_seq = timeline_seq + sqlc.arg(by)::bigint WHERE id = $1;

-- name: FollowUpPage :many
-- A page of follow-ups, the next to be done first; those without a deadline,
-- which are settled or not begun, by the day on which they were due.
SELECT f.*, l.test, l.erased_at, c.first_name, c.infix, c.last_name, c.full_name, l.make, l.model, s.code AS source, o.email AS owner_email, o.name AS owner_name,
       b.email AS settled_by_email, b.name AS settled_by_name, coalesce(n.text, '')::text AS note,
       (extract(epoch FROM coalesce(f.deadline_at, f.due_on::timestamptz)) * 1000000)::bigint AS place
FROM follow_up f JOIN lead l ON l.id = f.lead_id JOIN customer c ON c.id = l.customer_id JOIN source s ON s.id = l.source_id
LEFT JOIN staff o ON o.id = f.owner_id LEFT JOIN staff b ON b.id::text = f.settled_by LEFT JOIN note n ON n.id = f.note_id
WHERE f.dealer_id = sqlc.arg(dealer_id)
  AND (sqlc.narg(id)::uuid IS NULL OR f.id = sqlc.narg(id)::uuid)
  AND (sqlc.narg(lead_id)::uuid IS NULL OR f.lead_id = sqlc.narg(lead_id)::uuid)
  AND (cardinality(sqlc.arg(statuses)::text[]) = 0 OR f.status = ANY(sqlc.arg(statuses)::text[]))
  AND (cardinality(sqlc.arg(kinds)::text[]) = 0 OR f.kind = ANY(sqlc.arg(kinds)::text[]))
  AND (sqlc.narg(owner_id)::uuid IS NULL OR f.owner_id = sqlc.narg(owner_id)::uuid)
  AND (sqlc.narg(due_before)::date IS NULL OR f.due_on < sqlc.narg(due_before)::date)
  AND (sqlc.narg(overdue)::boolean IS NULL OR (f.status = 'open' AND coalesce(f.deadline_at <= doorbell_now(), false)) = sqlc.narg(overdue)::boolean)
  AND (sqlc.narg(after_place)::bigint IS NULL OR ((extract(epoch FROM coalesce(f.deadline_at, f.due_on::timestamptz)) * 1000000)::bigint, f.id)
       > (sqlc.narg(after_place)::bigint, sqlc.narg(after_id)::uuid))
ORDER BY place, f.id LIMIT sqlc.arg(most)::integer;

-- name: WithdrawAlertsOf :exec
UPDATE message SET state = 'withdrawn' WHERE follow_up_id = $1 AND staff_id IS NOT NULL AND state IN ('pending', 'unknown');

-- name: FinishImmediateFollowUps :exec
UPDATE follow_up SET status = 'done', settled_at = created_at, settled_by = 'system'
WHERE status = 'open' AND step = 0 AND kind IN ('do_not_contact', 'celebrate', 'link');

-- name: QueueForgottenFollowUps :exec
-- Nothing has told them to begin, and a minute is longer than any step.
INSERT INTO outbox (dealer_id, lead_id, follow_up_id, happening, next_try_at, created_at)
SELECT f.dealer_id, f.lead_id, f.id, '{"what": "follow_up"}', doorbell_now(), doorbell_now() FROM follow_up f
WHERE f.status = 'open' AND f.step = 0 AND f.kind <> 'call_about_quote' AND f.created_at < doorbell_now() - interval '1 minute'
  AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.follow_up_id = f.id);
