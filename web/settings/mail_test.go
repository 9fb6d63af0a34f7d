package settings_test

import (
	"context"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/store"
)

func TestAnAddressThatBouncedIsMailedAgain(t *testing.T) {
	t.Parallel()
	d, door := opened(t)
	for address, reason := range map[string]string{"jan@mail.example": "bounce", "piet@mail.example": "spam_report"} {
		_, err := d.Store.Pool.Exec(context.Background(), `INSERT INTO suppression (id, dealer_id, channel, normalised, reason, since)
			VALUES ($1, $2, 'email', $3, $4, doorbell_now())`, store.NewID(), d.ID, address, reason)
		require.NoError(t, err)
	}
	ada := browse.SignIn(t, door, admin)
	page := ada.Get("/settings/mail")
	require.Contains(t, page.Words(), "jan@mail.example Mail comes back")
	require.Contains(t, page.Words(), "piet@mail.example Called our mail spam")
	require.Contains(t, page.Words(), "Not for staff to undo")
	require.Contains(t, ada.Get("/settings/mail?q=nobody").Words(), "No such address is on the list.")
	lift := regexp.MustCompile(`/settings/mail/[0-9a-f-]{36}/lift`).FindAllString(page.Text, -1)
	require.NotEmpty(t, lift)
	require.Contains(t, ada.Post(lift[0], url.Values{"key": {page.Key()}}).Words(), "The address is mailed again.")
	require.NotContains(t, ada.Get("/settings/mail").Words(), "jan@mail.example")
}
