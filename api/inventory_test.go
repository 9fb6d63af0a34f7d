package api

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// Who adds an operation or a parameter says in docs/hostile-input.md what
// becomes of it.
func TestTheInventoryIsWhole(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/hostile-input.md")
	require.NoError(t, err)
	doc, err := description()
	require.NoError(t, err)
	for _, op := range doc.Operations {
		require.Contains(t, string(page), "`"+op.ID+"`")
		for _, p := range op.Parameters {
			require.Contains(t, string(page), "`"+p.Name+"`", op.ID)
		}
	}
}
