package store

import (
	"context"
	"fmt"
)

// crowd is how many leads and follow-ups that should act at the same moment are
// many: about as many as a worker takes at once, so that one more has to wait.
const crowd = 16

// IsCrowded reports whether many leads and follow-ups, of whichever dealers,
// should act by themselves at this moment.
func (s *Store) IsCrowded(ctx context.Context) (bool, error) {
	crowded, err := s.Crowded(Across(ctx), crowd)
	if err != nil {
		return false, fmt.Errorf("leads that should act: %w", err)
	}
	return crowded, nil
}
