package customer

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/internal/pace"
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

// How often one network may ask for customers' pages: more than people do, and
// far less than guessing a link would take.
const (
	perSecond = 2
	burst     = 60 // many customers share one address of their phone company
	atOnce    = 16
)

// held refuses who comes too often, with a page that says when to come back.
func (p *Room) held(bound *pace.Bound) gin.HandlerFunc {
	return func(c *gin.Context) {
		leave, wait := bound.Enter(c.ClientIP(), time.Now())
		if wait > 0 {
			c.Header("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			p.say(c, http.StatusTooManyRequests, "", "held")
			return
		}
		defer leave()
		c.Next()
	}
}
