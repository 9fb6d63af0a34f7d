package message

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var secret = []byte("0123456789abcdef0123456789abcdef")

func TestLinksHoldForWhatTheyWereGivenFor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		purpose, id := rapid.StringN(0, 20, 40).Draw(rt, "purpose"), rapid.StringN(0, 60, 120).Draw(rt, "id")
		token := Sign(secret, purpose, id)
		require.Equal(rt, token, url.PathEscape(token), "it has to stand in a path as it is")
		got, ok := Verify(secret, purpose, token)
		require.True(rt, ok)
		require.Equal(rt, id, got)

		_, ok = Verify(secret, purpose+"x", token)
		require.False(rt, ok)
		_, ok = Verify([]byte("another secret, as long as it is"), purpose, token)
		require.False(rt, ok)
		// Any other character at any place spoils it.
		at := rapid.IntRange(0, len(token)-1).Draw(rt, "at")
		other := rapid.SampledFrom([]byte("AZaz09-_.")).Draw(rt, "other")
		if token[at] != other {
			_, ok = Verify(secret, purpose, token[:at]+string(other)+token[at+1:])
			require.False(rt, ok)
		}
	})
}

func TestLinkThatIsNone(t *testing.T) {
	t.Parallel()
	token := Sign(secret, "appointment", "01HZX3")
	name, mac, _ := strings.Cut(token, ".")
	for _, s := range []string{
		"", ".", name, name + ".", "." + mac, mac + "." + name, token + ".", token + "A", token + "=", " " + token, token + "\n",
		name + "." + mac[:len(mac)-1], strings.Repeat("A", 600) + "." + mac,
	} {
		_, ok := Verify(secret, "appointment", s)
		require.False(t, ok, "%q", s)
	}
	// Where the purpose ends and the id begins is part of what is signed.
	require.NotEqual(t, seal(secret, "ab", "c"), seal(secret, "a", "bc"))
}

// The links in mails that are out must keep working: this one never changes.
func TestLinkStaysTheSameAcrossReleases(t *testing.T) {
	t.Parallel()
	id, ok := Verify(secret, "appointment", "MDFIWlgz.vzRywLH6Fqtxcuhfn_F85XaU7XrhHbR0ah8wv4KBIbQ")
	require.True(t, ok)
	require.Equal(t, "01HZX3", id)
}

func FuzzVerify(f *testing.F) {
	good := Sign(secret, "appointment", "01HZX3")
	f.Add(good)
	f.Add(Sign(secret, "object", "01HZX3"))
	f.Add(".")
	f.Add(good + ".")
	f.Fuzz(func(t *testing.T, token string) {
		id, ok := Verify(secret, "appointment", token)
		if !ok {
			require.Empty(t, id)
			return
		}
		// Whoever does not know the secret gets in only with what we signed.
		require.Equal(t, Sign(secret, "appointment", id), token)
	})
}
