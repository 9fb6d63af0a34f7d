package words_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/words"
)

// staff are the people of the tests; everybody else has left.
func staff(id string) string {
	return map[string]string{"s1": "Sam Smit", "m1": "Maria Mulder"}[id]
}

// told is an entry with its line in English, which is the API's own, and in
// Dutch.
type told struct{ kind, data, english, dutch string }

func TestEveryEntryOfTheTimelineIsToldInOneLine(t *testing.T) {
	t.Parallel()
	dutch, english := both(t)
	seen := map[string]bool{}
	for _, c := range slices.Concat(people, work) {
		var data map[string]any
		require.NoError(t, json.Unmarshal([]byte(c.data), &data))
		entry := words.Entry{Kind: c.kind, Data: data, Name: staff}
		require.Equal(t, c.english, english.Summary(entry), c.kind)
		require.Equal(t, c.dutch, dutch.Summary(entry), c.kind)
		seen[c.kind] = true
	}
	for _, kind := range kindsOfTheAPI(t) {
		require.True(t, seen[kind], "%s has no case", kind)
	}
}

// kindsOfTheAPI are the kinds of entries as the API describes them.
func kindsOfTheAPI(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../api/openapi.yaml")
	require.NoError(t, err)
	path, err := yaml.PathString("$.components.schemas.TimelineKind.enum")
	require.NoError(t, err)
	var kinds []string
	require.NoError(t, path.Read(strings.NewReader(string(text)), &kinds))
	require.NotEmpty(t, kinds)
	return kinds
}

func TestNothingInDataMakesASummaryFail(t *testing.T) {
	t.Parallel()
	for _, tongue := range words.Languages() {
		w := words.In(tongue, time.UTC)
		for _, kind := range kindsOfTheAPI(t) {
			for _, data := range []map[string]any{
				nil,
				{"kind": 1.5, "staff_ids": "x", "missing": []any{1, map[string]any{}}, "changed": []any{1}, "due_at": "soon", "late_s": "x", "due_on": "soon"},
			} {
				require.NotEmpty(t, w.Summary(words.Entry{Kind: kind, Data: data}), kind)
			}
		}
	}
}
