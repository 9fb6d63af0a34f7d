package board_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// A page may begin behind any place that somebody writes into its address.
func TestPlacesThatAreNone(t *testing.T) {
	t.Parallel()
	o := opened(t, "sam@demo.example")
	for _, at := range []string{"9223372036854775807", "-9223372036854775808", "-9223372036854775807", "0"} {
		place := at + "_0199f2c4-7b1e-7c3a-9d52-3f0c8a1b6e47"
		for _, status := range []string{"", "closing", "closed", "all"} {
			require.Equal(t, http.StatusOK, o.get("/board?status="+status+"&after="+place).Code, "%s %s", status, at)
		}
		require.Less(t, o.get("/board/around?status=closed&at="+at+"&id=0199f2c4-7b1e-7c3a-9d52-3f0c8a1b6e47").Code, http.StatusInternalServerError)
	}
}
