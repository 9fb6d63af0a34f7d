package signin

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestTo is more than the address of any page of ours.
const longestTo = 2000

// local returns the address of a page of this server, "" for anything that
// could lead a browser elsewhere, or round in a circle. Browsers read more into
// an address than its standard does: \ is / to them, and tabs and line breaks
// are not there.
func local(to string) string {
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || len(to) > longestTo || !utf8.ValidString(to) {
		return ""
	}
	if strings.ContainsFunc(to, func(r rune) bool { return r == '\\' || r == ' ' || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
		return ""
	}
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return ""
	}
	for _, way := range []string{"/sign-in", "/sign-out", "/welcome", "/forgotten", "/setup"} {
		if u.Path == way || strings.HasPrefix(u.Path, way+"/") {
			return ""
		}
	}
	return to
}
