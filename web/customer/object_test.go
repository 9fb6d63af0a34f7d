package customer

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// refusals are what the dealer may not use any more.
func (d *desk) refusals() []string {
	d.t.Helper()
	rows, err := d.store.Pool.Query(d.t.Context(), `SELECT channel || ' ' || normalised FROM do_not_contact ORDER BY 1`)
	require.NoError(d.t, err)
	list := []string{}
	for rows.Next() {
		var s string
		require.NoError(d.t, rows.Scan(&s))
		list = append(list, s)
	}
	require.NoError(d.t, rows.Err())
	return list
}

// toTell is what leads have still to be told, by lead.
func (d *desk) toTell() map[uuid.UUID][]process.Happening {
	d.t.Helper()
	rows, err := d.store.Pool.Query(d.t.Context(), `SELECT lead_id, happening FROM outbox WHERE follow_up_id IS NULL ORDER BY id`)
	require.NoError(d.t, err)
	defer rows.Close()
	list := map[uuid.UUID][]process.Happening{}
	for rows.Next() {
		var id uuid.UUID
		var body []byte
		var h process.Happening
		require.NoError(d.t, rows.Scan(&id, &body))
		require.NoError(d.t, json.Unmarshal(body, &h))
		list[id] = append(list[id], h)
	}
	require.NoError(d.t, rows.Err())
	return list
}

func TestObjectingNeedsNoTemporal(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	d.asker.fails = workflows.ErrUnavailable
	id := d.lead(jan)
	other := d.lead(strings.NewReplacer("Renault", "Volvo", "Captur", "EX30").Replace(jan)) // the same person, another car
	stranger := d.lead(strings.NewReplacer("jan@", "piet@", "12345678", "87654321").Replace(jan))

	choose := d.press(id, "object", nil)
	require.Equal(t, http.StatusSeeOther, choose.Code)
	require.Equal(t, link(id)+"/object?done=choose", choose.Header().Get("Location"))
	require.Empty(t, d.refusals())

	open := url.Values{"proof": {d.proofOf(id, "object")}, "no": {"email", "phone", "pigeon"}}
	leadsTo(t, id, "objected", d.post(link(id)+"/object", open))
	leadsTo(t, id, "objected", d.post(link(id)+"/object", open)) // pressed twice
	require.Equal(t, []string{"email jan@customer.example", "phone +31612345678", "sms +31612345678"}, d.refusals())
	require.Equal(t, 2, d.woken)

	// Both of his leads are told, once, as soon as Temporal is back.
	wish := process.Happening{
		What: process.DidCustomer, Actor: process.Customer,
		Customer: &process.CustomerWish{Refuses: []lead.Channel{lead.Email, lead.Phone, lead.SMS}},
	}
	require.Equal(t, map[uuid.UUID][]process.Happening{id: {wish}, other: {wish}}, d.toTell())
	require.NotContains(t, d.toTell(), stranger)
	d.step(id, wish)
	require.Equal(t, wish.Customer.Refuses, d.state(id).Reach.Refused)

	page := d.get(link(id) + "?done=objected").Body.String()
	require.Contains(t, page, "We hebben het genoteerd.")
	require.Contains(t, page, "U krijgt van ons geen e-mail meer.")
	require.Contains(t, page, "Wij bellen en sms&#39;en u niet meer.")
	require.Empty(t, d.proofOf(id, "object"), "there is nothing left to refuse")
	require.Zero(t, d.asker.count())
}

func TestObjectingOnAClosedLead(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	id := d.lead(jan)
	d.closeIt(id)
	before := len(d.events(id))
	leadsTo(t, id, "objected", d.press(id, "object", url.Values{"no": {"email"}}))
	leadsTo(t, id, "objected", d.press(id, "object", url.Values{"no": {"email"}}))
	require.Equal(t, []string{"email jan@customer.example"}, d.refusals())
	require.Empty(t, d.toTell(), "nobody works it any more")
	require.Equal(t, []string{"follow_up_started", "follow_up_done"}, d.events(id)[before:])
	page := d.get(link(id) + "/object").Body.String()
	require.Contains(t, page, "U krijgt van ons geen e-mail meer.")
	require.Contains(t, page, `value="phone"`, "calls can still be refused")
	require.Contains(t, page, `<details class="part quiet" open>`)
}

// The button of the mail program itself, by RFC 8058.
func TestOneClick(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	id := d.lead(jan)
	for range 2 {
		w := d.post(link(id)+"/object", url.Values{"List-Unsubscribe": {"One-Click"}})
		require.Equal(t, http.StatusOK, w.Code)
		require.Contains(t, w.Body.String(), "We do not send you e-mail any more.")
	}
	require.Equal(t, []string{"email jan@customer.example"}, d.refusals(), "of e-mail only")
	require.Len(t, d.toTell()[id], 1)

	// It opens no other door.
	d.appoint(id, "2026-11-26 14:00")
	for _, button := range []string{"confirm", "move", "cancel"} {
		w := d.post(link(id)+"/"+button, url.Values{"List-Unsubscribe": {"One-Click"}})
		require.Equal(t, http.StatusForbidden, w.Code)
	}
	w := d.post(link(id)+"/object", url.Values{"List-Unsubscribe": {"one-click"}, "no": {"phone"}})
	require.Equal(t, http.StatusForbidden, w.Code)
}

// Somebody whose number is withheld and who left no address can object too.
func TestObjectingWithoutAnyAddress(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	id := d.lead(`{"channel": "phone", "customer": {}}`)
	leadsTo(t, id, "objected", d.press(id, "object", url.Values{"no": {"phone"}}))
	require.Empty(t, d.refusals())
	require.Len(t, d.toTell()[id], 1)
	d.closeIt(id)
	before := d.events(id)
	leadsTo(t, id, "objected", d.press(id, "object", url.Values{"no": {"phone"}}))
	require.Equal(t, before, d.events(id))
}
