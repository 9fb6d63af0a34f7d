package message

import (
	"errors"
	netmail "net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// ErrAddress is returned for a mail address that Doorbell does not write to.
// Its text names no address, so that it may stand in logs.
var ErrAddress = errors.New("not a usable mail address; write it as name@domain, without quotes, spaces or line breaks")

// The limits of RFC 5321, section 4.5.3.1, in bytes.
const (
	maxLocal   = 64
	maxAddress = 254
)

// ParseAddress checks one bare mail address and returns it as it is put on the
// wire: without spaces around it, the domain in lower-case ASCII.
//
// It is narrower than RFC 5321 on purpose. Quoted local parts, comments,
// address literals and non-ASCII local parts are refused: hardly any customer
// has one, and every one of them has been a way to smuggle a second recipient
// or a header past some mail library (CVE-2025-59937 is go-mail's).
// Every error is ErrAddress.
func ParseAddress(s string) (string, error) {
	s = strings.Trim(s, " ")
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at > maxLocal || !dotAtom(s[:at]) || !utf8.ValidString(s) {
		return "", ErrAddress
	}
	domain, err := idna.Lookup.ToASCII(s[at+1:])
	if err != nil || !hostName(domain) || at+1+len(domain) > maxAddress {
		return "", ErrAddress
	}
	// The conversion is not always its own inverse; a domain that it would not
	// take back is none.
	if again, err := idna.Lookup.ToASCII(domain); err != nil || again != domain {
		return "", ErrAddress
	}
	return s[:at+1] + domain, nil
}

// ParseSender reads the address mail is sent from, as it stands in the setting
// MAIL_FROM: a bare address, or `Name <address>`. Every error is ErrAddress.
func ParseSender(s string) (Address, error) {
	if bare, err := ParseAddress(s); err == nil {
		return Address{Email: bare}, nil
	}
	parsed, err := netmail.ParseAddress(s)
	if err != nil {
		return Address{}, ErrAddress
	}
	bare, err := ParseAddress(parsed.Address)
	if err != nil {
		return Address{}, err
	}
	return Address{Name: headerName(parsed.Name), Email: bare}, nil
}

// dotAtom reports whether s is a local part that needs no quotes.
func dotAtom(s string) bool {
	if strings.HasPrefix(s, ".") || strings.HasSuffix(s, ".") || strings.Contains(s, "..") {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !letterOrDigit(c) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~.", rune(c)) {
			return false
		}
	}
	return true
}

// hostName reports whether s is a domain of two labels or more.
func hostName(s string) bool {
	labels := strings.Split(s, ".")
	if len(labels) < 2 {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if !letterOrDigit(label[i]) && label[i] != '-' {
				return false
			}
		}
	}
	return true
}

func letterOrDigit(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// headerName makes a display name safe to stand beside an address. Names are
// mended where addresses are refused: a dealer called `De "Ster"` still has to
// get his mail out.
func headerName(s string) string {
	return short(64, strings.Map(func(r rune) rune {
		if strings.ContainsRune(`"<>\,;:@()[]`, r) {
			return ' '
		}
		return r
	}, s))
}

// oneLine puts s on one line: every kind of space and line break becomes one
// space, and what cannot be seen (controls, direction marks, broken UTF-8) goes.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp):
			return -1
		default:
			return r
		}
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

// short is oneLine of at most n characters, with an ellipsis where it was cut.
func short(n int, s string) string {
	runes := []rune(oneLine(s))
	if len(runes) <= n {
		return string(runes)
	}
	return strings.TrimRight(string(runes[:n-1]), " ") + "…"
}
