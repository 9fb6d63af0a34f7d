package intake

import (
	"bytes"
	"encoding/binary"
	"mime"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/charmap"
)

// declaredEncoding finds what the document says of itself, whatever quotes it
// uses and wherever the declaration ended up.
var declaredEncoding = regexp.MustCompile(`(?i)<\?xml[^>]{0,200}?encoding\s*=\s*["'“”]?([a-z0-9._:-]{1,40})`)

// toUTF8 reads bytes as text. The bytes themselves are believed first (byte
// order mark, zero bytes of UTF-16, valid UTF-8), then what the document
// declares, then the charset of contentType, and then they are Windows-1252,
// which has a character for almost every byte and is what undeclared "Latin-1"
// is. The result is valid UTF-8.
func toUTF8(body []byte, contentType string) string {
	if rest, ok := bytes.CutPrefix(body, []byte("\xef\xbb\xbf")); ok {
		body = rest
	} else if order := utf16Order(body); order != nil {
		return fromUTF16(body, order)
	}
	if utf8.Valid(body) {
		return string(body)
	}
	var names []string
	if m := declaredEncoding.FindSubmatch(body); m != nil {
		names = append(names, string(m[1]))
	}
	if _, params, err := mime.ParseMediaType(contentType); err == nil {
		names = append(names, params["charset"])
	}
	for _, name := range names {
		enc, canonical := charset.Lookup(name)
		switch canonical {
		case "", "utf-8", "utf-16le", "utf-16be", "replacement", "x-user-defined":
			continue // unknown, or just shown to be untrue
		case "windows-1252":
			return repairUTF8(body)
		}
		if text, err := enc.NewDecoder().Bytes(body); err == nil && utf8.Valid(text) {
			return string(text)
		}
	}
	return repairUTF8(body)
}

// utf16Order is the byte order of UTF-16 text, nil when it is none. Without a
// mark, markup in UTF-16 shows itself by the zeros in every second byte.
func utf16Order(body []byte) binary.ByteOrder {
	switch {
	case bytes.HasPrefix(body, []byte{0xff, 0xfe}):
		return binary.LittleEndian
	case bytes.HasPrefix(body, []byte{0xfe, 0xff}):
		return binary.BigEndian
	}
	head := body[:min(len(body), 512)]
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i%2]++
		}
	}
	enough := len(head) / 4
	switch {
	case enough > 0 && zeros[1] > enough && zeros[0] < zeros[1]/4:
		return binary.LittleEndian
	case enough > 0 && zeros[0] > enough && zeros[1] < zeros[0]/4:
		return binary.BigEndian
	}
	return nil
}

func fromUTF16(body []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(body)/2)
	for i := range units {
		units[i] = order.Uint16(body[2*i:])
	}
	return strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff")
}

// repairUTF8 keeps what is valid UTF-8 and reads every other byte as
// Windows-1252. That suits a document wholly in Windows-1252, where a valid
// sequence by chance is as good as impossible, and one put together from both.
func repairUTF8(body []byte) string {
	var b strings.Builder
	b.Grow(len(body) + len(body)/8)
	for len(body) > 0 {
		r, size := utf8.DecodeRune(body)
		if r == utf8.RuneError && size <= 1 {
			r = charmap.Windows1252.DecodeByte(body[0])
		}
		b.WriteRune(r)
		body = body[size:]
	}
	return b.String()
}
