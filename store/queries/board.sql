-- The board goes along an index and reads about as many entries as it returns
-- leads, however many there are. Its filters are board_leads, everywhere. Words are
-- looked for while it goes along when they are in many leads; the leads that have
-- rare ones are named (FoundLeads, BoardNamed).

-- name: BoardDue :many
-- The leads that are not closed behind a place or, backwards, before it, by what is
-- due next in microseconds: those that stand where they stand, and appointments
-- that have begun, which have turned to the deadline of their outcome. At most so
-- many of each; whoever reads it cuts.
WITH fit AS NOT MATERIALIZED (
    SELECT l.id, l.stands_at, l.turns_to
    FROM board_leads(sqlc.arg(dealer_id)::uuid, sqlc.arg(no_owner)::boolean, sqlc.arg(owners)::uuid[], sqlc.arg(stages)::text[],
        sqlc.narg(phase)::text, sqlc.arg(sources)::uuid[], sqlc.arg(words)::text[]) l
    WHERE l.status <> 'closed' AND l.id <> sqlc.arg(besides)::uuid
      AND (NOT sqlc.arg(escalated)::boolean OR l.escalation_step > 0)
      AND (NOT sqlc.arg(closing)::boolean OR l.status = 'closing')
), still AS NOT MATERIALIZED (
    SELECT f.id, f.stands_at AS due FROM fit f
    WHERE f.stands_at <= sqlc.arg(until)::bigint AND (f.turns_to IS NULL OR f.stands_at > sqlc.arg(now)::bigint)
), turned AS NOT MATERIALIZED (
    SELECT f.id, f.turns_to AS due FROM fit f
    WHERE f.turns_to IS NOT NULL AND f.turns_to <= sqlc.arg(until)::bigint AND f.stands_at <= sqlc.arg(now)::bigint
)
SELECT p.id, p.due::bigint AS due FROM (
    (SELECT * FROM still s WHERE NOT sqlc.arg(backwards)::boolean AND (s.due, s.id) > (sqlc.arg(from_due)::bigint, sqlc.arg(from_id)::uuid)
     ORDER BY s.due, s.id LIMIT sqlc.arg(most)::integer)
    UNION ALL
    (SELECT * FROM turned t WHERE NOT sqlc.arg(backwards)::boolean AND (t.due, t.id) > (sqlc.arg(from_due)::bigint, sqlc.arg(from_id)::uuid)
     ORDER BY t.due, t.id LIMIT sqlc.arg(most)::integer)
    UNION ALL
    (SELECT * FROM still s WHERE sqlc.arg(backwards)::boolean AND (s.due, s.id) < (sqlc.arg(from_due)::bigint, sqlc.arg(from_id)::uuid)
     ORDER BY s.due DESC, s.id DESC LIMIT sqlc.arg(most)::integer)
    UNION ALL
    (SELECT * FROM turned t WHERE sqlc.arg(backwards)::boolean AND (t.due, t.id) < (sqlc.arg(from_due)::bigint, sqlc.arg(from_id)::uuid)
     ORDER BY t.due DESC, t.id DESC LIMIT sqlc.arg(most)::integer)
) p;

-- name: BoardNewest :many
-- The leads that came before an instant or, backwards, after it, the nearest
-- first: those that are not closed, of which until bounds what is due, or all. A
-- lead that another one's process works is found by searching only.
WITH fit AS NOT MATERIALIZED (
    SELECT l.id, l.received_at, l.status, l.stands_at, l.turns_to, l.escalation_step, l.duplicate_of
    FROM board_leads(sqlc.arg(dealer_id)::uuid, sqlc.arg(no_owner)::boolean, sqlc.arg(owners)::uuid[], sqlc.arg(stages)::text[],
        sqlc.narg(phase)::text, sqlc.arg(sources)::uuid[], sqlc.arg(words)::text[]) l
    WHERE l.id <> sqlc.arg(besides)::uuid
), standing AS NOT MATERIALIZED (
    SELECT f.id, f.received_at FROM fit f
    WHERE sqlc.arg(open)::boolean AND f.status <> 'closed'
      AND f.stands_at <= sqlc.arg(until)::bigint AND (f.turns_to IS NULL OR f.turns_to <= sqlc.arg(until)::bigint)
      AND (NOT sqlc.arg(escalated)::boolean OR f.escalation_step > 0)
      AND (NOT sqlc.arg(closing)::boolean OR f.status = 'closing')
), past AS NOT MATERIALIZED (
    SELECT f.id, f.received_at FROM fit f
    WHERE NOT sqlc.arg(open)::boolean AND (NOT sqlc.arg(closed)::boolean OR f.status = 'closed')
      AND (f.duplicate_of IS NULL OR cardinality(sqlc.arg(words)::text[]) > 0)
)
SELECT p.id, p.received_at FROM (
    (SELECT * FROM standing s WHERE NOT sqlc.arg(backwards)::boolean
       AND s.received_at <= sqlc.arg(from_at)::timestamptz AND (s.received_at < sqlc.arg(from_at)::timestamptz OR s.id > sqlc.arg(from_id)::uuid)
     ORDER BY s.received_at DESC, s.id LIMIT sqlc.arg(most)::integer)
    UNION ALL
    (SELECT * FROM past s WHERE NOT sqlc.arg(backwards)::boolean
       AND s.received_at <= sqlc.arg(from_at)::timestamptz AND (s.received_at < sqlc.arg(from_at)::timestamptz OR s.id > sqlc.arg(from_id)::uuid)
     ORDER BY s.received_at DESC, s.id LIMIT sqlc.arg(most)::integer)
    UNION ALL
    (SELECT * FROM standing s WHERE sqlc.arg(backwards)::boolean
       AND s.received_at >= sqlc.arg(from_at)::timestamptz AND (s.received_at > sqlc.arg(from_at)::timestamptz OR s.id < sqlc.arg(from_id)::uuid)
     ORDER BY s.received_at, s.id DESC LIMIT sqlc.arg(most)::integer)
    UNION ALL
    (SELECT * FROM past s WHERE sqlc.arg(backwards)::boolean
       AND s.received_at >= sqlc.arg(from_at)::timestamptz AND (s.received_at > sqlc.arg(from_at)::timestamptz OR s.id < sqlc.arg(from_id)::uuid)
     ORDER BY s.received_at, s.id DESC LIMIT sqlc.arg(most)::integer)
) p;

-- name: BoardNumbers :one
-- How many leads are not closed, late, escalated and proposed for closing, each by
-- the index that has the fewest others, and counted up to most. Tests are in no
-- figure.
WITH fit AS NOT MATERIALIZED (
    SELECT l.status, l.stands_at, l.turns_to, l.escalation_step
    FROM board_leads(sqlc.arg(dealer_id)::uuid, sqlc.arg(no_owner)::boolean, sqlc.arg(owners)::uuid[], sqlc.arg(stages)::text[],
        sqlc.narg(phase)::text, sqlc.arg(sources)::uuid[], '{}') l
    WHERE l.status <> 'closed' AND NOT l.test
)
SELECT (SELECT count(*) FROM (SELECT FROM fit f LIMIT sqlc.arg(most)::integer) n)::integer AS open,
       (SELECT count(*) FROM (SELECT FROM fit f WHERE f.stands_at <= sqlc.arg(now)::bigint AND (f.turns_to IS NULL OR f.turns_to <= sqlc.arg(now)::bigint)
                              LIMIT sqlc.arg(most)::integer) n)::integer AS late,
       (SELECT count(*) FROM (SELECT FROM fit f WHERE f.escalation_step > 0 LIMIT sqlc.arg(most)::integer) n)::integer AS escalated,
       (SELECT count(*) FROM (SELECT FROM fit f WHERE f.status = 'closing' LIMIT sqlc.arg(most)::integer) n)::integer AS closing;

-- name: BoardNamed :many
-- Those of the named leads that match, with what they are sorted and counted by,
-- in microseconds. Whoever reads it sorts, counts and cuts. A lead that another
-- one's process works is found by searching only.
SELECT l.id, l.status, l.test, (l.escalation_step > 0)::boolean AS escalated,
       (extract(epoch FROM l.received_at) * 1000000)::bigint AS received,
       (CASE WHEN l.turns_to IS NOT NULL AND l.stands_at <= sqlc.arg(now)::bigint THEN l.turns_to ELSE coalesce(l.stands_at, 9000000000000000) END)::bigint AS due
FROM board_leads(sqlc.arg(dealer_id)::uuid, sqlc.arg(no_owner)::boolean, sqlc.arg(owners)::uuid[], sqlc.arg(stages)::text[],
     sqlc.narg(phase)::text, sqlc.arg(sources)::uuid[], sqlc.arg(words)::text[]) l
WHERE l.id = ANY(sqlc.arg(ids)::uuid[]) AND (l.status <> 'closed' OR l.duplicate_of IS NULL OR sqlc.arg(searched)::boolean);

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
