package test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/policy"
)

// puts makes a new version of the policy.
func (d dealer) puts(text string) dealership.Answer {
	d.t.Helper()
	return d.door.Do(http.MethodPut, "/v1/policy", map[string]string{
		"Authorization": "Bearer " + d.door.Keys["integration"], "X-Actor": manager, "Content-Type": "application/yaml",
	}, text)
}

// patient is the standard policy with more time for the first answer: forty
// minutes where it had fifteen.
func patient() string { return strings.Replace(string(policy.Standard()), "due: 15m", "due: 40m", 1) }

// applies says what applying the newest policy to open leads would do, or does
// it.
func (d dealer) applies(confirm bool) dealership.Answer {
	d.t.Helper()
	return d.door.As(manager, http.MethodPost, "/v1/policy/apply", map[string]any{"confirm": confirm})
}

// R4: a new policy holds for leads that arrive after it. A policy that is not
// right changes nothing.
func TestANewPolicyHoldsForNewLeads(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	before := d.receives(enquiry{})
	require.Equal(t, http.StatusUnprocessableEntity, d.puts(strings.Replace(patient(), "[next_salesperson]", "[gone@demo.example]", 1)).Status)
	require.Equal(t, http.StatusOK, d.puts(patient()).Status)
	after := d.receives(enquiry{})
	require.Equal(t, "10:15", before.due())
	require.Equal(t, "10:40", after.due())
	require.EqualValues(t, 1, before.now()["policy_version"])
	require.EqualValues(t, 2, after.now()["policy_version"])
}

// A dealer may want it for open leads too. He is told first what would change;
// then it happens, and each lead's timeline says so. Nobody becomes late by it,
// and a lead that is over stays under the policy under which it was worked.
func TestANewPolicyIsAppliedToOpenLeads(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	late := d.receives(enquiry{})
	d.Advance("16m") // nobody called
	running, over := d.receives(enquiry{}), d.receives(enquiry{})
	refused(over)
	over.closesAs("refused_call", nil)
	require.Equal(t, http.StatusOK, d.puts(patient()).Status)

	would := d.applies(false)
	require.Equal(t, http.StatusOK, would.Status, would.Text)
	require.EqualValues(t, 2, would.Body["version"])
	require.EqualValues(t, 2, would.Body["leads"])
	require.Equal(t, "10:31", running.due(), "nothing has changed")
	require.Zero(t, running.count("policy_applied"))

	does := d.applies(true)
	require.Equal(t, http.StatusAccepted, does.Status, does.Text)
	d.Advance("2s")
	d.Await(func() bool { return d.progress(does) == "done" }, "both are told")
	d.Await(func() bool { return d.moved([]lead{running, late}) == 2 }, "both have heard")
	require.Equal(t, "10:56", running.due(), "counted from when it came")
	require.EqualValues(t, 2, running.now()["policy_version"])
	require.Contains(t, d.summary(running, "policy_applied"), "Policy version 2 applied, before 1")
	require.Equal(t, "10:15", late.due(), "what was overdue stays overdue")
	require.EqualValues(t, 2, late.now()["policy_version"])
	require.EqualValues(t, 1, over.now()["policy_version"])
	require.Zero(t, over.count("policy_applied"))
	require.EqualValues(t, 0, d.applies(false).Body["leads"], "all are under the newest")

	d.AdvanceTo(d.At("2026-11-24 10:57"))
	require.Equal(t, 1, running.count("escalated"), "and the new deadline is the one that counts")
}

func (d dealer) progress(applied dealership.Answer) string {
	d.t.Helper()
	answer := d.door.As(manager, http.MethodGet, applied.Header.Get("Location"), nil)
	require.Equal(d.t, http.StatusOK, answer.Status, answer.Text)
	return answer.Body["state"].(string)
}

// Ten leads a second, so that nothing else has to wait; and whatever dies in the
// middle, every lead is told once.
func TestApplyingAPolicySurvivesAnOutage(t *testing.T) {
	d := opensWith(t, dealership.Options{Opens: "2026-11-24 10:00", Cables: true})
	var leads []lead
	for range 12 {
		leads = append(leads, d.receives(enquiry{}))
	}
	require.Equal(t, http.StatusOK, d.puts(patient()).Status)
	start := d.Now().Truncate(time.Second).Add(time.Second)
	d.stands(start)
	does := d.applies(true)
	require.Equal(t, http.StatusAccepted, does.Status, does.Text)
	waiting := d.outbox(does, "tries = 0 AND next_try_at > doorbell_now()")
	require.Len(t, waiting, len(leads)-1)
	for i, at := range waiting {
		require.Equal(t, start.Add(time.Duration(i+1)*100*time.Millisecond), at, "ten a second")
	}
	d.Await(func() bool { return d.moved(leads) == 1 && len(d.outbox(does, "true")) == len(leads)-1 }, "the first is told at once")

	d.TemporalCable.Cut()
	d.stands(start.Add(550 * time.Millisecond))
	d.Await(func() bool { return len(d.outbox(does, "tries > 0")) == 5 }, "five more are due and cannot be told")
	require.Equal(t, 1, d.moved(leads))
	require.Equal(t, "running", d.progress(does))

	d.TemporalCable.Mend()
	d.stands(start.Add(time.Minute))
	d.Await(func() bool { return d.progress(does) == "done" }, "all are told")
	d.Await(func() bool { return d.moved(leads) == len(leads) }, "all have heard")
	d.Settle()
	for _, l := range leads {
		require.Equal(t, 1, l.count("policy_applied"))
		require.EqualValues(t, 2, l.now()["policy_version"])
	}
}

// Stopping it in the middle leaves those alone that were not told yet.
func TestApplyingAPolicyIsStopped(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	var leads []lead
	for range 4 {
		leads = append(leads, d.receives(enquiry{}))
	}
	require.Equal(t, http.StatusOK, d.puts(patient()).Status)
	start := d.Now().Truncate(time.Second).Add(time.Second)
	d.stands(start)
	does := d.applies(true)
	d.stands(start.Add(150 * time.Millisecond))
	d.Await(func() bool { return d.moved(leads) == 2 }, "two are told")
	answer := d.door.As(manager, http.MethodPost, does.Header.Get("Location")+"/cancel", map[string]any{})
	require.Equal(t, http.StatusOK, answer.Status, answer.Text)
	require.Equal(t, "cancelled", answer.Body["state"])
	d.stands(start.Add(time.Minute))
	d.Settle()
	require.Equal(t, 2, d.moved(leads))
	require.Empty(t, d.outbox(does, "true"))
}

// outbox lists when leads are told that an application still waits for.
func (d dealer) outbox(applied dealership.Answer, where string) []time.Time {
	d.t.Helper()
	rows, err := d.Store.Pool.Query(context.Background(),
		fmt.Sprintf("SELECT next_try_at FROM outbox WHERE application_id = $1 AND %s ORDER BY next_try_at", where), applied.Body["id"])
	require.NoError(d.t, err)
	defer rows.Close()
	var out []time.Time
	for rows.Next() {
		var at time.Time
		require.NoError(d.t, rows.Scan(&at))
		out = append(out, at.UTC())
	}
	require.NoError(d.t, rows.Err())
	return out
}

// moved counts the leads that go on under the second version.
func (d dealer) moved(leads []lead) int {
	d.t.Helper()
	n := 0
	for _, l := range leads {
		if d.State(l.id).PolicyVersion == 2 {
			n++
		}
	}
	return n
}
