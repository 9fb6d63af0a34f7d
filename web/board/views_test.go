package board_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/board"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

func viewsOf(o *office) db.SavedViewsParams {
	return db.SavedViewsParams{DealerID: o.dealer, StaffID: o.viewer.Staff.ID}
}

func TestAViewIsSavedUnderANameAndForgotten(t *testing.T) {
	t.Parallel()
	o := opened(t, "sam@demo.example")
	saved := o.post("/board/views", url.Values{"name": {"  Portal,  laat "}, "query": {"overdue=1&source=portal&stage=foo&x=y"}})
	require.Equal(t, http.StatusSeeOther, saved.Code)
	require.Equal(t, "/board?overdue=1&source=portal&said=saved", saved.Header().Get("Location"))
	page := o.get("/board?source=portal&overdue=1").Body.String()
	require.Contains(t, page, `<a href="/board?overdue=1&amp;source=portal" aria-current="page">Portal, laat</a>`)

	// The same name again replaces what it stood for.
	require.Equal(t, http.StatusSeeOther, o.post("/board/views", url.Values{"name": {"Portal, laat"}, "query": {"source=website"}}).Code)
	views, err := o.store.SavedViews(context.Background(), viewsOf(o))
	require.NoError(t, err)
	require.Len(t, views, 1)
	require.Equal(t, "source=website", views[0].Query)

	// It is nobody else's.
	o.looks("tess@demo.example")
	require.NotContains(t, o.get("/board").Body.String(), "Portal, laat")
	require.Equal(t, http.StatusNotFound, o.post("/board/views/"+views[0].ID.String()+"/delete", nil).Code)
	o.looks("sam@demo.example")
	require.Equal(t, http.StatusSeeOther, o.post("/board/views/"+views[0].ID.String()+"/delete", nil).Code)
	require.NotContains(t, o.get("/board").Body.String(), "Portal, laat")
	require.Equal(t, http.StatusNotFound, o.post("/board/views/nonsense/delete", nil).Code)
}

func TestAViewNeedsANameAndThereAreNotTooMany(t *testing.T) {
	t.Parallel()
	o := opened(t, "sam@demo.example")
	for _, name := range []string{"", "   ", strings.Repeat("x", 61), "a\x00b"} {
		answer := o.post("/board/views", url.Values{"name": {name}, "query": {"overdue=1"}})
		require.Equal(t, http.StatusUnprocessableEntity, answer.Code, "%q", name)
	}
	for i := range 30 {
		require.Equal(t, http.StatusSeeOther, o.post("/board/views", url.Values{"name": {fmt.Sprint(i)}, "query": {""}}).Code)
	}
	full := o.post("/board/views", url.Values{"name": {"one more"}, "query": {""}})
	require.Equal(t, http.StatusUnprocessableEntity, full.Code)
	require.Contains(t, full.Body.String(), "Nobody has more than 30 views")
	require.Equal(t, http.StatusSeeOther, o.post("/board/views", url.Values{"name": {"7"}, "query": {"overdue=1"}}).Code)
}

// From a lead's page one goes on along the board, from where the lead stood
// when it was opened, wherever it stands by now.
func TestNextAndPreviousGoAlongTheBoard(t *testing.T) {
	t.Parallel()
	o := opened(t, "manager@demo.example")
	all := few(o)
	ann, bob, cas, dee := all[0], all[1], all[2], all[3]
	around := func(address string, id uuid.UUID) (string, string) {
		u, err := url.Parse(address)
		require.NoError(t, err)
		ctx := frame.WithViewer(words.Into(context.Background(), words.In(words.English, o.viewer.Zone)), &o.viewer)
		before, behind, err := board.Around(ctx, &frame.House{Store: o.store}, u.Query(), id)
		require.NoError(t, err)
		return before, behind
	}
	before, behind := around("/leads/x", ann.ID)
	require.Contains(t, before, "/leads/"+bob.ID.String())
	require.Contains(t, behind, "/leads/"+cas.ID.String())
	before, _ = around("/leads/x", bob.ID)
	require.Empty(t, before, "it is the first")
	_, behind = around("/leads/x", dee.ID)
	require.Empty(t, behind, "it is the last")
	_, behind = around("/leads/x?stage=new", bob.ID)
	require.Contains(t, behind, "/leads/"+cas.ID.String())
	require.Contains(t, behind, "stage=new")

	// Ann was called: her lead sleeps until tomorrow, and the next one is still
	// the one that stood behind it.
	_, address := around("/leads/x", bob.ID)
	_, err := o.store.Pool.Exec(context.Background(), "UPDATE lead SET next_deadline_at = next_deadline_at + interval '1 day' WHERE id = $1", ann.ID)
	require.NoError(t, err)
	before, behind = around(address, ann.ID)
	require.Contains(t, before, "/leads/"+bob.ID.String())
	require.Contains(t, behind, "/leads/"+cas.ID.String())
	before, behind = around("/leads/x?who=none", ann.ID)
	require.Empty(t, before+behind, "it does not stand on that board")
}

func TestTheWallTellsCustomersNoMoreThanANameNeeds(t *testing.T) {
	t.Parallel()
	o := opened(t, "manager@demo.example")
	few(o)
	page := o.get("/board/wall").Body.String()
	for _, text := range []string{"C. de Boer", "A. Adams", "ESCALATED 2/3", "Renault Captur", "Sam Visser", `data-refresh="/board/wall"`, `data-live=`} {
		require.Contains(t, page, text)
	}
	for _, text := range []string{"Ann Adams", "612345678", "<form", "<button"} {
		require.NotContains(t, page, text)
	}
}
