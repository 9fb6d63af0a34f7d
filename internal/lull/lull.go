// Package lull waits.
package lull

import (
	"context"
	"time"
)

// For waits for a while. It returns early, with the context's error, when the
// context ends.
func For(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
