package store_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/store"
)

// What the database says about a value it says with the value. The log has what
// an operator needs and not that.
func TestAnErrorOfTheDatabaseIsLoggedWithoutTheData(t *testing.T) {
	t.Parallel()
	pool := testkit.Pool(t)
	for query, told := range map[string]string{
		`SELECT 'zebu'::text::uuid`:       "22P02",
		`SELECT '{"zebu": '::text::jsonb`: "22P02",
		`INSERT INTO staff (id, dealer_id, email, name, role) VALUES (gen_random_uuid(), gen_random_uuid(), 'Zebu', 'zebu', 'zebu')`: "constraint staff_",
		`DO $$ BEGIN RAISE EXCEPTION 'zebu said %', 'zebu'; END $$`:                                                                  "P0001",
	} {
		_, err := pool.Exec(context.Background(), query)
		require.Error(t, err)
		requireDiscreet(t, fmt.Errorf("look for the lead: %w", err), told)
	}
	_, err := pool.Exec(context.Background(), `SELECT $1::integer`, []string{"zebu"})
	require.ErrorContains(t, err, "zebu", "the driver quotes it too")
	requireDiscreet(t, err, "unable to encode a value into")

	var out strings.Builder
	logTo(&out).Warn("said", "error", errors.New("no answer"), "lead", "0199f2c4", "n", 7, "nothing", nil)
	require.Contains(t, out.String(), `error="no answer" lead=0199f2c4 n=7 nothing=<nil>`, "all else stays")
}

func requireDiscreet(t *testing.T, err error, told string) {
	t.Helper()
	var out strings.Builder
	logTo(&out).Warn("it failed", "error", err)
	require.Contains(t, out.String(), told)
	require.NotContains(t, strings.ToLower(out.String()), "zebu")
}

func logTo(out *strings.Builder) *slog.Logger {
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{ReplaceAttr: store.Discreet}))
}
