package api

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// inDutch is what the browser of a Dutch colleague asks for.
var inDutch = []string{"Accept-Language", "nl-NL,nl;q=0.9,en;q=0.8"}

func TestWhatHappenedIsToldInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	s.act(id, "notes", sam, `{"text":"Hello"}`).is(http.StatusOK)
	path := "/v1/leads/" + id + "/timeline?limit=200"
	dutch := s.call(s.staff, http.MethodGet, path, "", inDutch...).is(http.StatusOK)
	require.Equal(t, "nl", dutch.header.Get("Content-Language"))
	require.Equal(t, "Lead ontvangen van website; traject first-party (1e partij · nieuw)", dutch.text("items.0.summary"))
	require.Contains(t, string(dutch.body), "Notitie toegevoegd")
	for _, other := range []string{"", "de", "tlh, ;;;"} {
		english := s.call(s.staff, http.MethodGet, path, "", "Accept-Language", other).is(http.StatusOK)
		require.Equal(t, "en", english.header.Get("Content-Language"), "English stands in for others")
		require.Equal(t, "Lead received from website; track first-party (first-party · new)", english.text("items.0.summary"))
	}
}

func TestWhatAClosingLacksIsToldInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	r := s.act(id, "close", sam, `{"reason":"not_reached"}`, inDutch...).is(http.StatusUnprocessableEntity).problem(KindClosingRefused)
	require.Equal(t, "0 van 6 belpogingen; de volgende is di 24 nov 10:00", r.text("missing.0.message"), "in the dealer's time")
}

func TestReasonsAreLabelledInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.putReasons(maria, `{"reasons":[`+abroad+`,{"code":"no_stock","label":"Cannot get the car"}]}`).is(http.StatusOK)
	dutch := s.call(s.staff, http.MethodGet, "/v1/reasons", "", inDutch...).is(http.StatusOK)
	require.Equal(t, "Niet bereikt na maximaal aantal belpogingen", reason(dutch, "not_reached").text("label"))
	require.Equal(t, "Cannot get the car", reason(dutch, "no_stock").text("label"), "what the dealer wrote stays")
	require.Equal(t, "Moved abroad", reason(dutch, "moved_abroad").text("label"))

	// A form that sends back the label as it was read changes nothing.
	s.putReasons(maria, `{"reasons":[{"code":"sold","label":"Verkocht"}]}`, inDutch...).is(http.StatusOK)
	english := s.call(s.staff, http.MethodGet, "/v1/reasons", "").is(http.StatusOK)
	require.Equal(t, "Sold", reason(english, "sold").text("label"))
	require.Equal(t, "Not reached after maximum number of call attempts", reason(english, "not_reached").text("label"))
}

func TestFollowUpsAreToldInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, claim := s.claiming()
	dutch := s.call(s.staff, http.MethodGet, "/v1/follow-ups/"+claim, "", inDutch...).is(http.StatusOK)
	require.Equal(t, "Persoonsgegevens onjuist", dutch.text("reason_label"))
	english := s.call(s.staff, http.MethodGet, "/v1/follow-ups/"+claim, "").is(http.StatusOK)
	require.Equal(t, "Personal data incorrect", english.text("reason_label"))
}

func TestWhyAMessageIsNoLeadIsToldInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.call(s.website, http.MethodPost, "/v1/leads", `{"channel":"web"}`).is(http.StatusUnprocessableEntity)
	dutch := s.call(s.staff, http.MethodGet, "/v1/quarantine", "", append(inDutch, "X-Actor", maria)...).is(http.StatusOK)
	require.Contains(t, dutch.text("items.0.reason"), "de inhoud is geen lead: ")
	require.Contains(t, dutch.text("items.0.reason"), "noemt geen telefoonnummer en geen e-mailadres")
}

func TestNewsIsToldInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	english, dutch := s.listen(""), s.listen("", inDutch...)
	s.act(id, "notes", sam, `{"text":"Hello"}`).is(http.StatusOK)
	require.Equal(t, "Note added", english.hears("note_added"))
	require.Equal(t, "Notitie toegevoegd", dutch.hears("note_added"))
	missed := s.listen("0-0", inDutch...)
	require.Equal(t, "Lead ontvangen van website; traject first-party (1e partij · nieuw)", missed.hears("received"), "what was missed too")
}

// hears waits for news of a kind and returns its summary.
func (l *listener) hears(kind string) string {
	l.t.Helper()
	for {
		if _, data := l.next(); data["kind"] == kind {
			return text(data["summary"])
		}
	}
}

// Somebody's own language goes before that of the machine he sits at.
func TestWhoSignedInIsSpokenToInHisLanguage(t *testing.T) {
	t.Parallel()
	var of Signed
	s := open(t, func(o *Options) {
		o.Session = func(*http.Request) (Signed, bool, error) { return of, true, nil }
	})
	who, err := s.server.keys.open(context.Background(), s.staff)
	require.NoError(t, err)
	of = Signed{Email: sam, Dealer: s.dealer, Country: who.country, Zone: who.zone, Language: "nl"}
	r := s.call(s.staff, http.MethodGet, "/v1/reasons", "", "Authorization", "", "Accept-Language", "en").is(http.StatusOK)
	require.Equal(t, "Verkocht", reason(r, "sold").text("label"))
}
