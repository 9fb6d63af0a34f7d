package test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/api"
	"github.com/doorbell-ilm/doorbell/api/openapi"
)

// The marketer and the administrator read leads; only those who sell work them.
func TestWhoOnlyLooksDoesNotWorkLeads(t *testing.T) {
	s := busyShop(t)
	theirs := s.theirs()
	doc, err := openapi.Parse(api.Spec())
	require.NoError(t, err)
	before := s.ours()
	works := 0
	for _, op := range doc.Operations {
		path, own := filled(t, op.Path, theirs)
		if !own || op.Method == http.MethodGet || !strings.HasPrefix(op.Path, "/v1/leads/") || op.Tag == "Privacy" {
			continue // erasing is no work on a lead: the administrator does it
		}
		works++
		for _, who := range []string{mia, admin} {
			answer := s.door.As(who, op.Method, path, bodyOf(op.ID))
			require.Equal(t, http.StatusForbidden, answer.Status, "%s by %s: %s", op.ID, who, answer.Text)
		}
	}
	require.Greater(t, works, 12)
	require.Equal(t, before, s.ours())
	for _, who := range []string{mia, admin} {
		require.Equal(t, http.StatusOK, s.door.As(who, http.MethodGet, "/v1/leads/"+s.late.id, nil).Status)
	}
}
