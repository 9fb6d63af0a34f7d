package board_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web"
	"github.com/doorbell-ilm/doorbell/web/board"
	"github.com/doorbell-ilm/doorbell/web/door"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// office is a board alone, with no process behind it, whose leads are written
// by the test. Everybody who asks is its viewer.
type office struct {
	tb      testing.TB
	url     string
	store   *store.Store
	dealer  uuid.UUID
	viewer  frame.Viewer
	handler http.Handler
	queries *atomic.Int64 // asked of the database
}

// tracer counts queries.
type tracer struct{ n atomic.Int64 }

func (t *tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	t.n.Add(1)
	return ctx
}

func (t *tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// opened opens an office at 10:00 on a Tuesday; by is who looks.
func opened(tb testing.TB, by string) *office {
	tb.Helper()
	ctx := context.Background()
	address := testkit.Database(tb)
	config, err := pgxpool.ParseConfig(address)
	require.NoError(tb, err)
	counting := &tracer{}
	config.ConnConfig.Tracer = counting
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	require.NoError(tb, err)
	tb.Cleanup(pool.Close)
	s := &store.Store{Queries: db.New(pool), Pool: pool}
	zone, err := time.LoadLocation("Europe/Amsterdam")
	require.NoError(tb, err)
	testkit.SetClock(tb, pool, time.Date(2026, 11, 24, 10, 0, 0, 0, zone))
	o := &office{tb: tb, url: address, store: s, queries: &counting.n}
	o.dealer, err = s.CreateDealer(ctx, store.NewDealer{Name: "De Linde", Language: "nl", Staff: dealership.Staff(), Sources: dealership.Sources()})
	require.NoError(tb, err)
	staff, err := s.StaffByEmail(ctx, db.StaffByEmailParams{DealerID: o.dealer, Lower: by})
	require.NoError(tb, err)
	dealers, err := s.ListDealers(ctx)
	require.NoError(tb, err)
	o.viewer = frame.Viewer{Staff: staff, Dealer: dealers[0], Now: testkit.Now(tb, pool), Zone: zone}

	o.handler = o.serves(s)
	return o
}

// serves are the pages of the board from a store.
func (o *office) serves(s *store.Store) http.Handler {
	o.tb.Helper()
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.ContextWithFallback = true
	router.Use(func(c *gin.Context) {
		looks := o.viewer // as he is now
		ctx := frame.WithViewer(store.ForDealer(c.Request.Context(), o.dealer), &looks)
		c.Request = c.Request.WithContext(words.Into(ctx, words.In(words.Pick(c.GetHeader("Accept-Language")), o.viewer.Zone)))
	})
	nothing := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"items":[]}`)) })
	(&board.Room{House: &frame.House{Store: s, Door: door.Door{API: nothing}, Log: slog.New(slog.DiscardHandler)}}).Mount(router)
	handler, err := web.Compressed(router)
	require.NoError(o.tb, err)
	return handler
}

// get asks for a page, compressed where the header says so.
func (o *office) get(path string, header ...string) *httptest.ResponseRecorder {
	o.tb.Helper()
	request := httptest.NewRequest(http.MethodGet, path, http.NoBody)
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer := httptest.NewRecorder()
	o.handler.ServeHTTP(answer, request)
	return answer
}

// looks makes somebody else the viewer.
func (o *office) looks(email string) {
	o.tb.Helper()
	staff, err := o.store.StaffByEmail(context.Background(), db.StaffByEmailParams{DealerID: o.dealer, Lower: email})
	require.NoError(o.tb, err)
	o.viewer.Staff = staff
}

// post sends a form.
func (o *office) post(path string, form url.Values) *httptest.ResponseRecorder {
	o.tb.Helper()
	request := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	o.handler.ServeHTTP(answer, request)
	return answer
}

var customers = regexp.MustCompile(`<a class="open" href="([^"]*)"[^>]*>([^<]*)</a>`)

// shown are the customers that a board shows, in their order.
func (o *office) shown(path string) []string {
	o.tb.Helper()
	answer := o.get(path)
	require.Equal(o.tb, http.StatusOK, answer.Code)
	names := []string{}
	for _, hit := range customers.FindAllStringSubmatch(answer.Body.String(), -1) {
		names = append(names, hit[2])
	}
	return names
}

// figures are the numbers above the board.
func (o *office) figures(query string) string {
	o.tb.Helper()
	var out []string
	for _, part := range strings.Split(o.get("/board/numbers?"+query).Body.String(), "<strong>")[1:] {
		n, _, _ := strings.Cut(part, "<")
		out = append(out, n)
	}
	return strings.Join(out, " ")
}
