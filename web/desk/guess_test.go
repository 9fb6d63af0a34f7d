package desk

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGuessed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		raw, contentType string
		position         int
		want             guess
	}{
		"lines with labels": {
			"Voornaam: Jan\nAchternaam: de Boer\nMobiel: 06-12345678\nE-mailadres: jan@customer.example\nMerk: Renault\nModel: Captur\nVraag: Mag ik zaterdag rijden?", "text/plain", 0,
			guess{
				Name: "Jan de Boer", Phone: "06-12345678", Email: "jan@customer.example", Make: "Renault", Model: "Captur", Comments: "Mag ik zaterdag rijden?",
				Channel: "email", Request: "information",
			},
		},
		"a mail of a page": {
			"<html><style>td{color:red}</style><p>Bel mij op <b>+31 6 12345678</b> over de Volvo XC40 &amp; mail jan@customer.example</p><script>x()</script></html>", "text/html", 0,
			guess{Phone: "+31 6 12345678", Email: "jan@customer.example", Make: "Volvo", Model: "XC40", Channel: "email", Request: "information"},
		},
		"JSON of another shape": {
			`{"lead":{"contact":{"full_name":"Jan de Boer","telephone":"0612345678"},"car":{"brand":"Kia","model":"EV6"},"id":17}}`, "application/json", 0,
			guess{Name: "Jan de Boer", Phone: "0612345678", Make: "Kia", Model: "EV6", Channel: "web", Request: "information"},
		},
		"the second prospect of an ADF document": {
			`<adf><prospect><customer><contact><name part="full">A</name><phone>0611111111</phone></contact></customer></prospect>
			<prospect><vehicle status="new"><make>Opel</make><model>Corsa</model></vehicle><customer><contact><name part="full">Jan de Boer</name></contact></customer></prospect></adf>`,
			"application/xml", 2,
			guess{Name: "Jan de Boer", Phone: "0611111111", Make: "Opel", Model: "Corsa", Condition: "new", Channel: "web", Request: "information"},
		},
		"nothing in it": {"\x00\xff<<>>", "application/octet-stream", 0, guess{Channel: "email", Request: "information"}},
	} {
		require.Equal(t, c.want, guessed(c.raw, c.contentType, c.position, "NL"), name)
	}
}
