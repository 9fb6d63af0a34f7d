package customer

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/workflows"
)

func TestThePageSaysHowThingsStand(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	ask := `{"channel": "web", "customer": {"email": "%@customer.example", "language": "LANG"}, "vehicle": {"make": "Renault", "model": "Captur"}}`
	fresh := func(name, language string) uuid.UUID {
		return d.lead(strings.NewReplacer("%", name, "LANG", language).Replace(ask))
	}

	none := fresh("none", "en")
	ahead := fresh("ahead", "en")
	d.appoint(ahead, "2026-11-26 14:00")
	confirmed := fresh("confirmed", "nl")
	a := d.appoint(confirmed, "2026-11-27 09:30")
	d.change(confirmed, process.AppointmentAction{Verb: process.ConfirmIt, ID: a.ID})
	cancelled := fresh("cancelled", "en")
	a = d.appoint(cancelled, "2026-11-26 15:00")
	d.change(cancelled, process.AppointmentAction{Verb: process.CancelIt, ID: a.ID})
	past := fresh("past", "en")
	d.appoint(past, "2026-11-24 11:00")
	came := fresh("came", "en")
	a = d.appoint(came, "2026-11-24 11:00")
	ended := fresh("ended", "en")
	d.appoint(ended, "2026-11-26 16:00")
	d.closeIt(ended)
	testkit.SetClock(t, d.store.Pool, at(t, "2026-11-24 12:00"))
	d.change(came, process.AppointmentAction{Verb: process.OutcomeOf, ID: a.ID, Outcome: lead.Came})

	for name, c := range map[string]struct {
		id      uuid.UUID
		shows   []string
		buttons []string
	}{
		"no appointment": {none, []string{`lang="en"`, "<h1>Your request</h1>", "no appointment at the moment", "Sam Visser will contact you", "+31 20 123 45 67", `href="tel:+31201234567"`}, nil},
		"ahead": {
			ahead,
			[]string{"<h1>Your appointment</h1>", "test drive", "Thursday 26 November", "14:00 to 14:45", "Lindelaan 14", "Renault Captur", "Not confirmed yet"},
			[]string{"confirm", "move", "cancel"},
		},
		"confirmed, in Dutch": {
			confirmed,
			[]string{`lang="nl"`, "<h1>Uw afspraak</h1>", "proefrit", "vrijdag 27 november", "09:30 tot 10:15", "Bevestigd"},
			[]string{"move", "cancel"},
		},
		"cancelled": {cancelled, []string{"was cancelled: test drive, Thursday 26 November at 15:00", "will contact you"}, nil},
		"past":      {past, []string{"This appointment was on Tuesday 24 November at 11:00."}, nil},
		"came":      {came, []string{"This appointment was on Tuesday 24 November at 11:00."}, nil},
		"closed":    {ended, []string{"was cancelled: test drive, Thursday 26 November at 16:00", "We have closed your request"}, nil},
	} {
		w := d.get(link(c.id))
		require.Equal(t, http.StatusOK, w.Code, name)
		for _, words := range c.shows {
			require.Contains(t, strings.Join(strings.Fields(w.Body.String()), " "), words, name)
		}
		for _, button := range []string{"confirm", "move", "cancel"} {
			wanted := false
			for _, b := range c.buttons {
				wanted = wanted || b == button
			}
			require.Equal(t, wanted, d.proofOf(c.id, button) != "", "%s: button %s", name, button)
		}
		require.NotEmpty(t, d.proofOf(c.id, "object"), "%s: objecting is always possible", name)
		require.NotContains(t, d.get(link(c.id)).Body.String(), "@customer.example", "%s: nothing of the person", name)
	}
}

func TestTheLanguageIsTheCustomersThenTheBrowsersThenTheDealers(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	body := func(name, language string) string {
		return `{"channel": "web", "customer": {"email": "` + name + `@customer.example"` + language + `}}`
	}
	silent, english, french := d.lead(body("a", "")), d.lead(body("b", `, "language": "en"`)), d.lead(body("c", `, "language": "fr"`))
	for _, c := range []struct {
		id           uuid.UUID
		accept, want string
	}{
		{silent, "", "nl"},
		{silent, "en-GB,en;q=0.9", "en"},
		{silent, "de, nl;q=0.5, en;q=0.7", "en"},
		{silent, "de", "nl"},
		{silent, ";;;q=x", "nl"},
		{silent, strings.Repeat("en,", 100), "nl"},
		{english, "nl", "en"},
		{french, "en", "en"},
		{french, "", "nl"},
	} {
		w := d.get(link(c.id), with("Accept-Language", c.accept))
		require.Contains(t, w.Body.String(), `<html lang="`+c.want+`">`, "%+v", c)
		require.Equal(t, c.want, w.Header().Get("Content-Language"))
	}
}

// Mail scanners follow every link, with GET and with HEAD, as often as they
// like.
func TestLookingChangesNothing(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	id := d.lead(jan)
	d.appoint(id, "2026-11-26 14:00")
	proof := url.QueryEscape(d.proofOf(id, "cancel"))
	before := d.everything()
	var paths []string
	for _, route := range d.router.Routes() {
		if route.Method == http.MethodGet {
			paths = append(paths, strings.NewReplacer(
				"/c/:token", link(id), ":file", "0a6b4f.css",
			).Replace(route.Path))
		}
	}
	require.GreaterOrEqual(t, len(paths), 7)
	for _, path := range paths {
		require.NotContains(t, path, ":")
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			for _, query := range []string{"", "?done=cancelled", "?proof=" + proof, "?List-Unsubscribe=One-Click&no=email&proof=" + proof} {
				w := d.send(httptest.NewRequest(method, path+query, http.NoBody))
				require.Less(t, w.Code, 400, "%s %s", method, path)
			}
		}
	}
	require.Equal(t, before, d.everything())
	require.Zero(t, d.asker.count())
	require.Zero(t, d.woken)
}

func TestConfirming(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	id := d.lead(jan)
	a := d.appoint(id, "2026-11-26 14:00")
	proof := url.Values{"proof": {d.proofOf(id, "confirm")}}

	// Twice at the same moment, then once more from the page that is still open.
	answers := make([]*httptest.ResponseRecorder, 3)
	var group sync.WaitGroup
	for i := range 2 {
		group.Go(func() { answers[i] = d.post(link(id)+"/confirm", proof) })
	}
	group.Wait()
	answers[2] = d.post(link(id)+"/confirm", proof)
	for _, w := range answers {
		leadsTo(t, id, "confirmed", w)
	}
	require.True(t, d.state(id).Appointment.Confirmed)
	require.Equal(t, 1, strings.Count(strings.Join(d.events(id), " "), "appointment_confirmed"))
	h := d.asker.asked[0]
	require.Equal(t, process.Customer, h.Actor)
	require.Equal(t, process.DidAppointment, h.What)
	require.Equal(t, process.AppointmentAction{Verb: process.ConfirmIt, ID: a.ID}, *h.Appointment)
	require.WithinDuration(t, at(t, "2026-11-24 10:00"), h.AskedAt, time.Minute)
	page := d.get(link(id) + "?done=confirmed").Body.String()
	require.Contains(t, page, "Dank u wel. De afspraak is bevestigd.")
	require.Contains(t, page, `role="status"`)
}

func TestMoving(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	id := d.lead(jan)
	d.appoint(id, "2026-11-26 14:00")
	to := func(local string) url.Values { return url.Values{"at": {strconv.FormatInt(at(t, local).Unix(), 10)}} }
	page := d.get(link(id)).Body.String()
	require.Contains(t, page, `value="`+to("2026-11-27 09:30").Get("at")+`"`)
	require.NotContains(t, page, `value="`+to("2026-11-26 14:00").Get("at")+`"`, "it is then already")

	before := d.everything()
	leadsTo(t, id, "choose", d.press(id, "move", nil))
	leadsTo(t, id, "choose", d.press(id, "move", url.Values{"at": {"tomorrow"}}))
	for _, never := range []string{"2026-11-27 12:30", "2026-11-24 09:00", "2026-11-29 11:00", "2026-11-27 09:45", "2027-06-01 10:00"} {
		leadsTo(t, id, "gone", d.press(id, "move", to(never)))
	}
	require.Equal(t, before, d.everything())
	require.Zero(t, d.asker.count())
	require.Contains(t, d.get(link(id)+"?done=gone").Body.String(), `<details class="part" open>`)

	open := url.Values{"proof": {d.proofOf(id, "move")}, "at": to("2026-11-27 09:30")["at"]}
	leadsTo(t, id, "moved", d.post(link(id)+"/move", open))
	leadsTo(t, id, "moved", d.post(link(id)+"/move", open)) // pressed twice
	moved := d.state(id).Appointment
	require.True(t, moved.StartsAt.Equal(at(t, "2026-11-27 09:30")))
	require.Equal(t, 45, moved.Minutes)
	require.True(t, moved.Confirmed, "who chooses the time has agreed to it")
	require.Equal(t, 1, moved.Sequence)
	require.Contains(t, d.get(link(id)+"?done=moved").Body.String(), "vrijdag 27 november")

	open["at"] = to("2026-11-27 10:00")["at"] // the same old page, another time
	leadsTo(t, id, "changed", d.post(link(id)+"/move", open))
	leadsTo(t, id, "moved", d.press(id, "move", to("2026-11-26 14:00")))
	leadsTo(t, id, "moved", d.press(id, "move", to("2026-11-27 09:30")))
	require.True(t, d.state(id).Appointment.StartsAt.Equal(at(t, "2026-11-27 09:30")), "back and forth is not a repeat")
}

func TestCancelling(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	id := d.lead(jan)
	d.appoint(id, "2026-11-26 14:00")
	open := url.Values{"proof": {d.proofOf(id, "cancel")}}
	confirm := url.Values{"proof": {d.proofOf(id, "confirm")}}
	leadsTo(t, id, "cancelled", d.post(link(id)+"/cancel", open))
	leadsTo(t, id, "cancelled", d.post(link(id)+"/cancel", open))
	leadsTo(t, id, "changed", d.post(link(id)+"/confirm", confirm))
	require.Nil(t, d.state(id).Appointment)
	require.Equal(t, 1, d.asker.count())
	require.Contains(t, d.get(link(id)+"?done=cancelled").Body.String(), "De afspraak is afgezegd.")

	// A new appointment is not what the old page was about.
	d.appoint(id, "2026-11-28 11:00")
	leadsTo(t, id, "changed", d.post(link(id)+"/cancel", open))
	require.NotNil(t, d.state(id).Appointment)
}

func TestAnOldPageDoesNotOverruleWhatHappenedSince(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	id := d.lead(jan)
	a := d.appoint(id, "2026-11-26 14:00")
	old := map[string]url.Values{}
	for _, button := range []string{"confirm", "move", "cancel"} {
		old[button] = url.Values{"proof": {d.proofOf(id, button)}, "at": {strconv.FormatInt(at(t, "2026-11-27 10:00").Unix(), 10)}}
	}
	shows := map[string]string{"confirm": "changed", "move": "changed", "cancel": "changed"}
	pressAll := func(why string) {
		for button, form := range old {
			leadsTo(t, id, shows[button], d.post(link(id)+"/"+button, form))
		}
		require.Zero(t, d.asker.count(), why)
	}
	d.change(id, process.AppointmentAction{Verb: process.MoveIt, ID: a.ID, StartsAt: at(t, "2026-11-26 16:00")})
	pressAll("a colleague moved it")
	reload := func() {
		for button := range old {
			old[button].Set("proof", d.proofOf(id, button))
		}
	}
	testkit.SetClock(t, d.store.Pool, at(t, "2026-11-26 15:55"))
	reload()
	testkit.SetClock(t, d.store.Pool, at(t, "2026-11-26 16:05"))
	pressAll("it has begun")
	testkit.SetClock(t, d.store.Pool, at(t, "2026-11-24 10:05"))
	reload()
	d.closeIt(id)
	shows["cancel"] = "cancelled" // closing the lead did it
	pressAll("the lead is closed")
	require.Contains(t, d.get(link(id)+"?done=changed").Body.String(), "Er is intussen iets veranderd.")
}

// Scripts that submit forms by themselves do not have what only the page
// hands out.
func TestOnlyAPressedButtonActs(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	id, other := d.lead(jan), d.lead(strings.ReplaceAll(jan, "jan@", "piet@"))
	a := d.appoint(id, "2026-11-26 14:00")
	d.appoint(other, "2026-11-26 14:00")
	now := testkit.Now(t, d.store.Pool)
	good := func(button string) proof {
		f := proof{act: button, lead: id, appointment: a.ID, sequence: a.Sequence}
		if button == "object" {
			f.appointment = ""
		}
		return f
	}
	before := d.everything()
	slot := strconv.FormatInt(at(t, "2026-11-27 10:00").Unix(), 10)
	for _, button := range []string{"confirm", "move", "cancel", "object"} {
		proofs := map[string]string{
			"nothing": "", "the link itself": strings.TrimPrefix(link(id), "/c/"), "spoilt": good(button).sign(secret, now) + "x",
			"another secret": good(button).sign([]byte("another secret, as long as it is"), now),
			"another lead's": d.proofOf(other, button), "too old": good(button).sign(secret, now.Add(-proofLasts-time.Minute)),
			"too few parts": message.Sign(secret, "form "+button, id.String()),
			"no number":     message.Sign(secret, "form "+button, id.String()+" "+a.ID+" x 99999999999"),
			"no time":       message.Sign(secret, "form "+button, id.String()+" "+a.ID+" 0 x"),
		}
		for _, b := range []string{"confirm", "move", "cancel", "object"} {
			if b != button {
				proofs["the "+b+" button's"] = d.proofOf(id, b)
			}
		}
		for name, text := range proofs {
			w := d.post(link(id)+"/"+button, url.Values{"proof": {text}, "at": {slot}, "no": {"email", "phone"}})
			require.Equal(t, http.StatusForbidden, w.Code, "%s with %s", button, name)
			require.Contains(t, w.Body.String(), "Nothing was changed")
			require.Contains(t, w.Body.String(), `href="`+link(id)+`"`)
		}
		// The right proof in the address or in another kind of body is none.
		w := d.post(link(id)+"/"+button+"?proof="+url.QueryEscape(good(button).sign(secret, now))+"&no=email&at="+slot, nil)
		require.Equal(t, http.StatusForbidden, w.Code)
		w = d.post(link(id)+"/"+button, url.Values{"proof": {good(button).sign(secret, now)}, "filler": {strings.Repeat("x", mostForm)}})
		require.Equal(t, http.StatusForbidden, w.Code, "a form larger than ours")
	}
	require.Equal(t, before, d.everything())
	require.Zero(t, d.asker.count())
}

// A mail scanner that runs scripts opens the page and submits each form on it,
// as it stands or with everything ticked. What makes a form act is in its button,
// which is sent when that is pressed and not otherwise.
func TestAFormThatSubmitsItselfDoesNothing(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	id := d.lead(jan)
	d.appoint(id, "2026-11-26 14:00")
	before := d.everything()
	for _, path := range []string{link(id), link(id) + "/object"} {
		page := d.get(path).Body.String()
		for _, ticked := range []bool{false, true} {
			found := forms(t, page, ticked)
			require.Len(t, found, 4)
			for button, f := range found {
				require.NotEmpty(t, f.proof, button)
				require.Equal(t, ticked && button == "move", f.fields.Has("at"), "a script can choose a time")
				// form.submit(), and a robot that gathers the fields.
				require.Equal(t, http.StatusForbidden, d.post(f.action, f.fields, with("Sec-Fetch-Site", "same-origin")).Code, button)
				require.Equal(t, http.StatusForbidden, d.post(f.action, f.fields).Code, button)
				w := d.get(f.action + "?" + f.fields.Encode()) // the method forgotten
				require.Less(t, w.Code, http.StatusBadRequest)
			}
		}
	}
	require.Equal(t, before, d.everything())
	require.Zero(t, d.asker.count())
	require.Zero(t, d.woken)
}

func TestAnotherSiteCannotPress(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	id := d.lead(jan)
	d.appoint(id, "2026-11-26 14:00")
	form := url.Values{"proof": {d.proofOf(id, "confirm")}}
	for _, from := range [][]option{
		{with("Sec-Fetch-Site", "cross-site")},
		{with("Sec-Fetch-Site", "same-site")},
		{with("Sec-Fetch-Site", "cross-site"), with("Origin", "null")},
		{with("Origin", "https://evil.example")},
	} {
		require.Equal(t, http.StatusForbidden, d.post(link(id)+"/confirm", form, from...).Code)
	}
	require.Zero(t, d.asker.count())
	// What browsers send with our Referrer-Policy, new ones and old ones.
	leadsTo(t, id, "confirmed", d.post(link(id)+"/confirm", form, with("Sec-Fetch-Site", "same-origin"), with("Origin", "null")))
	leadsTo(t, id, "confirmed", d.post(link(id)+"/confirm", form, with("Origin", "null")))
}

// A link that is none tells nothing: not whether a lead exists, and not how
// near the forgery is.
func TestForgedLinks(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	id := d.lead(jan)
	d.appoint(id, "2026-11-26 14:00")
	good := strings.TrimPrefix(link(id), "/c/")
	name, mac, _ := strings.Cut(good, ".")
	var bodies []string
	for what, token := range map[string]string{
		"no signature": name, "empty signature": name + ".", "half": good[:len(good)-1], "longer": good + "A", "of another": name + "." + mac[1:] + "A",
		"the id": id.String(), "a dot": ".", "for another purpose": message.Sign(secret, "form confirm", id.String()),
		"with another secret": message.Sign([]byte("another secret, as long as it is"), "customer", id.String()),
		"signed, of no lead":  message.Sign(secret, "customer", uuid.NewString()), "signed, no id": message.Sign(secret, "customer", "x"),
		"very long": strings.Repeat("A", 4000), "no UTF-8": "%ff%fe", "markup": "%3Cscript%3E",
	} {
		for _, path := range []string{"", "/object"} {
			w := d.get("/c/" + token + path)
			require.Equal(t, http.StatusNotFound, w.Code, "GET %s%s", what, path)
			bodies = append(bodies, w.Body.String())
		}
		for _, path := range []string{"/confirm", "/move", "/cancel", "/object"} {
			w := d.post("/c/"+token+path, url.Values{"List-Unsubscribe": {"One-Click"}})
			require.Equal(t, http.StatusNotFound, w.Code, "POST %s%s", what, path)
			bodies = append(bodies, w.Body.String())
		}
	}
	for _, body := range bodies {
		require.Equal(t, bodies[0], body, "one answer for all")
	}
	require.Contains(t, bodies[0], "Page not found")
	require.Zero(t, d.asker.count())
}

func TestASaidWordThatIsNotSoIsNotSaid(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	id := d.lead(jan)
	d.appoint(id, "2026-11-26 14:00")
	for _, said := range []string{"confirmed", "moved", "cancelled", "objected", "nonsense", "<script>", ""} {
		require.NotContains(t, d.get(link(id)+"?done="+url.QueryEscape(said)).Body.String(), `role="status"`, said)
	}
	require.Contains(t, d.get(link(id)+"?done=choose").Body.String(), "Maak eerst een keuze.")
}

func TestWhenTemporalIsAway(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	id := d.lead(jan)
	d.appoint(id, "2026-11-26 14:00")
	before := d.everything()
	for _, err := range []error{workflows.ErrUnavailable, workflows.ErrNotRunning, errors.New("update: something else")} {
		d.asker.fails = err
		w := d.press(id, "confirm", nil)
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
		require.Equal(t, "60", w.Header().Get("Retry-After"))
		require.Contains(t, w.Body.String(), "Please try again in a minute")
		require.Contains(t, w.Body.String(), "not certain that it arrived")
		require.Contains(t, w.Body.String(), `href="`+link(id)+`"`)
	}
	d.asker.fails = &process.Refusal{Code: process.Conflict, Message: "this appointment is over or was cancelled"}
	leadsTo(t, id, "changed", d.press(id, "confirm", nil))
	require.Equal(t, before, d.everything())

	// The customer tries again when it is back.
	d.asker.fails = nil
	leadsTo(t, id, "confirmed", d.press(id, "confirm", nil))
}

func TestWhenPostgresIsAway(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	id := d.lead(jan)
	d.pages.Store.Close()
	for _, w := range []*httptest.ResponseRecorder{
		d.get(link(id)), d.post(link(id)+"/confirm", nil), d.post(link(id)+"/object", url.Values{"List-Unsubscribe": {"One-Click"}}),
	} {
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
		require.Equal(t, "60", w.Header().Get("Retry-After"))
	}
}

// Strangers type what they like into the forms of websites.
func TestWhatWasTypedIsShownAsText(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	nasty := `<script>alert(1)</script>\" onload=\"x`
	id := d.lead(`{"channel": "web", "customer": {"full_name": "` + nasty + `", "email": "x@customer.example"}, "comments": "` + nasty + `",
		"vehicle": {"make": "` + nasty + `", "model": "` + strings.Repeat("long ", 40) + `"}}`)
	_, err := d.store.Pool.Exec(t.Context(), `UPDATE dealer SET name = '</title><script>', address = '"><img src=x>', phone = 'javascript:1', colour = 'red;}'`)
	require.NoError(t, err)
	d.appoint(id, "2026-11-26 14:00")
	page := d.get(link(id)).Body.String()
	require.Contains(t, page, "&lt;script&gt;alert(1)")
	require.Contains(t, page, "&lt;/title&gt;&lt;script&gt;")
	require.NotContains(t, page, "<script")
	require.NotContains(t, page, "<img")
	require.NotContains(t, page, `"x`)
	require.Contains(t, page, `href="tel:1"`)
	require.NotContains(t, page, strings.Repeat("long ", 20))
	require.Contains(t, page, `href="/assets/colour/1a3a5c.css"`)
}
