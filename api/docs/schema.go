package docs

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/doorbell-ilm/doorbell/api/openapi"
)

// row is a field in a table.
type row struct {
	Name        string
	Form        template.HTML
	Required    bool
	Description string
	Bounds      string
}

// rows lists the fields of an object, those of what it refers to included.
func rows(s *openapi.Schema) []row {
	s = target(s)
	out := make([]row, 0, len(s.Properties))
	for _, p := range s.Properties {
		description := p.Schema.Description
		if description == "" {
			description = target(p.Schema).Description
		}
		out = append(out, row{Name: p.Name, Form: form(p.Schema), Required: p.Required, Description: description, Bounds: bounds(p.Schema)})
	}
	return out
}

// target follows a schema that only refers to another.
func target(s *openapi.Schema) *openapi.Schema {
	for s.Refers != nil {
		s = s.Refers
	}
	return s
}

// form says in words how a value looks and links to the schemas that have a
// place of their own.
func form(s *openapi.Schema) template.HTML {
	return template.HTML(formOf(s)) //nolint:gosec // names and words of our own description, escaped in formOf
}

func formOf(s *openapi.Schema) string {
	text := shape(target(s))
	if s.Nullable {
		text += " or null"
	}
	return text
}

func shape(s *openapi.Schema) string {
	name := template.HTMLEscapeString(s.Name)
	switch {
	case len(s.OneOf) > 0:
		parts := make([]string, 0, len(s.OneOf))
		for _, alternative := range s.OneOf {
			parts = append(parts, formOf(alternative))
		}
		return strings.Join(parts, " or ")
	case s.Type == "array":
		return "list of " + formOf(s.Items)
	case s.Type == "object" && len(s.Properties) > 0 && name != "":
		return `<a href="#schema-` + name + `">` + name + `</a>`
	case s.Type == "object" && s.Map != nil:
		return "object, each value " + formOf(s.Map)
	case s.Type == "object":
		return "object"
	case s.Type == "boolean":
		return "true or false"
	case s.Type == "integer":
		return "whole number"
	case s.Format == "date-time":
		return "time"
	case s.Format == "uuid":
		return "id"
	}
	return "text"
}

// bounds says which values are allowed.
func bounds(s *openapi.Schema) string {
	s = target(s)
	if s.Type == "array" {
		items := bounds(s.Items)
		if s.MaxItems > 0 {
			items = strings.TrimSuffix(fmt.Sprintf("at most %d; %s", s.MaxItems, items), "; ")
		}
		return items
	}
	var parts []string
	if len(s.Enum) > 0 {
		parts = append(parts, strings.Join(s.Enum, ", "))
	}
	switch {
	case s.MinLength > 1 && s.MaxLength > 0:
		parts = append(parts, fmt.Sprintf("%d to %d characters", s.MinLength, s.MaxLength))
	case s.MaxLength > 0:
		parts = append(parts, fmt.Sprintf("at most %d characters", s.MaxLength))
	}
	switch {
	case s.Minimum != nil && s.Maximum != nil:
		parts = append(parts, fmt.Sprintf("%d to %d", *s.Minimum, *s.Maximum))
	case s.Minimum != nil:
		parts = append(parts, fmt.Sprintf("from %d", *s.Minimum))
	}
	return strings.Join(parts, "; ")
}
