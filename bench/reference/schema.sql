-- The tables that intake and a lead's first minute write, as the product's
-- migrations leave them: columns, keys, checks and indexes. What is not here are
-- its roles, row-level security and triggers, and columns that point at tables
-- which nothing here fills.

CREATE FUNCTION doorbell_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()';

CREATE TABLE dealer (
    id         uuid PRIMARY KEY,
    name       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT doorbell_now()
);

CREATE TABLE privacy (
    dealer_id uuid PRIMARY KEY REFERENCES dealer ON DELETE CASCADE,
    key       bytea NOT NULL CHECK (octet_length(key) = 32)
);

CREATE FUNCTION pseudonym(dealer uuid, kind text, what text) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT '#' || encode(sha256(p.key || sha256(p.key || convert_to(kind || E'\n' || what, 'UTF8'))), 'hex') FROM privacy p WHERE p.dealer_id = dealer $$;

CREATE TABLE source (
    id        uuid PRIMARY KEY,
    dealer_id uuid NOT NULL REFERENCES dealer,
    code      text NOT NULL,
    name      text NOT NULL,
    party     text NOT NULL,
    UNIQUE (dealer_id, code)
);

CREATE TABLE policy (
    dealer_id  uuid NOT NULL REFERENCES dealer,
    version    integer NOT NULL,
    text       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT doorbell_now(),
    PRIMARY KEY (dealer_id, version)
);

CREATE TABLE reason_catalogue (
    dealer_id  uuid NOT NULL REFERENCES dealer,
    version    integer NOT NULL,
    changes    jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL DEFAULT doorbell_now(),
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
    created_at        timestamptz NOT NULL DEFAULT doorbell_now(),
    erased_at         timestamptz
);

CREATE TABLE customer_contact (
    dealer_id   uuid NOT NULL,
    customer_id uuid NOT NULL REFERENCES customer ON DELETE CASCADE,
    kind        text NOT NULL CHECK (kind IN ('phone', 'email')),
    position    integer NOT NULL,
    written     text NOT NULL,
    normalised  text NOT NULL,
    valid       boolean NOT NULL,
    PRIMARY KEY (customer_id, kind, position)
);
CREATE INDEX customer_contact_who ON customer_contact (dealer_id, kind, normalised) WHERE valid;

CREATE TABLE raw_message (
    id              uuid PRIMARY KEY,
    dealer_id       uuid NOT NULL REFERENCES dealer,
    source_id       uuid NOT NULL REFERENCES source,
    content_type    text NOT NULL,
    body            bytea NOT NULL,
    fingerprint     bytea NOT NULL,
    idempotency_key text,
    received_at     timestamptz NOT NULL,
    erased_at       timestamptz
);
CREATE UNIQUE INDEX raw_message_key ON raw_message (source_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX raw_message_kept ON raw_message (dealer_id, received_at) WHERE erased_at IS NULL;
CREATE INDEX raw_message_erased ON raw_message (source_id, fingerprint) WHERE erased_at IS NOT NULL;
CREATE INDEX raw_message_received ON raw_message (received_at);

CREATE TABLE lead (
    id                    uuid PRIMARY KEY,
    dealer_id             uuid NOT NULL REFERENCES dealer,
    source_id             uuid NOT NULL REFERENCES source,
    customer_id           uuid NOT NULL REFERENCES customer,
    external_id           text,
    content_hash          bytea NOT NULL,
    channel               text NOT NULL,
    request               text NOT NULL,
    campaign              text NOT NULL DEFAULT '',
    test                  boolean NOT NULL DEFAULT false,
    lenient               boolean NOT NULL DEFAULT false,
    ignored               text[] NOT NULL DEFAULT '{}',
    condition             text NOT NULL DEFAULT '',
    make                  text NOT NULL DEFAULT '',
    model                 text NOT NULL DEFAULT '',
    year                  integer,
    trim                  text NOT NULL DEFAULT '',
    vin                   text NOT NULL DEFAULT '',
    stock_number          text NOT NULL DEFAULT '',
    price_amount          text NOT NULL DEFAULT '',
    price_currency        text NOT NULL DEFAULT '',
    trade_in              jsonb,
    comments              text NOT NULL DEFAULT '',
    requested_at          timestamptz,
    received_at           timestamptz NOT NULL,
    duplicate_of          uuid REFERENCES lead,
    policy_version        integer NOT NULL,
    reason_version        integer NOT NULL,
    step                  bigint NOT NULL DEFAULT 0,
    timeline_seq          bigint NOT NULL DEFAULT 0,
    process               jsonb,
    phase                 text NOT NULL,
    stage                 text NOT NULL DEFAULT 'new',
    status                text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closing', 'closed')),
    track                 text NOT NULL DEFAULT '',
    why                   text NOT NULL DEFAULT '',
    owner_id              uuid,
    auto_responded_at     timestamptz,
    live_due_at           timestamptz,
    first_live_at         timestamptz,
    first_conversation_at timestamptz,
    last_live_at          timestamptz,
    attempts_made         integer NOT NULL DEFAULT 0,
    attempts_counted      integer NOT NULL DEFAULT 0,
    attempts_required     integer NOT NULL DEFAULT 0,
    attempt_days          integer NOT NULL DEFAULT 0,
    attempt_days_required integer NOT NULL DEFAULT 0,
    next_attempt_due_at   timestamptz,
    next_deadline_at      timestamptz,
    next_action_at        timestamptz,
    deadlines             jsonb NOT NULL DEFAULT '[]',
    escalation            jsonb,
    escalation_step       integer NOT NULL DEFAULT 0,
    close_reason          text NOT NULL DEFAULT '',
    closed_at             timestamptz,
    parked_until          timestamptz,
    again_of              uuid REFERENCES lead,
    erased_at             timestamptz,
    stands_at             bigint,
    turns_to              bigint
);
CREATE UNIQUE INDEX lead_external ON lead (source_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX lead_newest ON lead (dealer_id, received_at DESC, id);
CREATE INDEX lead_owned ON lead (dealer_id, owner_id, stage, test) WHERE status <> 'closed';
CREATE INDEX lead_customer ON lead (customer_id);
CREATE INDEX lead_duplicates ON lead (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX lead_ended ON lead (dealer_id, closed_at) WHERE status = 'closed' AND erased_at IS NULL;
CREATE INDEX lead_open ON lead (id) WHERE status <> 'closed';
CREATE INDEX lead_stands ON lead (dealer_id, stands_at, id)
    INCLUDE (turns_to, status, stage, phase, owner_id, source_id, escalation_step, test) WHERE status <> 'closed';
CREATE INDEX lead_turns ON lead (dealer_id, turns_to, id) WHERE turns_to IS NOT NULL;
CREATE INDEX lead_escalated ON lead (dealer_id) INCLUDE (test) WHERE escalation_step > 0 AND status <> 'closed';
CREATE INDEX lead_closing ON lead (dealer_id) INCLUDE (test) WHERE status = 'closing';
CREATE INDEX lead_open_newest ON lead (dealer_id, received_at DESC, id) WHERE status <> 'closed';
CREATE INDEX lead_open_deadline ON lead (dealer_id, (CASE WHEN next_deadline_at IS NULL THEN 'infinity' ELSE next_deadline_at END), id) WHERE status <> 'closed';
CREATE INDEX lead_closed_deadline ON lead (dealer_id, (CASE WHEN next_deadline_at IS NULL THEN 'infinity' ELSE next_deadline_at END), id) WHERE status = 'closed';
CREATE INDEX lead_due ON lead ((CASE WHEN step = 0 THEN received_at ELSE next_action_at END)) WHERE status <> 'closed' AND duplicate_of IS NULL;

CREATE TABLE raw_lead (
    raw_id    uuid NOT NULL REFERENCES raw_message,
    position  integer NOT NULL,
    dealer_id uuid NOT NULL,
    lead_id   uuid NOT NULL REFERENCES lead,
    resent    boolean NOT NULL DEFAULT false,
    PRIMARY KEY (raw_id, position)
);
CREATE INDEX raw_lead_lead ON raw_lead (lead_id);

CREATE TABLE outbox (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dealer_id      uuid NOT NULL,
    lead_id        uuid NOT NULL REFERENCES lead,
    happening      jsonb,
    tries          integer NOT NULL DEFAULT 0,
    next_try_at    timestamptz NOT NULL,
    created_at     timestamptz NOT NULL,
    follow_up_id   uuid,
    application_id uuid
);
CREATE INDEX outbox_application ON outbox (application_id) WHERE application_id IS NOT NULL;
CREATE INDEX outbox_turn ON outbox (dealer_id, next_try_at, id) WHERE application_id IS NULL;
CREATE INDEX outbox_paced ON outbox (dealer_id, next_try_at, id) WHERE application_id IS NOT NULL;
CREATE INDEX outbox_asked ON outbox ((happening ->> 'id')) WHERE happening ->> 'what' = 'asked';

CREATE TABLE timeline (
    id        bigint GENERATED ALWAYS AS IDENTITY,
    dealer_id uuid NOT NULL,
    lead_id   uuid NOT NULL REFERENCES lead,
    seq       bigint NOT NULL,
    at        timestamptz NOT NULL,
    kind      text NOT NULL,
    actor     text NOT NULL,
    data      jsonb NOT NULL DEFAULT '{}',
    happening text,
    tx        bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    PRIMARY KEY (lead_id, seq)
);
CREATE INDEX timeline_tail ON timeline (dealer_id, tx, id);
CREATE INDEX timeline_happening ON timeline (lead_id, happening) WHERE happening IS NOT NULL;
CREATE INDEX timeline_celebrated ON timeline (dealer_id, at DESC) WHERE kind IN ('attempt_logged', 'appointment_set', 'appointment_outcome', 'closed');

CREATE TABLE message (
    id          uuid PRIMARY KEY,
    dealer_id   uuid NOT NULL,
    lead_id     uuid NOT NULL REFERENCES lead,
    key         text NOT NULL,
    template    text NOT NULL,
    channel     text NOT NULL CHECK (channel IN ('email', 'sms', 'screen')),
    state       text NOT NULL CHECK (state IN ('held', 'pending', 'sending', 'accepted', 'failed', 'unknown', 'suppressed', 'withdrawn')),
    told        boolean NOT NULL DEFAULT false,
    provider    text NOT NULL DEFAULT '',
    provider_id text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL,
    accepted_at timestamptz,
    UNIQUE (lead_id, key)
);
CREATE INDEX message_unfinished ON message (lead_id) WHERE state IN ('pending', 'sending', 'unknown');
CREATE INDEX message_untold ON message (lead_id) WHERE NOT told AND channel <> 'screen' AND state IN ('accepted', 'failed', 'suppressed');
