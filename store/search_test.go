package store

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSearchPatterns(t *testing.T) {
	t.Parallel()
	for q, want := range map[string][]string{
		"":                          {},
		"  boer   captur ":          {"%boer%", "%captur%"},
		`50%_\`:                     {`%50\%\_\\%`},
		"06 12 34 56 78":            {"%612345678%"},
		"0031 (0)6 12345678 boer":   {"%31612345678%", "%boer%"},
		"308":                       {"%308%"},
		"boer\x00de \xff":           {"%boer%", "%de%"},
		"+":                         {"%+%"},
		"1 a 2 b 3 c 4 d 5 e 6 f 7": {"%1%", "%a%", "%2%", "%b%", "%3%", "%c%", "%4%", "%d%"},
	} {
		require.Equal(t, want, SearchPatterns(q), q)
	}
}

func TestSearchIsBoundedAndEscaped(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		patterns := SearchPatterns(rapid.String().Draw(t, "q"))
		if len(patterns) > mostSearchWords {
			t.Fatalf("%d patterns", len(patterns))
		}
		for _, p := range patterns {
			inner := strings.NewReplacer(`\\`, "", `\%`, "", `\_`, "").Replace(p[1 : len(p)-1])
			if strings.ContainsAny(inner, `%_\`) {
				t.Fatalf("%q has a sign that is not escaped", p)
			}
		}
	})
}
