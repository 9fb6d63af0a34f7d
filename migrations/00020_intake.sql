-- +goose Up
-- Whose a row is that hangs on a lead, a customer or a message is theirs to say, and
-- row-level security lets nobody write it for another dealer. To look it up once more
-- locked the dealer's own row for every row of a lead, for all leads that came in at
-- once together.
ALTER TABLE customer_contact DROP CONSTRAINT customer_contact_dealer_id_fkey;
ALTER TABLE raw_lead DROP CONSTRAINT raw_lead_dealer_id_fkey;
ALTER TABLE outbox DROP CONSTRAINT outbox_dealer_id_fkey;
ALTER TABLE timeline DROP CONSTRAINT timeline_dealer_id_fkey;
ALTER TABLE message DROP CONSTRAINT message_dealer_id_fkey;
ALTER TABLE lead_search DROP CONSTRAINT lead_search_dealer_id_fkey;

-- A customer comes with his contacts before his first lead does. What they change in
-- the words of his leads is nothing then, and was looked for with each of them.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION keep_lead_search() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    person uuid;
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'customer' THEN person := NEW.id;
        WHEN 'lead' THEN person := NEW.customer_id;
        ELSE person := coalesce(NEW.customer_id, OLD.customer_id);
    END CASE;
    -- Nobody else can have given a lead to a customer who came in this transaction.
    IF TG_TABLE_NAME = 'customer_contact' AND TG_OP = 'INSERT' THEN
        PERFORM FROM customer c WHERE c.id = person AND c.xmin = pg_current_xact_id()::xid
            AND NOT EXISTS (SELECT FROM lead l WHERE l.customer_id = c.id);
        IF FOUND THEN
            RETURN NULL;
        END IF;
    END IF;
    -- Somebody may have several leads, which change at the same time: whoever is
    -- second waits, and then sees what the first has written.
    PERFORM FROM customer c WHERE c.id = person FOR NO KEY UPDATE;
    INSERT INTO lead_search (lead_id, dealer_id, text)
    SELECT v.lead_id, v.dealer_id, v.text FROM lead_searched v WHERE v.customer_id = person
    ON CONFLICT (lead_id) DO UPDATE SET text = excluded.text WHERE lead_search.text <> excluded.text;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose Down
SELECT 'migrations only go forward';
