-- name: BeginAudit :exec
INSERT INTO audit_run (id, started_at) VALUES ($1, doorbell_now()) ON CONFLICT DO NOTHING;

-- name: FinishAudit :exec
UPDATE audit_run SET finished_at = doorbell_now(), leads = $2, follow_ups = $3, findings = $4 WHERE id = $1 AND finished_at IS NULL;

-- name: PruneAudits :exec
DELETE FROM audit_run WHERE started_at < doorbell_now() - interval '31 days';

-- name: LastAudit :one
-- The last audit that came to its end, and how old it is, in seconds.
SELECT sqlc.embed(a), extract(epoch FROM doorbell_now() - a.finished_at)::double precision AS age_s
FROM audit_run a WHERE a.finished_at IS NOT NULL ORDER BY a.finished_at DESC LIMIT 1;

-- name: OldestDealer :one
-- For how long there has been something to audit, in seconds.
SELECT extract(epoch FROM doorbell_now() - created_at)::double precision AS age_s FROM dealer ORDER BY created_at LIMIT 1;

-- name: ProjectionLag :one
-- By how much the latest lead or follow-up is behind what it does by itself, in
-- seconds; 0 when none is late.
SELECT greatest(0,
    extract(epoch FROM doorbell_now() - (SELECT min(CASE WHEN l.step = 0 THEN l.received_at ELSE l.next_action_at END) FROM lead l
                                         WHERE l.status <> 'closed' AND l.duplicate_of IS NULL AND l.step > 0)),
    extract(epoch FROM doorbell_now() - (SELECT min(f.next_action_at) FROM follow_up f WHERE f.status = 'open')))::double precision AS lag_s;

-- name: OpenLeadIDs :many
SELECT id FROM lead
WHERE status <> 'closed' AND duplicate_of IS NULL AND id > sqlc.arg(after)
  AND (sqlc.narg(dealer_id)::uuid IS NULL OR dealer_id = sqlc.narg(dealer_id)::uuid)
  AND (sqlc.narg(lead_id)::uuid IS NULL OR id = sqlc.narg(lead_id)::uuid)
ORDER BY id LIMIT sqlc.arg(most)::integer;

-- name: OpenLeadCount :one
SELECT count(*)::integer FROM lead WHERE status <> 'closed' AND duplicate_of IS NULL;

-- name: AuditLeads :many
-- Leads with all that an audit compares, as they are at one instant. A message
-- is forgotten when nothing has happened to it for a while although something
-- should have: nobody sends it, or nobody has told the process how it ended.
SELECT sqlc.embed(l), t.entries, t.last,
    EXISTS (SELECT 1 FROM outbox o WHERE o.lead_id = l.id AND o.happening IS NULL) AS announced,
    (SELECT count(*) FROM message m WHERE m.lead_id = l.id AND m.follow_up_id IS NULL AND m.channel <> 'screen' AND (
        (m.state IN ('pending', 'unknown') AND greatest(m.created_at, m.not_before, m.try_after) < doorbell_now() - make_interval(secs => sqlc.arg(grace_s)::double precision))
        OR (m.state = 'sending' AND m.claimed_at < doorbell_now() - make_interval(secs => sqlc.arg(grace_s)::double precision))
        OR (NOT m.told AND m.staff_id IS NULL AND m.state IN ('accepted', 'failed', 'suppressed')
            AND greatest(m.created_at, m.not_before, m.claimed_at, m.accepted_at) < doorbell_now() - make_interval(secs => sqlc.arg(grace_s)::double precision))
    ))::bigint AS forgotten,
    doorbell_now()::timestamptz AS now
FROM lead l CROSS JOIN LATERAL (SELECT count(*)::bigint AS entries, coalesce(max(e.seq), 0)::bigint AS last FROM timeline e WHERE e.lead_id = l.id) t
WHERE l.id = ANY(sqlc.arg(ids)::uuid[]) ORDER BY l.id;

-- name: AppointmentsOfLeads :many
SELECT id, lead_id, starts_at, minutes, confirmed, sequence FROM appointment WHERE lead_id = ANY(sqlc.arg(ids)::uuid[]) AND state = 'set';

-- name: ProposalsOfLeads :many
SELECT id, lead_id, reason FROM closing WHERE lead_id = ANY(sqlc.arg(ids)::uuid[]) AND state = 'proposed';

-- name: OpenFollowUpIDs :many
-- Those that are worked by a workflow of their own.
SELECT id FROM follow_up
WHERE status = 'open' AND NOT (kind = ANY(sqlc.arg(worked_by_lead)::text[])) AND id > sqlc.arg(after)
  AND (sqlc.narg(dealer_id)::uuid IS NULL OR dealer_id = sqlc.narg(dealer_id)::uuid)
  AND (sqlc.narg(lead_id)::uuid IS NULL OR lead_id = sqlc.narg(lead_id)::uuid)
ORDER BY id LIMIT sqlc.arg(most)::integer;

-- name: OpenFollowUpCount :one
SELECT count(*)::integer FROM follow_up WHERE status = 'open' AND NOT (kind = ANY(sqlc.arg(worked_by_lead)::text[]));

-- name: AuditFollowUps :many
SELECT sqlc.embed(f),
    EXISTS (SELECT 1 FROM outbox o WHERE o.follow_up_id = f.id AND o.happening ->> 'what' = 'follow_up') AS announced,
    (SELECT count(*) FROM message m WHERE m.follow_up_id = f.id AND m.channel <> 'screen' AND (
        (m.state IN ('pending', 'unknown') AND greatest(m.created_at, m.not_before, m.try_after) < doorbell_now() - make_interval(secs => sqlc.arg(grace_s)::double precision))
        OR (m.state = 'sending' AND m.claimed_at < doorbell_now() - make_interval(secs => sqlc.arg(grace_s)::double precision))
        OR (NOT m.told AND m.staff_id IS NULL AND m.state IN ('accepted', 'failed', 'suppressed')
            AND greatest(m.created_at, m.not_before, m.claimed_at, m.accepted_at) < doorbell_now() - make_interval(secs => sqlc.arg(grace_s)::double precision))
    ))::bigint AS forgotten,
    doorbell_now()::timestamptz AS now
FROM follow_up f WHERE f.id = ANY(sqlc.arg(ids)::uuid[]) ORDER BY f.id;

-- name: ForgottenOfClosed :many
-- Messages that may still go, or whose end nobody was told, of leads and
-- follow-ups that are over and after which nobody looks otherwise.
SELECT m.lead_id, m.follow_up_id, m.dealer_id FROM message m
JOIN lead l ON l.id = m.lead_id LEFT JOIN follow_up f ON f.id = m.follow_up_id
WHERE m.channel <> 'screen'
  AND ((m.follow_up_id IS NULL AND l.status = 'closed') OR f.status <> 'open')
  AND (m.state IN ('pending', 'sending', 'unknown') OR (NOT m.told AND m.staff_id IS NULL AND m.state IN ('accepted', 'failed', 'suppressed')))
  AND greatest(m.created_at, m.not_before, m.try_after, m.claimed_at, m.accepted_at) < doorbell_now() - make_interval(secs => sqlc.arg(grace_s)::double precision)
  AND (sqlc.narg(dealer_id)::uuid IS NULL OR m.dealer_id = sqlc.narg(dealer_id)::uuid)
  AND (sqlc.narg(lead_id)::uuid IS NULL OR m.lead_id = sqlc.narg(lead_id)::uuid)
GROUP BY m.lead_id, m.follow_up_id, m.dealer_id ORDER BY m.lead_id, m.follow_up_id;

-- name: GapsInTimeline :many
-- The numbers that are missing, the first ones of them.
SELECT n.seq::bigint AS seq FROM lead l, generate_series(1, greatest(l.timeline_seq, (SELECT coalesce(max(e.seq), 0) FROM timeline e WHERE e.lead_id = l.id))) AS n(seq)
WHERE l.id = sqlc.arg(lead_id) AND NOT EXISTS (SELECT 1 FROM timeline e WHERE e.lead_id = l.id AND e.seq = n.seq)
ORDER BY 1 LIMIT sqlc.arg(most)::integer;

-- name: FillGap :execrows
-- Says in the place of a lost entry that it is lost.
INSERT INTO timeline (dealer_id, lead_id, seq, at, kind, actor, data)
VALUES ($1, $2, $3, doorbell_now(), $4, $5, $6) ON CONFLICT DO NOTHING;

-- name: RaiseTimelineSeq :exec
-- The next entry comes behind the last one that is there.
UPDATE lead SET timeline_seq = (SELECT max(e.seq) FROM timeline e WHERE e.lead_id = lead.id)
WHERE lead.id = $1 AND timeline_seq < (SELECT coalesce(max(e.seq), 0) FROM timeline e WHERE e.lead_id = lead.id);

-- name: StuckOutbox :many
-- Entries that have waited for longer than any try should take. What was asked of a
-- lead whose process is stuck is that process's finding.
SELECT o.id, o.dealer_id, o.lead_id, o.follow_up_id, o.tries, o.happening IS NULL AS starts, extract(epoch FROM doorbell_now() - o.created_at)::double precision AS age_s
FROM outbox o
WHERE (o.next_try_at < doorbell_now() - make_interval(secs => sqlc.arg(grace_s)::double precision)
       OR (o.tries > 1 AND o.application_id IS NULL AND o.created_at < doorbell_now() - make_interval(secs => sqlc.arg(grace_s)::double precision)))
  AND o.happening ->> 'what' IS DISTINCT FROM 'asked'
  AND (sqlc.narg(dealer_id)::uuid IS NULL OR o.dealer_id = sqlc.narg(dealer_id)::uuid)
  AND (sqlc.narg(lead_id)::uuid IS NULL OR o.lead_id = sqlc.narg(lead_id)::uuid)
ORDER BY o.next_try_at, o.id LIMIT sqlc.arg(most)::integer;

-- name: TryOutboxNow :exec
UPDATE outbox SET next_try_at = doorbell_now() WHERE id = ANY(sqlc.arg(ids)::bigint[]);

-- name: OutboxLeft :many
SELECT id FROM outbox WHERE id = ANY(sqlc.arg(ids)::bigint[]);

-- name: UnheardDuplicates :many
-- Leads that another lead's process works, of which that process has never heard
-- and will not hear.
SELECT d.id, d.dealer_id, d.duplicate_of::uuid AS original, s.code AS source FROM lead d JOIN source s ON s.id = d.source_id JOIN lead o ON o.id = d.duplicate_of
WHERE d.duplicate_of IS NOT NULL AND d.received_at < doorbell_now() - make_interval(secs => sqlc.arg(grace_s)::double precision)
  AND d.received_at > doorbell_now() - make_interval(days => sqlc.arg(days)::integer)
  AND NOT EXISTS (SELECT 1 FROM timeline t WHERE t.lead_id = o.id AND t.happening = 'linked-' || d.id)
  AND NOT EXISTS (SELECT 1 FROM outbox x WHERE x.lead_id = o.id AND x.happening ->> 'id' = 'linked-' || d.id)
  AND (sqlc.narg(dealer_id)::uuid IS NULL OR d.dealer_id = sqlc.narg(dealer_id)::uuid)
  AND (sqlc.narg(lead_id)::uuid IS NULL OR d.id = sqlc.narg(lead_id)::uuid)
ORDER BY d.id LIMIT sqlc.arg(most)::integer;

-- name: UnaccountedRaws :many
-- Messages that became neither a lead nor an entry of the quarantine.
SELECT r.id, r.dealer_id, r.source_id FROM raw_message r
WHERE r.received_at > doorbell_now() - make_interval(days => sqlc.arg(days)::integer)
  AND NOT EXISTS (SELECT 1 FROM raw_lead l WHERE l.raw_id = r.id) AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.raw_id = r.id)
  AND (sqlc.narg(dealer_id)::uuid IS NULL OR r.dealer_id = sqlc.narg(dealer_id)::uuid)
ORDER BY r.id LIMIT sqlc.arg(most)::integer;

-- name: UnaccountedRaw :one
SELECT r.id, r.dealer_id, r.source_id FROM raw_message r
WHERE r.id = $1 AND NOT EXISTS (SELECT 1 FROM raw_lead l WHERE l.raw_id = r.id) AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.raw_id = r.id);

-- name: LeadsKnown :many
SELECT id, dealer_id, status FROM lead WHERE id = ANY(sqlc.arg(ids)::uuid[]);

-- name: FollowUpsKnown :many
SELECT id, dealer_id, lead_id, status FROM follow_up WHERE id = ANY(sqlc.arg(ids)::uuid[]);

-- name: StaffKnown :one
SELECT EXISTS (SELECT 1 FROM staff WHERE dealer_id = $1 AND id = $2) AS known;

-- name: DoubtMessages :exec
-- After the database was restored from a backup nobody knows whether these went
-- meanwhile: each is sent once more at most, after a pause.
UPDATE message SET state = 'unknown', code = 'restored', unknowns = greatest(unknowns, 1), try_after = doorbell_now() + interval '10 minutes'
WHERE lead_id = sqlc.arg(lead_id) AND follow_up_id IS NOT DISTINCT FROM sqlc.narg(follow_up_id)::uuid AND channel <> 'screen'
  AND state IN ('pending', 'sending') AND (not_before IS NULL OR not_before <= doorbell_now());

-- name: RememberAutoResponse :exec
-- The process knows that the customer has his answer.
UPDATE message SET state = 'accepted', code = 'restored', told = true, accepted_at = sqlc.arg(at)
WHERE lead_id = sqlc.arg(lead_id) AND key = 'auto_response' AND state IN ('pending', 'sending', 'unknown');

-- name: RestoreFollowUp :exec
-- The row of a follow-up that a restore lost, from what its workflow knows.
INSERT INTO follow_up (id, dealer_id, lead_id, kind, reason, due_on, starts_at, policy_version, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, doorbell_now()) ON CONFLICT DO NOTHING;
