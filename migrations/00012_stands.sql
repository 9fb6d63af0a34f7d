-- +goose Up

-- Where an open lead stands on the board, in microseconds since 1970: by what is
-- due next, before an appointment by its start, and behind all others when
-- nothing is. Where it turns to as soon as that is past is the deadline of the
-- appointment's outcome; NULL where time changes nothing. Closed leads stand
-- nowhere. It is what standing.Lead.Speaks says.
ALTER TABLE lead ADD COLUMN stands_at bigint, ADD COLUMN turns_to bigint;

-- The database keeps them, as it keeps an index: programs of the release before
-- write the row too, while this one is rolled out.
-- +goose StatementBegin
CREATE FUNCTION keep_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    due    timestamptz;
    starts timestamptz;
BEGIN
    NEW.stands_at := NULL;
    NEW.turns_to := NULL;
    IF NEW.status = 'closed' THEN
        RETURN NEW;
    END IF;
    IF NEW.step = 0 THEN
        due := NEW.received_at;
    ELSE
        -- The first call is asked for by the clock of the live response as long as
        -- that runs, and a reminder to the customer is nobody's task.
        SELECT coalesce(
            min(d.due_at) FILTER (WHERE d.kind = 'closing_approval' AND NEW.status = 'closing'),
            min(d.due_at) FILTER (WHERE d.kind = 'live_response'),
            min(d.due_at) FILTER (WHERE d.kind <> 'appointment_reminder'))
        INTO due FROM jsonb_to_recordset(NEW.deadlines) AS d (kind text, due_at timestamptz);
        IF NEW.status = 'open' AND NEW.stage = 'appointment' THEN
            starts := NEW.process #>> '{appointment,starts_at}';
        END IF;
    END IF;
    NEW.stands_at := coalesce(extract(epoch FROM coalesce(starts, due)) * 1000000, 9000000000000000);
    IF starts IS NOT NULL THEN
        NEW.turns_to := coalesce(extract(epoch FROM due) * 1000000, 9000000000000000);
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER lead_stands BEFORE INSERT OR UPDATE OF received_at, step, status, stage, process, deadlines ON lead
    FOR EACH ROW EXECUTE FUNCTION keep_stands();

-- +goose Down
SELECT 'migrations only go forward';
