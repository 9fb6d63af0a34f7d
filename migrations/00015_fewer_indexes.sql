-- +goose Up

-- In a migration of its own, because dropping an index keeps readers out too,
-- for a moment. What asked lead_board goes by lead_stands or lead_open_deadline;
-- who asked lead_next_action goes by lead_due.
DROP INDEX lead_board;
DROP INDEX lead_next_action;

-- +goose Down
SELECT 'migrations only go forward';
