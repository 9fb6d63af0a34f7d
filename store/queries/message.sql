-- name: InsertMessage :exec
INSERT INTO message (id, dealer_id, lead_id, key, template, channel, staff_id, step, steps, ref, state, not_before, created_at, accepted_at,
    follow_up_id, department)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT (lead_id, key) DO NOTHING;

-- name: HoldMessage :exec
-- A mail that a person wrote waits until the process has let it through.
INSERT INTO message (id, dealer_id, lead_id, key, template, channel, written_by, subject, text, state, created_at)
VALUES ($1, $2, $3, $4, $5, 'email', $6, $7, $8, 'held', doorbell_now()) ON CONFLICT DO NOTHING;

-- name: HandWritten :one
-- A mail that a person wrote for this lead.
SELECT state, template FROM message WHERE lead_id = $1 AND id = $2 AND written_by IS NOT NULL;

-- name: ReleaseMessage :execrows
UPDATE message SET state = 'pending' WHERE lead_id = $1 AND id = $2 AND state = 'held';

-- name: WithdrawMessages :exec
-- A closed lead sends nothing more; what a person sent by hand still goes, and
-- so does what belongs to a follow-up, or to a colleague and not to the lead.
UPDATE message SET state = 'withdrawn' WHERE lead_id = $1 AND follow_up_id IS NULL AND template <> 'staff-paused' AND state IN ('pending', 'unknown') AND written_by IS NULL AND NOT (key = ANY(sqlc.arg(keep)::text[]));

-- name: PendingMessages :many
-- What may be sent now. Whoever takes up what was left unfinished also sees to
-- it that the process hears how those ended that it has not heard of.
SELECT id FROM message WHERE lead_id = $1 AND follow_up_id IS NULL AND channel <> 'screen' AND (not_before IS NULL OR not_before <= doorbell_now())
    AND ((state = 'pending' AND try_after IS NULL) OR (sqlc.arg(unfinished)::boolean AND (state IN ('pending', 'sending', 'unknown')
        OR (NOT told AND staff_id IS NULL AND state IN ('accepted', 'failed', 'suppressed')))))
ORDER BY created_at, id;

-- name: ClaimMessages :many
-- Marks messages as being sent, so that whoever comes after a crash knows that the
-- provider may have them. What is already being sent may be taken only when its
-- claim is too old to be alive.
UPDATE message m SET state = 'sending', tries = m.tries + 1, claimed_at = doorbell_now(),
    unknowns = m.unknowns + CASE WHEN m.state = 'sending' THEN 1 ELSE 0 END
FROM (SELECT o.id, o.state AS was FROM message o WHERE o.id = ANY(sqlc.arg(ids)::uuid[]) ORDER BY o.id FOR UPDATE) before
WHERE m.id = before.id AND (
    (m.state IN ('pending', 'unknown') AND (m.not_before IS NULL OR m.not_before <= doorbell_now()) AND (m.try_after IS NULL OR m.try_after <= doorbell_now()))
    OR (m.state = 'sending' AND m.claimed_at < doorbell_now() - make_interval(secs => sqlc.arg(stale_s)::double precision)))
RETURNING m.*, before.was, doorbell_now()::timestamptz AS now;

-- name: PeekMessages :many
-- Messages as ClaimMessages would hand them out, without taking them.
SELECT m.*, m.state AS was, doorbell_now()::timestamptz AS now FROM message m WHERE m.id = ANY(sqlc.arg(ids)::uuid[]) ORDER BY m.id;

-- name: FinishMessages :many
-- How tries ended, and how many seconds the next has to wait; 0 is nothing. What the
-- provider has told to have stays accepted, whatever the send heard, and is not among
-- the ids. An acceptance still adds the provider's id.
UPDATE message m SET state = e.state, code = e.code, provider = e.provider, provider_id = e.provider_id, unknowns = e.unknowns,
    try_after = CASE WHEN e.wait_s > 0 THEN doorbell_now() + make_interval(secs => e.wait_s) END,
    accepted_at = CASE WHEN e.state = 'accepted' THEN coalesce(m.accepted_at, doorbell_now()) ELSE m.accepted_at END
FROM (SELECT unnest(sqlc.arg(ids)::uuid[]) AS id, unnest(sqlc.arg(states)::text[]) AS state, unnest(sqlc.arg(codes)::text[]) AS code,
             unnest(sqlc.arg(providers)::text[]) AS provider, unnest(sqlc.arg(provider_ids)::text[]) AS provider_id,
             unnest(sqlc.arg(unknowns)::integer[]) AS unknowns, unnest(sqlc.arg(waits_s)::double precision[]) AS wait_s) e
WHERE m.id = e.id AND (m.state <> 'accepted' OR e.state = 'accepted')
RETURNING m.id;

-- name: MessageWaits :many
-- How long messages that cannot be sent now have to wait, in seconds; of those that
-- are being sent, for how long they have been.
SELECT id, state, greatest(0, extract(epoch FROM CASE WHEN state = 'sending' THEN doorbell_now() - claimed_at
    ELSE greatest(coalesce(try_after, '-infinity'), coalesce(not_before, '-infinity'), doorbell_now()) - doorbell_now() END))::double precision AS wait_s
FROM message WHERE id = ANY(sqlc.arg(ids)::uuid[]);

-- name: MessageFates :many
-- Messages to the customer that have found their end and of which the process
-- does not know yet.
SELECT id, template, key, state, code, written_by, coalesce(accepted_at, doorbell_now())::timestamptz AS at FROM message
WHERE id = ANY(sqlc.arg(ids)::uuid[]) AND staff_id IS NULL AND NOT told AND state IN ('accepted', 'failed', 'suppressed')
ORDER BY created_at, id;

-- name: ToldMessages :exec
UPDATE message SET told = true WHERE lead_id = $1 AND id = ANY(sqlc.arg(ids)::uuid[]);

-- name: UntoldMessages :many
-- Those of which the process does not know the fate yet.
SELECT id FROM message WHERE id = ANY(sqlc.arg(ids)::uuid[]) AND NOT told;

-- name: MessageContexts :many
-- All that a template may show about a lead, each of the colleagues who are to read
-- it, and what stands against writing to the customer at this moment. The nil id is
-- no colleague. The lead is looked up once, before its readers: for several of them
-- the planner would rather look up what everybody refuses.
WITH about AS MATERIALIZED (
SELECT l.id AS lead_id, l.received_at, l.request, l.make, l.model, l.live_due_at, l.attempts_counted, l.attempts_required, l.status, l.stage, l.closed_at,
       l.comments, s.name AS source_name,
       c.first_name, c.infix, c.last_name, c.full_name, c.language AS customer_language, coalesce(mail.normalised, '')::text AS customer_email,
       coalesce((SELECT cc.normalised FROM customer_contact cc WHERE cc.customer_id = c.id AND cc.kind = 'phone' AND cc.valid ORDER BY cc.position LIMIT 1), '')::text AS customer_phone,
       EXISTS (SELECT 1 FROM refusal x WHERE x.customer_id = c.id AND x.channel = 'email' AND x.normalised = mail.normalised) AS mail_refused,
       coalesce((SELECT x.reason FROM suppression x WHERE x.dealer_id = l.dealer_id AND x.channel = 'email' AND x.normalised = mail.normalised
                 AND x.lifted_at IS NULL), '')::text AS not_mailed_because,
       ARRAY(SELECT DISTINCT x.channel FROM refusal x WHERE x.customer_id = c.id ORDER BY 1)::text[] AS refused,
       EXISTS (SELECT 1 FROM appointment a WHERE a.lead_id = l.id) AS had_appointment,
       coalesce(o.name, '')::text AS owner_name, coalesce(o.email, '')::text AS owner_email, coalesce(o.phone, '')::text AS owner_phone,
       d.name AS dealer_name, d.phone AS dealer_phone, d.address AS dealer_address, d.colour, d.logo_url, d.language AS dealer_language, d.zone, d.country, d.mail_from
FROM lead l JOIN source s ON s.id = l.source_id JOIN customer c ON c.id = l.customer_id JOIN dealer d ON d.id = l.dealer_id
LEFT JOIN staff o ON o.id = l.owner_id
LEFT JOIN LATERAL (SELECT cc.normalised FROM customer_contact cc WHERE cc.customer_id = c.id AND cc.kind = 'email' AND cc.valid
                   ORDER BY EXISTS (SELECT 1 FROM suppression x WHERE x.dealer_id = l.dealer_id AND x.channel = 'email' AND x.normalised = cc.normalised AND x.lifted_at IS NULL),
                            cc.position LIMIT 1) mail ON true
WHERE l.id = sqlc.arg(lead_id)
)
SELECT a.*, wanted.reader::uuid AS reader, coalesce(r.active, false)::boolean AS reader_active, coalesce(r.name, '')::text AS reader_name,
       coalesce(r.email, '')::text AS reader_email, coalesce(r.phone, '')::text AS reader_phone, coalesce(r.language, '')::text AS reader_language
FROM about a CROSS JOIN unnest(sqlc.arg(readers)::uuid[]) AS wanted(reader) LEFT JOIN staff r ON r.id = wanted.reader;

-- name: GetAppointment :one
SELECT * FROM appointment WHERE id = $1;

-- name: AppointmentOfLead :one
SELECT * FROM appointment WHERE lead_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1;

-- name: ClosingWords :one
-- A closing as a manager, or whoever proposed it, reads about it.
SELECT c.reason, c.due_at, coalesce(s.name, '')::text AS asked_by_name,
       coalesce((SELECT n.text FROM note n WHERE n.id = coalesce(c.decision_note_id, c.note_id)), '')::text AS note
FROM closing c LEFT JOIN staff s ON s.id::text = c.asked_by WHERE c.id = $1;

-- name: InsertMail :exec
INSERT INTO mailbox (id, at, channel, recipient, sender, subject, text, html, attachments, lead_id)
VALUES ($1, doorbell_now(), $2, $3, $4, $5, $6, $7, $8, $9);

-- name: ListMail :many
SELECT * FROM mailbox WHERE (sqlc.arg(recipient)::text = '' OR recipient = sqlc.arg(recipient)::text) ORDER BY at DESC, id LIMIT sqlc.arg(most)::integer;

-- name: GetMail :one
SELECT * FROM mailbox WHERE id = $1;

-- name: CatalogueOfLead :one
-- The version of the dealer's reasons that a lead is closed by.
SELECT reason_version FROM lead WHERE id = $1;

-- name: FollowUpWords :one
-- A follow-up as whoever does it reads about it, with the closing that it came
-- from: the last one before it, because a lead can be reopened and closed again.
SELECT f.kind, f.reason, f.status, f.policy_version, f.deadline_at, coalesce(o.name, '')::text AS owner_name, coalesce(o.email, '')::text AS owner_email,
       coalesce(p.name, '')::text AS lead_owner_name, coalesce(p.email, '')::text AS lead_owner_email,
       l.reason_version, l.received_at, l.closed_at, l.trade_in, coalesce(l.external_id, '')::text AS external_id, s.cost_cents, s.currency,
       coalesce(a.name, '')::text AS closed_by, coalesce(c.details, '{}')::jsonb AS details,
       concat_ws(' / ', (SELECT n.text FROM note n WHERE n.id = c.note_id), (SELECT n.text FROM note n WHERE n.id = c.decision_note_id))::text AS note
FROM follow_up f JOIN lead l ON l.id = f.lead_id JOIN source s ON s.id = l.source_id
LEFT JOIN staff o ON o.id = f.owner_id
LEFT JOIN staff p ON p.id = l.owner_id AND p.active
LEFT JOIN closing c ON c.id = (SELECT x.id FROM closing x
    WHERE x.lead_id = f.lead_id AND x.reason = f.reason AND x.state IN ('final', 'approved') AND coalesce(x.decided_at, x.asked_at) <= f.created_at
    ORDER BY coalesce(x.decided_at, x.asked_at) DESC, x.id DESC LIMIT 1)
LEFT JOIN staff a ON a.id::text = c.asked_by
WHERE f.id = $1;

-- name: FollowUpOfNewRun :one
-- The follow-up that began a lead.
SELECT f.id FROM lead n JOIN follow_up f ON f.lead_id = n.again_of AND f.new_lead_id = n.id WHERE n.id = $1 ORDER BY f.created_at DESC, f.id DESC LIMIT 1;

-- name: PausedFigures :one
-- By which figures new leads paused for somebody the last time, and whether they
-- still do.
SELECT s.name, (s.active AND s.paused_at IS NOT NULL)::boolean AS paused, e.at, e.conversations, e.results, e.norm
FROM staff s JOIN earning_entry e ON e.staff_id = s.id AND e.kind = 'paused'
WHERE s.dealer_id = $1 AND s.id = $2 ORDER BY e.at DESC, e.id DESC LIMIT 1;
