package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// settled are the commands whose help lists all settings; the others say what
// they need in their own words.
var settled = []string{"dev", "serve", "worker", "doctor", "audit"}

// helpWithSettings adds the settings to the help of the binary itself and of
// the commands that read them.
func helpWithSettings(options kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	if command := ctx.Selected(); command != nil && !slices.Contains(settled, command.Name) {
		return nil
	}
	_, err := fmt.Fprint(ctx.Stdout, settingsHelp())
	return err
}

// settingsHelp lists the settings with what they do and their defaults.
func settingsHelp() string {
	standard := map[string]string{}
	for field := range reflect.TypeFor[settings]().Fields() {
		standard[field.Tag.Get("env")] = field.Tag.Get("envDefault")
	}
	var b strings.Builder
	b.WriteString("\nSettings (environment; an empty one counts as not set):\n")
	for _, e := range explained {
		name := e.setting
		if value := standard[name]; value != "" {
			name += " [" + value + "]"
		}
		entry(&b, name, e.does)
	}
	return b.String()
}

// helpWidth is where the help breaks its lines.
const helpWidth = 96

// entry writes a name and, below it, indented, what it means.
func entry(b *strings.Builder, name, meaning string) {
	b.WriteString("  " + name + "\n")
	line := "     "
	for word := range strings.FieldsSeq(meaning) {
		if len(line)+1+len(word) > helpWidth {
			b.WriteString(line + "\n")
			line = "     "
		}
		line += " " + word
	}
	b.WriteString(line + "\n")
}
