package customer

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"golang.org/x/time/rate"

	"github.com/doorbell-ilm/doorbell/message"
)

// policyHeader is what a page may load and where its forms may go: its own sheet,
// its own server, nothing else.
const policyHeader = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// shut sets the headers of every page. The address of a customer's page is his
// key to it: it is told to nobody, kept nowhere and found by no search engine.
func shut(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", policyHeader)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("X-Content-Type-Options", "nosniff")
}

// proof is what a form must bring along to act. Only a GET hands it out, for
// one button of one customer's page and the appointment as it stood then.
type proof struct {
	act         string
	lead        uuid.UUID
	appointment string // id; "" when the button is about none
	sequence    int    // of the appointment: it rises with each change
}

// proofLasts is how long a page may stay open before its buttons go stale.
const proofLasts = 24 * time.Hour

// sign writes the proof into a form, at now.
func (f proof) sign(secret []byte, now time.Time) string {
	return message.Sign(secret, "form "+f.act, strings.Join([]string{
		f.lead.String(), f.appointment, strconv.Itoa(f.sequence), strconv.FormatInt(now.Add(proofLasts).Unix(), 10),
	}, " "))
}

// proven reads the proof of a form for a button of a lead's page; false when
// it is none, is another button's or another lead's, or is too old.
func proven(secret []byte, act string, lead uuid.UUID, signed string, now time.Time) (proof, bool) {
	text, ok := message.Verify(secret, "form "+act, signed)
	parts := strings.Split(text, " ")
	if !ok || len(parts) != 4 || parts[0] != lead.String() {
		return proof{}, false
	}
	sequence, err := strconv.Atoi(parts[2])
	if err != nil {
		return proof{}, false
	}
	until, err := strconv.ParseInt(parts[3], 10, 64)
	if err != nil || now.Unix() > until {
		return proof{}, false
	}
	return proof{act: act, lead: lead, appointment: parts[1], sequence: sequence}, true
}

// bound keeps one address from asking for customers' pages faster than people
// do. It is per process: its work is to make guessing and hammering pointless,
// not to count exactly.
type bound struct {
	mu   sync.Mutex
	seen map[netip.Prefix]*rate.Limiter
}

const (
	perSecond = 2
	atOnce    = 60 // many customers share one address of their phone company
	mostSeen  = 10_000
)

func newBound() *bound { return &bound{seen: map[netip.Prefix]*rate.Limiter{}} }

// hold refuses who comes too often.
func (b *bound) hold(c *gin.Context) {
	if b.allows(c.ClientIP(), time.Now()) {
		return
	}
	c.Header("Retry-After", "10")
	c.AbortWithStatus(http.StatusTooManyRequests)
}

func (b *bound) allows(address string, now time.Time) bool {
	from, err := netip.ParseAddr(address)
	if err != nil {
		return true // no address is a socket of this machine
	}
	bits := 32
	if from = from.Unmap(); from.Is6() {
		bits = 64 // one customer's network
	}
	network, err := from.Prefix(bits)
	if err != nil {
		return true // cannot be: the bits fit
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	limiter := b.seen[network]
	if limiter == nil {
		b.makeRoom(now)
		limiter = rate.NewLimiter(perSecond, atOnce)
		b.seen[network] = limiter
	}
	return limiter.AllowN(now, 1)
}

// makeRoom forgets those who have rested, and everybody when nobody has: then
// so many come at once that counting them one by one helps nobody.
func (b *bound) makeRoom(now time.Time) {
	if len(b.seen) < mostSeen {
		return
	}
	for network, limiter := range b.seen {
		if limiter.TokensAt(now) >= atOnce {
			delete(b.seen, network)
		}
	}
	if len(b.seen) >= mostSeen {
		clear(b.seen)
	}
}
