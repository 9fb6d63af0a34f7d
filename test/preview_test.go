package test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	domain "github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
)

// imagined is a lead that is previewed first and then really comes in.
type imagined struct {
	name   string
	policy string // YAML
	at     string // local time
	length string // for how long it is watched
	lead   map[string]any
	staff  []store.NewStaff // beside those of the demo dealer
	before func(d dealer)   // what else is so
}

// R4: anybody can ask "what would happen to this lead on Saturday 16:50?" without
// sending one, and gets told what does happen: every entry of the timeline, its
// instant, who is told on which channel and when, to the second.
func TestThePreviewIsWhatHappens(t *testing.T) {
	t.Parallel()
	used := map[string]any{"condition": "used", "make": "Renault", "model": "Captur"}
	shipped := map[string]string{}
	for _, p := range policy.Shipped() {
		shipped[p.Name] = p.Text
	}
	cases := []imagined{
		{
			name: "Saturday afternoon before the clocks go back", policy: shipped["standard"], at: "2026-10-24 16:50", length: "6d",
			lead: map[string]any{"source": "portal", "vehicle": used},
		},
		{
			name: "our own site, a new car, before a holiday", policy: shipped["standard"], at: "2026-12-24 12:55", length: "5d",
			lead: map[string]any{"source": "website", "vehicle": map[string]any{"condition": "new", "make": "Renault"}},
			before: func(d dealer) {
				d.away(tess, "2026-12-24 08:00", "2026-12-30 08:00")
			},
		},
		{
			name: "a dealer without a call centre, in the night in which the clocks go forward", policy: shipped["small-dealer"],
			at: "2027-03-28 01:30", length: "4d", lead: map[string]any{"source": "website", "channel": "phone", "email": false},
		},
		{
			name: "a call centre in the evening", policy: shipped["call-centre"], at: "2026-10-23 20:45", length: "4d",
			lead: map[string]any{"source": "portal", "request": "call_back", "vehicle": used},
		},
		{
			name: "a dear car of a premium brand", policy: shipped["premium-group"], at: "2027-03-26 17:58", length: "5d",
			lead: map[string]any{"source": "website", "language": "fr", "vehicle": map[string]any{
				"condition": "new", "make": "Renault", "price": map[string]any{"amount": "95000.00", "currency": "EUR"},
			}},
			staff: []store.NewStaff{{
				Email: "fleur@demo.example", Name: "Fleur Petit", Role: domain.RoleSalesperson, Languages: []string{"fr"}, Makes: []string{"Renault"},
			}},
			before: func(d dealer) { d.pauses(sam) },
		},
		{
			name: "a customer whom somebody knows", policy: shipped["premium-group"], at: "2026-11-24 10:00", length: "3d",
			lead: map[string]any{"source": "website", "vehicle": used, "customer_owner": sam},
			before: func(d dealer) {
				l := d.really(map[string]any{"source": "portal", "vehicle": map[string]any{"make": "Dacia", "model": "Duster"}})
				require.Equal(d.t, sam, l.owner())
				l.closes(sam, "test", nil)
				l.does(manager, "closing/approve", nil)
			},
		},
		{
			name: "a clock that never stops, through the night in which the clocks go back", at: "2026-10-25 00:20", length: "2d",
			lead: map[string]any{"source": "portal", "phone": false}, policy: neverStops,
		},
		{
			name: "an evening shift, groups, and a day off", at: "2026-11-27 18:30", length: "6d", policy: shiftsAndGroups,
			lead:  map[string]any{"source": "website", "postal_code": "3811 CD", "vehicle": used},
			staff: []store.NewStaff{{Email: "evening@demo.example", Name: "Eva Nacht", Role: domain.RoleSalesperson}},
		},
		{
			name: "times of day that the clocks leave out", at: "2027-03-27 16:00", length: "4d", policy: leftOut,
			lead: map[string]any{"source": "website", "vehicle": used},
		},
	}
	random := rand.New(rand.NewPCG(2026, 11))
	for i := range 8 {
		cases = append(cases, anyPolicy(random, i))
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := opensWith(t, dealership.Options{Opens: c.at, Policy: c.policy, Staff: append(dealership.Staff(), append(c.staff, marketer)...)})
			d.stands(d.At(c.at))
			if c.before != nil {
				c.before(d)
			}
			answer := d.door.As(manager, http.MethodPost, "/v1/policy/preview", map[string]any{
				"policy": c.policy, "at": d.At(c.at).Format(time.RFC3339), "for": c.length, "lead": c.lead,
			})
			require.Equal(t, http.StatusOK, answer.Status, answer.Text)
			require.Equal(t, false, answer.Body["cut"])
			require.Greater(t, len(answer.Body["course"].([]any)), 8, "something happens")
			until, err := time.Parse(time.RFC3339, answer.Body["until"].(string))
			require.NoError(t, err)

			l := d.really(c.lead)
			require.Equal(t, answer.Body["track"], l.is("track"))
			require.Equal(t, answer.Body["why"], l.is("why"))
			require.Equal(t, answer.Body["owner"].(map[string]any)["email"], l.owner())
			d.lives(until)
			require.Equal(t, foretold(answer), d.happened(l))
			require.Equal(t, foretoldMessages(answer), d.sent(l))
		})
	}
}

// marketer is beside the people of the demo dealer.
var marketer = store.NewStaff{Email: "mia@demo.example", Name: "Mia Jansen", Role: domain.RoleMarketer}

// pauses has new leads pause for somebody.
func (d dealer) pauses(who string) {
	d.t.Helper()
	_, err := d.Store.Pool.Exec(context.Background(), `UPDATE staff SET paused_at = doorbell_now() WHERE email = $1`, who)
	require.NoError(d.t, err)
}

// really posts a lead that was previewed.
func (d dealer) really(imagined map[string]any) lead {
	d.t.Helper()
	body := map[string]any{}
	customer := map[string]any{"last_name": "Boer", "phone": "06 11223344", "email": "boer@mail.example"}
	for field, value := range imagined {
		switch field {
		case "channel", "request", "vehicle":
			body[field] = value
		case "postal_code", "language":
			customer[field] = value
		case "phone", "email":
			delete(customer, field)
		}
	}
	body["customer"] = customer
	source := imagined["source"].(string)
	answer := d.door.Post(source, "application/json", asJSON(d.t, body))
	require.Equal(d.t, http.StatusAccepted, answer.Status, answer.Text)
	l := lead{d, answer.Body["id"].(string)}
	d.Await(func() bool { return d.State(l.id).Step > 0 }, "the lead is being worked")
	d.Settle()
	return l
}

// stands makes the dealer's clock stand, so that nothing is late by the time
// that a machine takes.
func (d dealer) stands(at time.Time) {
	d.t.Helper()
	_, err := d.Store.Pool.Exec(context.Background(), fmt.Sprintf(
		`CREATE OR REPLACE FUNCTION doorbell_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT timestamptz ''%s'''`, at.UTC().Format(time.RFC3339Nano)))
	require.NoError(d.t, err)
}

// lives lets everything happen that is due until an instant, each at its own
// time.
func (d dealer) lives(until time.Time) {
	d.t.Helper()
	for {
		next := d.next()
		if next.at.After(d.Now()) {
			d.Settle() // whatever is due now was told of it
		}
		if next.at.After(until) {
			d.stands(until)
			return
		}
		if next.at.After(d.Now()) {
			d.stands(next.at)
		}
		if next.table == "lead" {
			require.NoError(d.t, d.Leads.Tell(context.Background(), next.id.String(), process.Happening{What: process.WasDue}))
		} else {
			require.NoError(d.t, d.Leads.WakeFollowUp(context.Background(), next.id.String()))
		}
		d.Await(func() bool {
			var step int64
			require.NoError(d.t, d.Store.Pool.QueryRow(context.Background(), "SELECT step FROM "+next.table+" WHERE id = $1", next.id).Scan(&step))
			return step > next.step
		}, "the "+next.table+" acts on its deadline")
	}
}

// due is a lead or a follow-up, and when it acts next.
type due struct {
	id    uuid.UUID
	table string
	at    time.Time
	step  int64
}

// next finds what acts next, a lead before its follow-ups.
func (d dealer) next() due {
	d.t.Helper()
	d.Await(func() bool {
		var beginning int
		require.NoError(d.t, d.Store.Pool.QueryRow(context.Background(), `SELECT count(*) FROM follow_up WHERE status = 'open' AND step = 0`).Scan(&beginning))
		return beginning == 0
	}, "follow-ups begin")
	var n due
	err := d.Store.Pool.QueryRow(context.Background(), `
		SELECT id, 'lead', next_action_at, step FROM lead WHERE status <> 'closed'
		UNION ALL SELECT id, 'follow_up', next_action_at, step FROM follow_up WHERE status = 'open' ORDER BY 3, 2 DESC, 1 LIMIT 1`).Scan(&n.id, &n.table, &n.at, &n.step)
	require.NoError(d.t, err)
	return n
}

// foretold is the course of a preview, an entry a line, by instant. What happens
// at the same instant to a lead and to its follow-up has no order.
func foretold(preview dealership.Answer) []string {
	var out []string
	for _, item := range preview.Body["course"].([]any) {
		e := item.(map[string]any)
		out = append(out, fmt.Sprint(e["at"], " ", e["kind"], " ", step(e), " ", e["summary"]))
	}
	slices.Sort(out)
	return out
}

func step(e map[string]any) string {
	if e["step"] == nil {
		return "-"
	}
	return fmt.Sprint(e["step"], "/", e["steps"])
}

// happened is the timeline of a lead in the same form.
func (d dealer) happened(l lead) []string {
	d.t.Helper()
	var out []string
	path := "/v1/leads/" + l.id + "/timeline?limit=200"
	for cursor := ""; ; {
		answer := d.door.As(manager, http.MethodGet, path+cursor, nil)
		require.Equal(d.t, http.StatusOK, answer.Status, answer.Text)
		for _, item := range answer.Body["items"].([]any) {
			e := item.(map[string]any)
			out = append(out, fmt.Sprint(e["at"], " ", e["kind"], " ", step(e["data"].(map[string]any)), " ", e["summary"]))
		}
		if answer.Body["next_cursor"] == nil {
			slices.Sort(out)
			return out
		}
		cursor = "&cursor=" + answer.Body["next_cursor"].(string)
	}
}

// foretoldMessages is what a preview says is sent: when it is decided, when it
// goes, to whom, how and in which words.
func foretoldMessages(preview dealership.Answer) []string {
	var out []string
	for _, item := range preview.Body["course"].([]any) {
		e := item.(map[string]any)
		if e["customer_mail"] != nil {
			out = append(out, fmt.Sprint(e["at"], " ", e["at"], " customer email ", e["customer_mail"]))
		}
		for _, who := range e["to"].([]any) {
			to := who.(map[string]any)
			for _, channel := range to["channels"].([]any) {
				out = append(out, fmt.Sprint(e["at"], " ", to["sent_at"], " ", to["email"], " ", channel, " ", to["template"]))
			}
		}
	}
	slices.Sort(out)
	return out
}

// sent is what the ledger of a lead holds, in the same form.
func (d dealer) sent(l lead) []string {
	d.t.Helper()
	rows, err := d.Store.Pool.Query(context.Background(), `
		SELECT m.created_at, coalesce(m.not_before, m.created_at), coalesce(s.email, 'customer'), m.channel, m.template
		FROM message m LEFT JOIN staff s ON s.id = m.staff_id WHERE m.lead_id = $1`, l.id)
	require.NoError(d.t, err)
	defer rows.Close()
	var out []string
	for rows.Next() {
		var decided, goes time.Time
		var who, channel, template string
		require.NoError(d.t, rows.Scan(&decided, &goes, &who, &channel, &template))
		out = append(out, strings.Join([]string{decided.UTC().Format(time.RFC3339), goes.UTC().Format(time.RFC3339), who, channel, template}, " "))
	}
	require.NoError(d.t, rows.Err())
	slices.Sort(out)
	return out
}
