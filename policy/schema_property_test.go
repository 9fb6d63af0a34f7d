package policy_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/policy"
)

// Whatever the schema refuses, the parser refuses: policies are changed at
// random, a key, a value or an entry at a time.
func TestSchemaRefusesNothingThatParseAccepts(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	starts := []string{everySection, everything, manyRules}
	for _, shipped := range policy.Shipped() {
		starts = append(starts, shipped.Text)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := changed(t, rapid.SampledFrom(starts).Draw(t, "start"))
		if _, err := policy.Parse(text); err == nil {
			require.NoError(t, accepts(t, s, string(text)), string(text))
		}
	})
}

// changed changes a policy in one to four places and writes it as JSON.
func changed(t *rapid.T, src string) []byte {
	text, err := yaml.YAMLToJSON([]byte(src))
	require.NoError(t, err)
	var whole any
	require.NoError(t, json.Unmarshal(text, &whole))
	for range rapid.IntRange(1, 4).Draw(t, "changes") {
		whole = change(t, whole)
	}
	text, err = json.Marshal(whole)
	require.NoError(t, err)
	return text
}

// odd are values that a policy has somewhere, or that somebody may write.
var odd = []any{
	"", "0", "1", "0s", "15m", "1h30m", "2d", "+2d", "+1d 10:00", "08:30-12:30", "22:00-02:00", "24:00-02:00", "0:00-24:00",
	"open", "closed", "mon-fri", "SUN", "mon,wed - fri", "2026-12-25", "2026-02-30", "30%", "100%", "0%", "101%", "007%",
	"always", "opening_hours", "never", "by_reason", "owner", "team", "fewest_open", "owner_of_customer", "night", "marketer",
	"anna@dealer.example", "Anna@dealer.example", "nobody", "thank-you", "none", "email", "screen", "letter", "make", "answer",
	"first", "web", "quote", "new", "known", "won", "nl", "NL", "Renault", "38", "1000-1999", "SW1 A", "20000", "19999.95", "a b",
	0.0, 1.0, 6.0, 15.0, 200.0, 1999.5, -1.0, true, false, "true", nil,
	[]any{},
	map[string]any{},
	map[string]any{"to": "owner"},
	map[string]any{"track": "one"},
}

// drawOdd draws one of them, sections as copies because they are changed.
func drawOdd(t *rapid.T) any {
	switch value := rapid.SampledFrom(odd).Draw(t, "value").(type) {
	case map[string]any:
		return maps.Clone(value)
	default:
		return value
	}
}

// change changes one place of a document.
func change(t *rapid.T, node any) any {
	descend := rapid.IntRange(0, 9).Draw(t, "descend") > 0
	switch n := node.(type) {
	case map[string]any:
		keys := make([]string, 0, len(n))
		for key := range n {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		if len(keys) > 0 && descend {
			key := rapid.SampledFrom(keys).Draw(t, "key")
			n[key] = change(t, n[key])
			return n
		}
		switch rapid.IntRange(0, 2).Draw(t, "how") {
		case 0:
			if len(keys) > 0 {
				delete(n, rapid.SampledFrom(keys).Draw(t, "lost"))
			}
		case 1:
			n[rapid.SampledFrom([]string{"to", "clock", "due", "sun", "2027-01-01", "x", "a b", "value", "template", "sample", "within", "from"}).Draw(t, "new key")] = drawOdd(t)
		case 2:
			return drawOdd(t)
		}
		return n
	case []any:
		if len(n) > 0 && descend {
			i := rapid.IntRange(0, len(n)-1).Draw(t, "entry")
			n[i] = change(t, n[i])
			return n
		}
		switch rapid.IntRange(0, 2).Draw(t, "how") {
		case 0:
			return append(slices.Clone(n), drawOdd(t))
		case 1:
			if len(n) > 0 {
				return n[0] // one alone
			}
			return n
		default:
			return append(slices.Clone(n), n...)
		}
	default:
		one := drawOdd(t)
		if rapid.IntRange(0, 4).Draw(t, "as a list") == 0 {
			return []any{one}
		}
		return one
	}
}
