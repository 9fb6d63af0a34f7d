package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/policy"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		days  int
		span  time.Duration
		canon string
	}{
		"0":         {0, 0, "0s"},
		"0s":        {0, 0, "0s"},
		"90s":       {0, 90 * time.Second, "1m30s"},
		"15m":       {0, 15 * time.Minute, "15m"},
		"24h":       {0, 24 * time.Hour, "24h"},
		"1h30m":     {0, 90 * time.Minute, "1h30m"},
		"3d":        {3, 0, "3d"},
		"1d12h":     {1, 12 * time.Hour, "1d12h"},
		"2d1h1m1s":  {2, time.Hour + time.Minute + time.Second, "2d1h1m1s"},
		"8760h":     {0, 8760 * time.Hour, "8760h"},
		"31536000s": {0, 8760 * time.Hour, "8760h"},
	} {
		got, err := policy.ParseDuration(text)
		require.NoError(t, err, text)
		require.Equal(t, policy.Duration{Days: want.days, Span: want.span}, got, text)
		require.Equal(t, want.canon, got.String())
		require.Equal(t, want.days == 0 && want.span == 0, got.IsZero())
	}
	for text, says := range map[string]string{
		"":                      "write a duration like",
		"15":                    "the unit is missing",
		"h":                     "write a duration like",
		"-5m":                   "cannot be negative",
		"+5m":                   "write a duration like",
		"1.5h":                  "write a duration like",
		"5min":                  "write a duration like",
		"1m1h":                  "write a duration like",
		"1h1h":                  "write a duration like",
		"1w":                    "write a duration like",
		"1h\t":                  "write a duration like",
		"١h":                    "write a duration like",
		"3651d":                 "at most 3650d or 8760h",
		"8761h":                 "at most 3650d or 8760h",
		"8760h1s":               "at most 3650d or 8760h",
		"999999999h":            "at most 3650d or 8760h",
		"99999999999999999999d": "write a duration like",
	} {
		_, err := policy.ParseDuration(text)
		require.ErrorContains(t, err, says, text)
	}
}

func TestParseMoment(t *testing.T) {
	t.Parallel()
	for text, canon := range map[string]string{
		"0s": "0s", "0": "0s", "2h": "2h", "+2h": "2h", "2d": "+2d", "+2d": "+2d", "1d12h": "+1d12h",
		"+1d 10:00": "+1d 10:00", "1d 9:05": "+1d 09:05", "+0d 23:59": "+0d 23:59", "+3d 00:00": "+3d 00:00",
	} {
		got, err := policy.ParseMoment(text)
		require.NoError(t, err, text)
		require.Equal(t, canon, got.String())
		again, err := policy.ParseMoment(canon)
		require.NoError(t, err, canon)
		require.Equal(t, got, again)
	}
	for text, says := range map[string]string{
		"":            "write a moment like",
		"tomorrow":    "write a moment like",
		"++1d":        "write a moment like",
		"10:00":       "write a moment like",
		"+1d10:00":    "write a moment like",
		"+2h 10:00":   "whole days only",
		"0 10:00":     "whole days only",
		"+1d 24:00":   "24:00 is the next day",
		"+1d 25:00":   "time of day like 08:30",
		"+1d 10:60":   "time of day like 08:30",
		"+1d 10:0":    "time of day like 08:30",
		"+1d  10:00":  "time of day like 08:30",
		"+1d 10:00 x": "time of day like 08:30",
		"-1d 10:00":   "cannot be negative",
		"+9999d":      "at most 3650d",
	} {
		_, err := policy.ParseMoment(text)
		require.ErrorContains(t, err, says, text)
	}
}

func TestDurationsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDuration(t, 3650, 8760*time.Hour)
		back, err := policy.ParseDuration(d.String())
		require.NoError(t, err)
		require.Equal(t, d, back)
		m := policy.Moment{After: d}
		if rapid.Bool().Draw(t, "wall") {
			m = policy.Moment{
				After: policy.Duration{Days: d.Days}, HasWall: true,
				Wall: time.Duration(rapid.IntRange(0, 24*60-1).Draw(t, "minute")) * time.Minute,
			}
		}
		again, err := policy.ParseMoment(m.String())
		require.NoError(t, err)
		require.Equal(t, m, again)
	})
}

func drawDuration(t *rapid.T, days int, span time.Duration) policy.Duration {
	return policy.Duration{
		Days: rapid.IntRange(0, days).Draw(t, "days"),
		Span: time.Duration(rapid.IntRange(0, int(span/time.Second)).Draw(t, "seconds")) * time.Second,
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, text := range []string{"0", "90s", "15m", "1h30m", "3d", "1d12h", "-1h", "1.5h", "99999999999h", "h", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := policy.ParseDuration(text)
		if err != nil {
			require.Zero(t, d)
			return
		}
		require.GreaterOrEqual(t, d.Days, 0)
		require.GreaterOrEqual(t, d.Span, time.Duration(0))
		back, err := policy.ParseDuration(d.String())
		require.NoError(t, err)
		require.Equal(t, d, back)
	})
}

func FuzzParseMoment(f *testing.F) {
	for _, text := range []string{"0s", "2h", "+1d 10:00", "+2d", "+1d 24:00", "+1d", "+ 10:00", "+1d 1:1", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := policy.ParseMoment(text)
		if err != nil {
			require.Zero(t, m)
			return
		}
		require.Less(t, m.Wall, 24*time.Hour)
		back, err := policy.ParseMoment(m.String())
		require.NoError(t, err)
		require.Equal(t, m, back)
	})
}
