-- +goose Up

-- Who looked at personal data or took it along, and who changed staff, keys,
-- sources, policy and reasons. What happens to a lead stands on its timeline;
-- here stands what the timeline does not tell.
CREATE TABLE trail (
    id          uuid PRIMARY KEY,
    dealer_id   uuid NOT NULL REFERENCES dealer,
    at          timestamptz NOT NULL DEFAULT doorbell_now(),
    actor       text NOT NULL CHECK (actor IN ('system', 'operator') OR actor ~ '^[0-9a-f-]{36}$'), -- id of staff or of a key
    key_id      uuid, -- the key that was used, if any: whoever holds one may name any colleague
    kind        text NOT NULL,
    object_kind text NOT NULL,
    object_id   uuid NOT NULL, -- the dealer's where it is about what he has one of, or about many
    -- Ids, numbers and words of a list, names of fields among them. Nothing that
    -- a person typed has this form but by chance.
    data        jsonb NOT NULL DEFAULT '{}' CONSTRAINT trail_holds_no_text CHECK (
        jsonb_typeof(data) = 'object'
        AND NOT jsonb_path_exists(data, '$.** ? (@.type() == "string" && !(@ like_regex "^([a-z][a-z0-9_.-]{0,63}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"))'))
);
CREATE INDEX trail_newest ON trail (dealer_id, at DESC, id DESC);
-- Who looked at this lead? Did he a moment ago?
CREATE INDEX trail_object ON trail (dealer_id, object_id, kind, actor, at DESC);
CREATE INDEX trail_kind ON trail (dealer_id, kind, at DESC, id DESC);
CREATE INDEX trail_actor ON trail (dealer_id, actor, at DESC, id DESC);
-- The leads that a search found.
CREATE INDEX trail_found ON trail USING gin (data jsonb_path_ops) WHERE kind = 'leads_searched';

SELECT doorbell_protect('trail');

-- Written once, for good: nobody changes an entry, and the program removes none
-- but through prune_trail.
REVOKE UPDATE, DELETE ON trail FROM doorbell_dealer, doorbell_system;
-- +goose StatementBegin
CREATE FUNCTION trail_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the trail is append-only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER trail_append_only BEFORE UPDATE ON trail FOR EACH ROW EXECUTE FUNCTION trail_is_append_only();
CREATE TRIGGER trail_not_emptied BEFORE TRUNCATE ON trail FOR EACH STATEMENT EXECUTE FUNCTION trail_is_append_only();

-- Removes the entries that are older than keep, of all dealers, and says how
-- many they were. Whatever is asked, those of the last 90 days stay: whoever gets
-- hold of the program cannot wipe out what he did. It runs with the rights of
-- whoever migrated, for whom row-level security needs a policy too.
CREATE POLICY upkeep ON trail TO CURRENT_USER USING (true);
-- +goose StatementBegin
CREATE FUNCTION prune_trail(keep interval) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    removed bigint;
BEGIN
    DELETE FROM trail WHERE at < doorbell_now() - greatest(keep, interval '90 days');
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION prune_trail(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION prune_trail(interval) TO doorbell_system;

-- +goose Down
SELECT 'migrations only go forward';
