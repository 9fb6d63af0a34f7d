package leads

import (
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/door"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// file is all that the page of a lead tells.
type file struct {
	lead   gen.Lead
	row    db.GetLeadRow // what the API does not tell of it
	viewer *frame.Viewer
	place  string // in the feed, before the lead was read
	// process is the lead's own state: its clocks, which the board counts.
	process process.State

	reasons  []gen.LeadReason
	staff    []gen.Staff
	timeline []gen.TimelineEntry // newest first
	others   []other
	prev     string // address of the lead before this one on the board, "" for none
	next     string
	workflow string // address in Temporal UI, "" for who has no business there

	query url.Values // the board's filters
	open  string     // the part that stands open
	alone string     // the part that is drawn without its page, "" for the page
	asked url.Values // what the address of that part asks: a reason, a day, a template
	// refused says what is wrong with the form of the open part, which shows
	// typed again.
	refused *door.Problem
	typed   url.Values

	slots     []gen.Slot
	templates []gen.Template
	mails     []gen.LeadMail
	preview   *gen.TemplatePreview
	// unsendable says why the customer would not get the chosen mail.
	unsendable *door.Problem

	goes *gen.Erased // if the customer were erased now
	// unerasable says why he cannot be.
	unerasable *door.Problem
}

// acts reports whether the viewer may work the lead; one that was linked to
// another is worked there, and one whose customer was erased no more.
func (f *file) acts() bool { return mayAct(f.viewer) && f.lead.DuplicateOf == nil && !f.erased() }

func (f *file) erased() bool { return f.lead.Customer.ErasedAt != nil }

// was is what was typed in a field of a part whose form was refused.
func (f *file) was(part, name string) string {
	if f.open != part {
		return ""
	}
	return f.typed.Get(name)
}

func (f *file) closed() bool { return f.lead.Status == gen.LeadStatusClosed }

func (f *file) mine() bool { return f.lead.Owner != nil && f.lead.Owner.Email == f.viewer.Staff.Email }

// path is the address of the page or, with a part, of that part, with the
// board's filters.
func (f *file) path(parts ...string) string { return f.ask(nil, parts...) }

// ask is path with more in its query.
func (f *file) ask(more url.Values, parts ...string) string {
	query := url.Values{}
	for _, from := range []url.Values{f.query, more} {
		maps.Copy(query, from)
	}
	return address(f.lead.ID, query, parts...)
}

func address(id uuid.UUID, query url.Values, parts ...string) string {
	path := strings.Join(append([]string{"/leads", id.String()}, parts...), "/")
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// own are the names in the address that are the page's; the others are the
// board's filters.
var own = []string{"said", "open", "reason", "template", "day", "minutes"}

// mostQuery is how long the board's filters may be to be carried along.
const mostQuery = 1000

// filters are what the board's address asked, which the page keeps so that
// its neighbours are those of the board.
func filters(c *gin.Context) url.Values {
	query := c.Request.URL.Query()
	for _, name := range own {
		query.Del(name)
	}
	if len(query.Encode()) > mostQuery {
		return nil
	}
	return query
}

// leadID is the id in the address; false has been answered.
func leadID(c *gin.Context) (uuid.UUID, bool) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		frame.NotFound(c)
		return id, false
	}
	return id, true
}

// load reads the file of the lead in the address, with one part open, and as
// much of it as part needs when that is asked for alone. When it cannot it has
// answered.
func (r *Room) load(c *gin.Context, open, part string) (*file, bool) {
	id, ok := leadID(c)
	if !ok {
		return nil, false
	}
	f := &file{viewer: frame.ViewerOf(c.Request.Context()), query: filters(c), open: open, asked: c.Request.URL.Query(), typed: c.Request.PostForm}
	if alone(c, part) {
		f.alone = part
	}
	err := r.read(c.Request.Context(), f, id)
	switch {
	case door.IsNotFound(err):
		frame.NotFound(c)
	case err != nil:
		frame.Refuse(c, err)
	}
	return f, err == nil
}

// read fills the file. The place in the feed comes first: what happens while
// the rest is read is told once more rather than never.
func (r *Room) read(ctx context.Context, f *file, id uuid.UUID) error {
	tx, err := r.Store.TimelineEnd(ctx)
	if err != nil {
		return fmt.Errorf("place in the feed: %w", err)
	}
	f.place = fmt.Sprintf("%d-%d", tx, int64(math.MaxInt64))
	if err := r.Door.Get(ctx, "/v1/leads/"+id.String(), &f.lead); err != nil {
		return err
	}
	if f.row, err = r.Store.GetLead(ctx, db.GetLeadParams{DealerID: f.viewer.Dealer.ID, ID: id}); err != nil {
		return fmt.Errorf("lead: %w", err)
	}
	if err := f.readProcess(); err != nil {
		return err
	}
	for _, one := range []struct {
		read func(context.Context, *file) error
		by   []string // the parts that need it; the page needs all
	}{
		{r.whatHappened, []string{nowPart, timelinePart}},
		{r.colleagues, []string{nowPart, timelinePart, assignPart, closingPart}},
		{r.reasonsOf, []string{nowPart, closingPart}},
		{r.othersOf, []string{closingPart}},
		{r.neighbours, []string{nowPart}},
		{r.openUp, []string{appointmentPart, mailPart, personPart}},
		{r.mailsOf, []string{mailPart}},
	} {
		if f.alone != "" && !slices.Contains(one.by, f.alone) {
			continue
		}
		if err := one.read(ctx, f); err != nil {
			return err
		}
	}
	f.workflow = r.workflowFor(f)
	return nil
}

// openUp reads what only the open part needs.
func (r *Room) openUp(ctx context.Context, f *file) error {
	if f.open == personPart && f.erasable() {
		return r.whatGoes(ctx, f)
	}
	if !f.acts() || f.closed() {
		return nil
	}
	switch f.open {
	case appointmentPart:
		return r.freeSlots(ctx, f)
	case mailPart:
		return r.readMail(ctx, f)
	}
	return nil
}

// whatHappened reads the whole timeline.
func (r *Room) whatHappened(ctx context.Context, f *file) error {
	for cursor := ""; ; {
		var page gen.TimelinePage
		if err := r.Door.Get(ctx, "/v1/leads/"+f.lead.ID.String()+"/timeline?limit=200&cursor="+url.QueryEscape(cursor), &page); err != nil {
			return err
		}
		f.timeline = append(f.timeline, page.Items...)
		if page.NextCursor == nil {
			slices.Reverse(f.timeline)
			return nil
		}
		cursor = *page.NextCursor
	}
}

func (r *Room) colleagues(ctx context.Context, f *file) error {
	var list gen.StaffList
	err := r.Door.Get(ctx, "/v1/staff", &list)
	f.staff = list.Items
	return err
}

// name is a colleague's by his address, or what the timeline says in its
// place.
func (f *file) name(email string) string {
	for i := range f.staff {
		if f.staff[i].Email == email {
			return f.staff[i].Name
		}
	}
	return email
}

// show answers with the page, with one of its parts open, or for htmx with the
// part alone.
func (r *Room) show(part string) gin.HandlerFunc {
	return func(c *gin.Context) {
		open := part
		if c.Query("open") == "0" {
			open = "" // it is fetched again as it stood
		}
		if f, ok := r.load(c, open, part); ok {
			render(c, http.StatusOK, f, part)
		}
	}
}

// alone reports whether a part is asked for without its page. After a form
// htmx asks for the whole page, whose address may be a part's.
func alone(c *gin.Context, part string) bool {
	target := c.GetHeader("HX-Target")
	return frame.Partial(c) && part != "" && (target == "" || target == part)
}

// render answers with the page, or with the part that is asked for.
func render(c *gin.Context, status int, f *file, part string) {
	if alone(c, part) {
		frame.Render(c, status, parts[part](f))
		return
	}
	frame.Render(c, status, page(f))
}
