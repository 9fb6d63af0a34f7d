package settings

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// asTold writes a difference as people do: a sign and the line.
func asTold(lines []diffLine) string {
	var out strings.Builder
	for _, l := range lines {
		switch {
		case l.Skipped > 0:
			out.WriteString("…")
		case l.Change == lineRemoved:
			out.WriteString("-" + l.Text)
		case l.Change == lineAdded:
			out.WriteString("+" + l.Text)
		default:
			out.WriteString(" " + l.Text)
		}
		out.WriteString("\n")
	}
	return out.String()
}

func TestADifferenceIsToldLineByLine(t *testing.T) {
	t.Parallel()
	older := "name: a\ntracks:\n  standard:\n    live_response:\n      due: 15m\n    clock: always\n"
	newer := "name: a\ntracks:\n  standard:\n    live_response:\n      due: 10m\n    clock: always\n  weekend:\n    clock: opening_hours\n"
	require.Equal(t, " name: a\n tracks:\n   standard:\n     live_response:\n-      due: 15m\n+      due: 10m\n     clock: always\n+  weekend:\n+    clock: opening_hours\n",
		asTold(diffLines(older, newer)))
	lines := diffLines(older, newer)
	require.Equal(t, diffLine{Change: lineRemoved, Old: 5, Text: "      due: 15m"}, lines[4])
	require.Equal(t, diffLine{Change: lineAdded, New: 5, Text: "      due: 10m"}, lines[5])
	require.Equal(t, diffLine{Change: lineSame, Old: 6, New: 6, Text: "    clock: always"}, lines[6])
	require.False(t, differs(diffLines(older, older)))
	require.True(t, differs(diffLines("", "a")))
	require.Empty(t, diffLines("", ""))
}

func TestWhatIsFarFromAnyChangeIsLeftOut(t *testing.T) {
	t.Parallel()
	older := strings.Split("abcdefghijklmnopqrstuvwxyz", "")
	newer := strings.Split("abcdefghijklmNopqrstuvwxyz", "")
	lines := shownLines(diffLines(strings.Join(older, "\n"), strings.Join(newer, "\n")))
	require.Equal(t, "…\n k\n l\n m\n-n\n+N\n o\n p\n q\n…\n", asTold(lines))
	require.Equal(t, 10, lines[0].Skipped)
	require.Equal(t, 9, lines[len(lines)-1].Skipped)
}

// Whatever the texts are: taking the removed lines out and the added ones in
// leads from the one to the other, and the numbers say where each line stands.
func TestADifferenceLeadsFromOneTextToTheOther(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.SampledFrom([]string{"a", "b", "c", "d", "e: 1", "", "  f"})
		older := rapid.SliceOfN(line, 0, 30).Draw(t, "older")
		newer := rapid.SliceOfN(line, 0, 30).Draw(t, "newer")
		if len(older) > 0 && rapid.Bool().Draw(t, "alike") {
			newer = append(append([]string{}, older...), newer...)
		}
		var out []diffLine
		compareLines(older, newer, 0, 0, &out)
		var before, after []string
		for _, l := range out {
			if l.Change != lineAdded {
				before = append(before, l.Text)
				require.Equal(t, len(before), l.Old)
			}
			if l.Change != lineRemoved {
				after = append(after, l.Text)
				require.Equal(t, len(after), l.New)
			}
		}
		require.Equal(t, strings.Join(older, "\n"), strings.Join(before, "\n"))
		require.Equal(t, strings.Join(newer, "\n"), strings.Join(after, "\n"))
		require.Len(t, before, len(older))
		require.Len(t, after, len(newer))
	})
}
