-- +goose Up

-- A schema that somebody made himself lets only its owner in.
-- +goose StatementBegin
DO $$ BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO doorbell_dealer, doorbell_system', current_schema());
END $$;
-- +goose StatementEnd

-- What the mail provider tells about a mail after it took it: one row for each
-- event, however often and in whatever order it is told. No address stands here.
CREATE TABLE delivery_event (
    id          text PRIMARY KEY, -- the provider's own; one that has none gets one made of what it says
    dealer_id   uuid NOT NULL REFERENCES dealer,
    message_id  uuid NOT NULL REFERENCES message,
    kind        text NOT NULL CHECK (kind IN ('processed', 'deferred', 'dropped', 'blocked', 'delivered', 'bounced', 'unsubscribed', 'spam_report')),
    code        text NOT NULL DEFAULT '', -- enhanced mail status such as 5.1.1, or Doorbell's own word
    at          timestamptz NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE INDEX delivery_event_message ON delivery_event (message_id);
SELECT doorbell_protect('delivery_event');

-- What the events of a message come to; '' as long as none came.
ALTER TABLE message
    ADD COLUMN delivery    text NOT NULL DEFAULT ''
        CHECK (delivery IN ('', 'processed', 'deferred', 'dropped', 'blocked', 'delivered', 'bounced', 'unsubscribed', 'spam_report')),
    ADD COLUMN delivery_at timestamptz;

-- Addresses that are not mailed any more, whoever they belong to. A bounce is a
-- fact about an address, and somebody can find it mended; that a person does not
-- want to be contacted is his wish and stands in do_not_contact. What was lifted
-- is kept, to say who did it.
CREATE TABLE suppression (
    id         uuid PRIMARY KEY,
    dealer_id  uuid NOT NULL REFERENCES dealer,
    channel    text NOT NULL CHECK (channel = 'email'),
    normalised text NOT NULL,
    reason     text NOT NULL CHECK (reason IN ('bounce', 'spam_report', 'unsubscribed')),
    since      timestamptz NOT NULL,
    message_id uuid REFERENCES message, -- the mail that showed it
    lifted_at  timestamptz,
    lifted_by  uuid REFERENCES staff
);
CREATE UNIQUE INDEX suppression_in_force ON suppression (dealer_id, channel, normalised) WHERE lifted_at IS NULL;
CREATE INDEX suppression_page ON suppression (dealer_id, since DESC, id DESC) WHERE lifted_at IS NULL;
SELECT doorbell_protect('suppression');

-- +goose Down
SELECT 'migrations only go forward';
