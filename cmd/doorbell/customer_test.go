package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/intake"
	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

func TestACustomerIsExportedSuppressedAndErasedByCommands(t *testing.T) {
	t.Parallel()
	url := testkit.Database(t)
	env := map[string]string{"DATABASE_URL": url}
	s := openStore(t, url)
	dealer, err := s.CreateDealer(t.Context(), store.NewDealer{Name: "De Linde", Sources: []store.NewSource{{Code: "website", Name: "Website", Party: lead.FirstParty}}})
	require.NoError(t, err)
	source, err := s.SourceByCode(t.Context(), db.SourceByCodeParams{DealerID: dealer, Code: "website"})
	require.NoError(t, err)
	body := `{"external_id": "AT-1", "customer": {"last_name": "Boer", "email": "Jan@Mail.example", "phone": "06 12345678"}, "comments": "Is it red?"}`
	draft, _, err := intake.ParseJSON([]byte(body), intake.Context{Country: "NL"})
	require.NoError(t, err)
	_, err = s.Receive(t.Context(), store.Post{
		Dealer: dealer, Source: source.ID, ContentType: "application/json", Body: []byte(body), Prospects: []store.Prospect{{Prospect: intake.Prospect{Position: 1, Draft: draft}}},
	})
	require.NoError(t, err)

	got := doorbell(t, env, "", "customer", "export")
	require.Equal(t, exitUsage, got.code)
	got = doorbell(t, env, "", "customer", "export", "--email", "piet@mail.example")
	require.Equal(t, outcome{code: exitFailed, errs: "doorbell: the dealer holds nothing about anybody like that\n"}, got)
	file := filepath.Join(t.TempDir(), "jan.json")
	got = doorbell(t, env, "", "customer", "export", "--phone", "0031 6 12345678", "-o", file)
	require.Equal(t, exitDone, got.code, got.errs)
	require.Empty(t, got.out)
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "nobody else reads it")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), "Is it red?")
	require.Equal(t, exitFailed, doorbell(t, env, "", "customer", "export", "--email", "jan@mail.example", "-o", file).code, "no file is written over")

	got = doorbell(t, env, "", "customer", "suppress", "--phone", "06 87654321", "--channel", "sms")
	require.Equal(t, outcome{code: exitDone, errs: "noted; 0 open leads are told\n"}, got)
	got = doorbell(t, env, "", "customer", "suppress", "--email", "JAN@mail.example")
	require.Equal(t, outcome{code: exitDone, errs: "noted; 1 open leads are told\n"}, got)
	require.Equal(t, exitUsage, doorbell(t, env, "", "customer", "suppress", "--email", "jan@mail.example", "--channel", "sms").code)
	require.Equal(t, exitUsage, doorbell(t, env, "", "customer", "suppress", "--phone", "none").code)

	var would, did store.Erased
	for _, step := range []struct {
		args []string
		into *store.Erased
	}{{[]string{"--dry-run"}, &would}, {nil, &did}} {
		got = doorbell(t, env, "", append([]string{"customer", "erase", "--email", "jan@mail.example", "--json"}, step.args...)...)
		require.Equal(t, exitDone, got.code, got.errs)
		require.NoError(t, json.Unmarshal([]byte(got.out), step.into))
	}
	require.Equal(t, would, did)
	require.Equal(t, []int64{2, 1, 1, 1}, []int64{did.Contacts, did.Messages, did.Refusals, int64(did.Open)})
	got = doorbell(t, env, "", "customer", "erase", "--email", "jan@mail.example")
	require.Equal(t, outcome{code: exitFailed, errs: "doorbell: the dealer holds nothing about anybody like that\n"}, got)
	got = doorbell(t, env, "", "customer", "erase", "--lead", did.Leads[0].String())
	require.Equal(t, outcome{code: exitDone, errs: "this person was erased before; nothing is left to erase\n"}, got)

	got = doorbell(t, env, "", "customer", "retention", "--set", "lost=24", "--set", "raw=6", "--json")
	require.Equal(t, exitDone, got.code, got.errs)
	require.Contains(t, got.out, `"lost": 24`)
	require.Equal(t, exitUsage, doorbell(t, env, "", "customer", "retention", "--set", "lost=0").code)
	require.Equal(t, exitUsage, doorbell(t, env, "", "customer", "retention", "--set", "sold=3").code)
	got = doorbell(t, env, "", "customer", "retention", "--dry-run", "--json")
	require.Contains(t, got.out, `"people": 0`)
}
