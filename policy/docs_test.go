package policy_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/policy"
)

// reference reads the reference of the policy file.
func reference(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/policy.md")
	require.NoError(t, err)
	return string(text)
}

// The examples in the reference are good policies, once what must be written is
// added to those that show a part.
func TestTheReferencesExamplesAreGood(t *testing.T) {
	t.Parallel()
	blocks := strings.Split(reference(t), "```yaml\n")[1:]
	require.Greater(t, len(blocks), 5)
	s := compiled(t)
	for _, block := range blocks {
		src, _, _ := strings.Cut(block, "```")
		for line := range strings.Lines(frame + "tracks: {standard: {}}\n") {
			key, _, _ := strings.Cut(line, ":")
			if !regexp.MustCompile("(?m)^" + key + ":").MatchString(src) {
				src += line
			}
		}
		p := parse(t, src)
		require.Empty(t, p.Check(policy.Known{Template: templates}), src)
		require.NoError(t, accepts(t, s, src))
	}
}

// The reference names every key and every word that a policy can have.
func TestTheReferenceNamesEveryWord(t *testing.T) {
	t.Parallel()
	var root any
	require.NoError(t, json.Unmarshal(policy.Schema(), &root))
	text := reference(t)
	names := func(word string) {
		quoted := regexp.MustCompile("`[^`\n]*\\b" + regexp.QuoteMeta(word) + "\\b[^`\n]*`")
		require.True(t, quoted.MatchString(text), "docs/policy.md does not name %s", word)
	}
	var look func(node any)
	look = func(node any) {
		switch n := node.(type) {
		case map[string]any:
			properties, _ := n["properties"].(map[string]any)
			for key := range properties {
				names(key)
			}
			words, _ := n["enum"].([]any)
			for _, word := range words {
				if text, ok := word.(string); ok {
					names(text)
				}
			}
			for _, value := range n {
				look(value)
			}
		case []any:
			for _, value := range n {
				look(value)
			}
		}
	}
	look(root)
}

// The reference tells every policy that ships, and its summary.
func TestTheReferenceTellsWhatShips(t *testing.T) {
	t.Parallel()
	text := reference(t)
	for _, shipped := range policy.Shipped() {
		summary := strings.ToLower(shipped.Summary[:1]) + strings.TrimSuffix(shipped.Summary[1:], ".")
		require.Contains(t, text, "| `"+shipped.Name+"` | "+summary+" |")
	}
}
