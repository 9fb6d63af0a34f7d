package leads

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/api/gen"
)

func TestNextStep(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	in := func(d time.Duration) *time.Time { at := now.Add(d); return &at }
	number := "+31612345678"
	customer := gen.Customer{
		Phones: []gen.ContactPoint{{Written: "06 12345678", Normalised: &number, Valid: true}},
		Emails: []gen.ContactPoint{{Written: "jan@example.com", Valid: true}},
	}
	tried := func(usable bool) gen.LeadReason {
		return gen.LeadReason{Code: "not_reached", Usable: usable, Evidence: []gen.LeadEvidence{{Rule: "attempts", Met: usable}}}
	}
	lead := func(change func(*gen.Lead)) gen.Lead {
		l := gen.Lead{Status: gen.LeadStatusOpen, Stage: gen.StageContacting, Customer: customer, Attempts: gen.Attempts{Required: 6}}
		change(&l)
		return l
	}
	for name, c := range map[string]struct {
		lead    gen.Lead
		reasons []gen.LeadReason
		want    []step
	}{
		"a fresh lead is called at once": {
			lead: lead(func(l *gen.Lead) { l.Stage, l.Attempts.NextDueAt = gen.StageNew, in(0) }),
			want: []step{{Kind: callNow, At: now, N: 1, Of: 6}},
		},
		"one that came at night is called at opening": {
			lead: lead(func(l *gen.Lead) { l.Stage, l.Attempts.NextDueAt = gen.StageNew, in(8*time.Hour) }),
			want: []step{{Kind: callLater, At: *in(8 * time.Hour), N: 1, Of: 6}},
		},
		"after a voicemail he is called again, and it cannot be closed yet": {
			lead:    lead(func(l *gen.Lead) { l.Attempts = gen.Attempts{Counted: 1, Required: 6, NextDueAt: in(31 * time.Hour)} }),
			reasons: []gen.LeadReason{tried(false)},
			want:    []step{{Kind: callLater, At: *in(31 * time.Hour), N: 2, Of: 6}, {Kind: closeLater, Reason: "not_reached", N: 1, Of: 6}},
		},
		"after the last attempt it is closed as not reached": {
			lead: lead(func(l *gen.Lead) {
				l.Attempts = gen.Attempts{Counted: 6, Required: 6}
				l.Deadlines = []gen.Deadline{{Kind: gen.DeadlineKindFollowUp, DueAt: *in(time.Hour)}}
			}),
			reasons: []gen.LeadReason{tried(true)},
			want:    []step{{Kind: closeIt, Reason: "not_reached"}, {Kind: decideIt, At: *in(time.Hour)}},
		},
		"after a conversation an appointment is made, or he is called again": {
			lead: lead(func(l *gen.Lead) {
				l.Stage, l.Attempts = gen.StageConversation, gen.Attempts{Counted: 1, Required: 6, NextDueAt: in(time.Hour)}
			}),
			want: []step{{Kind: makeIt}, {Kind: callLater, At: *in(time.Hour), N: 2, Of: 6}},
		},
		"an appointment is confirmed": {
			lead: lead(func(l *gen.Lead) {
				l.Appointment = &gen.Appointment{Kind: gen.AppointmentKindTestDrive, StartsAt: *in(time.Hour)}
			}),
			want: []step{{Kind: confirmIt, At: *in(time.Hour)}},
		},
		"a confirmed one hands the lead to the showroom": {
			lead: lead(func(l *gen.Lead) {
				l.Appointment = &gen.Appointment{Kind: gen.AppointmentKindTestDrive, StartsAt: *in(time.Hour), Confirmed: true}
			}),
			reasons: []gen.LeadReason{{Code: "appointment_test_drive", Usable: true}},
			want:    []step{{Kind: closeIt, Reason: "appointment_test_drive"}, {Kind: keepIt, At: *in(time.Hour)}},
		},
		"when it has begun its outcome is told": {
			lead: lead(func(l *gen.Lead) { l.Appointment = &gen.Appointment{StartsAt: now, Confirmed: true} }),
			want: []step{{Kind: tellIt, At: now}},
		},
		"after a visit it is sold, or says how it goes on": {
			lead:    lead(func(l *gen.Lead) { l.Stage = gen.StageVisit }),
			reasons: []gen.LeadReason{{Code: "sold", Usable: true}},
			want:    []step{{Kind: closeIt, Reason: "sold"}, {Kind: decideIt}},
		},
		"who does not want calls is written to": {
			lead: lead(func(l *gen.Lead) { l.Customer.DoNotContact = []gen.ContactChannel{gen.ContactChannelPhone} }),
			want: []step{{Kind: writeIt, Template: "still-interested"}},
		},
		"who refused is closed so when the log has it": {
			lead: lead(func(l *gen.Lead) {
				l.Customer.DoNotContact = []gen.ContactChannel{gen.ContactChannelPhone, gen.ContactChannelEmail}
			}),
			reasons: []gen.LeadReason{{Code: "refused_call", Usable: true}},
			want:    []step{{Kind: closeIt, Reason: "refused_call"}, {Kind: decideIt}},
		},
		"who refuses the call is asked what else he does not want": {
			lead:    lead(func(l *gen.Lead) { l.Attempts = gen.Attempts{Counted: 1, Required: 6, NextDueAt: in(time.Hour)} }),
			reasons: []gen.LeadReason{{Code: "refused_call", Usable: true}},
			want:    []step{{Kind: askIt}, {Kind: closeIt, Reason: "refused_call"}, {Kind: callLater, At: *in(time.Hour), N: 2, Of: 6}},
		},
		"who left no number is asked for it": {
			lead: lead(func(l *gen.Lead) { l.Customer.Phones = nil }),
			want: []step{{Kind: writeIt, Template: "ask-for-phone"}, {Kind: decideIt}},
		},
		"a sleeping lead sleeps": {
			lead: lead(func(l *gen.Lead) { l.Stage, l.ParkedUntil = gen.StageParked, in(time.Hour) }),
			want: []step{{Kind: asleep, At: *in(time.Hour)}},
		},
		"a proposed closing waits": {
			lead: lead(func(l *gen.Lead) { l.Status = gen.LeadStatusClosing }),
			want: []step{{Kind: waits}},
		},
		"a closed lead needs nothing": {
			lead: lead(func(l *gen.Lead) { l.Status = gen.LeadStatusClosed }),
			want: []step{{Kind: nothing}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, proposed(&c.lead, c.reasons, now))
		})
	}
}
