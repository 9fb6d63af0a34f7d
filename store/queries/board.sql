-- name: BoardOpen :many
-- Every lead that is not closed and matches, with what it is sorted and counted
-- by, in microseconds. due is the deadline that speaks: the first call is asked
-- for by the clock of the live response as long as that runs, a reminder to the
-- customer is nobody's task, and before an appointment it is its start that
-- counts. Whoever reads it sorts, counts and cuts; with some thousand rows that
-- costs less than asking three times.
SELECT l.id, l.status, l.test, (l.escalation_step > 0)::boolean AS escalated,
       (extract(epoch FROM l.received_at) * 1000000)::bigint AS received,
       coalesce((extract(epoch FROM CASE
           WHEN l.step = 0 THEN l.received_at
           WHEN l.status = 'closing' THEN coalesce(
               (jsonb_path_query_first(l.deadlines, '$[*] ? (@.kind == "closing_approval").due_at') #>> '{}')::timestamptz, l.next_deadline_at)
           WHEN l.stage = 'parked' THEN l.next_deadline_at
           WHEN l.first_live_at IS NULL THEN coalesce(
               (jsonb_path_query_first(l.deadlines, '$[*] ? (@.kind == "live_response").due_at') #>> '{}')::timestamptz, l.next_deadline_at)
           WHEN a.starts_at > sqlc.arg(now)::timestamptz THEN a.starts_at
           WHEN a.starts_at IS NOT NULL THEN coalesce(
               (jsonb_path_query_first(l.deadlines, '$[*] ? (@.kind == "appointment_outcome").due_at') #>> '{}')::timestamptz, l.next_deadline_at)
           ELSE l.next_deadline_at
       END) * 1000000)::bigint, 9000000000000000)::bigint AS due
FROM lead l LEFT JOIN LATERAL (
    SELECT p.starts_at FROM appointment p
    WHERE l.stage = 'appointment' AND p.lead_id = l.id AND p.state = 'set' ORDER BY p.created_at DESC, p.id DESC LIMIT 1
) a ON true
WHERE l.dealer_id = sqlc.arg(dealer_id) AND l.status <> 'closed'
  AND (cardinality(sqlc.arg(ids)::uuid[]) = 0 OR l.id = ANY(sqlc.arg(ids)::uuid[]))
  AND (NOT sqlc.arg(no_owner)::boolean OR l.owner_id IS NULL)
  AND (cardinality(sqlc.arg(owners)::uuid[]) = 0 OR l.owner_id = ANY(sqlc.arg(owners)::uuid[]))
  AND (cardinality(sqlc.arg(stages)::text[]) = 0 OR l.stage = ANY(sqlc.arg(stages)::text[]))
  AND (sqlc.narg(phase)::text IS NULL OR l.phase = sqlc.narg(phase)::text)
  AND (cardinality(sqlc.arg(sources)::uuid[]) = 0 OR l.source_id = ANY(sqlc.arg(sources)::uuid[])
       OR EXISTS (SELECT 1 FROM lead_link k JOIN lead o ON o.id = k.lead_id
                  WHERE k.other_id = l.id AND k.same_car AND o.source_id = ANY(sqlc.arg(sources)::uuid[])))
  AND (cardinality(sqlc.arg(words)::text[]) = 0 OR l.id IN (
           SELECT f.lead_id FROM lead_search f
           WHERE f.dealer_id = sqlc.arg(dealer_id) AND f.text LIKE ALL (ARRAY(SELECT lower(w) FROM unnest(sqlc.arg(words)::text[]) AS w))));

-- name: BoardPast :many
-- A page of leads that need not be open, the newest first. A lead that another
-- one's process works is found by searching only.
SELECT l.id, l.received_at FROM lead l
WHERE l.dealer_id = sqlc.arg(dealer_id)
  AND (NOT sqlc.arg(closed_only)::boolean OR l.status = 'closed')
  AND (l.duplicate_of IS NULL OR cardinality(sqlc.arg(words)::text[]) > 0)
  AND (cardinality(sqlc.arg(ids)::uuid[]) = 0 OR l.id = ANY(sqlc.arg(ids)::uuid[]))
  AND (NOT sqlc.arg(no_owner)::boolean OR l.owner_id IS NULL)
  AND (cardinality(sqlc.arg(owners)::uuid[]) = 0 OR l.owner_id = ANY(sqlc.arg(owners)::uuid[]))
  AND (cardinality(sqlc.arg(stages)::text[]) = 0 OR l.stage = ANY(sqlc.arg(stages)::text[]))
  AND (sqlc.narg(phase)::text IS NULL OR l.phase = sqlc.narg(phase)::text)
  AND (cardinality(sqlc.arg(sources)::uuid[]) = 0 OR l.source_id = ANY(sqlc.arg(sources)::uuid[])
       OR EXISTS (SELECT 1 FROM lead_link k JOIN lead o ON o.id = k.lead_id
                  WHERE k.other_id = l.id AND k.same_car AND o.source_id = ANY(sqlc.arg(sources)::uuid[])))
  AND (cardinality(sqlc.arg(words)::text[]) = 0 OR l.id IN (
           SELECT f.lead_id FROM lead_search f
           WHERE f.dealer_id = sqlc.arg(dealer_id) AND f.text LIKE ALL (ARRAY(SELECT lower(w) FROM unnest(sqlc.arg(words)::text[]) AS w))))
  AND (sqlc.narg(after_at)::timestamptz IS NULL OR (l.received_at <= sqlc.narg(after_at)::timestamptz
       AND (l.received_at < sqlc.narg(after_at)::timestamptz OR l.id > sqlc.arg(after_id)::uuid)))
ORDER BY l.received_at DESC, l.id
LIMIT sqlc.arg(most)::integer;

-- name: BoardRows :many
-- What the board tells of these leads: the lead, its customer and how to call
-- him, its appointment, what somebody did last, and to whom it was escalated.
SELECT l.id, l.step, l.phase, l.stage, l.status, l.test, l.channel, l.request, l.condition, l.make, l.model, l.year, l.trim, l.stock_number,
       l.received_at, l.source_id, l.owner_id, l.live_due_at, l.first_live_at, l.first_conversation_at, l.attempts_counted, l.attempts_required,
       l.next_deadline_at, l.escalation, l.parked_until, l.close_reason, l.closed_at, l.erased_at, l.duplicate_of,
       coalesce(l.process -> 'clocks', '[]')::jsonb AS clocks, coalesce(l.process ->> 'clock_start', '')::text AS clock_start,
       coalesce(l.process #>> '{proposal,by}', '')::text AS proposed_by,
       c.first_name, c.infix, c.last_name, c.full_name, coalesce(f.phone, '')::text AS phone, coalesce(f.any_contact, '')::text AS contact,
       coalesce(a.kind, '')::text AS appointment_kind, coalesce(a.starts_at, 'epoch')::timestamptz AS appointment_at, coalesce(a.minutes, 0)::integer AS appointment_minutes,
       coalesce(d.kind, '')::text AS did, coalesce(d.actor, '')::text AS did_by, coalesce(d.at, 'epoch')::timestamptz AS did_at, coalesce(d.data, '{}')::jsonb AS did_data,
       coalesce(e.data, '{}')::jsonb AS escalated
FROM lead l JOIN customer c ON c.id = l.customer_id
LEFT JOIN LATERAL (
    SELECT (array_agg(k.normalised ORDER BY k.position) FILTER (WHERE k.kind = 'phone' AND k.valid AND NOT EXISTS (
                SELECT 1 FROM refusal r WHERE r.customer_id = k.customer_id AND r.normalised = k.normalised AND r.channel = 'phone')))[1] AS phone,
           (array_agg(k.written ORDER BY k.kind DESC, k.position))[1] AS any_contact
    FROM customer_contact k WHERE k.customer_id = c.id
) f ON true
LEFT JOIN LATERAL (
    SELECT p.kind, p.starts_at, p.minutes FROM appointment p
    WHERE l.stage = 'appointment' AND l.status <> 'closed' AND p.lead_id = l.id AND p.state = 'set'
    ORDER BY p.created_at DESC, p.id DESC LIMIT 1
) a ON true
LEFT JOIN LATERAL (
    SELECT t.kind, t.actor, t.at, t.data FROM timeline t
    WHERE l.last_live_at IS NOT NULL AND t.lead_id = l.id AND length(t.actor) = 36 -- a member of staff
      AND t.kind IN ('attempt_logged', 'message_sent', 'appointment_set', 'appointment_confirmed', 'appointment_moved',
                     'appointment_cancelled', 'appointment_outcome')
    ORDER BY t.seq DESC LIMIT 1
) d ON true
LEFT JOIN LATERAL (
    SELECT t.data FROM timeline t
    WHERE l.escalation_step > 0 AND t.lead_id = l.id AND t.kind = 'escalated' ORDER BY t.seq DESC LIMIT 1
) e ON true
WHERE l.dealer_id = sqlc.arg(dealer_id) AND l.id = ANY(sqlc.arg(ids)::uuid[]);

-- name: SavedViews :many
SELECT id, name, query FROM saved_view WHERE dealer_id = $1 AND staff_id = $2 ORDER BY lower(name), id;

-- name: PutSavedView :execrows
-- The same name again takes the place of the old one. Nobody has more than so
-- many.
INSERT INTO saved_view (id, dealer_id, staff_id, name, query)
SELECT sqlc.arg(id)::uuid, sqlc.arg(dealer_id)::uuid, sqlc.arg(staff_id)::uuid, sqlc.arg(name)::text, sqlc.arg(query)::text
WHERE (SELECT count(*) FROM saved_view v WHERE v.staff_id = sqlc.arg(staff_id)::uuid AND v.name <> sqlc.arg(name)::text) < sqlc.arg(most)::integer
ON CONFLICT (staff_id, name) DO UPDATE SET query = excluded.query;

-- name: DeleteSavedView :execrows
DELETE FROM saved_view WHERE dealer_id = $1 AND staff_id = $2 AND id = $3;
