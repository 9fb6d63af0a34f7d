package intake

import (
	"cmp"
	"net/mail"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// NormaliseEmail reads one bare e-mail address and returns it in lower case, the
// domain in ASCII. It is strict, because what passes is later put into the
// header of a mail: no display name, comment, quoted local part, list, blank,
// control character or non-ASCII local part, and the domain has at least two
// labels. Whether anybody reads the mailbox is not checked.
func NormaliseEmail(written string) (string, bool) {
	s := strings.Trim(written, " \t")
	local, domain, found := strings.Cut(s, "@")
	if !found || len(s) > 254 || len(local) > 64 || !dotAtom(local) {
		return "", false
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || !utf8.ValidString(domain) || !hostname(ascii) {
		return "", false
	}
	address := strings.ToLower(local + "@" + ascii)
	// A second opinion, by the parser that the senders use: what it reads
	// differently never reaches them.
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || parsed.Name != "" || len(address) > 254 {
		return "", false
	}
	return address, true
}

// dotAtom reports whether s is words of RFC 5322 atext joined by single dots.
func dotAtom(s string) bool {
	previous := byte('.')
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '.':
			if previous == '.' {
				return false
			}
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0:
		default:
			return false
		}
		previous = c
	}
	return previous != '.'
}

// hostname reports whether s is a domain name of two labels or more whose last
// is no number (an IP address is nobody's mail domain).
func hostname(s string) bool {
	labels := strings.Split(s, ".")
	if len(s) > 253 || len(labels) < 2 {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			c := label[i]
			if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
				return false
			}
		}
	}
	last := labels[len(labels)-1]
	return len(last) > 1 && digits(last) < len(last)
}

// readEmail makes one address of the customer. The wrappings that forms and
// mail programs put around an address are taken off before it is read.
func readEmail(written string) EmailAddress {
	e := EmailAddress{}
	e.Written, _ = line(written)
	bare := e.Written
	if open := strings.LastIndexByte(bare, '<'); open >= 0 && strings.HasSuffix(bare, ">") {
		bare = bare[open+1 : len(bare)-1]
	}
	if len(bare) > 7 && strings.EqualFold(bare[:7], "mailto:") {
		bare, _, _ = strings.Cut(bare[7:], "?")
	}
	e.Normalised, e.Valid = NormaliseEmail(strings.Trim(bare, " ,;"))
	return e
}

// emptyEmail reports addresses that forms send where none was given.
func emptyEmail(s string) bool {
	if empty(s) {
		return true
	}
	local, domain, _ := strings.Cut(fold2(s), "@")
	name, _, _ := strings.Cut(domain, ".")
	return nobody[local] && nobody[name]
}

// fold2 is lower case without the dashes that "no-email@no-email.com" varies.
func fold2(s string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(s)), "-", "")
}

var nobody = map[string]bool{"none": true, "noemail": true, "nomail": true, "noreply": true, "unknown": true, "null": true, "na": true}

// rankEmails sorts the best address to the front: readable before unreadable,
// then the preferred one, then the order of the message.
func rankEmails(all []EmailAddress, preferred map[string]bool) {
	rank := func(e EmailAddress) int {
		rank := 0
		if !e.Valid {
			rank = 2
		}
		if !preferred[e.Written] {
			rank++
		}
		return rank
	}
	slices.SortStableFunc(all, func(a, b EmailAddress) int { return cmp.Compare(rank(a), rank(b)) })
}
