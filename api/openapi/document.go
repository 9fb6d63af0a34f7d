// Package openapi reads the OpenAPI description of a server and holds requests
// against it. It knows the part of OpenAPI 3.0 that Doorbell's own description
// uses and refuses the rest, so that nothing written there is silently without
// effect.
//
// A Document is read once at start and never changes; it is safe for
// concurrent use.
package openapi

// Document is an OpenAPI description with all references resolved.
type Document struct {
	Title, Version, Description string
	Tags                        []Tag
	Operations                  []*Operation // in the order of the document
	Schemas                     []*Schema    // the named ones, in the order of the document
}

// Tag is a heading under which operations stand.
type Tag struct {
	Name, Description string
}

// Operation is one method on one path.
type Operation struct {
	ID, Method, Path          string // Path is in OpenAPI's form, /v1/leads/{id}
	Tag, Summary, Description string
	Scopes                    []string // scopes of a key that may call it; from x-scopes
	Roles                     []string // roles that may call it, empty for every role; from x-roles
	Public                    bool     // needs neither key nor session
	RawBody                   bool     // the handler reads the body itself; from x-raw-body
	Parameters                []*Parameter
	Body                      *Body // nil when there is none
	Responses                 []*Response
}

// Parameter is a part of the path, the query or the headers.
type Parameter struct {
	Name, In, Description string
	Required              bool
	Schema                *Schema
	Example               any // nil when there is none
}

// Body is what a request carries.
type Body struct {
	Required bool
	Contents []*Content
}

// Response is one answer of an operation.
type Response struct {
	Status, Description string
	Headers             []Header
	Contents            []*Content
}

// Header is a header of a Response.
type Header struct {
	Name, Description string
}

// Content is a body in one media type.
type Content struct {
	MediaType string
	Schema    *Schema
	Examples  []Example
}

// Example is a sample of a Content. Value is an Object, a []any, a string, a
// json.Number, a bool or nil.
type Example struct {
	Name, Summary string
	Value         any
}

// Schema says how a value looks. At most one of Properties and Map, Items and
// OneOf is of use, as Type says.
type Schema struct {
	Name, Description string // Name is that of the component, "" for one written in place
	Type, Format      string
	Nullable          bool
	Enum              []string
	Properties        []Property
	Open              bool    // properties that are not listed are allowed
	Map               *Schema // how those look, nil for anything
	Items             *Schema
	OneOf             []*Schema // the value is as one of these; anyOf stands here too
	Refers            *Schema   // the one schema of an allOf, which only adds Nullable or a Description
	MinLength         int       // characters
	MaxLength         int       // characters, 0 for no limit
	MaxItems          int       // 0 for no limit
	Minimum, Maximum  *int64
	Example           any // nil when there is none
}

// Property is a field of an object.
type Property struct {
	Name     string
	Required bool
	Schema   *Schema
}

// Operation returns the operation with that id, nil when there is none.
func (d *Document) Operation(id string) *Operation {
	for _, op := range d.Operations {
		if op.ID == id {
			return op
		}
	}
	return nil
}

// JSON returns the content that is JSON, nil when there is none.
func (b *Body) JSON() *Content {
	for _, c := range b.Contents {
		if c.MediaType == "application/json" {
			return c
		}
	}
	return nil
}
