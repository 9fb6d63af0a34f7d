package signin

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlyPagesOfOursAreLedTo(t *testing.T) {
	t.Parallel()
	for _, ours := range []string{
		"/", "/board", "/board?stage=new&q=de%20boer", "/leads/0192f3c4-0000-7000-8000-000000000000#timeline", "/board?next=https://evil.example/", "/a:b",
		"/signs", "/board/%2F%2Fevil.example",
	} {
		require.Equal(t, ours, local(ours))
	}
	for _, other := range []string{
		"", "board", "//evil.example", "///evil.example", `/\evil.example`, `/board\..\..\evil`, `\\evil.example`, "https://evil.example", "https:evil.example",
		"javascript:alert(1)", "/\t/evil.example", "/\n/evil.example", "/\r\nSet-Cookie: a=b", "/\x00", "/\u00a0\u202eevil", " /board", "/board ", "/%zz",
		"/sign-in", "/sign-in?to=/board", "/sign-out", "/sign-in/oidc/callback?code=x", "/welcome/abc", "/setup", "/forgotten", "/" + strings.Repeat("a", 2000), "/\xff",
	} {
		require.Empty(t, local(other), "%q", other)
	}
}

// asBrowsersRead resolves an address on a page as the URL standard of browsers
// does where that differs from RFC 3986.
func asBrowsersRead(to string) string {
	to = strings.Trim(to, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f ")
	to = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(to)
	path, rest, _ := strings.Cut(to, "?")
	return strings.ReplaceAll(path, `\`, "/") + "?" + rest
}

func FuzzLocal(f *testing.F) {
	for _, seed := range []string{"/board", "//evil.example", `/\evil.example`, "/\t/evil.example", "https://evil.example", "/./\t//evil", "/%5c%5cevil", "/@evil.example", "/:80"} {
		f.Add(seed)
	}
	base, err := url.Parse("https://leads.dealer.example/sign-in")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, to string) {
		safe := local(to)
		if safe == "" {
			return
		}
		require.Equal(t, to, safe)
		for _, read := range []string{safe, asBrowsersRead(safe)} {
			u, err := base.Parse(read)
			require.NoError(t, err)
			require.Equal(t, "leads.dealer.example", u.Host, "%q", to)
			require.Equal(t, "https", u.Scheme, "%q", to)
		}
		require.False(t, strings.HasPrefix(asBrowsersRead(safe), "//"), "%q", to)
		require.NotContains(t, safe, "\n")
		require.Equal(t, safe, local(safe))
	})
}
