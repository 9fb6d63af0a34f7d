package intake

import (
	"bytes"
	"fmt"
	"html"
	"mime"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	openADF       = regexp.MustCompile(`(?i)<(?:[a-z0-9_]{1,20}:)?adf[\s>/]`)
	closeADF      = regexp.MustCompile(`(?i)</(?:[a-z0-9_]{1,20}:)?adf\s*>`)
	openProspect  = regexp.MustCompile(`(?i)<(?:[a-z0-9_]{1,20}:)?prospect[\s>/]`)
	closeProspect = regexp.MustCompile(`(?i)</(?:[a-z0-9_]{1,20}:)?prospect\s*>`)
	escapedOpen   = regexp.MustCompile(`(?i)&(?:amp;)*(?:lt|#60|#x3c);(?:[a-z0-9_]{1,20}:)?(?:adf|prospect)\b`)

	// declarations that only a document type brings; the one of HTML around the
	// document is harmless because it is cut away.
	doctype     = regexp.MustCompile(`(?i)<!\s*(?:DOCTYPE\s+([^\s>\[]*)|ENTITY\b)`)
	softBreak   = regexp.MustCompile(`=[ \t]*\r?\n`)
	quotedEqual = regexp.MustCompile(`(?i)=3D(?:["']|&quot;|=22)`)
	plainEqual  = regexp.MustCompile(`=(?:["']|&quot;)`)
)

// locate finds the ADF document in a body and returns it as text without the
// characters that XML forbids. repaired says that it had to be unpacked first.
// The error is an *Unreadable.
func locate(body []byte, contentType string) (text string, repaired bool, err error) {
	if len(body) > MaxBody {
		return "", false, &Unreadable{Reason: fmt.Sprintf("The body is larger than %d KB.", MaxBody>>10)}
	}
	if field, ok := formField(body, contentType); ok {
		body, contentType = field, ""
	}
	if quotedPrintable(body) {
		body, repaired = decodeQuotedPrintable(body), true
	}
	text = permitted(toUTF8(body, contentType))
	// A mail program may escape what a portal had escaped already.
	for range 3 {
		if found, ok, err := cutOut(text); ok || err != nil {
			return found, repaired, err
		}
		if !escapedOpen.MatchString(text) {
			break
		}
		text, repaired = permitted(html.UnescapeString(dropTags(text))), true
	}
	found, ok, err := cutOut(text)
	if !ok && err == nil {
		err = &Unreadable{Reason: "The body holds no ADF document: neither <adf> nor <prospect> was found."}
	}
	return found, repaired, err
}

// cutOut returns what lies between the first <adf and the last </adf>, or from
// <prospect where there is no root. A document without its end goes on to the
// end of the text.
func cutOut(text string) (string, bool, error) {
	begin, end := openADF.FindStringIndex(text), closeADF
	if begin == nil {
		begin, end = openProspect.FindStringIndex(text), closeProspect
	}
	if begin == nil {
		return "", false, nil
	}
	for _, m := range doctype.FindAllStringSubmatch(text[:begin[0]], -1) {
		if !strings.EqualFold(m[1], "html") {
			return "", false, errDoctype
		}
	}
	text = text[begin[0]:]
	if ends := end.FindAllStringIndex(text, -1); len(ends) > 0 {
		text = text[:ends[len(ends)-1][1]]
	}
	return text, true, nil
}

var errDoctype = &Unreadable{Reason: "The document declares a DOCTYPE or entities, which are not accepted; send it without."}

// formField is the value of a form post that holds the document.
func formField(body []byte, contentType string) ([]byte, bool) {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || media != "application/x-www-form-urlencoded" {
		return nil, false
	}
	for pair := range bytes.SplitSeq(body, []byte("&")) {
		_, value, _ := bytes.Cut(pair, []byte("="))
		plain, err := url.QueryUnescape(string(value))
		if err == nil && (openADF.MatchString(plain) || openProspect.MatchString(plain)) {
			return []byte(plain), true
		}
	}
	return nil, false
}

// quotedPrintable reports whether the transport encoding of a mail is still on:
// its way to write = before quotes is more frequent than the plain one, or lines
// are broken softly where no attribute is written plainly.
func quotedPrintable(body []byte) bool {
	plain := len(plainEqual.FindAllIndex(body, -1))
	encoded := len(quotedEqual.FindAllIndex(body, -1))
	return encoded > plain || plain == 0 && softBreak.Match(body)
}

// decodeQuotedPrintable is forgiving where mime/quotedprintable stops: what is
// no escape stays as it is.
func decodeQuotedPrintable(body []byte) []byte {
	body = softBreak.ReplaceAll(body, nil)
	plain := body[:0:0]
	for i := 0; i < len(body); i++ {
		if body[i] == '=' && i+2 < len(body) {
			high, low := unhex(body[i+1]), unhex(body[i+2])
			if high >= 0 && low >= 0 {
				plain = append(plain, byte(high<<4|low))
				i += 2
				continue
			}
		}
		plain = append(plain, body[i])
	}
	return plain
}

// unhex is the value of a hexadecimal digit, -1 for what is none.
func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// permitted drops the characters that XML 1.0 forbids, which would end a strict
// reading for nothing.
func permitted(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
}

// dropTags takes the HTML around an escaped document away; a line break in it
// stays one.
func dropTags(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for {
		text, rest, found := strings.Cut(s, "<")
		b.WriteString(text)
		if !found {
			return b.String()
		}
		tag, after, closed := strings.Cut(rest, ">")
		if !closed {
			b.WriteByte('<')
			b.WriteString(rest)
			return b.String()
		}
		if name := strings.ToLower(tag); strings.HasPrefix(name, "br") || strings.HasPrefix(name, "/p") || strings.HasPrefix(name, "/div") {
			b.WriteByte('\n')
		}
		s = after
	}
}

// mendTags makes the tags of a broken document readable to a tokenizer: curly
// quotes become straight ones within tags only, a < that opens no tag is
// escaped, and a CDATA section becomes escaped text.
func mendTags(s string) string {
	var b strings.Builder
	b.Grow(len(s) + len(s)/8)
	cdataEnds, commentEnds := true, true
	for {
		text, rest, found := strings.Cut(s, "<")
		b.WriteString(text)
		if !found {
			return b.String()
		}
		if cdata, ok := strings.CutPrefix(rest, "![CDATA["); ok && cdataEnds {
			words, after, closed := strings.Cut(cdata, "]]>")
			if cdataEnds = closed; closed {
				b.WriteString(html.EscapeString(words))
				s = after
				continue
			}
		}
		if strings.HasPrefix(rest, "!--") && commentEnds {
			_, after, closed := strings.Cut(rest, "-->")
			if commentEnds = closed; closed {
				s = after
				continue
			}
		}
		end := strings.IndexAny(rest, "<>")
		if end < 0 || rest[end] == '<' || !opensTag(rest[0]) {
			b.WriteString("&lt;")
			s = rest
			continue
		}
		b.WriteByte('<')
		b.WriteString(straightQuotes.Replace(rest[:end+1]))
		s = rest[end+1:]
	}
}

func opensTag(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '/' || c == '!' || c == '?'
}

var straightQuotes = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "‟", `"`, "″", `"`, "‘", "'", "’", "'", "‚", "'", "′", "'")
