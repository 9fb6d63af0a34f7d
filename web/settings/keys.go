package settings

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

const keysPath = "/settings/keys"

func (r *Room) mountKeys(signed gin.IRouter) {
	in := signed.Group(keysPath, only(holdsKeys))
	in.GET("", r.keyList)
	in.GET("/new", r.newKey)
	in.POST("", r.createKey)
	in.GET("/:id/revoke", r.revoking)
	in.POST("/:id/revoke", r.revoke)
}

func (r *Room) keys(ctx context.Context) ([]gen.APIKey, error) {
	var all gen.APIKeyList
	err := r.Door.Get(ctx, "/v1/keys", &all)
	return all.Items, err
}

func (r *Room) keyList(c *gin.Context) {
	all, err := r.keys(c.Request.Context())
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Render(c, http.StatusOK, keysPage(all))
}

// everything is the choice of a key that is bound to no source.
const everything = "integration"

// ofSource begins the choice of a key for one source.
const ofSource = "source:"

func (r *Room) newKey(c *gin.Context) {
	all, err := r.sources(c.Request.Context())
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Render(c, http.StatusOK, newKeyPage(all, c.Query("source")))
}

// newborn is a key that was just made; its secret is on this page and nowhere
// else.
type newborn struct {
	gen.MadeAPIKey

	PublicURL string
	Source    string // from which an example posts
}

// createKey answers with the page itself and not with a redirect: the secret
// stands in no address and is not kept for the next page.
func (r *Room) createKey(c *gin.Context) {
	ctx := c.Request.Context()
	body := gen.NewAPIKey{Name: field(c, "name"), Scope: gen.KeyScopeIntegration}
	if code, one := strings.CutPrefix(field(c, "opens"), ofSource); one {
		body.Scope, body.Source = gen.KeyScopeIntake, &code
	}
	page := newborn{PublicURL: r.PublicURL}
	if err := r.Door.Post(ctx, "/v1/keys", c.PostForm("key"), body, &page.MadeAPIKey); err != nil {
		refuse(c, err, "")
		return
	}
	if page.MadeAPIKey.Source == nil {
		all, err := r.sources(ctx)
		if err != nil {
			frame.Refuse(c, err)
			return
		}
		if len(all) > 0 {
			page.Source = all[0].Code
		}
	}
	stay(c)
	frame.Render(c, http.StatusOK, madeKeyPage(page))
}

// example is a command that posts a test lead with the key; it counts in no
// figure.
func (n newborn) example() string {
	query := ""
	if n.Source != "" {
		query = "?source=" + n.Source
	}
	return fmt.Sprintf(`curl -X POST '%s/v1/leads%s' \
  -H 'Authorization: Bearer %s' \
  -H 'Content-Type: application/json' \
  -d '{"test": true, "channel": "web", "request": "test_drive",
       "customer": {"full_name": "Test Tester", "email": "test@example.com"},
       "vehicle": {"make": "Renault", "model": "Captur"}}'`, n.PublicURL, query, *n.Secret)
}

// revoking asks before a key is revoked, because it cannot be taken back.
func (r *Room) revoking(c *gin.Context) {
	id, ok := idOf(c, "id")
	if !ok {
		return
	}
	all, err := r.keys(c.Request.Context())
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	i := slices.IndexFunc(all, func(k gen.APIKey) bool { return k.ID == id })
	switch {
	case i < 0:
		frame.NotFound(c)
	case all[i].RevokedAt != nil:
		c.Redirect(http.StatusSeeOther, keysPath)
	default:
		frame.Render(c, http.StatusOK, revokingPage(all[i]))
	}
}

func (r *Room) revoke(c *gin.Context) {
	id, ok := idOf(c, "id")
	if !ok {
		return
	}
	if err := r.Door.Post(c.Request.Context(), "/v1/keys/"+id.String()+"/revoke", c.PostForm("key"), nil, nil); err != nil {
		refuse(c, err, "")
		return
	}
	frame.Done(c, keysPath, "settings_key_revoked")
}

// opens tells what a key opens.
func opens(ctx context.Context, scope gen.KeyScope, source *string) string {
	if source == nil {
		return words.T(ctx, "settings.scope_"+string(scope))
	}
	return words.T(ctx, "settings.scope_"+string(scope), "source", *source)
}
