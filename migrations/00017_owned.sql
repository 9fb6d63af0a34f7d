-- +goose Up

-- Whoever posts or works a lead waits here and nowhere else, in the order in
-- which he takes them; reading goes on.
LOCK TABLE raw_message, lead, customer, customer_contact IN EXCLUSIVE MODE;

-- How many leads everybody works on is counted in the index, whenever a lead is
-- given to somebody who has room and on each lead's page.
CREATE INDEX lead_owned ON lead (dealer_id, owner_id, stage, test) WHERE status <> 'closed';

-- +goose Down
SELECT 'migrations only go forward';
