package rehearse_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/rehearse"
)

func FuzzParseInstant(f *testing.F) {
	zone, err := time.LoadLocation("Europe/Amsterdam")
	require.NoError(f, err)
	for _, text := range []string{"2026-11-28 16:50", "2026-03-29 02:30", "2026-10-25 02:30", "2026-11-28T16:50:00+01:00", "9999-12-31T23:59:59-23:59", "0000-00-00 00:00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := rehearse.ParseInstant(text, zone)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		require.True(t, at.Year() >= 1989 && at.Year() <= 2201)
		again, err := rehearse.ParseInstant(at.Format(time.RFC3339Nano), zone)
		require.NoError(t, err)
		require.True(t, at.Equal(again))
	})
}

func FuzzParseRate(f *testing.F) {
	for _, text := range []string{"40/day", "280/week", "5/hour", "NaN/day", "Inf/day", "-1/day", "1e309/day", "0x1p-2/day", "1e-320/week", "/"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		perDay, err := rehearse.ParseRate(text)
		if err == nil {
			require.True(t, perDay > 0 && perDay <= 5000, "%v", perDay)
		}
	})
}
