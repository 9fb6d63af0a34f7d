-- +goose Up

-- Nothing of leads is locked here: steps lock a lead before the staff, and
-- changes of the staff the other way round, so that one migration must not do
-- both.

-- Who is signed in. The columns and their names are those of the session store;
-- a token is kept as its hash only.
CREATE TABLE sessions (
    token  text PRIMARY KEY,
    data   bytea NOT NULL,
    expiry timestamptz NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expiry);

-- A session holds the epoch under which it began; raising it signs somebody out
-- everywhere.
ALTER TABLE staff
    ADD COLUMN session_epoch integer NOT NULL DEFAULT 0,
    ADD COLUMN shortcuts     boolean NOT NULL DEFAULT true; -- single keys on the screens

-- Failed sign-ins, to slow down who guesses. The key is a hash of an account or
-- of an address of the network.
CREATE TABLE sign_in_failure (
    key bytea NOT NULL,
    at  timestamptz NOT NULL DEFAULT doorbell_now()
);
CREATE INDEX sign_in_failure_key ON sign_in_failure (key, at);
CREATE INDEX sign_in_failure_at ON sign_in_failure (at);

-- What a mail link to somebody of the staff is good for, once. Only the hash of
-- the link's secret is kept.
CREATE TABLE staff_ticket (
    hash       bytea PRIMARY KEY,
    dealer_id  uuid NOT NULL REFERENCES dealer,
    staff_id   uuid NOT NULL REFERENCES staff,
    purpose    text NOT NULL CHECK (purpose IN ('invitation', 'reset')),
    created_at timestamptz NOT NULL DEFAULT doorbell_now(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX staff_ticket_staff ON staff_ticket (staff_id, created_at DESC);

-- A board's filters under a name of one's own.
CREATE TABLE saved_view (
    id         uuid PRIMARY KEY,
    dealer_id  uuid NOT NULL REFERENCES dealer,
    staff_id   uuid NOT NULL REFERENCES staff,
    name       text NOT NULL,
    query      text NOT NULL, -- as it stands in the address
    created_at timestamptz NOT NULL DEFAULT doorbell_now(),
    UNIQUE (staff_id, name)
);

-- The dealer's own picture on mails and pages; served under the hash of its body.
CREATE TABLE dealer_logo (
    dealer_id  uuid PRIMARY KEY REFERENCES dealer,
    type       text NOT NULL CHECK (type IN ('image/png', 'image/jpeg')),
    body       bytea NOT NULL,
    hash       text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT doorbell_now()
);

-- +goose Down
SELECT 'migrations only go forward';
