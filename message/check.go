package message

import (
	"mime"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/doorbell-ilm/doorbell/lead"
)

var (
	opaqueID   = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	e164       = regexp.MustCompile(`^\+[1-9]\d{6,14}$`)
	attachable = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._()-]{0,99}$`)
)

// allowedHeaders are the headers a Message may set besides its own fields.
var allowedHeaders = []string{
	"Auto-Submitted", "In-Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post", "References", "X-Auto-Response-Suppress",
}

// AllowedHeader reports whether a Message may carry the header, written in its
// usual case. A message with any other is refused by every sender.
func AllowedHeader(name string) bool { return slices.Contains(allowedHeaders, name) }

// checked returns m as it goes onto the wire: addresses in their normal form
// and names made safe. Whatever could add a header or a recipient is refused
// with a Final failure. Every sender begins with it, the mailbox included, so
// that dev refuses what the providers would.
func checked(m Message) (Message, error) {
	if !opaqueID.MatchString(m.ID) {
		return m, final("bad_id")
	}
	switch m.Channel {
	case lead.Email:
		return checkedMail(m)
	case lead.SMS:
		return checkedSMS(m)
	default:
		return m, final("bad_channel")
	}
}

func checkedMail(m Message) (Message, error) {
	for _, a := range []struct {
		address  *Address
		code     string
		optional bool
	}{{&m.From, "bad_from", false}, {&m.ReplyTo, "bad_reply_to", true}, {&m.To, "bad_to", false}} {
		if a.optional && a.address.Email == "" {
			continue
		}
		email, err := ParseAddress(a.address.Email)
		if err != nil {
			return m, final(a.code)
		}
		*a.address = Address{Name: headerName(a.address.Name), Email: email}
	}
	// Whoever filled in the form chose this name; it must not stand in a header.
	m.To.Name = ""

	switch {
	case oneLine(m.Subject) == "" || !readable(m.Subject) || strings.ContainsAny(m.Subject, "\r\n\t\u2028\u2029") ||
		utf8.RuneCountInString(m.Subject) > maxSubjectSent:
		return m, final("bad_subject")
	case m.Text == "" || !readable(m.Text) || !readable(m.HTML):
		return m, final("bad_body")
	}
	for name, value := range m.Headers {
		if !AllowedHeader(name) || !headerValue(value) {
			return m, final("bad_header")
		}
	}
	for _, a := range m.Attachments {
		if _, _, err := mime.ParseMediaType(a.Type); err != nil || !headerValue(a.Type) || !attachable.MatchString(a.Name) || len(a.Content) == 0 {
			return m, final("bad_attachment")
		}
	}
	return m, nil
}

func checkedSMS(m Message) (Message, error) {
	switch {
	case !e164.MatchString(m.Phone):
		return m, final("bad_phone")
	case m.Text == "" || !readable(m.Text):
		return m, final("bad_body")
	default:
		m.From.Name = headerName(m.From.Name)
		return m, nil
	}
}

// headerValue reports whether s is printable ASCII that fits on one line.
func headerValue(s string) bool {
	return s != "" && len(s) <= 900 && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// readable reports whether s is text: UTF-8 without controls but tabs and
// line breaks.
func readable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
	})
}

// maxSubjectSent is the longest subject a sender takes, in characters.
const maxSubjectSent = 250

func final(code string) *Failure { return &Failure{Kind: Final, Code: code} }
