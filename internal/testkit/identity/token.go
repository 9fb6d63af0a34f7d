package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

func scoped(scope string) bool {
	asked := strings.Fields(scope)
	return slices.Contains(asked, "openid") && slices.Contains(asked, "email")
}

// token is the token endpoint: client authentication first, then the code, once.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		p.wrong(w, "token: %v", err)
		return
	}
	if !p.authenticated(r) {
		p.wrong(w, "token: the client does not authenticate itself as itself")
		return
	}
	f := r.PostForm
	if f.Get("grant_type") != "authorization_code" || f.Get("redirect_uri") != p.Client.RedirectURL {
		p.wrong(w, "token: grant_type %q, redirect_uri %q", f.Get("grant_type"), f.Get("redirect_uri"))
		return
	}
	verifier := f.Get("code_verifier")
	if len(verifier) < 43 || len(verifier) > 128 {
		p.wrong(w, "token: code_verifier has %d characters", len(verifier))
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	g := p.codes[f.Get("code")]
	switch {
	case g == nil:
		p.deny(w, "an unknown code")
		return
	case g.used:
		p.deny(w, "a code for the second time")
		return
	case time.Now().After(g.until):
		p.deny(w, "an old code")
		return
	}
	g.used = true
	sum := sha256.Sum256([]byte(verifier))
	if base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge {
		p.deny(w, "a code of another browser")
		return
	}
	token, err := p.sign(g)
	if err != nil {
		p.wrong(w, "token: %v", err)
		return
	}
	p.answer(w, http.StatusOK, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": 300, "id_token": token})
}

// authenticated reports whether the request brings the client's id and secret,
// each form-encoded within the header as RFC 6749 section 2.3.1 has it.
func (p *Provider) authenticated(r *http.Request) bool {
	id, secret, ok := r.BasicAuth()
	if !ok || r.PostForm.Has("client_secret") {
		return false
	}
	id, errID := url.QueryUnescape(id)
	secret, errSecret := url.QueryUnescape(secret)
	return errID == nil && errSecret == nil && id == p.Client.ID && secret == p.Client.Secret
}

// deny refuses a code. The caller holds mu.
func (p *Provider) deny(w http.ResponseWriter, why string) {
	p.denied = append(p.denied, why)
	p.answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant", "error_description": why})
}

// sign writes the ID token. The caller holds mu.
func (p *Provider) sign(g *grant) (string, error) {
	now := time.Now()
	claims := map[string]any{
		"iss": p.Issuer, "sub": g.person.Subject, "aud": p.Client.ID, "exp": now.Add(5 * time.Minute).Unix(), "iat": now.Unix(), "nonce": g.nonce,
		"email": g.person.Email, "email_verified": g.person.Verified, "name": g.person.Name,
	}
	if p.tamper != nil {
		p.tamper(claims)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed, err := p.signer.Sign(text)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}
