package test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/process"
)

// R17: the same person and car through another portal: one process, both
// sources credited, nobody is called twice.
func TestTheSamePersonAsksTwice(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	first := d.receives(enquiry{phone: "06 28419077", email: "jan@mail.example"})
	second := d.receives(enquiry{source: "portal", phone: "+31628419077", email: "jan.work@mail.example"})

	require.Equal(t, first.id, second.is("duplicate_of"))
	d.Await(func() bool { return first.count("duplicate_linked") == 1 }, "the process hears of it")
	require.Len(t, first.now()["sources"], 2, "both sources are credited")
	require.Len(t, first.now()["linked"], 1)
	require.Empty(t, d.Mails("jan.work@mail.example"), "he was answered already")
	answer := second.tries(sam, "attempts", map[string]any{"channel": "phone", "direction": "out", "outcome": "reached"})
	require.Equal(t, http.StatusConflict, answer.Status)
	require.Contains(t, answer.Text, first.id, "it says where to act")
}

// The same person, another car: a process of its own, and both know.
func TestTheSamePersonAsksForAnotherCar(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	first := d.receives(enquiry{phone: "06 28419077"})
	second := d.receives(enquiry{phone: "06 28419077", car: "Dacia Duster"})
	require.Equal(t, "<nil>", second.is("duplicate_of"))
	require.Len(t, second.now()["linked"], 1)
	d.Await(func() bool { return first.count("duplicate_linked") == 1 }, "both know")
	require.NotEmpty(t, second.now()["deadlines"])
}

// However often and at once a lead is posted, it is one lead.
func TestAHundredPostsOfOneLead(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	body := enquiry{externalID: "AT-20931"}.body()
	ids := make([]string, 100)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			answer := d.door.Post("portal", "application/json", body)
			if answer.Status == http.StatusAccepted || answer.Status == http.StatusOK {
				ids[i], _ = answer.Body["id"].(string)
			}
		})
	}
	all.Wait()
	for _, id := range ids {
		require.Equal(t, ids[0], id)
		require.NotEmpty(t, id)
	}
	d.Await(func() bool { return d.State(ids[0]).Step > 0 }, "it is being worked")
	d.Settle()
	require.Equal(t, 1, lead{d, ids[0]}.count("received"))
}

// Fifty portals report one person at once: still one process.
func TestOnePersonFromManyPortalsAtOnce(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	var all sync.WaitGroup
	for i := range 20 {
		source := []string{"website", "portal"}[i%2]
		body := enquiry{phone: "06 28419077", email: "jan@mail.example", name: "Boer"}.body()
		all.Go(func() { d.door.Post(source, "application/json", body) })
	}
	all.Wait()
	d.Settle()
	answer := d.door.As(manager, http.MethodGet, "/v1/leads?status=open&limit=100", nil)
	require.Len(t, answer.Body["items"], 1, "one is being worked")
	require.Len(t, d.Mails("jan@mail.example"), 1, "and he has one answer")
}

// The provider sends the lead again with more in it: an update, not a lead.
func TestALeadIsSentAgainWithMore(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	e := enquiry{source: "portal", externalID: "AT-1", phone: "none", email: "jan@mail.example", name: "Boer"}
	first := d.receives(e)
	again := d.posts(e)
	require.Equal(t, http.StatusOK, again.Status)
	require.Equal(t, true, again.Body["replayed"])
	require.Zero(t, first.count("message_received"), "nothing new in it")

	e.phone, e.extra = "06 28419077", `"comments": "Saturday after 11 is fine too."`
	again = d.posts(e)
	require.Equal(t, http.StatusOK, again.Status, again.Text)
	require.Equal(t, first.id, again.Body["id"])
	d.Await(func() bool { return first.count("message_received") == 1 }, "the process hears of it")
	require.Equal(t, "Saturday after 11 is fine too.", first.is("comments"))
	require.Equal(t, "call_attempt", first.now()["deadlines"].([]any)[1].(map[string]any)["kind"], "now he can be called")
}

// What a portal sends again about a lead that is worked by another lead's
// process must not make that process forget how the customer can be reached.
func TestADuplicateIsSentAgain(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	first := d.receives(enquiry{phone: "06 28419077", email: "jan@mail.example"})
	e := enquiry{source: "portal", externalID: "AT-2", phone: "none", email: "jan@mail.example", name: "Boer"}
	d.receives(e)
	e.extra = `"comments": "Is it still there?"`
	require.Equal(t, http.StatusOK, d.posts(e).Status)
	d.Await(func() bool { return first.count("message_received") == 1 }, "the process hears of it")
	require.True(t, d.State(first.id).Reach.Phone)
	first.calls("reached")
}

// A provider that sends less than before disturbs nobody.
func TestALeadIsSentAgainWithLess(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	e := enquiry{source: "portal", externalID: "AT-3", phone: "06 28419077", email: "jan@mail.example", name: "Boer", extra: `"campaign": "autumn"`}
	l := d.receives(e)
	e.extra = ""
	require.Equal(t, http.StatusOK, d.posts(e).Status)
	d.Settle()
	require.Zero(t, l.count("message_received"))
}

// The customer asks again while his lead is being closed: the process that was
// to hear of it is over, so the new lead gets one of its own.
func TestAskingAgainAtTheMomentOfClosing(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	first := d.receives(enquiry{phone: "06 28419077", email: "jan@mail.example"})
	second := d.receives(enquiry{source: "portal", phone: "06 28419077", email: "jan@mail.example"})
	require.Equal(t, first.id, second.is("duplicate_of"))
	d.Await(func() bool { return first.count("duplicate_linked") == 1 }, "the process hears of it")
	refused(first)
	first.closes(first.owner(), "refused_call", nil)
	first.does(manager, "closing/approve", nil)

	// As if the news had come only now, to a workflow that is about to end.
	_, err := d.Store.Step(context.Background(), d.State(first.id), process.Happening{
		What: process.WasLinked, Signal: true, Linked: &process.Linked{Lead: second.id, Source: "portal", SameCar: true},
	})
	require.NoError(t, err)
	d.Await(func() bool { return d.State(second.id).Step > 0 }, "it is worked by itself")
	require.Equal(t, "open", second.is("status"))
	require.NotEmpty(t, second.owner())
}
