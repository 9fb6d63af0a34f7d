package message

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	_ "time/tzdata"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/lead"
)

var update = flag.Bool("update", false, "write the previews in testdata/preview anew")

func loaded(tb testing.TB) *Templates {
	tb.Helper()
	templates, err := Load()
	require.NoError(tb, err)
	return templates
}

func amsterdam(tb testing.TB) *time.Location {
	tb.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	require.NoError(tb, err)
	return zone
}

// fullData fills every field, on a Friday afternoon in Amsterdam.
func fullData(tb testing.TB) Data {
	tb.Helper()
	received := time.Date(2026, 11, 20, 13, 2, 0, 0, time.UTC)
	return Data{
		Dealer: Dealer{
			Name: "Garage De Ster", Phone: "030 1234567", Address: "Sterrenlaan 1, Utrecht", Colour: "#ffcc00",
			LogoURL: "https://dealer.example/logo.png", Language: "nl", Zone: amsterdam(tb),
		},
		Customer: Customer{Name: "J. de Boer", Phone: "+31 6 12345678", Email: "jan@customer.example"},
		Vehicle:  "Renault Captur",
		Owner:    Owner{Name: "K. Visser", Phone: "030 7654321", Email: "visser@dealer.example"},
		Lead: Lead{
			URL: "https://doorbell.example/leads/01HZX3", ID: "01HZX3", Source: "website", Received: received, MinutesWaiting: 18,
			Step: 2, Steps: 4, AttemptsMade: 2, AttemptsRequired: 6, RequestWords: "Test drive: “Can I drive it on Saturday?”",
		},
		Appointment: Appointment{Kind: "test_drive", StartsAt: received.Add(4*24*time.Hour - 2*time.Minute), DurationMin: 45, Place: "Sterrenlaan 1, Utrecht"},
		Closing: Closing{
			ReasonLabel: "Not reached after maximum number of call attempts", ProposedBy: "K. Visser", Note: "Six calls, two voicemails.",
			DueAt: received.Add(4 * time.Hour),
		},
		CallDueAt:   received.Add(15 * time.Minute),
		Links:       Links{Customer: "https://doorbell.example/c/a/abc.def", Object: "https://doorbell.example/c/o/abc.def"},
		CustomerAct: ActConfirmed,
		FollowUp: FollowUp{
			Kind: lead.StockSearch, URL: "https://doorbell.example/v1/follow-ups/01HZX9", OwnerName: "S. Smit", DueAt: received.Add(4*24*time.Hour - 2*time.Minute),
			ReasonLabel: "Preference for another car", Note: "Has time until the summer.", ClosedBy: "K. Visser", TradeIn: "Opel Corsa, 2017, 88000 km",
			Details: []Detail{
				{Name: "make", Kind: lead.Words, Value: "Renault"},
				{Name: "model", Kind: lead.Words, Value: "Clio"},
				{Name: "condition", Kind: lead.Choice, Value: "used"},
			},
			ExternalID: "AT-20931", PriceCents: 2500, Currency: "EUR",
			Received: received.Add(-30 * 24 * time.Hour), ClosedAt: received.Add(-26 * 24 * time.Hour),
		},
		Colleague: Colleague{
			Name: "K. Visser", URL: "https://doorbell.example/v1/staff/01HZX1/interventions", Conversations: 24, Results: 3, Norm: 20, PausedAt: received,
		},
		Account: Account{
			Email: "visser@dealer.example", InvitedBy: "M. Meijer", URL: "https://doorbell.example/welcome/abc", Until: received.Add(7 * 24 * time.Hour),
		},
		Now:     received.Add(18 * time.Minute),
		Subject: "About the Captur", Words: "Dear Jan,\n\nThe Captur is here.\nShall we say Saturday?\n\nKarin Visser",
	}
}

// Every mail as it looks, in testdata/preview. `go test ./message -update`
// writes them anew; read the difference before it is committed.
func TestPreviews(t *testing.T) {
	t.Parallel()
	templates := loaded(t)
	seen := map[string]bool{}
	preview := func(file, name, language string, d Data) {
		r, err := templates.Render(name, language, d)
		require.NoError(t, err)
		require.Equal(t, language, r.Language)
		text := "Subject: " + r.Subject + "\n"
		for _, h := range allowedHeaders {
			if v := r.Headers[h]; v != "" {
				text += h + ": " + v + "\n"
			}
		}
		text += "\n" + r.Text
		if r.SMS != "" {
			text += "\nSMS: " + r.SMS + "\n"
			require.LessOrEqual(t, utf8.RuneCountInString(r.SMS), 160, "%s does not fit into one SMS", file)
		}
		balanced(t, r.HTML)
		for extension, got := range map[string]string{".txt": text, ".html": r.HTML} {
			path := filepath.Join("testdata", "preview", language, file+extension)
			seen[path] = true
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(want), got, "%s; run go test ./message -update if that is meant", path)
		}
	}
	for _, language := range Languages() {
		for _, name := range slices.Concat(customerNames, staffNames, accountNames) {
			preview(name, name, language, fullData(t))
		}
		signingOn := fullData(t)
		signingOn.Account.SignOn, signingOn.Account.URL, signingOn.Account.InvitedBy = "Microsoft", "https://doorbell.example/sign-in", ""
		preview("invitation-sign-on", AccountInvitation, language, signingOn)
		closed := fullData(t)
		closed.CallDueAt = time.Date(2026, 11, 23, 7, 45, 0, 0, time.UTC)
		closed.Dealer.LogoURL, closed.Owner.Name = "", ""
		preview("thank-you-closed", ThankYou, language, closed)
		bare := Data{Dealer: Dealer{Name: "Garage De Ster", Zone: amsterdam(t)}, Lead: Lead{URL: "https://doorbell.example/leads/01HZX3"}}
		preview("thank-you-no-phone", ThankYou, language, bare)
		preview("escalation-bare", Escalation, language, bare)
		for file, f := range followUps() {
			d := fullData(t)
			f.URL, f.OwnerName, f.DueAt, f.ClosedBy = d.FollowUp.URL, d.FollowUp.OwnerName, d.FollowUp.DueAt, d.FollowUp.ClosedBy
			d.FollowUp = f
			if f.Kind == lead.HandOver || f.Kind == lead.BuyingDepartment {
				toDepartment := d
				toDepartment.Lead.URL = ""
				preview(strings.Replace(file, "follow-up", "hand-over", 1), HandOver, language, toDepartment)
			}
			preview(file, FollowUpDue, language, d)
		}
		preview("follow-up-due-bare", FollowUpDue, language, bare)
		preview("follow-up-overdue-bare", FollowUpOverdue, language, bare)
		preview("lead-again-bare", LeadAgain, language, bare)
		preview("hand-over-bare", HandOver, language, bare)
		refusing := fullData(t)
		refusing.Customer.Refuses = []lead.Channel{lead.Phone, lead.SMS}
		preview("follow-up-due-no-calls", FollowUpDue, language, refusing)
		preview("message-failed-no-phone", MessageFailed, language, bare)
	}
	err := filepath.WalkDir(filepath.Join("testdata", "preview"), func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		require.True(t, d.IsDir() || seen[path], "%s is of no mail any more; delete it", path)
		return nil
	})
	require.NoError(t, err)
}

// balanced asserts that every element that is opened is closed, in order.
func balanced(t require.TestingT, page string) {
	var open []string
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		kind := z.Next()
		name, _ := z.TagName()
		switch kind {
		case html.ErrorToken:
			require.Empty(t, open)
			return
		case html.StartTagToken:
			if tag := string(name); tag != "meta" && tag != "img" && tag != "br" {
				open = append(open, tag)
			}
		case html.EndTagToken:
			require.NotEmpty(t, open)
			require.Equal(t, open[len(open)-1], string(name))
			open = open[:len(open)-1]
		default:
		}
	}
}

// Strangers type other people's addresses: a mail that goes out by itself must
// carry nothing that was typed, or the form becomes a way to send spam.
func TestMailsToCustomersEchoNothing(t *testing.T) {
	t.Parallel()
	templates := loaded(t)
	d := fullData(t)
	d.Customer = Customer{Name: "TYPEDname", Phone: "+31 6 99887766", Email: "TYPEDmail@customer.example"}
	d.Lead.RequestWords, d.Lead.Source, d.Lead.URL = "TYPEDwords", "TYPEDsource", "https://TYPED.example"
	d.Closing.Note, d.FollowUp.Note, d.FollowUp.TradeIn = "TYPEDnote", "TYPEDnote", "TYPEDcar"
	d.FollowUp.Details = []Detail{{Name: "model", Kind: lead.Words, Value: "TYPEDdetail"}}
	for _, name := range customerNames {
		shown := d
		switch name {
		case ThankYou, AskForPhone, StillInterested, TriedToReach, AppointmentCancelled, SoftReminder:
			shown.Vehicle = "TYPEDcar"
		default: // these follow a talk, in which somebody saw the car's name
		}
		if name != HandWritten && name != Quote {
			shown.Words, shown.Subject = "TYPEDmail", "TYPEDsubject"
		}
		for _, language := range Languages() {
			r, err := templates.Render(name, language, shown)
			require.NoError(t, err)
			for _, part := range []string{r.Subject, r.Text, r.HTML, r.SMS, r.Headers["List-Unsubscribe"]} {
				require.NotContains(t, strings.ToUpper(part), "TYPED", "%s in %s", name, language)
				require.NotContains(t, part, "99887766", "%s in %s", name, language)
			}
		}
	}
}

func TestThankYouSaysWhoCallsAndWhen(t *testing.T) {
	t.Parallel()
	templates := loaded(t)
	at := func(day, hour, minute int) time.Time {
		return time.Date(2026, 3, day, hour, minute, 0, 0, amsterdam(t))
	}
	for name, c := range map[string]struct {
		received, due time.Time
		owner, phone  string
		want          string
	}{
		"in opening hours":      {at(27, 14, 0), at(27, 14, 15), "K. Visser", "x", "K. Visser will call you today before 14:15."},
		"nobody assigned":       {at(27, 14, 0), at(27, 14, 15), "", "x", "A colleague will call you today before 14:15."},
		"before opening":        {at(27, 6, 0), at(27, 8, 45), "", "x", "A colleague will call you today before 08:45."},
		"after closing":         {at(27, 22, 0), at(28, 9, 15), "", "x", "A colleague will call you as soon as we are open again, on Saturday 28 March before 09:15."},
		"over the clock change": {at(28, 23, 30), at(30, 8, 45), "", "x", "as soon as we are open again, on Monday 30 March before 08:45."},
		"just after midnight":   {at(29, 0, 30), at(29, 9, 0), "", "x", "today before 09:00."},
		"no idea when":          {at(27, 14, 0), time.Time{}, "", "x", "A colleague will call you as soon as possible."},
		"no number to call":     {at(27, 14, 0), at(27, 14, 15), "", "", "A colleague will contact you today before 14:15."},
	} {
		d := fullData(t)
		d.Lead.Received, d.Now, d.CallDueAt, d.Owner.Name, d.Customer.Phone = c.received.UTC(), c.received, c.due, c.owner, c.phone
		r, err := templates.Render(ThankYou, "en", d)
		require.NoError(t, err)
		require.Contains(t, r.Text, c.want, name)
		require.Contains(t, r.HTML, c.want, name)
		require.Equal(t, 1, strings.Count(r.Text, "one thing"), "one question, no more")
		require.Equal(t, c.phone == "", strings.Contains(r.Text, "on which phone number"), name)
	}
}

func TestStaffMailsStartWithTheNumberAndTheLink(t *testing.T) {
	t.Parallel()
	templates := loaded(t)
	d := fullData(t)
	d.Customer.Phone = "06 12345678\nhttps://evil.example"
	for _, name := range staffNames {
		if name == StaffPaused {
			continue // it is about no lead
		}
		for _, language := range Languages() {
			r, err := templates.Render(name, language, d)
			require.NoError(t, err)
			lines := strings.Split(r.Text, "\n")
			require.Equal(t, []string{"06 12345678 https://evil.example", d.Lead.URL}, lines[:2], name)
			require.Contains(t, r.HTML, `href="tel:0612345678"`)
			require.NotEmpty(t, r.SMS)
			require.Contains(t, r.SMS, d.Lead.URL)
		}
	}
	d = fullData(t)
	r, err := templates.Render(Escalation, "en", d)
	require.NoError(t, err)
	require.Equal(t, "[2/4] J. de Boer · Renault Captur · 18 min · call now", r.Subject)
	require.Equal(t, "[2/4] J. de Boer, Renault Captur, 18 min. Call now +31 6 12345678 https://doorbell.example/leads/01HZX3", r.SMS)
}

func TestLanguageFallsBack(t *testing.T) {
	t.Parallel()
	templates := loaded(t)
	for _, c := range []struct{ wanted, dealer, want string }{
		{"nl", "en", "nl"},
		{"NL-be", "en", "nl"},
		{"en_GB", "nl", "en"},
		{"de", "nl", "nl"},
		{"", "nl", "nl"},
		{"", "", "en"},
		{"fr", "de", "en"},
		{"../nl", "", "en"},
	} {
		d := fullData(t)
		d.Dealer.Language = c.dealer
		r, err := templates.Render(ThankYou, c.wanted, d)
		require.NoError(t, err)
		require.Equal(t, c.want, r.Language, "%+v", c)
	}
}

func TestRenderRefuses(t *testing.T) {
	t.Parallel()
	templates := loaded(t)
	_, err := templates.Render("../words", "nl", fullData(t))
	require.ErrorIs(t, err, ErrNoTemplate)
	d := fullData(t)
	d.Dealer.Zone = nil
	_, err = templates.Render(ThankYou, "nl", d)
	require.ErrorContains(t, err, "Dealer.Zone")
}

func TestOfferedTemplatesAreForCustomers(t *testing.T) {
	t.Parallel()
	for _, name := range Names() {
		require.True(t, ForCustomers(name), name)
	}
	require.False(t, ForCustomers(Escalation))
	require.False(t, ForCustomers(""))
}

func TestHeadersTellRobots(t *testing.T) {
	t.Parallel()
	templates := loaded(t)
	const object, oneClick = "<https://doorbell.example/c/o/abc.def>", "List-Unsubscribe=One-Click"
	for name, want := range map[string]map[string]string{
		ThankYou:        {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All", "List-Unsubscribe": object, "List-Unsubscribe-Post": oneClick},
		AppointmentSet:  {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All", "List-Unsubscribe": object, "List-Unsubscribe-Post": oneClick},
		HandWritten:     {"List-Unsubscribe": object, "List-Unsubscribe-Post": oneClick},
		ClosingProposed: {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
	} {
		r, err := templates.Render(name, "nl", fullData(t))
		require.NoError(t, err)
		require.Equal(t, want, r.Headers, name)
	}
	d := fullData(t)
	d.Links.Object = "http://doorbell.example/c/o/abc.def"
	r, err := templates.Render(AppointmentSet, "nl", d)
	require.NoError(t, err)
	require.NotContains(t, r.Headers, "List-Unsubscribe-Post", "one click is for https only")
}

func TestPagesSpeakAsTheMailsDo(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 24, 13, 0, 0, 0, time.UTC).In(amsterdam(t))
	require.Equal(t, "dinsdag 24 november om 14:00", Moment("nl-BE", at))
	require.Equal(t, "Tuesday 24 November", Day("de", at))
	require.Equal(t, "proefrit", Meeting("nl", "test_drive"))
	require.Equal(t, "sea trial", Meeting("en", "sea_trial"))
	require.Equal(t, "nl", Language("", "de", "NL_nl", "en"))
}

func TestLoadNamesTheFileThatIsWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(fstest.MapFS)
		want  string
	}{
		"missing mail":  {func(m fstest.MapFS) { delete(m, "nl/staff/assigned.tmpl") }, "nl/staff/assigned.tmpl"},
		"missing words": {func(m fstest.MapFS) { delete(m, "en/words.tmpl") }, "en/words.tmpl"},
		"missing part": {func(m fstest.MapFS) {
			m["en/staff/assigned.tmpl"].Data = []byte(`{{define "subject"}}x{{end}}{{define "body"}}x{{end}}`)
		}, `en/staff/assigned.tmpl: it does not define "sms"`},
		"empty part": {func(m fstest.MapFS) {
			m["nl/customer/quote.tmpl"].Data = []byte(`{{define "subject"}}x{{end}}{{define "body"}}{{end}}`)
		}, `nl/customer/quote.tmpl: it does not define "body"`},
		"not closed":       {func(m fstest.MapFS) { m["nl/customer/quote.tmpl"].Data = []byte(`{{define "subject"}}x`) }, "nl/customer/quote.tmpl"},
		"left over":        {func(m fstest.MapFS) { m["nl/customer/old.tmpl"] = &fstest.MapFile{Data: []byte("x")} }, "nl/customer/old.tmpl"},
		"another language": {func(m fstest.MapFS) { m["de/words.tmpl"] = &fstest.MapFile{Data: []byte("x")} }, "de/words.tmpl"},
	} {
		copied := fstest.MapFS{}
		require.NoError(t, fs.WalkDir(files, "templates", func(path string, d fs.DirEntry, err error) error {
			require.NoError(t, err)
			if !d.IsDir() {
				data, err := files.ReadFile(path)
				require.NoError(t, err)
				copied[strings.TrimPrefix(path, "templates/")] = &fstest.MapFile{Data: data}
			}
			return nil
		}))
		_, err := load(copied)
		require.NoError(t, err)
		c.spoil(copied)
		_, err = load(copied)
		require.ErrorContains(t, err, c.want, name)
	}
}

// Whatever stands in the data, what comes out can be sent, and nothing of it is
// read as HTML or as a header.
func TestAnyDataMakesAMailThatCanBeSent(t *testing.T) {
	t.Parallel()
	templates := loaded(t)
	all := slices.Concat(customerNames, staffNames, accountNames)
	nasty := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"", "<script>alert(1)</script>", "a\r\nBcc: x@y.example", "\x00", "\xff\xfe", `"><img src=x>`, "javascript:alert(1)", "{{.Dealer}}",
		strings.Repeat("very long ", 100), "\u202eevil", "</title><script>",
	}))
	rapid.Check(t, func(rt *rapid.T) {
		d := fullData(t)
		for _, s := range []*string{
			&d.Dealer.Name, &d.Dealer.Phone, &d.Dealer.Address, &d.Dealer.Colour, &d.Dealer.LogoURL, &d.Customer.Name, &d.Customer.Phone,
			&d.Customer.Email, &d.Vehicle, &d.Owner.Name, &d.Lead.URL, &d.Lead.Source, &d.Lead.RequestWords, &d.Appointment.Kind,
			&d.Appointment.Place, &d.Closing.ReasonLabel, &d.Closing.ProposedBy, &d.Closing.Note, &d.Links.Customer, &d.Links.Object,
			&d.CustomerAct, &d.Subject, &d.Words, &d.FollowUp.URL, &d.FollowUp.OwnerName, &d.FollowUp.ReasonLabel, &d.FollowUp.Note,
			&d.FollowUp.ClosedBy, &d.FollowUp.TradeIn, &d.FollowUp.ExternalID, &d.FollowUp.Currency, (*string)(&d.FollowUp.Kind), &d.FollowUp.Details[0].Name, &d.FollowUp.Details[0].Value,
			(*string)(&d.FollowUp.Details[0].Kind), &d.FollowUp.Details[1].Value, &d.Colleague.Name, &d.Colleague.URL,
			&d.Account.Email, &d.Account.InvitedBy, &d.Account.URL, &d.Account.SignOn,
		} {
			*s = nasty.Draw(rt, "text")
		}
		if rapid.Bool().Draw(rt, "known kind") {
			d.FollowUp.Kind = rapid.SampledFrom(lead.FollowUpKinds).Draw(rt, "kind")
		}
		d.Lead.MinutesWaiting = rapid.IntRange(0, 1<<20).Draw(rt, "minutes")
		name, language := rapid.SampledFrom(all).Draw(rt, "name"), rapid.SampledFrom(Languages()).Draw(rt, "language")
		r, err := templates.Render(name, language, d)
		require.NoError(rt, err)
		require.NotContains(rt, r.HTML, "<script")
		require.NotContains(rt, r.HTML, "<img src=x")
		require.NotContains(rt, r.HTML, `href="javascript`)
		require.LessOrEqual(rt, utf8.RuneCountInString(r.Subject), maxSubject)
		require.LessOrEqual(rt, utf8.RuneCountInString(r.SMS), maxSMS)
		balanced(rt, r.HTML)
		if r.Subject == "" {
			return // a hand-written mail without any subject in a dealer's name without letters
		}
		m := aMail()
		m.Subject, m.Text, m.HTML, m.Headers = r.Subject, r.Text, r.HTML, r.Headers
		_, err = checked(m)
		require.NoError(rt, err)
		if r.SMS != "" {
			m = anSMS()
			m.Text = r.SMS
			_, err = checked(m)
			require.NoError(rt, err)
		}
		require.Equal(rt, lead.SMS, anSMS().Channel)
	})
}

func TestWaitedIsNoFinerThanItMatters(t *testing.T) {
	t.Parallel()
	for minutes, want := range map[int]string{0: "0 min", 18: "18 min", 119: "119 min", 120: "2 h 0 min", 200: "3 h 20 min", 48 * 60: "2 d", 10000: "6 d"} {
		require.Equal(t, want, locales["en"].waited(minutes))
	}
}

func TestInkCanBeReadOnAnyColour(t *testing.T) {
	t.Parallel()
	for colour, want := range map[string]string{"#ffffff": "#000000", "#000000": "#ffffff", "#ffcc00": "#000000", "#1a3a5c": "#ffffff", "": "#ffffff", "red": "#ffffff"} {
		require.Equal(t, want, (&view{Data: Data{Dealer: Dealer{Colour: colour}}}).Ink(), colour)
	}
}
