package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/process"
)

func TestWhoTakesALeadFirstHasIt(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	s.act(id, "take", noor, "").is(http.StatusConflict).problem(KindConflict) // nobody asked for help
	testkit.MoveClock(t, s.store.Pool, 16*time.Minute)
	s.does(id, process.Happening{What: process.WasDue})
	r := s.act(id, "take", bea, `{}`, "Idempotency-Key", "k").is(http.StatusOK)
	require.Equal(t, bea, r.text("owner.email"))
	require.Nil(t, r.get("escalation"))
	require.Equal(t, r.body, s.act(id, "take", bea, `{}`, "Idempotency-Key", "k").is(http.StatusOK).body)
	lost := s.act(id, "take", maria, "").is(http.StatusConflict).problem(KindConflict)
	require.Equal(t, bea, lost.text("lead.owner.email"))
}
