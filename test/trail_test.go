package test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	leads "github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
)

// trail reads who did what, as the general manager sees it, newest first: who,
// what, about what.
func (d dealer) trail(query string) []string {
	d.t.Helper()
	answer := d.door.As(director, http.MethodGet, "/v1/trail?limit=200&"+query, nil)
	require.Equal(d.t, http.StatusOK, answer.Status, answer.Text)
	var lines []string
	for _, item := range answer.Body["items"].([]any) {
		e := item.(map[string]any)
		line := fmt.Sprint(e["actor"], ": ", e["summary"])
		if about := e["object"].(map[string]any); about["name"] != nil {
			line += fmt.Sprint(" – ", about["name"])
		}
		lines = append(lines, line)
	}
	return lines
}

func withAdmin() dealership.Options {
	return dealership.Options{Opens: "2026-11-24 10:00", Staff: append(dealership.Staff(), store.NewStaff{Email: admin, Name: "Ad Mulder", Role: leads.RoleAdmin})}
}

// Who looked at Jan's data? Everybody who opened his file, found him by a
// search, or read him with a program; each once for a quarter of an hour.
func TestWhoLookedAtJansData(t *testing.T) {
	d := opensWith(t, withAdmin())
	jan, other := d.post(enquiry{name: "Jan de Boer"}), d.post(enquiry{name: "Piet Smit"})
	seen := "object=" + jan.id
	require.Empty(t, d.trail(seen), "nobody has")

	at := browse.SignIn(t, d.door, tess)
	at.Get("/leads/" + jan.id)
	at.Get("/leads/" + jan.id)
	at.Get("/leads/" + jan.id + "/mail")
	at.Get("/leads/" + other.id)
	require.Equal(t, []string{tess + ": Looked at a lead – Jan de Boer"}, d.trail(seen), "a page that is opened again is one look")

	d.Jump("16m")
	at.Get("/leads/" + jan.id)
	require.Len(t, d.trail(seen), 2, "a quarter of an hour later it is another one")

	at.Get("/board?q=boer")
	at.Get("/board?q=nobody")
	d.door.As(uma, http.MethodGet, "/v1/leads?q=Boer", nil)
	d.door.As(uma, http.MethodGet, "/v1/leads", nil)
	integration := map[string]string{"Authorization": "Bearer " + d.door.Keys["integration"]}
	for range 3 {
		d.door.Do(http.MethodGet, "/v1/leads/"+jan.id+"/timeline", integration, "")
		d.Jump("20m")
	}
	got := d.trail(seen)
	require.Len(t, got, 5)
	require.Contains(t, got[0], ": Looked at a lead – Jan de Boer", "a program that nobody is named for: once a day")
	require.Equal(t, []string{uma + ": Searched leads: 1 lead", tess + ": Searched leads: 1 lead"}, got[1:3])
	require.Equal(t, []string{uma + ": Read a list of leads through the API"}, d.trail("kind=leads_listed"))
	require.Len(t, d.trail("kind=leads_searched&actor="+tess), 2, "also when there was nobody to be found")
	require.Empty(t, d.trail(seen+"&actor="+sam))
	require.Empty(t, d.trail(seen+"&after="+url.QueryEscape(d.Now().Format("2006-01-02T15:04:05Z"))))
}

// post takes an enquiry in without anybody's looking at it.
func (d dealer) post(e enquiry) lead {
	d.t.Helper()
	answer := d.posts(e)
	require.Equal(d.t, http.StatusAccepted, answer.Status, answer.Text)
	l := lead{d, answer.Body["id"].(string)}
	d.Await(func() bool { return d.State(l.id).Step > 0 }, "the lead is being worked")
	d.Settle()
	return l
}

// Who changed the staff, the keys, the process? Whoever it was stands there,
// with what he changed, but not to what.
func TestWhoChangedWhat(t *testing.T) {
	d := opensWith(t, withAdmin())
	as := func(who, method, path string, body any) map[string]any {
		t.Helper()
		answer := d.door.As(who, method, path, body)
		require.Less(t, answer.Status, 300, answer.Text)
		return answer.Body
	}
	as(admin, http.MethodPost, "/v1/staff", map[string]any{"name": "Nina Prins", "email": "nina@demo.example", "role": "salesperson"})
	as(director, http.MethodPatch, "/v1/staff/"+d.StaffID(sam), map[string]any{"name": "Sam Vis", "phone": "+31611112222", "role": "sales_manager"})
	as(manager, http.MethodPatch, "/v1/staff/"+d.StaffID(tess), map[string]any{"name": "Tess Smit"})
	off := as(manager, http.MethodPost, "/v1/staff/"+d.StaffID(uma)+"/absences", map[string]any{"from": d.Now(), "until": d.Now().AddDate(0, 0, 7), "why": "surgery"})
	as(manager, http.MethodDelete, "/v1/staff/"+d.StaffID(uma)+"/absences/"+off["id"].(string), nil)
	d.leaves(tess)
	as(director, http.MethodPost, "/v1/staff/"+d.StaffID(tess)+"/return", map[string]any{})
	as(manager, http.MethodPost, "/v1/sources", map[string]any{"code": "importer", "name": "Importer", "party": "second"})
	as(manager, http.MethodPatch, "/v1/sources/importer", map[string]any{"name": "The importer"})
	key := as(admin, http.MethodPost, "/v1/keys", map[string]any{"name": "DMS", "scope": "integration"})
	for range 2 {
		as(admin, http.MethodPost, "/v1/keys/"+key["id"].(string)+"/revoke", map[string]any{})
	}
	as(manager, http.MethodPatch, "/v1/dealer", map[string]any{"phone": "020 7654321", "colour": "#0a5ea8"})
	as(manager, http.MethodPut, "/v1/reasons", map[string]any{"reasons": []any{map[string]any{"code": "not_reached", "approve": "yes"}}})
	policy := d.door.As(manager, http.MethodGet, "/v1/policy", nil).Text
	put := d.door.Do(http.MethodPut, "/v1/policy", map[string]string{
		"Authorization": "Bearer " + d.door.Keys["integration"], "X-Actor": manager, "Content-Type": "application/json",
	}, policy)
	require.Equal(t, http.StatusOK, put.Status, put.Text)
	as(manager, http.MethodPost, "/v1/policy/apply", map[string]any{"confirm": true})
	held := d.door.Post("portal", "text/xml", "<html>Jan wants a Captur</html>").Body["quarantine_id"].(string)
	as(manager, http.MethodGet, "/v1/quarantine/"+held, nil)
	as(manager, http.MethodPost, "/v1/quarantine/"+held+"/lead", map[string]any{"channel": "email", "customer": map[string]any{"phone": "06 12345678"}})
	d.Settle()

	lines := d.trail("")
	for _, line := range []string{
		admin + ": Added a member of staff: Salesperson – Nina Prins",
		director + ": Changed a member of staff: Name, Phone, Role (Salesperson → Sales manager) – Sam Vis",
		manager + ": Entered an absence – Uma Kok", manager + ": Took an absence back – Uma Kok",
		director + ": Took somebody off the staff – Tess Smit", director + ": Brought somebody back to the staff – Tess Smit",
		manager + ": Added a source – The importer", manager + ": Changed a source: Name – The importer",
		admin + ": Made a key – DMS", admin + ": Revoked a key – DMS",
		manager + ": Changed the dealer's look: Phone, Colour", manager + ": Changed reasons: version 2, Not reached after maximum number of call attempts",
		manager + ": Changed the policy: version 2", manager + ": Applied the policy to open leads: version 2, 0 leads",
		manager + ": Opened a message in quarantine", manager + ": Made a message in quarantine a lead",
	} {
		n := 0
		for _, is := range lines {
			if is == line {
				n++
			}
		}
		require.Equal(t, 1, n, "%s\namong %q", line, lines)
	}
	require.NotContains(t, fmt.Sprint(d.trail("actor="+manager)), "Tess Smit", "who changes nothing has done nothing")
	kept := numbered.ReplaceAllString(d.everyRow("trail"), "")
	for _, never := range []string{"Nina", "nina", "Vis", "1111", "surgery", "importer", "DMS", "765", "0a5ea8", "Jan", "1234"} {
		require.NotContains(t, kept, never, "names and values stay where they belong")
	}
}

// everyRow is all that a table holds, as text.
// numbered are ids and instants: any number may stand in them.
var numbered = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.+]+`)

func (d dealer) everyRow(table string) string {
	d.t.Helper()
	var text string
	err := d.Store.Pool.QueryRow(d.t.Context(), `SELECT coalesce(string_agg(to_jsonb(t)::text, E'\n'), '') FROM "`+table+`" t`).Scan(&text)
	require.NoError(d.t, err)
	return text
}

// Who came in, and how? The general manager and the admin read it on a page;
// nobody else does. How often somebody was refused is a number without names.
func TestWhoSignedIn(t *testing.T) {
	d := opensWith(t, withAdmin())
	at := browse.SignIn(t, d.door, sam)
	browse.Anybody(t, d.door).Post("/sign-in", url.Values{"email": {sam}, "password": {"a guess of somebody's"}})
	at.Post("/account/password", url.Values{"present": {dealership.Password}, "password": {"quite another secret"}})
	at.Post("/account/sign-out-everywhere", url.Values{})
	require.Equal(t, []string{
		sam + ": Signed out everywhere – Sam Visser", sam + ": Changed the password – Sam Visser", sam + ": Signed in: with a password – Sam Visser",
	}, d.trail("actor="+sam))
	require.Contains(t, d.door.Do(http.MethodGet, "/metrics", nil, "").Text, "doorbell_sign_in_failures_total 1\n")

	boss := browse.SignIn(t, d.door, director)
	boss.Post("/settings/staff/"+d.StaffID(tess)+"/invite", url.Values{})
	require.Equal(t, []string{director + ": Sent a link to a new password – Tess Smit"}, d.trail("kind=reset_sent"))
	page := boss.Get("/settings/trail")
	require.Contains(t, page.Words(), "Sam Visser Overal afgemeld Sam Visser", "in his own language")
	require.NotContains(t, page.Words(), "(sleutel)", "nobody used a key")
	only := boss.Get("/settings/trail?kind=signed_in&actor=" + sam + "&from=2026-11-24")
	require.Contains(t, only.Words(), "Aangemeld: met een wachtwoord")
	require.NotContains(t, only.Text, "<td data-label=\"Wat\">Overal")
	require.Contains(t, boss.Get("/settings/trail?from=2026-11-25").Words(), "Er is niets vastgelegd")
	require.Equal(t, http.StatusForbidden, browse.SignIn(t, d.door, manager).Get("/settings/trail").Status)
	require.Equal(t, http.StatusForbidden, d.door.As(manager, http.MethodGet, "/v1/trail", nil).Status)
}

// What happened stays as it was written, for a year.
func TestTheTrailStays(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	ctx := t.Context()
	before := len(d.trail(""))
	require.Positive(t, before)
	for _, forbidden := range []string{`UPDATE trail SET actor = 'system'`, `TRUNCATE trail`} {
		_, err := d.Store.Pool.Exec(ctx, forbidden)
		require.ErrorContains(t, err, "append-only", forbidden)
	}
	for _, role := range []string{"doorbell_dealer", "doorbell_system"} {
		_, err := d.Store.Pool.Exec(ctx, `SET ROLE `+role+`; DELETE FROM trail`)
		require.ErrorContains(t, err, "permission denied", role)
	}
	var removed int
	remove := func() int {
		require.NoError(t, d.Store.Pool.QueryRow(ctx, `SELECT prune_trail('0')`).Scan(&removed))
		return removed
	}
	require.Zero(t, remove(), "whatever the program asks, the last 90 days stay")
	d.Jump("8700h")
	require.NoError(t, d.Store.PruneTrail(ctx))
	require.Len(t, d.trail(""), before, "362 days")
	d.Jump("100h")
	require.NoError(t, d.Store.PruneTrail(ctx))
	require.Empty(t, d.trail(""), "366 days")

	for _, personal := range []string{"Jan de Boer", "jan@mail.example", "+31628419077", "06 28419077", "Jan", "0628419077"} {
		err := d.Store.Record(ctx, store.Entry{Dealer: d.ID, Kind: store.StaffChanged, Data: map[string]any{"fields": []any{"name", map[string]any{"to": personal}}}})
		require.ErrorContains(t, err, "trail_holds_no_text", personal)
		require.NotContains(t, err.Error(), personal)
	}
	require.ErrorContains(t, d.Store.Record(ctx, store.Entry{Dealer: d.ID, Kind: "gossip"}), "no kind")
}
