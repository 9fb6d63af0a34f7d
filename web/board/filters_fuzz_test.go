package board

import (
	"net/url"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/store/db"
)

// FuzzFilters holds that an address of the board is read as filters that there
// are, and that those are written as an address which is read the same way:
// that is what a saved view keeps.
func FuzzFilters(f *testing.F) {
	p := &people{
		staff:   []db.Staff{{ID: uuid.MustParse("0199f2c4-7b1e-7c3a-9d52-3f0c8a1b6e47")}},
		sources: []db.Source{{Code: "website"}},
	}
	f.Add("who=mine&source=website&party=third&stage=new&phase=bdc&status=closed&sort=newest&overdue=1&escalated=1&q=de+boer")
	f.Add("after=9223372036854775807_0199f2c4-7b1e-7c3a-9d52-3f0c8a1b6e47&status=closed")
	f.Fuzz(func(t *testing.T, address string) {
		asked, err := url.ParseQuery(address)
		if err != nil {
			return
		}
		read := p.read(asked)
		written := read.values()
		again := p.read(written)
		require.Empty(t, again.Ignored, "what is kept is known")
		again.After, again.Ignored = read.After, read.Ignored
		require.Equal(t, read, again)
		if read.After != nil {
			at, ok := placeAt(read.After.word())
			require.True(t, ok)
			require.Equal(t, *read.After, at)
		}
	})
}
