package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/password"
	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

func openStore(t *testing.T, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url, store.Options{Connections: 2, Name: "test", Owner: true})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

func TestADealerIsSetUpByCommands(t *testing.T) {
	t.Parallel()
	url := testkit.Database(t)
	env := map[string]string{"DATABASE_URL": url}
	s := openStore(t, url)

	got := doorbell(t, env, "", "source", "add", "--code", "website", "--party", "first")
	require.Equal(t, outcome{code: exitFailed, errs: "doorbell: there is no dealer yet: `doorbell dealer add` makes one\n"}, got)

	got = doorbell(t, env, "", "dealer", "add", "--name", "Garage Oost", "--zone", "Europe/Brussels", "--country", "be")
	require.Equal(t, exitDone, got.code, got.errs)
	dealers, err := s.ListDealers(t.Context())
	require.NoError(t, err)
	require.Len(t, dealers, 1)
	dealer := dealers[0]
	require.Equal(t, dealer.ID.String()+"\n", got.out)
	require.Equal(t, "BE", dealer.Country)
	require.Equal(t, "Europe/Brussels", dealer.Zone)

	got = doorbell(t, env, "", "source", "add", "--code", "portal", "--name", "AutoPlein", "--party", "third", "--cost", "12.35", "--json")
	require.Equal(t, exitDone, got.code, got.errs)
	source, err := s.SourceByCode(t.Context(), db.SourceByCodeParams{DealerID: dealer.ID, Code: "portal"})
	require.NoError(t, err)
	require.JSONEq(t, `{"id": "`+source.ID.String()+`"}`, got.out)
	require.Equal(t, int64(1235), source.CostCents)
	require.True(t, source.Paid)
	got = doorbell(t, env, "", "source", "add", "--code", "portal", "--party", "third")
	require.Equal(t, outcome{code: exitFailed, errs: "doorbell: the dealer has a source portal already\n"}, got)

	got = doorbell(t, env, "", "user", "add", "--email", "Sam@oost.example", "--name", "Sam", "--role", "salesperson")
	require.Equal(t, exitDone, got.code, got.errs)
	sam, err := s.StaffByEmail(t.Context(), db.StaffByEmailParams{DealerID: dealer.ID, Lower: "sam@oost.example"})
	require.NoError(t, err)
	require.NoError(t, password.Verify(strings.TrimSpace(got.out), sam.PasswordHash), "the password is printed, and nothing else")
	require.Equal(t, string(lead.RoleSalesperson), sam.Role)
	require.Equal(t, []any{[]string{}, []string{}, int32(0)}, []any{sam.Languages, sam.Makes, sam.Capacity})
	got = doorbell(t, env, "", "user", "add", "--email", "lea@oost.example", "--name", " Lea ", "--role", "bdc",
		"--languages", "FR,de", "--makes", "Renault,Alfa Romeo", "--capacity", "40")
	require.Equal(t, exitDone, got.code, got.errs)
	lea, err := s.StaffByEmail(t.Context(), db.StaffByEmailParams{DealerID: dealer.ID, Lower: "lea@oost.example"})
	require.NoError(t, err)
	require.Equal(t, []any{"Lea", []string{"fr", "de"}, []string{"Renault", "Alfa Romeo"}, int32(40)}, []any{lea.Name, lea.Languages, lea.Makes, lea.Capacity})
	got = doorbell(t, env, "", "user", "add", "--email", "sam@oost.example", "--name", "Sam", "--role", "bdc")
	require.Equal(t, outcome{code: exitFailed, errs: "doorbell: somebody has this e-mail address already\n"}, got)

	got = doorbell(t, env, "a password of hers\n", "user", "add", "--email", "tess@oost.example", "--name", "Tess", "--role", "bdc", "--password-stdin")
	require.Equal(t, exitDone, got.code, got.errs)
	require.NotContains(t, got.out+got.errs, "a password of hers")
	tess, err := s.StaffByEmail(t.Context(), db.StaffByEmailParams{DealerID: dealer.ID, Lower: "tess@oost.example"})
	require.NoError(t, err)
	require.NoError(t, password.Verify("a password of hers", tess.PasswordHash))
	got = doorbell(t, env, "short\n", "user", "add", "--email", "uma@oost.example", "--name", "Uma", "--role", "bdc", "--password-stdin")
	require.Equal(t, outcome{code: exitUsage, errs: "doorbell: the password is too short: use at least 10 characters\n"}, got)

	got = doorbell(t, env, "", "key", "add", "--name", "portal's poster", "--source", "portal")
	require.Equal(t, exitDone, got.code, got.errs)
	key, err := s.LookUpKey(t.Context(), strings.TrimSpace(got.out))
	require.NoError(t, err)
	require.Equal(t, "intake", key.Scope)
	require.Equal(t, source.ID, *key.SourceID)
	got = doorbell(t, env, "", "key", "add", "--name", "crm", "--json")
	var made added
	require.NoError(t, json.Unmarshal([]byte(got.out), &made))
	key, err = s.LookUpKey(t.Context(), made.Key)
	require.NoError(t, err)
	require.Equal(t, "integration", key.Scope)
	got = doorbell(t, env, "", "key", "add", "--name", "radio", "--source", "radio")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.errs, "the dealer has no source radio: `doorbell source add` makes one")
}

func TestOneOfSeveralDealersIsNamed(t *testing.T) {
	t.Parallel()
	env := map[string]string{"DATABASE_URL": testkit.Database(t)}
	first := doorbell(t, env, "", "dealer", "add", "--name", "Garage Oost")
	second := doorbell(t, env, "", "dealer", "add", "--name", "Garage West")
	require.Equal(t, exitDone, first.code+second.code)

	add := []string{"source", "add", "--party", "first", "--code"}
	got := doorbell(t, env, "", append(add, "a")...)
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.errs, "say which one with --dealer")
	require.Contains(t, got.errs, strings.TrimSpace(first.out)+"  Garage Oost")
	require.Equal(t, exitDone, doorbell(t, env, "", append(add, "b", "--dealer", "garage west")...).code)
	require.Equal(t, exitDone, doorbell(t, env, "", append(add, "c", "--dealer", strings.TrimSpace(first.out))...).code)
	require.Equal(t, exitUsage, doorbell(t, env, "", append(add, "d", "--dealer", "Garage Noord")...).code)
}

func TestADealerIsNotMadeOfABadPolicy(t *testing.T) {
	t.Parallel()
	env := map[string]string{"DATABASE_URL": testkit.Database(t)}
	got := doorbell(t, env, "", "dealer", "add", "--name", "Garage Oost", "--policy", "testdata/policies/mails.yaml")
	require.Equal(t, outcome{code: exitFailed, errs: "doorbell: the policy has 2 faults: see `doorbell policy check testdata/policies/mails.yaml`\n"}, got)
}

func TestMigrations(t *testing.T) {
	t.Parallel()
	env := map[string]string{"DATABASE_URL": testkit.Database(t)}
	got := doorbell(t, env, "", "migrate", "status")
	require.Equal(t, exitDone, got.code, got.errs)
	require.Contains(t, got.out, "00001_init.sql")
	require.Equal(t, exitDone, doorbell(t, env, "", "migrate", "up").code, "a second time is fine")

	pool := openStore(t, env["DATABASE_URL"]).Pool
	_, err := pool.Exec(t.Context(), `DROP SCHEMA public CASCADE; CREATE SCHEMA public`)
	require.NoError(t, err)
	got = doorbell(t, env, "", "dealer", "add", "--name", "Garage Oost")
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.errs, "run `doorbell migrate up`")
	got = doorbell(t, env, "", "migrate", "status", "--json")
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.out, `"applied": false`)
	require.Contains(t, got.errs, "missing: run `doorbell migrate up`")
	got = doorbell(t, env, "", "migrate", "up")
	require.Equal(t, outcome{code: exitDone, errs: "the database is up to date\n"}, got)
}

func TestDemoDataAreMadeOnceAndMended(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, testkit.Database(t))
	first, err := demoData(t.Context(), s, dir)
	require.NoError(t, err)
	require.Len(t, first.users(), 8)
	require.Len(t, first.APIKeys, 3)
	again, err := demoData(t.Context(), s, dir)
	require.NoError(t, err)
	require.Equal(t, first, again)
	info, err := os.Stat(filepath.Join(dir, "demo.json"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	// The secrets are lost, or only some of them: new ones are made that fit.
	require.NoError(t, os.Remove(filepath.Join(dir, "demo.json")))
	mended, err := demoData(t.Context(), s, dir)
	require.NoError(t, err)
	dealers, err := s.ListDealers(t.Context())
	require.NoError(t, err)
	require.Len(t, dealers, 1)
	staff, err := s.ListStaff(t.Context(), dealers[0].ID)
	require.NoError(t, err)
	require.Len(t, staff, 8)
	for _, person := range staff {
		require.NoError(t, password.Verify(mended.Passwords[person.Email], person.PasswordHash), person.Email)
	}
	for name, key := range mended.APIKeys {
		_, err := s.LookUpKey(t.Context(), key)
		require.NoError(t, err, name)
		_, err = s.LookUpKey(t.Context(), first.APIKeys[name])
		require.ErrorIs(t, err, store.ErrNotFound, "the lost key of %s is revoked", name)
	}
	sources, err := s.ListSources(t.Context(), dealers[0].ID)
	require.NoError(t, err)
	require.Len(t, sources, 2)
	require.Equal(t, int64(2500), sources[0].CostCents)
}

func TestDemoAccountsStayOutOfForeignDatabases(t *testing.T) {
	t.Parallel()
	s := openStore(t, testkit.Database(t))
	_, err := s.CreateDealer(t.Context(), store.NewDealer{Name: "Garage Oost", Language: "nl"})
	require.NoError(t, err)
	_, err = demoData(t.Context(), s, t.TempDir())
	require.ErrorIs(t, err, errForeign)
}
