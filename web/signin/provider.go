package signin

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"github.com/doorbell-ilm/doorbell/words"
)

// SignOn is single sign-on at an OpenID provider. Nil is none.
type SignOn struct {
	Issuer, ClientID, ClientSecret string
	Name                           string // of the provider, on the button; "" says "single sign-on"
	Only                           bool   // passwords are no way in
	PublicURL                      string // to which the provider leads back, without a slash at the end

	found   atomic.Pointer[party]
	looking singleflight.Group
}

// only reports whether passwords are no way in.
func (s *SignOn) only() bool { return s != nil && s.Only }

// named is what the provider is called.
func (s *SignOn) named(ctx context.Context) string {
	if s == nil || s.Name == "" {
		return words.T(ctx, "signin.sso")
	}
	return s.Name
}

// instead is what it is called where it stands in place of passwords, else "".
func (s *SignOn) instead(ctx context.Context) string {
	if !s.only() {
		return ""
	}
	return s.named(ctx)
}

// party is what is known of the provider once it has answered.
type party struct {
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
}

// providerPatience bounds each conversation with the provider; a request has
// more.
const providerPatience = 4 * time.Second

// mostTold is how many bytes one answer of the provider may have.
const mostTold = 1 << 20

// conversation is ctx for a conversation with the provider. It goes to the
// addresses that the setting and the provider's own description name, and
// nowhere else: a redirect could lead our secret, and with it people's codes, to
// another machine, or into the network behind us.
func conversation(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, providerPatience)
	return oidc.ClientContext(ctx, &http.Client{
		Timeout: providerPatience, Transport: brief{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}), cancel
}

// brief cuts answers off that are longer than anything a provider has to say.
type brief struct{}

// RoundTrip asks as usual.
func (brief) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = http.MaxBytesReader(nil, answer.Body, mostTold)
	return answer, nil
}

// Private reports whether what comes from an address is what its owner sent:
// over TLS, or from this machine.
func Private(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	here := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && here
}

// errProviderAway says that the provider does not answer, or not as one should.
var errProviderAway = errors.New("the OpenID provider does not answer as it should")

// party asks the provider about itself, once; one that was away is asked again
// the next time. It returns errProviderAway. The conversation may outlive the
// request: ctx must not be gin's own, which the next request gets.
func (s *SignOn) party(ctx context.Context) (*party, error) {
	if known := s.found.Load(); known != nil {
		return known, nil
	}
	looked := s.looking.DoChan("", func() (any, error) {
		ctx, cancel := conversation(context.WithoutCancel(ctx))
		defer cancel()
		p, err := s.discover(ctx)
		if err == nil {
			s.found.Store(p)
		}
		return p, err
	})
	select {
	case result := <-looked:
		p, ok := result.Val.(*party)
		if result.Err != nil || !ok {
			return nil, fmt.Errorf("%w: %w", errProviderAway, result.Err)
		}
		return p, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", errProviderAway, ctx.Err())
	}
}

// Check returns why nobody could be led to the provider now, nil when everybody
// can.
func (s *SignOn) Check(ctx context.Context) error {
	_, err := s.party(ctx)
	return err
}

func (s *SignOn) discover(ctx context.Context) (*party, error) {
	provider, err := oidc.NewProvider(ctx, s.Issuer)
	if err != nil {
		return nil, err
	}
	var about struct {
		Authentication []string `json:"token_endpoint_auth_methods_supported"`
		Keys           string   `json:"jwks_uri"`
	}
	if err := provider.Claims(&about); err != nil {
		return nil, fmt.Errorf("what it says about itself: %w", err)
	}
	endpoint := provider.Endpoint()
	for _, address := range []string{endpoint.AuthURL, endpoint.TokenURL, about.Keys} {
		if !Private(address) {
			return nil, errors.New("it describes an address without https")
		}
	}
	// By the standard a provider that says nothing takes the header. Trying out
	// which one it takes could use the code up.
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if len(about.Authentication) > 0 && !slices.Contains(about.Authentication, "client_secret_basic") {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &party{
		oauth: oauth2.Config{
			ClientID: s.ClientID, ClientSecret: s.ClientSecret, Endpoint: endpoint, RedirectURL: s.PublicURL + callback,
			Scopes: []string{oidc.ScopeOpenID, oidc.ScopeEmail, oidc.ScopeProfile},
		},
		verifier: provider.Verifier(&oidc.Config{ClientID: s.ClientID}),
	}, nil
}

// callback is where the provider leads back to.
const callback = "/sign-in/oidc/callback"

// claims are what the provider says of a person.
type claims struct {
	Email         string  `json:"email"`
	EmailVerified certain `json:"email_verified"`
	Party         string  `json:"azp"`
}

// certain is true for true and "true", which some providers write.
type certain bool

// UnmarshalJSON takes nothing else for true.
func (v *certain) UnmarshalJSON(text []byte) error {
	*v = string(text) == "true" || string(text) == `"true"`
	return nil
}

// errUnproven says that what the provider sent proves nobody's identity.
var errUnproven = errors.New("the provider's answer proves nobody's identity")

// redeem trades the provider's code for what it says of the person. It returns
// errProviderAway or errUnproven; their texts hold nothing of him.
func (s *SignOn) redeem(ctx context.Context, code string, p pending) (claims, error) {
	party, err := s.party(ctx)
	if err != nil {
		return claims{}, err
	}
	ctx, cancel := conversation(ctx)
	defer cancel()
	token, err := party.oauth.Exchange(ctx, code, oauth2.VerifierOption(p.Verifier))
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refused.Response.StatusCode < http.StatusInternalServerError {
		return claims{}, fmt.Errorf("%w: the code was refused with status %d", errUnproven, refused.Response.StatusCode)
	}
	if err != nil {
		return claims{}, fmt.Errorf("%w: no token for the code", errProviderAway)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return claims{}, fmt.Errorf("%w: there is no ID token", errUnproven)
	}
	proof, err := party.verifier.Verify(ctx, raw)
	if err != nil {
		// The verifier quotes who issued it, for whom and until when; no more.
		return claims{}, fmt.Errorf("%w: %w", errUnproven, err)
	}
	if subtle.ConstantTimeCompare([]byte(proof.Nonce), []byte(p.Nonce)) != 1 {
		return claims{}, fmt.Errorf("%w: it is of another sign-in", errUnproven)
	}
	var said claims
	if err := proof.Claims(&said); err != nil {
		return claims{}, fmt.Errorf("%w: its claims cannot be read", errUnproven)
	}
	if said.Party != s.ClientID && (said.Party != "" || len(proof.Audience) > 1) {
		return claims{}, fmt.Errorf("%w: it was issued to another client", errUnproven)
	}
	return said, nil
}
