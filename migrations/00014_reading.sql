-- +goose Up

-- Whoever posts or works a lead waits here and nowhere else, in the order in
-- which he takes them; reading goes on.
LOCK TABLE raw_message, lead, customer, customer_contact IN EXCLUSIVE MODE;

-- The board reads as many entries as it shows rows, and counts without looking
-- at the leads themselves: by what a board is filtered stands in the index.
CREATE INDEX lead_stands ON lead (dealer_id, stands_at, id)
    INCLUDE (turns_to, status, stage, phase, owner_id, source_id, escalation_step, test) WHERE status <> 'closed';
-- Appointments, few at a time, by where they turn to.
CREATE INDEX lead_turns ON lead (dealer_id, turns_to, id) WHERE turns_to IS NOT NULL;
-- The few that are escalated, and that wait for the manager.
CREATE INDEX lead_escalated ON lead (dealer_id) INCLUDE (test) WHERE escalation_step > 0 AND status <> 'closed';
CREATE INDEX lead_closing ON lead (dealer_id) INCLUDE (test) WHERE status = 'closing';
-- Open leads by when they came, however many are closed.
CREATE INDEX lead_open_newest ON lead (dealer_id, received_at DESC, id) WHERE status <> 'closed';
-- Lists by the next deadline: what is closed has none, and stands behind. It is a
-- CASE, because row-level security takes coalesce for something that may leak what
-- it sees, and would not go by an index of it.
CREATE INDEX lead_open_deadline ON lead (dealer_id, (CASE WHEN next_deadline_at IS NULL THEN 'infinity' ELSE next_deadline_at END), id) WHERE status <> 'closed';
CREATE INDEX lead_closed_deadline ON lead (dealer_id, (CASE WHEN next_deadline_at IS NULL THEN 'infinity' ELSE next_deadline_at END), id) WHERE status = 'closed';

-- Words are found by the threes of letters and digits in them.
-- +goose StatementBegin
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'this login may not make the extension pg_trgm in this database; as a superuser run there: CREATE EXTENSION pg_trgm; or: GRANT CREATE ON DATABASE % TO %',
            quote_ident(current_database()), quote_ident(current_user);
    WHEN undefined_file OR feature_not_supported THEN
        RAISE EXCEPTION 'this server has no extension pg_trgm; it is part of Postgres'' own package of extensions (contrib)';
END $$;
-- +goose StatementEnd
CREATE INDEX lead_search_words ON lead_search USING gin (text gin_trgm_ops) WITH (gin_pending_list_limit = 512);

-- The leads of a dealer in whose text all patterns are found, in no order. When
-- they are not few, that is fewer than most, some of them. Row-level security would
-- have the pattern wait for all of the dealer's rows, so this function runs with
-- the rights of whoever migrated and looks after the dealer itself: who may not see
-- everybody's leads gets those of his own dealer and no others. The patterns stand
-- in the statement, so that the planner sees how rare they are.
--
-- Patterns without three letters or digits in a row say too little for the
-- index. Where there are no others, the newest five thousand leads are looked
-- through.
-- +goose StatementBegin
CREATE FUNCTION found_leads(dealer uuid, patterns text[], only_open boolean, most integer, OUT leads uuid[], OUT few boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET jit = off SET max_parallel_workers_per_gather = 0 SET random_page_cost = 1.1 AS $$
DECLARE
    asks      name := CASE current_setting('role') WHEN 'none' THEN session_user ELSE current_setting('role') END;
    lowered   text[] := ARRAY(SELECT lower(p) FROM unnest(patterns) p);
    condition text := (SELECT string_agg(format('f.text LIKE %L', p), ' AND ') FROM unnest(lowered) p);
    newest    integer;
BEGIN
    leads := '{}';
    few := true;
    IF dealer IS NULL OR condition IS NULL
        OR (dealer IS DISTINCT FROM doorbell_dealer() AND NOT pg_has_role(asks, 'doorbell_system', 'USAGE')) THEN
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM unnest(patterns) p WHERE p ~ '[[:alnum:]]{3}') THEN
        EXECUTE 'SELECT array_agg(x.lead_id) FROM (SELECT f.lead_id FROM lead_search f WHERE f.dealer_id = $1 AND ' || condition || ' LIMIT $2) x'
            INTO leads USING dealer, most;
        IF coalesce(cardinality(leads), 0) < most THEN
            leads := ARRAY(SELECT l.id FROM lead l WHERE l.id = ANY (leads) AND (NOT only_open OR l.status <> 'closed'));
            RETURN;
        ELSIF NOT only_open THEN
            few := false;
            RETURN;
        END IF;
        newest := 1000;
    ELSE
        newest := 5000;
    END IF;
    IF only_open THEN
        leads := ARRAY(SELECT n.id FROM (
            SELECT l.id FROM lead l WHERE l.dealer_id = dealer AND l.status <> 'closed' ORDER BY l.received_at DESC, l.id LIMIT newest
        ) n WHERE (SELECT f.text FROM lead_search f WHERE f.lead_id = n.id) LIKE ALL (lowered));
    ELSE
        leads := ARRAY(SELECT n.id FROM (
            SELECT l.id FROM lead l WHERE l.dealer_id = dealer ORDER BY l.received_at DESC, l.id LIMIT newest
        ) n WHERE (SELECT f.text FROM lead_search f WHERE f.lead_id = n.id) LIKE ALL (lowered));
    END IF;
    -- Every tenth of them: there are more, and enough of them wherever one looks.
    IF cardinality(leads) >= newest / 10 THEN
        few := false;
    ELSIF newest = 1000 THEN
        EXECUTE 'SELECT coalesce(array_agg(x.lead_id), ''{}''), count(*) < $2 FROM (SELECT f.lead_id FROM lead_search f '
            'JOIN lead l ON l.id = f.lead_id AND l.status <> ''closed'' WHERE f.dealer_id = $1 AND ' || condition || ' LIMIT $2) x'
            INTO leads, few USING dealer, most;
    END IF;
END $$;
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION found_leads(uuid, text[], boolean, integer) SET search_path = pg_catalog, %I, pg_temp', current_schema());
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION found_leads(uuid, text[], boolean, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION found_leads(uuid, text[], boolean, integer) TO doorbell_dealer, doorbell_system;
CREATE POLICY searching ON lead FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY searching ON lead_search FOR SELECT TO CURRENT_USER USING (true);

-- +goose Down
SELECT 'migrations only go forward';
