package session_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
)

func TestASessionOpensTheAPIInOnesOwnName(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{Idle: true})
	door := d.Serve()
	sam := browse.SignIn(t, door, "sam@demo.example")
	require.Equal(t, http.StatusOK, sam.Get("/v1/leads").Status)
	require.Equal(t, http.StatusUnauthorized, browse.Anybody(t, door).Get("/v1/leads").Status)
}
