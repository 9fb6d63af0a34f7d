package intake

import (
	"reflect"
	"regexp"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// go test ./intake -run '^$' -fuzz FuzzParseADF -fuzztime 20s

func FuzzParseADF(f *testing.F) {
	for _, path := range samples(f, "testdata/adf") {
		f.Add(read(f, path), "application/xml")
	}
	f.Add([]byte(laughs), "text/xml; charset=iso-8859-15")
	f.Add([]byte("adf=%3Cadf%3E%3Cprospect/%3E"), "application/x-www-form-urlencoded")
	f.Add([]byte("\xff\xfe<\x00a\x00d\x00f\x00>\x00"), "")
	f.Add([]byte("<adf><prospect><customer><contact><phone>1<email>2<comments>a < b <c d</adf>"), "text/html")
	ctx := dealer(f)
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		doc, err := ParseADF(body, contentType, ctx)
		again, errAgain := ParseADF(body, contentType, ctx)
		require.Equal(t, err, errAgain)
		require.True(t, reflect.DeepEqual(doc, again), "two readings differ")
		if err != nil {
			var unreadable *Unreadable
			require.ErrorAs(t, err, &unreadable)
			require.NotEmpty(t, unreadable.Reason)
			return
		}
		require.NotEmpty(t, doc.Prospects)
		require.LessOrEqual(t, len(doc.Prospects), MaxProspects)
		for i, p := range doc.Prospects {
			require.Equal(t, i+1, p.Position)
			require.Equal(t, p.Draft.Reachable(), p.Reason == "")
			require.Equal(t, doc.Lenient, p.Draft.Lenient)
			requireSound(t, p.Draft, ctx)
		}
	})
}

func FuzzParseJSON(f *testing.F) {
	for _, path := range samples(f, "testdata/json") {
		f.Add(read(f, path))
	}
	for _, body := range []string{
		``, `{}`, `[]`, `{"customer":{"phone":1}} x`, `{"customer":{"email":"a@b.example"},"x":{"y":[{}]}}`,
		"{\"comments\":\"a\nb\",\"channel\":\"walk_in\"}", `{"channel":"phone","vehicle":{"price":{"amount":1e5}}}`,
		"\xff\xfe{\x00}\x00", `{"channel":"phone","comments":"\ud800\u0000"}`,
	} {
		f.Add([]byte(body))
	}
	ctx := dealer(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		draft, ignored, err := ParseJSON(body, ctx)
		again, ignoredAgain, errAgain := ParseJSON(body, ctx)
		require.Equal(t, err, errAgain)
		require.Equal(t, ignored, ignoredAgain)
		require.True(t, reflect.DeepEqual(draft, again), "two readings differ")
		if err != nil {
			var invalid *Invalid
			require.ErrorAs(t, err, &invalid)
			require.NotEmpty(t, invalid.Fields)
			require.LessOrEqual(t, len(invalid.Fields), maxFaults)
			return
		}
		require.True(t, draft.Reachable())
		require.LessOrEqual(t, len(ignored), maxNamed+1)
		requireSound(t, draft, ctx)
		for _, name := range ignored {
			requireText(t, name, 300)
		}
	})
}

func FuzzNormalisePhone(f *testing.F) {
	for _, s := range []string{"06 12345678", "+31 (0)20 555 0199 x22", "tel:+31-20;phone-context=+31", "٠٦١٢٣٤٥٦٧٨", "0800-FLOWERS", "((((", "+"} {
		f.Add(s, "NL")
	}
	f.Add("+1 212 555 0100", "")
	f.Add("0470123456", "be")
	e164 := regexp.MustCompile(`^\+[1-9]\d{5,16}$`)
	f.Fuzz(func(t *testing.T, written, country string) {
		normalised, valid := NormalisePhone(written, country)
		require.Equal(t, valid, normalised != "")
		if !valid {
			return
		}
		require.Regexp(t, e164, normalised)
		again, valid := NormalisePhone(normalised, "")
		require.True(t, valid)
		require.Equal(t, normalised, again)
	})
}

func FuzzNormaliseEmail(f *testing.F) {
	for _, s := range []string{"Jan@Mail.example", "a@b.example\r\nBcc: c@d.example", `"a b"@c.example`, "a@bücher.example", "a@b@c.example", "a@xn--a.example", "<a@b.example>", "a@ⓔxample.example"} {
		f.Add(s)
	}
	shape := regexp.MustCompile(`^[a-z0-9.!#$%&'*+/=?^_{|}~` + "`" + `-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+$`)
	f.Fuzz(func(t *testing.T, written string) {
		normalised, valid := NormaliseEmail(written)
		require.Equal(t, valid, normalised != "")
		if !valid {
			return
		}
		require.Regexp(t, shape, normalised)
		require.LessOrEqual(t, len(normalised), 254)
		again, valid := NormaliseEmail(normalised)
		require.True(t, valid)
		require.Equal(t, normalised, again)
	})
}

func FuzzDates(f *testing.F) {
	for _, s := range []string{
		"2026-11-18T19:42:10+01:00", "20261118T194210+0100", "2026-11-16T8:47:50.1234567-08:0", "2026-11-16T4:35:52 PM",
		"11/18/2026 4:35 pm", "18-11-2026", "Wed, 18 Nov 2026 19:42:10 +0100", "2026-03-29 02:30", "2026-11-18T24:00:00Z", "3/4/26 1:2",
	} {
		f.Add(s)
	}
	zone := dealer(f).Zone
	f.Fuzz(func(t *testing.T, written string) {
		at, ok := parseTime(written, zone)
		if !ok {
			return
		}
		require.Equal(t, time.UTC, at.Location())
		require.True(t, sane(at.Year()))
		again, ok := parseTime(at.Format(time.RFC3339Nano), zone)
		require.True(t, ok)
		require.True(t, at.Equal(again))
	})
}

// requireSound checks what holds for every draft, whatever it was read from.
func requireSound(t *testing.T, d Draft, ctx Context) {
	t.Helper()
	requireText(t, d.Comments, MaxComments)
	d.Comments = ""
	requireTexts(t, reflect.ValueOf(d))
	if d.RequestedAt != nil {
		require.False(t, d.RequestedAt.After(ctx.Now))
		require.Equal(t, time.UTC, d.RequestedAt.Location())
	}
	for _, e := range d.Customer.Emails {
		normalised, valid := NormaliseEmail(e.Normalised)
		require.Equal(t, EmailAddress{e.Written, normalised, valid}, e)
		require.NotEmpty(t, e.Written)
	}
	for _, p := range d.Customer.Phones {
		normalised, valid := NormalisePhone(p.Normalised, "")
		require.Equal(t, p.Valid, valid)
		require.Equal(t, p.Normalised, normalised)
		require.NotEmpty(t, p.Written)
	}
	require.Equal(t, len(d.Customer.Emails) > 0, d.Customer.Email != "")
	require.Equal(t, len(d.Customer.Phones) > 0, d.Customer.Phone != "")
	require.LessOrEqual(t, len(d.Customer.Emails)+len(d.Customer.Phones), 2*maxContacts)
	require.LessOrEqual(t, len(d.Customer.Consent), maxConsents)
	require.LessOrEqual(t, len(d.IDs), maxIDs)
	require.LessOrEqual(t, len(d.MoreVehicles), maxVehicles)
}

// requireTexts checks every text of a value for one line of a form.
func requireTexts(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		requireText(t, v.String(), MaxLine)
		require.NotContains(t, v.String(), "\n")
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for _, field := range v.Fields() {
			requireTexts(t, field)
		}
	case reflect.Slice:
		for i := range v.Len() {
			requireTexts(t, v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			requireTexts(t, v.Elem())
		}
	default: // no texts in numbers
	}
}

func requireText(t *testing.T, s string, limit int) {
	t.Helper()
	require.True(t, utf8.ValidString(s))
	require.LessOrEqual(t, utf8.RuneCountInString(s), limit)
	for _, r := range s {
		require.False(t, unicode.IsControl(r) && r != '\n', "control character %U", r)
	}
}
