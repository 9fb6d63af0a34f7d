package lead_test

import (
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
)

func join(words []string, between string) string { return strings.Join(words, between) }

func number(n int) string { return strconv.Itoa(n) }

var (
	now    = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	before = now.Add(-48 * time.Hour)
)

// Each rule is looked at twice: with a log that lacks it, and with one that
// has just enough.
func TestEveryRuleOfEvidence(t *testing.T) {
	t.Parallel()
	next := time.Date(2026, 11, 24, 16, 30, 0, 0, time.UTC)
	tried := func(attempts, days, dayparts int) lead.Evidence {
		return lead.Evidence{
			Attempts: attempts, AttemptsNeeded: 6, Days: days, DaysNeeded: 3, Dayparts: dayparts, DaypartsNeeded: 2, NextDue: next,
		}
	}
	for _, c := range []struct {
		rule    lead.Rule
		lacking lead.Evidence
		missing lead.Missing
		having  []lead.Evidence
	}{
		{
			rule: lead.EnoughAttempts, lacking: tried(1, 3, 2),
			missing: lead.Missing{Need: 6, Have: 1, NextDue: next},
			having:  []lead.Evidence{tried(6, 0, 0), tried(7, 0, 0)},
		},
		{
			rule: lead.EnoughDays, lacking: tried(6, 2, 2),
			missing: lead.Missing{Need: 3, Have: 2, NextDue: next},
			having:  []lead.Evidence{tried(0, 3, 0)},
		},
		{
			rule: lead.EnoughDayparts, lacking: tried(6, 3, 1),
			missing: lead.Missing{Need: 2, Have: 1, NextDue: next},
			having:  []lead.Evidence{tried(0, 0, 2)},
		},
		{
			rule: lead.MailSent, lacking: lead.Evidence{EmailKnown: true},
			missing: lead.Missing{Need: 1},
			having:  []lead.Evidence{{EmailKnown: true, MailsSent: 1}, {EmailKnown: false}},
		},
		{
			rule: lead.HadConversation, lacking: lead.Evidence{VisitedAt: before},
			missing: lead.Missing{Need: 1},
			having:  []lead.Evidence{{Conversation: before}},
		},
		{
			rule: lead.CallRefused, lacking: lead.Evidence{Conversation: before},
			missing: lead.Missing{Need: 1},
			having:  []lead.Evidence{{CallRefused: true}},
		},
		{
			rule: lead.WrongNumberOrBounce, lacking: lead.Evidence{},
			missing: lead.Missing{Need: 1},
			having:  []lead.Evidence{{WrongNumber: true}, {Bounced: true}},
		},
		{
			rule: lead.NoValidPhone, lacking: lead.Evidence{PhoneValid: true},
			missing: lead.Missing{Need: 1},
			having:  []lead.Evidence{{}},
		},
		{
			rule: lead.PhoneAskedFor, lacking: lead.Evidence{EmailKnown: true},
			missing: lead.Missing{Need: 1},
			having:  []lead.Evidence{{EmailKnown: true, PhoneAskedAt: now.Add(-lead.AskedForPhone)}, {EmailKnown: false}},
		},
		{
			rule: lead.PhoneAskedFor, lacking: lead.Evidence{EmailKnown: true, PhoneAskedAt: now.Add(-time.Hour)},
			missing: lead.Missing{Need: 1, From: now.Add(23 * time.Hour)},
			having:  []lead.Evidence{{EmailKnown: true, PhoneAskedAt: now.Add(-25 * time.Hour)}},
		},
		{
			rule: lead.ShowroomConfirmed, lacking: lead.Evidence{TestDriveSet: true},
			missing: lead.Missing{Need: 1},
			having:  []lead.Evidence{{ShowroomFixed: true}},
		},
		{
			rule: lead.TestDriveConfirmed, lacking: lead.Evidence{ShowroomFixed: true},
			missing: lead.Missing{Need: 1},
			having:  []lead.Evidence{{TestDriveSet: true}},
		},
		{
			rule: lead.QuoteSent, lacking: lead.Evidence{MailsSent: 3},
			missing: lead.Missing{Need: 1},
			having:  []lead.Evidence{{QuoteSentAt: before}},
		},
		{
			rule: lead.VisitOrConversation, lacking: lead.Evidence{QuoteSentAt: before},
			missing: lead.Missing{Need: 1},
			having:  []lead.Evidence{{VisitedAt: before}, {Conversation: before}},
		},
		{
			rule: lead.ConversationAfterOffer, lacking: lead.Evidence{Conversation: before},
			missing: lead.Missing{Need: 1},
			having: []lead.Evidence{
				{QuoteSentAt: before, Conversation: now},
				{VisitedAt: before, Conversation: now},
				{QuoteSentAt: before, VisitedAt: now, Conversation: before.Add(time.Hour)},
				{QuoteSentAt: now, VisitedAt: before, Conversation: before.Add(time.Hour)},
			},
		},
		{
			// What was said during the visit was not said after it.
			rule: lead.ConversationAfterOffer, lacking: lead.Evidence{VisitedAt: before, Conversation: before},
			missing: lead.Missing{Need: 1},
			having:  []lead.Evidence{{VisitedAt: before, Conversation: before.Add(time.Minute)}},
		},
		{
			rule: lead.ConversationAfterOffer, lacking: lead.Evidence{QuoteSentAt: now, Conversation: before},
			missing: lead.Missing{Need: 1},
			having:  []lead.Evidence{{QuoteSentAt: before, Conversation: now}},
		},
		{
			rule: lead.DidNotCome, lacking: lead.Evidence{VisitedAt: before},
			missing: lead.Missing{Need: 1},
			having:  []lead.Evidence{{DidNotComeAt: before}},
		},
		{
			// A dealer's own catalogue may name what nobody can check.
			rule: "gut_feeling", lacking: lead.Evidence{},
			missing: lead.Missing{Need: 1},
		},
	} {
		t.Run(string(c.rule), func(t *testing.T) {
			t.Parallel()
			reason := lead.Reason{Evidence: []lead.Rule{c.rule}}
			c.missing.Rule = c.rule
			require.Equal(t, []lead.Missing{c.missing}, reason.Lacks(c.lacking, now))
			for _, e := range c.having {
				require.Empty(t, reason.Lacks(e, now))
			}
		})
	}
}

func TestAllThatIsMissingIsTold(t *testing.T) {
	t.Parallel()
	reason, _ := lead.Shipped().Find("not_reached")
	var rules []lead.Rule
	for _, m := range reason.Lacks(lead.Evidence{AttemptsNeeded: 6, DaysNeeded: 3, DaypartsNeeded: 2, EmailKnown: true}, now) {
		rules = append(rules, m.Rule)
	}
	require.Equal(t, reason.Evidence, rules)
}

func TestEveryRuleOfTheCatalogueIsInTheVocabulary(t *testing.T) {
	t.Parallel()
	everything := lead.Evidence{
		Conversation: now, CallRefused: true, WrongNumber: true, PhoneAskedAt: before, EmailKnown: true, MailsSent: 1,
		QuoteSentAt: before, VisitedAt: before, DidNotComeAt: before, ShowroomFixed: true, TestDriveSet: true,
	}
	for _, r := range lead.Shipped() {
		require.Empty(t, r.Lacks(everything, now), r.Code)
	}
}
