-- +goose Up

-- What one dealer has no other dealer ever sees, whatever the program asks for:
-- row-level security stands behind the code. The program works as one of two
-- roles, neither of which owns a table.
--
--   doorbell_dealer  sees and writes the rows of one dealer, the one that the
--                    transaction names in the setting doorbell.dealer; without
--                    that nothing at all.
--   doorbell_system  sees and writes all rows. For what belongs to no dealer
--                    yet: whose key is this, what has Temporal to be told.
--
-- Roles are the whole server's, so they may be there already. Whoever migrates
-- must be able to make them, or find them made and be a member.
-- +goose StatementBegin
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['doorbell_dealer', 'doorbell_system'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- another database of this server was quicker
            END;
        END IF;
        IF NOT pg_has_role(current_user, wanted, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
        END IF;
    END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'this login may not make the roles doorbell_dealer and doorbell_system, or not join them; as a superuser run: '
        'CREATE ROLE doorbell_dealer NOLOGIN; CREATE ROLE doorbell_system NOLOGIN (where they are missing); GRANT doorbell_dealer, doorbell_system TO %', quote_ident(current_user);
END $$;
-- +goose StatementEnd

-- The dealer whose rows the transaction may see; NULL sees nothing.
CREATE FUNCTION doorbell_dealer() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('doorbell.dealer', true), '')::uuid $$;

-- Puts a table under these rules: each row belongs to the dealer in the column.
-- Every table with something of a dealer's goes through it, in the migration
-- that makes it. The owner is bound as well, by a policy of his own that lets him
-- through: programs of the release before work as he, also while this one is
-- rolled out. A migration of the release after this one drops that policy; ones
-- that change rows say SET LOCAL ROLE doorbell_system until then and from then on.
-- +goose StatementBegin
CREATE FUNCTION doorbell_protect(rows regclass, dealer_column name DEFAULT 'dealer_id') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', rows);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', rows);
    EXECUTE format('CREATE POLICY one_dealer ON %s TO doorbell_dealer USING (%I = doorbell_dealer())', rows, dealer_column);
    EXECUTE format('CREATE POLICY all_dealers ON %s TO doorbell_system USING (true)', rows);
    EXECUTE format('CREATE POLICY owner_of_old ON %s TO CURRENT_USER USING (true)', rows);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO doorbell_dealer, doorbell_system', rows);
END $$;
-- +goose StatementEnd

SELECT doorbell_protect('dealer', 'id');
-- +goose StatementBegin
DO $$
DECLARE
    found regclass;
BEGIN
    FOR found IN
        SELECT c.oid::regclass FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'dealer_id' AND NOT a.attisdropped
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' ORDER BY 1
    LOOP
        PERFORM doorbell_protect(found);
    END LOOP;
END $$;
-- +goose StatementEnd

-- The timeline is append-only for everybody.
REVOKE UPDATE, DELETE ON timeline FROM doorbell_dealer, doorbell_system;

-- Sessions and failed sign-ins belong to nobody yet, and the mailbox is for
-- development only. Which migrations there are anybody may see.
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, sign_in_failure, mailbox TO doorbell_dealer, doorbell_system;
GRANT SELECT ON goose_db_version TO doorbell_dealer, doorbell_system;
-- A view shows what its reader may see, not what its owner may.
ALTER VIEW lead_searched SET (security_invoker = true);
GRANT SELECT ON lead_searched TO doorbell_dealer, doorbell_system;

-- +goose Down
SELECT 'migrations only go forward';
