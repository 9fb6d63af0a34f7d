package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

func TestAKeyOpensWhatItsScopeSays(t *testing.T) {
	t.Parallel()
	s := open(t)
	mine, other := s.working(captur), s.post(s.portal, strings.NewReplacer("AT-1", "P-1", "Jan@", "an@", "06 12345678", "06 87654321").Replace(captur))
	require.Regexp(t, `^dbk_i_[A-Za-z0-9_-]{43}$`, s.website)
	require.Regexp(t, `^dbk_a_[A-Za-z0-9_-]{43}$`, s.staff)

	for _, key := range []string{"", "dbk_i_" + strings.Repeat("A", 43), s.website[:48], "x", strings.Repeat("k", 10_000)} {
		r := s.call(key, http.MethodGet, "/v1/leads", "").is(http.StatusUnauthorized).problem(KindUnauthorised)
		require.NotEmpty(t, r.header.Get("WWW-Authenticate"))
	}
	s.call("", http.MethodGet, "/v1/leads", "", "Authorization", "Basic "+s.staff).is(http.StatusUnauthorized)

	s.call(s.website, http.MethodGet, "/v1/leads/"+mine, "").is(http.StatusOK)
	for _, path := range []string{"/v1/leads/" + other, "/v1/leads/" + other + "/timeline", "/v1/leads/" + uuid.NewString()} {
		s.call(s.website, http.MethodGet, path, "").is(http.StatusNotFound).problem(KindNotFound)
	}
	list := s.call(s.website, http.MethodGet, "/v1/leads", "").is(http.StatusOK)
	require.Equal(t, 1, list.count("items"))
	require.Equal(t, mine, list.text("items.0.id"))
	for _, path := range []string{"/v1/staff", "/v1/policy", "/v1/quarantine", "/v1/events", "/v1/reasons", "/v1/sources"} {
		s.call(s.website, http.MethodGet, path, "").is(http.StatusForbidden).problem(KindForbidden)
	}
	s.call(s.website, http.MethodPost, "/v1/leads/"+mine+"/notes", `{"text":"x"}`).is(http.StatusForbidden)
}

func TestAnotherDealersLeadIsNotThere(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	_, foreign := s.addDealer("elsewhere.example")
	for _, path := range []string{"/v1/leads/" + id, "/v1/leads/" + id + "/timeline"} {
		s.call(foreign.staff, http.MethodGet, path, "").is(http.StatusNotFound)
	}
	require.Zero(t, s.call(foreign.staff, http.MethodGet, "/v1/leads", "").is(http.StatusOK).count("items"))
	s.call(foreign.staff, http.MethodPost, "/v1/leads/"+id+"/notes", `{"text":"x"}`, "X-Actor", "sam@elsewhere.example").is(http.StatusNotFound)
	require.Equal(t, "actor", s.call(foreign.staff, http.MethodPost, "/v1/leads/"+id+"/notes", `{"text":"x","actor":"sam@demo.example"}`).
		is(http.StatusUnprocessableEntity).text("errors.0.field"), "staff of another dealer is nobody here")
}

// A browser that has signed in must keep nothing that the next one at the same
// machine could find.
func TestAnswersAboutADealerAreKeptNowhere(t *testing.T) {
	t.Parallel()
	s := open(t)
	for path, status := range map[string]int{
		"/v1/leads": http.StatusOK, "/v1/staff": http.StatusOK, "/v1/policy": http.StatusOK, "/v1/dealer": http.StatusOK,
		"/v1/leads/" + uuid.NewString(): http.StatusNotFound, "/v1/leads?q=Jos%e9": http.StatusBadRequest, "/logo/%ff": http.StatusNotFound,
	} {
		r := s.call(s.staff, http.MethodGet, path, "").is(status)
		require.Equal(t, "no-store", r.header.Get("Cache-Control"), path)
		require.Equal(t, "nosniff", r.header.Get("X-Content-Type-Options"), path)
	}
}

func TestARevokedKeyIsDeadAfterAMoment(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := context.Background()
	key, err := s.store.CreateKey(ctx, s.dealer, "old", store.Integration, nil)
	require.NoError(t, err)
	s.call(key, http.MethodGet, "/v1/staff", "").is(http.StatusOK)
	var used *time.Time
	require.NoError(t, s.store.Pool.QueryRow(ctx, `SELECT last_used_at FROM api_key WHERE name = 'old'`).Scan(&used))
	require.NotNil(t, used)
	_, err = s.store.RevokeKeys(ctx, db.RevokeKeysParams{DealerID: s.dealer, Name: "old"})
	require.NoError(t, err)

	s.server.keys.mu.Lock()
	require.LessOrEqual(t, time.Until(s.server.keys.known[string(store.KeyHash(key))].until), 5*time.Second)
	for name, k := range s.server.keys.known {
		k.until = time.Now()
		s.server.keys.known[name] = k
	}
	s.server.keys.mu.Unlock()
	s.call(key, http.MethodGet, "/v1/staff", "").is(http.StatusUnauthorized)
	s.call(s.staff, http.MethodGet, "/v1/staff", "").is(http.StatusOK)
}

func TestTheUseOfAKeyIsNotedOnceAMinute(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := context.Background()
	used := func() (at time.Time) {
		_, err := s.store.LookUpKey(ctx, s.staff)
		require.NoError(t, err)
		require.NoError(t, s.store.Pool.QueryRow(ctx, `SELECT last_used_at FROM api_key WHERE hash = $1`, store.KeyHash(s.staff)).Scan(&at))
		return at
	}
	first := used()
	require.Equal(t, first, used())
	testkit.MoveClock(t, s.store.Pool, 61*time.Second)
	require.True(t, used().After(first))
}

func TestKeysAreMadeForTheScopesThatThereAre(t *testing.T) {
	t.Parallel()
	s := open(t)
	source := uuid.New()
	for _, c := range []struct {
		scope  store.Scope
		source *uuid.UUID
	}{{store.Intake, nil}, {store.Integration, &source}, {"all", nil}} {
		_, err := s.store.CreateKey(context.Background(), s.dealer, "x", c.scope, c.source)
		require.ErrorContains(t, err, "scopes")
	}
}

func TestWhoeverWritesNamesSomebodyWhoMay(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	const note = `{"text":"Prefers mornings"}`
	for _, headers := range [][]string{nil, {"X-Actor", "who@demo.example"}} {
		r := s.call(s.staff, http.MethodPost, "/v1/leads/"+id+"/notes", note, headers...).is(http.StatusUnprocessableEntity).problem(KindInvalid)
		require.Equal(t, "actor", r.text("errors.0.field"))
	}
	_, err := s.store.Pool.Exec(context.Background(), `UPDATE staff SET active = false WHERE email = 'noor@demo.example'`)
	require.NoError(t, err)
	s.act(id, "notes", "noor@demo.example", note).is(http.StatusUnprocessableEntity)
	s.act(id, "notes", "SAM@demo.example", note).is(http.StatusOK)
	s.call(s.staff, http.MethodPost, "/v1/leads/"+id+"/notes", `{"text":"x","actor":"Sam@Demo.example"}`).is(http.StatusOK)

	asked := len(s.desk.asked)
	for _, what := range []string{"closing/approve", "closing/reject", "reopen"} {
		require.Contains(t, s.act(id, what, "sam@demo.example", "").is(http.StatusForbidden).text("detail"), "a sales manager or a general manager")
	}
	require.Len(t, s.desk.asked, asked, "the process is not even asked")
	s.call(s.staff, http.MethodGet, "/v1/quarantine", "", "X-Actor", "sam@demo.example").is(http.StatusForbidden)
	s.call(s.staff, http.MethodGet, "/v1/quarantine", "", "X-Actor", "maria@demo.example").is(http.StatusOK)
}

func TestTooFastIsSentAway(t *testing.T) {
	t.Parallel()
	s := open(t, func(o *Options) { o.PerSecond, o.Burst = 0.001, 3 })
	for range 3 {
		s.call(s.staff, http.MethodGet, "/v1/staff", "").is(http.StatusOK)
	}
	r := s.call(s.staff, http.MethodGet, "/v1/staff", "").is(http.StatusTooManyRequests).problem(KindTooFast)
	require.NotEmpty(t, r.header.Get("Retry-After"))
	s.call(s.website, http.MethodPost, "/v1/leads", captur).is(http.StatusAccepted)
	s.call("", http.MethodGet, "/healthz", "").is(http.StatusOK)
}

func TestOneLeadIsNotAskedTooOften(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	s.server.perLead = newLimiters(0.001, 2)
	for i := range 2 {
		s.act(id, "notes", "sam@demo.example", fmt.Sprintf(`{"text":"%d"}`, i)).is(http.StatusOK)
	}
	s.act(id, "notes", "sam@demo.example", `{"text":"x"}`).is(http.StatusTooManyRequests)
}
