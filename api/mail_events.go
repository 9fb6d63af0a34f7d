package api

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/store"
)

// HearSendGrid takes in what SendGrid tells about mails. It is answered after it
// is stored: SendGrid tells again for a day what was not answered with 2xx.
func (s *server) HearSendGrid(c *gin.Context) {
	if err := s.hearSendGrid(c); err != nil {
		Fail(c, err)
	}
}

func (s *server) hearSendGrid(c *gin.Context) error {
	if s.mailEvents == nil {
		return newProblem(KindNotFound, "The event webhook of SendGrid is not set up here: SENDGRID_WEBHOOK_KEY is missing.")
	}
	body, err := wholeBody(c)
	if err != nil {
		return err
	}
	signed, err := s.mailEvents.Verify(c.Request.Header, body)
	if err != nil {
		return s.unsigned(err)
	}
	// By the one clock, which may be another machine's than this one.
	now, err := s.store.Now(store.Across(c.Request.Context()))
	if err != nil {
		return fmt.Errorf("read the clock: %w", err)
	}
	if err := s.mailEvents.Fresh(signed, now); err != nil {
		return s.unsigned(err)
	}
	events, err := message.ReadMailEvents(body)
	if err != nil {
		return Malformed(sentence(err))
	}
	heard, err := s.store.HearOfMails(store.Across(c.Request.Context()), events.Ours)
	s.figures.heard(events, heard)
	if heard.Told {
		s.waker.Wake()
	}
	for _, id := range heard.Colleagues {
		s.log.Warn("a mail to a colleague came back; his managers see it on their screens", "staff", id)
	}
	if err != nil {
		return fmt.Errorf("events of mails: %w", err)
	}
	c.Status(http.StatusNoContent)
	return nil
}

// unsigned turns away what SendGrid did not sign, or not lately.
func (s *server) unsigned(why error) *Problem {
	s.figures.refusedPosts.WithLabelValues(map[bool]string{true: "stale", false: "signature"}[errors.Is(why, message.ErrStale)]).Inc()
	p := Unauthorised()
	p.Detail = sentence(why)
	return p
}

// mailFigures count what providers tell about mails.
type mailFigures struct {
	mailEvents   *prometheus.CounterVec
	reconciled   prometheus.Counter
	colleagues   prometheus.Counter
	refusedPosts *prometheus.CounterVec
}

func newMailFigures() mailFigures {
	return mailFigures{
		mailEvents: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "doorbell_mail_events_total",
			Help: "Events that the mail provider told, by kind; beside them repeated, strange (of no message known here), " +
				"other (not asked for) and unreadable.",
		}, []string{"kind"}),
		reconciled: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "doorbell_mails_reconciled_total", Help: "Mails whose send was not answered and which the provider turned out to have.",
		}),
		colleagues: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "doorbell_staff_mails_returned_total", Help: "Mails to staff that came back.",
		}),
		refusedPosts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "doorbell_mail_event_posts_refused_total", Help: "Posts to the mail provider's webhook that were turned away, by why: signature or stale.",
		}, []string{"why"}),
	}
}

func (f mailFigures) collectors() []prometheus.Collector {
	return []prometheus.Collector{f.mailEvents, f.reconciled, f.colleagues, f.refusedPosts}
}

// heard counts what was told in one post.
func (f mailFigures) heard(events message.MailEvents, heard store.HeardOfMails) {
	for _, e := range heard.Fresh {
		f.mailEvents.WithLabelValues(string(e.Is)).Inc()
	}
	for kind, n := range map[string]int{
		"repeated": heard.Repeated, "strange": heard.Strange, "other": events.Others, "unreadable": events.Unreadable,
	} {
		f.mailEvents.WithLabelValues(kind).Add(float64(n))
	}
	f.reconciled.Add(float64(len(heard.Reconciled)))
	f.colleagues.Add(float64(len(heard.Colleagues)))
}
