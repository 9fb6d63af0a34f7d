-- Very many leads, for the bench to read: $1 is the dealer, $2 how many are open,
-- $3 how many there are in all. Triggers are off meanwhile; what they keep is
-- written beside the rest.

CREATE TEMP TABLE planted AS
SELECT i, i > $2 AS closed, gen_random_uuid() AS lead, gen_random_uuid() AS customer, $1::uuid AS dealer,
    (SELECT id FROM source WHERE code = CASE WHEN i % 3 = 0 THEN 'portal' ELSE 'website' END) AS source,
    (SELECT array_agg(id ORDER BY email) FROM staff WHERE role = 'salesperson') AS sellers,
    doorbell_now() - CASE WHEN i > $2 THEN interval '1 day' + i * interval '30 s' ELSE interval '2 hours' + i * interval '1 s' END AS at
FROM generate_series(1, $3) i;
INSERT INTO customer (id, dealer_id, first_name, last_name, city, language, created_at)
SELECT customer, dealer, 'Jan', 'Jansen' || i, 'Utrecht', 'nl', at FROM planted;
INSERT INTO customer_contact (dealer_id, customer_id, kind, position, written, normalised, valid)
SELECT dealer, customer, 'phone', 0, '06' || lpad(i::text, 8, '0'), '+316' || lpad(i::text, 8, '0'), true FROM planted
UNION ALL SELECT dealer, customer, 'email', 0, 'jansen' || i || '@mail.example', 'jansen' || i || '@mail.example', true FROM planted;
INSERT INTO lead (id, dealer_id, source_id, customer_id, external_id, content_hash, channel, request, condition, make, model, received_at,
    policy_version, reason_version, step, timeline_seq, process, phase, stage, status, track, owner_id, auto_responded_at, live_due_at, first_live_at,
    first_conversation_at, last_live_at, attempts_made, attempts_counted, attempts_required, next_deadline_at, next_action_at, deadlines,
    close_reason, closed_at, stands_at)
SELECT lead, dealer, source, customer, 'planted-' || i, sha256(lead::text::bytea), 'web', 'test_drive', 'new', 'Planted', 'Captur', at,
    1, 1, 7, CASE WHEN closed THEN 7 ELSE 6 END, template.process, 'showroom', CASE WHEN closed THEN 'lost' ELSE 'contacting' END, CASE WHEN closed THEN 'closed' ELSE 'open' END,
    'standard', sellers[1 + i % 3], at + interval '1 s', at + interval '15 m', at + interval '5 m',
    at + interval '5 m', at + interval '1 h', 2, 2, 6,
    CASE WHEN NOT closed THEN at + interval '1 day' END, CASE WHEN NOT closed THEN at + interval '30 days' END,
    CASE WHEN closed THEN '[]' ELSE jsonb_build_array(jsonb_build_object('kind', 'call_attempt', 'due_at', at + interval '1 day', 'step', 0)) END,
    CASE WHEN closed THEN 'not_reached' ELSE '' END, CASE WHEN closed THEN at + interval '1 day' END,
    CASE WHEN NOT closed THEN (extract(epoch FROM at + interval '1 day') * 1000000)::bigint END
FROM planted, (SELECT process FROM lead WHERE process IS NOT NULL LIMIT 1) template;
INSERT INTO timeline (dealer_id, lead_id, seq, at, kind, actor, data)
SELECT p.dealer, p.lead, s.seq, p.at + s.seq * interval '5 m', s.kind, CASE WHEN s.kind = 'attempt_logged' THEN p.sellers[1 + p.i % 3]::text ELSE 'system' END,
    CASE s.kind
        WHEN 'attempt_logged' THEN jsonb_build_object('channel', 'phone', 'direction', 'out', 'outcome',
            CASE WHEN s.seq = 6 AND p.i % 3 = 0 THEN 'reached' ELSE 'voicemail' END, 'counted', true,
            'made_at', p.at + s.seq * interval '5 m', 'attempt_id', p.lead)
        WHEN 'assigned' THEN jsonb_build_object('to', p.sellers[1 + p.i % 3], 'why', 'turn')
        WHEN 'closed' THEN jsonb_build_object('reason', 'not_reached', 'stage', 'lost')
        ELSE jsonb_build_object('source', 'website', 'kind', 'call_attempt', 'due_at', p.at + s.seq * interval '5 m')
    END
FROM planted p, (VALUES (1, 'received'), (2, 'assigned'), (3, 'attempt_due'), (4, 'attempt_logged'), (5, 'attempt_due'), (6, 'attempt_logged'),
    (7, 'closed')) s (seq, kind)
WHERE p.closed OR s.kind <> 'closed';
INSERT INTO lead_search (lead_id, dealer_id, text) SELECT v.lead_id, v.dealer_id, v.text FROM lead_searched v JOIN planted p ON p.lead = v.lead_id;
DROP TABLE planted;
