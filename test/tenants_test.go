package test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/api"
	"github.com/doorbell-ilm/doorbell/api/openapi"
	"github.com/doorbell-ilm/doorbell/internal/password"
	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	leads "github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
)

// Several dealers share one Doorbell, and none of them ever sees or changes
// anything of another's: not by a key, not by a session, not by the news, and not
// by a query that forgot whose rows it wants.

// rival is another dealer on the same Doorbell as the busy shop.
type rival struct {
	shop
	id  uuid.UUID
	key string // integration
	// The rival's general manager, who may do all that can be done there.
	boss string
}

func (s shop) rival() rival {
	s.t.Helper()
	ctx := context.Background()
	n := rival{shop: s, boss: "boss@noord.example"}
	var err error
	n.id, err = s.Store.CreateDealer(ctx, store.NewDealer{
		Name: "Garage Noord", Language: "en", MailFrom: "leads@noord.example",
		Staff: []store.NewStaff{
			{Email: n.boss, Name: "Nora Noord", Role: leads.RoleGeneralManager, PasswordHash: password.Hash(dealership.Password)},
			{Email: "sales@noord.example", Name: "Nick Noord", Role: leads.RoleSalesperson, PasswordHash: password.Hash(dealership.Password)},
		},
		Sources: []store.NewSource{{Code: "noord-site", Name: "Noord online", Party: leads.FirstParty}},
	})
	require.NoError(s.t, err)
	n.key, err = s.Store.CreateKey(ctx, n.id, "noord", store.Integration, nil)
	require.NoError(s.t, err)
	return n
}

// asks calls the API as the rival.
func (n rival) asks(method, path string, body any) dealership.Answer {
	n.t.Helper()
	text := ""
	if body != nil {
		raw, err := json.Marshal(body)
		require.NoError(n.t, err)
		text = string(raw)
	}
	return n.door.Do(method, path, map[string]string{"Authorization": "Bearer " + n.key, "X-Actor": n.boss, "Content-Type": "application/json"}, text)
}

// one is an id of the busy shop's, of the first row that a query finds.
func (s shop) one(query string) string {
	s.t.Helper()
	var id string
	require.NoError(s.t, s.Store.Pool.QueryRow(context.Background(), query, s.ID).Scan(&id))
	return id
}

// theirs are names of things of the busy shop, by what stands before them in an
// address.
func (s shop) theirs() map[string]string {
	s.t.Helper()
	ctx := context.Background()
	policy, err := s.Store.CurrentVersions(ctx, s.ID)
	require.NoError(s.t, err)
	_, err = s.Store.Pool.Exec(ctx, `INSERT INTO policy_application (id, dealer_id, version, leads, created_by, created_at)
		SELECT gen_random_uuid(), $1, $2, 1, id, doorbell_now() FROM staff WHERE email = 'manager@demo.example'`, s.ID, policy.Policy)
	require.NoError(s.t, err)
	_, err = s.Store.Pool.Exec(ctx, `INSERT INTO staff_absence (id, dealer_id, staff_id, from_at, until_at)
		SELECT gen_random_uuid(), $1, id, doorbell_now() + interval '90 days', doorbell_now() + interval '91 days' FROM staff WHERE email = 'sam@demo.example'`, s.ID)
	require.NoError(s.t, err)
	_, err = s.Store.Pool.Exec(ctx, `INSERT INTO saved_view (id, dealer_id, staff_id, name, query)
		SELECT gen_random_uuid(), $1, id, 'late', 'overdue=true' FROM staff WHERE email = 'sam@demo.example'`, s.ID)
	require.NoError(s.t, err)
	_, err = s.Store.Pool.Exec(ctx, `INSERT INTO suppression (id, dealer_id, channel, normalised, reason, since)
		VALUES (gen_random_uuid(), $1, 'email', 'gone@mail.example', 'bounce', doorbell_now())`, s.ID)
	require.NoError(s.t, err)
	answer := s.door.Post("website", "application/x-adf+xml", `<?adf version="1.0"?><adf><prospect><customer></customer></prospect></adf>`)
	require.Less(s.t, answer.Status, 500, answer.Text)
	notMailed := s.one(`SELECT id FROM suppression WHERE dealer_id = $1`)
	return map[string]string{
		"leads":        s.visit.id,
		"appointments": s.one(`SELECT id FROM appointment WHERE dealer_id = $1 AND lead_id = '` + s.visit.id + `'`),
		"staff":        s.StaffID(sam),
		"absences":     s.one(`SELECT id FROM staff_absence WHERE dealer_id = $1`),
		"keys":         s.one(`SELECT id FROM api_key WHERE dealer_id = $1`),
		"sources":      "portal",
		"follow-ups":   s.one(`SELECT id FROM follow_up WHERE dealer_id = $1`),
		"quarantine":   s.one(`SELECT id FROM quarantine WHERE dealer_id = $1`),
		"applications": s.one(`SELECT id FROM policy_application WHERE dealer_id = $1`),
		"closings":     s.proposed.id,
		"views":        s.one(`SELECT id FROM saved_view WHERE dealer_id = $1`),
		"suppressions": notMailed, "mail": notMailed,
	}
}

// shared are names that mean something of every dealer's own, and addresses that
// are their own key.
var shared = []string{"templates", "versions", "reasons", "figures", "logo", "c", "welcome", "problems", "colour", "assets", "thank-you"}

var placeholder = regexp.MustCompile(`([\w-]+)/[:{](\w+)\}?`)

// filled puts names of the busy shop into an address; false when there are none
// of a dealer's own in it.
func filled(t *testing.T, path string, theirs map[string]string) (string, bool) {
	t.Helper()
	own := false
	path = strings.NewReplacer(":verdict", "approve", ":verb", "confirm").Replace(path)
	out := placeholder.ReplaceAllStringFunc(path, func(found string) string {
		of := placeholder.FindStringSubmatch(found)[1]
		name, there := theirs[of]
		if slices.Contains(shared, of) {
			return of + "/none"
		}
		require.True(t, there, "%s: say in theirs what of the busy shop's could stand behind %q", path, of)
		own = true
		return of + "/" + name
	})
	return out, own
}

// bodyOf is what is sent to an operation.
func bodyOf(operation string) any {
	if body := bodies[operation]; body != nil {
		return body
	}
	return map[string]any{}
}

// What is asked for in the bodies: enough to get past all checks but that of
// whose it is.
var bodies = map[string]any{
	"LogAttempt": map[string]any{"channel": "phone", "direction": "out", "outcome": "no_answer"},
	"AddNote":    map[string]any{"text": "x"}, "SendMessage": map[string]any{"template": "still-interested"},
	"PreviewTemplate": map[string]any{}, "ChangeCustomer": map[string]any{"do_not_contact": []string{"email"}},
	"SetAppointment":  map[string]any{"kind": "showroom", "starts_at": "2026-11-26T10:00:00Z", "duration_min": 30},
	"MoveAppointment": map[string]any{"starts_at": "2026-11-26T10:00:00Z"}, "TellAppointmentOutcome": map[string]any{"outcome": "came"},
	"CompleteFollowUp": map[string]any{"note": "done"}, "DropFollowUp": map[string]any{"note": "not needed"},
	"AssignLead": map[string]any{"to": "sales@noord.example"}, "AssignFollowUp": map[string]any{"to": "sales@noord.example"},
	"CloseLead":     map[string]any{"reason": "test", "note": "x"},
	"EraseCustomer": map[string]any{"dry_run": false},
	"AddConsent":    map[string]any{"purpose": "offers", "channel": "email", "given": false},
	"ChangeSource":  map[string]any{"name": "x"}, "ChangeStaff": map[string]any{"name": "x"},
	"AddAbsence": map[string]any{"from": "2026-12-01T08:00:00Z", "until": "2026-12-02T08:00:00Z"},
	"Intervene":  map[string]any{"text": "trained for a day"}, "Exempt": map[string]any{"until": "2026-12-24T08:00:00Z", "text": "off for a while"},
	"MakeLead": map[string]any{"channel": "web", "request": "quote", "customer": map[string]any{"email": "x@mail.example"}},
}

func TestNoOperationOpensAnotherDealersThings(t *testing.T) {
	s := busyShop(t)
	theirs := s.theirs()
	n := s.rival()
	doc, err := openapi.Parse(api.Spec())
	require.NoError(t, err)
	visit := browse.SignIn(t, s.door, n.boss)
	before := s.ours()
	tried := 0
	for _, op := range doc.Operations {
		if op.Public || op.ID == "StreamEvents" {
			continue
		}
		path, own := filled(t, op.Path, theirs)
		if !own && op.Method != http.MethodGet {
			continue // makes something of the rival's own
		}
		var body any
		if own {
			body = bodyOf(op.ID)
		}
		answer := n.asks(op.Method, path, body)
		if own {
			tried++
			require.Contains(t, []int{http.StatusNotFound, http.StatusForbidden}, answer.Status, "%s with another dealer's key: %s", op.ID, answer.Text)
			nowhere, _ := filled(t, op.Path, nobodys(theirs))
			same := n.asks(op.Method, nowhere, body)
			require.Equal(t, same.Status, answer.Status, "%s: whether another dealer has it is not told", op.ID)
		}
		s.nothingOfOurs(op.ID, answer.Text)
		if op.Method == http.MethodGet {
			s.nothingOfOurs(op.ID+" by session", visit.Get(path).Text)
		}
	}
	require.Greater(t, tried, 30)
	require.Equal(t, before, s.ours(), "nothing of the busy shop's has changed")
}

// nobodys are names of the same form that nothing has.
func nobodys(names map[string]string) map[string]string {
	out := map[string]string{}
	for of, name := range names {
		out[of] = "nobodys"
		if uuid.Validate(name) == nil {
			out[of] = "01900000-0000-7000-8000-00000000dead"
		}
	}
	return out
}

func TestNoPageOpensAnotherDealersThings(t *testing.T) {
	s := busyShop(t)
	theirs := s.theirs()
	n := s.rival()
	visit := browse.SignIn(t, s.door, n.boss)
	before := s.ours()
	tried := 0
	for _, route := range s.door.Routes {
		if strings.HasPrefix(route.Path, "/v1/") || strings.HasPrefix(route.Path, "/dev/") || strings.HasPrefix(route.Path, "/docs") || route.Path == "/metrics" || strings.Contains(route.Path, "sign-") {
			continue
		}
		path, own := filled(t, route.Path, theirs)
		switch route.Method {
		case http.MethodGet:
			page := visit.Get(path)
			s.nothingOfOurs(route.Path, page.Text)
			if own {
				tried++
				require.NotEqual(t, http.StatusOK, page.Status, "%s: %s", route.Path, page.Words())
			}
		case http.MethodPost:
			if own {
				tried++
				s.nothingOfOurs(route.Path, visit.Post(path, url.Values{
					"outcome": {"reached"}, "text": {"x"}, "note": {"x"}, "to": {"sales@noord.example"}, "reason": {"test"}, "name": {"x"},
				}).Text)
			}
		}
	}
	require.Greater(t, tried, 30)
	require.Equal(t, before, s.ours(), "nothing of the busy shop's has changed")
}

// ours is the content of the busy shop's rows, in one word per table. That a key
// was used is no change.
func (s shop) ours() map[string]string {
	s.t.Helper()
	sums := map[string]string{}
	for _, table := range s.tables() {
		if table.dealer == "" {
			continue
		}
		var sum string
		require.NoError(s.t, s.Store.Pool.QueryRow(context.Background(), `SELECT count(*) || ' ' || coalesce(md5(string_agg(x, ',' ORDER BY x)), '')
			FROM (SELECT (to_jsonb(t) - 'last_used_at')::text AS x FROM `+table.name+` t WHERE `+table.dealer+` = $1) rows`, s.ID).Scan(&sum))
		sums[table.name] = sum
	}
	return sums
}

// nothingOfOurs holds an answer against names, numbers and ids of the busy shop.
func (s shop) nothingOfOurs(what, text string) {
	s.t.Helper()
	for _, ours := range []string{"De Linde", "Sam Visser", "@demo.example", "Hendriks", "Vermeer", "Qashqai", s.late.id, s.proposed.id} {
		if !strings.Contains(what, s.visit.id) {
			require.NotContains(s.t, text, ours, what)
		}
	}
}

func TestTheNewsOfAnotherDealerAreNotHeard(t *testing.T) {
	s := busyShop(t)
	n := s.rival()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for name, place := range map[string]string{"from now on": "", "from the beginning": "?after=0-0"} {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.door.URL+"/v1/events"+place, http.NoBody)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+n.key)
		stream, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, stream.StatusCode)
		s.late.does(s.late.owner(), "notes", map[string]any{"text": "ours alone"})
		mine := n.posts()
		heard := reads(t, stream.Body, mine)
		require.NoError(t, stream.Body.Close())
		require.Contains(t, heard, mine, name)
		require.NotContains(t, heard, s.late.id, name)
		s.nothingOfOurs("news", heard)
	}
}

// posts has the rival receive a lead of his own, and returns its id.
func (n rival) posts() string {
	n.t.Helper()
	source := n.source(`SELECT id FROM source WHERE dealer_id = $1`)
	key, err := n.Store.CreateKey(context.Background(), n.id, "site "+uuid.NewString(), store.Intake, &source)
	require.NoError(n.t, err)
	answer := n.door.Do(http.MethodPost, "/v1/leads", map[string]string{"Authorization": "Bearer " + key, "Content-Type": "application/json"},
		`{"channel": "web", "request": "quote", "customer": {"last_name": "Noorman", "email": "noorman`+uuid.NewString()+`@mail.example"}}`)
	require.Equal(n.t, http.StatusAccepted, answer.Status, answer.Text)
	id, _ := answer.Body["id"].(string)
	return id
}

func (n rival) source(query string) uuid.UUID {
	n.t.Helper()
	var id uuid.UUID
	require.NoError(n.t, n.Store.Pool.QueryRow(context.Background(), query, n.id).Scan(&id))
	return id
}

// reads follows a stream until it tells of something.
func reads(t *testing.T, stream io.Reader, until string) string {
	t.Helper()
	var heard strings.Builder
	chunk := make([]byte, 4096)
	for !strings.Contains(heard.String(), until) {
		n, err := stream.Read(chunk)
		heard.Write(chunk[:n])
		require.NoError(t, err, "the stream ended before it told of %s", until)
	}
	return heard.String()
}

// table is one of the database, with the column that says whose its rows are.
type table struct{ name, dealer string }

// nobodysTables belong to no dealer: which migrations there are, browsers'
// sessions, wrong passwords, the mailbox of development, and how audits went.
var nobodysTables = []string{"goose_db_version", "sessions", "sign_in_failure", "mailbox", "audit_run"}

// tables are all that there are.
func (s shop) tables() []table {
	s.t.Helper()
	rows, err := s.Store.Pool.Query(context.Background(), `SELECT c.relname,
		CASE WHEN c.relname = 'dealer' THEN 'id' ELSE coalesce((SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'dealer_id'), '') END
		FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1`)
	require.NoError(s.t, err)
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (table, error) {
		var one table
		err := row.Scan(&one.name, &one.dealer)
		return one, err
	})
	require.NoError(s.t, err)
	return all
}

// Whatever the program asks for, the database shows a dealer's rows to nobody
// else. Every table is walked, also those of tomorrow.
func TestTheDatabaseShowsADealerHisOwnRowsOnly(t *testing.T) {
	s := busyShop(t)
	s.theirs()
	n := s.rival()
	n.posts()
	filled := 0
	for _, table := range s.tables() {
		if slices.Contains(nobodysTables, table.name) {
			continue
		}
		require.NotEmpty(t, table.dealer, "%s says of no row whose it is", table.name)
		var forced bool
		require.NoError(t, s.Store.Pool.QueryRow(t.Context(), `SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = $1::regclass`, table.name).Scan(&forced))
		require.True(t, forced, "%s is not protected: SELECT doorbell_protect('%s')", table.name, table.name)

		const none = ""
		rows := " FROM " + table.name + " WHERE " + table.dealer + " = $1"
		var there int
		require.NoError(t, s.Store.Pool.QueryRow(t.Context(), `SELECT count(*)`+rows, s.ID).Scan(&there))
		require.Equal(t, there, s.sees(s.ID.String(), rows), table.name)
		require.Zero(t, s.sees(n.id.String(), rows), "%s shows a rival our rows", table.name)
		require.Zero(t, s.sees(none, rows), "%s shows our rows to nobody in particular", table.name)
		if there == 0 {
			continue
		}
		filled++
		for _, change := range []string{
			`UPDATE ` + table.name + ` SET ` + table.dealer + ` = ` + table.dealer + ` WHERE ` + table.dealer + ` = $1`,
			`DELETE` + rows,
		} {
			require.Zero(t, s.changes(n.id.String(), change, s.ID), "%s: %s", table.name, change)
		}
		var row string
		require.NoError(t, s.Store.Pool.QueryRow(t.Context(), `SELECT to_jsonb(t)::text FROM `+table.name+` t WHERE `+table.dealer+` = $1 LIMIT 1`, s.ID).Scan(&row))
		require.Zero(t, s.changes(n.id.String(), `INSERT INTO `+table.name+` OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(NULL::`+table.name+`, $1::jsonb)).*`, row),
			"%s lets a rival write in our name", table.name)
	}
	require.Greater(t, filled, 20, "the walk needs rows to find")
}

// as runs a statement as the product's role on a dealer's behalf, and takes it
// back.
func (s shop) as(dealer string, do func(tx pgx.Tx)) {
	s.t.Helper()
	tx, err := s.Store.Pool.Begin(context.Background())
	require.NoError(s.t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(context.Background(), `SELECT set_config('role', 'doorbell_dealer', true), set_config('doorbell.dealer', $1, true)`, dealer)
	require.NoError(s.t, err)
	do(tx)
}

// sees is how many of the busy shop's rows a dealer finds.
func (s shop) sees(dealer, rows string) (n int) {
	s.t.Helper()
	s.as(dealer, func(tx pgx.Tx) {
		require.NoError(s.t, tx.QueryRow(context.Background(), `SELECT count(*)`+rows, s.ID).Scan(&n))
	})
	return n
}

// changes is how many rows a dealer changes; none where he is refused.
func (s shop) changes(dealer, statement string, with any) (n int64) {
	s.t.Helper()
	s.as(dealer, func(tx pgx.Tx) {
		done, err := tx.Exec(context.Background(), statement, with)
		refused, is := errors.AsType[*pgconn.PgError](err)
		if is && refused.Code == "42501" {
			return
		}
		require.NoError(s.t, err, statement)
		n = done.RowsAffected()
	})
	return n
}
