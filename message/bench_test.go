package message

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// firstMails are the two mails of a lead's first minute, the customer's and his
// salesperson's, and how often writing one may allocate: half as much again as it
// did when this was written.
var firstMails = map[string]float64{ThankYou: 750, NewLead: 1_030}

func BenchmarkRender(b *testing.B) {
	templates, d := loaded(b), fullData(b)
	for name := range firstMails {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, err := templates.Render(name, "nl", d)
				require.NoError(b, err)
			}
		})
	}
}

func TestAMailIsWrittenWithFewAllocations(t *testing.T) { //nolint:paralleltest // counts what the whole program allocates
	templates, d := loaded(t), fullData(t)
	for name, most := range firstMails {
		got := testing.AllocsPerRun(100, func() { _, _ = templates.Render(name, "nl", d) })
		require.LessOrEqual(t, got, most, name)
	}
}
