package settings

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/policy"
)

// houseRules is a policy as a dealer writes it, with remarks of his own.
const houseRules = `# Our house
name: ours   # since 2026
timezone: Europe/Amsterdam
country: NL

# When we are here
calendar:                      # the showroom
  open:
    # the mechanics come earlier
    mon-fri: ["08:30-12:30",
      "13:00-18:00"]
    sat: "09:00-17:00"         # one of us
  closed:                      # nobody is on duty
    # the feasts
    - "2026-12-25"             # Christmas
    - 2026-12-26
    # spring
    - "2027-04-27"             # the King
  special: {"2026-12-24": ["09:00-13:00"]}

# Who calls
choose: [{track: standard}]
tracks:
  standard: {clock: opening_hours}   # all of it
`

// withHours changes the hours of a policy.
func withHours(t *testing.T, text string, change func(*hours)) (string, error) {
	t.Helper()
	h, err := hoursOf(text)
	require.NoError(t, err)
	change(&h)
	return rewritten(text, h)
}

// around is what stands before and after the calendar.
func around(t *testing.T, text string) string {
	t.Helper()
	before, rest, found := strings.Cut(text, "calendar:")
	require.True(t, found)
	_, after, found := strings.Cut(rest, "\n# Who calls")
	require.True(t, found)
	return before + after
}

func TestOtherHoursLeaveTheRestOfThePolicyAsItIs(t *testing.T) {
	t.Parallel()
	after, err := withHours(t, houseRules, func(h *hours) { h.Week[6] = []string{"10:00-16:00"} })
	require.NoError(t, err)
	require.Equal(t, strings.Replace(houseRules, `    sat: "09:00-17:00"         # one of us`, `    sat: ["10:00-16:00"]`, 1), after)

	after, err = withHours(t, houseRules, func(h *hours) { h.Days["2027-01-01"] = nil })
	require.NoError(t, err)
	require.Equal(t, strings.Replace(houseRules, "    - 2026-12-26\n", "    - 2026-12-26\n    - \"2027-01-01\"\n", 1), after, "in its place, and no comment is lost")

	after, err = withHours(t, houseRules, func(h *hours) { delete(h.Days, "2026-12-26"); h.Days["2026-12-31"] = []string{"09:00-12:00"} })
	require.NoError(t, err)
	require.Equal(t, around(t, houseRules), around(t, after))
	require.Contains(t, after, "# the feasts\n    - \"2026-12-25\"             # Christmas\n    # spring\n")
	require.Contains(t, after, "  special:\n    \"2026-12-24\": [\"09:00-13:00\"]\n    \"2026-12-31\": [\"09:00-12:00\"]\n")

	after, err = withHours(t, houseRules, func(h *hours) { h.Days = nil })
	require.NoError(t, err)
	require.Equal(t, around(t, houseRules), around(t, after))
	require.NotContains(t, after, "closed:")
	require.NotContains(t, after, "special:")
}

func TestHoursAreChangedInWhateverFormTheyStand(t *testing.T) {
	t.Parallel()
	const rest = "choose: [{track: standard}]\ntracks: {standard: {clock: opening_hours}}\n"
	const head = "timezone: Europe/Amsterdam\ncountry: NL\n"
	for name, text := range map[string]string{
		"on one line":         head + "calendar: {open: {mon-fri: \"09:00-18:00\"}}   # short\n" + rest,
		"over several lines":  head + "calendar: {\n  open: {mon-fri: \"09:00-18:00\"},\n}\n" + rest,
		"at the end":          head + rest + "calendar:\n  open: {mon-fri: \"09:00-18:00\"}",
		"as the first":        "calendar:\n  open:\n    mon-fri: 09:00-18:00\n" + head + rest,
		"with quotes":         head + "\"calendar\":\n    'open':\n        mon-fri: 09:00-18:00\n" + rest,
		"with ends of CR LF":  strings.ReplaceAll(head+"calendar:\n  open:\n    mon-fri: [\"09:00-18:00\"]\n"+rest, "\n", "\r\n"),
		"with a list on left": head + "calendar:\n  open:\n    mon-fri: [\"09:00-18:00\"]\n  closed:\n  - 2026-12-25\n" + rest,
		"with a mark":         "---\n" + head + "calendar: &c\n  open: {mon-fri: \"09:00-18:00\"}\n" + rest,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after, err := withHours(t, text, func(h *hours) {
				h.Week[6], h.Week[0] = []string{"10:00-14:00", "22:00-02:00"}, []string{"00:00-24:00"}
				h.Days = map[string][]string{"2026-12-25": nil, "2026-12-26": nil, "2026-12-24": {"09:00-13:00"}}
			})
			require.NoError(t, err)
			got, err := hoursOf(after)
			require.NoError(t, err)
			require.Equal(t, []string{"10:00-14:00", "22:00-02:00"}, got.Week[6])
			require.Equal(t, []string{"00:00-24:00"}, got.Week[0])
			require.Equal(t, []string{"2026-12-24", "2026-12-25", "2026-12-26"}, slices.Sorted(maps.Keys(got.Days)))
			require.Contains(t, after, strings.SplitAfter(rest, "\n")[1][:20])
		})
	}
}

func TestWhatCannotBeChangedAloneIsNot(t *testing.T) {
	t.Parallel()
	change := func(h *hours) { h.Week[6] = []string{"10:00-14:00"} }
	for name, text := range map[string]string{
		"JSON":             `{"timezone":"Europe/Amsterdam","country":"NL","calendar":{"open":{"mon-fri":"09:00-18:00"}},"tracks":{"standard":{"clock":"always"}}}`,
		"needed elsewhere": "timezone: Europe/Amsterdam\ncountry: NL\ncalendar:\n  open:\n    mon-fri: &day \"09:00-18:00\"\nshifts:\n  late: {hours: *day}\ntracks: {standard: {clock: always}}\n",
	} {
		_, err := withHours(t, text, change)
		require.ErrorIs(t, err, errNotHere, name)
	}
}

// Every policy that ships can be changed, and nothing is changed by changing
// nothing.
func TestTheHoursOfShippedPolicies(t *testing.T) {
	t.Parallel()
	for _, shipped := range policy.Shipped() {
		text := shipped.Text
		same, err := withHours(t, text, func(*hours) {})
		require.NoError(t, err, shipped.Name)
		require.Equal(t, text, same, shipped.Name)
		after, err := withHours(t, text, func(h *hours) { h.Week[3], h.Days["2028-01-03"] = []string{"11:00-15:00"}, nil })
		require.NoError(t, err, shipped.Name)
		h, err := hoursOf(after)
		require.NoError(t, err, shipped.Name)
		require.Equal(t, []string{"11:00-15:00"}, h.Week[3])
		before := strings.Split(text, "\n")
		kept := 0
		for line := range strings.SplitSeq(after, "\n") {
			if slices.Contains(before, line) {
				kept++
			}
		}
		require.GreaterOrEqual(t, kept, len(before)-1, shipped.Name)
	}
}
