-- +goose Up

-- In a migration of its own, because dropping an index keeps readers out too,
-- for a moment. What asked lead_owner goes by lead_owned.
DROP INDEX lead_owner;

-- +goose Down
SELECT 'migrations only go forward';
