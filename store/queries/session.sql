-- name: SignedIn :one
-- Whose session it is. Nobody's, once he has left or was signed out everywhere.
SELECT sqlc.embed(s), sqlc.embed(d), doorbell_now()::timestamptz AS now
FROM staff s JOIN dealer d ON d.id = s.dealer_id WHERE s.id = $1 AND s.session_epoch = $2 AND s.active;

-- name: SignOutEverywhere :one
UPDATE staff SET session_epoch = session_epoch + 1 WHERE dealer_id = $1 AND id = $2 RETURNING session_epoch;

-- name: StaffToSignIn :one
-- Addresses are unique over all dealers.
SELECT sqlc.embed(s), sqlc.embed(d), doorbell_now()::timestamptz AS now
FROM staff s JOIN dealer d ON d.id = s.dealer_id WHERE s.email = lower(sqlc.arg(email)::text);

-- name: FindSession :one
-- What a browser's session holds, as long as it lasts.
SELECT data FROM sessions WHERE token = $1 AND expiry > doorbell_now();

-- name: KeepSession :exec
INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, doorbell_now() + make_interval(secs => sqlc.arg(seconds)::float8))
ON CONFLICT (token) DO UPDATE SET data = EXCLUDED.data, expiry = EXCLUDED.expiry;

-- name: EndSession :exec
DELETE FROM sessions WHERE token = $1;

-- name: PruneSessions :exec
DELETE FROM sessions WHERE expiry <= doorbell_now();

-- name: TryHeldBy :one
-- The try that keeps another one away, where there were so many since then. When
-- it has grown old there is room again.
SELECT at FROM sign_in_failure WHERE key = $1 AND at > sqlc.arg(since)::timestamptz
ORDER BY at DESC OFFSET sqlc.arg(most)::integer - 1 LIMIT 1;

-- name: NoteTry :exec
INSERT INTO sign_in_failure (key, at) VALUES ($1, $2);

-- name: TakeBackTry :exec
DELETE FROM sign_in_failure WHERE key = $1 AND at = $2;

-- name: ForgetTries :exec
DELETE FROM sign_in_failure WHERE key = $1;

-- name: LockTries :exec
-- Held until the end of the transaction: of two who try at once the second sees
-- that the first has tried.
SELECT pg_advisory_xact_lock(sqlc.arg(number)::bigint);

-- name: PruneTries :exec
DELETE FROM sign_in_failure WHERE at <= sqlc.arg(before)::timestamptz;

-- name: InsertTicket :one
INSERT INTO staff_ticket (hash, dealer_id, staff_id, purpose, expires_at)
VALUES ($1, $2, $3, $4, doorbell_now() + make_interval(secs => sqlc.arg(seconds)::float8)) RETURNING expires_at;

-- name: TicketByHash :one
-- A ticket that still opens something.
SELECT t.purpose, sqlc.embed(s), sqlc.embed(d) FROM staff_ticket t JOIN staff s ON s.id = t.staff_id JOIN dealer d ON d.id = t.dealer_id
WHERE t.hash = $1 AND t.used_at IS NULL AND t.expires_at > doorbell_now() AND s.active;

-- name: UseTicket :one
-- Once, whoever else tries at the same time.
UPDATE staff_ticket SET used_at = doorbell_now() WHERE hash = $1 AND used_at IS NULL AND expires_at > doorbell_now()
RETURNING dealer_id, staff_id, purpose;

-- name: VoidTickets :exec
-- Whoever has a password of his own choice, or has left, needs none of his links
-- any more.
UPDATE staff_ticket SET used_at = doorbell_now() WHERE staff_id = $1 AND used_at IS NULL;

-- name: PruneTickets :exec
DELETE FROM staff_ticket WHERE expires_at < doorbell_now() - interval '30 days';

-- name: RenewPassword :one
-- A new password signs him out everywhere.
UPDATE staff SET password_hash = $3, session_epoch = session_epoch + 1 WHERE dealer_id = $1 AND id = $2 AND active RETURNING session_epoch;

-- name: SetPreferences :exec
UPDATE staff SET language = $3, shortcuts = $4 WHERE dealer_id = $1 AND id = $2;

-- name: AnyDealer :one
SELECT EXISTS (SELECT 1 FROM dealer) AS there;

-- name: LockDealers :exec
-- Nobody adds a dealer until the end of the transaction.
LOCK TABLE dealer IN SHARE ROW EXCLUSIVE MODE;
