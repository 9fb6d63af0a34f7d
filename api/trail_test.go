package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store"
)

// What the store records the API can tell.
func TestEveryKindOfTheTrailIsDescribed(t *testing.T) {
	t.Parallel()
	for _, kind := range store.TrailKinds() {
		require.True(t, gen.TrailKind(kind).Valid(), "%s is not in openapi.yaml", kind)
	}
}
