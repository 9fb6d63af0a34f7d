package openapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Parse reads an OpenAPI 3.0 description in YAML. It fails on a reference that
// leads nowhere and on a word that this package would not heed.
func Parse(text []byte) (*Document, error) {
	var root yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(text, &root, yaml.UseOrderedMap()); err != nil {
		return nil, fmt.Errorf("read the OpenAPI description: %w", err)
	}
	p := &parser{named: map[string]*Schema{}}
	doc := p.document(node{value: toValue(root)})
	if len(p.errs) > 0 {
		return nil, fmt.Errorf("read the OpenAPI description: %w", errors.Join(p.errs...))
	}
	return doc, nil
}

// toValue turns what the YAML decoder gives into the values of ReadJSON, so
// that examples can be checked and shown like bodies.
func toValue(v any) any {
	switch v := v.(type) {
	case yaml.MapSlice:
		object := make(Object, 0, len(v))
		for _, item := range v {
			object = append(object, Member{Name: fmt.Sprint(item.Key), Value: toValue(item.Value)})
		}
		return object
	case []any:
		list := make([]any, 0, len(v))
		for _, item := range v {
			list = append(list, toValue(item))
		}
		return list
	case int, int64, uint64, float64:
		return json.Number(fmt.Sprint(v))
	case string, bool, nil:
		return v
	}
	return fmt.Sprint(v)
}

// parser walks the document. It keeps the errors and goes on, so that the walk
// itself needs no error handling and everything is named at once.
type parser struct {
	root  node
	named map[string]*Schema
	errs  []error
}

func (p *parser) fail(n node, format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf("%s: %s", n.path, fmt.Sprintf(format, args...)))
}

// node is a place in the document.
type node struct {
	value any
	path  string
}

func (n node) get(name string) node {
	object, _ := n.value.(Object)
	return node{value: object.Get(name), path: n.path + "/" + name}
}

func (n node) text() string {
	text, _ := n.value.(string)
	return strings.TrimSpace(text)
}

func (n node) yes() bool { b, _ := n.value.(bool); return b }

func (n node) texts() []string {
	var out []string
	for _, item := range n.items() {
		out = append(out, item.text())
	}
	return out
}

func (n node) items() []node {
	list, _ := n.value.([]any)
	out := make([]node, 0, len(list))
	for i, v := range list {
		out = append(out, node{value: v, path: fmt.Sprintf("%s/%d", n.path, i)})
	}
	return out
}

func (n node) members() []node {
	object, _ := n.value.(Object)
	out := make([]node, 0, len(object))
	for _, m := range object {
		out = append(out, node{value: m.Value, path: n.path + "/" + m.Name})
	}
	return out
}

func (n node) name() string { return n.path[strings.LastIndexByte(n.path, '/')+1:] }

// only fails when the object at n has a member besides the known ones.
func (p *parser) only(n node, known ...string) {
	object, ok := n.value.(Object)
	if !ok {
		p.fail(n, "must be an object")
		return
	}
	for _, m := range object {
		if !slices.Contains(known, m.Name) {
			p.fail(n, "%s is not heeded here", m.Name)
		}
	}
}

// follow returns the place to which a $ref at n leads, n itself without one.
func (p *parser) follow(n node) node {
	ref, ok := n.get("$ref").value.(string)
	if !ok {
		return n
	}
	p.only(n, "$ref")
	path, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		p.fail(n, "$ref must begin with #/")
		return n
	}
	at := p.root
	for part := range strings.SplitSeq(path, "/") {
		at = at.get(part)
	}
	if at.value == nil {
		p.fail(n, "$ref %s leads nowhere", ref)
	}
	return at
}

func (p *parser) document(root node) *Document {
	p.root = root
	p.only(root, "openapi", "info", "servers", "security", "tags", "paths", "components")
	info := root.get("info")
	doc := &Document{
		Title:       info.get("title").text(),
		Version:     info.get("version").text(),
		Description: info.get("description").text(),
	}
	for _, n := range root.get("tags").items() {
		doc.Tags = append(doc.Tags, Tag{Name: n.get("name").text(), Description: n.get("description").text()})
	}
	components := root.get("components")
	p.only(components, "securitySchemes", "headers", "parameters", "responses", "schemas")
	for _, n := range components.get("schemas").members() {
		doc.Schemas = append(doc.Schemas, p.schema(n))
	}
	for _, path := range root.get("paths").members() {
		// A path holds slashes itself, so its name is not the last part.
		doc.Operations = append(doc.Operations, p.operations(path, strings.TrimPrefix(path.path, "/paths/"))...)
	}
	return doc
}

func (p *parser) operations(path node, template string) []*Operation {
	methods := []string{"get", "put", "post", "delete", "patch"}
	p.only(path, append(methods, "parameters")...)
	var out []*Operation
	for _, n := range path.members() {
		if n.name() == "parameters" {
			continue
		}
		op := p.operation(n)
		op.Path, op.Method = template, strings.ToUpper(n.name())
		op.Parameters = append(p.parameters(path.get("parameters")), op.Parameters...)
		out = append(out, op)
	}
	return out
}

func (p *parser) operation(n node) *Operation {
	p.only(n, "operationId", "tags", "summary", "description", "x-scopes", "x-roles", "x-raw-body", "security", "parameters", "requestBody", "responses")
	op := &Operation{
		ID:          n.get("operationId").text(),
		Summary:     n.get("summary").text(),
		Description: n.get("description").text(),
		Scopes:      n.get("x-scopes").texts(),
		Roles:       n.get("x-roles").texts(),
		RawBody:     n.get("x-raw-body").yes(),
		Parameters:  p.parameters(n.get("parameters")),
	}
	if tags := n.get("tags").texts(); len(tags) == 1 {
		op.Tag = tags[0]
	} else {
		p.fail(n, "needs exactly one tag")
	}
	if security, ok := n.get("security").value.([]any); ok {
		op.Public = len(security) == 0
	}
	if body := n.get("requestBody"); body.value != nil {
		p.only(body, "required", "content")
		op.Body = &Body{Required: body.get("required").yes(), Contents: p.contents(body.get("content"))}
	}
	for _, r := range n.get("responses").members() {
		op.Responses = append(op.Responses, p.response(r))
	}
	return op
}

func (p *parser) parameters(list node) []*Parameter {
	var out []*Parameter
	for _, item := range list.items() {
		n := p.follow(item)
		p.only(n, "name", "in", "required", "description", "schema", "example", "style", "explode")
		out = append(out, &Parameter{
			Name:        n.get("name").text(),
			In:          n.get("in").text(),
			Required:    n.get("required").yes(),
			Description: n.get("description").text(),
			Schema:      p.schema(n.get("schema")),
			Example:     n.get("example").value,
		})
	}
	return out
}

func (p *parser) response(at node) *Response {
	n := p.follow(at)
	p.only(n, "description", "headers", "content")
	r := &Response{Status: at.name(), Description: n.get("description").text(), Contents: p.contents(n.get("content"))}
	for _, h := range n.get("headers").members() {
		header := p.follow(h)
		p.only(header, "description", "schema")
		r.Headers = append(r.Headers, Header{Name: h.name(), Description: header.get("description").text()})
	}
	return r
}

func (p *parser) contents(n node) []*Content {
	object, _ := n.value.(Object)
	var out []*Content
	for _, m := range object {
		at := node{value: m.Value, path: n.path + "/" + m.Name}
		p.only(at, "schema", "example", "examples")
		c := &Content{MediaType: m.Name, Schema: p.schema(at.get("schema"))}
		if v := at.get("example").value; v != nil {
			c.Examples = append(c.Examples, Example{Value: v})
		}
		for _, e := range at.get("examples").members() {
			p.only(e, "summary", "value")
			c.Examples = append(c.Examples, Example{Name: e.name(), Summary: e.get("summary").text(), Value: e.get("value").value})
		}
		if len(c.Examples) == 0 {
			if v := c.Schema.anyExample(); v != nil {
				c.Examples = append(c.Examples, Example{Value: v})
			}
		}
		out = append(out, c)
	}
	return out
}

// anyExample returns the schema's own example or that of what it refers to.
func (s *Schema) anyExample() any {
	if s.Example == nil && s.Refers != nil {
		return s.Refers.anyExample()
	}
	return s.Example
}
