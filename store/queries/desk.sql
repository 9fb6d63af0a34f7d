-- name: WorkOf :many
-- The open leads of somebody, the next due first.
SELECT l.id FROM lead l
WHERE l.dealer_id = $1 AND l.owner_id = sqlc.arg(owner_id)::uuid AND l.status <> 'closed' AND l.duplicate_of IS NULL
ORDER BY l.next_deadline_at NULLS LAST, l.id LIMIT sqlc.arg(most)::integer;

-- name: AskedToHelp :many
-- Leads of others whose escalation is up and on which somebody was told on his
-- screen since they fell due. Who took one before and did nothing cannot take it
-- again.
SELECT up.id, up.took FROM (
    SELECT DISTINCT ON (l.id) l.id, l.next_deadline_at, coalesce(jsonb_exists(l.process -> 'took', sqlc.arg(staff_id)::uuid::text), false)::boolean AS took
    FROM message m JOIN lead l ON l.id = m.lead_id
    WHERE m.staff_id = sqlc.arg(staff_id)::uuid AND m.channel = 'screen' AND m.created_at > sqlc.arg(since)::timestamptz
      AND m.dealer_id = $1 AND m.step > 0 AND m.follow_up_id IS NULL
      AND l.status = 'open' AND l.escalation IS NOT NULL AND l.owner_id IS DISTINCT FROM sqlc.arg(staff_id)::uuid
      AND m.created_at >= (SELECT min((d ->> 'due_at')::timestamptz) FROM jsonb_array_elements(l.deadlines) d WHERE d ->> 'kind' = l.escalation ->> 'kind')
    ORDER BY l.id, m.created_at DESC
) up ORDER BY up.next_deadline_at, up.id LIMIT 50;

-- name: ScreenOf :many
-- What somebody was told on his screen, the newest first: once for each subject
-- of a lead.
SELECT told.template, told.ref, told.created_at, told.lead_id FROM (
    SELECT DISTINCT ON (m.lead_id, m.template) m.template, m.ref, m.created_at, m.lead_id
    FROM message m WHERE m.staff_id = sqlc.arg(staff_id)::uuid AND m.channel = 'screen' AND m.created_at > sqlc.arg(since)::timestamptz
      AND m.dealer_id = $1 AND m.template = ANY(sqlc.arg(templates)::text[])
    ORDER BY m.lead_id, m.template, m.created_at DESC
) told ORDER BY told.created_at DESC, told.lead_id LIMIT sqlc.arg(most)::integer;

-- name: DoneBy :many
-- What somebody did since, the latest first. A visit and a sale are also his when
-- he owns the lead or made its appointment.
SELECT t.lead_id, t.at, t.kind, t.actor, coalesce(t.data ->> 'channel', '')::text AS channel, coalesce(t.data ->> 'direction', '')::text AS direction,
       coalesce(t.data ->> 'outcome', '')::text AS outcome, l.stage
FROM timeline t JOIN lead l ON l.id = t.lead_id
WHERE t.dealer_id = $1 AND t.at >= sqlc.arg(since)::timestamptz AND NOT l.test
  AND t.kind IN ('attempt_logged', 'appointment_set', 'appointment_outcome', 'closed')
  AND (t.actor = sqlc.arg(staff_id)::uuid::text OR (t.kind IN ('appointment_outcome', 'closed') AND (l.owner_id = sqlc.arg(staff_id)::uuid
       OR EXISTS (SELECT 1 FROM timeline p WHERE p.lead_id = t.lead_id AND p.kind = 'appointment_set' AND p.actor = sqlc.arg(staff_id)::uuid::text))))
ORDER BY t.at DESC, t.lead_id LIMIT 5000;

-- name: AnsweredBy :many
-- When the clock of each lead of somebody began, and when a person answered it.
-- What a follow-up began nobody asked.
SELECT l.id, coalesce((l.process ->> 'clock_start')::timestamptz, l.received_at)::timestamptz AS began_at, l.first_live_at
FROM lead l WHERE l.dealer_id = $1 AND l.received_at >= sqlc.arg(since)::timestamptz AND l.owner_id = sqlc.arg(owner_id)::uuid
  AND NOT l.test AND l.duplicate_of IS NULL AND l.again_of IS NULL AND l.step > 0
ORDER BY l.received_at DESC, l.id LIMIT 5000;

-- name: ClosingsToDecide :many
-- Closings that wait for a manager, the next due first.
SELECT l.id, l.reason_version, x.reason, x.asked_by, x.asked_at, s.name AS source_name, coalesce(p.name, '')::text AS asked_by_name
FROM lead l JOIN source s ON s.id = l.source_id
JOIN LATERAL (SELECT y.* FROM closing y WHERE y.lead_id = l.id AND y.state = 'proposed' ORDER BY y.asked_at DESC, y.id DESC LIMIT 1) x ON true
LEFT JOIN staff p ON p.id::text = x.asked_by
WHERE l.dealer_id = $1 AND l.status <> 'closed' AND l.status = 'closing'
ORDER BY x.due_at NULLS LAST, l.id LIMIT sqlc.arg(most)::integer;

-- name: EscalationsUp :many
-- Leads on which nobody acted in time, the highest step first.
SELECT l.id, count(*) OVER ()::integer AS total FROM lead l
WHERE l.dealer_id = $1 AND l.status <> 'closed' AND l.status = 'open' AND l.escalation IS NOT NULL AND l.duplicate_of IS NULL
ORDER BY l.escalation_step DESC, l.next_deadline_at NULLS LAST, l.id LIMIT sqlc.arg(most)::integer;

-- name: Workloads :many
-- How everybody stands who owns leads: what is open, and what of it is late. The
-- first call is asked for by the clock of the live response as long as that
-- runs, and a closing that waits is the manager's to hurry. now is the clock of
-- the page; where there is nothing, oldest and absent_until are now.
SELECT s.id, s.email, s.name, s.role, s.active, coalesce(w.open, 0)::integer AS open, coalesce(w.overdue, 0)::integer AS overdue,
       coalesce(w.escalated, 0)::integer AS escalated, coalesce(w.oldest, sqlc.arg(now)::timestamptz)::timestamptz AS oldest,
       coalesce((SELECT max(a.until_at) FROM staff_absence a WHERE a.dealer_id = s.dealer_id AND a.staff_id = s.id
           AND a.from_at <= sqlc.arg(now)::timestamptz AND a.until_at > sqlc.arg(now)::timestamptz), sqlc.arg(now)::timestamptz)::timestamptz AS absent_until
FROM staff s LEFT JOIN (
    SELECT o.owner_id, count(*) FILTER (WHERE o.stage <> 'parked') AS open, count(*) FILTER (WHERE o.due <= sqlc.arg(now)::timestamptz) AS overdue,
           count(*) FILTER (WHERE o.status = 'open' AND o.escalated) AS escalated, min(o.due) FILTER (WHERE o.due <= sqlc.arg(now)::timestamptz) AS oldest
    FROM (
        SELECT l.owner_id, l.stage, l.status, l.escalation IS NOT NULL AS escalated, CASE
            WHEN l.status <> 'open' THEN NULL
            WHEN l.next_deadline_at > sqlc.arg(now)::timestamptz THEN l.next_deadline_at -- nothing is late
            WHEN l.first_live_at IS NULL AND l.stage <> 'parked' THEN coalesce(
                (jsonb_path_query_first(l.deadlines, '$[*] ? (@.kind == "live_response").due_at') #>> '{}')::timestamptz, l.next_deadline_at)
            ELSE l.next_deadline_at END AS due
        FROM lead l WHERE l.dealer_id = $1 AND l.status <> 'closed' AND l.duplicate_of IS NULL AND l.owner_id IS NOT NULL AND NOT l.test
    ) o GROUP BY o.owner_id
) w ON w.owner_id = s.id
WHERE s.dealer_id = $1 AND ((s.active AND s.role IN ('bdc', 'salesperson', 'sales_manager', 'general_manager')) OR w.open > 0)
ORDER BY escalated DESC, overdue DESC, oldest, s.name, s.id;

-- name: LastDoneBy :many
-- The calls of each since today began, and when he last did something that the
-- timeline tells.
SELECT t.actor, count(*) FILTER (WHERE t.kind = 'attempt_logged' AND t.at >= sqlc.arg(today)::timestamptz
           AND t.data ->> 'channel' = 'phone' AND t.data ->> 'direction' = 'out')::integer AS calls, max(t.at)::timestamptz AS last_at
FROM timeline t WHERE t.dealer_id = $1 AND t.at >= sqlc.arg(since)::timestamptz
  AND t.kind IN ('attempt_logged', 'appointment_set', 'appointment_outcome', 'closed')
GROUP BY t.actor;

-- name: OwnerlessLeads :one
SELECT count(*)::integer AS leads FROM lead l
WHERE l.dealer_id = $1 AND l.status <> 'closed' AND l.owner_id IS NULL AND l.duplicate_of IS NULL;

-- name: LeadsToHandOn :many
-- Open leads that may go to somebody else, the next due first. Late is as in
-- Workloads.
SELECT l.id, s.name AS source_name, count(*) OVER ()::integer AS total FROM lead l JOIN source s ON s.id = l.source_id
WHERE l.dealer_id = $1 AND l.status <> 'closed' AND l.duplicate_of IS NULL
  AND (NOT sqlc.arg(no_owner)::boolean OR l.owner_id IS NULL)
  AND (sqlc.narg(owner_id)::uuid IS NULL OR l.owner_id = sqlc.narg(owner_id)::uuid)
  AND (sqlc.arg(source)::text = '' OR s.code = sqlc.arg(source)::text)
  AND (sqlc.arg(stage)::text = '' OR l.stage = sqlc.arg(stage)::text)
  AND (NOT sqlc.arg(overdue)::boolean OR (l.status = 'open' AND sqlc.arg(now)::timestamptz >= CASE
      WHEN l.next_deadline_at > sqlc.arg(now)::timestamptz THEN l.next_deadline_at
      WHEN l.first_live_at IS NULL AND l.stage <> 'parked' THEN coalesce(
          (jsonb_path_query_first(l.deadlines, '$[*] ? (@.kind == "live_response").due_at') #>> '{}')::timestamptz, l.next_deadline_at)
      ELSE l.next_deadline_at END))
ORDER BY l.next_deadline_at NULLS LAST, l.id LIMIT sqlc.arg(most)::integer;

-- name: QuarantineWaiting :one
SELECT count(*)::integer AS waiting FROM quarantine WHERE dealer_id = $1 AND resolved_at IS NULL;

-- name: ClosingsWaiting :one
SELECT count(*)::integer AS waiting FROM lead l WHERE l.dealer_id = $1 AND l.status <> 'closed' AND l.status = 'closing';
