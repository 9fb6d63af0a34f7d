package workflows_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
)

// lives are what is recorded of a release: together they go through everything
// that the workflows can do, which TestTheRecordedLivesGoThroughEverything
// holds them to.
var lives = []struct {
	name   string
	policy string // "" is the shipped one
	since  string // a path of the API without which the release cannot live it
	live   func(h *house)
}{
	{name: "won", live: won},
	{name: "escalated", live: escalated},
	{name: "timers", policy: impatient, live: timersFire},
	{name: "refused-then-approved", live: refusedThenApproved},
	{name: "parked-and-reopened", live: parkedAndReopened},
	{name: "closed-at-once", policy: silent, live: closedAtOnce},
	{name: "again", live: askedAgain},
	{name: "do-not-contact", live: doNotContact},
	{name: "signals", live: signalled},
	{name: "cancelled", live: cancelled},
	{name: "long", live: long},
	{name: "appointments", live: appointments},
	{name: "taken", since: "/v1/leads/{id}/take", live: taken},
	{name: "repinned", since: "/v1/policy/apply", live: repinned},
	{name: "follow-ups", since: "/v1/follow-ups/{id}/done", live: followedUp},
	{name: "follow-up-signals", since: "/v1/follow-ups/{id}/done", live: followUpSignalled},
}

// person is a lead of somebody whose words and numbers are marked, so that it
// would be seen if they got where they do not belong.
func person(n int, more map[string]any) map[string]any {
	fields := map[string]any{
		"source": "website", "request": "test_drive", "comments": "MARKED words",
		"customer": map[string]any{"last_name": fmt.Sprintf("MARKED%d", n), "email": fmt.Sprintf("c%d@customer.example", n), "phone": fmt.Sprintf("06 2841907%d", n), "language": "nl"},
		"vehicle":  map[string]any{"condition": "new", "make": "Renault", "model": "Captur"},
	}
	maps.Copy(fields, more)
	return fields
}

const impatient = `
name: impatient
timezone: Europe/Amsterdam
country: NL
phases: [showroom]
calendar: {open: {mon-sun: ["00:00-24:00"]}}
choose: [{track: standard}]
tracks:
  standard:
    clock: always
    auto_response: {template: thank-you}
    assign: {to: next_salesperson}
    live_response:
      due: 2s
      remind_before: 1s
      escalate:
        - {after: 0s, to: [next_salesperson], notify: [email, screen], reassign: true}
        - {after: 1s, to: [sales_manager], notify: [email, screen]}
    attempts: {max: 2, days: 1, dayparts: 1, spacing: 1m, voicemails: 1, schedule: [0s, 1h], overdue: {after: 1h, to: [sales_manager], notify: [email]}}
`

const silent = `
name: silent
timezone: Europe/Amsterdam
country: NL
phases: [showroom]
calendar: {open: {mon-sun: ["00:00-24:00"]}}
tracks: {standard: {auto_response: {template: thank-you}, assign: {to: next_salesperson}, closing: {approve: never}}}
`

// closes asks to close and, where the manager has to agree, has him do so.
func (h *house) closes(id, reason string, details map[string]any) {
	h.t.Helper()
	body := map[string]any{"reason": reason}
	if details != nil {
		body["details"] = details
	}
	if h.does(recordedSam, id, "close", body)["status"] == "closing" {
		h.does(recordedManager, id, "closing/approve", nil)
	}
}

// ends waits until the lead's workflow is over.
func (h *house) ends(id string) {
	h.t.Helper()
	h.await("the workflow ends", func() bool { _, runs := h.standing("lead-" + id); return !runs })
	h.ended["lead-"+id] = h.runs("lead-" + id) // it may be started again
}

// won is answered, called, booked, visited and sold, in both phases.
func won(h *house) {
	id := h.receives(person(1, nil))
	h.until("2026-11-24 10:16") // nobody calls
	h.calls(id, "no_answer")
	h.until("2026-11-24 12:00")
	h.calls(id, "voicemail")
	h.until("2026-11-25 09:55")
	h.calls(id, "reached")
	h.does(recordedSam, id, "messages", map[string]any{"subject": "MARKED", "text": "MARKED words"})
	drive := h.books(id, "test_drive", "2026-11-25 14:00")
	h.closes(id, "appointment_test_drive", nil)
	h.until("2026-11-25 14:50")
	h.does(recordedSam, id, "appointments/"+drive+"/outcome", map[string]any{"outcome": "came"})
	h.closes(id, "sold", map[string]any{"vehicle": "MARKED", "order_number": "MARKED", "amount": "31990.00"})
	h.ends(id)
}

// escalated is a lead that nobody touches for two days.
func escalated(h *house) {
	id := h.receives(person(1, nil))
	h.until("2026-11-26 12:00")
	h.does(recordedManager, id, "assign", map[string]any{"to": "second@oost.example", "reason": "MARKED"})
	h.calls(id, "wrong_number")
	h.closes(id, "wrong_personal_data", nil)
	h.ends(id)
}

// timersFire waits for the clock, where all others are woken.
func timersFire(h *house) {
	id := h.receives(person(1, nil))
	h.await("both steps are up", func() bool {
		up, _ := h.has("", http.MethodGet, "/v1/leads/"+id, nil)["escalation"].(map[string]any)
		return up["step"] == 2.0
	})
	h.calls(id, "reached")
}

func refusedThenApproved(h *house) {
	id := h.receives(person(1, nil))
	status, _ := h.ask(recordedSam, http.MethodPost, "/v1/leads/"+id+"/close", map[string]any{"reason": "not_reached", "actor": recordedSam})
	require.Equal(h.t, http.StatusUnprocessableEntity, status)
	h.calls(id, "refused")
	h.does(recordedSam, id, "close", map[string]any{"reason": "refused_call"})
	h.does(recordedManager, id, "closing/reject", map[string]any{"note": "MARKED"})
	h.until("2026-11-24 10:30")
	h.does(recordedSam, id, "close", map[string]any{"reason": "refused_call"})
	h.until("2026-11-25 11:00") // he takes his time
	h.does(recordedManager, id, "closing/approve", nil)
	h.ends(id)
}

func parkedAndReopened(h *house) {
	id := h.receives(person(1, nil))
	h.calls(id, "reached")
	h.closes(id, "follow_up_required", map[string]any{"on": "2026-12-01", "about": "MARKED"})
	h.until("2026-12-01 12:00")
	h.calls(id, "refused")
	h.closes(id, "refused_call", nil)
	h.ends(id)
	h.does(recordedManager, id, "reopen", map[string]any{"note": "MARKED"})
	h.calls(id, "reached")
}

// closedAtOnce closes without a message, so that nothing but the answer itself
// is left to wait for.
func closedAtOnce(h *house) {
	id := h.receives(person(1, nil))
	h.calls(id, "refused")
	h.closes(id, "refused_call", nil)
	h.ends(id)
}

// askedAgain is sent again with more in it, asks about another car, and about
// the same car through another source.
func askedAgain(h *house) {
	id := h.receives(person(1, map[string]any{"external_id": "A-1"}))
	h.receives(person(1, map[string]any{"external_id": "A-1", "comments": "MARKED other words"}))
	h.receives(person(1, map[string]any{"source": "portal", "external_id": "P-1"}))
	h.receives(person(1, map[string]any{"external_id": "A-2", "vehicle": map[string]any{"condition": "used", "make": "Opel", "model": "Corsa"}}))
	h.await("the lead has heard of all", func() bool {
		said := fmt.Sprint(h.has("", http.MethodGet, "/v1/leads/"+id+"/timeline", nil)["items"])
		return contains(said, "kind:duplicate_linked", 2) && contains(said, "kind:message_received", 1)
	})
}

func doNotContact(h *house) {
	first := h.receives(person(1, nil))
	second := h.receives(person(1, map[string]any{"vehicle": map[string]any{"condition": "used", "make": "Opel", "model": "Corsa"}}))
	before, _ := h.standing("lead-" + second)
	h.does(recordedSam, first, "customer", map[string]any{"do_not_contact": true})
	h.await("the other lead is told", func() bool { s, _ := h.standing("lead-" + second); return s.Step > before.Step })
	h.until("2026-11-25 12:00")
}

// signalled is told everything by signal, sensible or not.
func signalled(h *house) {
	id := h.receives(person(1, nil))
	before, _ := h.standing("lead-" + id)
	for _, s := range []struct {
		name    string
		payload any
	}{
		{"attempt", map[string]any{"outcome": "voicemail"}},
		{"attempt", map[string]any{"outcome": "shouted"}},
		{"appointment", map[string]any{"verb": "set", "id": "1", "kind": "showroom", "starts_at": h.at("2026-11-27 14:00"), "minutes": 30}},
		{"message", map[string]any{"template": "quote"}},
		{"note", nil},
		{"assign", map[string]any{"to": 7}},
		{"close", map[string]any{"reason": "no interest"}},
		{"decide", map[string]any{"approve": true}},
		{"reopen", map[string]any{}},
		{"customer", map[string]any{"refuses": []string{"sms"}}},
		{"take", map[string]any{}},
		{"repinned", map[string]any{"version": 99}},
		{"linked", map[string]any{"lead": "none"}},
		{"resent", "not even an object"},
		{"wake", struct{}{}},
	} {
		h.signals("lead-"+id, s.name, s.payload)
	}
	h.await("all are heard", func() bool { s, _ := h.standing("lead-" + id); return s.Step >= before.Step+11 })
	h.calls(id, "reached")
}

func cancelled(h *house) {
	id := h.receives(person(1, nil))
	before, _ := h.standing("lead-" + id)
	require.NoError(h.t, h.temporal.CancelWorkflow(h.t.Context(), "lead-"+id, ""))
	h.await("the request is noted", func() bool { s, _ := h.standing("lead-" + id); return s.Step > before.Step })
	h.calls(id, "reached")
}

// long goes on in a new run.
func long(h *house) {
	id := h.receives(person(1, nil))
	first := h.runs("lead-" + id)[0]
	for i := 0; ; i++ {
		h.signals("lead-"+id, "wake", struct{}{})
		if i%50 == 49 && h.runs("lead-" + id)[0] != "" && len(h.runs("lead-"+id)) > 1 {
			break
		}
	}
	require.NotEqual(h.t, first, h.runs("lead-" + id)[1])
	h.calls(id, "reached")
}

// appointments are confirmed by the customer, moved, missed and cancelled.
func appointments(h *house) {
	id := h.receives(person(1, nil))
	h.calls(id, "reached")
	one := h.books(id, "showroom", "2026-11-26 14:00")
	h.does(recordedSam, id, "appointments/"+one+"/move", map[string]any{"starts_at": h.at("2026-11-26 15:00").Format(time.RFC3339)})
	h.does(recordedSam, id, "appointments/"+one+"/confirm", nil)
	h.until("2026-11-26 18:30") // reminders; nobody says whether he came
	h.does(recordedSam, id, "appointments/"+one+"/outcome", map[string]any{"outcome": "no_show"})
	two := h.books(id, "test_drive", "2026-11-28 11:00")
	h.does(recordedSam, id, "appointments/"+two+"/cancel", map[string]any{"note": "MARKED"})
	h.does(recordedSam, id, "notes", map[string]any{"text": "MARKED"})
}

func taken(h *house) {
	id := h.receives(person(1, nil))
	h.until("2026-11-24 10:40")
	h.does(recordedManager, id, "take", nil)
	h.until("2026-11-24 11:30")
}

func repinned(h *house) {
	id := h.receives(person(1, nil))
	h.has(recordedManager, http.MethodPut, "/v1/policy", impatient)
	before, _ := h.standing("lead-" + id)
	h.has(recordedManager, http.MethodPost, "/v1/policy/apply", map[string]any{"confirm": true, "actor": recordedManager})
	h.await("the lead is told", func() bool { s, _ := h.standing("lead-" + id); return s.Step > before.Step })
	h.calls(id, "reached")
}

// claim is the follow-up of a lead of the portal whose price is claimed back.
func claim(h *house, n int) string {
	id := h.receives(person(n, map[string]any{"source": "portal"}))
	h.calls(id, "wrong_number")
	h.closes(id, "wrong_personal_data", nil)
	h.ends(id)
	var claim string
	require.NoError(h.t, h.pool.QueryRow(h.t.Context(), `SELECT id FROM follow_up WHERE lead_id = $1 AND kind = 'refund_claim'`, id).Scan(&claim))
	h.await("the follow-up has begun", func() bool { s, _ := h.standing("follow-up-" + claim); return s.Step > 0 })
	return claim
}

// followedUp settles one follow-up in time, hands another one over, lets it
// escalate and drops it.
func followedUp(h *house) {
	done, dropped := claim(h, 1), claim(h, 2)
	h.has(recordedManager, http.MethodPost, "/v1/follow-ups/"+done+"/done", map[string]any{"actor": recordedManager, "outcome": "granted", "note": "MARKED"})
	h.has(recordedManager, http.MethodPost, "/v1/follow-ups/"+dropped+"/assign", map[string]any{"actor": recordedManager, "to": "second@oost.example"})
	h.until("2026-12-24 12:00")
	h.has(recordedManager, http.MethodPost, "/v1/follow-ups/"+dropped+"/drop", map[string]any{"actor": recordedManager, "note": "MARKED"})
	h.await("it is over", func() bool { _, runs := h.standing("follow-up-" + dropped); return !runs })
}

func followUpSignalled(h *house) {
	workflow := "follow-up-" + claim(h, 1)
	before, _ := h.standing(workflow)
	h.signals(workflow, "settle", "no object")
	h.signals(workflow, "assign", map[string]any{"to": "nobody"})
	h.signals(workflow, "wake", struct{}{})
	require.NoError(h.t, h.temporal.CancelWorkflow(h.t.Context(), workflow, ""))
	h.await("all are heard", func() bool { s, _ := h.standing(workflow); return s.Step >= before.Step+3 })
	for range 3 {
		testkit.MoveClock(h.t, h.pool, 30*24*time.Hour)
		h.signals(workflow, "wake", struct{}{})
	}
	h.signals(workflow, "settle", map[string]any{"fate": "done", "outcome": "refused"})
	h.await("it is over", func() bool { _, runs := h.standing(workflow); return !runs })
}

// contains reports whether text has at least n of part.
func contains(text, part string, n int) bool { return strings.Count(text, part) >= n }
