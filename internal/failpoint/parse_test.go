//go:build failpoint

package failpoint

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPointsAreReadFromTheEnvironment(t *testing.T) {
	t.Parallel()
	got, err := parse(" a=kill ; b=kill(0.25,3);c=150ms;d=2s(0.5);")
	require.NoError(t, err)
	require.Equal(t, map[string]*point{
		"a": {kill: true, chance: 1}, "b": {kill: true, chance: 0.25, after: 3},
		"c": {wait: 150 * time.Millisecond, chance: 1}, "d": {wait: 2 * time.Second, chance: 0.5},
	}, got)
	for _, wrong := range []string{"a", "a=die", "a=kill(2)", "a=kill(x)", "a=kill(1,y)"} {
		_, err := parse(wrong)
		require.Error(t, err, wrong)
	}
}
