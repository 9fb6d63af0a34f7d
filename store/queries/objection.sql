-- name: CustomerPage :one
-- What the customer's own page shows of his lead.
SELECT l.id, l.dealer_id, l.status, l.erased_at, l.make, l.model, l.process, c.language AS customer_language, coalesce(o.name, '')::text AS owner_name,
       d.name AS dealer_name, d.phone AS dealer_phone, d.address AS dealer_address, d.colour, d.language AS dealer_language, d.zone,
       doorbell_now()::timestamptz AS now
FROM lead l JOIN customer c ON c.id = l.customer_id JOIN dealer d ON d.id = l.dealer_id LEFT JOIN staff o ON o.id = l.owner_id
WHERE l.id = $1;

-- name: RefusedOfLead :many
-- The channels on which the person of a lead must not be contacted.
SELECT DISTINCT channel FROM refusal WHERE customer_id = (SELECT l.customer_id FROM lead l WHERE l.id = $1) ORDER BY 1;

-- name: ReachOfLead :one
-- How the person of a lead can be contacted, and the channels on which he must
-- not be.
SELECT coalesce(bool_or(c.kind = 'phone'), false)::boolean AS phone,
       coalesce(bool_or(c.kind = 'email' AND NOT EXISTS (SELECT 1 FROM suppression x
           WHERE x.dealer_id = c.dealer_id AND x.channel = 'email' AND x.normalised = c.normalised AND x.lifted_at IS NULL)), false)::boolean AS email,
       ARRAY(SELECT DISTINCT channel FROM refusal WHERE customer_id = (SELECT o.customer_id FROM lead o WHERE o.id = $1) ORDER BY 1)::text[] AS refused
FROM lead l JOIN customer_contact c ON c.customer_id = l.customer_id AND c.valid WHERE l.id = $1;

-- name: QueueOnce :exec
-- Has a running lead told something, unless the same waits to be told already.
INSERT INTO outbox (dealer_id, lead_id, happening, next_try_at, created_at)
SELECT sqlc.arg(dealer_id), sqlc.arg(lead_id), sqlc.arg(happening)::jsonb, doorbell_now(), doorbell_now()
WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.lead_id = sqlc.arg(lead_id) AND o.happening = sqlc.arg(happening)::jsonb);
