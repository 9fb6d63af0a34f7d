package message

import (
	netmail "net/mail"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseAddressTakesOrdinaryAddresses(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"jan@example.com":              "jan@example.com",
		"Jan.de-Boer+auto@EXAMPLE.com": "Jan.de-Boer+auto@example.com",
		"o'brien@mail.example":         "o'brien@mail.example",
		"info@müller.example":          "info@xn--mller-kva.example",
		"a@sub.sub.sub.demo.example":   "a@sub.sub.sub.demo.example",
		"{a}|b=c?d^e_f`g~h@x1.example": "{a}|b=c?d^e_f`g~h@x1.example",
	} {
		got, err := ParseAddress(given)
		require.NoError(t, err, given)
		require.Equal(t, want, got)
		got, err = ParseAddress("  " + given + " ")
		require.NoError(t, err, given)
		require.Equal(t, want, got)
	}
}

// smuggled are addresses that would add a header, a recipient or a command to a
// mail if they were passed on as they are.
var smuggled = []string{
	"a@b.example\r\nBcc: c@d.example",
	"a@b.example\nBcc: c@d.example",
	"a@b.example\r",
	"\na@b.example",
	"a\r\nRCPT TO:<c@d.example>@b.example",
	"a@b.example\x00",
	"a\x00@b.example",
	"a@b.example,c@d.example",
	"a@b.example, c@d.example",
	"a@b.example;c@d.example",
	"a@b.example c@d.example",
	"<a@b.example>",
	"A <a@b.example>",
	`"a b"@b.example`,
	`"a@c.example> ORCPT=x"@b.example`,
	`a"b@b.example`,
	`a\@b.example`,
	"a(comment)@b.example",
	"a@b.example(comment)",
	"a@[127.0.0.1]",
	"a@b.example> SIZE=1",
	"a\u2028@b.example",
	"a\u202e@b.example",
	"a\ta@b.example",
	"é@b.example",
	"\xff@b.example",
	"a@b.example\u0085",
}

func TestParseAddressRefusesWhatCouldSmuggle(t *testing.T) {
	t.Parallel()
	for _, s := range smuggled {
		_, err := ParseAddress(s)
		require.ErrorIs(t, err, ErrAddress, "%q", s)
	}
}

func TestParseAddressRefusesWhatIsNoAddress(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "@", "a", "a@", "@b.example", "a@b", "a@localhost", "a@@b.example", ".a@b.example", "a.@b.example", "a..b@b.example",
		"a@.example", "a@b..example", "a@b.example.", "a@-b.example", "a@b-.example", "a@b_c.example",
		strings.Repeat("a", 65) + "@b.example", "a@" + strings.Repeat("b", 64) + ".example",
		"a@" + strings.Repeat("b.", 130) + "example",
	} {
		_, err := ParseAddress(s)
		require.ErrorIs(t, err, ErrAddress, "%q", s)
	}
	require.NotContains(t, ErrAddress.Error(), "b.example")
}

func TestParseSender(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]Address{
		"leads@dealer.example":                         {Email: "leads@dealer.example"},
		"Garage De Ster <leads@dealer.example>":        {Name: "Garage De Ster", Email: "leads@dealer.example"},
		`"Garage, De Ster" <leads@dealer.example>`:     {Name: "Garage De Ster", Email: "leads@dealer.example"},
		"=?utf-8?q?Caf=C3=A9?= <leads@dealer.example>": {Name: "Café", Email: "leads@dealer.example"},
	} {
		got, err := ParseSender(given)
		require.NoError(t, err, given)
		require.Equal(t, want, got)
	}
	for _, bad := range []string{"", "Garage", "Garage <leads>", `Garage <"x y"@dealer.example>`, "a@b.example, c@d.example", "A <a@b.example>\r\nBcc: c@d.example"} {
		_, err := ParseSender(bad)
		require.ErrorIs(t, err, ErrAddress, "%q", bad)
	}
}

func TestNamesAndLinesLoseWhatCannotBeSeen(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Garage De Ster", headerName("Garage \"De\r\nSter\"\x00"))
	require.Equal(t, "a b", oneLine("a\r\n\t \u2028b\u202e\x07\xff"))
	require.Equal(t, "abcd…", short(5, "abcdef"))
	require.Equal(t, "abcde", short(5, " abcde "))
}

func FuzzParseAddress(f *testing.F) {
	f.Add("jan@example.com")
	f.Add("info@müller.example")
	for _, s := range smuggled {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseAddress(s)
		if err != nil {
			require.ErrorIs(t, err, ErrAddress)
			require.Empty(t, got)
			return
		}
		require.False(t, strings.ContainsFunc(got, func(r rune) bool {
			return r <= ' ' || r > '~' || strings.ContainsRune("\"<>,;:\\()[]", r)
		}), "%q", got)
		require.Equal(t, 1, strings.Count(got, "@"))
		again, err := ParseAddress(got)
		require.NoError(t, err)
		require.Equal(t, got, again)
		// What we let through means the same address to a lenient reader.
		parsed, err := netmail.ParseAddress(got)
		require.NoError(t, err)
		require.Equal(t, got, parsed.Address)
	})
}
