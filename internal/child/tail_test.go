package child_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/internal/child"
)

func TestTailKeepsTheLastLines(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		keep := rapid.IntRange(1, 5).Draw(t, "keep")
		all := rapid.SliceOfN(rapid.StringMatching(`[a-z ]{0,8}`), 0, 12).Draw(t, "lines")
		text := strings.Join(append(all, ""), "\n")

		tail := child.NewTail(keep)
		for text != "" {
			n := rapid.IntRange(1, len(text)).Draw(t, "piece")
			written, err := tail.Write([]byte(text[:n]))
			require.NoError(t, err)
			require.Equal(t, n, written)
			text = text[n:]
		}
		want := all[max(0, len(all)-keep):]
		require.Equal(t, strings.Join(want, "\n"), tail.String())
	})
}

func TestTailShowsTheUnfinishedLineAndCutsTheEndlessOne(t *testing.T) {
	t.Parallel()
	tail := child.NewTail(2)
	_, err := fmt.Fprintf(tail, "first\n%s", strings.Repeat("x", 1_000_000))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(tail.String(), "first\nxxx"))
	require.Less(t, len(tail.String()), 3000)
}

func TestLogFileStaysSmall(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	log, err := child.OpenLog(path, 1000)
	require.NoError(t, err)
	for i := range 500 {
		_, err := fmt.Fprintf(log, "line %d\n", i)
		require.NoError(t, err)
	}
	require.NoError(t, log.Close())

	now, err := os.ReadFile(path)
	require.NoError(t, err)
	before, err := os.ReadFile(path + ".1")
	require.NoError(t, err)
	require.LessOrEqual(t, len(now), 1000)
	require.LessOrEqual(t, len(before), 1000)
	require.True(t, strings.HasSuffix(string(now), "line 499\n"))

	again, err := child.OpenLog(path, 1000)
	require.NoError(t, err)
	_, err = fmt.Fprintln(again, "after a restart")
	require.NoError(t, err)
	require.NoError(t, again.Close())
	now, err = os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(string(now), "line 499\nafter a restart\n"), "the log goes on where it was")
}
