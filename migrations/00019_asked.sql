-- +goose Up
-- What somebody asks of a lead is decided and committed before Temporal has written
-- down that it was asked. Until he has his answer an entry of the outbox stands for
-- it, and goes by the id of what was asked.
CREATE INDEX outbox_asked ON outbox ((happening ->> 'id')) WHERE happening ->> 'what' = 'asked';

-- +goose Down
SELECT 'migrations only go forward';
