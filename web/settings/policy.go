package settings

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/web/door"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// policyPath is where the policy is written.
const policyPath = "/settings/policy"

// mountPolicy puts the pages of the policy on the router. Everybody of the
// staff may read it and try it (R4); who may put one, the API knows.
func (r *Room) mountPolicy(signed gin.IRouter) {
	signed.GET(policyPath, r.policyEditor)
	signed.POST(policyPath, r.savePolicy)
	signed.POST(policyPath+"/check", r.checkPolicy)
	signed.POST(policyPath+"/preview", r.previewPolicy)
	signed.GET(policyPath+"/versions", r.policyHistory)
	signed.GET(policyPath+"/versions/:version", r.policyVersion)
	signed.POST(policyPath+"/versions/:version/restore", r.restorePolicy)
	signed.GET(policyPath+"/difference", r.policyDifference)
	signed.GET(policyPath+"/apply", only(arranges), r.policyApply)
	signed.POST(policyPath+"/apply", r.applyPolicy)
	signed.GET(policyPath+"/applications/:id", r.policyApplication)
	signed.POST(policyPath+"/applications/:id/cancel", r.cancelApplication)
}

// editor is the page on which a policy is written: a text, what was found in
// it, and what would happen to a lead under it.
type editor struct {
	Text     string
	Newest   gen.StoredPolicy
	Base     int    // the version that saving this text replaces
	Unsaved  string // says what the text is, when it is not that of the newest version
	Findings gen.PolicyFindings
	Conflict *overtaken
	Shipped  []gen.ShippedPolicy
	Trial    trial
	MayPut   bool
}

// overtaken says that somebody else saved while this text was written.
type overtaken struct {
	By    gen.StoredPolicy
	Lines []diffLine // from his text to this one
}

func (r *Room) policyEditor(c *gin.Context) {
	ctx := c.Request.Context()
	e, err := r.editor(ctx)
	if err == nil {
		err = r.chooseText(ctx, e, c.Query("version"), c.Query("shipped"))
	}
	if err == nil {
		e.Findings, err = r.findings(ctx, e.Text)
	}
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Render(c, http.StatusOK, policyPage(e))
}

// editor has all but the text and what depends on it.
func (r *Room) editor(ctx context.Context) (*editor, error) {
	newest, err := r.newestPolicy(ctx)
	if err != nil {
		return nil, err
	}
	var shipped gen.ShippedPolicyList
	if err := r.Door.Get(ctx, "/v1/policy/shipped", &shipped); err != nil {
		return nil, err
	}
	e := &editor{Newest: newest, Base: newest.Version, Shipped: shipped.Items, MayPut: frame.ViewerOf(ctx).Arranges()}
	e.Trial, err = r.trial(ctx)
	return e, err
}

// chooseText fills the editor with the newest version, or, not saved yet, with
// another one or with one that ships with Doorbell.
func (r *Room) chooseText(ctx context.Context, e *editor, version, shipped string) error {
	if shipped != "" {
		for _, s := range e.Shipped {
			if s.Name == shipped {
				e.Text, e.Unsaved = s.Text, words.T(ctx, "policyeditor.unsaved_shipped", "name", s.Name)
				return nil
			}
		}
	}
	n, err := strconv.Atoi(version)
	if err != nil || n == e.Newest.Version {
		n = e.Newest.Version
	} else {
		e.Unsaved = words.T(ctx, "policyeditor.unsaved_version", "version", n)
	}
	e.Text, err = r.policyText(ctx, n)
	return err
}

func (r *Room) newestPolicy(ctx context.Context) (gen.StoredPolicy, error) {
	var list gen.StoredPolicyList
	if err := r.Door.Get(ctx, "/v1/policy/versions?limit=1", &list); err != nil {
		return gen.StoredPolicy{}, err
	}
	if len(list.Items) == 0 {
		return gen.StoredPolicy{}, errors.New("the dealer has no policy")
	}
	return list.Items[0], nil
}

// policyText is a version as it was put, comments included.
func (r *Room) policyText(ctx context.Context, version int) (string, error) {
	var text []byte
	_, err := r.Door.Do(ctx, door.Call{
		Method: http.MethodGet, Path: "/v1/policy?version=" + strconv.Itoa(version), Accept: "application/yaml",
	}, &text)
	return string(text), err
}

// findings is what a check has to say about a text.
func (r *Room) findings(ctx context.Context, text string) (gen.PolicyFindings, error) {
	var out gen.PolicyFindings
	err := r.Door.Post(ctx, "/v1/policy/check", "", gen.CheckRequest{Policy: text}, &out)
	return out, err
}

// written is the text of a form. Browsers send line ends as two characters,
// whatever stood there before.
func written(c *gin.Context) string {
	return strings.ReplaceAll(c.PostForm("text"), "\r\n", "\n")
}

// fits reports whether the whole form arrived; else it has answered.
func fits(c *gin.Context) bool {
	if err := c.Request.ParseForm(); err != nil {
		wrong(c, "policyeditor.too_large")
		return false
	}
	return true
}

// savePolicy puts the text as a new version in the place of the one that it was
// made from. What cannot be put stays in the editor.
func (r *Room) savePolicy(c *gin.Context) {
	if !fits(c) {
		return
	}
	ctx, text := c.Request.Context(), written(c)
	base, err := strconv.Atoi(c.PostForm("version"))
	if err != nil || base < 1 {
		wrong(c, "policyeditor.no_base")
		return
	}
	err = r.putPolicy(ctx, text, base, c.PostForm("key"))
	switch kind := problemKind(err); {
	case err == nil:
		frame.Done(c, policyPath, "policy_saved")
	case kind == "bad-policy" || kind == "conflict":
		r.keepText(c, text, base, kind == "conflict")
	default:
		refuse(c, err, "")
	}
}

func (r *Room) putPolicy(ctx context.Context, text string, base int, key string) error {
	_, err := r.Door.Do(ctx, door.Call{
		Method: http.MethodPut, Path: "/v1/policy?replaces=" + strconv.Itoa(base), Key: key, Raw: []byte(text), Type: "application/yaml",
	}, nil)
	return err
}

// keepText answers with the editor and the text that could not be put: with
// what is wrong with it, or with what somebody else has put meanwhile.
func (r *Room) keepText(c *gin.Context, text string, base int, conflict bool) {
	ctx, status := c.Request.Context(), http.StatusUnprocessableEntity
	e, err := r.editor(ctx)
	if err == nil {
		e.Text = text
		e.Findings, err = r.findings(ctx, text)
	}
	if err == nil && conflict {
		status = http.StatusConflict
		err = r.showOvertaken(ctx, e)
	} else if err == nil {
		e.Base, e.Unsaved = base, words.T(ctx, "policyeditor.unsaved_faults")
	}
	if err != nil {
		refuse(c, err, "")
		return
	}
	stay(c)
	frame.Render(c, status, policyPage(e))
}

// showOvertaken holds the text against the newest version, which saving once
// more would replace.
func (r *Room) showOvertaken(ctx context.Context, e *editor) error {
	theirs, err := r.policyText(ctx, e.Newest.Version)
	if err != nil {
		return err
	}
	e.Conflict = &overtaken{By: e.Newest, Lines: shownLines(diffLines(theirs, e.Text))}
	return nil
}

// checkPolicy tells what is wrong with a text. Nothing is stored.
func (r *Room) checkPolicy(c *gin.Context) {
	if !fits(c) {
		return
	}
	ctx, text := c.Request.Context(), written(c)
	found, err := r.findings(ctx, text)
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	if frame.Partial(c) {
		frame.Render(c, http.StatusOK, findingsPart(found))
		return
	}
	r.withText(c, text, func(e *editor) { e.Findings = found })
}

// withText answers a browser without script with the whole editor, in which the
// text stands as it was sent.
func (r *Room) withText(c *gin.Context, text string, fill func(*editor)) {
	e, err := r.editor(c.Request.Context())
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	e.Text = text
	if base, err := strconv.Atoi(c.PostForm("version")); err == nil && base > 0 {
		e.Base = base
	}
	fill(e)
	frame.Render(c, http.StatusOK, policyPage(e))
}

// problemKind is what kind of refusal err is, "" for none.
func problemKind(err error) string {
	if p, refused := errors.AsType[*door.Problem](err); refused {
		return path.Base(p.Type)
	}
	return ""
}

// versionLink is the page of a version.
func versionLink(version int) string { return fmt.Sprintf("%s/versions/%d", policyPath, version) }

// differenceLink is the page that holds two versions against each other.
func differenceLink(from, to int) string {
	return fmt.Sprintf("%s/difference?from=%d&to=%d", policyPath, from, to)
}

// shippedLink opens a shipped policy in the editor.
func shippedLink(name string) string { return policyPath + "?shipped=" + url.QueryEscape(name) }
