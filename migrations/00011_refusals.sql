-- +goose Up

-- What customers refuse: by the numbers and addresses that they have, as these
-- are written or, of somebody who was erased, as their pseudonym. Found by its
-- index, however many others refuse something.
CREATE INDEX do_not_contact_who ON do_not_contact (dealer_id, normalised);

CREATE VIEW refusal WITH (security_invoker = true) AS
SELECT c.dealer_id, c.customer_id, c.kind, c.normalised, n.channel, n.at
FROM customer_contact c
CROSS JOIN LATERAL (VALUES (c.normalised), (pseudonym(c.dealer_id, 'contact', c.normalised))) AS known (name)
JOIN do_not_contact n ON n.dealer_id = c.dealer_id AND n.normalised = known.name AND (n.channel = 'email') = (c.kind = 'email')
WHERE c.valid;
GRANT SELECT ON refusal TO doorbell_dealer, doorbell_system;

-- As it was, but planned once in a session and not in every statement. It is
-- dear, so that no plan takes it for something to be asked of every row. For the
-- same reason a condition that names it has it in a SELECT of its own: as it may
-- tell what it sees, row-level security would have it wait for all rows.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION pseudonym(dealer uuid, kind text, what text) RETURNS text LANGUAGE plpgsql STABLE COST 10000 AS $$
BEGIN
    RETURN (SELECT '#' || encode(sha256(p.key || sha256(p.key || convert_to(kind || E'\n' || what, 'UTF8'))), 'hex') FROM privacy p WHERE p.dealer_id = dealer);
END $$;
-- +goose StatementEnd

-- +goose Down
SELECT 'migrations only go forward';
