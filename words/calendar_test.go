package words_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTimesAreToldInTheDealersZone(t *testing.T) {
	t.Parallel()
	dutch, english := both(t)
	at := time.Date(2026, 11, 24, 13, 5, 0, 0, time.UTC) // a Tuesday, 14:05 in Amsterdam
	require.Equal(t, "14:05", dutch.Clock(at))
	require.Equal(t, "dinsdag 24 november om 14:05", dutch.Moment(at))
	require.Equal(t, "Tuesday 24 November at 14:05", english.Moment(at))
	require.Equal(t, "24 november 2026", dutch.Date(at))
	require.Equal(t, "Tue 24 Nov 14:05", english.Stamp(at))
	require.Equal(t, "di 24 nov 14:05", dutch.Stamp(at))
}

func TestAnInstantIsToldAsShortAsItCanBe(t *testing.T) {
	t.Parallel()
	dutch, english := both(t)
	at := time.Date(2026, 11, 24, 13, 5, 0, 0, time.UTC)
	for _, c := range []struct {
		now                       string
		dutch, english, soonDutch string
	}{
		{"2026-11-23T23:30:00Z", "14:05", "14:05", "vandaag om 14:05"}, // already Tuesday in Amsterdam
		{"2026-11-23T10:00:00Z", "morgen 14:05", "tomorrow 14:05", "morgen om 14:05"},
		{"2026-11-25T10:00:00Z", "gisteren 14:05", "yesterday 14:05", "gisteren om 14:05"},
		{"2026-11-18T10:00:00Z", "di 14:05", "Tue 14:05", "di om 14:05"},
		{"2026-11-17T10:00:00Z", "24 nov 14:05", "24 Nov 14:05", "24 nov om 14:05"},
		{"2027-01-02T10:00:00Z", "24 nov 2026 14:05", "24 Nov 2026 14:05", "24 nov 2026 om 14:05"},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		require.NoError(t, err)
		require.Equal(t, c.dutch, dutch.Short(at, now))
		require.Equal(t, c.english, english.Short(at, now))
		require.Equal(t, c.soonDutch, dutch.Soon(at, now))
	}
	require.Equal(t, "today 14:05", english.Soon(at, at))
	require.Equal(t, "1 mrt 2027 09:00", dutch.Short(time.Date(2027, 3, 1, 8, 0, 0, 0, time.UTC), at))
}

func TestNumbersAndMoney(t *testing.T) {
	t.Parallel()
	dutch, english := both(t)
	require.Equal(t, []string{"0", "999", "1.000", "-12.345", "1.234.567"},
		[]string{dutch.Number(0), dutch.Number(999), dutch.Number(1000), dutch.Number(-12345), dutch.Number(1234567)})
	require.Equal(t, "1,234,567", english.Number(1234567))
	require.Equal(t, "€\u00a031.990", dutch.Money("31990.00", "EUR"))
	require.Equal(t, "€\u00a024,50", dutch.Money("24.50", "EUR"))
	require.Equal(t, "CHF\u00a031,990.50", english.Money("31990.50", "CHF"))
	require.Equal(t, "EUR about 20k", english.Money("about 20k", "EUR"), "what is no amount stays as it was written")
}

func TestHowLongSomethingTook(t *testing.T) {
	t.Parallel()
	dutch, english := both(t)
	require.Equal(t, []string{"30 s", "7 min", "2 h 1 min", "2 days"},
		[]string{english.Span(30), english.Span(424), english.Span(7300), english.Span(200000)})
	require.Equal(t, "2 u 1 min", dutch.Span(7300))
	require.Equal(t, "2 dagen", dutch.Span(200000))
}
