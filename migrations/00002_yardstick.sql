-- +goose Up

-- In the order in which steps take them: nobody waits for somebody who waits for
-- this.
LOCK TABLE lead, follow_up, outbox, message, attempt, staff IN ACCESS EXCLUSIVE MODE;

-- What decides who gets which lead.
ALTER TABLE staff
    ADD COLUMN languages    text[] NOT NULL DEFAULT '{}', -- ISO 639-1, beside the dealer's own
    ADD COLUMN makes        text[] NOT NULL DEFAULT '{}', -- trained on; empty is all
    ADD COLUMN capacity     integer NOT NULL DEFAULT 0 CHECK (capacity >= 0), -- open leads at most; 0 is no bound
    ADD COLUMN left_at      timestamptz,
    ADD COLUMN paused_at    timestamptz, -- new leads pause since then (R24)
    ADD COLUMN judged_from  timestamptz, -- conversations before do not count against the norm any more
    ADD COLUMN exempt_until timestamptz; -- the norm does not hold until then

-- Append-only: who was paused by which figures, and what the manager did about it.
CREATE TABLE earning_entry (
    id            uuid PRIMARY KEY,
    dealer_id     uuid NOT NULL REFERENCES dealer,
    staff_id      uuid NOT NULL REFERENCES staff,
    at            timestamptz NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('paused', 'intervention', 'exempted', 'exemption_ended')),
    actor         text NOT NULL, -- staff id, or system
    conversations integer NOT NULL DEFAULT 0,
    results       integer NOT NULL DEFAULT 0,
    norm          integer NOT NULL DEFAULT 0, -- per cent
    text          text NOT NULL DEFAULT '',
    until         timestamptz
);
CREATE INDEX earning_entry_staff ON earning_entry (staff_id, at DESC, id);

-- A call that the telephone system knows by its own id is more than a word; it
-- proves one attempt only.
ALTER TABLE attempt ADD COLUMN call_id text;
CREATE UNIQUE INDEX attempt_call ON attempt (dealer_id, call_id) WHERE call_id IS NOT NULL;
CREATE INDEX attempt_conversation ON attempt (dealer_id, made_at) WHERE outcome = 'reached';

-- Follow-ups are worked by workflows of their own. As with a lead, the row holds
-- the process, and only a step writes it.
ALTER TABLE follow_up
    ADD COLUMN step            bigint NOT NULL DEFAULT 0,
    ADD COLUMN process         jsonb,
    ADD COLUMN policy_version  integer NOT NULL DEFAULT 1,
    ADD COLUMN starts_at       timestamptz, -- an instant within due_on, where it matters
    ADD COLUMN status          text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'done', 'dropped')),
    ADD COLUMN outcome         text NOT NULL DEFAULT '',
    ADD COLUMN why             text NOT NULL DEFAULT '', -- Doorbell's own word, when nobody settled it
    ADD COLUMN owner_id        uuid REFERENCES staff,
    ADD COLUMN deadline_at     timestamptz,
    ADD COLUMN next_action_at  timestamptz,
    ADD COLUMN escalation_step integer NOT NULL DEFAULT 0,
    ADD COLUMN settled_at      timestamptz,
    ADD COLUMN settled_by      text NOT NULL DEFAULT '',
    ADD COLUMN note_id         uuid REFERENCES note,
    ADD COLUMN new_lead_id     uuid REFERENCES lead; -- the new run that it became
CREATE INDEX follow_up_open ON follow_up (dealer_id, deadline_at, id) WHERE status = 'open';
CREATE INDEX follow_up_owner ON follow_up (owner_id) WHERE status = 'open';
UPDATE follow_up f SET policy_version = l.policy_version FROM lead l WHERE l.id = f.lead_id;
-- These were done in the moment in which they were written.
UPDATE follow_up SET status = 'done', settled_at = created_at, settled_by = 'system'
WHERE kind IN ('do_not_contact', 'celebrate', 'link', 'call_about_quote');

-- The outbox tells follow-ups too, and applies a policy to open leads at its own
-- pace. What a follow-up is told has names of its own, with which a relay of the
-- release before can do nothing but try again.
ALTER TABLE outbox
    ADD COLUMN follow_up_id   uuid REFERENCES follow_up,
    ADD COLUMN application_id uuid;
CREATE INDEX outbox_application ON outbox (application_id) WHERE application_id IS NOT NULL;
INSERT INTO outbox (dealer_id, lead_id, follow_up_id, happening, next_try_at, created_at)
SELECT dealer_id, lead_id, id, '{"what": "follow_up"}', doorbell_now() + make_interval(secs => (row_number() OVER (ORDER BY due_on, id)) / 20.0), doorbell_now()
FROM follow_up WHERE status = 'open';

-- A version of the policy that was applied to open leads.
CREATE TABLE policy_application (
    id           uuid PRIMARY KEY,
    dealer_id    uuid NOT NULL REFERENCES dealer,
    version      integer NOT NULL,
    leads        integer NOT NULL, -- how many were to be moved
    created_by   uuid NOT NULL REFERENCES staff,
    created_at   timestamptz NOT NULL,
    cancelled_by uuid REFERENCES staff,
    cancelled_at timestamptz,
    FOREIGN KEY (dealer_id, version) REFERENCES policy
);
CREATE INDEX policy_application_dealer ON policy_application (dealer_id, created_at DESC, id);
ALTER TABLE outbox ADD FOREIGN KEY (application_id) REFERENCES policy_application;

-- Messages of a follow-up, and those to a department, which is no member of staff.
ALTER TABLE message
    ADD COLUMN follow_up_id uuid REFERENCES follow_up,
    ADD COLUMN department   text NOT NULL DEFAULT '';
CREATE INDEX message_follow_up ON message (follow_up_id) WHERE follow_up_id IS NOT NULL;

-- The lead whose follow-up began this one.
ALTER TABLE lead ADD COLUMN again_of uuid REFERENCES lead;

-- +goose Down
SELECT 'migrations only go forward';
