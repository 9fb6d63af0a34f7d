package test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/worker"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// marked are the words of a customer by which he is found again.
var marked = []string{"canar", "28419077"}

// canary is a customer all of whose words are marked.
func canary(more enquiry) enquiry {
	more.name, more.phone = "Canarius", "06 28419077"
	if more.email == "" {
		more.email = "canary@mail.example"
	}
	if more.extra == "" {
		more.extra = `"comments": "canarycomment", "trade_in": {"make": "Opel", "model": "canarytrade", "year": 2017}`
	}
	return more
}

// worked is the canary's lead after colleagues have done everything with it
// that leaves a trace.
func (d dealer) worked() lead {
	d.t.Helper()
	l := d.receives(canary(enquiry{externalID: "canary-1"}))
	by := l.owner()
	l.does(by, "attempts", map[string]any{"channel": "phone", "direction": "out", "outcome": "reached", "note": "canarynote", "call_id": "canarycall"})
	l.does(by, "notes", map[string]any{"text": "canarynote"})
	l.does(by, "messages", map[string]any{"subject": "canarysubject", "text": "canarytext"})
	l.books("showroom", "2026-11-26 14:00", false)
	answer := d.door.Do(http.MethodPost, "/v1/leads/"+l.id+"/notes", map[string]string{
		"Authorization": "Bearer " + d.door.Keys["integration"], "X-Actor": by, "Content-Type": "application/json", "Idempotency-Key": "canary-key-1",
	}, `{"text": "canarynote"}`)
	require.Equal(d.t, http.StatusOK, answer.Status, answer.Text)
	return l
}

// erases has the canary erased and waits until the processes know.
func (d dealer) erases(e store.Erasing) store.Erased {
	d.t.Helper()
	e.Kind, e.Normalised, e.Why = store.Email, "canary@mail.example", store.AskedToErase
	if e.Actor == "" {
		e.Actor = process.Operator
	}
	done, err := d.Store.Erase(store.ForDealer(context.Background(), d.ID), d.ID, e)
	require.NoError(d.t, err)
	d.Bell.Wake()
	d.Settle()
	return done
}

// traces says where in the database a customer's words still stand, as table
// and row: in any column, as text or as bytes.
func (d dealer) traces() []string {
	d.t.Helper()
	ctx := context.Background()
	rows, err := d.Store.Pool.Query(ctx, `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`)
	require.NoError(d.t, err)
	defer rows.Close()
	var tables, found []string
	for rows.Next() {
		var name string
		require.NoError(d.t, rows.Scan(&name))
		tables = append(tables, name)
	}
	require.NoError(d.t, rows.Err())
	for _, table := range tables {
		for _, word := range marked {
			var n int
			query := fmt.Sprintf(`SELECT count(*) FROM %s t WHERE t::text ILIKE '%%' || $1 || '%%' OR t::text LIKE '%%' || $2 || '%%'`, table)
			require.NoError(d.t, d.Store.Pool.QueryRow(ctx, query, word, hex.EncodeToString([]byte(word))).Scan(&n))
			if n > 0 {
				found = append(found, fmt.Sprintf("%s: %d rows with %s", table, n, word))
			}
		}
	}
	return found
}

// R29: a person is erased from everywhere, whatever was done with his lead; the
// lead's process ends, and erasing again does nothing.
func TestAPersonIsErased(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.worked()
	other := d.receives(canary(enquiry{source: "portal", email: "canary.work@mail.example", car: "Dacia Duster", externalID: "canary-2"}))
	held := d.door.Post("portal", "application/xml", "<adf>canary@mail.example cannot be read")
	require.Equal(t, http.StatusUnprocessableEntity, held.Status)
	neighbour := d.receives(enquiry{name: "Buurman"})
	d.Settle()
	require.NotEmpty(t, d.traces(), "there is something to erase")

	tried := d.erases(store.Erasing{Try: true})
	require.NotEmpty(t, d.traces(), "trying changes nothing")
	require.Len(t, tried.Leads, 2, "whoever shares a number is the same person")
	require.Equal(t, "open", l.is("status"))

	done := d.erases(store.Erasing{})
	require.Equal(t, tried, done, "what was told before is what was done")
	require.Equal(t, []int64{3, 1, 1, 1}, []int64{done.Notes, done.Mails, done.Calls, done.Held})
	for _, one := range []lead{l, other} {
		d.Await(func() bool { return d.State(one.id).Status == "closed" }, "its process ends")
		d.Settle()
		require.Equal(t, "no_more_calls", d.State(one.id).CloseReason)
		require.Equal(t, 1, one.count("erased"))
		require.Equal(t, "closed", last(d.Events(one.id)))
	}
	require.Empty(t, d.traces())
	require.Equal(t, "open", neighbour.is("status"), "nobody else is touched")

	again, err := d.Store.Erase(context.Background(), d.ID, store.Erasing{Whom: store.Whom{Lead: uuid.MustParse(l.id)}, Actor: process.Operator, Why: store.AskedToErase})
	require.NoError(t, err)
	require.Empty(t, again.Leads)
	require.Equal(t, 1, l.count("erased"))
}

func last(list []string) string { return list[len(list)-1] }

// Whatever is sent again brings nothing back: it is known, and nothing of it is
// stored.
func TestAnErasedPersonStaysErased(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	adfText := `<?xml version="1.0"?><adf><prospect><id sequence="1" source="x">canary-adf</id><requestdate>2026-11-24T10:00:00+01:00</requestdate>
		<vehicle><make>Renault</make><model>Clio</model></vehicle><customer><contact><name part="full">Canarius</name><email>canary@mail.example</email>
		<phone>06 28419077</phone></contact></customer><vendor><contact><name part="full">De Linde</name></contact></vendor></prospect></adf>`
	byID := canary(enquiry{externalID: "canary-1"}).body()
	plain := canary(enquiry{car: "Dacia Sandero"}).body()
	keyed := canary(enquiry{car: "Dacia Jogger"}).body()
	post := func(source, kind, body, key string) (status int, id any) {
		header := map[string]string{"Authorization": "Bearer " + d.door.Keys[source], "Content-Type": kind}
		if key != "" {
			header["Idempotency-Key"] = key
		}
		answer := d.door.Do(http.MethodPost, "/v1/leads", header, body)
		if leads, several := answer.Body["leads"].([]any); several {
			return answer.Status, leads[0].(map[string]any)["id"]
		}
		return answer.Status, answer.Body["id"]
	}
	first := map[string]any{}
	for name, m := range map[string][4]string{
		"by id": {"website", "application/json", byID, ""}, "without an id": {"website", "application/json", plain, ""},
		"under a key": {"website", "application/json", keyed, "canary-key"}, "adf": {"portal", adf, adfText, ""},
	} {
		status, id := post(m[0], m[1], m[2], m[3])
		require.Contains(t, []int{http.StatusAccepted}, status, name)
		first[name] = id
	}
	d.Await(func() bool { return waiting(d) == 0 }, "all are told")
	d.Settle()
	// One that just hears of another may be writing a mail, which goes out meanwhile.
	for _, id := range first {
		d.Await(func() bool { return d.idle(workflows.ID(id.(string))) }, "it has nothing under way")
	}
	d.erases(store.Erasing{})
	d.Await(func() bool { return stillOpen(d) == 0 }, "all processes end")
	require.Empty(t, d.traces())
	before := d.numbers()

	for _, again := range []struct{ name, of, source, kind, body, key string }{
		{"the same id", "by id", "website", "application/json", byID, ""},
		{"the same id under a new key", "by id", "website", "application/json", byID, "canary-other-key"},
		{"the same id with more in it", "by id", "website", "application/json", canary(enquiry{externalID: "canary-1", car: "Renault Zoe", email: "canary.new@mail.example"}).body(), ""},
		{"the very same message", "without an id", "website", "application/json", plain, ""},
		{"the same key", "under a key", "website", "application/json", keyed, "canary-key"},
		{"the same message without its key", "under a key", "website", "application/json", keyed, ""},
		{"the same prospect", "adf", "portal", adf, adfText, ""},
		{"the provider's resend", "adf", "portal", adf, strings.Replace(adfText, "<prospect>", "<prospect status=\"resend\">", 1), ""},
	} {
		status, id := post(again.source, again.kind, again.body, again.key)
		require.Contains(t, []int{http.StatusOK, http.StatusAccepted}, status, again.name)
		require.Equal(t, first[again.of], id, again.name)
		d.Settle()
		require.Empty(t, d.traces(), again.name)
	}
	require.Equal(t, before, d.numbers(), "no lead more")

	l := lead{d, first["by id"].(string)}
	for action, body := range map[string]map[string]any{
		"notes": {"text": "canarynote"}, "attempts": {"channel": "phone", "direction": "out", "outcome": "reached", "note": "canarynote"},
		"messages": {"subject": "canarysubject", "text": "canarytext"}, "reopen": {"note": "canarynote"},
	} {
		answer := l.tries(manager, action, body)
		require.Equal(t, http.StatusConflict, answer.Status, action)
		require.Contains(t, answer.Text, "erased", action)
	}
	require.Empty(t, d.traces())

	// Who asks anew is somebody new: that is what he wants now.
	fresh := d.receives(canary(enquiry{externalID: "canary-2"}))
	require.NotEqual(t, l.id, fresh.id)
	require.Len(t, d.Mails("canary@mail.example"), 1, "and he is answered")
}

// idle reports whether a workflow has nothing to decide and nothing to send.
func (d dealer) idle(id string) bool {
	d.t.Helper()
	about, err := d.Client.DescribeWorkflowExecution(context.Background(), id, "")
	if _, none := errors.AsType[*serviceerror.NotFound](err); none {
		return true // another lead's process works it
	}
	require.NoError(d.t, err)
	return about.GetPendingWorkflowTask() == nil && len(about.GetPendingActivities()) == 0
}

// waiting counts what has still to be told, and stillOpen what is not over.
func waiting(d dealer) (n int) {
	require.NoError(d.t, d.Store.Pool.QueryRow(context.Background(), `SELECT count(*) FROM lead WHERE step = 0 AND duplicate_of IS NULL`).Scan(&n))
	return n
}

func stillOpen(d dealer) (n int) {
	require.NoError(d.t, d.Store.Pool.QueryRow(context.Background(), `SELECT count(*) FROM lead WHERE status <> 'closed'`).Scan(&n))
	return n
}

// numbers are what reports count of the leads: of each how many there are with
// this source, day, car and end.
func (d dealer) numbers() []string {
	d.t.Helper()
	rows, err := d.Store.Pool.Query(context.Background(), `
		SELECT concat_ws(' ', l.id, l.source_id, l.received_at, l.channel, l.request, l.campaign, l.condition, l.make, l.model, l.price_amount, l.test,
			l.phase, l.stage, l.status, l.close_reason, l.closed_at, l.owner_id, l.first_live_at, l.first_conversation_at, l.attempts_made, l.attempts_counted,
			(SELECT count(*) FROM attempt a WHERE a.lead_id = l.id), (SELECT count(*) FROM appointment a WHERE a.lead_id = l.id),
			(SELECT string_agg(m.template || m.state, ',' ORDER BY m.created_at, m.id) FROM message m WHERE m.lead_id = l.id),
			(SELECT string_agg(c.reason || c.state || (c.details ->> 'brand'), ',' ORDER BY c.id) FROM closing c WHERE c.lead_id = l.id),
			(SELECT string_agg(f.kind, ',' ORDER BY f.id) FROM follow_up f WHERE f.lead_id = l.id))
		FROM lead l ORDER BY l.id`)
	require.NoError(d.t, err)
	defer rows.Close()
	var out []string
	for rows.Next() {
		var one string
		require.NoError(d.t, rows.Scan(&one))
		out = append(out, one)
	}
	require.NoError(d.t, rows.Err())
	return out
}

// Erasing takes nothing out of a figure: of a lead that is over every number
// stays as it was, in the tables and in what the API and the desk show.
func TestErasingKeepsFiguresTrue(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.worked()
	answer := l.closes(manager, "bought_another_car", map[string]any{"brand": "other", "dealer": "own", "area": "own"})
	require.Less(t, answer.Status, 300, answer.Text)
	if d.State(l.id).Status == "closing" {
		l.does(director, "closing/approve", map[string]any{"note": "canarynote"})
	}
	d.receives(enquiry{name: "Buurman"})
	shown := func() []int {
		var counts []int
		for _, list := range []string{
			"celebrations", "leads?status=closed", "leads?stage=lost", "leads?source=website", "leads?owner=" + l.owner(), "leads?status=open",
		} {
			a := d.door.As(director, http.MethodGet, "/v1/"+list, nil)
			require.Equal(t, http.StatusOK, a.Status, list)
			counts = append(counts, len(a.Body["items"].([]any)))
		}
		return counts
	}
	numbers, before := d.numbers(), shown()
	d.erases(store.Erasing{})
	require.Empty(t, d.traces())
	require.Equal(t, numbers, d.numbers())
	require.Equal(t, before, shown())
}

// Whoever does not want to be contacted is known again after he was erased, by
// what is no longer his number or his address.
func TestARefusalOutlivesTheErasing(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(canary(enquiry{}))
	l.does(l.owner(), "customer", map[string]any{"do_not_contact": []string{"email"}})
	d.erases(store.Erasing{})
	require.Empty(t, d.traces(), "no list has the address")

	fresh := d.receives(canary(enquiry{source: "portal", externalID: "bought-list-7"}))
	require.Empty(t, d.Mails("canary@mail.example"), "nothing is sent to who refused it")
	require.Contains(t, fmt.Sprint(fresh.now()["customer"].(map[string]any)["do_not_contact"]), "email")
	fresh.calls("no_answer") // he refused mails only

	d.erases(store.Erasing{KeepOut: true})
	last := d.receives(canary(enquiry{source: "portal", externalID: "bought-list-8"}))
	require.Equal(t, "[email phone sms]", fmt.Sprint(last.now()["customer"].(map[string]any)["do_not_contact"]))
	answer := last.tries(last.owner(), "attempts", map[string]any{"channel": "phone", "direction": "out", "outcome": "reached"})
	require.Equal(t, http.StatusConflict, answer.Status, "he must not be called")
	require.Zero(t, last.count("attempt_due"))
}

// Everything that is held about a person comes out in one document, what a
// machine keeps for itself excepted.
func TestAPersonSeesWhatIsHeld(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.worked()
	d.receives(enquiry{name: "Buurman"})
	held := d.door.Post("portal", "application/xml", "<adf>canary@mail.example cannot be read")
	require.Equal(t, http.StatusUnprocessableEntity, held.Status)
	l.does(l.owner(), "consent", map[string]any{"purpose": "offers", "channel": "email", "given": true, "wording": "canaryconsent"})
	l.does(l.owner(), "customer", map[string]any{"do_not_contact": []string{"email"}})

	require.Equal(t, http.StatusForbidden, d.door.As(sam, http.MethodGet, "/v1/leads/"+l.id+"/customer/export", nil).Status)
	answer := d.door.As(director, http.MethodGet, "/v1/leads/"+l.id+"/customer/export", nil)
	require.Equal(t, http.StatusOK, answer.Status, answer.Text)
	require.Equal(t, "doorbell.customer.v1", answer.Body["format"])
	for _, word := range []string{
		"Canarius", "06 28419077", "+31628419077", "canary@mail.example", "canarycomment", "canarytrade", "canarynote", "canarycall", "canarysubject", "canarytext",
		"canary-1", "canaryconsent", "cannot be read", "thank-you", "2026-11-26T13:00:00Z",
	} {
		require.Contains(t, answer.Text, word)
	}
	require.NotContains(t, answer.Text, "Buurman")
	ledger := answer.Body["customers"].([]any)[0].(map[string]any)["consent"].([]any)
	require.Len(t, ledger, 2, "given, and taken back by refusing mails")
	require.Equal(t, []any{true, false}, []any{ledger[0].(map[string]any)["given"], ledger[1].(map[string]any)["given"]})

	tried := d.door.As(director, http.MethodPost, "/v1/leads/"+l.id+"/customer/erase", map[string]any{"dry_run": true})
	require.Equal(t, http.StatusOK, tried.Status, tried.Text)
	require.NotEmpty(t, d.traces())
	require.Equal(t, http.StatusForbidden, d.door.As(manager, http.MethodPost, "/v1/leads/"+l.id+"/customer/erase", map[string]any{"dry_run": false}).Status)
	erased := d.door.As(director, http.MethodPost, "/v1/leads/"+l.id+"/customer/erase", map[string]any{"dry_run": false})
	require.Equal(t, tried.Body, erased.Body)
	d.Settle()
	require.Empty(t, d.traces())
	require.NotNil(t, l.now()["customer"].(map[string]any)["erased_at"])
}

// Others' prospects that wait in quarantine are not lost because somebody in
// the same message is erased.
func TestOthersInTheSameMessageAreNotLost(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	prospect := func(contact string) string {
		return `<prospect><requestdate>2026-11-24T10:00:00+01:00</requestdate><vehicle><make>Renault</make><model>Clio</model></vehicle><customer><contact>` +
			contact + `</contact></customer><vendor><contact><name part="full">De Linde</name></contact></vendor></prospect>`
	}
	answer := d.door.Post("portal", adf, `<?xml version="1.0"?><adf>`+prospect(`<name part="full">Canarius</name><email>canary@mail.example</email>`)+
		prospect(`<name part="full">Zonder</name>`)+`</adf>`)
	require.Equal(t, http.StatusAccepted, answer.Status, answer.Text)
	id := answer.Body["leads"].([]any)[0].(map[string]any)["id"].(string)
	held := answer.Body["quarantined"].([]any)[0].(map[string]any)["id"].(string)
	d.Settle()
	refused := d.door.As(director, http.MethodPost, "/v1/leads/"+id+"/customer/erase", map[string]any{"dry_run": false})
	require.Equal(t, http.StatusConflict, refused.Status)
	require.Contains(t, refused.Text, "quarantine")
	require.NotEmpty(t, d.traces())

	made := d.door.As(manager, http.MethodPost, "/v1/quarantine/"+held+"/lead", map[string]any{"source": "portal", "customer": map[string]any{"last_name": "Zonder", "phone": "0612345678"}})
	require.Less(t, made.Status, 300, made.Text)
	d.Settle()
	require.Equal(t, http.StatusOK, d.door.As(director, http.MethodPost, "/v1/leads/"+id+"/customer/erase", map[string]any{"dry_run": false}).Status)
	d.Settle()
	require.Empty(t, d.traces())
}

// Whoever takes back his consent to offers still gets what he asked for, and
// nothing that he did not.
func TestWithdrawnConsentStopsWhatNobodyAskedFor(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(canary(enquiry{}))
	l.does(l.owner(), "consent", map[string]any{"purpose": "offers", "channel": "email", "given": false})
	l.does(l.owner(), "messages", map[string]any{"template": "still-interested"})
	require.Len(t, d.Mails("canary@mail.example"), 1, "only the answer of the first minute")
	l.does(l.owner(), "messages", map[string]any{"subject": "Uw vraag", "text": "Ja, dat kan."})
	require.Len(t, d.Mails("canary@mail.example"), 2)
	l.does(l.owner(), "consent", map[string]any{"purpose": "offers", "channel": "email", "given": true, "wording": "On the phone"})
	l.does(l.owner(), "messages", map[string]any{"template": "still-interested"})
	require.Len(t, d.Mails("canary@mail.example"), 3, "he changed his mind")
}

// Every night a schedule erases whom a dealer has kept for long enough. Workers
// that start at once keep one schedule.
func TestRetentionRunsByItself(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.worked()
	answer := l.closes(manager, "no_more_calls", map[string]any{"channels": "phone"})
	require.Less(t, answer.Status, 300, answer.Text)
	d.AdvanceTo(d.At("2027-11-25 10:00"))
	require.NotEmpty(t, d.traces())

	ctx := context.Background()
	var all sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		all.Go(func() { errs[i] = worker.Schedule(ctx, d.Client, d.Leads.Queue) })
	}
	all.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	schedule := d.Client.ScheduleClient().GetHandle(ctx, worker.RetentionScheduleID(d.Leads.Queue))
	t.Cleanup(func() {
		_ = schedule.Delete(ctx)
		_ = d.Client.ScheduleClient().GetHandle(ctx, worker.AuditScheduleID(d.Leads.Queue)).Delete(ctx)
	})
	require.NoError(t, schedule.Trigger(ctx, client.ScheduleTriggerOptions{}))
	d.Await(func() bool {
		var ran int
		require.NoError(t, d.Store.Pool.QueryRow(ctx, `SELECT count(*) FROM privacy WHERE ran_at IS NOT NULL AND people = 1 AND messages = 0`).Scan(&ran))
		return ran == 1
	}, "the run is through")
	require.Empty(t, d.traces())
	require.Equal(t, 1, l.count("erased"))
	metrics := d.door.Do(http.MethodGet, "/metrics", nil, "").Text
	require.Contains(t, metrics, "doorbell_retention_people_erased_total 1")
	require.NotContains(t, metrics, "doorbell_retention_last_run_timestamp_seconds 0\n")
}

// A screen that shows somebody who was erased says so, in the reader's language.
func TestScreensCopeWithTheErased(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.worked()
	open := d.receives(canary(enquiry{source: "portal", car: "Dacia Duster", externalID: "canary-2"}))
	l.closes(manager, "no_more_calls", map[string]any{"channels": "sms"})
	d.erases(store.Erasing{})
	d.Await(func() bool { return d.State(open.id).Status == "closed" }, "its process ends")
	for language, word := range map[string]string{"nl": "Gewist", "en": "Erased"} {
		_, err := d.Store.Pool.Exec(context.Background(), `UPDATE staff SET language = $1`, language)
		require.NoError(t, err)
		reader := browse.SignIn(t, d.door, manager)
		for path, says := range map[string]string{
			"/leads/" + l.id: word, "/leads/" + open.id: word, "/board?status=closed": word, "/board?status=all&q=Renault": word, "/board": "", "/desk": "", "/mine": "", "/follow-ups": "",
		} {
			page := reader.Get(path)
			require.Equal(t, http.StatusOK, page.Status, path)
			require.Contains(t, page.Words(), says, path)
			for _, m := range marked {
				require.NotContains(t, strings.ToLower(page.Words()), m, path)
			}
		}
	}
	link := "/c/" + message.Sign(dealership.Secret, "customer", l.id)
	require.Equal(t, http.StatusNotFound, d.door.Do(http.MethodGet, link, nil, "").Status)
}
