package store

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/store/db"
)

// outboxChannel is where Postgres passes on that the outbox has something new.
const outboxChannel = "doorbell_outbox"

// RingOutbox tells whoever hears that n things came into the outbox. It is a
// transaction of its own: those that notify wait for each other.
func (s *Store) RingOutbox(ctx context.Context, n int64) error {
	return s.Ring(ctx, db.RingParams{Channel: outboxChannel, Payload: strconv.FormatInt(n, 10)})
}

// HearOutbox calls heard with the number of things that came into the outbox,
// whenever somebody rings, until ctx ends or the connection breaks. It takes a
// connection of its own, and returns an error in any case. heard must not block.
func (s *Store) HearOutbox(ctx context.Context, heard func(n int64)) error {
	conn, err := pgx.ConnectConfig(ctx, s.Pool.Config().ConnConfig)
	if err != nil {
		return fmt.Errorf("listen to the outbox: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "LISTEN "+outboxChannel); err != nil {
		return fmt.Errorf("listen to the outbox: %w", err)
	}
	for {
		rung, err := conn.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("listen to the outbox: %w", err)
		}
		n, _ := strconv.ParseInt(rung.Payload, 10, 64)
		heard(max(n, 1))
	}
}
