package settings

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

const sourcesPath = "/settings/sources"

func (r *Room) mountSources(signed gin.IRouter) {
	signed.GET(sourcesPath, only(readsSources), r.sourceList)
	// A source may have the code new.
	signed.GET("/settings/new-source", only(arranges), r.newSource)
	in := signed.Group(sourcesPath, only(arranges))
	in.POST("", r.addSource)
	in.GET("/:code", r.source)
	in.POST("/:code", r.changeSource)
}

// origins are the sources, and how many keys each has that are in use; Keys is
// nil for who does not hold the keys.
type origins struct {
	Sources []gen.Source
	Keys    map[string]int
}

func (r *Room) sources(ctx context.Context) ([]gen.Source, error) {
	var all gen.SourceList
	err := r.Door.Get(ctx, "/v1/sources", &all)
	return all.Items, err
}

func (r *Room) sourceList(c *gin.Context) {
	ctx := c.Request.Context()
	var page origins
	var err error
	if page.Sources, err = r.sources(ctx); err != nil {
		frame.Refuse(c, err)
		return
	}
	if holdsKeys(frame.ViewerOf(c)) {
		all, err := r.keys(ctx)
		if err != nil {
			frame.Refuse(c, err)
			return
		}
		page.Keys = map[string]int{}
		for _, k := range all {
			if k.Source != nil && k.RevokedAt == nil {
				page.Keys[*k.Source]++
			}
		}
	}
	frame.Render(c, http.StatusOK, sourcesPage(page))
}

func (r *Room) newSource(c *gin.Context) { frame.Render(c, http.StatusOK, newSourcePage()) }

func (r *Room) source(c *gin.Context) {
	all, err := r.sources(c.Request.Context())
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	i := slices.IndexFunc(all, func(s gen.Source) bool { return s.Code == c.Param("code") })
	if i < 0 {
		frame.NotFound(c)
		return
	}
	frame.Render(c, http.StatusOK, sourcePage(all[i]))
}

func (r *Room) addSource(c *gin.Context) {
	paid := field(c, "paid") != ""
	body := gen.NewSource{Code: field(c, "code"), Name: field(c, "name"), Party: gen.Party(field(c, "party")), Paid: &paid, CostPerLead: costOf(c)}
	if err := r.Door.Post(c.Request.Context(), "/v1/sources", c.PostForm("key"), body, nil); err != nil {
		refuse(c, err, "")
		return
	}
	frame.Done(c, sourcesPath, "settings_source_added")
}

func (r *Room) changeSource(c *gin.Context) {
	name, party, paid := field(c, "name"), gen.Party(field(c, "party")), field(c, "paid") != ""
	body := gen.SourceChange{Name: &name, Party: &party, Paid: &paid, CostPerLead: costOf(c)}
	if err := r.patch(c.Request.Context(), "/v1/sources/"+c.Param("code"), c.PostForm("key"), body); err != nil {
		refuse(c, err, "")
		return
	}
	frame.Done(c, sourcesPath, "saved")
}

// costOf reads what a lead costs, as people here write it, with a comma too.
// Nil where leads cost nothing or nobody says what.
func costOf(c *gin.Context) *gen.Money {
	amount := strings.ReplaceAll(field(c, "amount"), ",", ".")
	if field(c, "paid") == "" || amount == "" {
		return nil
	}
	currency := field(c, "currency")
	if currency == "" {
		currency = euro
	}
	return &gen.Money{Amount: amount, Currency: currency}
}

// euro is the currency of who does not say another.
const euro = "EUR"

// parties are whose leads there are, with the words about them.
var parties = []lead.Party{lead.FirstParty, lead.SecondParty, lead.ThirdParty}

// price tells what a lead of a source costs.
func price(ctx context.Context, s gen.Source) string {
	w := words.Of(ctx)
	switch {
	case !s.Paid:
		return w.T("settings.free")
	case s.CostPerLead == nil || strings.Trim(s.CostPerLead.Amount, "0.") == "":
		return w.T("settings.paid_unknown")
	}
	return w.T("settings.per_lead", "money", w.Money(s.CostPerLead.Amount, s.CostPerLead.Currency))
}
