-- name: PeopleByContact :many
-- Whoever gave this number or address, as it is read or as he wrote it.
SELECT DISTINCT customer_id FROM customer_contact
WHERE dealer_id = $1 AND kind = $2 AND (normalised = sqlc.arg(normalised)::text OR written = sqlc.arg(written)::text);

-- name: PersonOfLead :one
SELECT customer_id FROM lead WHERE dealer_id = $1 AND id = $2;

-- name: PersonByID :one
SELECT id FROM customer WHERE dealer_id = $1 AND id = $2;

-- name: PeopleSharing :many
-- Whoever has a number or an address in common with these: the same person, as
-- everywhere in Doorbell.
SELECT DISTINCT b.customer_id FROM customer_contact a
JOIN customer_contact b ON b.dealer_id = a.dealer_id AND b.kind = a.kind AND b.normalised = a.normalised AND b.valid
WHERE a.dealer_id = $1 AND a.customer_id = ANY(sqlc.arg(customers)::uuid[]) AND a.valid;

-- name: LockLeadsOfPeople :many
-- Against whoever works them and whoever writes something that belongs to them.
SELECT id FROM lead WHERE dealer_id = $1 AND customer_id = ANY(sqlc.arg(customers)::uuid[]) ORDER BY id FOR UPDATE;

-- name: LockPeople :many
SELECT id, erased_at FROM customer WHERE dealer_id = $1 AND id = ANY(sqlc.arg(customers)::uuid[]) ORDER BY id FOR UPDATE;

-- name: ContactsOfPeople :many
SELECT DISTINCT kind, written, normalised, valid FROM customer_contact
WHERE dealer_id = $1 AND customer_id = ANY(sqlc.arg(customers)::uuid[]) ORDER BY kind, normalised, written;

-- name: RefuseEverywhere :exec
-- Every number and address of these people must not be used any more.
INSERT INTO do_not_contact (dealer_id, channel, normalised, at)
SELECT DISTINCT c.dealer_id, w.channel, c.normalised, doorbell_now() FROM customer_contact c
JOIN (VALUES ('phone', 'phone'), ('sms', 'phone'), ('email', 'email')) AS w (channel, kind) ON w.kind = c.kind
WHERE c.dealer_id = $1 AND c.customer_id = ANY(sqlc.arg(customers)::uuid[]) AND c.valid ON CONFLICT DO NOTHING;

-- name: HideRefusals :execrows
-- Of what was refused the pseudonym is left.
WITH gone AS (
    DELETE FROM do_not_contact n USING customer_contact c
    WHERE c.dealer_id = $1 AND c.customer_id = ANY(sqlc.arg(customers)::uuid[])
      AND n.dealer_id = c.dealer_id AND n.normalised = c.normalised AND (n.channel = 'email') = (c.kind = 'email')
    RETURNING n.dealer_id, n.channel, n.normalised, n.at)
INSERT INTO do_not_contact (dealer_id, channel, normalised, at)
SELECT dealer_id, channel, pseudonym(dealer_id, 'contact', normalised), min(at) FROM gone GROUP BY 1, 2, 3 ON CONFLICT DO NOTHING;

-- name: EraseSuppressions :execrows
-- Addresses that are not mailed. That somebody does not want mail is a wish, of
-- which the pseudonym is left; a bounce shows itself again.
WITH gone AS (
    DELETE FROM suppression s USING customer_contact c
    WHERE c.dealer_id = $1 AND c.customer_id = ANY(sqlc.arg(customers)::uuid[]) AND c.kind = 'email'
      AND s.dealer_id = c.dealer_id AND s.normalised = c.normalised
    RETURNING s.dealer_id, s.normalised, s.reason, s.since, s.lifted_at)
INSERT INTO do_not_contact (dealer_id, channel, normalised, at)
SELECT dealer_id, 'email', pseudonym(dealer_id, 'contact', normalised), min(since) FROM gone
WHERE reason <> 'bounce' AND lifted_at IS NULL GROUP BY 1, 3 ON CONFLICT DO NOTHING;

-- name: Pseudonym :one
SELECT coalesce(pseudonym(sqlc.arg(dealer_id)::uuid, 'contact', sqlc.arg(what)::text), '')::text AS pseudonym;

-- name: LeadsOfContact :many
-- The leads of whoever has a number or an address, open ones first.
SELECT DISTINCT l.id, (l.status <> 'closed' AND l.duplicate_of IS NULL)::boolean AS open FROM customer_contact c JOIN lead l ON l.customer_id = c.customer_id
WHERE c.dealer_id = $1 AND c.kind = $2 AND c.normalised = $3 AND c.valid ORDER BY 2 DESC, 1;

-- name: RefuseContact :execrows
INSERT INTO do_not_contact (dealer_id, channel, normalised, at)
SELECT sqlc.arg(dealer_id)::uuid, w, sqlc.arg(normalised)::text, doorbell_now() FROM unnest(sqlc.arg(channels)::text[]) w
WHERE NOT EXISTS (SELECT 1 FROM do_not_contact n WHERE n.dealer_id = sqlc.arg(dealer_id)::uuid AND n.channel = w
    AND n.normalised = (SELECT pseudonym(sqlc.arg(dealer_id)::uuid, 'contact', sqlc.arg(normalised)::text))) ON CONFLICT DO NOTHING;

-- name: RawOfPeople :many
-- The messages that leads came in with, and those in which one of the numbers
-- or addresses stands that never became one. Only what nobody could read is
-- looked through.
SELECT DISTINCT r.id FROM raw_message r JOIN raw_lead k ON k.raw_id = r.id WHERE r.dealer_id = $1 AND k.lead_id = ANY(sqlc.arg(leads)::uuid[])
UNION
SELECT r.id FROM raw_message r JOIN quarantine q ON q.raw_id = r.id
WHERE r.dealer_id = $1 AND (q.lead_id = ANY(sqlc.arg(leads)::uuid[])
    OR r.erased_at IS NULL AND EXISTS (SELECT 1 FROM unnest(sqlc.arg(named)::text[]) n WHERE position(convert_to(n, 'UTF8') IN r.body) > 0))
ORDER BY 1;

-- name: HeldOfRaw :many
-- Prospects of these messages that somebody has still to make leads of. 0 is a
-- whole message that could not be read.
SELECT id, raw_id, position FROM quarantine WHERE dealer_id = $1 AND raw_id = ANY(sqlc.arg(raws)::uuid[]) AND resolved_at IS NULL ORDER BY id;

-- name: EraseRaw :execrows
-- A fingerprint of 32 bytes is one that anybody could compute.
UPDATE raw_message SET body = '', erased_at = doorbell_now(),
    idempotency_key = pseudonym(dealer_id, 'key', idempotency_key),
    fingerprint = convert_to(pseudonym(dealer_id, 'message', encode(fingerprint, 'hex')), 'UTF8')
WHERE dealer_id = $1 AND id = ANY(sqlc.arg(raws)::uuid[]) AND octet_length(fingerprint) = 32;

-- name: EraseQuarantine :execrows
UPDATE quarantine SET resolved_at = doorbell_now() WHERE dealer_id = $1 AND raw_id = ANY(sqlc.arg(raws)::uuid[]) AND resolved_at IS NULL;

-- name: EraseNotes :execrows
UPDATE note SET text = '' WHERE lead_id = ANY(sqlc.arg(leads)::uuid[]) AND text <> '';

-- name: EraseMails :execrows
UPDATE message SET subject = '', text = '' WHERE lead_id = ANY(sqlc.arg(leads)::uuid[]) AND (subject <> '' OR text <> '');

-- name: EraseProviderIDs :exec
-- By which the provider finds a mail, and its address, in his own books.
UPDATE message SET provider_id = '' WHERE lead_id = ANY(sqlc.arg(leads)::uuid[]) AND provider_id <> '';

-- name: WithdrawMailsOfLeads :exec
-- Nobody may be written to or be told about him any more, by hand or by itself.
UPDATE message SET state = 'withdrawn' WHERE lead_id = ANY(sqlc.arg(leads)::uuid[]) AND staff_id IS NULL AND state IN ('held', 'pending', 'unknown');

-- name: EraseCallIDs :execrows
UPDATE attempt SET call_id = NULL WHERE lead_id = ANY(sqlc.arg(leads)::uuid[]) AND call_id IS NOT NULL;

-- name: ClosingsOfLeads :many
SELECT c.id, c.reason, c.details, l.reason_version FROM closing c JOIN lead l ON l.id = c.lead_id
WHERE c.lead_id = ANY(sqlc.arg(leads)::uuid[]) AND c.details <> '{}' ORDER BY c.id;

-- name: SetClosingDetails :exec
UPDATE closing SET details = $2 WHERE id = $1;

-- name: OpenFollowUpKinds :many
SELECT DISTINCT kind FROM follow_up WHERE lead_id = $1 AND status = 'open' ORDER BY 1;

-- name: EraseAnswers :execrows
-- Answers to requests hold the lead as it was then. Whoever asks again with the
-- key is told how things stand now.
DELETE FROM request r WHERE r.dealer_id = $1 AND r.body IS NOT NULL
    AND EXISTS (SELECT 1 FROM unnest(sqlc.arg(leads)::uuid[]) l WHERE position(convert_to(l::text, 'UTF8') IN r.body) > 0);

-- name: EraseMailbox :execrows
DELETE FROM mailbox WHERE lead_id = ANY(sqlc.arg(leads)::text[]) OR recipient = ANY(sqlc.arg(addresses)::text[]);

-- name: EraseLeads :exec
-- What a lead tells reports stays: where it came from and when, which model was
-- asked for, how it went and why it ended.
UPDATE lead SET erased_at = doorbell_now(), external_id = pseudonym(dealer_id, 'external_id', external_id), content_hash = '', ignored = '{}',
    vin = '', stock_number = '', trade_in = NULL, comments = ''
WHERE dealer_id = $1 AND id = ANY(sqlc.arg(leads)::uuid[]) AND erased_at IS NULL;

-- name: EraseContacts :execrows
DELETE FROM customer_contact WHERE dealer_id = $1 AND customer_id = ANY(sqlc.arg(customers)::uuid[]);

-- name: EraseConsent :execrows
DELETE FROM consent WHERE dealer_id = $1 AND customer_id = ANY(sqlc.arg(customers)::uuid[]);

-- name: ErasePeople :exec
UPDATE customer SET erased_at = doorbell_now(), first_name = '', infix = '', last_name = '', full_name = '', postal_code = '', city = '', preferred_contact = ''
WHERE dealer_id = $1 AND id = ANY(sqlc.arg(customers)::uuid[]) AND erased_at IS NULL;

-- name: InsertConsent :exec
-- A lead that is sent again says nothing new about what was consented to.
INSERT INTO consent (id, dealer_id, customer_id, purpose, channel, wording, at, given, origin, actor, lead_id)
SELECT sqlc.arg(id), sqlc.arg(dealer_id), sqlc.arg(customer_id), sqlc.arg(purpose)::text, sqlc.arg(channel)::text, sqlc.arg(wording)::text, sqlc.arg(at)::timestamptz,
    sqlc.arg(given)::boolean, sqlc.arg(origin)::text, sqlc.arg(actor)::text, sqlc.narg(lead_id)
WHERE NOT EXISTS (SELECT 1 FROM consent c WHERE c.customer_id = sqlc.arg(customer_id) AND c.purpose = sqlc.arg(purpose)::text AND c.channel = sqlc.arg(channel)::text
    AND c.wording = sqlc.arg(wording)::text AND c.given = sqlc.arg(given)::boolean AND c.origin = sqlc.arg(origin)::text
    AND (c.at = sqlc.arg(at)::timestamptz OR (c.origin = 'lead' AND sqlc.arg(undated)::boolean)));

-- name: WithdrawConsent :exec
-- Takes back what is in force on these channels, for every one of the person's
-- leads: the last entry of a purpose and channel holds.
INSERT INTO consent (id, dealer_id, customer_id, purpose, channel, wording, at, given, origin, actor, lead_id)
SELECT gen_random_uuid(), h.dealer_id, h.customer_id, h.purpose, h.channel, '', doorbell_now(), false, sqlc.arg(origin)::text, sqlc.arg(actor)::text, sqlc.arg(lead_id)::uuid
FROM (SELECT DISTINCT ON (c.customer_id, c.purpose, c.channel) c.* FROM consent c
      WHERE c.customer_id IN (
          SELECT l.customer_id FROM lead l WHERE l.id = sqlc.arg(lead_id)::uuid
          UNION SELECT b.customer_id FROM lead l JOIN customer_contact a ON a.customer_id = l.customer_id AND a.valid
          JOIN customer_contact b ON b.dealer_id = a.dealer_id AND b.kind = a.kind AND b.normalised = a.normalised AND b.valid WHERE l.id = sqlc.arg(lead_id)::uuid)
      ORDER BY c.customer_id, c.purpose, c.channel, c.at DESC, c.id DESC) h
WHERE h.given AND h.channel = ANY(sqlc.arg(channels)::text[]);

-- name: OfferRefused :one
-- Whether the customer took back a consent on the channel and gave none since,
-- to this dealer, whatever it was for.
SELECT coalesce((
    SELECT NOT c.given FROM consent c JOIN lead l ON l.id = $1
    WHERE c.customer_id IN (SELECT l.customer_id UNION SELECT b.customer_id FROM customer_contact a
        JOIN customer_contact b ON b.dealer_id = a.dealer_id AND b.kind = a.kind AND b.normalised = a.normalised AND b.valid
        WHERE a.customer_id = l.customer_id AND a.valid)
      AND c.channel = sqlc.arg(channel)::text
    ORDER BY c.at DESC, c.id DESC LIMIT 1), false)::boolean AS refused;

-- name: Retention :one
SELECT p.won_months, p.lost_months, p.dropped_months, p.test_months, p.raw_months, p.ran_at, p.people, p.messages, p.held
FROM privacy p WHERE p.dealer_id = $1;

-- name: SetRetention :exec
UPDATE privacy SET won_months = $2, lost_months = $3, dropped_months = $4, test_months = $5, raw_months = $6 WHERE dealer_id = $1;

-- name: RetentionRan :exec
UPDATE privacy SET ran_at = doorbell_now(), people = people + sqlc.arg(more_people)::bigint, messages = messages + sqlc.arg(more_messages)::bigint,
    held = sqlc.arg(held_now)::bigint
WHERE dealer_id = $1;

-- name: RetentionStands :one
-- For the metrics: when the dealer that waits longest had his last run, and
-- what all runs have erased.
SELECT coalesce(extract(epoch FROM min(coalesce(ran_at, 'epoch'))), 0)::double precision AS ran_at_s, coalesce(sum(people), 0)::bigint AS people,
       coalesce(sum(messages), 0)::bigint AS messages, coalesce(sum(held), 0)::bigint AS held FROM privacy;

-- name: Outlived :many
-- People whose last lead ended longer ago than its outcome allows, in the order
-- of their ids. A month is one of the dealer's calendar: what ended on the 31st
-- of January has lasted a month on the 28th of February. Somebody with an open
-- lead, or a follow-up that lies ahead, is a customer still, and so is whoever
-- shares a number with him.
WITH ages AS (
    SELECT p.*, (doorbell_now() AT TIME ZONE d.zone)::date AS today, d.zone FROM privacy p JOIN dealer d ON d.id = p.dealer_id WHERE p.dealer_id = sqlc.arg(dealer_id)),
ended AS (
    SELECT l.customer_id,
           bool_and(l.status = 'closed' AND ((l.closed_at AT TIME ZONE a.zone)::date + make_interval(months => CASE
               WHEN l.test THEN a.test_months WHEN l.stage = 'won' THEN a.won_months WHEN l.stage = 'dropped' THEN a.dropped_months ELSE a.lost_months END)) <= a.today)
           AND NOT bool_or(EXISTS (SELECT 1 FROM follow_up f WHERE f.lead_id = l.id AND f.status = 'open')) AS over
    FROM lead l, ages a WHERE l.dealer_id = sqlc.arg(dealer_id) AND l.erased_at IS NULL GROUP BY l.customer_id)
SELECT c.id FROM customer c JOIN ended e ON e.customer_id = c.id AND e.over
WHERE c.dealer_id = sqlc.arg(dealer_id) AND c.erased_at IS NULL AND c.id > sqlc.arg(after)::uuid
  AND (sqlc.narg(this)::uuid IS NULL OR c.id = sqlc.narg(this)::uuid)
  AND NOT EXISTS (
      SELECT 1 FROM customer_contact mine JOIN customer_contact other
          ON other.dealer_id = mine.dealer_id AND other.kind = mine.kind AND other.normalised = mine.normalised AND other.valid
      JOIN ended o ON o.customer_id = other.customer_id
      WHERE mine.customer_id = c.id AND mine.valid AND NOT o.over)
ORDER BY c.id LIMIT sqlc.arg(most)::integer;

-- name: EmptyOldRaw :execrows
-- The bodies of messages that are older than they have to be. Who sends one of
-- them again is answered as before. What waits in quarantine is nobody's lead
-- yet, and has to be kept until it is.
UPDATE raw_message SET body = '', erased_at = doorbell_now() WHERE id IN (
    SELECT r.id FROM raw_message r JOIN privacy p ON p.dealer_id = r.dealer_id JOIN dealer d ON d.id = r.dealer_id
    WHERE r.dealer_id = $1 AND r.erased_at IS NULL
      AND r.received_at < (((doorbell_now() AT TIME ZONE d.zone)::date - make_interval(months => p.raw_months)) AT TIME ZONE d.zone)
      AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.raw_id = r.id AND q.resolved_at IS NULL)
    LIMIT sqlc.arg(most)::integer FOR UPDATE OF r SKIP LOCKED);

-- name: CountOldRaw :one
SELECT count(*)::bigint FROM raw_message r JOIN privacy p ON p.dealer_id = r.dealer_id JOIN dealer d ON d.id = r.dealer_id
WHERE r.dealer_id = $1 AND r.erased_at IS NULL
  AND r.received_at < (((doorbell_now() AT TIME ZONE d.zone)::date - make_interval(months => p.raw_months)) AT TIME ZONE d.zone)
  AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.raw_id = r.id AND q.resolved_at IS NULL);

-- name: ExportPeople :many
SELECT * FROM customer WHERE dealer_id = $1 AND id = ANY(sqlc.arg(customers)::uuid[]) ORDER BY created_at, id;

-- name: ExportConsent :many
SELECT * FROM consent WHERE dealer_id = $1 AND customer_id = ANY(sqlc.arg(customers)::uuid[]) ORDER BY at, id;

-- name: ExportRefusals :many
SELECT DISTINCT channel, normalised, at FROM refusal WHERE dealer_id = $1 AND customer_id = ANY(sqlc.arg(customers)::uuid[]) ORDER BY 1, 2;

-- name: ExportSuppressions :many
SELECT DISTINCT s.normalised, s.reason, s.since FROM customer_contact c
JOIN suppression s ON s.dealer_id = c.dealer_id AND s.normalised = c.normalised AND s.lifted_at IS NULL
WHERE c.dealer_id = $1 AND c.customer_id = ANY(sqlc.arg(customers)::uuid[]) AND c.kind = 'email' ORDER BY 1;

-- name: ExportLeads :many
SELECT l.*, s.code AS source_code, s.name AS source_name, coalesce(o.name, '')::text AS owner_name
FROM lead l JOIN source s ON s.id = l.source_id LEFT JOIN staff o ON o.id = l.owner_id
WHERE l.dealer_id = $1 AND l.customer_id = ANY(sqlc.arg(customers)::uuid[]) ORDER BY l.received_at, l.id;

-- name: ExportNotes :many
SELECT n.*, coalesce(s.name, '')::text AS by_name FROM note n LEFT JOIN staff s ON s.id = n.staff_id WHERE n.lead_id = ANY(sqlc.arg(leads)::uuid[]) ORDER BY n.at, n.id;

-- name: ExportAttempts :many
SELECT * FROM attempt WHERE lead_id = ANY(sqlc.arg(leads)::uuid[]) ORDER BY made_at, id;

-- name: ExportAppointments :many
SELECT * FROM appointment WHERE lead_id = ANY(sqlc.arg(leads)::uuid[]) ORDER BY created_at, id;

-- name: ExportClosings :many
SELECT * FROM closing WHERE lead_id = ANY(sqlc.arg(leads)::uuid[]) AND state <> 'asked' ORDER BY asked_at, id;

-- name: ExportFollowUps :many
SELECT id, lead_id, kind, reason, due_on, status, outcome, settled_at, note_id FROM follow_up WHERE lead_id = ANY(sqlc.arg(leads)::uuid[]) ORDER BY created_at, id;

-- name: ExportMessages :many
-- What went to the customer or was about to.
SELECT id, lead_id, template, channel, state, subject, text, created_at, accepted_at FROM message
WHERE lead_id = ANY(sqlc.arg(leads)::uuid[]) AND staff_id IS NULL AND department = '' ORDER BY created_at, id;

-- name: ExportRaw :many
-- shared says that somebody else stands in the same message, which is not shown
-- to this one then.
SELECT r.id, r.content_type, r.body, r.received_at, r.erased_at, s.code AS source,
       (EXISTS (SELECT 1 FROM raw_lead k WHERE k.raw_id = r.id AND NOT (k.lead_id = ANY(sqlc.arg(leads)::uuid[])))
        OR EXISTS (SELECT 1 FROM quarantine q WHERE q.raw_id = r.id AND q.position > 0 AND (q.lead_id IS NULL OR NOT (q.lead_id = ANY(sqlc.arg(leads)::uuid[])))))::boolean AS shared
FROM raw_message r JOIN source s ON s.id = r.source_id WHERE r.dealer_id = $1 AND r.id = ANY(sqlc.arg(raws)::uuid[]) ORDER BY r.received_at, r.id;
