-- name: GetStaffOfDealer :one
SELECT * FROM staff WHERE dealer_id = $1 AND id = $2;

-- name: LockStaff :one
-- Somebody as he is, until the end of the transaction.
SELECT sqlc.embed(s), doorbell_now()::timestamptz AS now FROM staff s WHERE s.dealer_id = $1 AND s.id = $2 FOR NO KEY UPDATE;

-- name: UpdateStaff :exec
UPDATE staff SET name = $3, phone = $4, role = $5, language = $6, languages = $7, makes = $8, capacity = $9 WHERE dealer_id = $1 AND id = $2;

-- name: StaffLeft :exec
-- Sessions end for good: they do not begin again should he come back.
UPDATE staff SET active = false, left_at = doorbell_now(), session_epoch = session_epoch + 1 WHERE dealer_id = $1 AND id = $2 AND active;

-- name: StaffReturned :exec
UPDATE staff SET active = true, left_at = NULL WHERE dealer_id = $1 AND id = $2 AND NOT active;

-- name: OtherManagers :one
-- How many others there are who decide on closings.
SELECT count(*)::bigint AS managers FROM staff
WHERE dealer_id = $1 AND id <> $2 AND active AND role IN ('sales_manager', 'general_manager');

-- name: WakeLeadsOf :execrows
-- Has every open lead of somebody look at itself: one whose owner is not there
-- any more finds another. A wake-up that waits already may be on its way to a
-- step that does not know yet, so that this one is never left out.
INSERT INTO outbox (dealer_id, lead_id, happening, next_try_at, created_at)
SELECT l.dealer_id, l.id, '{"what": "due"}'::jsonb, doorbell_now(), doorbell_now()
FROM lead l WHERE l.dealer_id = $1 AND l.owner_id = sqlc.arg(owner_id)::uuid AND l.status <> 'closed' ORDER BY l.next_deadline_at, l.id;

-- name: WakeFollowUpsOf :execrows
-- The same for his follow-ups.
INSERT INTO outbox (dealer_id, lead_id, follow_up_id, happening, next_try_at, created_at)
SELECT f.dealer_id, f.lead_id, f.id, '{"what": "follow_up_due"}'::jsonb, doorbell_now(), doorbell_now()
FROM follow_up f WHERE f.dealer_id = $1 AND f.owner_id = sqlc.arg(owner_id)::uuid AND f.status = 'open' ORDER BY f.deadline_at, f.id;

-- name: InsertAbsence :execrows
INSERT INTO staff_absence (id, dealer_id, staff_id, from_at, until_at, why) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING;

-- name: DeleteAbsence :execrows
DELETE FROM staff_absence WHERE dealer_id = $1 AND staff_id = $2 AND id = $3;

-- name: Absences :many
-- Those that are not over at an instant, the earliest first.
SELECT id, staff_id, from_at, until_at, why FROM staff_absence WHERE dealer_id = $1 AND until_at > $2 ORDER BY from_at, until_at, id;

-- name: EarningFigures :many
-- What each who has to earn his leads made of his conversations. A conversation
-- is a lead on which he himself reached the customer since then and since he was
-- judged anew. One without the result counts only when the lead is closed or the
-- conversation is old enough. Tests and what turned out to be no lead count for
-- nobody. A lead is in the showroom because of a result only when it came to the
-- call centre first.
WITH talk AS (
    SELECT s.id AS staff_id, a.lead_id, min(a.made_at) AS first_at
    FROM attempt a JOIN staff s ON s.dealer_id = a.dealer_id AND s.id::text = a.actor
    WHERE a.dealer_id = sqlc.arg(dealer_id) AND a.outcome = 'reached'
      AND a.made_at > sqlc.arg(since)::timestamptz AND a.made_at <= sqlc.arg(now)::timestamptz
      AND a.made_at > coalesce(s.judged_from, '-infinity') AND s.active AND s.role IN ('bdc', 'salesperson')
    GROUP BY s.id, a.lead_id
), judged AS (
    SELECT t.staff_id, l.status = 'closed' OR t.first_at <= sqlc.arg(judge_before)::timestamptz AS ripe,
           CASE sqlc.arg(result)::text
               WHEN 'won' THEN l.stage = 'won'
               WHEN 'visit' THEN l.stage IN ('visit', 'won') OR l.process #> '{kept,visited_at}' IS NOT NULL
                   OR EXISTS (SELECT 1 FROM appointment v WHERE v.lead_id = l.id AND v.state = 'came' AND v.kind IN ('showroom', 'test_drive'))
               ELSE l.stage IN ('appointment', 'visit', 'won')
                   OR (l.phase = 'showroom' AND coalesce(l.process #>> '{measure,phases,0}' = 'bdc', false))
                   OR EXISTS (SELECT 1 FROM appointment p WHERE p.lead_id = l.id AND p.state <> 'cancelled')
           END AS made
    FROM talk t JOIN lead l ON l.id = t.lead_id
    WHERE NOT l.test AND l.stage <> 'dropped'
)
SELECT s.id, s.paused_at, s.exempt_until, count(*) FILTER (WHERE j.made OR j.ripe)::integer AS conversations,
       count(*) FILTER (WHERE j.made)::integer AS results
FROM staff s LEFT JOIN judged j ON j.staff_id = s.id
WHERE s.dealer_id = sqlc.arg(dealer_id) AND s.active AND s.role IN ('bdc', 'salesperson')
GROUP BY s.id, s.paused_at, s.exempt_until ORDER BY s.id;

-- name: PauseStaff :execrows
-- New leads pause for somebody. Nothing happens when they do already, or when a
-- manager let him off meanwhile.
UPDATE staff SET paused_at = sqlc.arg(at)::timestamptz
WHERE dealer_id = $1 AND id = $2 AND paused_at IS NULL AND coalesce(exempt_until, '-infinity') <= sqlc.arg(at)::timestamptz;

-- name: JudgeAnew :exec
-- The pause ends, and conversations until now do not count any more.
UPDATE staff SET paused_at = NULL, judged_from = $3 WHERE dealer_id = $1 AND id = $2;

-- name: Exempt :exec
UPDATE staff SET paused_at = NULL, exempt_until = $3 WHERE dealer_id = $1 AND id = $2;

-- name: EndExemption :exec
UPDATE staff SET exempt_until = NULL WHERE dealer_id = $1 AND id = $2;

-- name: InsertEarningEntry :exec
INSERT INTO earning_entry (id, dealer_id, staff_id, at, kind, actor, conversations, results, norm, text, until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: HasEarningEntry :one
SELECT EXISTS (SELECT 1 FROM earning_entry WHERE dealer_id = $1 AND id = $2) AS there;

-- name: EarningEntries :many
SELECT * FROM earning_entry
WHERE dealer_id = $1 AND staff_id = $2
  AND (sqlc.narg(before)::timestamptz IS NULL OR (at, id) < (sqlc.narg(before)::timestamptz, sqlc.narg(before_id)::uuid))
ORDER BY at DESC, id DESC LIMIT sqlc.arg(most)::integer;

-- name: CallUsed :one
-- Which attempt a call of the telephone system proves.
SELECT id FROM attempt WHERE dealer_id = $1 AND call_id = sqlc.arg(call_id)::text;

-- name: SetCallID :execrows
-- A second time changes nothing.
UPDATE attempt SET call_id = sqlc.arg(call_id)::text WHERE dealer_id = $1 AND id = $2 AND (call_id IS NULL OR call_id = sqlc.arg(call_id)::text);

-- name: LiftPauses :many
-- A policy without a norm pauses nobody.
UPDATE staff SET paused_at = NULL, judged_from = doorbell_now() WHERE dealer_id = $1 AND paused_at IS NOT NULL RETURNING id;
