package test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
)

// yardstick is a policy of one phase whose hours are plain, with the tracks and
// rules of a test.
func yardstick(rest string) string {
	return `
timezone: Europe/Amsterdam
country: NL
phases: [showroom]
calendar: {open: {mon-fri: ["09:00-18:00"], sat: ["09:00-17:00"]}}
` + rest
}

// R4: which process a lead goes through depends on what it is; the first rule
// that fits decides, and the timeline says which.
func TestWhichTrackALeadTakes(t *testing.T) {
	d := opensWith(t, dealership.Options{Opens: "2026-11-24 10:00", Policy: yardstick(`
choose:
  - {when: {price: {from: 50000}}, track: top}
  - {when: {party: third, postcode: ["38", "1000-1299"]}, track: near}
  - {when: {customer: known}, track: known}
  - {when: {language: [en]}, track: abroad}
  - {when: {hours: closed}, track: night}
  - {track: standard}
tracks: {top: {}, near: {}, known: {}, abroad: {}, night: {}, standard: {}}
`)})
	post := func(source, body string) lead {
		id := d.Receive(source, body)
		return lead{d, id}
	}
	car := func(rest string) string { return `{"request": "quote", ` + rest + `}` }

	top := post("portal", car(`"customer": {"last_name": "A", "phone": "06 11111111", "postal_code": "3811 AB"}, "vehicle": {"price": {"amount": "62500.00", "currency": "EUR"}}`))
	require.Equal(t, "top", top.is("track"), "the first rule that fits decides")
	require.Contains(t, d.summary(top, "received"), "price from 50000")

	near := post("portal", car(`"customer": {"last_name": "B", "phone": "06 11111112", "postal_code": "3811 AB"}`))
	require.Equal(t, "near", near.is("track"))
	require.Contains(t, d.summary(near, "received"), "third-party · postcode 38")
	require.NotContains(t, d.summary(near, "received"), "3811", "the area, not where he lives")

	require.Equal(t, "abroad", post("website", car(`"customer": {"last_name": "C", "phone": "06 11111113", "language": "en"}`)).is("track"))
	require.Equal(t, "standard", post("website", car(`"customer": {"last_name": "D", "phone": "06 11111114"}, "vehicle": {"make": "Kia"}`)).is("track"))
	require.Equal(t, "known", post("website", car(`"customer": {"last_name": "D", "phone": "06 11111114"}, "vehicle": {"make": "Volvo"}`)).is("track"), "he was here before")

	d.AdvanceTo(d.At("2026-11-24 22:00"))
	require.Equal(t, "night", post("website", car(`"customer": {"last_name": "E", "phone": "06 11111115"}`)).is("track"))
}

// A lead goes to somebody who speaks the customer's language and knows the make,
// as long as he is there.
func TestALeadFindsSomebodyWhoFits(t *testing.T) {
	staff := dealership.Staff()
	for i := range staff {
		switch staff[i].Email {
		case sam:
			staff[i].Makes = []string{"Kia"}
		case tess:
			staff[i].Makes, staff[i].Languages = []string{"Renault", "Volvo"}, []string{"en"}
		case uma:
			staff[i].Makes = []string{"Renault", "Kia"}
		}
	}
	d := opensWith(t, dealership.Options{Opens: "2026-11-24 10:00", Staff: staff, Policy: yardstick(`
tracks: {standard: {assign: {to: next_salesperson, match: [language, make]}}}
`)})
	require.Equal(t, sam, d.receives(enquiry{car: "Kia Niro"}).owner())
	require.Contains(t, []string{tess, uma}, d.receives(enquiry{car: "Renault Captur"}).owner(), "not Sam, whose turn it may be")
	require.Equal(t, tess, d.receives(enquiry{car: "Volvo EX30"}).owner())
	require.Equal(t, tess, d.receives(enquiry{car: "Volvo EX40"}).owner(), "again: nobody else knows the make")

	d.away(tess, "2026-11-24 10:00", "2026-11-30 10:00")
	require.Contains(t, []string{sam, uma}, d.receives(enquiry{car: "Volvo C40"}).owner(), "somebody always has it")
}

// A customer who comes back finds the salesperson he knows; other leads go to
// whoever has the fewest.
func TestAKnownCustomerKeepsHisSalesperson(t *testing.T) {
	d := opensWith(t, dealership.Options{Opens: "2026-11-24 10:00", Policy: yardstick(`
tracks: {standard: {assign: {to: [owner_of_customer, fewest_open]}}}
`)})
	first := d.receives(enquiry{name: "Boer", phone: "06 22222222", car: "Kia Niro"})
	for range 3 {
		d.receives(enquiry{})
	}
	again := d.receives(enquiry{name: "Boer", phone: "06 22222222", car: "Volvo EX30"})
	require.Equal(t, first.owner(), again.owner())
	require.Contains(t, d.summary(again, "assigned"), "who knows the customer")

	d.away(first.owner(), "2026-11-24 10:00", "2026-11-30 10:00")
	third := d.receives(enquiry{name: "Boer", phone: "06 22222222", car: "Opel Corsa"})
	require.NotEqual(t, first.owner(), third.owner(), "he is away")
}

// R3: nobody acts, everybody is told, and the first who says "I take it" has the
// lead and his own time for it.
func TestTheFirstWhoTakesItHasIt(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{})
	require.Equal(t, http.StatusConflict, l.tries(uma, "take", nil).Status, "nobody asked for help yet")
	d.Advance("31m") // the whole team was told
	l.does(uma, "take", nil)
	require.Equal(t, uma, l.owner())
	require.Nil(t, l.now()["escalation"])
	require.Equal(t, "10:46", l.due(), "a quarter of an hour from now")

	answer := l.tries(sam, "take", nil)
	require.Equal(t, http.StatusConflict, answer.Status, "somebody was quicker")
	require.Equal(t, uma, answer.Body["lead"].(map[string]any)["owner"].(map[string]any)["email"], "and he sees who")

	d.Advance("31m") // and Uma does nothing
	require.Equal(t, http.StatusConflict, l.tries(uma, "take", nil).Status, "not a second time")
	l.does(sam, "take", nil)
	l.calls("reached")
	require.Nil(t, l.now()["escalation"])
}

// A step may keep to no hours: somebody is told at night, and nobody else is.
func TestTheTopLeadAtNight(t *testing.T) {
	d := opensWith(t, dealership.Options{Opens: "2026-11-24 21:00", Policy: yardstick(`
tracks:
  standard:
    clock: always
    live_response:
      due: 15m
      escalate:
        - {after: 0s, to: [team], notify: [email]}
        - {after: 15m, to: [general_manager], notify: [email], clock: always}
`)})
	l := d.receives(enquiry{})
	d.Advance("31m")
	require.Equal(t, 1, d.told(director, "2/2"), "the director wants to know at any hour")
	require.Equal(t, 0, d.told(tess, "1/2"), "nobody else is woken")
	require.Equal(t, 1, l.count("step_skipped"))
}

// R10: the manager sees what is dear, what only somebody's word stands for, and
// a share of the rest; what the telephone system recorded passes.
func TestWhatTheManagerSeesBeside(t *testing.T) {
	d := opensWith(t, dealership.Options{Opens: "2026-11-24 10:00", Policy: yardstick(`
tracks:
  standard:
    closing: {value: 40000, self_reported: true}
`)})
	body := map[string]any{"channels": "phone"}
	words := d.receives(enquiry{})
	words.calls("reached")
	answer := words.closes(words.owner(), "no_more_calls", body)
	require.Equal(t, http.StatusAccepted, answer.Status, "only his word says that they spoke")
	require.Contains(t, d.summary(words, "closing_proposed"), "own word")

	recorded := d.receives(enquiry{})
	recorded.does(recorded.owner(), "attempts", map[string]any{"channel": "phone", "direction": "out", "outcome": "reached", "call_id": "PBX-7"})
	require.Equal(t, http.StatusOK, recorded.closes(recorded.owner(), "no_more_calls", body).Status, "the telephone system knows the call")

	id := d.Receive("website", `{"request": "quote", "customer": {"last_name": "F", "phone": "06 33333333"}, "vehicle": {"price": {"amount": "40000.00", "currency": "EUR"}}}`)
	dear := lead{d, id}
	dear.does(dear.owner(), "attempts", map[string]any{"channel": "phone", "direction": "out", "outcome": "reached", "call_id": "PBX-8"})
	require.Equal(t, http.StatusAccepted, dear.closes(dear.owner(), "no_more_calls", body).Status, "a car of 40,000")
	require.Equal(t, http.StatusForbidden, dear.tries(dear.owner(), "closing/approve", map[string]any{}).Status)
	dear.does(manager, "closing/approve", map[string]any{})
	require.Equal(t, "closed", dear.is("status"))
}

// R35: what is sent beside the calls ends when its own rule says so.
func TestContactsBesideTheCallsEnd(t *testing.T) {
	d := opensWith(t, dealership.Options{Opens: "2026-11-24 10:00", Policy: yardstick(`
tracks:
  standard:
    contact:
      - {at: "+1d 10:00", send: email, template: still-interested, stop_on: [conversation]}
      - {at: "+2d 10:00", send: email, template: quote, stop_on: []}
`)})
	quiet := d.receives(enquiry{email: "quiet@mail.example"})
	talker := d.receives(enquiry{email: "talker@mail.example"})
	talker.calls("reached")
	refuser := d.receives(enquiry{email: "refuser@mail.example"})
	refuser.does(refuser.owner(), "customer", map[string]any{"do_not_contact": []string{"email"}})
	before := func(who string) int { return len(d.Mails(who + "@mail.example")) }
	q, k, r := before("quiet"), before("talker"), before("refuser")
	d.AdvanceTo(d.At("2026-11-25 10:01"))
	require.Equal(t, []int{q + 1, k, r}, []int{before("quiet"), before("talker"), before("refuser")})
	d.AdvanceTo(d.At("2026-11-26 10:01"))
	require.Equal(t, []int{q + 2, k + 1, r}, []int{before("quiet"), before("talker"), before("refuser")}, "never against his wish")
	require.Equal(t, "open", quiet.is("status"))
}
