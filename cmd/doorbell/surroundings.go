package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/doorbell-ilm/doorbell/store"
)

// logger writes to standard error. standard is the level where LOG_LEVEL says
// none.
func (p *program) logger(s settings, standard slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: standard, ReplaceAttr: store.Discreet}
	if s.LogLevel != nil {
		options.Level = *s.LogLevel
	}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(p.errs, options))
	}
	return slog.New(slog.NewTextHandler(p.errs, options))
}

// printJSON writes data as indented JSON.
func (p *program) printJSON(data any) error {
	text, err := json.MarshalIndent(data, "", "  ")
	if err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return p.printLine("%s", text)
}

// printTable writes rows under each other in columns, without what would act
// on a terminal.
func (p *program) printTable(rows [][]string) error {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = strings.ReplaceAll(visible(cell), "\n", " ")
		}
		if _, err := fmt.Fprintln(w, strings.Join(cells, "\t")); err != nil {
			return fmt.Errorf("write the answer: %w", err)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// limitMemory tells the garbage collector of the container's limit, nine
// tenths of it, so that it works harder before the kernel ends the process.
// GOMEMLIMIT, where it is set, has said it already.
func limitMemory() {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	text, err := os.ReadFile("/sys/fs/cgroup/memory.max")
	if err != nil {
		return // no container, or one of another kind
	}
	limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || limit <= 0 || limit > math.MaxInt64/9 {
		return // "max"
	}
	debug.SetMemoryLimit(limit / 10 * 9)
}

// garbage is by how much the heap may grow, in percent of what is in use, before it
// is collected: half as often as Go's default. Little is in use, and a collection
// takes a quarter of a small machine from whoever waits for an answer.
const garbage = 200

// collectLess lets garbage lie for longer. GOGC, where it is set, has said it
// already; the limit of limitMemory holds in any case.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
}
