// Package identity is an OpenID provider for tests: a real HTTP server on
// loopback that speaks OpenID Connect 1.0 with the authorization code flow, and
// nothing beyond it. It is strict where providers are, and fails the test when
// it is asked something that no client should ask.
package identity

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"
)

// Person is whom the provider knows.
type Person struct {
	Subject, Email, Name string
	Verified             bool // the e-mail address
}

// Client is who may ask.
type Client struct{ ID, Secret, RedirectURL string }

// Provider is the provider.
type Provider struct {
	tb     testing.TB
	Issuer string
	Client Client

	address string
	key     *rsa.PrivateKey
	signer  jose.Signer

	mu     sync.Mutex
	server *http.Server // nil while it is away
	person Person
	tamper func(claims map[string]any)
	codes  map[string]*grant
	denied []string
}

// grant is a code that was given out.
type grant struct {
	person           Person
	nonce, challenge string
	until            time.Time
	used             bool
}

// codeLasts is how long a code may be redeemed.
const codeLasts = time.Minute

// keyID names the one key.
const keyID = "test-key"

// Open starts a provider that knows one client and stops it when the test is
// over.
func Open(tb testing.TB, redirectURL string) *Provider {
	tb.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(tb, err)
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: keyID}}, (&jose.SignerOptions{}).WithType("JWT"))
	require.NoError(tb, err)
	p := &Provider{
		tb: tb, key: key, signer: signer, codes: map[string]*grant{},
		Client: Client{ID: "doorbell-" + rand.Text()[:8], Secret: "a secret + of/the=client: " + rand.Text(), RedirectURL: redirectURL},
	}
	p.Back()
	tb.Cleanup(p.Away)
	return p
}

// Away takes the provider off the network.
func (p *Provider) Away() {
	p.mu.Lock()
	server := p.server
	p.server = nil
	p.mu.Unlock()
	if server != nil {
		require.NoError(p.tb, server.Close())
	}
}

// Back puts it where it was.
func (p *Provider) Back() {
	p.tb.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	require.Nil(p.tb, p.server, "it is there")
	address := p.address
	if address == "" {
		address = "127.0.0.1:0"
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", address)
	require.NoError(p.tb, err)
	p.address = listener.Addr().String()
	p.Issuer = "http://" + p.address + "/realm"
	p.server = &http.Server{Handler: p.routes(), ReadHeaderTimeout: time.Minute}
	go func(server *http.Server) { _ = server.Serve(listener) }(p.server) // until Away
}

// Is says who sits at the browsers that come from now on.
func (p *Provider) Is(who Person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.person = who
}

// Tamper has the claims of ID tokens changed before they are signed; nil stops
// that.
func (p *Provider) Tamper(how func(claims map[string]any)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tamper = how
}

// Denied lists what was refused at the token endpoint, by the words of RFC
// 6749, because of what an attacker can bring about without any fault of the
// client.
func (p *Provider) Denied() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.denied...)
}

func (p *Provider) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /realm/.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /realm/keys", p.keys)
	mux.HandleFunc("GET /realm/authorize", p.authorize)
	mux.HandleFunc("POST /realm/token", p.token)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		p.tb.Errorf("identity: nobody should ask for %s %s", r.Method, r.URL.Path)
		http.NotFound(w, r)
	})
	return mux
}

// discovery is OpenID Connect Discovery 1.0.
func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	p.answer(w, http.StatusOK, map[string]any{
		"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/authorize", "token_endpoint": p.Issuer + "/token", "jwks_uri": p.Issuer + "/keys",
		"response_types_supported": []string{"code"}, "grant_types_supported": []string{"authorization_code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"}, "token_endpoint_auth_methods_supported": []string{"client_secret_basic"},
		"code_challenge_methods_supported": []string{"S256"}, "scopes_supported": []string{"openid", "email", "profile"},
		"claims_supported": []string{"sub", "email", "email_verified", "name"},
	})
}

// keys is the JSON Web Key Set.
func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	p.answer(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: keyID, Algorithm: string(jose.RS256), Use: "sig"}}})
}

// authorize is the authorization endpoint. Whoever comes is signed in already
// and agrees.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	for name, want := range map[string]string{
		"client_id": p.Client.ID, "redirect_uri": p.Client.RedirectURL, "response_type": "code", "code_challenge_method": "S256",
	} {
		if got := q[name]; len(got) != 1 || got[0] != want {
			p.wrong(w, "authorize: %s is %q and not %q", name, got, want)
			return
		}
	}
	for name, least := range map[string]int{"state": 16, "nonce": 16, "code_challenge": 43} {
		if len(q.Get(name)) < least {
			p.wrong(w, "authorize: %s is too short to guard anything: %q", name, q.Get(name))
			return
		}
	}
	if !scoped(q.Get("scope")) {
		p.wrong(w, "authorize: the scope %q lacks openid or email", q.Get("scope"))
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	code := rand.Text()
	p.codes[code] = &grant{person: p.person, nonce: q.Get("nonce"), challenge: q.Get("code_challenge"), until: time.Now().Add(codeLasts)}
	back := url.Values{"code": {code}, "state": {q.Get("state")}}
	http.Redirect(w, r, p.Client.RedirectURL+"?"+back.Encode(), http.StatusFound)
}

func (p *Provider) answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		p.tb.Logf("identity: an answer was not read: %v", err)
	}
}

// wrong fails the test: no client should do this, whatever is done to it.
func (p *Provider) wrong(w http.ResponseWriter, format string, args ...any) {
	p.tb.Errorf("identity: "+format, args...)
	http.Error(w, "invalid_request", http.StatusBadRequest)
}
