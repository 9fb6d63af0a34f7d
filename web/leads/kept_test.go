package leads_test

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
)

// browser sends what it kept while there was no connection.
type browser struct {
	*shop

	client *http.Client
}

func (s *shop) browser(name string) *browser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(s.t, err)
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	b := &browser{shop: s, client: &http.Client{Jar: jar, CheckRedirect: stay}}
	if name != "" {
		status := b.sends("/sign-in", url.Values{"email": {name + "@demo.example"}, "password": {dealership.Password}})
		require.Equal(s.t, http.StatusSeeOther, status)
	}
	return b
}

func (b *browser) sends(path string, form url.Values) (status int) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, b.door.URL+path, strings.NewReader(form.Encode()))
	require.NoError(b.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("X-Doorbell-Kept", "1")
	response, err := b.client.Do(request)
	require.NoError(b.t, err)
	require.NoError(b.t, response.Body.Close())
	return response.StatusCode
}

func TestATapThatWaitedForTheConnectionTellsWhenItWasMade(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	sam, who, path := s.browser("sam"), s.d.StaffID("sam@demo.example"), "/leads/"+s.lead+"/attempts"
	made := s.d.Now()
	s.d.Advance("8m")
	tap := form("outcome", "no_answer", "by", who, "made_at", made.UTC().Format(time.RFC3339))
	for range 2 {
		require.Equal(t, http.StatusSeeOther, sam.sends(path, tap))
	}
	attempts := s.d.State(s.lead).Attempts
	require.Len(t, attempts, 1, "the same key is never done twice")
	require.WithinDuration(t, made, attempts[0].At, time.Second)

	// Here the first sending got through, and only its answer was lost.
	tap = form("outcome", "voicemail", "by", who, "made_at", s.d.Now().UTC().Format(time.RFC3339))
	require.Equal(t, http.StatusOK, s.somebody("sam").Post(path, tap).Status)
	require.Equal(t, http.StatusSeeOther, sam.sends(path, tap))
	require.Len(t, s.d.State(s.lead).Attempts, 2)
}

func TestATapIsSentForNobodyElse(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	tap := form("outcome", "busy", "by", s.d.StaffID("sam@demo.example"))
	path := "/leads/" + s.lead + "/attempts"
	require.Equal(t, http.StatusUnauthorized, s.browser("").sends(path, tap), "nobody has signed in")
	require.Equal(t, http.StatusUnauthorized, s.browser("tess").sends(path, tap), "somebody else has")
	require.Empty(t, s.d.State(s.lead).Attempts)
	page := s.somebody("tess").Post(path, tap)
	require.Equal(t, http.StatusUnprocessableEntity, page.Status)
	require.Contains(t, page.Words(), "Somebody else has signed in")
}
