package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
)

// patience is how long a request may take. It is longer than a workflow is
// waited for, and shorter than what proxies wait.
const patience = 10 * time.Second

// retrySoon is told when what is lacking comes by itself in a moment.
const retrySoon = time.Second

// timed gives every request its end, so that none hangs on a part that does
// not answer.
func timed(c *gin.Context) {
	if slices.Contains(unbounded, c.FullPath()) {
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), patience)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Next()
}

// methods are those that are told apart in figures and logs. A method may be any
// word, and each would be a figure of its own for ever.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// observe counts and logs a request by its route. Addresses, queries and
// bodies may hold what is personal and are not logged.
func (s *server) observe(c *gin.Context) {
	start := time.Now()
	put(c, logKey, s.log)
	s.figures.inFlight.Inc()
	defer s.figures.inFlight.Dec()
	c.Next()
	route := c.FullPath()
	if route == "" {
		route = "none"
	}
	took := time.Since(start)
	status := c.Writer.Status()
	method := c.Request.Method
	if !slices.Contains(methods, method) {
		method = "other"
	}
	s.figures.took.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
	level := slog.LevelInfo
	if slices.Contains(unbounded, route) {
		level = slog.LevelDebug
	}
	s.log.LogAttrs(c.Request.Context(), level, "request",
		slog.String("method", method), slog.String("route", route), slog.Int("status", status),
		slog.Float64("ms", float64(took.Microseconds())/1000))
}

// recovered keeps a mistake of ours in one request from ending the others.
func (s *server) recovered(c *gin.Context) {
	defer func() {
		fault := recover()
		if fault == nil {
			return
		}
		err, ok := fault.(error)
		if ok && errors.Is(err, http.ErrAbortHandler) {
			panic(fault) // the server's own way to drop a connection
		}
		// What a panic says may hold what came with the request; what the
		// runtime says does not.
		what := fmt.Sprintf("%T", fault)
		var ours runtime.Error
		if ok && errors.As(err, &ours) {
			what = ours.Error()
		}
		s.log.ErrorContext(c.Request.Context(), "a request panicked", "route", c.FullPath(), "panic", what, "stack", string(debug.Stack()))
		Render(c, Internal(nil))
	}()
	c.Next()
}
