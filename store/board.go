package store

import (
	"context"
	"fmt"
	"math"
	"strconv"
)

// LivePlace returns the place in the feed of events behind everything that is
// committed now. Whoever reads it before he reads a page's rows, and follows
// the feed from there, misses nothing of what happens to them.
func (s *Store) LivePlace(ctx context.Context) (string, error) {
	tx, err := s.TimelineEnd(ctx)
	if err != nil {
		return "", fmt.Errorf("end of the timeline: %w", err)
	}
	return strconv.FormatInt(tx, 10) + "-" + strconv.FormatInt(math.MaxInt64, 10), nil
}
