package api

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/api/docs"
	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/api/openapi"
)

// Raw holds the operations that need the request or the answer as it is: the
// bytes of a posted lead or policy, the choice of form by Accept, a stream.
// They are x-raw-body in openapi.yaml and are left out of gen. Their
// parameters are checked and their bodies limited to MaxBody; reading the body
// is theirs, with Fail for what goes wrong.
type Raw interface {
	PostLead(c *gin.Context)     // POST /v1/leads: JSON and ADF
	MakeLead(c *gin.Context)     // POST /v1/quarantine/{id}/lead: JSON as PostLead
	GetPolicy(c *gin.Context)    // GET /v1/policy: YAML or JSON by Accept
	PutPolicy(c *gin.Context)    // PUT /v1/policy: YAML or JSON
	StreamEvents(c *gin.Context) // GET /v1/events
	PutLogo(c *gin.Context)      // PUT /v1/dealer/logo: PNG or JPEG
	GetLogo(c *gin.Context)      // GET /logo/{hash}
	GetMetrics(c *gin.Context)   // GET /metrics
	HearSendGrid(c *gin.Context) // POST /hooks/sendgrid: signed as it is
}

// Handlers are what stands behind the door.
type Handlers struct {
	Strict gen.StrictServerInterface
	Raw    Raw
	// Before runs on every operation, before its parameters and body are read:
	// authentication, rate limits. It learns from Operation what is called.
	Before []gin.HandlerFunc
	// Around wraps the operations of Strict, the last one outermost.
	Around []gen.StrictMiddlewareFunc
}

// Mount puts the operations of openapi.yaml, the document itself, the page
// /docs and the explanations of problems on the router. It makes the router
// pass the request's context on to handlers, so that they see its deadline and
// its end.
func Mount(router *gin.Engine, h Handlers) error {
	doc, err := description()
	if err != nil {
		return err
	}
	page, err := reference()
	if err != nil {
		return err
	}
	router.ContextWithFallback = true

	operations := map[string]*openapi.Operation{}
	for _, op := range doc.Operations {
		operations[op.Method+" "+routeOf(op.Path)] = op
	}
	group := router.Group("", slices.Concat([]gin.HandlerFunc{knows(operations), shut}, h.Before, []gin.HandlerFunc{holds})...)
	gen.RegisterHandlersWithOptions(group,
		gen.NewStrictHandlerWithOptions(h.Strict, slices.Concat([]gen.StrictMiddlewareFunc{ownContext}, h.Around), gen.StrictGinServerOptions{
			// holds has read the body already: what fails here is a
			// difference between openapi.yaml and the generated types.
			RequestErrorHandlerFunc:  Fail,
			HandlerErrorFunc:         Fail,
			ResponseErrorHandlerFunc: Fail,
		}),
		gen.GinServerOptions{ErrorHandler: func(c *gin.Context, err error, _ int) { Fail(c, err) }})

	byHand := map[string]gin.HandlerFunc{
		"PostLead":        h.Raw.PostLead,
		"MakeLead":        h.Raw.MakeLead,
		"GetPolicy":       h.Raw.GetPolicy,
		"PutPolicy":       h.Raw.PutPolicy,
		"StreamEvents":    h.Raw.StreamEvents,
		"PutLogo":         h.Raw.PutLogo,
		"GetLogo":         h.Raw.GetLogo,
		"GetMetrics":      h.Raw.GetMetrics,
		"HearSendGrid":    h.Raw.HearSendGrid,
		"GetOpenAPI":      serve("application/yaml", spec),
		"GetPolicySchema": policySchema(),
	}
	for id, handler := range byHand {
		op := doc.Operation(id)
		if op == nil {
			return fmt.Errorf("openapi.yaml: there is no operation %s", id)
		}
		group.Handle(op.Method, routeOf(op.Path), handler)
	}

	router.GET("/docs", serve("text/html; charset=utf-8", page))
	router.GET(docs.StylePath, serve("text/css; charset=utf-8", docs.Style()))
	router.GET(kindPath+":kind", explain)
	return nil
}

// ownContext gives an operation of Strict a context that stays its own: gin uses the
// request's again for the next request, while a deadline that was derived from it may
// still be running out. What has gin's own context in hand, as Raw has, passes on the
// request's.
func ownContext(next gen.StrictHandlerFunc, _ string) gen.StrictHandlerFunc {
	return func(c *gin.Context, request any) (any, error) { return next(c.Copy(), request) }
}

// NoRoute answers for an address that does not exist.
func NoRoute(c *gin.Context) {
	Render(c, newProblem(KindNotFound, "There is nothing under this address. /docs lists what there is."))
}

// NoMethod answers for a method that an address does not take; gin has set
// Allow already.
func NoMethod(c *gin.Context) {
	Render(c, newProblem(KindMethodNotAllowed, "This address takes "+c.Writer.Header().Get("Allow")+"."))
}

var pathParameter = regexp.MustCompile(`\{(\w+)\}`)

// routeOf turns a path of OpenAPI into gin's form.
func routeOf(path string) string { return pathParameter.ReplaceAllString(path, ":$1") }

// serve answers with what is in the binary. The policy allows what the page
// needs, its own style sheet, and nothing else.
func serve(contentType string, body []byte) gin.HandlerFunc {
	return func(c *gin.Context) {
		header := c.Writer.Header()
		header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Cache-Control", "no-cache")
		c.Data(http.StatusOK, contentType, body)
	}
}

// explain leads from a problem's type to its place on the reference page.
func explain(c *gin.Context) {
	name := c.Param("kind")
	if !slices.ContainsFunc(kinds, func(k kind) bool { return string(k.Kind) == name }) {
		NoRoute(c)
		return
	}
	c.Redirect(http.StatusFound, "/docs#"+docs.ProblemAnchor(name))
}

func explanations() []docs.Problem {
	out := make([]docs.Problem, 0, len(kinds))
	for _, k := range kinds {
		out = append(out, docs.Problem{Name: string(k.Kind), Type: k.Kind.typeURI(), Status: k.Status, Title: k.Title, Meaning: k.Meaning})
	}
	return out
}
