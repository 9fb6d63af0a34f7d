package test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	leads "github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/store"
)

const admin = "admin@demo.example"

// shop is a dealer on a busy Tuesday: some leads new, some late, some escalated,
// one with an appointment, one whose closing waits, one sold, one parked.
type shop struct {
	dealer
	fresh, late, spoken, visit, proposed, sold, parked lead
}

func busyShop(t *testing.T) shop {
	t.Helper()
	d := opensWith(t, dealership.Options{Opens: "2026-11-24 09:02", Staff: append(dealership.Staff(),
		marketer,
		store.NewStaff{Email: admin, Name: "Ad Mulder", Role: leads.RoleAdmin},
	)})
	s := shop{dealer: d}
	s.sold = d.receives(enquiry{name: "Kuipers", car: "Renault Clio"})
	s.sold.calls("reached")
	s.parked = d.receives(enquiry{name: "Willems", car: "Dacia Duster"})
	s.parked.calls("reached")
	s.proposed = d.receives(enquiry{name: "Hendriks", car: "Renault Megane", source: "portal"})
	s.proposed.calls("reached")
	s.visit = d.receives(enquiry{name: "Dekker", car: "Renault Scenic"})
	s.visit.calls("reached")
	s.spoken = d.receives(enquiry{name: "Jacobs", car: "Nissan Qashqai", source: "portal"})
	s.spoken.calls("voicemail")
	d.Advance("3m")
	s.visit.books("test_drive", "2026-11-26 14:00", true)
	s.visit.ends("appointment_test_drive", nil)
	s.sold.books("showroom", "2026-11-24 10:00", true)
	s.sold.ends("appointment_showroom", nil)
	s.sold.ends("sold", map[string]any{"vehicle": "Renault Clio", "order_number": "2026-118", "amount": "18950.00"})
	s.parked.ends("follow_up_required", map[string]any{"on": "2027-02-01", "about": "new job in January"})
	s.proposed.ends("bought_another_car", map[string]any{"brand": "other", "dealer": "other", "area": "own"})
	s.late = d.receives(enquiry{name: "Vermeer", car: "Renault Austral", source: "portal", extra: `"comments": "Can I drive it on Saturday?"`})
	d.Advance("34m")
	s.fresh = d.receives(enquiry{name: "Smeets", car: "Renault Captur", extra: `"comments": "Is the tow bar included?"`})
	d.Advance("4m")
	return s
}

// ends closes a lead with a reason that has its evidence.
func (l lead) ends(reason string, details map[string]any) {
	l.d.t.Helper()
	answer := l.closes(l.owner(), reason, details)
	require.Less(l.d.t, answer.Status, 300, "%s: %s", reason, answer.Text)
}

// pages are the screens, by who looks at them.
func (s shop) pages() map[string][]string {
	return map[string][]string{
		"": {"/sign-in", "/forgotten", "/welcome/none", "/dev/mail", "/c/" + message.Sign(dealership.Secret, "customer", s.visit.id), "/setup"},
		sam: {
			"/board", "/mine", "/account", "/follow-ups", "/leads/" + s.fresh.id, "/leads/" + s.late.id, "/leads/" + s.spoken.id, "/leads/" + s.visit.id,
			"/leads/" + s.sold.id, "/leads/" + s.parked.id, "/leads/" + s.fresh.id + "/closing?reason=not_reached", "/leads/" + s.late.id + "/mail",
		},
		manager: {
			"/desk", "/desk/reassign", "/desk/quarantine", "/board?status=closing", "/board?who=team&overdue=true", "/board/wall", "/leads/" + s.proposed.id, "/settings",
			"/settings/staff", "/settings/staff/new", "/settings/staff/" + s.StaffID(sam), "/settings/sources", "/settings/sources/new", "/settings/sources/portal",
			"/settings/policy", "/settings/policy/versions", "/settings/policy/apply", "/settings/reasons", "/settings/reasons/not_reached",
			"/settings/templates", "/settings/templates/thank-you", "/settings/hours", "/settings/dealer",
		},
		mia:   {"/board", "/settings", "/settings/sources"},
		admin: {"/settings", "/settings/keys", "/settings/keys/new", "/settings/dealer", "/settings/trail", "/settings/trail?object=" + s.late.id, "/leads/" + s.late.id + "/person"},
	}
}

// tooWide names what reaches over the right edge of the window.
const tooWide = `document.documentElement.scrollWidth <= window.innerWidth ? "" :
	[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > window.innerWidth + 1 && !e.closest(".scroll"))
		.slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join("\n") || "something"`

// Nobody is kept out: axe finds nothing serious, nothing that the page's own
// rules forbid is tried, nothing jumps about, and a narrow telephone shows it all.
func TestEveryPageIsFitForEverybody(t *testing.T) {
	s := busyShop(t)
	for who, paths := range s.pages() {
		for i, w := range []browse.Window{{Width: 1366, Height: 900, Dark: true}, {Width: 360, Height: 780, Phone: true, Language: "nl"}} {
			b := browse.Chromium(t, s.door.URL, w)
			if who != "" {
				b.SignIn(who)
			}
			for _, path := range paths {
				b.Open(path)
				b.Accessible()
				b.Obeys()
				require.Less(t, b.Shift(), 0.02, "%s jumps about", path)
				require.Empty(t, b.Text(tooWide), "%s is too wide for window %d", path, i)
			}
			b.Close()
		}
	}
}

// The pictures of the README; `make screens` keeps them.
func TestTheScreensCanBePictured(t *testing.T) {
	s := busyShop(t)
	folder := os.Getenv("DOORBELL_SCREENS")
	if folder == "" {
		folder = t.TempDir()
	}
	for _, p := range []struct {
		name, who, path string
		window          browse.Window
	}{
		{"board", manager, "/board", browse.Desk},
		{"wall", manager, "/board/wall", browse.Window{Width: 1600, Height: 900, Dark: true}},
		{"lead", s.late.owner(), "/leads/" + s.late.id, browse.Phone},
		{"closing", sam, "/leads/" + s.late.id + "/closing?reason=not_reached#closing", browse.Phone},
		{"mine", sam, "/mine", browse.Phone},
		{"desk", manager, "/desk", browse.Desk},
		{"policy", manager, "/settings/policy", browse.Desk},
		{"customer", "", "/c/" + message.Sign(dealership.Secret, "customer", s.visit.id), browse.Phone},
	} {
		b := browse.Chromium(t, s.door.URL, p.window)
		if p.who != "" {
			b.SignIn(p.who)
		}
		b.Open(p.path)
		file := filepath.Join(folder, p.name+".png")
		b.Screenshot(file, false)
		b.Close()
		info, err := os.Stat(file)
		require.NoError(t, err)
		require.Greater(t, info.Size(), int64(10_000), "%s is more than an empty page", p.name)
	}
}

// Looking is free: whatever address is opened, nothing changes, but that the
// trail tells who looked.
func TestNoPageChangesAnythingByBeingOpened(t *testing.T) {
	s := busyShop(t)
	visits := map[string]*browse.Visit{}
	for who := range s.pages() {
		visits[who] = browse.Anybody(t, s.door)
		if who != "" {
			visits[who] = browse.SignIn(t, s.door, who)
		}
	}
	before := s.everything()
	for who, paths := range s.pages() {
		for _, path := range paths {
			page := visits[who].Get(path)
			require.Less(t, page.Status, http.StatusInternalServerError, "%s: %s", path, page.Words())
			require.Contains(t, page.Header.Get("Content-Security-Policy"), "default-src 'none'", path)
			require.NotContains(t, page.Header.Get("Content-Security-Policy"), "unsafe-inline", path)
			for _, never := range []string{"<style", " style=", " onclick", "javascript:", "‹"} {
				require.NotRegexp(t, regexp.QuoteMeta(never), page.Text, path)
			}
			require.NotRegexp(t, `<script[^>]*>[^<]`, page.Text, "%s has a script in it", path)
		}
	}
	require.Equal(t, before, s.everything())
}

// everything is the content of the dealer's tables, in one word per table.
func (d dealer) everything() map[string]string {
	d.t.Helper()
	rows, err := d.Store.Pool.Query(d.t.Context(), `SELECT table_name::text FROM information_schema.tables
		WHERE table_schema = 'public' AND table_name NOT IN ('sessions', 'goose_db_version', 'trail') ORDER BY 1`)
	require.NoError(d.t, err)
	var tables []string
	for rows.Next() {
		var name string
		require.NoError(d.t, rows.Scan(&name))
		tables = append(tables, name)
	}
	require.NoError(d.t, rows.Err())
	sums := map[string]string{}
	for _, name := range tables {
		var sum string
		require.NoError(d.t, d.Store.Pool.QueryRow(d.t.Context(),
			`SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') FROM "`+name+`" t`).Scan(&sum))
		sums[name] = sum
	}
	return sums
}

// Strangers type what they like into the forms of websites, and colleagues into
// ours. All of it is shown as text, on every page and in every mail.
func TestWhatSomebodyTypedIsNeverMarkup(t *testing.T) {
	s := busyShop(t)
	const nasty = `<img src=x onerror=canary1><script>canary2</script>"'canary3`
	const inJSON = `<img src=x onerror=canary1><script>canary2</script>\"'canary3`
	answer := s.door.Post("website", "application/json", `{"request": "quote", "campaign": "`+inJSON+`", "comments": "`+inJSON+`",
		"customer": {"first_name": "`+inJSON+`", "last_name": "`+inJSON+`", "email": "odd@mail.example", "phone": "06 12345699", "city": "`+inJSON+`", "postal_code": "`+inJSON[:20]+`"},
		"vehicle": {"make": "`+inJSON+`", "model": "`+inJSON+`", "trim": "`+inJSON+`", "stock_number": "`+inJSON+`"},
		"trade_in": {"make": "`+inJSON+`", "model": "`+inJSON+`"}}`)
	require.Equal(t, http.StatusAccepted, answer.Status, answer.Text)
	l := lead{s.dealer, answer.Body["id"].(string)}
	s.Await(func() bool { return s.State(l.id).Step > 0 }, "the lead is being worked")
	l.does(l.owner(), "notes", map[string]any{"text": nasty})
	l.does(l.owner(), "attempts", map[string]any{"channel": "phone", "direction": "out", "outcome": "reached", "note": nasty})
	l.does(l.owner(), "appointments", map[string]any{"kind": "showroom", "starts_at": "2026-11-26T15:00:00+01:00", "duration_min": 30, "note": nasty})
	l.closes(l.owner(), "prefers_another_car", map[string]any{"make": nasty, "model": nasty, "condition": "new"})
	require.Equal(t, http.StatusUnprocessableEntity, s.door.Post("website", "application/json", `{"comments": "`+inJSON+`"}`).Status, "it is quarantined")
	require.Less(t, s.door.As(manager, http.MethodPatch, "/v1/staff/"+s.StaffID(sam), map[string]any{"name": nasty}).Status, 300)
	s.Settle()

	pages := s.pages()
	pages[manager] = append(pages[manager], "/leads/"+l.id, "/leads/"+l.id+"/closing?reason=sold", "/leads/"+l.id+"/mail", "/board?q=canary3", "/board?status=closing",
		"/board?q="+`%22%3E%3Cscript%3Ecanary2`, "/desk/reassign?who="+sam)
	pages[""] = append(pages[""], "/c/"+message.Sign(dealership.Secret, "customer", l.id))
	seen := 0
	check := func(where, text string) {
		seen += strings.Count(text, "canary")
		for _, never := range []string{"<img src=x", "<script>canary", `"'canary3`} {
			require.NotRegexp(t, regexp.QuoteMeta(never), text, where)
		}
	}
	for who, paths := range pages {
		visit := browse.Anybody(t, s.door)
		if who != "" {
			visit = browse.SignIn(t, s.door, who)
		}
		for _, path := range paths {
			check(path, visit.Get(path).Text)
		}
	}
	require.Greater(t, seen, 40, "it is shown")
	mails := 0
	for _, m := range s.Mails("") {
		mails++
		for _, never := range []string{"<img src=x", "<script>canary", "onerror=canary1>"} {
			require.NotContains(t, m.Html, never, "%s to %s", m.Subject, m.Recipient)
		}
	}
	require.Greater(t, mails, 10)
}
