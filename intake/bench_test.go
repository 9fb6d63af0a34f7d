package intake

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func BenchmarkParseJSON(b *testing.B) {
	body := read(b, "testdata/json/01-contract.json")
	ctx := dealer(b)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		_, _, err := ParseJSON(body, ctx)
		require.NoError(b, err)
	}
}

// A website's lead may take half as many allocations more than it did when this
// was written.
func TestALeadIsReadWithFewAllocations(t *testing.T) { //nolint:paralleltest // counts what the whole program allocates
	body, ctx := read(t, "testdata/json/01-contract.json"), dealer(t)
	got := testing.AllocsPerRun(100, func() { _, _, _ = ParseJSON(body, ctx) })
	require.LessOrEqual(t, got, 460.0)
}

func BenchmarkParseADF(b *testing.B) {
	ctx := dealer(b)
	for _, name := range []string{"01-plain.xml", "04-latin1-undeclared-bare-ampersand.xml", "06-escaped-in-mail.txt"} {
		body := read(b, "testdata/adf/"+name)
		b.Run(strings.TrimSuffix(name, ".xml"), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				_, err := ParseADF(body, "", ctx)
				require.NoError(b, err)
			}
		})
	}
}

// A document as large as allowed, of ordinary prospects.
func BenchmarkParseADFLargest(b *testing.B) {
	ctx := dealer(b)
	one := string(read(b, "testdata/adf/07-resend.xml"))
	one = one[strings.Index(one, "<prospect"):strings.Index(one, "</adf>")]
	body := []byte("<adf>" + strings.Repeat(one, (MaxBody-20)/len(one)) + "</adf>")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := ParseADF(body, "", ctx)
		require.NoError(b, err)
	}
}
