package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/words"
)

const (
	// beat is how often a sign of life is sent, so that proxies keep the stream
	// and either side notices when the other is gone.
	beat = 15 * time.Second
	// writeWithin is how long a reader may take to take what he is sent.
	writeWithin = 10 * time.Second
)

// StreamEvents follows what happens at the dealer as server-sent events.
func (s *server) StreamEvents(c *gin.Context) {
	if err := s.stream(c); err != nil {
		Fail(c, err)
	}
}

func (s *server) stream(c *gin.Context) error {
	who := callerOf(c)
	ctx := c.Request.Context()
	// A browser sends the header when it comes back, and cannot send it when it
	// first comes.
	last := c.GetHeader("Last-Event-ID")
	if last == "" {
		last = c.Query("after")
	}
	at, err := s.resumeFrom(ctx, last)
	if err != nil {
		return err
	}
	ch, leave, err := s.feeds.join(ctx, who.dealer, who.zone)
	if err != nil {
		return err
	}
	defer leave()
	r := &reader{s: s, c: c, who: who, at: at, tongue: words.Of(ctx).Language, out: http.NewResponseController(c.Writer)}
	if err := r.begin(); err != nil {
		return nil // the reader is gone; there is nobody to tell
	}
	r.follow(ctx, ch)
	return nil
}

// resumeFrom reads the place that a reader has reached, "" for now.
func (s *server) resumeFrom(ctx context.Context, last string) (tail, error) {
	if last == "" {
		return s.feeds.end(ctx)
	}
	tx, id, _ := strings.Cut(last, "-")
	var at tail
	var errs [2]error
	at.tx, errs[0] = strconv.ParseInt(tx, 10, 64)
	at.id, errs[1] = strconv.ParseInt(id, 10, 64)
	if errs[0] != nil || errs[1] != nil {
		return at, BadParameter(FieldError{Field: "Last-Event-ID", Message: "is no id of an event (nor is after); leave it out to start now"})
	}
	return at, nil
}

// reader is one who follows.
type reader struct {
	s   *server
	c   *gin.Context
	who caller
	at  tail // what he has
	// tongue is the language that he reads.
	tongue string
	out    *http.ResponseController
}

func (r *reader) begin() error {
	header := r.c.Writer.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no")
	r.c.Status(http.StatusOK)
	return r.write("retry: 2000\n\n")
}

// follow sends what is new until the reader leaves, is too slow, loses his
// key, or the server stops.
func (r *reader) follow(ctx context.Context, ch <-chan []news) {
	// First what he missed, up to where the feed stood when he joined. Should
	// he fall behind the feed meanwhile he is cut off, and is further when he
	// comes back.
	for {
		missed, err := r.s.feeds.since(ctx, r.who.dealer, r.who.zone, r.at, missedPage, r.tongue)
		if err != nil || r.send(missed) != nil {
			return
		}
		if len(missed) < missedPage {
			break
		}
	}
	pulse := time.NewTicker(r.s.feeds.pulse)
	defer pulse.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.s.stopping:
			return
		case page, ok := <-ch:
			if !ok || r.send(page) != nil {
				return
			}
		case <-pulse.C:
			if _, err := r.s.whoCalls(r.c.Request); err != nil {
				return
			}
			if r.write("event: here\ndata: {}\n\n") != nil {
				return
			}
		}
	}
}

// send writes what the reader does not have yet.
func (r *reader) send(page []news) error {
	var out strings.Builder
	for _, n := range page {
		if !r.at.before(n.at) {
			continue
		}
		r.at = n.at
		fmt.Fprintf(&out, "id: %d-%d\nevent: timeline\ndata: %s\n\n", n.at.tx, n.at.id, n.bodies[r.tongue])
	}
	if out.Len() == 0 {
		return nil
	}
	return r.write(out.String())
}

func (r *reader) write(text string) error {
	if err := r.out.SetWriteDeadline(time.Now().Add(r.s.feeds.within)); err != nil {
		return fmt.Errorf("write deadline: %w", err)
	}
	if _, err := r.c.Writer.WriteString(text); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if err := r.out.Flush(); err != nil {
		return fmt.Errorf("flush: %w", err)
	}
	return nil
}
