// Package test holds the promises of the product, one file per promise,
// written so that a sales manager can read them. Everything runs on real parts:
// the HTTP API, Postgres, a Temporal server, the mailbox. Only time is moved.
package test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// The people of the demo dealer.
const (
	sam      = "sam@demo.example" // salespeople, in the order of the rotation
	tess     = "tess@demo.example"
	uma      = "uma@demo.example"
	manager  = "manager@demo.example"
	director = "director@demo.example"
)

// dealer is a running dealership with its door open.
type dealer struct {
	*dealership.Dealership
	t    *testing.T
	door *dealership.Door
}

// opens starts a dealership at a local time, such as "2026-11-24 10:00", a
// Tuesday on which he is open from 8:30 to 12:30 and from 13:00 to 18:00.
func opens(t *testing.T, at string) dealer {
	t.Helper()
	return opensWith(t, dealership.Options{Opens: at})
}

func opensWith(t *testing.T, o dealership.Options) dealer {
	t.Helper()
	t.Parallel()
	d := dealership.Open(t, o)
	return dealer{Dealership: d, t: t, door: d.Serve()}
}

// enquiry is what a customer asks.
type enquiry struct {
	source, externalID, name, phone, email, car, extra string
}

var customers atomic.Int64

// body is the enquiry as a website posts it: a used car, which is on the
// standard track of the shipped policy. A customer who is not described
// is somebody new with a phone and an address.
func (e enquiry) body() string {
	n := customers.Add(1)
	fields := []string{`"request": "test_drive"`}
	if e.externalID != "" {
		fields = append(fields, fmt.Sprintf(`"external_id": %q`, e.externalID))
	}
	if e.name == "" {
		e.name = fmt.Sprintf("Boer%d", n)
	}
	switch e.phone {
	case "":
		e.phone = fmt.Sprintf("06 1%07d", n)
	case "none":
		e.phone = ""
	}
	switch e.email {
	case "":
		e.email = fmt.Sprintf("customer%d@mail.example", n)
	case "none":
		e.email = ""
	}
	customer := []string{fmt.Sprintf(`"last_name": %q`, e.name), `"language": "nl"`}
	if e.phone != "" {
		customer = append(customer, fmt.Sprintf(`"phone": %q`, e.phone))
	}
	if e.email != "" {
		customer = append(customer, fmt.Sprintf(`"email": %q`, e.email))
	}
	fields = append(fields, `"customer": {`+strings.Join(customer, ", ")+`}`)
	if e.car == "" {
		e.car = "Renault Captur"
	}
	brand, model, _ := strings.Cut(e.car, " ")
	fields = append(fields, fmt.Sprintf(`"vehicle": {"condition": "used", "make": %q, "model": %q}`, brand, model))
	if e.extra != "" {
		fields = append(fields, e.extra)
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// lead is one lead at the dealer's.
type lead struct {
	d  dealer
	id string
}

// receives takes an enquiry in and waits until it is being worked.
func (d dealer) receives(e enquiry) lead {
	d.t.Helper()
	answer := d.posts(e)
	require.Equal(d.t, http.StatusAccepted, answer.Status, answer.Text)
	l := lead{d, answer.Body["id"].(string)}
	if answer.Body["duplicate_of"] == nil {
		d.Await(func() bool { return d.State(l.id).Step > 0 }, "the lead is being worked")
	}
	d.Settle()
	return l
}

// posts sends an enquiry and returns the answer.
func (d dealer) posts(e enquiry) dealership.Answer {
	d.t.Helper()
	if e.source == "" {
		e.source = "website"
	}
	return d.door.Post(e.source, "application/json", e.body())
}

// now is the lead as the API shows it.
func (l lead) now() map[string]any {
	l.d.t.Helper()
	answer := l.d.door.As(manager, http.MethodGet, "/v1/leads/"+l.id, nil)
	require.Equal(l.d.t, http.StatusOK, answer.Status, answer.Text)
	return answer.Body
}

// does posts an action and expects it to be taken.
func (l lead) does(who, action string, body map[string]any) dealership.Answer {
	l.d.t.Helper()
	answer := l.tries(who, action, body)
	require.Less(l.d.t, answer.Status, 300, "%s by %s: %s", action, who, answer.Text)
	return answer
}

// tries posts an action and returns the answer, whatever it is.
func (l lead) tries(who, action string, body map[string]any) dealership.Answer {
	l.d.t.Helper()
	if body == nil {
		body = map[string]any{}
	}
	answer := l.d.door.As(who, http.MethodPost, "/v1/leads/"+l.id+"/"+action, body)
	l.d.Settle()
	return answer
}

// calls logs a call of the owner with its outcome.
func (l lead) calls(outcome string) {
	l.d.t.Helper()
	l.does(l.owner(), "attempts", map[string]any{"channel": "phone", "direction": "out", "outcome": outcome})
}

// closes asks to close the lead with a reason.
func (l lead) closes(who, reason string, details map[string]any) dealership.Answer {
	l.d.t.Helper()
	body := map[string]any{"reason": reason}
	if details != nil {
		body["details"] = details
	}
	return l.tries(who, "close", body)
}

// books sets an appointment at a local time and returns its id.
func (l lead) books(kind, at string, confirmed bool) string {
	l.d.t.Helper()
	answer := l.does(l.owner(), "appointments", map[string]any{
		"kind": kind, "starts_at": l.d.At(at), "duration_min": 45, "confirmed": confirmed,
	})
	return answer.Body["appointment"].(map[string]any)["id"].(string)
}

// owner is who has the lead.
func (l lead) owner() string {
	l.d.t.Helper()
	owner, _ := l.now()["owner"].(map[string]any)
	if owner == nil {
		return ""
	}
	return owner["email"].(string)
}

// is says what a field of the lead holds, as text.
func (l lead) is(field string) string {
	l.d.t.Helper()
	return fmt.Sprint(l.now()[field])
}

// told counts the mails to somebody whose subject or text holds the words.
func (d dealer) told(who, words string) int {
	d.t.Helper()
	n := 0
	for _, m := range d.Mails(who) {
		if strings.Contains(m.Subject+"\n"+m.Text, words) {
			n++
		}
	}
	return n
}

// count says how often something stands on the lead's timeline.
func (l lead) count(kind string) int {
	l.d.t.Helper()
	n := 0
	for _, k := range l.d.Events(l.id) {
		if k == kind {
			n++
		}
	}
	return n
}

// missing lists the rules that a refused closing names.
func missing(a dealership.Answer) []string {
	var rules []string
	list, _ := a.Body["missing"].([]any)
	for _, m := range list {
		rules = append(rules, m.(map[string]any)["rule"].(string))
	}
	return rules
}
