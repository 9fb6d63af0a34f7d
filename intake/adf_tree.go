package intake

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html"
)

// element is one element of an ADF document, or a run of text when it has no
// name. Names are in lower case without prefix.
type element struct {
	name       string
	attributes map[string]string
	children   []*element
	text       string
}

// attribute is the first of the named attributes that says something.
func (e *element) attribute(names ...string) string {
	if e == nil {
		return ""
	}
	for _, name := range names {
		if value, _ := line(e.attributes[name]); value != "" {
			return value
		}
	}
	return ""
}

// all lists the outermost descendants with one of the names, in document order,
// without looking into those named in skip.
func (e *element) all(skip map[string]bool, names ...string) []*element {
	var found []*element
	e.walk(skip, names, func(match *element) bool {
		found = append(found, match)
		return true
	})
	return found
}

// first is the first of all, nil when there is none.
func (e *element) first(skip map[string]bool, names ...string) *element {
	var found *element
	e.walk(skip, names, func(match *element) bool {
		found = match
		return false
	})
	return found
}

func (e *element) walk(skip map[string]bool, names []string, visit func(*element) bool) bool {
	if e == nil {
		return true
	}
	for _, child := range e.children {
		if child.name == "" {
			continue
		}
		matches := false
		for _, name := range names {
			matches = matches || child.name == name
		}
		switch {
		case matches:
			if !visit(child) {
				return false
			}
		case skip[child.name]:
		case !child.walk(skip, names, visit):
			return false
		}
	}
	return true
}

// value is the text of the first descendant with one of the names that holds
// more than a placeholder.
func (e *element) value(skip map[string]bool, names ...string) string {
	found := ""
	e.walk(skip, names, func(match *element) bool {
		if text, _ := line(match.words()); !empty(text) {
			found = text
		}
		return found == ""
	})
	return found
}

// words is the text of an element and of everything in it but permissions and
// what a browser would not show.
func (e *element) words() string {
	var b strings.Builder
	e.writeWords(&b)
	return b.String()
}

func (e *element) writeWords(b *strings.Builder) {
	b.WriteString(e.text)
	for _, child := range e.children {
		if !unspoken[child.name] {
			child.writeWords(b)
		}
	}
}

var unspoken = set("script", "style", "donotsend", "donotcontact", "donotcall", "donotemail", "optin", "optout")

// tree builds elements out of the events of a tokenizer, bounded in depth and
// number.
type tree struct {
	open  []*element // the root first, the innermost open element last
	count int
	mend  bool // end tags may be missing or misplaced
}

func newTree(mend bool) *tree { return &tree{open: []*element{{name: "document"}}, mend: mend} }

func (t *tree) root() *element { return t.open[0] }
func (t *tree) top() *element  { return t.open[len(t.open)-1] }

func (t *tree) add(e *element) error {
	t.count++
	if t.count > MaxElements {
		return &Unreadable{Reason: fmt.Sprintf("The document has more than %d elements.", MaxElements)}
	}
	t.top().children = append(t.top().children, e)
	return nil
}

func (t *tree) addText(text string) error {
	if strings.TrimSpace(text) == "" && (len(t.open) == 1 || !leaf[t.top().name]) {
		return nil // the indentation between elements
	}
	return t.add(&element{text: text})
}

func (t *tree) start(name string, attributes map[string]string) error {
	if breaks, markup := markupNames[name]; markup {
		if breaks {
			return t.add(&element{text: "\n"})
		}
		return nil
	}
	if t.mend {
		t.makeRoom(name)
	}
	e := &element{name: name, attributes: attributes}
	if err := t.add(e); err != nil {
		return err
	}
	if len(t.open) > MaxDepth {
		return &Unreadable{Reason: fmt.Sprintf("The document is nested deeper than %d levels.", MaxDepth)}
	}
	t.open = append(t.open, e)
	return nil
}

// end closes the innermost element of that name; without one it is ignored.
func (t *tree) end(name string) error {
	if breaks, markup := markupNames[name]; markup {
		if breaks {
			return t.add(&element{text: "\n"})
		}
		return nil
	}
	for i := len(t.open) - 1; i > 0; i-- {
		if t.open[i].name == name {
			t.open = t.open[:i]
			return nil
		}
	}
	return nil
}

// makeRoom closes what its missing end tag left open, as far as the structure of
// ADF tells: a prospect holds no prospect, the parts of a prospect do not hold
// each other, and a leaf holds no part.
func (t *tree) makeRoom(name string) {
	switch {
	case name == "prospect":
		for i := 1; i < len(t.open); i++ {
			if t.open[i].name == name {
				t.open = t.open[:i]
				return
			}
		}
	case sections[name]:
		for i := len(t.open) - 1; i > 0; i-- {
			if t.open[i].name == "prospect" {
				t.open = t.open[:i+1]
				return
			}
		}
	case leaf[name] || groups[name]:
		for len(t.open) > 1 && leaf[t.top().name] {
			t.open = t.open[:len(t.open)-1]
		}
	}
}

var (
	sections = set("vehicle", "customer", "vendor", "provider")
	groups   = set("contact", "address", "timeframe", "finance", "option", "colorcombination")
	leaf     = set("id", "requestdate", "year", "make", "model", "vin", "stock", "stocknumber", "stockid", "trim", "doors",
		"bodystyle", "transmission", "odometer", "condition", "interiorcolor", "exteriorcolor", "preference", "imagetag",
		"price", "pricecomments", "optionname", "manufacturercode", "manufacturecode", "weighting", "method", "amount",
		"balance", "name", "email", "phone", "street", "apartment", "city", "regioncode", "postalcode", "country",
		"description", "earliestdate", "latestdate", "comment", "comments", "vendorname", "url", "service")

	// markupNames are the elements of HTML that stray into texts. They are no
	// part of the structure; true are those that break a line.
	markupNames = map[string]bool{
		"a": false, "b": false, "i": false, "u": false, "em": false, "strong": false, "font": false, "span": false,
		"small": false, "big": false, "sub": false, "sup": false, "code": false, "tt": false, "img": false, "center": false,
		"html": false, "head": false, "body": false, "tbody": false, "td": false, "th": false,
		"br": true, "p": true, "div": true, "li": true, "ul": true, "ol": true, "tr": true, "table": true, "pre": true,
		"hr": true, "h1": true, "h2": true, "h3": true, "h4": true, "blockquote": true,
	}
)

// maxAttributes is how many attributes of an element are kept.
const maxAttributes = 32

// strictTree reads well-formed XML. wellFormed is false when it is none; the
// error is an *Unreadable for what no second reading would mend.
func strictTree(text string) (root *element, wellFormed bool, err error) {
	decoder := xml.NewDecoder(strings.NewReader(text))
	// The text is UTF-8 by now, whatever a stray declaration in it says.
	decoder.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil }
	t := newTree(false)
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return t.root(), true, nil
		}
		if err != nil {
			return nil, false, nil //nolint:nilerr // not well-formed is an answer, not a failure
		}
		if err := t.strictEvent(token); err != nil {
			return nil, false, err
		}
	}
}

func (t *tree) strictEvent(token xml.Token) error {
	switch token := token.(type) {
	case xml.StartElement:
		attributes := make(map[string]string, min(len(token.Attr), maxAttributes))
		for _, a := range token.Attr[:min(len(token.Attr), maxAttributes)] {
			keep(attributes, strings.ToLower(a.Name.Local), a.Value)
		}
		return t.start(strings.ToLower(token.Name.Local), attributes)
	case xml.EndElement:
		return t.end(strings.ToLower(token.Name.Local))
	case xml.CharData:
		return t.addText(string(token))
	case xml.Directive:
		return errDoctype
	}
	return nil
}

// lenientTree reads whatever has tags, the way a browser would: bare ampersands,
// entities of HTML, attributes without quotes, end tags missing or wrong. The
// error is an *Unreadable.
func lenientTree(text string) (*element, error) {
	tokens := html.NewTokenizer(strings.NewReader(mendTags(text)))
	t := newTree(true)
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			return t.root(), nil
		}
		// ADF has no element whose content a browser would not read as tags.
		tokens.NextIsNotRawText()
		if err := t.lenientEvent(kind, tokens); err != nil {
			return nil, err
		}
	}
}

func (t *tree) lenientEvent(kind html.TokenType, tokens *html.Tokenizer) error {
	switch kind {
	case html.StartTagToken, html.SelfClosingTagToken:
		tag, more := tokens.TagName()
		name := localName(string(tag))
		attributes := map[string]string{}
		for more {
			var key, value []byte
			key, value, more = tokens.TagAttr()
			if len(attributes) < maxAttributes {
				keep(attributes, localName(string(key)), strings.Trim(string(value), `"'/`))
			}
		}
		if err := t.start(name, attributes); err != nil {
			return err
		}
		if kind == html.SelfClosingTagToken {
			return t.end(name)
		}
	case html.EndTagToken:
		tag, _ := tokens.TagName()
		return t.end(localName(string(tag)))
	case html.TextToken:
		return t.addText(string(tokens.Text()))
	case html.DoctypeToken:
		return errDoctype
	default: // comments and instructions say nothing
	}
	return nil
}

// keep holds on to the first of repeated attributes.
func keep(attributes map[string]string, name, value string) {
	if _, repeated := attributes[name]; !repeated {
		attributes[name] = value
	}
}

// localName takes the prefix of a namespace off.
func localName(name string) string {
	return name[strings.LastIndexByte(name, ':')+1:]
}
