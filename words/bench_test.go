package words_test

import (
	"testing"
	"time"

	"github.com/doorbell-ilm/doorbell/words"
)

// A board of 200 rows says some thousands of words.
func BenchmarkT(b *testing.B) {
	w := words.In(words.Dutch, amsterdam(b))
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = w.T("outcome.no_answer")
		}
	})
	b.Run("with two places", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = w.T("evidence.met.attempts", "have", 5, "need", 6)
		}
	})
	b.Run("counted", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = w.N("frame.kept", 1250)
		}
	})
}

func BenchmarkTimes(b *testing.B) {
	w := words.In(words.Dutch, amsterdam(b))
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	at := now.Add(30 * time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		_ = w.Short(at, now)
	}
}
