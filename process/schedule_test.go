package process_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

// contacts is a yardstick with a schedule beside the calls.
func contacts(t tester, list string) *policy.Policy {
	t.Helper()
	return parse(t, `{timezone: Europe/Amsterdam, country: NL, phases: [showroom], calendar: {open: {mon-fri: ["09:00-18:00"]}},
  tracks: {standard: {live_response: {escalate: []}, attempts: {schedule: [+19d], overdue: []}, contact: [`+list+`]}}}`)
}

// sent tells which contacts of the schedule come by Friday: mails by their
// template, tasks by their kind.
func sent(l *life) []string {
	l.t.Helper()
	l.forget()
	l.until("2026-11-27 17:00")
	list := []string{}
	for _, e := range l.events {
		if e.Kind == "follow_up_started" {
			list = append(list, as[string](l.t, e.Data["kind"]))
		}
	}
	for _, m := range l.mails {
		if m.Staff == "" && m.Department == "" {
			list = append(list, m.Template)
		}
	}
	return list
}

var (
	incoming = func() process.Happening {
		h := call(lead.NoAnswer)
		h.Attempt.Direction = lead.In
		return h
	}
	asksAgain = process.Happening{What: process.WasLinked, Linked: &process.Linked{Lead: otherID, Source: "website"}}
)

// What the customer or the owner did ends the contacts whose stop rules name
// it, and only those.
func TestWhatEndsAContactBesideTheCalls(t *testing.T) {
	t.Parallel()
	does := map[string]func(*life){
		"nothing":                    func(*life) {},
		"a call that reaches nobody": func(l *life) { l.attempt(lead.NoAnswer) },
		"a mail by the owner":        func(l *life) { l.mailed("quote") },
		"the customer calls":         func(l *life) { l.does("ann", incoming()) },
		"the customer asks again":    func(l *life) { l.do(asksAgain) },
		"a conversation":             func(l *life) { l.attempt(lead.Reached) },
		"an appointment":             func(l *life) { l.booked(lead.InShowroom, "2026-12-04 10:00") },
		"the customer moves the appointment": func(l *life) {
			l.booked(lead.InShowroom, "2026-12-04 10:00")
			l.does("customer", l.appointment(process.MoveIt, func(a *process.AppointmentAction) { a.StartsAt = l.at("2026-12-04 11:00") }))
		},
		"it is closed": func(l *life) { l.does("ann", closing("test", nil)).does("mia", decision(true)) },
		"it sleeps": func(l *life) {
			l.attempt(lead.Reached).does("ann", closing("follow_up_required", march))
		},
	}
	goes := map[string]map[string]bool{ // stop_on → after what it still goes
		"[]": {
			"nothing": true, "a call that reaches nobody": true, "a mail by the owner": true, "the customer calls": true,
			"the customer asks again": true, "a conversation": true, "an appointment": true, "the customer moves the appointment": true,
		},
		"[answer]": {
			"nothing": true, "a call that reaches nobody": true, "a mail by the owner": true, "an appointment": true,
		},
		"[conversation]": {
			"nothing": true, "a call that reaches nobody": true, "a mail by the owner": true, "the customer calls": true,
			"the customer asks again": true, "an appointment": true, "the customer moves the appointment": true,
		},
		"[appointment]": {
			"nothing": true, "a call that reaches nobody": true, "a mail by the owner": true, "the customer calls": true,
			"the customer asks again": true, "a conversation": true,
		},
		"[answer, conversation, appointment]": {"nothing": true, "a call that reaches nobody": true, "a mail by the owner": true},
	}
	for stop, after := range goes {
		p := contacts(t, "{at: 1d, send: email, template: still-interested, stop_on: "+stop+"}, {at: 2d, task: video, stop_on: "+stop+"}")
		for what, do := range does {
			l := rings(t, p, "2026-11-23 10:00").advance("1m")
			do(l)
			want := []string{}
			if after[what] {
				want = []string{"video", "still-interested"}
			}
			require.Equal(t, want, sent(l), "stop on %s: %s", stop, what)
		}
	}
}

// A conversation ends what waits for an answer, too: the customer answered.
func TestAContactOfItsOwnStopsAlone(t *testing.T) {
	t.Parallel()
	p := contacts(t, "{at: 1d, send: email, template: still-interested, stop_on: [answer]}, {at: 1d, task: letter, stop_on: [appointment]}, {at: 2d, task: video, stop_on: []}")
	require.Equal(t, []string{"letter", "video", "still-interested"}, sent(rings(t, p, "2026-11-23 10:00")))
	require.Equal(t, []string{"letter", "video"}, sent(rings(t, p, "2026-11-23 10:00").attempt(lead.Reached)))
	require.Equal(t, []string{"video", "still-interested"}, sent(rings(t, p, "2026-11-23 10:00").booked(lead.InShowroom, "2026-12-04 10:00")))
	require.Equal(t, []string{"video"}, sent(rings(t, p, "2026-11-23 10:00").attempt(lead.Reached).booked(lead.InShowroom, "2026-12-04 10:00")))
}

// No wish speaks of letters; but who wants neither calls nor mails wants to be
// left alone.
func TestAContactNeverGoesAgainstTheCustomersWish(t *testing.T) {
	t.Parallel()
	p := contacts(t, "{at: 1d, send: email, template: still-interested, stop_on: []}, {at: 1d, task: letter, stop_on: []}, {at: 2d, task: video, stop_on: []}")
	for name, c := range map[string]struct {
		refuses []lead.Channel
		want    []string
	}{
		"calls":           {[]lead.Channel{lead.Phone}, []string{"letter", "video", "still-interested"}},
		"texts":           {[]lead.Channel{lead.SMS}, []string{"letter", "video", "still-interested"}},
		"mails":           {[]lead.Channel{lead.Email}, []string{"letter"}},
		"mails and texts": {[]lead.Channel{lead.Email, lead.SMS}, []string{"letter"}},
		"both":            {[]lead.Channel{lead.Phone, lead.Email}, []string{}},
	} {
		l := rings(t, p, "2026-11-23 10:00").advance("1h").does("ann", wish(c.refuses...))
		require.Equal(t, c.want, sent(l), name)

		before := rings(t, p, "2026-11-23 10:00", func(l *life) { l.state.Reach.Refused = c.refuses })
		require.Equal(t, c.want, sent(before), "%s: said before he asked", name)
	}

	// Without an address there is no mail; that it was left out is told.
	without := rings(t, p, "2026-11-23 10:00", withoutEmail)
	require.Equal(t, []string{"letter", "video"}, sent(without))
	require.Equal(t, "still-interested", without.entry("step_skipped")["template"])
}

// A letter or a video is a follow-up beside the lead until it is done, or until
// what happens to the lead makes it needless.
func TestATaskOfTheScheduleIsAFollowUp(t *testing.T) {
	t.Parallel()
	p := contacts(t, "{at: 1d, task: letter, stop_on: [answer]}, {at: 2d, task: video, stop_on: [appointment]}")
	asked := func() *life {
		l := rings(t, p, "2026-11-23 10:00").until("2026-11-24 09:59")
		require.Empty(t, l.last.FollowUps)
		l.until("2026-11-24 10:00")
		require.Equal(t, []process.Task{{Kind: lead.SendLetter, DueOn: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), StartsAt: l.world.Now}}, l.last.FollowUps)
		require.Equal(t, "2026-11-24", l.entry("follow_up_started")["due_on"])
		require.Equal(t, []lead.FollowUpKind{lead.SendLetter}, l.state.Tasks)
		l.until("2026-11-25 10:00")
		require.Equal(t, []lead.FollowUpKind{lead.SendLetter, lead.SendVideo}, l.state.Tasks)
		return l
	}
	letter := process.Settled{Kind: lead.SendLetter, Fate: process.Dropped, Why: "the customer answered"}
	video := process.Settled{Kind: lead.SendVideo, Fate: process.Dropped, Why: "there is an appointment"}

	l := asked().attempt(lead.NoAnswer)
	require.Empty(t, l.last.Settled, "nobody answered")
	l.does("ann", incoming())
	require.Equal(t, []process.Settled{letter}, l.last.Settled)
	require.Equal(t, []lead.FollowUpKind{lead.SendVideo}, l.state.Tasks)
	l.does("ann", incoming())
	require.Empty(t, l.last.Settled, "it is settled once")
	l.booked(lead.InShowroom, "2026-12-04 10:00")
	require.Equal(t, []process.Settled{video}, l.last.Settled)
	require.Empty(t, l.state.Tasks)

	closed := asked().does("ann", closing("test", nil))
	require.Empty(t, closed.last.Settled, "the manager may say no")
	closed.does("mia", decision(true))
	require.Equal(t, []process.Settled{
		{Kind: lead.SendLetter, Fate: process.Dropped, Why: "the lead is closed"},
		{Kind: lead.SendVideo, Fate: process.Dropped, Why: "the lead is closed"},
	}, closed.last.Settled)

	refused := asked().does("ann", wish(lead.Phone, lead.Email))
	require.Len(t, refused.last.Settled, 2)
	require.Equal(t, "the customer does not want it", refused.last.Settled[0].Why)
}

// The call about a quote is the lead's own next call.
func TestTheCallAboutAQuoteIsDoneByCalling(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.Reached).mailed("quote").advance("1h")
	l.does("ann", closing("quotation", map[string]string{"amount": "31990", "valid_until": "2026-12-23"}))
	require.Equal(t, []lead.FollowUpKind{lead.CallAboutQuote}, l.state.Tasks)
	l.does("ann", incoming())
	require.Empty(t, l.last.Settled)
	h := call(lead.NoAnswer)
	h.Attempt.Channel = lead.Email
	l.does("ann", h)
	require.Empty(t, l.last.Settled, "a mail is no call")
	l.attempt(lead.NoAnswer)
	require.Equal(t, []process.Settled{{Kind: lead.CallAboutQuote, Fate: process.Done, Why: "called"}}, l.last.Settled)
	require.Empty(t, l.state.Tasks)
}

// While the manager thinks about a closing nothing is sent; what was missed
// then is not sent afterwards, and what lies ahead is.
func TestARejectedClosingTakesTheScheduleUpAgain(t *testing.T) {
	t.Parallel()
	p := contacts(t, "{at: 1d, send: email, template: still-interested, stop_on: []}, {at: 3d, task: letter, stop_on: [appointment]}, {at: 3d, task: video, stop_on: [answer]}")
	l := rings(t, p, "2026-11-23 10:00").does("ann", closing("test", nil))
	require.Empty(t, clocksOf(l, process.ContactDue))
	l.until("2026-11-25 11:00").does("ann", incoming()).does("mia", decision(false))
	require.Equal(t, []string{"letter"}, sent(l))
}

// A contact that is moved to the next opening is not lost.
func TestAContactIsMadeInOpeningHours(t *testing.T) {
	t.Parallel()
	p := contacts(t, `{at: "+1d 20:00", send: email, template: still-interested}, {at: "+5d 10:00", task: letter}`)
	l := rings(t, p, "2026-11-23 10:00")
	l.until("2026-11-25 08:59").forget()
	l.until("2026-11-25 09:00")
	require.Equal(t, []string{"customer: still-interested by email"}, l.heard())
	l.until("2026-11-30 08:59")
	require.Empty(t, l.state.Tasks)
	l.until("2026-11-30 09:00")
	require.Equal(t, []lead.FollowUpKind{lead.SendLetter}, l.state.Tasks)
}

// A letter that stops for nothing is not dropped because another one would be.
func TestALetterIsDroppedByItsOwnRule(t *testing.T) {
	t.Parallel()
	l := rings(t, contacts(t, "{at: 1d, task: letter, stop_on: [answer]}, {at: 2d, task: letter, stop_on: []}"), "2026-11-23 10:00")
	l.does("ann", incoming()).until("2026-11-25 10:30")
	require.Equal(t, []lead.FollowUpKind{lead.SendLetter}, l.state.Tasks)
	l.does("ann", incoming())
	require.Empty(t, l.last.Settled)
	l.booked(lead.InShowroom, "2026-12-04 10:00")
	require.Empty(t, l.last.Settled)
}
