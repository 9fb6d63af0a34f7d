package words_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/words"
)

func FuzzAccepted(f *testing.F) {
	for _, header := range []string{"nl", "en-GB,en;q=0.9, nl;q=0.5", ";;;q=x", "*", "x-klingon", "de-u-co-phonebk-x-a-b", "nl;q=-1", "nl;q=1e309", "\xff"} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		wanted := words.Accepted(header)
		require.LessOrEqual(t, len(wanted), 200)
		require.Contains(t, words.Languages(), words.Pick(wanted...))
	})
}
