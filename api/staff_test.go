package api

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
)

const (
	bea  = "bea@demo.example"
	gwen = "gwen@demo.example"
)

// member is somebody as GET /v1/staff shows him.
func (s *shop) member(email string) received {
	s.t.Helper()
	all := s.call(s.staff, http.MethodGet, "/v1/staff", "").is(http.StatusOK)
	for i := range all.count("items") {
		if all.text("items."+itoa(i)+".email") == email {
			return all.at("items." + itoa(i))
		}
	}
	s.t.Fatalf("%s is not on the staff", email)
	return received{}
}

// about does something about a member of staff, for somebody.
func (s *shop) about(email, method, what, actor, body string, headers ...string) received {
	s.t.Helper()
	path := "/v1/staff/" + s.member(email).text("id") + what
	return s.call(s.staff, method, path, body, append([]string{"X-Actor", actor}, headers...)...)
}

// waiting are the ids of leads and follow-ups that are to be woken.
func (s *shop) waiting() []string {
	s.t.Helper()
	rows, err := s.store.Pool.Query(context.Background(),
		`SELECT coalesce(follow_up_id, lead_id)::text FROM outbox WHERE happening ->> 'what' IN ('due', 'follow_up_due') ORDER BY id`)
	require.NoError(s.t, err)
	defer rows.Close()
	ids := []string{}
	for rows.Next() {
		var id string
		require.NoError(s.t, rows.Scan(&id))
		ids = append(ids, id)
	}
	require.NoError(s.t, rows.Err())
	return ids
}

// enquiry is another lead of another customer.
func enquiry(n string) string {
	return strings.NewReplacer("AT-1", "AT-"+n, "Jan@customer", "c"+n+"@customer", "06 12345678", "06 1234560"+n).Replace(captur)
}

func TestTheStaffAreShownAsTheyAre(t *testing.T) {
	t.Parallel()
	s := open(t)
	require.Equal(t, sam, s.call(s.staff, http.MethodGet, "/v1/leads/"+s.working(captur), "").text("owner.email"))
	s.working(strings.Replace(enquiry("2"), `"web"`, `"web","test":true`, 1)) // Noor's, and no work
	r := s.member(sam)
	require.Equal(t, "salesperson", r.text("role"))
	for _, yes := range []string{"active", "on_duty"} {
		require.Equal(t, true, r.get(yes), yes)
	}
	for _, none := range []string{"phone", "language", "capacity", "left_at", "paused_since", "exempt_until", "earning"} {
		require.Nil(t, r.get(none), none)
	}
	require.Equal(t, false, r.get("absent"))
	require.EqualValues(t, 1, r.get("open_leads"))
	require.EqualValues(t, 0, s.member(noor).get("open_leads"))

	testkit.SetClock(t, s.store.Pool, time.Date(2026, 11, 24, 21, 0, 0, 0, time.UTC))
	require.Equal(t, false, s.member(sam).get("on_duty"), "at night")
}

func TestSomebodyIsAddedAndChanged(t *testing.T) {
	t.Parallel()
	s := open(t)
	const lea = `{"email":"Lea@Demo.example","name":" Lea Laurent ","phone":"06 12345678","role":"salesperson","languages":["FR","fr"],"makes":["Renault"," renault","Dacia"],"capacity":40}`
	r := s.call(s.staff, http.MethodPost, "/v1/staff", lea, "X-Actor", maria, "Idempotency-Key", "k").is(http.StatusCreated)
	require.Equal(t, "lea@demo.example", r.text("email"))
	require.Equal(t, "Lea Laurent", r.text("name"))
	require.Equal(t, "+31612345678", r.text("phone"))
	require.Equal(t, []any{"fr"}, r.get("languages"))
	require.Equal(t, []any{"Renault", "Dacia"}, r.get("makes"))
	require.EqualValues(t, 40, r.get("capacity"))
	again := s.call(s.staff, http.MethodPost, "/v1/staff", lea, "X-Actor", maria, "Idempotency-Key", "k").is(http.StatusCreated)
	require.Equal(t, r.body, again.body)
	taken := s.call(s.staff, http.MethodPost, "/v1/staff", lea, "X-Actor", maria).is(http.StatusUnprocessableEntity)
	require.Equal(t, "email", taken.text("errors.0.field"))
	require.NotContains(t, string(taken.body), "lea@", "the address is not repeated")

	change := func(body string) received { return s.about("lea@demo.example", http.MethodPatch, "", maria, body) }
	r = change(`{"role":"bdc","language":"en"}`).is(http.StatusOK)
	require.Equal(t, "bdc", r.text("role"))
	require.Equal(t, "en", r.text("language"))
	require.EqualValues(t, 40, r.get("capacity"), "what is left out stays")
	require.Equal(t, []any{"fr"}, r.get("languages"))
	r = change(`{"capacity":null,"languages":[],"phone":"","language":""}`).is(http.StatusOK)
	for _, none := range []string{"capacity", "phone", "language"} {
		require.Nil(t, r.get(none), none)
	}
	require.Equal(t, []any{}, r.get("languages"))
	require.Equal(t, []any{"Renault", "Dacia"}, r.get("makes"))
	require.EqualValues(t, 7, change(`{"capacity":7}`).is(http.StatusOK).get("capacity"))

	for body, field := range map[string]string{
		`{"name":"  "}`:            "name",
		`{"name":"a\nb"}`:          "name",
		`{"phone":"0612"}`:         "phone",
		`{"language":"fr"}`:        "language",
		`{"languages":["nl","1"]}`: "languages[1]",
		`{"languages":["f1"]}`:     "languages[0]",
		`{"makes":[" "]}`:          "makes[0]",
		`{"capacity":0}`:           "capacity",
		`{"email":"a@b.example"}`:  "email",
	} {
		require.Equal(t, field, change(body).is(http.StatusUnprocessableEntity).text("errors.0.field"), body)
	}
	bad := s.call(s.staff, http.MethodPost, "/v1/staff", `{"email":"lea","name":"Lea","role":"bdc"}`, "X-Actor", maria).is(http.StatusUnprocessableEntity)
	require.Equal(t, "email", bad.text("errors.0.field"))
}

func TestOnlyManagersAndAdminsChangeTheStaff(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, foreign := s.addDealer("elsewhere.example")
	id := s.member(sam).text("id")
	elsewhere := s.call(foreign.staff, http.MethodGet, "/v1/staff", "").is(http.StatusOK).text("items.0.id")
	for _, c := range []struct{ method, path, body string }{
		{http.MethodPost, "/v1/staff", `{"email":"x@demo.example","name":"X","role":"bdc"}`},
		{http.MethodPatch, "/v1/staff/" + id, `{"name":"X"}`},
		{http.MethodPost, "/v1/staff/" + id + "/absences", `{"from":"2026-12-01T00:00:00Z","until":"2026-12-02T00:00:00Z"}`},
		{http.MethodDelete, "/v1/staff/" + id + "/absences/" + id, ``},
		{http.MethodPost, "/v1/staff/" + id + "/leave", ``},
		{http.MethodPost, "/v1/staff/" + id + "/return", ``},
		{http.MethodPost, "/v1/staff/" + id + "/interventions", `{"text":"sat beside him for a day"}`},
		{http.MethodPost, "/v1/staff/" + id + "/exemption", `{"until":"2026-12-02T00:00:00Z","text":"new here this month"}`},
		{http.MethodDelete, "/v1/staff/" + id + "/exemption", ``},
		{http.MethodGet, "/v1/staff/" + id + "/earning", ``},
	} {
		s.call(s.staff, c.method, c.path, c.body, "X-Actor", sam).is(http.StatusForbidden).problem(KindForbidden)
		s.call(s.website, c.method, c.path, c.body).is(http.StatusForbidden)
		if strings.Contains(c.path, id) {
			path := strings.Replace(c.path, id, elsewhere, 1)
			s.call(s.staff, c.method, path, c.body, "X-Actor", maria).is(http.StatusNotFound).problem(KindNotFound)
		}
	}
}

func TestWhoLeavesIsToldToAllHisLeads(t *testing.T) {
	t.Parallel()
	s := open(t)
	first := s.working(captur)       // Sam's
	other := s.working(enquiry("2")) // Noor's
	second := s.working(enquiry("3"))
	closed := s.working(enquiry("4"))
	s.act(closed, "assign", maria, `{"to":"`+sam+`"}`).is(http.StatusOK)
	s.act(closed, "attempts", sam, called).is(http.StatusOK)
	s.act(closed, "close", sam, `{"reason":"no_more_calls","details":{"channels":["phone"]}}`).is(http.StatusOK)
	task := uuid.New()
	_, err := s.store.Pool.Exec(context.Background(), `INSERT INTO follow_up (id, dealer_id, lead_id, kind, reason, due_on, created_at, owner_id)
		VALUES ($1, $2, $3, 'stock_search', 'no_stock', '2026-12-01', doorbell_now(), $4)`, task, s.dealer, closed, s.member(sam).text("id"))
	require.NoError(t, err)

	woken := s.woken.Load()
	r := s.about(sam, http.MethodPost, "/leave", maria, "").is(http.StatusOK)
	require.Equal(t, false, r.get("active"))
	require.NotNil(t, r.get("left_at"))
	require.Equal(t, false, r.get("on_duty"))
	require.Greater(t, s.woken.Load(), woken)
	require.ElementsMatch(t, []string{first, second, task.String()}, s.waiting(), "the others' and the closed ones are not disturbed")
	require.Equal(t, noor, s.call(s.staff, http.MethodGet, "/v1/leads/"+other, "").text("owner.email"))
	s.act(first, "notes", sam, `{"text":"one more thing"}`).is(http.StatusUnprocessableEntity)
	s.about(sam, http.MethodPost, "/leave", maria, `{}`).is(http.StatusOK)
	require.Len(t, s.waiting(), 3, "leaving twice changes nothing")

	r = s.about(sam, http.MethodPost, "/return", maria, "").is(http.StatusOK)
	require.Equal(t, true, r.get("active"))
	require.Nil(t, r.get("left_at"))
	s.act(first, "notes", sam, `{"text":"back again"}`).is(http.StatusOK)
}

func TestTheLastManagerStays(t *testing.T) {
	t.Parallel()
	s := open(t)
	const ada = "ada@linde.example"
	s.call(s.staff, http.MethodPost, "/v1/staff", `{"email":"`+ada+`","name":"Ada Bos","role":"admin"}`, "X-Actor", gwen).is(http.StatusCreated)
	s.about(maria, http.MethodPost, "/leave", gwen, "").is(http.StatusOK)
	for _, what := range []struct{ by, method, path, body string }{
		{gwen, http.MethodPost, "/leave", ``}, {ada, http.MethodPatch, "", `{"role":"admin"}`},
	} {
		r := s.about(gwen, what.method, what.path, what.by, what.body).is(http.StatusConflict).problem(KindConflict)
		require.Contains(t, r.text("detail"), "appoint another")
	}
	s.about(gwen, http.MethodPatch, "", ada, `{"role":"sales_manager","name":"Gwen de Groot"}`).is(http.StatusOK)
	s.about(noor, http.MethodPatch, "", ada, `{"role":"sales_manager"}`).is(http.StatusOK)
	s.about(gwen, http.MethodPost, "/leave", ada, "").is(http.StatusOK)
}

// Rights are not had for the asking.
func TestNobodyChangesHisOwnRoleNorMakesManagersBelowThem(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.about(maria, http.MethodPatch, "", maria, `{"role":"general_manager"}`).is(http.StatusForbidden)
	s.about(gwen, http.MethodPatch, "", gwen, `{"role":"admin"}`).is(http.StatusForbidden)
	s.about(gwen, http.MethodPatch, "", maria, `{"role":"salesperson"}`).is(http.StatusForbidden)
	s.about(gwen, http.MethodPost, "/leave", maria, "").is(http.StatusForbidden)
	s.about(noor, http.MethodPatch, "", maria, `{"role":"sales_manager"}`).is(http.StatusForbidden)
	s.call(s.staff, http.MethodPost, "/v1/staff", `{"email":"new@linde.example","name":"New","role":"sales_manager"}`, "X-Actor", maria).is(http.StatusForbidden)
	s.about(maria, http.MethodPatch, "", maria, `{"name":"Maria Vos"}`).is(http.StatusOK)
	s.about(noor, http.MethodPatch, "", gwen, `{"role":"sales_manager"}`).is(http.StatusOK)
}

func TestOfTwoManagersWhoLeaveAtOnceOneStays(t *testing.T) {
	t.Parallel()
	s := open(t)
	paths := map[string]string{}
	for _, who := range []string{maria, gwen} {
		paths[who] = "/v1/staff/" + s.member(who).text("id") + "/leave"
	}
	answers := make(chan int, 2)
	var wait sync.WaitGroup
	for who, path := range paths {
		wait.Go(func() { answers <- s.call(s.staff, http.MethodPost, path, "", "X-Actor", who).status })
	}
	wait.Wait()
	require.ElementsMatch(t, []int{http.StatusOK, http.StatusConflict}, []int{<-answers, <-answers})
}

func TestWhoSellsNoMoreGivesHisLeadsAway(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	s.about(sam, http.MethodPatch, "", maria, `{"role":"bdc"}`).is(http.StatusOK)
	require.Empty(t, s.waiting(), "the call centre sells too")
	s.about(sam, http.MethodPatch, "", maria, `{"role":"marketer"}`).is(http.StatusOK)
	require.Equal(t, []string{id}, s.waiting())
	r := s.act(id, "assign", maria, `{"to":"`+sam+`"}`).is(http.StatusUnprocessableEntity)
	require.Equal(t, "to", r.text("errors.0.field"))
	require.Contains(t, r.text("errors.0.message"), "does not sell")
}

func TestAbsencesAreEnteredAndTakenBack(t *testing.T) {
	t.Parallel()
	s := open(t)
	enter := func(body string) received { return s.about(sam, http.MethodPost, "/absences", maria, body) }
	for body, field := range map[string]string{
		`{"from":"2026-12-01T00:00:00Z","until":"2026-12-01T00:00:00Z"}`: "until",
		`{"from":"2026-11-01T00:00:00Z","until":"2026-11-02T00:00:00Z"}`: "until",
		`{"from":"2026-12-01","until":"2026-12-02T00:00:00Z"}`:           "from",
		`{"until":"2026-12-02T00:00:00Z"}`:                               "from",
	} {
		require.Equal(t, field, enter(body).is(http.StatusUnprocessableEntity).text("errors.0.field"), body)
	}
	later := enter(`{"from":"2026-12-21T08:30:00+01:00","until":"2026-12-28T08:30:00+01:00"}`).is(http.StatusCreated)
	require.Equal(t, "2026-12-21T07:30:00Z", later.text("from"))
	require.Nil(t, later.get("why"))
	require.Equal(t, false, s.member(sam).get("absent"))
	now := enter(`{"from":"2026-11-24T08:00:00Z","until":"2026-12-22T00:00:00Z","why":"ill"}`).is(http.StatusCreated)
	r := s.member(sam)
	require.Equal(t, true, r.get("absent"))
	require.Equal(t, false, r.get("on_duty"))
	require.Equal(t, now.text("id"), r.text("absences.0.id"), "the earliest first")
	require.Equal(t, later.text("id"), r.text("absences.1.id"))

	r = s.about(sam, http.MethodDelete, "/absences/"+now.text("id"), maria, "").is(http.StatusOK)
	require.Equal(t, false, r.get("absent"))
	require.Equal(t, 1, r.count("absences"))
	s.about(sam, http.MethodDelete, "/absences/"+now.text("id"), maria, "").is(http.StatusNotFound)
	s.about(noor, http.MethodDelete, "/absences/"+later.text("id"), maria, "").is(http.StatusNotFound)
}

const (
	noNorm = `name: ours
timezone: Europe/Amsterdam
country: NL
calendar: {open: {mon-fri: "09:00-18:00"}}
choose: [{track: standard}]
tracks: {standard: {clock: opening_hours}}
`
	earned = noNorm + "earning: {result: appointment, norm: 50%, sample: 5}\n"
)

// pauses puts the policy in force and has somebody make too little of his
// leads.
func (s *shop) pauses(email string) {
	s.t.Helper()
	s.call(s.staff, http.MethodPut, "/v1/policy", earned, "Content-Type", "application/yaml", "X-Actor", maria).is(http.StatusOK)
	_, err := s.store.Pool.Exec(context.Background(), `UPDATE staff SET paused_at = doorbell_now() WHERE email = $1`, email)
	require.NoError(s.t, err)
	_, err = s.store.Pool.Exec(context.Background(), `INSERT INTO earning_entry (id, dealer_id, staff_id, at, kind, actor, conversations, results, norm)
		SELECT $1, dealer_id, id, doorbell_now(), 'paused', 'system', 8, 3, 50 FROM staff WHERE email = $2`, store.NewID(), email)
	require.NoError(s.t, err)
}

func TestEarningIsShownWithItsFigures(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.pauses(sam)
	id := s.working(captur)
	s.act(id, "attempts", sam, called).is(http.StatusOK)
	s.act(id, "appointments", sam, `{"kind":"showroom","starts_at":"2026-11-28T11:00:00+01:00","duration_min":45}`).is(http.StatusOK)
	r := s.member(sam)
	require.Equal(t, "2026-11-24T09:00", r.text("paused_since")[:16])
	require.Equal(t, map[string]any{
		"result": "appointment", "conversations": 1.0, "results": 1.0, "share": 100.0, "norm": 50.0, "sample": 5.0, "judged": false,
	}, r.get("earning"))
	require.Nil(t, s.member(noor).get("earning.share"), "she spoke to nobody")
	require.Nil(t, s.member(maria).get("earning"), "managers need not earn their leads")
}

func TestAManagerLogsWhatHeDidAboutIt(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.pauses(sam)
	const word = `{"text":"Listened to three of his calls with him"}`
	require.Equal(t, "text", s.about(sam, http.MethodPost, "/interventions", maria, `{"text":"         talked"}`).
		is(http.StatusUnprocessableEntity).text("errors.0.field"))
	s.about(maria, http.MethodPost, "/interventions", maria, word).is(http.StatusForbidden)
	r := s.about(sam, http.MethodPost, "/interventions", maria, word, "Idempotency-Key", "k").is(http.StatusOK)
	require.Nil(t, r.get("paused_since"))
	again := s.about(sam, http.MethodPost, "/interventions", maria, word, "Idempotency-Key", "k").is(http.StatusOK)
	require.Equal(t, r.body, again.body)
	s.about(sam, http.MethodPost, "/interventions", gwen, word).is(http.StatusConflict).problem(KindConflict)

	log := s.about(sam, http.MethodGet, "/earning", maria, "").is(http.StatusOK)
	require.Equal(t, 2, log.count("items"))
	require.Equal(t, "intervention", log.text("items.0.kind"))
	require.Equal(t, maria, log.text("items.0.actor"))
	require.Equal(t, "Listened to three of his calls with him", log.text("items.0.text"))
	require.Nil(t, log.get("items.0.conversations"))
	require.Equal(t, "system", log.text("items.1.actor"))
	require.EqualValues(t, 8, log.get("items.1.conversations"))
	require.EqualValues(t, 3, log.get("items.1.results"))
	require.EqualValues(t, 50, log.get("items.1.norm"))

	page := s.about(sam, http.MethodGet, "/earning?limit=1", maria, "").is(http.StatusOK)
	require.Equal(t, log.text("items.0.id"), page.text("items.0.id"))
	next := s.about(sam, http.MethodGet, "/earning?limit=1&cursor="+page.text("next_cursor"), maria, "").is(http.StatusOK)
	require.Equal(t, log.text("items.1.id"), next.text("items.0.id"))
	require.Nil(t, next.get("next_cursor"))
	s.about(sam, http.MethodGet, "/earning?cursor=x", maria, "").is(http.StatusBadRequest)
}

func TestSomebodyIsLetOffTheNorm(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.pauses(sam)
	exempt := func(of, by, until string) received {
		return s.about(of, http.MethodPost, "/exemption", by, `{"until":"`+until+`","text":"New here since November"}`)
	}
	for _, until := range []string{"2026-11-24T08:00:00Z", "2027-11-26T09:00:00Z"} {
		require.Equal(t, "until", exempt(sam, maria, until).is(http.StatusUnprocessableEntity).text("errors.0.field"))
	}
	exempt(maria, maria, "2026-12-24T08:00:00Z").is(http.StatusForbidden)
	exempt(gwen, maria, "2026-12-24T08:00:00Z").is(http.StatusConflict)
	r := exempt(sam, maria, "2026-12-24T09:00:00+01:00").is(http.StatusOK)
	require.Equal(t, "2026-12-24T08:00:00Z", r.text("exempt_until"))
	require.Nil(t, r.get("paused_since"), "the pause is over")
	r = s.about(sam, http.MethodDelete, "/exemption", gwen, "").is(http.StatusOK)
	require.Nil(t, r.get("exempt_until"))
	s.about(sam, http.MethodDelete, "/exemption", gwen, "").is(http.StatusConflict)
	log := s.about(sam, http.MethodGet, "/earning", maria, "").is(http.StatusOK)
	require.Equal(t, "exemption_ended", log.text("items.0.kind"))
	require.Equal(t, gwen, log.text("items.0.actor"))
	require.Equal(t, "2026-12-24T08:00:00Z", log.text("items.1.until"))
}

func TestAPolicyWithoutANormPausesNobody(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.pauses(sam)
	s.call(s.staff, http.MethodPut, "/v1/policy", noNorm, "Content-Type", "application/yaml", "X-Actor", maria).is(http.StatusOK)
	r := s.member(sam)
	require.Nil(t, r.get("paused_since"))
	require.Nil(t, r.get("earning"))
}

// The names of the roles that own leads are told in the description.
func TestTheDescriptionNamesTheRolesThatSell(t *testing.T) {
	t.Parallel()
	doc, err := description()
	require.NoError(t, err)
	for _, r := range []lead.Role{lead.RoleBDC, lead.RoleSalesperson, lead.RoleSalesManager, lead.RoleGeneralManager, lead.RoleMarketer, lead.RoleAdmin} {
		require.Equal(t, r.Sells(), strings.Contains(doc.Operation("AddStaff").Description, "`"+string(r)+"`"), r)
	}
}
