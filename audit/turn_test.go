package audit

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestEverybodyIsAskedWhereTheyAreFew(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		turn := turnAt(rapid.IntRange(0, everybody).Draw(t, "open"), noon)
		if id := uuid.Must(uuid.NewV7()); !turn.Has(id) {
			t.Fatalf("%+v has not %s", turn, id)
		}
	})
}

func TestEachHasHisTurnOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		open := rapid.IntRange(0, 50*everybody).Draw(t, "open")
		id := uuid.Must(uuid.NewV7())
		had, hours := 0, turnAt(open, noon).Of
		for hour := range hours {
			if turnAt(open, noon.Add(time.Duration(hour)*time.Hour)).Has(id) {
				had++
			}
		}
		if had != 1 {
			t.Fatalf("%d turns in %d hours", had, hours)
		}
		if open > hours*everybody {
			t.Fatalf("%d in %d hours are more than %d in one", open, hours, everybody)
		}
	})
}

func TestTurnsAreOfAboutTheSameSize(t *testing.T) {
	t.Parallel()
	const n = 10_000
	for number := range 10 {
		has := 0
		for range n {
			if (Turn{Number: number, Of: 10}).Has(uuid.Must(uuid.NewV7())) {
				has++
			}
		}
		require.InDelta(t, n/10, has, n/50)
	}
}
