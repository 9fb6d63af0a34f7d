package session_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/web/session"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// remembering is a server on which /put remembers a text and /take tells it.
func remembering(t *testing.T, publicURL string) http.Handler {
	t.Helper()
	s, err := store.Open(context.Background(), testkit.Database(t), store.Options{Connections: 4, Name: "test"})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	sessions := session.New(s, publicURL)
	t.Cleanup(sessions.Close)
	router := gin.New()
	router.ContextWithFallback = true
	router.Use(sessions.Load)
	router.POST("/put", func(c *gin.Context) {
		require.NoError(t, sessions.Put(c, "what", c.Query("text")))
		c.Status(http.StatusNoContent)
	})
	router.POST("/take", func(c *gin.Context) {
		text, err := sessions.Take(c, "what")
		require.NoError(t, err)
		c.String(http.StatusOK, text)
	})
	return router
}

func ask(handler http.Handler, path string, cookies ...*http.Cookie) *httptest.ResponseRecorder {
	request := httptest.NewRequestWithContext(context.Background(), http.MethodPost, path, http.NoBody)
	for _, c := range cookies {
		request.AddCookie(c)
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}

func TestTheCookieIsForThisServerOnly(t *testing.T) {
	t.Parallel()
	for publicURL, want := range map[string]struct {
		name   string
		secure bool
	}{
		"https://leads.dealer.example": {"__Host-doorbell", true},
		"http://127.0.0.1:8080":        {"doorbell", false},
	} {
		server := remembering(t, publicURL)
		answer := ask(server, "/put?text=here")
		c, err := http.ParseSetCookie(answer.Header().Get("Set-Cookie"))
		require.NoError(t, err)
		require.Equal(t, want.name, c.Name)
		require.Equal(t, want.secure, c.Secure)
		require.True(t, c.HttpOnly, "no script reads it")
		require.Equal(t, http.SameSiteLaxMode, c.SameSite, "no other site's form brings it")
		require.Equal(t, "/", c.Path)
		require.Empty(t, c.Domain)
		require.WithinDuration(t, time.Now().Add(time.Hour), c.Expires, time.Minute, "nobody has signed in")
		require.GreaterOrEqual(t, len(c.Value), 43, "256 random bits")
		require.Equal(t, `no-cache="Set-Cookie"`, answer.Header().Get("Cache-Control"))

		require.Empty(t, ask(server, "/take").Body.String(), "nobody else has it")
		require.Equal(t, "here", ask(server, "/take", c).Body.String())
		require.Empty(t, ask(server, "/take", c).Body.String(), "once")
	}
}
