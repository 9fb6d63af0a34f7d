package intake

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	aLead  = `<prospect><customer><contact><email>a@mail.example</email></contact></customer></prospect>`
	laughs = `<?xml version="1.0"?><!DOCTYPE adf [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">` +
		`<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><adf><prospect><id>&d;</id></prospect></adf>`
)

// fill repeats s up to the size that is still read.
func fill(s string) string { return strings.Repeat(s, (MaxBody-4096)/len(s)) }

// Hostile bodies are refused or read with bounded memory. Not parallel: the
// allocations of other tests would count. 64 MB for a quarter of a megabyte is
// far more than any needs and far less than what an unbounded reader takes.
func TestHostileADF(t *testing.T) { //nolint:paralleltest // see above
	tests := []struct {
		name, body string
		reason     string // empty: it is read
		bytes      uint64
	}{
		{"200,000 nested tags", "<adf>" + strings.Repeat("<a1>", 200_000), "larger than 256 KB", 1 << 16},
		{"10 MB", "<adf>" + strings.Repeat("x", 10<<20) + "</adf>", "larger than 256 KB", 1 << 16},
		{"nested to the limit of size", "<adf>" + fill("<x>"), "deeper than 64", 64 << 20},
		{"nested and closed", "<adf>" + strings.Repeat("<x>", 30_000) + strings.Repeat("</x>", 30_000) + "</adf>", "deeper than 64", 64 << 20},
		{"nested markup", "<adf>" + aLead + strings.Repeat("<b>", 30_000) + strings.Repeat("</b>", 30_000) + "</adf>", "", 64 << 20},
		{"elements", "<adf>" + aLead + fill("<x/>") + "</adf>", "more than 20000 elements", 64 << 20},
		{"prospects", "<adf>" + fill("<prospect/>") + "</adf>", "more than", 64 << 20},
		{"nested prospects", "<adf>" + strings.Repeat("<prospect>", 60) + strings.Repeat("</prospect>", 60) + "</adf>", "", 64 << 20},
		{"a thousand prospects", "<adf>" + strings.Repeat("<prospect><id>1</id></prospect>", 1_000) + "</adf>", "", 64 << 20},
		{"billion laughs", laughs, "DOCTYPE", 1 << 20},
		{"laughs inside", "<adf>" + strings.TrimPrefix(laughs, `<?xml version="1.0"?>`) + aLead + "</adf>", "DOCTYPE", 1 << 20},
		{"doctype without entities", `<!DOCTYPE adf SYSTEM "http://mail.example/adf.dtd">` + "<adf>" + aLead + "</adf>", "DOCTYPE", 1 << 20},
		{"doctype of HTML", "<!doctype html><html>" + "<adf>" + aLead + "</adf>", "", 1 << 20},
		{"huge attribute", `<adf><prospect status="` + fill("x") + `">` + aLead + "</prospect></adf>", "", 64 << 20},
		{"many attributes", "<adf><prospect " + fill(`a="" `) + ">" + aLead + "</prospect></adf>", "", 64 << 20},
		{"many attributes without quotes", "<adf><prospect " + fill(`a=1 `) + ">" + aLead + "</prospect></adf>", "", 64 << 20},
		{"huge name", "<adf><" + fill("x") + ">" + aLead + "</adf>", "", 64 << 20},
		{"huge text", "<adf>" + strings.Replace(aLead, "a@", fill("a"), 1) + "</adf>", "", 64 << 20},
		{"huge comment", "<adf>" + strings.Replace(aLead, "</contact>", "<comments>"+fill("€")+"</comments></contact>", 1) + "</adf>", "", 64 << 20},
		{"comments", "<adf>" + strings.Replace(aLead, "</contact>", strings.Repeat("<comments>x&lt;</comments>", 9_000)+"</contact>", 1) + "</adf>", "", 64 << 20},
		{"open angles", "<adf>" + aLead + fill("<") + "</adf>", "", 64 << 20},
		{"open comments", "<adf>" + aLead + fill("<!--") + "</adf>", "", 64 << 20},
		{"open CDATA", "<adf>" + aLead + fill("<![CDATA[") + "</adf>", "", 64 << 20},
		{"open instructions", "<adf>" + aLead + fill("<?") + "</adf>", "", 64 << 20},
		{"ends without starts", "<adf>" + aLead + fill("</x>") + "</adf>", "", 64 << 20},
		{"ends of documents", "<adf>" + aLead + fill("</adf>"), "", 64 << 20},
		{"ampersands", "<adf>" + aLead + fill("&") + "</adf>", "", 64 << 20},
		{"escaped starts", fill("&lt;adf&gt;"), "deeper than 64", 64 << 20},
		{"escaped over and over", "&" + fill("amp;") + "lt;adf&gt;", "holds no ADF", 64 << 20},
		{"plain angles around an escaped one", fill("<") + "&lt;adf&gt;", "holds no prospect", 64 << 20},
		{"soft line breaks", "<adf>" + aLead + fill("=\n") + "</adf>", "", 64 << 20},
		{"declarations", fill("<?xml encoding=") + "<adf>\xe9" + aLead + "</adf>", "", 64 << 20},
		{"zero bytes", fill("\x00"), "holds no ADF", 64 << 20},
		{"UTF-16 of odd length", "\xff\xfe<\x00a\x00d\x00f", "holds no ADF", 1 << 20},
		{"nothing", "", "holds no ADF", 1 << 16},
		{"a root and nothing else", "<adf></adf>", "holds no prospect", 1 << 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := []byte(tt.body)
			ctx := dealer(t)
			var err error
			require.LessOrEqual(t, allocated(func() { _, err = ParseADF(body, "application/xml", ctx) }), tt.bytes*underRace)
			if tt.reason == "" {
				require.NoError(t, err)
				return
			}
			var unreadable *Unreadable
			require.ErrorAs(t, err, &unreadable)
			require.Contains(t, unreadable.Reason, tt.reason)
		})
	}
}

func TestHostileJSON(t *testing.T) { //nolint:paralleltest // as TestHostileADF
	tests := []struct {
		name, body string
		says       string // empty: it is read
		bytes      uint64
	}{
		{"10 MB", `{"comments":"` + strings.Repeat("x", 10<<20) + `"}`, "larger than 256 KB", 1 << 16},
		{"deep lists", fill("["), "deeper than 64", 4 << 20},
		{"deep objects", fill(`{"a":`), "deeper than 64", 4 << 20},
		{"empty lists", `{"customer":{"phone":"1"},"x":[` + fill("[],") + "0]}", "", 64 << 20},
		{"empty objects", `{"customer":{"phone":"1"},"x":[` + fill("{},") + "0]}", "", 64 << 20},
		{"one key over and over", `{"customer":{"phone":"1"},` + fill(`"a":1,`) + `"b":1}`, "", 64 << 20},
		{"huge number", `{"customer":{"phone":"1"},"vehicle":{"year":` + fill("9") + `}}`, "", 64 << 20},
		{"huge exponent", `{"customer":{"phone":"1"},"vehicle":{"price":{"amount":1e` + fill("9") + `}}}`, "", 64 << 20},
		{"huge key", `{"customer":{"phone":"1"},"` + fill("k") + `":1}`, "", 64 << 20},
		{"consents", `{"customer":{"phone":"1","consent":[` + fill(`{},`) + `{}]}}`, "", 64 << 20},
		{"faults", `{"customer":{"phone":"1","consent":[` + fill(`1,`) + `1]}}`, "must be an object", 64 << 20},
		{"zero bytes", fill("\x00"), "no JSON", 4 << 20},
		{"zero bytes in a text", `{"customer":{"phone":"` + fill("\x00") + `1"}}`, "", 64 << 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := []byte(tt.body)
			ctx := dealer(t)
			var err error
			require.LessOrEqual(t, allocated(func() { _, _, err = ParseJSON(body, ctx) }), tt.bytes*underRace)
			if tt.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.says)
		})
	}
}

// allocated is how many bytes f allocates in all, freed or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
