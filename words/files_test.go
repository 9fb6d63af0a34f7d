package words_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/words"
)

// written is a message file as it stands: its keys in their order, and the
// forms of each.
type written struct {
	keys  []string
	forms map[string]map[string]string
}

// room reads the message file of a room.
func room(t *testing.T, tongue, name string) written {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("messages", tongue, name+".yaml"))
	require.NoError(t, err)
	var items yaml.MapSlice
	require.NoError(t, yaml.Unmarshal(text, &items), "%s/%s", tongue, name)
	out := written{forms: map[string]map[string]string{}}
	for _, item := range items {
		key, isText := item.Key.(string)
		require.True(t, isText, "%s/%s: %v needs quotes", tongue, name, item.Key)
		out.keys = append(out.keys, key)
		switch v := item.Value.(type) {
		case string:
			out.forms[key] = map[string]string{"other": v}
		case map[string]any:
			out.forms[key] = map[string]string{}
			for form, text := range v {
				said, _ := text.(string)
				out.forms[key][form] = said
			}
		}
	}
	return out
}

// roomNames lists the message files of a language.
func roomNames(t *testing.T, tongue string) []string {
	t.Helper()
	files, err := os.ReadDir(filepath.Join("messages", tongue))
	require.NoError(t, err)
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(file.Name(), ".yaml"))
		require.Equal(t, ".yaml", filepath.Ext(file.Name()))
	}
	return names
}

var (
	roomForm  = regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	placeForm = regexp.MustCompile(`\{\{\.([a-z][a-z0-9_]*)\}\}`)
)

// places lists what is put into a sentence, each once.
func places(sentence string) []string {
	var names []string
	for _, found := range placeForm.FindAllStringSubmatch(sentence, -1) {
		names = append(names, found[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestBothLanguagesSayTheSame(t *testing.T) {
	t.Parallel()
	names := roomNames(t, words.English)
	require.Equal(t, names, roomNames(t, words.Dutch), "a room has a file in each language")
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Regexp(t, roomForm, name)
			english, dutch := room(t, words.English, name), room(t, words.Dutch, name)
			require.Equal(t, english.keys, dutch.keys, "the same keys in the same order")
			for _, key := range english.keys {
				sameSentence(t, name+"."+key, english.forms[key], dutch.forms[key])
			}
		})
	}
}

// sameSentence requires that the forms of a sentence are whole and have the
// same places in both languages.
func sameSentence(t *testing.T, key string, english, dutch map[string]string) {
	t.Helper()
	require.NotEmpty(t, english["other"], key)
	require.NotEmpty(t, dutch["other"], key)
	_, counted := english["one"]
	_, countedToo := dutch["one"]
	require.Equal(t, counted, countedToo, "%s: count in both languages or in none", key)
	want := places(english["other"])
	require.Equal(t, want, places(dutch["other"]), key)
	for _, forms := range []map[string]string{english, dutch} {
		for form, sentence := range forms {
			require.Contains(t, []string{"one", "other"}, form, key)
			require.NotEmpty(t, strings.TrimSpace(sentence), key)
			require.NotContains(t, sentence, "\n", "%s: a sentence stands on one line", key)
			require.NotContains(t, placeForm.ReplaceAllString(sentence, ""), "{{", "%s: a place stands as {{.name}}", key)
			// The form for one thing may say "one" or "an hour" in place of n.
			require.Subset(t, want, places(sentence), key)
		}
	}
}

// A key stands once: the second one would hide the first.
func TestNoKeyStandsTwice(t *testing.T) {
	t.Parallel()
	for _, tongue := range words.Languages() {
		for _, name := range roomNames(t, tongue) {
			seen := map[string]bool{}
			for _, key := range room(t, tongue, name).keys {
				require.False(t, seen[key], "%s/%s: %s stands twice", tongue, name, key)
				seen[key] = true
			}
		}
	}
}
