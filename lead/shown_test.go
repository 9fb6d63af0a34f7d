package lead_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
)

// What a reason shows and what it lacks are one and the same weighing.
func TestAReasonShowsAllOfItsEvidence(t *testing.T) {
	t.Parallel()
	r, _ := lead.Shipped().Find("not_reached")
	e := lead.Evidence{Attempts: 6, AttemptsNeeded: 6, Days: 2, DaysNeeded: 3, Dayparts: 2, DaypartsNeeded: 2, EmailKnown: true, MailsSent: 1}
	shown := r.Shows(e, now)
	require.Equal(t, []lead.Shown{
		{Missing: lead.Missing{Rule: lead.EnoughAttempts, Need: 6, Have: 6}, Met: true},
		{Missing: lead.Missing{Rule: lead.EnoughDays, Need: 3, Have: 2}},
		{Missing: lead.Missing{Rule: lead.EnoughDayparts, Need: 2, Have: 2}, Met: true},
		{Missing: lead.Missing{Rule: lead.MailSent, Need: 1, Have: 1}, Met: true},
	}, shown)
	require.Equal(t, []lead.Missing{shown[1].Missing}, r.Lacks(e, now))
}

func TestWhatIsWaivedIsMetWithLess(t *testing.T) {
	t.Parallel()
	r, _ := lead.Shipped().Find("no_phone_number")
	shown := r.Shows(lead.Evidence{}, now)
	require.Equal(t, lead.Shown{Missing: lead.Missing{Rule: lead.NoValidPhone, Need: 1, Have: 1}, Met: true}, shown[0])
	require.Equal(t, lead.Shown{Missing: lead.Missing{Rule: lead.PhoneAskedFor, Need: 1}, Met: true}, shown[1])
	asked := r.Shows(lead.Evidence{EmailKnown: true, PhoneAskedAt: before}, now)[1]
	require.True(t, asked.Met)
	require.Equal(t, 1, asked.Have)
}
