package test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/internal/testkit/sendgridtest"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// marks are what a customer and those who work for him said: everything that
// anybody typed in what follows begins with zebu, and his numbers are these.
var marks = regexp.MustCompile(`(?i)zebu\w*|628419077|28 41 90 77|9876 ?XZ|\w+@demo\.example`)

// form sends a form.
var asForm = map[string]string{"Content-Type": "application/x-www-form-urlencoded"}

// zebu is the customer, as a portal tells him.
func zebu(externalID, comments string) string {
	return `{"external_id": "` + externalID + `", "channel": "web", "request": "test_drive", "campaign": "zebucampaign",
		"customer": {"first_name": "Zebufirst", "infix": "van", "last_name": "Zebulast", "full_name": "Zebufull", "email": "zebumail@mail.example",
			"phone": "06 28 41 90 77", "postal_code": "9876 XZ", "city": "Zebucity", "language": "nl",
			"consent": [{"purpose": "offers", "channel": "email", "wording": "zebuwording", "at": "2026-11-24T08:00:00Z"}]},
		"vehicle": {"condition": "used", "make": "Zebumake", "model": "Zebumodel", "trim": "zebutrim", "vin": "ZEBUVIN", "stock_number": "zebustock"},
		"trade_in": {"make": "Zebutrade", "model": "Zebutrade"}, "comments": "` + comments + `", "zebufield": "zebu"}`
}

// A customer goes through everything that Doorbell can do with him, on the real
// engine, while his mails fail, callers err and the operator types nonsense.
// What is personal stays in the tables of Postgres that are for it: nothing of
// it is in Temporal, in logs, figures or refusals, nor in the tables whose
// content goes there.
func TestNothingPersonalLeavesPostgres(t *testing.T) {
	provider := sendgridtest.New(t)
	sender, err := message.Choose(message.Settings{SendGridKey: sendgridtest.Key, SendGridBaseURL: provider.URL})
	require.NoError(t, err)
	d := opensWith(t, dealership.Options{Opens: "2026-11-24 10:00", Sender: sender})
	d.keepsOutbox()
	// The first mails fail, and the answers quote the customer's address.
	provider.Script(sendgridtest.Status(http.StatusBadRequest), sendgridtest.Status(http.StatusInternalServerError), sendgridtest.Status(http.StatusRequestEntityTooLarge))
	answer := d.door.Post("portal", "application/json", zebu("zebu-1", "zebucomment"))
	require.Equal(t, http.StatusAccepted, answer.Status, answer.Text)
	l := lead{d, answer.Body["id"].(string)}
	d.Await(func() bool { return d.State(l.id).Step > 0 }, "the lead is being worked")

	d.isWorked(l)
	d.isRefused(l)
	before := d.inTemporal(workflows.ID(l.id))
	d.isClosedAndOpenedAgain(l)

	places := map[string]string{
		"Temporal's history of the first run": before,
		"Temporal":                            d.inTemporal(workflows.ID(l.id)),
		"Temporal, of other leads":            d.inTemporal(d.workflows("lead", l.id)...),
		"Temporal, of follow-ups":             d.inTemporal(d.workflows("follow_up", l.id)...),
		"the door's log":                      d.door.Logged(),
		"the log of worker, relay and SDK":    d.Logged(),
		"the figures":                         d.door.Do(http.MethodGet, "/metrics", nil, "").Text,
		"refusals":                            told.ReplaceAllString(d.door.Problems(), ""),
	}
	for _, table := range []string{"timeline", "outbox_seen", "trail", "policy_application", "earning_entry"} {
		places["the table "+table] = d.everyRow(table)
	}
	for _, table := range []string{"lead", "follow_up"} {
		require.NoError(t, d.Store.Pool.QueryRow(t.Context(), `SELECT coalesce(string_agg(process::text, ' '), '') FROM `+table).Scan(&answer.Text))
		places["the process in the table "+table] = answer.Text
	}
	leaks := map[string][]string{}
	for place, text := range places {
		if !strings.HasPrefix(place, "the table") {
			require.NotEmpty(t, text, place)
		}
		if found := marks.FindAllString(text, 5); len(found) > 0 {
			leaks[place] = found
		}
	}
	require.Empty(t, leaks)
	d.isFoundByTheSearch(l)
}

// told is what a refusal may hold of what was typed: the lead as it now stands,
// which a conflict shows to who may see it, and the name of a field that there
// is not.
var told = regexp.MustCompile(`"lead":\{.*\}|details\.zebudetail`)

// isWorked has the lead escalated, called about, mailed about and visited.
func (d dealer) isWorked(l lead) {
	d.t.Helper()
	d.Advance("70m")
	require.Positive(d.t, l.count("escalated"))
	l.does(l.owner(), "attempts", map[string]any{"channel": "phone", "direction": "out", "outcome": "voicemail", "note": "zebunote"})
	l.does(l.owner(), "attempts", map[string]any{"channel": "phone", "direction": "out", "outcome": "reached", "note": "zebunote"})
	l.does(l.owner(), "notes", map[string]any{"text": "zebunote"})
	l.does(l.owner(), "messages", map[string]any{"subject": "zebusubject", "text": "zebutext"})
	l.does(manager, "assign", map[string]any{"to": uma, "reason": "zebureason"})
	answer := l.does(l.owner(), "appointments", map[string]any{
		"kind": "showroom", "starts_at": d.At("2026-11-27 14:00"), "duration_min": 45, "note": "zebuappointment",
	})
	require.Equal(d.t, "zebuappointment", answer.Body["appointment"].(map[string]any)["note"], "and his name, and all that: it is kept")

	// The customer moves it by the link in his mail.
	link := "/c/" + message.Sign(dealership.Secret, "customer", l.id)
	page := d.door.Do(http.MethodGet, link, nil, "").Text
	require.Contains(d.t, page, "14:00")
	slot := regexp.MustCompile(`name="at" value="(\d+)"`).FindStringSubmatch(page)
	require.NotNil(d.t, slot)
	moved := d.door.Do(http.MethodPost, link+"/move", asForm, form(page, "move")+"&at="+slot[1]+"&said=zebusaid")
	require.Equal(d.t, http.StatusOK, moved.Status, moved.Text)
	d.Settle()
	require.Equal(d.t, 1, l.count("appointment_moved"))

	// He asks again, elsewhere and here, with more; and once unreadably.
	for source, body := range map[string]string{"website": zebu("zebu-2", "zebuagain"), "portal": zebu("zebu-1", "zebumore")} {
		require.Less(d.t, d.door.Post(source, "application/json", body).Status, 300)
		d.Settle()
	}
	held := d.door.Post("portal", "text/xml", "<adf><prospect><customer><contact><name>Zebuadf</name></contact></customer></prospect></adf>")
	require.Equal(d.t, http.StatusAccepted, held.Status, held.Text)
	require.NotEmpty(d.t, held.Body["quarantined"])
	id := held.Body["quarantined"].([]any)[0].(map[string]any)["id"].(string)
	require.Contains(d.t, d.door.As(manager, http.MethodGet, "/v1/quarantine/"+id, nil).Text, "Zebuadf")
	made := d.door.As(manager, http.MethodPost, "/v1/quarantine/"+id+"/lead", map[string]any{
		"channel": "email", "customer": map[string]any{"last_name": "Zebuhand", "phone": "06 12345600"}, "comments": "zebuhand",
	})
	require.Equal(d.t, http.StatusAccepted, made.Status, made.Text)
	other := made.Body["id"].(string)
	d.Await(func() bool { return d.State(other).Step > 0 }, "the lead is being worked")
	d.Settle()
}

// isRefused has everybody err: callers of the API, browsers, the operator.
func (d dealer) isRefused(l lead) {
	d.t.Helper()
	integration := map[string]string{
		"Authorization": "Bearer " + d.door.Keys["integration"], "X-Actor": l.owner(), "Content-Type": "application/json", "Idempotency-Key": "zebukey",
	}
	refused := func(method, path, body string) {
		d.t.Helper()
		answer := d.door.Do(method, path, integration, body)
		require.GreaterOrEqual(d.t, answer.Status, 400, "%s %s: %s", method, path, answer.Text)
	}
	on := "/v1/leads/" + l.id
	refused(http.MethodPost, on+"/close", `{"reason": "zebureason", "details": {"zebudetail": "zebu"}, "note": "zebunote"}`)
	refused(http.MethodPost, on+"/close", `{"reason": "not_reached", "details": {"zebudetail": "zebu"}, "note": "zebunote"}`)
	refused(http.MethodPost, on+"/close", `{"reason": "prefers_another_car", "details": {"make": "zebumake", "condition": "zebucondition"}}`)
	refused(http.MethodPost, on+"/attempts", `{"channel": "zebu", "outcome": "zebuoutcome", "note": 7, "at": "zebutime"}`)
	refused(http.MethodPost, on+"/attempts", `{"note": "zebu" `)
	refused(http.MethodPost, on+"/messages", `{"template": "zebutemplate", "subject": "zebu\nsubject"}`)
	refused(http.MethodPost, on+"/assign", `{"to": "zebu@mail.example"}`)
	refused(http.MethodPost, on+"/appointments", `{"kind": "showroom", "starts_at": "2020-01-01T10:00:00Z", "duration_min": 45, "note": "zebunote"}`)
	refused(http.MethodPost, on+"/appointments/zebu/confirm", `{"note": "zebunote"}`)
	refused(http.MethodPost, on+"/closing/approve", `{"note": "zebunote"}`)
	refused(http.MethodGet, "/v1/leads/zebu", "")
	refused(http.MethodGet, "/v1/zebu?q=zebu@mail.example", "")
	refused(http.MethodGet, "/v1/leads?owner=me&cursor=zebu&status=zebustatus", "")
	refused(http.MethodPost, "/v1/staff", `{"name": "Zebu", "email": "zebu", "role": "zebu"}`)
	integration["X-Actor"] = "zebu@mail.example"
	refused(http.MethodPost, on+"/notes", `{"text": "zebunote"}`)
	integration["X-Actor"] = manager
	d.door.Do(http.MethodGet, "/v1/leads?q=zebumail@mail.example", integration, "")
	d.door.Post("website", "text/plain", "zebu")
	d.door.Post("website", "application/json", `{"customer": {"last_name": "Zebulast"}}`)
	d.door.Post("website", "application/json", `{"customer": "zebu`)
	d.door.Do(http.MethodPost, "/c/zebu.zebu/move", asForm, "at=zebu")
	d.door.Do(http.MethodPost, "/c/"+message.Sign(dealership.Secret, "customer", l.id)+"/move", asForm, "at=zebu&proof=zebu")
	stranger := browse.Anybody(d.t, d.door)
	stranger.Post("/sign-in", url.Values{"email": {"zebu@mail.example"}, "password": {"zebupassword"}, "to": {"/zebu"}})
	stranger.Post("/forgotten", url.Values{"email": {"zebu@mail.example"}})
	browse.SignIn(d.t, d.door, l.owner()).Get("/board?q=zebulast")
	browse.SignIn(d.t, d.door, l.owner()).Post("/leads/"+l.id+"/notes", url.Values{"text": {"zebunote"}, "zebu": {"zebu"}})

	// The operator sends what nobody can read.
	for name, payload := range map[string]any{"attempt": "nonsense", "note": 7, "decide": []string{}, "close": map[string]any{"reason": 7}, "unheard_of": "nonsense"} {
		require.NoError(d.t, d.Client.SignalWorkflow(d.t.Context(), workflows.ID(l.id), "", name, payload))
	}
	require.NoError(d.t, d.Client.CancelWorkflow(d.t.Context(), workflows.ID(l.id), ""))
	d.Await(func() bool { return l.count("refused") >= 3 }, "nonsense is refused on the timeline")
	d.Settle()
}

// isClosedAndOpenedAgain takes the lead to its end twice.
func (d dealer) isClosedAndOpenedAgain(l lead) {
	d.t.Helper()
	car := map[string]any{"make": "zebumake", "model": "zebumodel", "condition": "new"}
	require.Equal(d.t, http.StatusAccepted, l.closes(l.owner(), "prefers_another_car", car).Status)
	l.does(manager, "closing/reject", map[string]any{"note": "zebureject"})
	require.Equal(d.t, http.StatusAccepted, l.closes(l.owner(), "prefers_another_car", car).Status)
	l.does(manager, "closing/approve", map[string]any{"note": "zebuapprove"})
	require.Equal(d.t, "closed", l.is("status"))
	search := l.followUp("stock_search")
	require.Equal(d.t, http.StatusOK, search.does(manager, "assign", map[string]any{"to": director, "note": "zebufollow"}).Status)
	require.Equal(d.t, http.StatusOK, search.does(director, "done", map[string]any{"note": "zebufound"}).Status)
	l.does(manager, "reopen", map[string]any{"note": "zebureopen"})
	l.does(l.owner(), "customer", map[string]any{"do_not_contact": []string{"phone"}, "note": "zebuwish"})
	link := "/c/" + message.Sign(dealership.Secret, "customer", l.id) + "/object"
	objects := d.door.Do(http.MethodGet, link, nil, "")
	require.Equal(d.t, http.StatusOK, objects.Status)
	d.door.Do(http.MethodPost, link, asForm, form(objects.Text, "object")+"&no=email&why=zebuwhy")
	d.Settle()
	d.Advance("26h")
}

// isFoundByTheSearch plants what the search above did not find, and finds it: a
// search that cannot find anything proves nothing. Only who may signal workflows
// can put it there, and it gets no further.
func (d dealer) isFoundByTheSearch(l lead) {
	d.t.Helper()
	refused := l.count("refused")
	require.NoError(d.t, d.Client.SignalWorkflow(d.t.Context(), workflows.ID(l.id), "", "note", map[string]any{
		"text": "zebuplain", "note_id": []byte("zebuhidden"), "more": map[string]any{"Zebukey": "06 28 41 90 77"},
	}))
	d.Await(func() bool { return l.count("refused") > refused }, "it is refused")
	found := marks.FindAllString(d.inTemporal(workflows.ID(l.id)), -1)
	require.Subset(d.t, found, []string{"zebuplain", "zebuhidden", "Zebukey", "28 41 90 77"})
	require.Empty(d.t, marks.FindAllString(d.everyRow("timeline")+d.Logged(), -1), "there it stays")
}

// keepsOutbox keeps what the outbox held: its rows go when Temporal has them.
func (d dealer) keepsOutbox() {
	d.t.Helper()
	_, err := d.Store.Pool.Exec(d.t.Context(), `
		CREATE TABLE outbox_seen (happening jsonb);
		CREATE FUNCTION see_outbox() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
			$$ BEGIN INSERT INTO outbox_seen VALUES (NEW.happening); RETURN NEW; END $$;
		CREATE TRIGGER see_outbox AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION see_outbox()`)
	require.NoError(d.t, err)
}

// workflows are those of a table's rows, but for one.
func (d dealer) workflows(table, but string) []string {
	d.t.Helper()
	rows, err := d.Store.Pool.Query(d.t.Context(), `SELECT id::text FROM `+table+` WHERE step > 0 AND id::text <> $1`, but)
	require.NoError(d.t, err)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(d.t, err)
	for i, id := range ids {
		ids[i] = workflows.ID(id)
		if table == "follow_up" {
			ids[i] = workflows.FollowUpID(id)
		}
	}
	require.NotEmpty(d.t, ids, table)
	return ids
}
