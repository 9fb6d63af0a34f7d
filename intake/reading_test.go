package intake

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDates(t *testing.T) {
	t.Parallel()
	tests := []struct{ written, utc string }{
		{"2026-11-18T19:42:10+01:00", "2026-11-18T18:42:10Z"},
		{"20261118T194210+0100", "2026-11-18T18:42:10Z"},
		{"20261118T1942+01", "2026-11-18T18:42:00Z"},
		{"20261118", "2026-11-17T23:00:00Z"},
		{"2026-11-18", "2026-11-17T23:00:00Z"},
		{"2026-11-18 19:42:10", "2026-11-18T18:42:10Z"},
		{"2026-7-18 19:42", "2026-07-18T17:42:00Z"},
		{"2026-11-16T8:47:50.1234567-08:0", "2026-11-16T16:47:50.1234567Z"},
		{"2026-11-16T08:47:50.123Z", "2026-11-16T08:47:50.123Z"},
		{"2026-11-16T08:47:50,5 UTC", "2026-11-16T08:47:50.5Z"},
		{"2026-11-16T4:35:52 PM", "2026-11-16T15:35:52Z"},
		{"2026-11-16T12:05 a.m.", "2026-11-15T23:05:00Z"},
		{"2026-11-16T16:35 PM-0500", "2026-11-16T21:35:00Z"},
		{"2026-11-16T08:47 EST", "2026-11-16T13:47:00Z"},
		{"2026-11-16T08:47:50 GMT+1", "2026-11-16T07:47:50Z"},
		{"2026-11-16T08:47:50+01:00[Europe/Paris]", "2026-11-16T07:47:50Z"},
		{"11/18/2026 4:35:52 PM", "2026-11-18T15:35:52Z"},
		{"18/11/2026 16:35", "2026-11-18T15:35:00Z"},
		{"3/4/26", "2026-03-03T23:00:00Z"},
		{"18-11-2026 16:35", "2026-11-18T15:35:00Z"},
		{"18.11.2026", "2026-11-17T23:00:00Z"},
		{"Wed, 18 Nov 2026 19:42:10 +0100", "2026-11-18T18:42:10Z"},
		{"2026-11-18T24:00:00Z", "2026-11-19T00:00:00Z"},
		{"2026-03-29 02:30", "2026-03-29T01:30:00Z"}, // the hour that summer time skips
		{"", ""},
		{"soon", ""},
		{"2026-02-30", ""},
		{"2026-13-01T00:00:00Z", ""},
		{"2026-11-18T25:00:00Z", ""},
		{"2026-11-18T10:61:00Z", ""},
		{"2026-11-18T10:00:00+99:00", ""},
		{"2026-11-18T10:00:00 XYZ", ""},
		{"2026-11-18T10:00:00Z and more", ""},
		{"0001-01-01T00:00:00Z", ""},
		{"1970-01-01T00:00:00Z", ""},
		{strings.Repeat("2026-11-18", 100), ""},
	}
	zone := dealer(t).Zone
	for _, tt := range tests {
		t.Run(tt.written, func(t *testing.T) {
			t.Parallel()
			at, ok := parseTime(tt.written, zone)
			require.Equal(t, tt.utc != "", ok)
			if ok {
				require.Equal(t, tt.utc, at.Format(time.RFC3339Nano))
			}
		})
	}
}

func TestClaimedTimeIsNeverAfterTheReceipt(t *testing.T) {
	t.Parallel()
	ctx := dealer(t)
	require.Nil(t, ctx.claimed("2026-11-21T12:00:01Z"))
	require.NotNil(t, ctx.claimed("2026-11-21T12:00:00Z"))
	require.Equal(t, time.Date(2026, 11, 21, 11, 0, 0, 0, time.UTC), *Context{}.claimed("2026-11-21T11:00"), "without a zone it is UTC")
}

func TestNormalisePhone(t *testing.T) {
	t.Parallel()
	tests := []struct{ written, country, e164 string }{
		{"06 12345678", "NL", "+31612345678"},
		{"06-12 34 56 78", "nl", "+31612345678"},
		{"(020) 555 01 99", "NL", "+31205550199"},
		{"+31 (0)20 555 0199", "NL", "+31205550199"},
		{"0031 20 555 0199 x22", "NL", "+31205550199"},
		{"tel:+31-20-555-0199", "NL", "+31205550199"},
		{"mob: 06 12345678 (after six)", "NL", "+31612345678"},
		{"06 12345678 / 020 555 0199", "NL", "+31612345678"},
		{"+32 470 12 34 56", "NL", "+32470123456"},
		{"0470 12 34 56", "BE", "+32470123456"},
		{"+31612345678", "", "+31612345678"},
		{"06 12345678", "", ""},
		{"06 12345678", "nowhere", ""},
		{"12345", "NL", ""},
		{"tomorrow", "NL", ""},
		{"", "NL", ""},
		{strings.Repeat("0612345678", 50), "NL", ""},
	}
	for _, tt := range tests {
		t.Run(tt.written+" "+tt.country, func(t *testing.T) {
			t.Parallel()
			e164, valid := NormalisePhone(tt.written, tt.country)
			require.Equal(t, tt.e164, e164)
			require.Equal(t, tt.e164 != "", valid)
		})
	}
}

func TestPhoneOfTheCustomersCountry(t *testing.T) {
	t.Parallel()
	body := `{"customer":{"country":"Belgium","phone":"0470 12 34 56"}}`
	draft, _, err := ParseJSON([]byte(body), dealer(t))
	require.NoError(t, err)
	require.Equal(t, "+32470123456", draft.Customer.Phone)
}

func TestNormaliseEmail(t *testing.T) {
	t.Parallel()
	tests := []struct{ written, normalised string }{
		{"Jan@Example.COM", "jan@example.com"},
		{" jan.de-boer+cars@mail.example\t", "jan.de-boer+cars@mail.example"},
		{"o'neil@mail.example", "o'neil@mail.example"},
		{"jan@bücher.example", "jan@xn--bcher-kva.example"},
		{"jan@mail.example\r\nBcc: x@mail.example", ""},
		{"jan@mail.example\n", ""},
		{"jan\x00@mail.example", ""},
		{`"jan boer"@mail.example`, ""},
		{`jan"@mail.example`, ""},
		{"Jan <jan@mail.example>", ""},
		{"jan@mail.example,eva@mail.example", ""},
		{"jan@mail.example (home)", ""},
		{"jan boer@mail.example", ""},
		{"jan@eva@mail.example", ""},
		{"jan..boer@mail.example", ""},
		{".jan@mail.example", ""},
		{"jän@mail.example", ""},
		{"jan@localhost", ""},
		{"jan@[127.0.0.1]", ""},
		{"jan@127.0.0.1", ""},
		{"jan@-mail.example", ""},
		{"jan@mail_box.example", ""},
		{"jan@mail.example.", ""},
		{"jan@", ""},
		{"@mail.example", ""},
		{"jan", ""},
		{"", ""},
		{strings.Repeat("a", 65) + "@mail.example", ""},
		{"a@" + strings.Repeat("b.", 130) + "example", ""},
	}
	for _, tt := range tests {
		t.Run(tt.written, func(t *testing.T) {
			t.Parallel()
			normalised, valid := NormaliseEmail(tt.written)
			require.Equal(t, tt.normalised, normalised)
			require.Equal(t, tt.normalised != "", valid)
		})
	}
}

func TestWrappedEmail(t *testing.T) {
	t.Parallel()
	for _, written := range []string{"Jan <jan@mail.example>", "mailto:jan@mail.example?subject=x", "<jan@mail.example>", "jan@mail.example;"} {
		address := readEmail(written)
		require.Equal(t, EmailAddress{Written: written, Normalised: "jan@mail.example", Valid: true}, address)
	}
}

func TestAmounts(t *testing.T) {
	t.Parallel()
	tests := []struct{ written, amount string }{
		{"31990", "31990"},
		{"31990.00", "31990.00"},
		{"0031990.5", "31990.5"},
		{"31.990", "31990"},
		{"31.990,50", "31990.50"},
		{"31,990.50", "31990.50"},
		{"1.031.990", "1031990"},
		{"€ 31.990,-", "31990"},
		{"EUR 31 990", "31990"},
		{"31'990.00", "31990.00"},
		{"0.125", "0.12"},
		{"31990.129", "31990.12"},
		{"0.00", "0.00"},
		{"-5", ""},
		{"1e9", ""},
		{"", ""},
		{"on request", ""},
		{"1234567890123", ""},
		{strings.Repeat("9", 100_000), ""},
	}
	for _, tt := range tests {
		t.Run(tt.written[:min(len(tt.written), 20)], func(t *testing.T) {
			t.Parallel()
			amount, ok := decimal(tt.written)
			require.Equal(t, tt.amount, amount)
			require.Equal(t, tt.amount != "", ok)
		})
	}
}

func TestCurrency(t *testing.T) {
	t.Parallel()
	require.Equal(t, "USD", currencyCode("usd", "NL"))
	require.Equal(t, "EUR", currencyCode("", "NL"))
	require.Equal(t, "GBP", currencyCode("£", "NL"))
	require.Equal(t, "PLN", currencyCode("money", "PL"))
	require.Empty(t, currencyCode("", ""))
}

func TestWords(t *testing.T) {
	t.Parallel()
	require.Equal(t, "GB", countryCode("UK"))
	require.Equal(t, "NL", countryCode("nld"))
	require.Equal(t, "Elsewhere", countryCode("Elsewhere"))
	require.Equal(t, "nl-NL", languageTag("nl_NL"))
	require.Equal(t, "nl", languageTag("Nederlands"))
	require.Equal(t, "??", languageTag("??"))
	require.Equal(t, "phone", contactWay("Telephone"))
	require.Equal(t, "post", contactWay("Post"))
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "Unknown", "N/A", "null", "0.00", "Name  Unknown", "Unknown unknown", "--", "xxx", "n.v.t."} {
		require.True(t, empty(s), s)
	}
	for _, s := range []string{"Nul", "X", "208", "Na", "Noone"} {
		require.False(t, empty(s), s)
	}
	for _, s := range []string{"(000) 000-0000", "111-111-1111", "n/a", "+00 000"} {
		require.True(t, emptyPhone(s), s)
	}
	for _, s := range []string{"0666666666", "call me", "11"} {
		require.False(t, emptyPhone(s), s)
	}
	require.True(t, emptyEmail("no-email@noemail.com"))
	require.False(t, emptyEmail("none@mail.example"))
}

func TestExternalID(t *testing.T) {
	t.Parallel()
	id := func(sequence int, source, value string) ForeignID { return ForeignID{sequence, source, value} }
	tests := []struct {
		name      string
		own       []ForeignID
		providers []string
		want      string
	}{
		{"none", nil, nil, ""},
		{"first in sequence", []ForeignID{id(2, "b", "B2"), id(1, "a", "A1")}, nil, "A1"},
		{"without sequence last", []ForeignID{id(0, "b", "B2"), id(1, "a", "A1")}, nil, "A1"},
		{"names the provider", []ForeignID{id(1, "a", "A1"), id(2, "CarSquare", "C2")}, []string{"carsquare"}, "C2"},
		{"names it in more words", []ForeignID{id(1, "a", "A1"), id(2, "CarSquare lead", "C2")}, []string{"carsquare"}, "C2"},
		{"names it by its address", []ForeignID{id(1, "a", "A1"), id(2, "carsquare", "C2")}, []string{"wwwcarsquareexample"}, "C2"},
		{"says so", []ForeignID{id(1, "a", "A1"), id(2, "Lead ID", "L2")}, nil, "L2"},
		{"pairs identify nothing", []ForeignID{id(1, "leadtype", "Email"), id(2, "utm_campaign", "c1")}, nil, ""},
		{"unknown pairs without a digit", []ForeignID{id(1, "mood", "good"), id(2, "x", "X9")}, nil, "X9"},
		{"alone and without a digit", []ForeignID{id(1, "x", "abc")}, nil, "abc"},
		{"no source", []ForeignID{id(1, "", "abc"), id(2, "x", "X9")}, nil, "abc"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, externalID(tt.own, tt.providers))
		})
	}
}

func TestCharset(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, body, contentType, want string }{
		{"valid UTF-8 whatever is said", `<?xml encoding="iso-8859-1"?>` + "é", "text/xml; charset=koi8-r", "é"},
		{"byte order mark", "\xef\xbb\xbfé", "", "é"},
		{"declared", `<?xml version='1.0' encoding='ISO-8859-15'?>` + "\xa4", "text/xml; charset=koi8-r", "€"},
		{"of the mail part", "\xa4", "text/xml; charset=iso-8859-15", "€"},
		{"declared untruly, then of the mail part", `<?xml encoding="utf-8"?>` + "\xa4", "text/xml; charset=iso-8859-15", "€"},
		{"unknown name", "\x80", "text/xml; charset=martian", "€"},
		{"nothing said", "\x80 caf\xe9", "", "€ café"},
		{"two at once", "café \x80", "", "café €"},
		{"UTF-16 with its mark", "\xfe\xff\x00a\x20\xac", "", "a€"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := toUTF8([]byte(tt.body), tt.contentType)
			require.Equal(t, tt.want, got[strings.LastIndexByte(got, '>')+1:])
		})
	}
}

func TestDisplayName(t *testing.T) {
	t.Parallel()
	d := Draft{}
	require.Empty(t, d.DisplayName())
	d.Customer.FullName = "J. de Boer"
	require.Equal(t, "J. de Boer", d.DisplayName())
	d.Customer.FirstName, d.Customer.Infix, d.Customer.LastName = "Jan", "de", "Boer"
	require.Equal(t, "Jan de Boer", d.DisplayName())
}

func TestTexts(t *testing.T) {
	t.Parallel()
	clean, cut := line("  a\tb\r\n\u00a0c\u202e\x00\u200bd  ")
	require.Equal(t, "a b cd", clean)
	require.False(t, cut)
	clean, cut = lineUpTo("ab cd", 4)
	require.Equal(t, "ab c", clean)
	require.True(t, cut)
	clean, cut = lineUpTo("ab cd", 3)
	require.Equal(t, "ab", clean, "no blank at the end")
	require.True(t, cut)
	clean, cut = prose("\n  first \r\nsecond\n\n\n\n  third\u2028fourth  \n")
	require.Equal(t, "first\nsecond\n\nthird\nfourth", clean)
	require.False(t, cut)
}
