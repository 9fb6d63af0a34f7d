package workflows_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/workflows"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const captur = `{"external_id":"A-1","request":"test_drive","customer":{"first_name":"Jan","infix":"de","last_name":"Boer","email":"jan@mail.example","phone":"06 28419077","language":"nl"},"vehicle":{"condition":"new","make":"Renault","model":"Captur"},"comments":"Can I drive it on Saturday?"}`

// caller logs calls and asks for other things on behalf of people.
type caller struct {
	t  *testing.T
	d  *dealership.Dealership
	id string
}

func (c caller) ask(by string, h process.Happening) {
	c.t.Helper()
	_, err := c.d.Ask(c.id, by, h)
	require.NoError(c.t, err)
}

func (c caller) calls(outcome lead.Outcome) {
	c.t.Helper()
	c.ask(ownerOf(c.t, c.d, c.id), attempt(outcome))
}

func (c caller) closes(by, reason string) {
	c.t.Helper()
	c.ask(by, process.Happening{What: process.DidClose, Close: &process.ClosingAsked{ID: uuid.NewString(), Reason: reason}})
}

func attempt(outcome lead.Outcome) process.Happening {
	return process.Happening{What: process.DidAttempt, Attempt: &process.AttemptMade{
		ID: uuid.NewString(), Channel: lead.Phone, Direction: lead.Out, Outcome: outcome,
	}}
}

// ordinaryLife is the one that the history budget is counted on: answered,
// reminded, escalated once, called three times, booked, closed with the
// manager's approval.
func ordinaryLife(t *testing.T, d *dealership.Dealership) string {
	t.Helper()
	c := caller{t, d, d.Receive("website", captur)}
	d.Advance("16m") // nobody calls
	c.calls(lead.NoAnswer)
	d.Advance("1h40m")
	c.calls(lead.Voicemail)
	d.Advance("3h")
	c.calls(lead.Reached)
	owner := ownerOf(t, d, c.id)
	c.ask(owner, process.Happening{What: process.DidAppointment, Appointment: &process.AppointmentAction{
		Verb: process.SetIt, ID: uuid.NewString(), Kind: lead.InShowroom, StartsAt: d.At("2026-11-27 14:00"), Minutes: 45,
	}})
	c.closes(owner, "trade_in_value_only")
	c.ask("manager@demo.example", process.Happening{What: process.DidDecide, Decide: &process.Decision{Approve: true}})
	return c.id
}

// fullLife has more in it: the customer confirms, both phases, reminders, the
// outcome asked and told, a mail of the contact schedule.
func fullLife(t *testing.T, d *dealership.Dealership) string {
	t.Helper()
	c := caller{t, d, d.Receive("website", captur)}
	d.Advance("16m")
	c.calls(lead.NoAnswer)
	d.Advance("1h50m")
	c.calls(lead.Voicemail)
	d.AdvanceTo(d.At("2026-11-25 09:55"))
	c.calls(lead.Reached)
	owner := ownerOf(t, d, c.id)
	id := uuid.NewString()
	c.ask(owner, process.Happening{What: process.DidAppointment, Appointment: &process.AppointmentAction{
		Verb: process.SetIt, ID: id, Kind: lead.DriveTest, StartsAt: d.At("2026-11-25 14:00"), Minutes: 45,
	}})
	c.ask("", process.Happening{What: process.DidAppointment, Appointment: &process.AppointmentAction{Verb: process.ConfirmIt, ID: id}})
	c.closes(owner, "appointment_test_drive")
	d.AdvanceTo(d.At("2026-11-25 14:50"))
	c.ask(owner, process.Happening{What: process.DidAppointment, Appointment: &process.AppointmentAction{Verb: process.OutcomeOf, ID: id, Outcome: lead.Came}})
	c.closes(owner, "finance_declined")
	c.ask("manager@demo.example", process.Happening{What: process.DidDecide, Decide: &process.Decision{Approve: true}})
	return c.id
}

func ownerOf(t *testing.T, d *dealership.Dealership, id string) string {
	t.Helper()
	p, err := d.Store.GetStaffOfDealer(context.Background(), db.GetStaffOfDealerParams{DealerID: d.ID, ID: uuid.MustParse(d.State(id).Owner)})
	require.NoError(t, err)
	return p.Email
}

func history(t *testing.T, d *dealership.Dealership, id string) *historypb.History {
	t.Helper()
	h := &historypb.History{}
	iter := d.Client.GetWorkflowHistory(context.Background(), workflows.ID(id), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for iter.HasNext() {
		e, err := iter.Next()
		require.NoError(t, err)
		h.Events = append(h.Events, e)
	}
	return h
}

func TestAnOrdinaryLifeFitsIntoItsHistoryBudget(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	id := ordinaryLife(t, d)

	state := d.State(id)
	require.Equal(t, lead.Closed, state.Status)
	require.Equal(t, lead.Lost, state.Stage)
	d.Await(func() bool {
		w, err := d.Client.DescribeWorkflowExecution(context.Background(), workflows.ID(id), "")
		return err == nil && w.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
	}, "the workflow ends with the lead")

	h := history(t, d, id)
	kinds := map[string]int{}
	for _, e := range h.GetEvents() {
		kinds[strings.TrimPrefix(e.GetEventType().String(), "EVENT_TYPE_")]++
	}
	t.Logf("%d events, %d bytes: %v", len(h.GetEvents()), proto.Size(h), kinds)
	t.Log(strings.Join(d.Events(id), " "))
	require.LessOrEqual(t, len(h.GetEvents()), 120, "events of an ordinary life: %v", kinds)
	require.LessOrEqual(t, proto.Size(h), 80<<10, "bytes of an ordinary life's history")
}

func TestNothingPersonalReachesTemporal(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	id := fullLife(t, d)
	require.Equal(t, lead.Lost, d.State(id).Stage)
	t.Log(len(history(t, d, id).GetEvents()), "events of a life with everything in it")
	exported, err := protojson.Marshal(history(t, d, id))
	require.NoError(t, err)
	w, err := d.Client.DescribeWorkflowExecution(context.Background(), workflows.ID(id), "")
	require.NoError(t, err)
	described, err := protojson.Marshal(w)
	require.NoError(t, err)
	for _, marked := range []string{"Boer", "jan@mail", "28419077", "Saturday", "demo.example", "Visser", "Smit"} {
		require.NotContains(t, plainText(t, exported), marked)
		require.NotContains(t, plainText(t, described), marked)
	}
}

// plainText shows payloads as text: in exported JSON they are in base64.
func plainText(t *testing.T, exported []byte) string {
	t.Helper()
	var tree any
	require.NoError(t, json.Unmarshal(exported, &tree))
	var b strings.Builder
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				if data, ok := x.(string); ok && k == "data" {
					var raw []byte
					if json.Unmarshal([]byte(`"`+data+`"`), &raw) == nil {
						b.Write(raw)
					}
				}
				b.WriteString(k)
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		case string:
			b.WriteString(v)
		}
		b.WriteByte('\n')
	}
	walk(tree)
	return b.String()
}

// Other leads of a person are told what he refuses by an activity, and where he
// has none there is none: a later lead of his reads what he refuses itself.
func TestNobodyIsLookedForWhereAPersonHasOneLead(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	told := func(id string) (n int) {
		for _, e := range history(t, d, id).GetEvents() {
			if e.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName() == workflows.SpreadActivity {
				n++
			}
		}
		return n
	}
	refuses := func(c lead.Channel) process.Happening {
		return process.Happening{What: process.DidCustomer, Customer: &process.CustomerWish{Refuses: []lead.Channel{c}}}
	}
	c := caller{t, d, d.Receive("website", captur)}
	c.ask(ownerOf(t, d, c.id), refuses(lead.Phone))
	require.Zero(t, told(c.id))

	other := d.Receive("website", strings.NewReplacer("A-1", "A-2", "Captur", "Megane").Replace(captur))
	require.Equal(t, []lead.Channel{lead.Phone}, d.State(other).Reach.Refused)
	c.ask(ownerOf(t, d, c.id), refuses(lead.SMS))
	require.Equal(t, 1, told(c.id))
	d.Await(func() bool { return len(d.State(other).Reach.Refused) == 2 }, "the other lead is told")
}

func TestSignalsThatMakeNoSenseChangeNothingButTheTimeline(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	id := d.Receive("website", captur)
	before := d.State(id)
	ctx := context.Background()
	for name, payload := range map[string]any{
		"attempt":     map[string]any{"outcome": "shouted"},
		"close":       map[string]any{"reason": "no interest"},
		"decide":      map[string]any{"approve": true},
		"appointment": "not even an object",
		"note":        nil,
		"assign":      map[string]any{"to": 7},
	} {
		require.NoError(t, d.Client.SignalWorkflow(ctx, workflows.ID(id), "", name, payload))
	}
	d.Await(func() bool { return d.State(id).Step >= before.Step+6 }, "the signals are refused")
	after := d.State(id)
	after.Step = before.Step
	require.Equal(t, before, after)
	refused := 0
	for _, kind := range d.Events(id) {
		if kind == "refused" || kind == "closing_refused" {
			refused++
		}
	}
	require.Equal(t, 6, refused)

	require.NoError(t, d.Client.SignalWorkflow(ctx, workflows.ID(id), "", "attempt", map[string]any{"outcome": "voicemail"}))
	d.Await(func() bool { return len(d.State(id).Attempts) == 1 }, "a sensible signal is taken")
}

func TestCancellingIsNotClosing(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	id := d.Receive("website", captur)
	require.NoError(t, d.Client.CancelWorkflow(context.Background(), workflows.ID(id), ""))
	d.Await(func() bool {
		events := d.Events(id)
		return events[len(events)-1] == "refused"
	}, "the request to cancel is noted")
	_, err := d.Ask(id, "sam@demo.example", attempt(lead.Reached))
	require.NoError(t, err)
	require.Equal(t, lead.Conversation, d.State(id).Stage)
}

func TestATerminatedLeadIsStartedAgainWhereItWas(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	id := d.Receive("website", captur)
	_, err := d.Ask(id, "sam@demo.example", attempt(lead.Voicemail))
	require.NoError(t, err)
	before := d.State(id)
	ctx := context.Background()
	require.NoError(t, d.Client.TerminateWorkflow(ctx, workflows.ID(id), "", "by accident"))
	require.NoError(t, d.Leads.Restart(ctx, before))
	_, err = d.Ask(id, "sam@demo.example", attempt(lead.Reached))
	require.NoError(t, err)
	after := d.State(id)
	require.Len(t, after.Attempts, 2)
	require.Equal(t, before.Attempts[0], after.Attempts[0])
}

func TestAnAnswerThatGotLostIsGivenAgain(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	id := d.Receive("website", captur)
	h := attempt(lead.NoAnswer)
	h.ID = uuid.NewString()
	first, err := d.Ask(id, "sam@demo.example", h)
	require.NoError(t, err)
	again, err := d.Ask(id, "sam@demo.example", h)
	require.NoError(t, err)
	require.Equal(t, first, again)
	// Even when Temporal has forgotten: the timeline has not.
	state := d.State(id)
	h.Actor = process.Actor(d.StaffID("sam@demo.example"))
	repeated, err := d.Store.Step(context.Background(), state, h)
	require.NoError(t, err)
	require.Equal(t, state, repeated.State)
	require.Len(t, d.State(id).Attempts, 1)
}

// A worker may die between the commit of a step and Temporal's knowing of it.
func TestAStepWhoseAnswerWasLostIsNotOverwritten(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	id := d.Receive("website", captur)
	behind := d.State(id)
	lost := process.Happening{
		ID: uuid.NewString(), What: process.DidAppointment, Actor: process.Actor(behind.Owner),
		Appointment: &process.AppointmentAction{
			Verb: process.SetIt, ID: uuid.NewString(), Kind: lead.InShowroom, StartsAt: d.At("2026-11-27 14:00"), Minutes: 30,
		},
	}
	_, err := d.Store.Step(context.Background(), behind, lost)
	require.NoError(t, err)
	// The workflow still has the state before it, and takes an attempt.
	mails := len(d.Mails("jan@mail.example"))
	_, err = d.Ask(id, "sam@demo.example", attempt(lead.Reached))
	require.NoError(t, err)
	require.Len(t, d.State(id).Attempts, 1)
	require.NotNil(t, d.State(id).Appointment)
	require.Len(t, d.Mails("jan@mail.example"), mails+1, "the mail that the lost step asked for has gone")
	timeline := d.Timeline(id)
	for i, e := range timeline {
		require.EqualValues(t, i+1, e.Seq, "the timeline has no gap")
	}
}

// A signal from Temporal UI has no id of its own. Where its task is lost after the
// step it is heard again, and counts once; the next one counts, too.
func TestASignalWithoutAnIDCountsOnce(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	id := d.Receive("website", captur)
	ctx := context.Background()
	var ids []string
	for n, outcome := range []lead.Outcome{lead.NoAnswer, lead.Voicemail} {
		require.NoError(t, d.Client.SignalWorkflow(ctx, workflows.ID(id), "", "attempt", map[string]any{"outcome": outcome}))
		d.Await(func() bool { return len(d.State(id).Attempts) == n+1 }, "the signal counts")
		var given string
		err := d.Store.Pool.QueryRow(ctx, `SELECT happening FROM timeline WHERE lead_id = $1 AND kind = 'attempt_logged' ORDER BY seq DESC LIMIT 1`, id).Scan(&given)
		require.NoError(t, err)
		require.NotContains(t, ids, given)
		ids = append(ids, given)

		again := attempt(outcome)
		again.ID, again.Signal = given, true
		before := d.State(id)
		done, err := d.Store.Step(ctx, before, again)
		require.NoError(t, err)
		require.Equal(t, before, done.State)
		require.Len(t, d.State(id).Attempts, n+1)
	}
}

func TestTimersFireByThemselves(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{Policy: `
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
      due: 1s
      remind_before: 0s
      escalate:
        - {after: 0s, to: [next_salesperson], notify: [email, screen], reassign: true}
        - {after: 1s, to: [sales_manager], notify: [email, screen]}
    attempts: {max: 2, days: 1, dayparts: 1, spacing: 1m, voicemails: 1, schedule: [0s, 1h], overdue: {after: 1h, to: [sales_manager], notify: [email]}}
`})
	id := d.Receive("website", captur)
	d.Await(func() bool { return d.State(id).Escalation.Step == 2 }, "both steps fire without a push")
	for _, e := range d.Timeline(id) {
		if e.Kind != "escalated" {
			continue
		}
		var data struct {
			DueAt time.Time `json:"due_at"`
		}
		require.NoError(t, json.Unmarshal(e.Data, &data))
		require.False(t, e.At.Before(data.DueAt), "never early")
	}
}

// Nothing that somebody types into Temporal UI may block a lead.
func TestAPoisonousSignalIsRefused(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	id := d.Receive("website", captur)
	ctx := context.Background()
	for _, s := range []struct {
		name    string
		payload any
	}{
		{"close", map[string]any{"reason": "no\x00interest"}},
		{"attempt", map[string]any{"outcome": "voicemail", "id": "not an id", "note_id": uuid.NewString(), "actor": "x\x00"}},
		{"note", map[string]any{"id": "not\x00an id"}},
		{"message", map[string]any{"id": uuid.NewString(), "template": "quote"}},
		{"customer", map[string]any{"refuses": []string{"fax"}}},
		{"customer", map[string]any{"refuses": []string{"sms"}, "request_id": incompressible()}},
		{"linked", map[string]any{"lead": "\x00", "source": "\x00"}},
		{"appointment", map[string]any{"verb": "set", "id": "1", "kind": "showroom", "starts_at": d.At("2026-11-27 14:00"), "minutes": 30, "note_id": uuid.NewString()}},
	} {
		require.NoError(t, d.Client.SignalWorkflow(ctx, workflows.ID(id), "", s.name, s.payload))
	}
	d.Await(func() bool {
		s := d.State(id)
		return s.Appointment != nil && len(s.Attempts) > 0 && len(s.Reach.Refused) > 0 // each name is a line of its own
	}, "those that make sense are taken, so none blocked the lead")
	require.Len(t, d.State(id).Attempts, 1)
	require.Zero(t, d.State(id).Mails.Sent, "a mail that nobody wrote proves nothing")
	require.Equal(t, []lead.Channel{lead.SMS}, d.State(id).Reach.Refused)
	_, err := d.Ask(id, ownerOf(t, d, id), attempt(lead.Reached))
	require.NoError(t, err)
}

// incompressible is longer than an index of Postgres can hold.
func incompressible() string {
	var b strings.Builder
	for range 300 {
		b.WriteString(uuid.NewString())
	}
	return b.String()
}
