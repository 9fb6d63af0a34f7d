package words

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed messages
var files embed.FS

// book holds the sentences of all message files by language and key, taken
// apart once: screens say thousands of them. The files are part of the binary:
// one that cannot be read is a mistake of ours, which a test finds.
var book = sync.OnceValue(func() map[string]map[string]message {
	b, err := read(files)
	if err != nil {
		panic(err)
	}
	return b
})

// message is what a key says; one is its form for a single thing, empty for a
// sentence that counts nothing.
type message struct{ one, other sentence }

// read reads the message files of every language.
func read(from fs.FS) (map[string]map[string]message, error) {
	all := map[string]map[string]message{}
	for _, tongue := range Languages() {
		names, err := fs.Glob(from, path.Join("messages", tongue, "*.yaml"))
		if err != nil {
			return nil, fmt.Errorf("message files: %w", err)
		}
		all[tongue] = map[string]message{}
		for _, name := range names {
			text, err := fs.ReadFile(from, name)
			if err != nil {
				return nil, fmt.Errorf("message files: %w", err)
			}
			room := strings.TrimSuffix(path.Base(name), ".yaml")
			if err := parse(text, func(key string, m message) { all[tongue][room+"."+key] = m }); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return all, nil
}

// parse reads the sentences of one room and hands each to put. A key that
// stands there twice is an error of the YAML.
func parse(text []byte, put func(key string, m message)) error {
	var found yaml.MapSlice
	if err := yaml.Unmarshal(text, &found); err != nil {
		return fmt.Errorf("YAML: %w", err)
	}
	for _, item := range found {
		key := fmt.Sprint(item.Key)
		forms, err := formsOf(item.Value)
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		var m message
		for name, text := range forms {
			s, err := sentenceOf(text)
			if err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
			if name == "one" {
				m.one = s
			} else {
				m.other = s
			}
		}
		put(key, m)
	}
	return nil
}

// formsOf reads a sentence, or its forms one and other.
func formsOf(value any) (map[string]string, error) {
	if text, ok := value.(string); ok {
		return map[string]string{"other": text}, nil
	}
	forms := map[string]string{}
	given, _ := value.(map[string]any)
	for name, form := range given {
		if text, ok := form.(string); ok {
			forms[name] = text
		}
	}
	if len(given) != 2 || forms["one"] == "" || forms["other"] == "" {
		return nil, fmt.Errorf("must be a sentence, or its forms one and other, and no others")
	}
	return forms, nil
}
