package web

import (
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/web/session"
)

// Who adds a room says in docs/hostile-input.md what becomes of what is sent
// there.
func TestTheInventoryIsWhole(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/hostile-input.md")
	require.NoError(t, err)
	router := gin.New()
	(&Pages{Sessions: &session.Sessions{}, Log: slog.New(slog.DiscardHandler), Dev: true}).Mount(router)
	for _, r := range router.Routes() {
		room, _, _ := strings.Cut(strings.TrimPrefix(r.Path, "/"), "/")
		require.Contains(t, string(page), "`/"+room+"`", r.Path)
	}
}
