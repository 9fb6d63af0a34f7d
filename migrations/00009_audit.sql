-- +goose Up

-- What each audit of the whole found. It belongs to no dealer: it tells whether
-- nothing is lost, and counts only.
CREATE TABLE audit_run (
    id          uuid PRIMARY KEY,
    started_at  timestamptz NOT NULL,
    finished_at timestamptz,            -- NULL while it runs, and for ever when it was given up
    leads       integer NOT NULL DEFAULT 0, -- looked at
    follow_ups  integer NOT NULL DEFAULT 0,
    findings    jsonb NOT NULL DEFAULT '[]' -- [{"kind", "outcome", "count"}]
);
CREATE INDEX audit_run_finished ON audit_run (finished_at DESC) WHERE finished_at IS NOT NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON audit_run TO doorbell_system;

-- The audit walks through what is open, however much is closed, and through what
-- came in lately.
CREATE INDEX lead_open ON lead (id) WHERE status <> 'closed';
CREATE INDEX follow_up_walk ON follow_up (id) WHERE status = 'open';
CREATE INDEX raw_message_received ON raw_message (received_at);
-- Messages that found their end and of which the process has not heard: none for
-- longer than a moment.
CREATE INDEX message_untold ON message (lead_id)
    WHERE NOT told AND staff_id IS NULL AND channel <> 'screen' AND state IN ('accepted', 'failed', 'suppressed');
-- What acts next by itself: how far behind it is, is a metric.
CREATE INDEX lead_next_action ON lead (next_action_at) WHERE status <> 'closed';
CREATE INDEX follow_up_next_action ON follow_up (next_action_at) WHERE status = 'open';

-- +goose Down
SELECT 'migrations only go forward';
