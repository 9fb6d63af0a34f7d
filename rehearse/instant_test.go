package rehearse

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestInstantsAreReadInLocalTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want, fault string }{
		{name: "local", text: "2026-11-28 16:50", want: "2026-11-28T15:50:00Z"},
		{name: "in summer", text: "2026-07-28 16:50:30", want: "2026-07-28T14:50:30Z"},
		{name: "with a T", text: "2026-11-28T16:50", want: "2026-11-28T15:50:00Z"},
		{name: "with a zone", text: "2026-11-28T16:50:00-05:00", want: "2026-11-28T21:50:00Z"},
		{name: "shown twice, the first", text: "2026-10-25 02:30", want: "2026-10-25T00:30:00Z"},
		{name: "just after it", text: "2026-10-25 03:00", want: "2026-10-25T02:00:00Z"},
		{name: "skipped", text: "2027-03-28 02:30", fault: "the clocks skip this time"},
		{name: "just after the jump", text: "2027-03-28 03:00", want: "2027-03-28T01:00:00Z"},
		{name: "no such day", text: "2026-02-30 10:00", fault: "write a local time"},
		{name: "a date alone", text: "2026-11-28", fault: "write a local time"},
		{name: "long ago", text: "1066-10-14 09:00", fault: "between 1990 and 2200"},
		{name: "far ahead with a zone", text: "9999-01-01T00:00:00Z", fault: "between 1990 and 2200"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			at, err := ParseInstant(c.text, amsterdam(t))
			if c.fault != "" {
				require.ErrorContains(t, err, c.fault)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, at.UTC().Format(time.RFC3339))
		})
	}
}

// A local time of any zone is read back as what it shows, or never shows.
func TestEveryLocalTimeIsFoundOrSkipped(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom([]string{"Europe/Amsterdam", "Australia/Lord_Howe", "America/St_Johns", "UTC"}).Draw(t, "zone"))
		require.NoError(t, err)
		shown := time.Unix(rapid.Int64Range(1_600_000_000, 2_000_000_000).Draw(t, "at"), 0).In(zone).Format("2006-01-02 15:04:05")
		at, err := ParseInstant(shown, zone)
		require.NoError(t, err, "what a clock shows is never skipped")
		require.Equal(t, shown, at.In(zone).Format("2006-01-02 15:04:05"))
	})
}
