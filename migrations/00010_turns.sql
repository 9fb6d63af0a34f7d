-- +goose Up

-- What Temporal has still to be told is taken by turns of the dealers, each
-- one's oldest first; what goes at a pace of its own comes after everything
-- else. With the dealer in front the indexes find the dealers too, without
-- looking at their entries.
CREATE INDEX outbox_turn ON outbox (dealer_id, next_try_at, id) WHERE application_id IS NULL;
CREATE INDEX outbox_paced ON outbox (dealer_id, next_try_at, id) WHERE application_id IS NOT NULL;
DROP INDEX outbox_due;

-- Which leads should have acted by themselves and have not, those among them
-- with which nobody has begun: what tells that no worker works.
CREATE INDEX lead_due ON lead ((CASE WHEN step = 0 THEN received_at ELSE next_action_at END)) WHERE status <> 'closed' AND duplicate_of IS NULL;

-- +goose Down
SELECT 'migrations only go forward';
