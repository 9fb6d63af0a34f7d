package policy_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// whole is a policy with everything that was read, for comparison.
type whole struct {
	Name, Zone, Country string
	Phases              []lead.Phase
	Calendar            string
	Shifts              []string
	Groups              []policy.Group
	Departments         map[string]string
	Earning             *policy.Earning
	FollowUps           map[lead.FollowUpKind]policy.FollowUp
	Rules               []policy.Rule
	Tracks              map[string]*policy.Track
}

// TestStandardReadsAsBefore compares the shipped policy with what it was read
// as when its golden file was last looked over. After a change that is meant,
// replace the golden file with the text that the test prints.
func TestStandardReadsAsBefore(t *testing.T) {
	t.Parallel()
	p := parse(t, string(policy.Standard()))
	all := whole{
		Name: p.Name, Zone: p.Zone.String(), Country: p.Country, Phases: p.Phases,
		Calendar: p.Calendar.String(), Groups: p.Groups, Departments: p.Departments, Earning: p.Earning,
		FollowUps: p.FollowUps, Rules: p.Rules, Tracks: p.Tracks,
	}
	for i := range all.Rules {
		all.Rules[i].Line = 0 // comments may come and go
	}
	for _, shift := range p.Shifts {
		require.Empty(t, shift.Staff, "the shipped policy names nobody")
		all.Shifts = append(all.Shifts, shift.Name+" "+shift.Hours.String())
	}
	got, err := json.MarshalIndent(all, "", "  ")
	require.NoError(t, err)
	golden, err := os.ReadFile("testdata/standard.golden.json")
	require.NoError(t, err)
	require.Equal(t, string(golden), string(got)+"\n")
}

// The standard track writes the default yardstick out, so that a manager sees
// it; the two must not drift apart.
func TestStandardTrackIsTheDefault(t *testing.T) {
	t.Parallel()
	track := *parse(t, string(policy.Standard())).Track("standard")
	require.NotEmpty(t, track.Contact)
	track.Contact = nil
	require.Equal(t, policy.DefaultTrack("standard"), &track)
}

func TestStandardCannotBeSpoilt(t *testing.T) {
	t.Parallel()
	policy.Standard()[0] = 'X'
	require.NotEqual(t, byte('X'), policy.Standard()[0])
}

// A track travels as JSON.
func TestTrackSurvivesJSON(t *testing.T) {
	t.Parallel()
	for _, src := range []string{string(policy.Standard()), everything} {
		for _, track := range parse(t, src).Tracks {
			text, err := json.Marshal(track)
			require.NoError(t, err)
			var back policy.Track
			require.NoError(t, json.Unmarshal(text, &back))
			require.Equal(t, *track, back)
		}
	}
	var d policy.Duration
	require.Error(t, json.Unmarshal([]byte(`"15"`), &d))
	var m policy.Moment
	require.Error(t, json.Unmarshal([]byte(`"later"`), &m))
}

// A dealer's stored policies are read again with every lead that arrived under
// them, so what was once good stays good and means the same.
func TestOldPoliciesKeepTheirMeaning(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("testdata/old/standard.yaml")
	require.NoError(t, err)
	p := parse(t, string(src))
	require.Empty(t, p.Groups)
	require.Empty(t, p.Departments)
	require.Nil(t, p.Earning)
	require.Empty(t, p.FollowUps)
	names := map[string]bool{}
	for name, track := range p.Tracks {
		names[name] = true
		require.Equal(t, policy.Assign{To: []policy.Recipient{policy.ToNextSalesperson}}, track.Assign)
		require.Equal(t, policy.Decide{Due: policy.Duration{Days: 1}}, track.FollowUp)
		for _, contact := range track.Contact {
			require.Equal(t, []policy.StopOn{policy.OnAnswer, policy.OnConversation, policy.OnAppointment}, contact.StopOn)
		}
		closing := track.Closing
		require.Zero(t, closing.Value)
		require.Zero(t, closing.Sample)
		require.False(t, closing.SelfReported)
		for _, step := range track.LiveResponse.Escalate {
			require.Empty(t, step.Clock)
		}
	}
	require.Equal(t, map[string]bool{"standard": true, "first-party": true, "weekend": true}, names)
	track, why := p.Choose(policy.Subject{Party: lead.FirstParty, Condition: lead.NewCar, ReceivedAt: local(t, amsterdam, "2026-11-21 16:50")})
	require.Equal(t, "first-party", track.Name)
	require.Equal(t, "first-party · new", why)
}
