-- +goose Up

-- The one clock. Everything that decides by time asks the database, so that
-- the clocks of API and worker machines do not matter. Tests move time by
-- replacing this function in their own database.
CREATE FUNCTION doorbell_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()';

CREATE TABLE dealer (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    country     text NOT NULL DEFAULT 'NL',
    zone        text NOT NULL DEFAULT 'Europe/Amsterdam',
    language    text NOT NULL DEFAULT 'nl',
    phone       text NOT NULL DEFAULT '',
    address     text NOT NULL DEFAULT '',
    mail_from   text NOT NULL DEFAULT '',
    colour      text NOT NULL DEFAULT '',
    logo_url    text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT doorbell_now()
);

CREATE TABLE staff (
    id               uuid PRIMARY KEY,
    dealer_id        uuid NOT NULL REFERENCES dealer,
    email            text NOT NULL UNIQUE CHECK (email = lower(email)),
    name             text NOT NULL,
    phone            text NOT NULL DEFAULT '',
    role             text NOT NULL CHECK (role IN ('bdc', 'salesperson', 'sales_manager', 'general_manager', 'marketer', 'admin')),
    language         text NOT NULL DEFAULT '',
    password_hash    text NOT NULL DEFAULT '',
    active           boolean NOT NULL DEFAULT true,
    last_assigned_at timestamptz,
    created_at       timestamptz NOT NULL DEFAULT doorbell_now()
);
CREATE INDEX staff_dealer ON staff (dealer_id);

CREATE TABLE staff_absence (
    id         uuid PRIMARY KEY,
    dealer_id  uuid NOT NULL REFERENCES dealer,
    staff_id   uuid NOT NULL REFERENCES staff,
    from_at    timestamptz NOT NULL,
    until_at   timestamptz NOT NULL,
    why        text NOT NULL DEFAULT '',
    CHECK (until_at > from_at)
);
CREATE INDEX staff_absence_dealer ON staff_absence (dealer_id, until_at);

CREATE TABLE source (
    id          uuid PRIMARY KEY,
    dealer_id   uuid NOT NULL REFERENCES dealer,
    code        text NOT NULL,
    name        text NOT NULL,
    party       text NOT NULL CHECK (party IN ('first', 'second', 'third')),
    paid        boolean NOT NULL DEFAULT false,
    cost_cents  bigint NOT NULL DEFAULT 0 CHECK (cost_cents >= 0), -- per lead
    currency    text NOT NULL DEFAULT 'EUR',
    created_at  timestamptz NOT NULL DEFAULT doorbell_now(),
    UNIQUE (dealer_id, code)
);

-- Keys are 256 random bits; only their hash is kept.
CREATE TABLE api_key (
    id           uuid PRIMARY KEY,
    dealer_id    uuid NOT NULL REFERENCES dealer,
    name         text NOT NULL,
    scope        text NOT NULL CHECK (scope IN ('intake', 'integration')),
    source_id    uuid REFERENCES source,
    prefix       text NOT NULL,
    hash         bytea NOT NULL UNIQUE,
    created_at   timestamptz NOT NULL DEFAULT doorbell_now(),
    last_used_at timestamptz,
    revoked_at   timestamptz,
    CHECK ((scope = 'intake') = (source_id IS NOT NULL))
);

-- A lead keeps the version that it arrived under, so versions are never edited.
CREATE TABLE policy (
    dealer_id   uuid NOT NULL REFERENCES dealer,
    version     integer NOT NULL,
    text        text NOT NULL,
    created_by  uuid REFERENCES staff,
    created_at  timestamptz NOT NULL DEFAULT doorbell_now(),
    PRIMARY KEY (dealer_id, version)
);

-- Version 1 is the shipped catalogue; changes hold the reasons that differ.
CREATE TABLE reason_catalogue (
    dealer_id   uuid NOT NULL REFERENCES dealer,
    version     integer NOT NULL,
    changes     jsonb NOT NULL DEFAULT '[]',
    created_by  uuid REFERENCES staff,
    created_at  timestamptz NOT NULL DEFAULT doorbell_now(),
    PRIMARY KEY (dealer_id, version)
);

CREATE TABLE customer (
    id                uuid PRIMARY KEY,
    dealer_id         uuid NOT NULL REFERENCES dealer,
    first_name        text NOT NULL DEFAULT '',
    infix             text NOT NULL DEFAULT '',
    last_name         text NOT NULL DEFAULT '',
    full_name         text NOT NULL DEFAULT '',
    postal_code       text NOT NULL DEFAULT '',
    city              text NOT NULL DEFAULT '',
    country           text NOT NULL DEFAULT '',
    language          text NOT NULL DEFAULT '',
    preferred_contact text NOT NULL DEFAULT '',
    created_at        timestamptz NOT NULL DEFAULT doorbell_now()
);

-- Every phone number and e-mail address as written and, where it can be read,
-- normalised (E.164; lower case). Position 0 is the best of its kind.
CREATE TABLE customer_contact (
    dealer_id   uuid NOT NULL REFERENCES dealer,
    customer_id uuid NOT NULL REFERENCES customer ON DELETE CASCADE,
    kind        text NOT NULL CHECK (kind IN ('phone', 'email')),
    position    integer NOT NULL,
    written     text NOT NULL,
    normalised  text NOT NULL,
    valid       boolean NOT NULL,
    PRIMARY KEY (customer_id, kind, position)
);
-- The duplicates check: who else has this number or address?
CREATE INDEX customer_contact_who ON customer_contact (dealer_id, kind, normalised) WHERE valid;

CREATE TABLE consent (
    id          uuid PRIMARY KEY,
    dealer_id   uuid NOT NULL REFERENCES dealer,
    customer_id uuid NOT NULL REFERENCES customer ON DELETE CASCADE,
    purpose     text NOT NULL,
    channel     text NOT NULL,
    wording     text NOT NULL,
    at          timestamptz NOT NULL
);
CREATE INDEX consent_customer ON consent (customer_id);

-- Do-not-contact beats every rule and is looked up at the moment of contact.
CREATE TABLE do_not_contact (
    dealer_id  uuid NOT NULL REFERENCES dealer,
    channel    text NOT NULL CHECK (channel IN ('phone', 'email', 'sms')),
    normalised text NOT NULL,
    at         timestamptz NOT NULL DEFAULT doorbell_now(),
    PRIMARY KEY (dealer_id, channel, normalised)
);

-- What came in, byte for byte, before anybody tried to understand it.
CREATE TABLE raw_message (
    id              uuid PRIMARY KEY,
    dealer_id       uuid NOT NULL REFERENCES dealer,
    source_id       uuid NOT NULL REFERENCES source,
    content_type    text NOT NULL,
    body            bytea NOT NULL,
    fingerprint     bytea NOT NULL,
    idempotency_key text,
    received_at     timestamptz NOT NULL
);
CREATE UNIQUE INDEX raw_message_key ON raw_message (source_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TABLE lead (
    id              uuid PRIMARY KEY,
    dealer_id       uuid NOT NULL REFERENCES dealer,
    source_id       uuid NOT NULL REFERENCES source,
    customer_id     uuid NOT NULL REFERENCES customer,
    external_id     text,
    content_hash    bytea NOT NULL, -- of the draft as read, to tell a resend with more in it
    channel         text NOT NULL,
    request         text NOT NULL,
    campaign        text NOT NULL DEFAULT '',
    test            boolean NOT NULL DEFAULT false,
    lenient         boolean NOT NULL DEFAULT false,
    ignored         text[] NOT NULL DEFAULT '{}',
    condition       text NOT NULL DEFAULT '',
    make            text NOT NULL DEFAULT '',
    model           text NOT NULL DEFAULT '',
    year            integer,
    trim            text NOT NULL DEFAULT '',
    vin             text NOT NULL DEFAULT '',
    stock_number    text NOT NULL DEFAULT '',
    price_amount    text NOT NULL DEFAULT '',
    price_currency  text NOT NULL DEFAULT '',
    trade_in        jsonb,
    comments        text NOT NULL DEFAULT '',
    requested_at    timestamptz,             -- as the provider claims
    received_at     timestamptz NOT NULL,
    duplicate_of    uuid REFERENCES lead,    -- then that lead's process works this one too
    policy_version  integer NOT NULL,
    reason_version  integer NOT NULL,

    -- From here on: the projection of the process. Only a step writes it.
    step                   bigint NOT NULL DEFAULT 0,
    timeline_seq           bigint NOT NULL DEFAULT 0,
    process                jsonb,
    phase                  text NOT NULL,
    stage                  text NOT NULL DEFAULT 'new',
    status                 text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closing', 'closed')),
    track                  text NOT NULL DEFAULT '',
    why                    text NOT NULL DEFAULT '',
    owner_id               uuid REFERENCES staff,
    auto_responded_at      timestamptz,
    live_due_at            timestamptz,
    first_live_at          timestamptz,
    first_conversation_at  timestamptz,
    last_live_at           timestamptz,
    attempts_made          integer NOT NULL DEFAULT 0,
    attempts_counted       integer NOT NULL DEFAULT 0,
    attempts_required      integer NOT NULL DEFAULT 0,
    attempt_days           integer NOT NULL DEFAULT 0,
    attempt_days_required  integer NOT NULL DEFAULT 0,
    next_attempt_due_at    timestamptz,
    next_deadline_at       timestamptz, -- the earliest deadline that people see
    next_action_at         timestamptz, -- when the process acts by itself next
    deadlines              jsonb NOT NULL DEFAULT '[]',
    escalation             jsonb,
    escalation_step        integer NOT NULL DEFAULT 0,
    close_reason           text NOT NULL DEFAULT '',
    closed_at              timestamptz,
    parked_until           timestamptz
);
-- The permanent memory of what a source sent, long after Temporal forgot.
CREATE UNIQUE INDEX lead_external ON lead (source_id, external_id) WHERE external_id IS NOT NULL;
-- The board: what is due next, breached first.
CREATE INDEX lead_board ON lead (dealer_id, next_deadline_at) WHERE status <> 'closed';
CREATE INDEX lead_newest ON lead (dealer_id, received_at DESC, id);
CREATE INDEX lead_owner ON lead (owner_id) WHERE status <> 'closed';
CREATE INDEX lead_customer ON lead (customer_id);
CREATE INDEX lead_duplicates ON lead (duplicate_of) WHERE duplicate_of IS NOT NULL;

-- Which leads a raw message became, so that the same key gets the same answer.
CREATE TABLE raw_lead (
    raw_id    uuid NOT NULL REFERENCES raw_message,
    position  integer NOT NULL,
    dealer_id uuid NOT NULL REFERENCES dealer,
    lead_id   uuid NOT NULL REFERENCES lead,
    resent    boolean NOT NULL DEFAULT false, -- an update of a lead that was there
    PRIMARY KEY (raw_id, position)
);
CREATE INDEX raw_lead_lead ON raw_lead (lead_id);

CREATE TABLE lead_link (
    dealer_id  uuid NOT NULL REFERENCES dealer,
    lead_id    uuid NOT NULL REFERENCES lead, -- the one that came later
    other_id   uuid NOT NULL REFERENCES lead,
    same_car   boolean NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (lead_id, other_id)
);
CREATE INDEX lead_link_other ON lead_link (other_id);

CREATE TABLE quarantine (
    id          uuid PRIMARY KEY,
    dealer_id   uuid NOT NULL REFERENCES dealer,
    source_id   uuid NOT NULL REFERENCES source,
    raw_id      uuid NOT NULL REFERENCES raw_message,
    position    integer NOT NULL, -- of the prospect; 0 is the whole message
    reason      text NOT NULL,
    created_at  timestamptz NOT NULL,
    lead_id     uuid REFERENCES lead, -- what it was made into
    resolved_at timestamptz,
    resolved_by uuid REFERENCES staff
);
CREATE INDEX quarantine_open ON quarantine (dealer_id, created_at DESC, id);

-- What Temporal has still to be told. A row goes when Temporal has it.
CREATE TABLE outbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dealer_id   uuid NOT NULL REFERENCES dealer,
    lead_id     uuid NOT NULL REFERENCES lead,
    happening   jsonb, -- NULL: start the workflow; else signal it
    tries       integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL,
    created_at  timestamptz NOT NULL
);
CREATE INDEX outbox_due ON outbox (next_try_at, id);

-- Append-only: every event of a lead, numbered without a gap.
CREATE TABLE timeline (
    id        bigint GENERATED ALWAYS AS IDENTITY,
    dealer_id uuid NOT NULL REFERENCES dealer,
    lead_id   uuid NOT NULL REFERENCES lead,
    seq       bigint NOT NULL,
    at        timestamptz NOT NULL,
    kind      text NOT NULL,
    actor     text NOT NULL, -- staff id, or system, customer, operator
    data      jsonb NOT NULL DEFAULT '{}',
    happening text,          -- the caller's id of what caused it
    -- Ids are drawn before commit, so a reader of the tail that went by id
    -- alone would skip what commits late. It goes by transaction, and only up
    -- to the oldest that is still running.
    tx        bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    PRIMARY KEY (lead_id, seq)
);
CREATE INDEX timeline_tail ON timeline (dealer_id, tx, id);
CREATE INDEX timeline_happening ON timeline (lead_id, happening) WHERE happening IS NOT NULL;

-- +goose StatementBegin
CREATE FUNCTION timeline_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the timeline is append-only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER timeline_append_only BEFORE UPDATE OR DELETE ON timeline
    FOR EACH ROW EXECUTE FUNCTION timeline_is_append_only();

CREATE TABLE note (
    id        uuid PRIMARY KEY,
    dealer_id uuid NOT NULL REFERENCES dealer,
    lead_id   uuid NOT NULL REFERENCES lead,
    staff_id  uuid REFERENCES staff,
    text      text NOT NULL,
    at        timestamptz NOT NULL DEFAULT doorbell_now()
);
CREATE INDEX note_lead ON note (lead_id);

CREATE TABLE attempt (
    id         uuid PRIMARY KEY,
    dealer_id  uuid NOT NULL REFERENCES dealer,
    lead_id    uuid NOT NULL REFERENCES lead,
    actor      text NOT NULL,
    channel    text NOT NULL,
    direction  text NOT NULL,
    outcome    text NOT NULL,
    made_at    timestamptz NOT NULL,
    duration_s integer,
    counted    boolean NOT NULL,
    note_id    uuid REFERENCES note
);
CREATE INDEX attempt_lead ON attempt (lead_id, made_at);

CREATE TABLE appointment (
    id         uuid PRIMARY KEY,
    dealer_id  uuid NOT NULL REFERENCES dealer,
    lead_id    uuid NOT NULL REFERENCES lead,
    kind       text NOT NULL,
    starts_at  timestamptz NOT NULL,
    minutes    integer NOT NULL,
    confirmed  boolean NOT NULL,
    sequence   integer NOT NULL,
    state      text NOT NULL CHECK (state IN ('set', 'cancelled', 'came', 'no_show')),
    note_id    uuid REFERENCES note,
    created_at timestamptz NOT NULL DEFAULT doorbell_now()
);
CREATE INDEX appointment_lead ON appointment (lead_id);

-- Closings as asked: the words of their details stay here.
CREATE TABLE closing (
    id         uuid PRIMARY KEY,
    dealer_id  uuid NOT NULL REFERENCES dealer,
    lead_id    uuid NOT NULL REFERENCES lead,
    reason     text NOT NULL,
    details    jsonb NOT NULL DEFAULT '{}',
    asked_by   text NOT NULL,
    asked_at   timestamptz NOT NULL DEFAULT doorbell_now(),
    state      text NOT NULL CHECK (state IN ('asked', 'proposed', 'approved', 'rejected', 'final')),
    decided_by text,
    decided_at timestamptz,
    due_at     timestamptz,
    note_id    uuid REFERENCES note,
    decision_note_id uuid REFERENCES note
);
CREATE INDEX closing_lead ON closing (lead_id, asked_at DESC);

CREATE TABLE follow_up (
    id         uuid PRIMARY KEY,
    dealer_id  uuid NOT NULL REFERENCES dealer,
    lead_id    uuid NOT NULL REFERENCES lead,
    kind       text NOT NULL,
    reason     text NOT NULL,
    due_on     date NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX follow_up_lead ON follow_up (lead_id);
CREATE INDEX follow_up_due ON follow_up (dealer_id, due_on);

-- The ledger: one row per message, before it is sent.
CREATE TABLE message (
    id          uuid PRIMARY KEY,
    dealer_id   uuid NOT NULL REFERENCES dealer,
    lead_id     uuid NOT NULL REFERENCES lead,
    key         text NOT NULL, -- purpose and step; a step that is run again adds nothing
    template    text NOT NULL,
    channel     text NOT NULL CHECK (channel IN ('email', 'sms', 'screen')),
    staff_id    uuid REFERENCES staff, -- recipient; NULL is the customer
    step        integer NOT NULL DEFAULT 0,
    steps       integer NOT NULL DEFAULT 0,
    ref         text NOT NULL DEFAULT '',
    written_by  uuid REFERENCES staff, -- a person sent it
    subject     text NOT NULL DEFAULT '', -- his words
    text        text NOT NULL DEFAULT '',
    state       text NOT NULL CHECK (state IN ('held', 'pending', 'sending', 'accepted', 'failed', 'unknown', 'suppressed', 'withdrawn')),
    code        text NOT NULL DEFAULT '', -- why it failed, Doorbell's own word
    tries       integer NOT NULL DEFAULT 0,
    unknowns    integer NOT NULL DEFAULT 0, -- how often the answer stayed away
    told        boolean NOT NULL DEFAULT false, -- the process knows its fate
    provider    text NOT NULL DEFAULT '',
    provider_id text NOT NULL DEFAULT '',
    not_before  timestamptz,
    try_after   timestamptz,
    created_at  timestamptz NOT NULL,
    claimed_at  timestamptz,
    accepted_at timestamptz,
    UNIQUE (lead_id, key)
);
CREATE INDEX message_unfinished ON message (lead_id) WHERE state IN ('pending', 'sending', 'unknown');
CREATE INDEX message_screen ON message (staff_id, created_at DESC) WHERE channel = 'screen';

-- Answers to writes that carried an Idempotency-Key.
CREATE TABLE request (
    dealer_id   uuid NOT NULL REFERENCES dealer,
    key         text NOT NULL,
    fingerprint bytea NOT NULL,
    id          uuid NOT NULL,    -- the id of the happening; the same on a retry
    holder      uuid NOT NULL,    -- who is working on it
    status      integer,          -- NULL while it is in flight
    body        bytea,
    started_at  timestamptz NOT NULL,
    PRIMARY KEY (dealer_id, key)
);
CREATE INDEX request_age ON request (started_at);

-- Development only: mails and texts that were not sent anywhere.
CREATE TABLE mailbox (
    id          text PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT doorbell_now(),
    channel     text NOT NULL,
    recipient   text NOT NULL,
    sender      text NOT NULL,
    subject     text NOT NULL,
    text        text NOT NULL,
    html        text NOT NULL,
    attachments jsonb NOT NULL DEFAULT '[]',
    lead_id     text NOT NULL DEFAULT ''
);
CREATE INDEX mailbox_newest ON mailbox (at DESC);

-- +goose Down
SELECT 'migrations only go forward';
