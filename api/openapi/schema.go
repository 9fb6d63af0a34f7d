package openapi

import (
	"encoding/json"
	"slices"
	"strings"
)

const schemaPath = "/components/schemas/"

// schema reads the schema at n. A named one is read once and shared, so that
// schemas may refer to each other in a circle.
func (p *parser) schema(n node) *Schema {
	n = p.follow(n)
	name, isNamed := strings.CutPrefix(n.path, schemaPath)
	isNamed = isNamed && !strings.Contains(name, "/")
	if isNamed {
		if s, ok := p.named[name]; ok {
			return s
		}
	}
	s := &Schema{}
	if isNamed {
		s.Name = name
		p.named[name] = s
	}
	p.fillSchema(s, n)
	return s
}

func (p *parser) fillSchema(s *Schema, n node) {
	p.only(n, "type", "format", "description", "nullable", "enum", "properties", "required", "additionalProperties",
		"items", "oneOf", "anyOf", "allOf", "minLength", "maxLength", "maxItems", "minimum", "maximum", "example",
		"x-enum-varnames", "x-go-type-name", "x-go-type", "x-go-type-skip-optional-pointer")
	s.Type = n.get("type").text()
	if !slices.Contains([]string{"", "object", "array", "string", "integer", "boolean"}, s.Type) {
		p.fail(n, "type %s is not heeded", s.Type)
	}
	s.Format = n.get("format").text()
	s.Description = n.get("description").text()
	s.Nullable = n.get("nullable").yes()
	s.Enum = n.get("enum").texts()
	s.MinLength = int(p.number(n.get("minLength")))
	s.MaxLength = int(p.number(n.get("maxLength")))
	s.MaxItems = int(p.number(n.get("maxItems")))
	s.Minimum = p.bound(n.get("minimum"))
	s.Maximum = p.bound(n.get("maximum"))
	s.Example = n.get("example").value
	p.fillObject(s, n)
	if items := n.get("items"); items.value != nil {
		s.Items = p.schema(items)
	} else if s.Type == "array" {
		p.fail(n, "an array needs items")
	}
	for _, alternative := range append(n.get("oneOf").items(), n.get("anyOf").items()...) {
		s.OneOf = append(s.OneOf, p.schema(alternative))
	}
	switch all := n.get("allOf").items(); len(all) {
	case 0:
	case 1:
		s.Refers = p.schema(all[0])
	default:
		p.fail(n, "allOf of more than one is not heeded")
	}
}

func (p *parser) fillObject(s *Schema, n node) {
	required := n.get("required").texts()
	for _, property := range n.get("properties").members() {
		i := slices.Index(required, property.name())
		if i >= 0 {
			required = slices.Delete(required, i, i+1)
		}
		s.Properties = append(s.Properties, Property{Name: property.name(), Required: i >= 0, Schema: p.schema(property)})
	}
	if len(required) > 0 {
		p.fail(n, "required names %s, which is no property", required[0])
	}
	switch more := n.get("additionalProperties"); open := more.value.(type) {
	case bool:
		s.Open = open
	case Object:
		s.Open, s.Map = true, p.schema(more)
	default:
		if s.Type == "object" {
			p.fail(n, "an object must say additionalProperties: true or false")
		}
	}
}

// number reads a whole number; one that is not there is 0.
func (p *parser) number(n node) int64 {
	if n.value == nil {
		return 0
	}
	number, _ := n.value.(json.Number)
	v, err := number.Int64()
	if err != nil {
		p.fail(n, "must be a whole number")
	}
	return v
}

func (p *parser) bound(n node) *int64 {
	if n.value == nil {
		return nil
	}
	v := p.number(n)
	return &v
}
