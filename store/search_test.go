package store

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSearchWords(t *testing.T) {
	t.Parallel()
	for q, want := range map[string][][2]string{
		"":                          {},
		"  boer   captur ":          {{"%boer%", ""}, {"%captur%", ""}},
		`50%_\`:                     {{`%50\%\_\\%`, ""}},
		"06 12 34 56 78":            {{"%06 12 34 56 78%", "%612345678%"}},
		"0031 (0)6 12345678 boer":   {{"%0031 (0)6 12345678%", "%31612345678%"}, {"%boer%", ""}},
		"308":                       {{"%308%", ""}},
		"boer\x00de \xff":           {{"%boer%", ""}, {"%de%", ""}},
		"+":                         {{"%+%", ""}},
		"1 a 2 b 3 c 4 d 5 e 6 f 7": {{"%1%", ""}, {"%a%", ""}, {"%2%", ""}, {"%b%", ""}, {"%3%", ""}, {"%c%", ""}, {"%4%", ""}, {"%d%", ""}},
	} {
		patterns, digits := SearchWords(q)
		got := [][2]string{}
		for i := range patterns {
			got = append(got, [2]string{patterns[i], digits[i]})
		}
		require.Equal(t, want, got, q)
	}
}

func TestSearchIsBoundedAndEscaped(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		patterns, digits := SearchWords(rapid.String().Draw(t, "q"))
		if len(patterns) != len(digits) || len(patterns) > mostSearchWords {
			t.Fatalf("%d patterns, %d digits", len(patterns), len(digits))
		}
		for _, p := range patterns {
			inner := strings.NewReplacer(`\\`, "", `\%`, "", `\_`, "").Replace(p[1 : len(p)-1])
			if strings.ContainsAny(inner, `%_\`) {
				t.Fatalf("%q has a sign that is not escaped", p)
			}
		}
	})
}
