package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhoIAmHere(t *testing.T) {
	t.Parallel()
	s := open(t)
	me := func(who string) received { return s.call(s.staff, http.MethodGet, "/v1/me", "", "X-Actor", who) }
	r := me(sam).is(http.StatusOK)
	require.JSONEq(t, `{"email":"`+sam+`","name":"Sam Smit","role":"salesperson","language":"nl","manages":false,"arranges":false}`, string(r.body))
	r = me(maria).is(http.StatusOK)
	require.Equal(t, []any{true, true}, []any{r.get("manages"), r.get("arranges")})
	require.Equal(t, "X-Actor", s.call(s.staff, http.MethodGet, "/v1/me", "").is(http.StatusBadRequest).text("errors.0.field"))
	me("nobody@demo.example").is(http.StatusUnprocessableEntity)
	s.call(s.website, http.MethodGet, "/v1/me", "").is(http.StatusForbidden)
}
