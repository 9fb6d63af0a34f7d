package settings

import (
	"context"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// history is which versions there were, and which of them were applied to open
// leads.
type history struct {
	Newest       int
	Versions     gen.StoredPolicyList
	Applications []gen.PolicyApplication
	MayPut       bool
	Older        bool // not the first page
}

// mostApplications is how many of the latest applications the history shows.
const mostApplications = 20

func (r *Room) policyHistory(c *gin.Context) {
	ctx := c.Request.Context()
	h := history{MayPut: frame.ViewerOf(ctx).Arranges(), Older: c.Query("cursor") != ""}
	newest, err := r.newestPolicy(ctx)
	if err == nil {
		h.Newest = newest.Version
		err = r.Door.Get(ctx, pagePath("/v1/policy/versions", c.Query("cursor")), &h.Versions)
	}
	if err == nil && !h.Older {
		var list gen.PolicyApplicationList
		err = r.Door.Get(ctx, "/v1/policy/applications?limit="+strconv.Itoa(mostApplications), &list)
		h.Applications = list.Items
	}
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Render(c, http.StatusOK, historyPage(h))
}

// storedVersion is one version with its text.
type storedVersion struct {
	Version, Newest int
	Text            []string // line by line
	MayPut          bool
}

func (r *Room) policyVersion(c *gin.Context) {
	ctx, version := c.Request.Context(), versionNumber(c.Param("version"))
	if version < 1 {
		frame.NotFound(c)
		return
	}
	newest, text, err := r.namedVersion(ctx, version)
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Render(c, http.StatusOK, versionPage(storedVersion{
		Version: version, Newest: newest, Text: textLines(text), MayPut: frame.ViewerOf(ctx).Arranges(),
	}))
}

// namedVersion is the number of the newest version, and the text of another.
func (r *Room) namedVersion(ctx context.Context, version int) (newest int, text string, err error) {
	latest, err := r.newestPolicy(ctx)
	if err != nil {
		return 0, "", err
	}
	text, err = r.policyText(ctx, version)
	return latest.Version, text, err
}

// restorePolicy puts an old version once more, as the newest. One that does not
// fit the house any more opens in the editor, with what is wrong with it.
func (r *Room) restorePolicy(c *gin.Context) {
	ctx, version := c.Request.Context(), versionNumber(c.Param("version"))
	if version < 1 {
		frame.NotFound(c)
		return
	}
	newest, text, err := r.namedVersion(ctx, version)
	if err != nil {
		refuse(c, err, "")
		return
	}
	base := versionNumber(c.PostForm("version"))
	if base < 1 {
		base = newest
	}
	err = r.putPolicy(ctx, text, base, c.PostForm("key"))
	switch {
	case err == nil:
		frame.Done(c, policyPath, "policy_restored")
	case problemKind(err) == "bad-policy":
		r.keepText(c, text, newest, false)
	default:
		refuse(c, err, "policyeditor.conflict_restore")
	}
}

// difference holds two versions against each other.
type difference struct {
	From, To int
	Lines    []diffLine
	Versions []gen.StoredPolicy
}

func (r *Room) policyDifference(c *gin.Context) {
	ctx := c.Request.Context()
	from, to := versionNumber(c.Query("from")), versionNumber(c.Query("to"))
	if from < 1 || to < 1 {
		frame.NotFound(c)
		return
	}
	d, err := r.difference(ctx, from, to)
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Render(c, http.StatusOK, differencePage(d))
}

func (r *Room) difference(ctx context.Context, from, to int) (difference, error) {
	var d difference
	var list gen.StoredPolicyList
	if err := r.Door.Get(ctx, "/v1/policy/versions?limit=200", &list); err != nil {
		return d, err
	}
	d.Versions, d.From, d.To = list.Items, from, to
	older, err := r.policyText(ctx, d.From)
	if err != nil {
		return d, err
	}
	newer, err := r.policyText(ctx, d.To)
	if err != nil {
		return d, err
	}
	all := diffLines(older, newer)
	if differs(all) {
		d.Lines = shownLines(all)
	}
	return d, nil
}

// versionNumber reads a number of an address or a form, 0 when it is none.
func versionNumber(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}

// signWords says what happened to a line, for whom a sign and a colour do not.
func signWords(ctx context.Context, change lineChange) string {
	switch change {
	case lineRemoved:
		return words.T(ctx, "policyeditor.line_removed")
	case lineAdded:
		return words.T(ctx, "policyeditor.line_added")
	case lineSame:
	}
	return ""
}
