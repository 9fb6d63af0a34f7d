package signin

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// A provider that was taken over, or that somebody stands in front of, leads us
// nowhere else: neither into the network behind us nor, with our secret, away.
func TestTheProviderLeadsUsNowhere(t *testing.T) {
	t.Parallel()
	var reached atomic.Int32
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(trap.Close)
	for name, c := range map[string]struct {
		about func(issuer string) map[string]any // nil redirects
		code  bool                               // the description is fine, the code is refused
	}{
		"a redirected description": {},
		"a token from an address without TLS": {about: func(issuer string) map[string]any {
			return map[string]any{"token_endpoint": "http://192.0.2.1/token"}
		}},
		"people sent to an address without TLS": {about: func(issuer string) map[string]any {
			return map[string]any{"authorization_endpoint": "http://192.0.2.1/authorise"}
		}},
		"people sent to a script": {about: func(issuer string) map[string]any {
			return map[string]any{"authorization_endpoint": "javascript:alert(1)"}
		}},
		"keys from an address without TLS": {about: func(issuer string) map[string]any {
			return map[string]any{"jwks_uri": "http://192.0.2.1/keys"}
		}},
		"keys from a file": {about: func(issuer string) map[string]any { return map[string]any{"jwks_uri": "file:///etc/passwd"} }},
		"somebody else's name": {about: func(issuer string) map[string]any {
			return map[string]any{"issuer": "https://evil.example"}
		}},
		"a description without end": {about: func(issuer string) map[string]any {
			return map[string]any{"more": strings.Repeat("x", 2*mostTold)}
		}},
		"a redirected code": {about: func(issuer string) map[string]any { return nil }, code: true},
	} {
		var issuer string
		provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if c.about == nil || r.URL.Path == "/token" {
				http.Redirect(w, r, trap.URL, http.StatusTemporaryRedirect)
				return
			}
			about := map[string]any{
				"issuer": issuer, "authorization_endpoint": issuer + "/authorise", "token_endpoint": issuer + "/token", "jwks_uri": issuer + "/keys",
			}
			maps.Copy(about, c.about(issuer))
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(about)
		}))
		t.Cleanup(provider.Close)
		issuer = provider.URL
		on := &SignOn{Issuer: issuer, ClientID: "doorbell", ClientSecret: "hush", PublicURL: "https://leads.dealer.example"}
		err := on.Check(t.Context())
		if c.code {
			require.NoError(t, err, name)
			_, err = on.redeem(t.Context(), "code", pending{})
		}
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), "hush", name)
	}
	require.Zero(t, reached.Load())
}
