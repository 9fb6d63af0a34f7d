package lead_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/lead"
)

// tried is a log that the policy's 6 attempts on 3 days in 2 dayparts, and one
// mail, are just enough for.
var tried = lead.Evidence{
	Attempts: 6, AttemptsNeeded: 6, Days: 3, DaysNeeded: 3, Dayparts: 2, DaypartsNeeded: 2, EmailKnown: true, MailsSent: 1,
}

func TestANumberOfTheReasonReplacesThePolicys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		numbers map[lead.Rule]int
		missing []lead.Missing
	}{
		{name: "none"},
		{name: "fewer", numbers: map[lead.Rule]int{lead.EnoughAttempts: 2, lead.EnoughDays: 1, lead.EnoughDayparts: 1, lead.MailSent: 1}},
		{
			name: "more attempts", numbers: map[lead.Rule]int{lead.EnoughAttempts: 8},
			missing: []lead.Missing{{Rule: lead.EnoughAttempts, Need: 8, Have: 6}},
		},
		{
			name: "more days", numbers: map[lead.Rule]int{lead.EnoughDays: 5},
			missing: []lead.Missing{{Rule: lead.EnoughDays, Need: 5, Have: 3}},
		},
		{
			name: "more dayparts", numbers: map[lead.Rule]int{lead.EnoughDayparts: 3},
			missing: []lead.Missing{{Rule: lead.EnoughDayparts, Need: 3, Have: 2}},
		},
		{
			name: "more mails", numbers: map[lead.Rule]int{lead.MailSent: 2},
			missing: []lead.Missing{{Rule: lead.MailSent, Need: 2, Have: 1}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			reason := found(t, lead.Shipped(), "not_reached")
			reason.Numbers = c.numbers
			require.Equal(t, c.missing, reason.Lacks(tried, now))
		})
	}
}

func TestMoreMailsAreWaivedToo(t *testing.T) {
	t.Parallel()
	reason := lead.Reason{Evidence: []lead.Rule{lead.MailSent}, Numbers: map[lead.Rule]int{lead.MailSent: 2}}
	require.Empty(t, reason.Lacks(lead.Evidence{}, now))
	require.Empty(t, reason.Lacks(lead.Evidence{EmailKnown: true, MailsSent: 2}, now))
	require.Equal(t, []lead.Missing{{Rule: lead.MailSent, Need: 2}}, reason.Lacks(lead.Evidence{EmailKnown: true}, now))
}

func TestHowOldAMailMustBe(t *testing.T) {
	t.Parallel()
	asked := lead.Evidence{EmailKnown: true, PhoneAskedAt: now}
	for _, c := range []struct {
		hours int // 0: the reason says nothing
		from  time.Time
		told  int // only another age than the usual one
	}{
		{0, now.Add(24 * time.Hour), 0},
		{24, now.Add(24 * time.Hour), 0},
		{48, now.Add(48 * time.Hour), 48},
		{1, now.Add(time.Hour), 1},
	} {
		reason := lead.Reason{Evidence: []lead.Rule{lead.PhoneAskedFor}}
		if c.hours > 0 {
			reason.Numbers = map[lead.Rule]int{lead.PhoneAskedFor: c.hours}
		}
		missing := reason.Lacks(asked, c.from.Add(-time.Second))
		require.Len(t, missing, 1)
		require.Equal(t, c.from, missing[0].From)
		require.Equal(t, 1, missing[0].Need)
		require.Equal(t, c.told, missing[0].Hours)
		require.Empty(t, reason.Lacks(asked, c.from))
		require.Zero(t, reason.Lacks(lead.Evidence{EmailKnown: true}, now)[0].From, "nothing was sent, so waiting does not help")
	}
}

// bare is a log in which everything stands that a rule asks for, on nobody's
// word but the colleague's.
var bare = lead.Evidence{
	Attempts: 6, AttemptsNeeded: 6, Days: 3, DaysNeeded: 3, Dayparts: 2, DaypartsNeeded: 2,
	Conversation: now, CallRefused: true, WrongNumber: true, PhoneValid: true,
	VisitedAt: before, DidNotComeAt: before, ShowroomFixed: true, TestDriveSet: true,
}

// Each rule alone: the colleague's word, then what is more than that.
func TestWhichEvidenceIsMoreThanSomebodysWord(t *testing.T) {
	t.Parallel()
	recorded := func(n int) func(*lead.Evidence) {
		return func(e *lead.Evidence) { e.AttemptsRecorded = n }
	}
	for _, c := range []struct {
		rule    lead.Rule
		numbers map[lead.Rule]int
		word    func(*lead.Evidence) // still a word
		proof   func(*lead.Evidence) // not anymore; nil: nothing helps
	}{
		{rule: lead.EnoughAttempts, word: recorded(5), proof: recorded(6)},
		{rule: lead.EnoughAttempts, numbers: map[lead.Rule]int{lead.EnoughAttempts: 4}, word: recorded(3), proof: recorded(4)},
		{rule: lead.EnoughDays, word: recorded(2), proof: recorded(3)},
		{rule: lead.EnoughDayparts, word: recorded(1), proof: recorded(2)},
		{rule: lead.MailSent, word: func(e *lead.Evidence) { e.EmailKnown = false }, proof: func(e *lead.Evidence) { e.EmailKnown, e.MailsSent = true, 1 }},
		{rule: lead.HadConversation, word: recorded(6), proof: func(e *lead.Evidence) { e.ConversationRecorded = true }},
		{rule: lead.CallRefused, word: func(e *lead.Evidence) { e.ConversationRecorded = true }, proof: func(e *lead.Evidence) { e.CallRefusedRecorded = true }},
		{rule: lead.WrongNumberOrBounce, word: recorded(6), proof: func(e *lead.Evidence) { e.WrongNumberRecorded = true }},
		{rule: lead.WrongNumberOrBounce, word: recorded(6), proof: func(e *lead.Evidence) { e.Bounced = true }},
		{rule: lead.NoValidPhone, word: recorded(6), proof: func(e *lead.Evidence) { e.PhoneValid = false }},
		{rule: lead.PhoneAskedFor, word: func(e *lead.Evidence) { e.EmailKnown = false }, proof: func(e *lead.Evidence) { e.PhoneAskedAt = before }},
		{rule: lead.ShowroomConfirmed, word: func(e *lead.Evidence) { e.ConversationRecorded = true }, proof: func(e *lead.Evidence) { e.ConfirmedByCustomer = true }},
		{rule: lead.TestDriveConfirmed, word: func(e *lead.Evidence) { e.ConversationRecorded = true }, proof: func(e *lead.Evidence) { e.ConfirmedByCustomer = true }},
		{rule: lead.QuoteSent, word: func(e *lead.Evidence) { e.MailsSent = 1 }, proof: func(e *lead.Evidence) { e.QuoteSentAt = before }},
		{rule: lead.VisitOrConversation, word: recorded(6), proof: func(e *lead.Evidence) { e.ConversationRecorded = true }},
		{rule: lead.ConversationAfterOffer, word: func(e *lead.Evidence) { e.QuoteSentAt = before }, proof: func(e *lead.Evidence) { e.ConversationRecorded = true }},
		{rule: lead.DidNotCome, word: func(e *lead.Evidence) { *e = everythingRecorded(*e) }},
		{rule: "gut_feeling", word: func(e *lead.Evidence) { *e = everythingRecorded(*e) }},
	} {
		t.Run(string(c.rule), func(t *testing.T) {
			t.Parallel()
			reason := lead.Reason{Evidence: []lead.Rule{c.rule}, Numbers: c.numbers}
			word := bare
			require.True(t, reason.SelfReported(word))
			c.word(&word)
			require.True(t, reason.SelfReported(word))
			if c.proof != nil {
				proved := bare
				c.proof(&proved)
				require.False(t, reason.SelfReported(proved))
			}
		})
	}
}

func everythingRecorded(e lead.Evidence) lead.Evidence {
	e.AttemptsRecorded, e.ConversationRecorded, e.CallRefusedRecorded, e.WrongNumberRecorded, e.ConfirmedByCustomer = 99, true, true, true, true
	e.PhoneValid, e.Bounced, e.MailsSent, e.PhoneAskedAt, e.QuoteSentAt = false, true, 9, before, before
	return e
}

func TestAReasonIsSelfReportedWhenAllOfItIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, code string
		log        func(*lead.Evidence)
		want       bool
	}{
		{"six calls typed in, no address", "not_reached", func(*lead.Evidence) {}, true},
		{"six calls typed in and a mail", "not_reached", func(e *lead.Evidence) { e.EmailKnown, e.MailsSent = true, 1 }, false},
		{"three of six calls recorded", "not_reached", func(e *lead.Evidence) { e.AttemptsRecorded = 3 }, true},
		{"six calls recorded", "not_reached", func(e *lead.Evidence) { e.AttemptsRecorded = 6 }, false},
		{"he did not come, they say", "no_show", func(*lead.Evidence) {}, true},
		{"he did not come, and was called six times", "no_show", func(e *lead.Evidence) { e.AttemptsRecorded = 6 }, false},
		{"a talk", "bought_another_car", func(*lead.Evidence) {}, true},
		{"a recorded talk", "bought_another_car", func(e *lead.Evidence) { e.ConversationRecorded = true }, false},
		{"no evidence asked", "test", func(*lead.Evidence) {}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := bare
			c.log(&e)
			require.Equal(t, c.want, found(t, lead.Shipped(), c.code).SelfReported(e))
		})
	}
}

func drawEvidence(t *rapid.T) lead.Evidence {
	flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
	count := func(name string) int { return rapid.IntRange(0, 8).Draw(t, name) }
	at := func(name string) time.Time {
		return rapid.SampledFrom([]time.Time{{}, before, now.Add(-time.Hour), now}).Draw(t, name)
	}
	return lead.Evidence{
		Attempts: count("attempts"), AttemptsNeeded: count("needed") + 1, Days: count("days"), DaysNeeded: 3, Dayparts: count("dayparts"), DaypartsNeeded: 2,
		Conversation: at("conversation"), CallRefused: flag("refused"), WrongNumber: flag("wrong"), Bounced: flag("bounced"), PhoneValid: flag("valid"), EmailKnown: flag("email"),
		PhoneAskedAt: at("asked"), MailsSent: count("mails"), QuoteSentAt: at("quote"), VisitedAt: at("visit"), DidNotComeAt: at("no-show"), ShowroomFixed: flag("showroom"),
		TestDriveSet: flag("drive"), AttemptsRecorded: count("recorded"), ConversationRecorded: flag("talk recorded"), CallRefusedRecorded: flag("refusal recorded"),
		WrongNumberRecorded: flag("wrong recorded"), ConfirmedByCustomer: flag("by customer"),
	}
}

// More rules never make a reason easier, higher numbers neither; and one thing
// that is more than a word is enough for all of a reason.
func TestEvidenceAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvidence(t)
		rules := rapid.SliceOfNDistinct(rapid.SampledFrom(lead.Rules), 1, len(lead.Rules), rapid.ID).Draw(t, "rules")
		low := lead.Reason{Evidence: rules, Numbers: map[lead.Rule]int{}}
		high := lead.Reason{Evidence: rules, Numbers: map[lead.Rule]int{}}
		for _, rule := range []lead.Rule{lead.EnoughAttempts, lead.EnoughDays, lead.EnoughDayparts, lead.MailSent, lead.PhoneAskedFor} {
			low.Numbers[rule] = rapid.IntRange(1, 9).Draw(t, "low")
			high.Numbers[rule] = low.Numbers[rule] + rapid.IntRange(0, 60).Draw(t, "more")
		}
		lacking := func(r lead.Reason) []lead.Rule {
			var out []lead.Rule
			for _, m := range r.Lacks(e, now) {
				out = append(out, m.Rule)
			}
			return out
		}
		require.Subset(t, lacking(high), lacking(low))

		word, tries := true, []lead.Rule{lead.EnoughAttempts, lead.EnoughDays, lead.EnoughDayparts}
		for _, rule := range rules {
			if !slices.Contains(tries, rule) { // those three count together
				word = word && lead.Reason{Evidence: []lead.Rule{rule}, Numbers: low.Numbers}.SelfReported(e)
			}
		}
		if low.SelfReported(e) {
			require.True(t, word)
			require.True(t, high.SelfReported(e), "recorded calls that are too few for less are too few for more")
		}
	})
}
