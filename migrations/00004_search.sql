-- +goose Up

-- Whoever posts or works a lead waits here and nowhere else, in the order in
-- which he takes them; reading goes on.
LOCK TABLE raw_message, lead, customer, customer_contact IN EXCLUSIVE MODE;

-- The feed of what is celebrated (R25), and who did what lately.
CREATE INDEX timeline_celebrated ON timeline (dealer_id, at DESC) WHERE kind IN ('attempt_logged', 'appointment_set', 'appointment_outcome', 'closed');

-- By what a lead is searched: all of it in lower case in one place, and every
-- number once more as bare digits, so that any notation of it finds the lead. A
-- search looks through this narrow table and not through three wide ones.
CREATE TABLE lead_search (
    lead_id   uuid PRIMARY KEY REFERENCES lead ON DELETE CASCADE,
    dealer_id uuid NOT NULL REFERENCES dealer,
    text      text NOT NULL
);
CREATE INDEX lead_search_dealer ON lead_search (dealer_id);

CREATE FUNCTION bare_digits(written text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT regexp_replace(replace(written, '(0)', ''), '[^0-9]', '', 'g') $$;

CREATE VIEW lead_searched AS
SELECT l.id AS lead_id, l.dealer_id, l.customer_id, lower(concat_ws(E'\n',
    concat_ws(' ', c.first_name, c.infix, c.last_name, c.full_name, l.make, l.model, l.trim, l.year, l.vin, l.stock_number, l.external_id),
    bare_digits(concat_ws(' ', l.make, l.model, l.trim, l.year)), bare_digits(l.stock_number), bare_digits(l.external_id),
    (SELECT string_agg(concat_ws(E'\n', k.written, k.normalised, bare_digits(k.written)), E'\n') FROM customer_contact k WHERE k.customer_id = c.id)
)) AS text
FROM lead l JOIN customer c ON c.id = l.customer_id;

-- The database keeps it, as it keeps an index: what is corrected or erased in
-- one of the three tables must not live on here, whoever wrote it.
-- +goose StatementBegin
CREATE FUNCTION keep_lead_search() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    person uuid;
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'customer' THEN person := NEW.id;
        WHEN 'lead' THEN person := NEW.customer_id;
        ELSE person := coalesce(NEW.customer_id, OLD.customer_id);
    END CASE;
    -- Somebody may have several leads, which change at the same time: whoever is
    -- second waits, and then sees what the first has written.
    PERFORM FROM customer c WHERE c.id = person FOR NO KEY UPDATE;
    INSERT INTO lead_search (lead_id, dealer_id, text)
    SELECT v.lead_id, v.dealer_id, v.text FROM lead_searched v WHERE v.customer_id = person
    ON CONFLICT (lead_id) DO UPDATE SET text = excluded.text WHERE lead_search.text <> excluded.text;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER lead_searched AFTER INSERT OR UPDATE OF customer_id, make, model, trim, year, vin, stock_number, external_id ON lead
    FOR EACH ROW EXECUTE FUNCTION keep_lead_search();
CREATE TRIGGER lead_searched AFTER UPDATE OF first_name, infix, last_name, full_name ON customer
    FOR EACH ROW EXECUTE FUNCTION keep_lead_search();
CREATE TRIGGER lead_searched AFTER INSERT OR UPDATE OR DELETE ON customer_contact
    FOR EACH ROW EXECUTE FUNCTION keep_lead_search();
INSERT INTO lead_search (lead_id, dealer_id, text) SELECT lead_id, dealer_id, text FROM lead_searched;

-- +goose Down
SELECT 'migrations only go forward';
