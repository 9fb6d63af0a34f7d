-- +goose Up
-- What a customer refuses is looked up name by name, whatever the planner takes for
-- the number of those who refuse something: until a table that grows is counted it
-- went through all of them for each lead, and asked for the customer's pseudonym
-- each time.
CREATE OR REPLACE VIEW refusal WITH (security_invoker = true) AS
SELECT c.dealer_id, c.customer_id, c.kind, c.normalised, n.channel, n.at
FROM customer_contact c
CROSS JOIN LATERAL (VALUES (c.normalised), (pseudonym(c.dealer_id, 'contact', c.normalised))) AS known (name)
CROSS JOIN LATERAL (
    SELECT o.channel, o.at FROM do_not_contact o
    WHERE o.dealer_id = c.dealer_id AND o.normalised = known.name AND (o.channel = 'email') = (c.kind = 'email') OFFSET 0
) n
WHERE c.valid;

-- +goose Down
SELECT 'migrations only go forward';
