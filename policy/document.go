package policy

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The limits of a policy file. A real one has some two hundred tokens a track;
// the parser needs stack by depth and time by the square of a mapping's size,
// so both are bounded before it runs.
const (
	maxBytes  = 256 << 10
	maxTokens = 16_000
	maxDepth  = 24
	// maxReads bounds how often values are read, which aliases multiply.
	maxReads = 50_000
)

// document is a policy file while it is read. Faults collect in errs.
type document struct {
	root    ast.Node
	anchors map[string]ast.Node
	marks   marks    // where each value stands, by its key
	groups  []string // the names that a recipient may be, once they are read
	reads   int
	full    bool // the limit of reads was told
	merging int  // how many << stand inside each other
	errs    Errors
}

// openDocument checks the limits and parses the YAML. A document that cannot
// be read at all has a nil root and its fault in errs.
func openDocument(src []byte) *document {
	d := &document{anchors: map[string]ast.Node{}, marks: marks{}}
	text, err := plainText(src)
	if err != nil {
		d.fault(1, 1, "", "%s", err)
		return d
	}
	tokens := lexer.Tokenize(text)
	if !d.withinLimits(tokens) {
		return d
	}
	file, err := parseTokens(tokens)
	if err != nil {
		d.syntaxFault(err)
		return d
	}
	if len(file.Docs) > 1 {
		line, column := position(file.Docs[1])
		d.fault(line, column, "", "a second document begins here; a policy is one document, delete the line with ---")
		return d
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		d.fault(1, 1, "", "the policy is empty; start from the shipped standard policy")
		return d
	}
	d.root = file.Docs[0].Body
	d.collectAnchors()
	return d
}

// plainText returns the source with line feeds alone, because the parser
// counts a carriage return inside a quoted text as a line of its own. In JSON
// tabs are blanks; in YAML they are left for the parser to refuse.
func plainText(src []byte) (string, error) {
	if len(src) > maxBytes {
		return "", fmt.Errorf("the policy has %d bytes and may have %d; shorten it", len(src), maxBytes)
	}
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	if !utf8.Valid(src) || bytes.IndexByte(src, 0) >= 0 {
		return "", errors.New("the policy is not text in UTF-8; save it in that encoding")
	}
	text := strings.ReplaceAll(string(src), "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	if strings.HasPrefix(strings.TrimLeft(text, " \t\n"), "{") {
		text = strings.ReplaceAll(text, "\t", " ")
	}
	return text, nil
}

// withinLimits bounds the tokens and the depth of nesting. Depth comes from
// brackets and, in block style, from indentation or from several dashes,
// question marks, anchors or tags on one line.
func (d *document) withinLimits(tokens token.Tokens) bool {
	if len(tokens) > maxTokens {
		d.fault(1, 1, "", "the policy has more than %d words and signs; shorten it", maxTokens)
		return false
	}
	brackets, line, onLine := 0, 0, 0
	for _, tk := range tokens {
		if tk.Position.Line != line {
			line, onLine = tk.Position.Line, 0
		}
		switch tk.Type { //nolint:exhaustive // the others do not nest
		case token.MappingStartType, token.SequenceStartType:
			brackets++
		case token.MappingEndType, token.SequenceEndType:
			brackets--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			onLine++
		}
		if brackets+onLine > maxDepth {
			d.fault(tk.Position.Line, tk.Position.Column, "", "nested more than %d deep; a policy needs fewer levels", maxDepth)
			return false
		}
	}
	return true
}

// parseTokens runs the parser. A panic of it over a strange file must not take
// the caller down, who may serve many dealers.
func parseTokens(tokens token.Tokens) (file *ast.File, err error) {
	defer func() {
		if recover() != nil {
			file, err = nil, errors.New("the file cannot be understood")
		}
	}()
	return parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
}

// syntaxFault tells where the parser stopped.
func (d *document) syntaxFault(err error) {
	line, column, message := 1, 1, err.Error()
	if syntax, ok := errors.AsType[yaml.Error](err); ok {
		message = syntax.GetMessage()
		if tk := syntax.GetToken(); tk != nil {
			line, column = tk.Position.Line, tk.Position.Column
		}
	}
	if strings.Contains(message, "@") {
		message = "it cannot be understood"
	}
	d.fault(line, column, "", "not valid YAML: %s; check indentation, quotes and brackets here", message)
}

// collectAnchors remembers the anchors of the document by name.
func (d *document) collectAnchors() {
	for _, node := range ast.Filter(ast.AnchorType, d.root) {
		anchor, ok := node.(*ast.AnchorNode)
		if !ok {
			continue
		}
		name := anchor.Name.GetToken().Value
		if _, twice := d.anchors[name]; twice {
			line, column := position(anchor)
			d.fault(line, column, "", "the anchor is named twice; give each its own name")
		}
		d.anchors[name] = anchor.Value
	}
}

// fault adds a fault at a place in the file. Far more than are ever told are
// not even collected.
func (d *document) fault(line, column int, key, format string, args ...any) {
	if len(d.errs) > 10*maxErrors {
		return
	}
	d.errs = append(d.errs, Error{Line: line, Column: column, Key: key, Message: fmt.Sprintf(format, args...)})
}

// position returns where a node begins. A mapping without braces begins at its
// first key, although the parser hangs it on the colon.
func position(node ast.Node) (line, column int) {
	switch n := node.(type) {
	case *ast.DocumentNode:
		if n.Start != nil {
			return n.Start.Position.Line, n.Start.Position.Column
		}
		if n.Body != nil {
			return position(n.Body)
		}
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return position(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return position(n.Key)
	case *ast.LiteralNode:
		return n.Start.Position.Line, n.Start.Position.Column
	}
	if tk := node.GetToken(); tk != nil {
		return tk.Position.Line, tk.Position.Column
	}
	return 1, 1
}
