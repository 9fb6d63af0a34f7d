-- name: PeekLead :one
-- The lead as LockLead would hand it out, without holding it.
SELECT l.id, l.dealer_id, l.customer_id, l.process, l.step, l.timeline_seq, l.status, l.policy_version, l.reason_version, l.channel, l.request, l.make, l.model,
       l.condition, l.price_amount, l.received_at, l.test, l.owner_id, l.erased_at, s.code AS source, s.party, s.paid,
       c.postal_code, c.language, d.language AS dealer_language, doorbell_now()::timestamptz AS now
FROM lead l JOIN source s ON s.id = l.source_id JOIN customer c ON c.id = l.customer_id JOIN dealer d ON d.id = l.dealer_id
WHERE l.dealer_id = $1 AND l.id = sqlc.arg(lead_id);

-- name: HasTwin :one
-- Whether the dealer has another lead with a number or an address of this one's
-- customer.
SELECT EXISTS (
    SELECT 1 FROM customer_contact mine
    JOIN customer_contact other ON other.dealer_id = mine.dealer_id AND other.kind = mine.kind AND other.normalised = mine.normalised AND other.valid
    JOIN lead l ON l.customer_id = other.customer_id
    WHERE mine.customer_id = sqlc.arg(customer_id) AND mine.valid AND l.id <> sqlc.arg(lead_id)) AS twin;

-- name: DealerNow :one
SELECT sqlc.embed(d), doorbell_now()::timestamptz AS now FROM dealer d WHERE d.id = $1;

-- name: Celebrations :many
-- What is worth a cheer, the newest first: a lead's first conversation, an
-- appointment, a visit, a sale. Who sold is who closed the lead, not the manager
-- who approved of it. The kinds are those of the index timeline_celebrated.
SELECT t.at, (CASE t.kind WHEN 'attempt_logged' THEN 'conversation' WHEN 'appointment_set' THEN 'appointment' WHEN 'appointment_outcome' THEN 'visit' ELSE 'sale' END)::text AS what,
       t.lead_id, coalesce(p.email, '')::text AS email, coalesce(p.name, '')::text AS name, l.make, l.model
FROM timeline t JOIN lead l ON l.id = t.lead_id
LEFT JOIN LATERAL (
    SELECT c.asked_by FROM closing c
    WHERE t.kind = 'closed' AND c.lead_id = t.lead_id AND c.state IN ('final', 'approved') AND coalesce(c.decided_at, c.asked_at) <= t.at
    ORDER BY coalesce(c.decided_at, c.asked_at) DESC, c.id DESC LIMIT 1) sold ON true
LEFT JOIN staff p ON p.dealer_id = t.dealer_id AND p.id::text = coalesce(sold.asked_by, t.actor)
WHERE t.dealer_id = $1 AND t.kind IN ('attempt_logged', 'appointment_set', 'appointment_outcome', 'closed') AND NOT l.test
  AND t.at > coalesce(sqlc.narg(since)::timestamptz, '-infinity')
  AND CASE t.kind
      WHEN 'attempt_logged' THEN t.data ->> 'outcome' = 'reached' AND NOT EXISTS (
          SELECT 1 FROM timeline e WHERE e.lead_id = t.lead_id AND e.seq < t.seq
          AND ((e.kind = 'attempt_logged' AND e.data ->> 'outcome' = 'reached') OR (e.kind = 'appointment_outcome' AND e.data ->> 'outcome' = 'came')))
      WHEN 'appointment_set' THEN true
      WHEN 'appointment_outcome' THEN t.data ->> 'outcome' = 'came' AND t.data ->> 'kind' IN ('showroom', 'test_drive')
      ELSE t.data ->> 'stage' = 'won'
  END
ORDER BY t.at DESC, t.id DESC LIMIT sqlc.arg(most)::integer;
