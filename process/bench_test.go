package process_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// BenchmarkStep measures the two most frequent steps: one that the timer asks
// for, and a logged call. A lead's receipt and an outage stand beside them.
func BenchmarkStep(b *testing.B) {
	step := func(name string, l *life, h process.Happening) {
		w, s := l.world, l.state
		require.Nil(b, process.Step(w, s, h).Refused)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				process.Step(w, s, h)
			}
		})
	}
	due := process.Happening{What: process.WasDue}

	l := rings(b, standard(b), "2026-11-23 10:00").until("2026-11-23 10:10")
	step("nothing is due", l, due)
	l.world.Now = l.at("2026-11-23 10:15")
	step("escalation", l, due)
	l.world.Now = l.at("2026-11-24 12:00")
	step("outage of a day", l, due)
	l = rings(b, standard(b), "2026-11-23 10:00").attempt(lead.NoAnswer).until("2026-11-23 12:00")
	step("attempt", l, call(lead.NoAnswer))
	l.state = process.State{Lead: leadID, ReceivedAt: l.world.Now, Reach: l.state.Reach}
	l.world.Subject.ReceivedAt = l.world.Now
	step("receipt", l, process.Happening{What: process.WasReceived})
}
