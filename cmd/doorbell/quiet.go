package main

import (
	"context"
	"log/slog"
)

// atLeastWarn lets through what an operator has to know, whatever LOG_LEVEL
// says, unless that is stricter still.
type atLeastWarn struct{ slog.Handler }

// Enabled reports whether a record of that level is written.
func (h atLeastWarn) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

// WithAttrs returns the handler with more attributes.
func (h atLeastWarn) WithAttrs(attrs []slog.Attr) slog.Handler {
	return atLeastWarn{h.Handler.WithAttrs(attrs)}
}

// WithGroup returns the handler with a group.
func (h atLeastWarn) WithGroup(name string) slog.Handler {
	return atLeastWarn{h.Handler.WithGroup(name)}
}
