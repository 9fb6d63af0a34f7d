package process_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// frequent is a step that every lead takes many times.
type frequent struct {
	name   string
	world  process.World
	state  process.State
	what   process.Happening
	allocs float64 // it may allocate so often
}

// frequentSteps are the two most frequent ones, one that the timer asks for and a
// logged call, and beside them a lead's receipt and an outage. What they may
// allocate is half as much again as they did when it was written down.
func frequentSteps(tb testing.TB) []frequent {
	tb.Helper()
	due := process.Happening{What: process.WasDue}
	quiet := rings(tb, standard(tb), "2026-11-23 10:00").until("2026-11-23 10:10")
	called := rings(tb, standard(tb), "2026-11-23 10:00").attempt(lead.NoAnswer).until("2026-11-23 12:00")
	fresh := rings(tb, standard(tb), "2026-11-23 10:00")
	at := func(l *life, when string) process.World {
		w := l.world
		w.Now = l.at(when)
		return w
	}
	received := fresh.world
	received.Subject.ReceivedAt = received.Now
	return []frequent{
		{"nothing is due", quiet.world, quiet.state, due, 6},
		{"escalation", at(quiet, "2026-11-23 10:15"), quiet.state, due, 40},
		{"outage of a day", at(quiet, "2026-11-24 12:00"), quiet.state, due, 250},
		{"attempt", called.world, called.state, call(lead.NoAnswer), 21},
		{"receipt", received, process.State{Lead: leadID, ReceivedAt: received.Now, Reach: fresh.state.Reach}, process.Happening{What: process.WasReceived}, 60},
	}
}

func BenchmarkStep(b *testing.B) {
	for _, f := range frequentSteps(b) {
		require.Nil(b, process.Step(f.world, f.state, f.what).Refused, f.name)
		b.Run(f.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				process.Step(f.world, f.state, f.what)
			}
		})
	}
}

func TestAFrequentStepAllocatesLittle(t *testing.T) { //nolint:paralleltest // counts what the whole program allocates
	for _, f := range frequentSteps(t) {
		got := testing.AllocsPerRun(100, func() { process.Step(f.world, f.state, f.what) })
		require.LessOrEqual(t, got, f.allocs, f.name)
	}
}
