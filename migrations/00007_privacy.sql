-- +goose Up

-- In the order in which intake and steps take them.
LOCK TABLE raw_message, lead, customer IN EXCLUSIVE MODE;

-- What a dealer keeps of people, for how long, and by which key he knows again
-- what he has erased. The ages are whole months of the dealer's own calendar,
-- counted from the day on which the last lead of a person was closed; raw
-- messages from the day on which they came in.
CREATE TABLE privacy (
    dealer_id      uuid PRIMARY KEY REFERENCES dealer ON DELETE CASCADE,
    key            bytea NOT NULL CHECK (octet_length(key) = 32),
    won_months     integer NOT NULL DEFAULT 84 CHECK (won_months BETWEEN 1 AND 120),
    lost_months    integer NOT NULL DEFAULT 12 CHECK (lost_months BETWEEN 1 AND 120),
    dropped_months integer NOT NULL DEFAULT 3 CHECK (dropped_months BETWEEN 1 AND 120),
    test_months    integer NOT NULL DEFAULT 1 CHECK (test_months BETWEEN 1 AND 120),
    raw_months     integer NOT NULL DEFAULT 3 CHECK (raw_months BETWEEN 1 AND 120),
    ran_at         timestamptz,                -- when retention was last through
    people         bigint NOT NULL DEFAULT 0,  -- erased by retention since ever
    messages       bigint NOT NULL DEFAULT 0,  -- raw messages emptied by it since ever
    held           bigint NOT NULL DEFAULT 0   -- people of the last run who could not be erased
);
SELECT doorbell_protect('privacy');

-- Two random UUIDs hold 244 random bits; the hash spreads them over 32 bytes.
CREATE FUNCTION new_privacy_key() RETURNS bytea LANGUAGE sql VOLATILE AS
$$ SELECT sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')) $$;

-- +goose StatementBegin
CREATE FUNCTION keep_privacy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO privacy (dealer_id, key) VALUES (NEW.id, new_privacy_key()) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER dealer_privacy AFTER INSERT ON dealer FOR EACH ROW EXECUTE FUNCTION keep_privacy();

-- What stands in the place of something erased that has to be known again: a
-- number that must not be called, the id under which a provider sends a lead.
-- The key is the dealer's own and part of the database, not of the settings: a
-- secret of the settings is changed one day, and then everybody who asked to be
-- left alone would be called again. kind keeps a number from looking like an id.
CREATE FUNCTION pseudonym(dealer uuid, kind text, what text) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT '#' || encode(sha256(p.key || sha256(p.key || convert_to(kind || E'\n' || what, 'UTF8'))), 'hex') FROM privacy p WHERE p.dealer_id = dealer $$;

-- When the words, names and numbers of a row were erased.
ALTER TABLE customer ADD COLUMN erased_at timestamptz;
ALTER TABLE lead ADD COLUMN erased_at timestamptz;
ALTER TABLE raw_message ADD COLUMN erased_at timestamptz;
CREATE INDEX raw_message_kept ON raw_message (dealer_id, received_at) WHERE erased_at IS NULL;
CREATE INDEX raw_message_erased ON raw_message (source_id, fingerprint) WHERE erased_at IS NOT NULL;
CREATE INDEX lead_ended ON lead (dealer_id, closed_at) WHERE status = 'closed' AND erased_at IS NULL;

-- Consent is a ledger: what was given and what was taken back, by whom and in
-- which words. The last entry of a purpose and channel holds.
ALTER TABLE consent
    ADD COLUMN given   boolean NOT NULL DEFAULT true,
    ADD COLUMN origin  text NOT NULL DEFAULT 'lead' CHECK (origin IN ('lead', 'customer', 'staff')), -- came with the lead, said by himself, noted by a colleague
    ADD COLUMN actor   text NOT NULL DEFAULT 'customer', -- staff id, or customer
    ADD COLUMN lead_id uuid REFERENCES lead;
REVOKE UPDATE ON consent FROM doorbell_dealer, doorbell_system;

-- Who is erased stays erased: what is written about him in the very moment, by
-- a colleague who had the page open, is kept without its words. Erasing locks
-- the lead against the key that every such row takes of it, so that there is
-- nothing in between.
-- +goose StatementBegin
CREATE FUNCTION stay_erased() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    gone timestamptz;
BEGIN
    IF TG_TABLE_NAME = 'customer_contact' THEN
        SELECT c.erased_at INTO gone FROM customer c WHERE c.id = NEW.customer_id FOR KEY SHARE;
        IF gone IS NOT NULL THEN
            RETURN NULL;
        END IF;
        RETURN NEW;
    END IF;
    SELECT l.erased_at INTO gone FROM lead l WHERE l.id = NEW.lead_id FOR KEY SHARE;
    IF gone IS NOT NULL THEN
        CASE TG_TABLE_NAME
            WHEN 'note' THEN NEW.text := '';
            WHEN 'closing' THEN NEW.details := '{}';
            WHEN 'message' THEN NEW.subject := ''; NEW.text := '';
        END CASE;
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER stay_erased BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION stay_erased();
CREATE TRIGGER stay_erased BEFORE INSERT ON closing FOR EACH ROW EXECUTE FUNCTION stay_erased();
CREATE TRIGGER stay_erased BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION stay_erased();
CREATE TRIGGER stay_erased BEFORE INSERT ON customer_contact FOR EACH ROW EXECUTE FUNCTION stay_erased();

-- A search must not find an erased lead by what is left of its id.
CREATE OR REPLACE VIEW lead_searched WITH (security_invoker = true) AS
SELECT l.id AS lead_id, l.dealer_id, l.customer_id, lower(concat_ws(E'\n',
    concat_ws(' ', c.first_name, c.infix, c.last_name, c.full_name, l.make, l.model, l.trim, l.year, l.vin, l.stock_number, x.id),
    bare_digits(concat_ws(' ', l.make, l.model, l.trim, l.year)), bare_digits(l.stock_number), bare_digits(x.id),
    (SELECT string_agg(concat_ws(E'\n', k.written, k.normalised, bare_digits(k.written)), E'\n') FROM customer_contact k WHERE k.customer_id = c.id)
)) AS text
FROM lead l JOIN customer c ON c.id = l.customer_id,
    LATERAL (SELECT CASE WHEN l.erased_at IS NULL THEN l.external_id END AS id) x;

SET LOCAL ROLE doorbell_system;
INSERT INTO privacy (dealer_id, key) SELECT id, new_privacy_key() FROM dealer;
RESET ROLE;

-- +goose Down
SELECT 'migrations only go forward';
