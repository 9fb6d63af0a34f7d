-- name: MessagesTold :many
-- Whose messages these are; those that are nobody's are left out.
SELECT id, dealer_id, lead_id FROM message WHERE id = ANY(sqlc.arg(ids)::uuid[]) AND channel = 'email' ORDER BY lead_id, id;

-- name: LockMessage :one
SELECT * FROM message WHERE id = $1 FOR UPDATE;

-- name: InsertDeliveryEvent :execrows
-- Zero rows: it was told before.
INSERT INTO delivery_event (id, dealer_id, message_id, kind, code, at, received_at) VALUES ($1, $2, $3, $4, $5, $6, doorbell_now()) ON CONFLICT DO NOTHING;

-- name: SetDelivery :exec
-- What the events come to. That the provider tells of a message at all says that
-- it has it, whatever our own send heard: it is accepted, and never sent again.
-- The code stays where the process was told that nobody knows.
UPDATE message SET delivery = sqlc.arg(delivery), delivery_at = sqlc.arg(delivery_at),
    accepted_at = CASE WHEN sqlc.arg(reconciled)::boolean THEN sqlc.arg(first_at)::timestamptz ELSE accepted_at END,
    provider = CASE WHEN sqlc.arg(reconciled)::boolean THEN 'sendgrid' ELSE provider END,
    code = CASE WHEN NOT sqlc.arg(reconciled)::boolean THEN code WHEN told THEN 'unknown_twice' ELSE '' END,
    try_after = CASE WHEN sqlc.arg(reconciled)::boolean THEN NULL ELSE try_after END,
    state = CASE WHEN sqlc.arg(reconciled)::boolean THEN 'accepted' ELSE state END
WHERE id = $1;

-- name: Suppress :execrows
INSERT INTO suppression (id, dealer_id, channel, normalised, reason, since, message_id) VALUES ($1, $2, 'email', $3, $4, doorbell_now(), $5)
ON CONFLICT (dealer_id, channel, normalised) WHERE lifted_at IS NULL
DO UPDATE SET reason = excluded.reason, message_id = excluded.message_id WHERE suppression.reason = 'bounce' AND excluded.reason <> 'bounce';

-- name: SuppressedOf :many
-- Which of these addresses are not mailed any more, and why.
SELECT normalised, reason, since FROM suppression WHERE dealer_id = $1 AND channel = 'email' AND normalised = ANY(sqlc.arg(addresses)::text[]) AND lifted_at IS NULL
ORDER BY normalised;

-- name: OpenLeadsOfAddresses :many
-- The open leads whose customer has one of these addresses.
SELECT DISTINCT l.id FROM customer_contact c JOIN lead l ON l.customer_id = c.customer_id
WHERE c.dealer_id = $1 AND c.kind = 'email' AND c.valid AND c.normalised = ANY(sqlc.arg(addresses)::text[])
  AND l.status <> 'closed' AND l.duplicate_of IS NULL ORDER BY 1;

-- name: MailOfNews :one
-- What the process must know of a mail that it hears news of: whether it knows
-- it as sent.
SELECT template, (key = 'auto_response')::boolean AS auto, (told AND state = 'accepted' AND code <> 'unknown_twice')::boolean AS known
FROM message WHERE lead_id = $1 AND id = $2 AND staff_id IS NULL AND department = '';

-- name: HappenedAny :one
SELECT EXISTS (SELECT 1 FROM timeline WHERE lead_id = $1 AND happening = ANY(sqlc.arg(happenings)::text[])) AS happened;

-- name: FoundOut :exec
-- The process knows now what became of a message that nobody knew the fate of.
UPDATE message SET code = '' WHERE lead_id = $1 AND id = $2 AND code = 'unknown_twice' AND state = 'accepted';

-- name: ListSuppressions :many
-- Addresses that are not mailed, the latest first.
SELECT s.id, s.normalised, s.reason, s.since, m.lead_id FROM suppression s LEFT JOIN message m ON m.id = s.message_id
WHERE s.dealer_id = sqlc.arg(dealer_id) AND s.lifted_at IS NULL
  AND (sqlc.arg(word)::text = '' OR position(lower(sqlc.arg(word)::text) IN s.normalised) > 0)
  AND (sqlc.narg(before)::timestamptz IS NULL OR (s.since, s.id) < (sqlc.narg(before)::timestamptz, sqlc.narg(before_id)::uuid))
ORDER BY s.since DESC, s.id DESC LIMIT sqlc.arg(most)::integer;

-- name: LockSuppression :one
SELECT s.id, s.normalised, s.reason, s.since, m.lead_id FROM suppression s LEFT JOIN message m ON m.id = s.message_id
WHERE s.dealer_id = $1 AND s.id = $2 AND s.lifted_at IS NULL FOR UPDATE OF s;

-- name: LiftSuppression :exec
UPDATE suppression SET lifted_at = doorbell_now(), lifted_by = $2 WHERE id = $1;

-- name: MailsOfLead :many
-- The mails to the customer of a lead and what became of them, the latest first.
SELECT m.id, m.template, m.subject, m.written_by, m.state, m.code, m.unknowns, m.created_at, m.accepted_at, m.delivery, m.delivery_at
FROM message m WHERE m.lead_id = $1 AND m.dealer_id = $2 AND m.channel = 'email' AND m.staff_id IS NULL AND m.department = '' AND m.state <> 'held'
ORDER BY m.created_at DESC, m.id DESC LIMIT sqlc.arg(most)::integer;

-- name: ManagersToTell :many
-- Who is told that a mail to a colleague came back; the colleague himself is not.
SELECT id FROM staff WHERE dealer_id = $1 AND active AND role IN ('sales_manager', 'admin') AND id IS DISTINCT FROM sqlc.narg(but)::uuid ORDER BY id;

-- name: PruneDeliveryEvents :execrows
-- What they come to stands with the message. A post that is older than this is
-- refused, so that nothing that is forgotten can be told again.
DELETE FROM delivery_event WHERE received_at < doorbell_now() - interval '90 days';

-- name: ToldOnScreen :one
-- Whether somebody was told the same on his screen within a week.
SELECT EXISTS (SELECT 1 FROM message WHERE dealer_id = sqlc.arg(dealer_id) AND staff_id = sqlc.arg(staff_id)::uuid AND channel = 'screen'
    AND template = sqlc.arg(template) AND ref = sqlc.arg(ref) AND created_at > doorbell_now() - interval '7 days') AS told;
