package browse

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

//go:embed axe/axe.min.js
var axe string

// finding is something about a page that keeps people out.
type finding struct {
	ID     string   `json:"id"`
	Impact string   `json:"impact"`
	Help   string   `json:"help"`
	Nodes  []string `json:"nodes"`
}

// Accessible asserts that axe finds nothing serious on the page, by the rules
// of WCAG 2.2 AA.
func (b *Browser) Accessible() {
	b.tb.Helper()
	value[any](b, axe+";0")
	found := value[[]finding](b, `axe.run(document, {
		runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"], iframes: false,
	}).then(r => r.violations.map(v => ({id: v.id, impact: v.impact || "", help: v.help, nodes: v.nodes.slice(0, 4).map(n => n.html.slice(0, 300) + " " + (n.failureSummary || ""))})))`,
		chromedp.EvalAwaitPromise)
	var serious []string
	for _, f := range found {
		line := fmt.Sprintf("%s (%s): %s\n    %s", f.ID, f.Impact, f.Help, strings.Join(f.Nodes, "\n    "))
		if f.Impact == "serious" || f.Impact == "critical" {
			serious = append(serious, line)
			continue
		}
		b.tb.Log("axe, not serious: " + line)
	}
	require.Empty(b.tb, serious, "axe on %s:\n%s", b.Path(), strings.Join(serious, "\n"))
}
