package leads_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/intake"
	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const jan = `{"channel":"web","request":"test_drive","customer":{"first_name":"Jan","infix":"de","last_name":"Boer",
	"email":"jan@example.com","phone":"06 12345678","language":"nl"},
	"vehicle":{"condition":"new","make":"Renault","model":"Captur"},"comments":"Can I <b>drive</b> it on Saturday?"}`

// shop is a dealer who has one lead, Sam's, of Jan de Boer.
type shop struct {
	t    *testing.T
	d    *dealership.Dealership
	door *dealership.Door
	lead string
}

func opened(t *testing.T, o dealership.Options) *shop {
	t.Helper()
	if o.Staff == nil {
		o.Staff = dealership.Staff()
	}
	for i := range o.Staff {
		if o.Staff[i].Email != "uma@demo.example" { // she reads Dutch, as her dealer does
			o.Staff[i].Language = "en"
		}
	}
	s := &shop{t: t, d: dealership.Open(t, o)}
	s.door = s.d.Serve()
	s.lead = s.d.Receive("website", jan)
	answer := s.door.As("manager@demo.example", http.MethodPost, "/v1/leads/"+s.lead+"/assign", map[string]any{"to": "sam@demo.example"})
	require.Contains(t, []int{http.StatusOK, http.StatusConflict}, answer.Status, answer.Text) // he may have it already
	return s
}

// somebody opens the pages.
func (s *shop) somebody(name string) *somebody {
	s.t.Helper()
	return &somebody{shop: s, Visit: browse.SignIn(s.t, s.door, name+"@demo.example")}
}

type somebody struct {
	*shop
	*browse.Visit
}

// page opens the lead, or a part of its page.
func (p *somebody) page(parts ...string) browse.Page {
	p.t.Helper()
	page := p.Get(strings.Join(append([]string{"/leads", p.lead}, parts...), "/"))
	require.Equal(p.t, http.StatusOK, page.Status, page.Words())
	return page
}

// does presses a button of the page, with what its form holds.
func (p *somebody) does(path string, fields ...string) browse.Page {
	p.t.Helper()
	return p.Post("/leads/"+p.lead+"/"+path, form(fields...))
}

func form(fields ...string) url.Values {
	out := url.Values{"key": {uuid.NewString()}}
	for i := 0; i+1 < len(fields); i += 2 {
		out.Add(fields[i], fields[i+1])
	}
	return out
}

// values are those of the fields with that name on a page.
func values(page browse.Page, name string) []string {
	var out []string
	for _, found := range regexp.MustCompile(`<input[^>]* name="`+regexp.QuoteMeta(name)+`" value="([^"]*)"`).FindAllStringSubmatch(page.Text, -1) {
		out = append(out, html.UnescapeString(found[1]))
	}
	return out
}

// appointment is the address of the lead's present appointment.
func (s *shop) appointment() string {
	s.t.Helper()
	set := s.d.State(s.lead).Appointment
	require.NotNil(s.t, set)
	return "appointments/" + set.ID
}

// elsewhere is a lead of another dealer.
func (s *shop) elsewhere() string {
	s.t.Helper()
	ctx := s.t.Context()
	dealer, err := s.d.Store.CreateDealer(ctx, store.NewDealer{Name: "De Eik", Language: "nl", Sources: dealership.Sources()})
	require.NoError(s.t, err)
	source, err := s.d.Store.SourceByCode(ctx, db.SourceByCodeParams{DealerID: dealer, Code: "website"})
	require.NoError(s.t, err)
	draft, _, err := intake.ParseJSON([]byte(jan), intake.Context{Country: "NL", Zone: s.d.Zone, Now: s.d.Now()})
	require.NoError(s.t, err)
	got, err := s.d.Store.Receive(ctx, store.Post{
		Dealer: dealer, Source: source.ID, ContentType: "application/json", Body: []byte(jan),
		Prospects: []store.Prospect{{Prospect: intake.Prospect{Position: 1, Draft: draft}}},
	})
	require.NoError(s.t, err)
	return got.Leads[0].ID.String()
}
