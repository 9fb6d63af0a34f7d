package settings

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/policy"
)

// FuzzRewritten holds that hours put into a policy, whoever wrote it, leave a
// policy with those hours, or are not put into it.
func FuzzRewritten(f *testing.F) {
	f.Add(houseRules)
	f.Add(string(policy.Standard()))
	f.Add("timezone: UTC\ncountry: NL\ncalendar: &c {open: {mon: \"09:00-18:00\"}}\ntracks: {a: {}}\n")
	f.Fuzz(func(t *testing.T, text string) {
		is, err := hoursOf(text)
		if err != nil {
			return
		}
		same, err := rewritten(text, is)
		if err == nil {
			again, err := hoursOf(same)
			require.NoError(t, err)
			require.True(t, is.same(again))
		}
	})
}

// FuzzDiffLines holds that the difference of two texts tells both of them.
func FuzzDiffLines(f *testing.F) {
	f.Add("a\nb\nc\n", "a\nc\nd")
	f.Add("", "\n\n")
	f.Add("a\r\nb", "b\na\xff")
	f.Fuzz(func(t *testing.T, older, newer string) {
		var was, is []string
		for _, line := range diffLines(older, newer) {
			if line.Change != lineAdded {
				was = append(was, line.Text)
			}
			if line.Change != lineRemoved {
				is = append(is, line.Text)
			}
		}
		require.Equal(t, textLines(older), was)
		require.Equal(t, textLines(newer), is)
		shownLines(diffLines(older, newer))
		require.Equal(t, strings.Join(textLines(older), "\n") != strings.Join(textLines(newer), "\n") || len(was) != len(is), differs(diffLines(older, newer)))
	})
}
