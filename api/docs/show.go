package docs

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/doorbell-ilm/doorbell/api/openapi"
)

// width is how long a line of a sample may be before it is broken up.
const width = 84

var (
	boldForm  = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	emphForm  = regexp.MustCompile(`\*([^*]+)\*`)
	codeForm  = regexp.MustCompile("`([^`]+)`")
	typeForm  = regexp.MustCompile(`<code>/problems/([a-z-]+)</code>`)
	blankLine = regexp.MustCompile(`\n\s*\n`)
)

// prose turns the little Markdown of the descriptions into paragraphs:
// **bold**, *emphasis*, `code` and blank lines, and leads from the type of a
// problem to its explanation. The text is escaped first.
func prose(text string) template.HTML {
	var out strings.Builder
	for _, paragraph := range blankLine.Split(strings.TrimSpace(text), -1) {
		if paragraph == "" {
			continue
		}
		p := template.HTMLEscapeString(paragraph)
		p = boldForm.ReplaceAllString(p, "<strong>$1</strong>")
		p = emphForm.ReplaceAllString(p, "<em>$1</em>")
		p = codeForm.ReplaceAllString(p, "<code>$1</code>")
		p = typeForm.ReplaceAllString(p, `<a href="#`+ProblemAnchor("$1")+`">$0</a>`)
		out.WriteString("<p>" + p + "</p>\n")
	}
	return template.HTML(out.String()) //nolint:gosec // escaped above; the text is our own description
}

// sample writes an example as it would travel: text as it is, values as JSON
// that keeps short objects on one line.
func sample(value any) string {
	if text, ok := value.(string); ok {
		return strings.TrimRight(text, "\n")
	}
	var out strings.Builder
	pretty(&out, value, 0)
	return out.String()
}

func pretty(out *strings.Builder, value any, depth int) {
	if line := compact(value); len(line)+2*depth <= width {
		out.WriteString(line)
		return
	}
	inner, outer := strings.Repeat("  ", depth+1), strings.Repeat("  ", depth)
	switch v := value.(type) {
	case openapi.Object:
		out.WriteString("{")
		for i, m := range v {
			out.WriteString(comma(i) + "\n" + inner + quoted(m.Name) + ": ")
			pretty(out, m.Value, depth+1)
		}
		out.WriteString("\n" + outer + "}")
	case []any:
		out.WriteString("[")
		for i, item := range v {
			out.WriteString(comma(i) + "\n" + inner)
			pretty(out, item, depth+1)
		}
		out.WriteString("\n" + outer + "]")
	default:
		out.WriteString(compact(value))
	}
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

// compact writes a value on one line.
func compact(value any) string {
	switch v := value.(type) {
	case openapi.Object:
		parts := make([]string, 0, len(v))
		for _, m := range v {
			parts = append(parts, quoted(m.Name)+": "+compact(m.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		parts := make([]string, 0, len(v))
		for _, item := range v {
			parts = append(parts, compact(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case json.Number:
		return v.String()
	case string:
		return quoted(v)
	}
	return fmt.Sprint(orNull(value))
}

func orNull(value any) any {
	if value == nil {
		return "null"
	}
	return value
}

// quoted writes a JSON string without escaping what HTML would.
func quoted(text string) string {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		return `""`
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// curl writes a command that tries the operation; $DOORBELL is the address of
// the server, $KEY the caller's key.
func curl(op *openapi.Operation) string {
	lines := []string{"curl"}
	if op.Method != http.MethodGet {
		lines[0] += " -X " + op.Method
	}
	lines[0] += ` "$DOORBELL` + address(op) + `"`
	if !op.Public {
		lines = append(lines, `-H "Authorization: Bearer $KEY"`)
	}
	if op.Method != http.MethodGet {
		for _, p := range op.Parameters {
			if p.Name == "Idempotency-Key" {
				lines = append(lines, fmt.Sprintf(`-H "Idempotency-Key: %v"`, p.Example))
			}
		}
	}
	if op.Body == nil {
		return strings.Join(lines, " \\\n  ")
	}
	content := op.Body.Contents[0]
	lines = append(lines, `-H "Content-Type: `+content.MediaType+`"`, "--data-binary @- <<'END'")
	return strings.Join(lines, " \\\n  ") + "\n" + sample(content.Examples[0].Value) + "\nEND"
}

// address is the path with the examples of its parameters and, for a list, of
// the first two filters.
func address(op *openapi.Operation) string {
	path := op.Path
	query := []string{}
	for _, p := range op.Parameters {
		switch {
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", fmt.Sprint(p.Example))
		case p.In == "query" && p.Example != nil && p.Name != "cursor" && len(query) < 2 && op.Method == http.MethodGet:
			query = append(query, p.Name+"="+url.QueryEscape(plain(p.Example)))
		}
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + strings.ReplaceAll(strings.Join(query, "&"), "%2C", ",")
}

func plain(value any) string {
	if list, ok := value.([]any); ok {
		parts := make([]string, 0, len(list))
		for _, item := range list {
			parts = append(parts, fmt.Sprint(item))
		}
		return strings.Join(parts, ",")
	}
	return fmt.Sprint(value)
}
