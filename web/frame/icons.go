package frame

import (
	"context"
	"time"
)

// icons are drawn on a grid of 16, in strokes.
var icons = map[string]string{
	"bell":     "M3 12h10l-1.2-2V7a3.8 3.8 0 0 0-7.6 0v3L3 12zM6.6 14h2.8",
	"calendar": "M2.5 3.5h11v10h-11zM2.5 6.5h11M5.5 2v3M10.5 2v3",
	"check":    "M3 8.5l3.2 3.2L13 5",
	"clock":    "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 4.8V8l2.4 1.6",
	"cross":    "M4 4l8 8M12 4l-8 8",
	"door":     "M4 14V2h8v12M2.5 14h11M9.6 8h.1",
	"hand":     "M5 9V4.2a1 1 0 0 1 2 0V8V3a1 1 0 0 1 2 0v5V4a1 1 0 0 1 2 0v6a4 4 0 0 1-4 4c-2 0-2.7-1-3.5-2.5L2.4 9a1 1 0 0 1 1.7-1z",
	"late":     "M8 1.8L14.6 13.5H1.4zM8 6v3.6M8 11.4v.1",
	"mail":     "M2 3.5h12v9H2zM2 4l6 5 6-5",
	"moon":     "M13 9.8A5.6 5.6 0 0 1 6.2 3a5.6 5.6 0 1 0 6.8 6.8z",
	"note":     "M3 2.5h7l3 3v8H3zM10 2.5v3h3M5.5 8.5h5M5.5 11h5",
	"person":   "M8 2.5a2.6 2.6 0 1 1 0 5.2 2.6 2.6 0 0 1 0-5.2zM2.8 14c.4-3 2.4-4.4 5.2-4.4s4.8 1.4 5.2 4.4",
	"phone":    "M3.2 2.5h2.6l1.2 3-1.6 1.2a8 8 0 0 0 3.9 3.9l1.2-1.6 3 1.2v2.6c0 .6-.4 1-1 1A10.3 10.3 0 0 1 2.2 3.5c0-.6.4-1 1-1z",
	"search":   "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.3 10.3l3.7 3.7",
	"star":     "M8 1.8l1.9 4 4.3.5-3.2 3 .9 4.3L8 11.5l-3.9 2.1.9-4.3-3.2-3 4.3-.5z",
	"up":       "M8 13V3M3.8 7.2L8 3l4.2 4.2",
}

// nowOf is the database's clock when the page was asked for.
func nowOf(ctx context.Context) time.Time {
	if v := ViewerOf(ctx); v != nil {
		return v.Now
	}
	return time.Now()
}

type saidKey struct{}

// saidOf is the sentence that the last form left for this page.
func saidOf(ctx context.Context) string {
	text, _ := ctx.Value(saidKey{}).(string)
	return text
}
