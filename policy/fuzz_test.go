package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/policy"
)

// FuzzParse holds that whatever comes in is either a policy that works or a
// list of faults with places in the file. More seeds are in testdata/fuzz.
func FuzzParse(f *testing.F) {
	f.Add(policy.Standard())
	f.Add([]byte(manyRules))
	f.Add([]byte(twoTracks))
	f.Add([]byte(everything))
	f.Add([]byte(frame + "tracks: {a: {closing: {value: 1.5, sample: 5%}}}\nearning: {norm: 5%, window: 8d}\n" +
		"choose:\n  - {when: {hours: [\"22:00-02:00\"], price: {from: 1, below: 2}, postcode: [a-b, 1-2]}, track: a}\n  - {track: a}\n"))
	f.Add([]byte(frame + "tracks:\n  a: &a {live_response: *b}\n  b: &b {<<: *a}\n"))
	f.Add([]byte(`{"timezone":"UTC","country":"nl","calendar":{"open":{"mon":"0:00-24:00"}},"tracks":{"a":{}}}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := policy.Parse(src)
		if err != nil {
			require.Nil(t, p)
			var list *policy.Errors
			require.ErrorAs(t, err, &list)
			require.NotEmpty(t, *list)
			lines := strings.Count(strings.ReplaceAll(string(src), "\r", "\n"), "\n") + 1
			for _, e := range *list {
				require.NotEmpty(t, e.Message)
				require.Positive(t, e.Column)
				require.True(t, e.Line >= 1 && e.Line <= lines, "line %d of %d", e.Line, lines)
			}
			return
		}
		now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
		for _, subject := range []policy.Subject{
			{ReceivedAt: now},
			{ReceivedAt: now, Price: 1_50, Postcode: "1234 \xff€", Known: true, Language: "nl"},
		} {
			track, why := p.Choose(subject)
			require.NotNil(t, track)
			require.NotEmpty(t, why)
		}
		for _, track := range p.Tracks {
			require.False(t, p.LiveDue(track, now).Before(now))
			require.False(t, p.AttemptDue(track, now, 1, time.Time{}).Before(now))
			require.NotEmpty(t, track.Assign.To)
			for _, step := range track.LiveResponse.Escalate {
				require.False(t, p.StepAt(track, now, step, step.Times).Before(now))
			}
		}
		for _, group := range p.Groups {
			require.NotEmpty(t, group.Staff)
		}
		if p.Earning != nil {
			require.Positive(t, p.Earning.Norm)
		}
	})
}
