package process_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// cameBack is news of a mail to the customer, as the store completes it.
func cameBack(is lead.Delivery, changes ...func(*process.MailNews)) process.Happening {
	mail := process.MailNews{Message: otherID, Is: is, Template: "still-interested", Counted: true}
	for _, change := range changes {
		change(&mail)
	}
	return process.Happening{What: process.DidCustomer, Customer: &process.CustomerWish{Mail: &mail}}
}

func elsewhere(m *process.MailNews) { m.Elsewhere, m.Template, m.Counted = true, "", false }

// deaf is a customer none of whose addresses takes mail.
func (l *life) deaf() *life {
	reach := l.state.Reach
	reach.Email = false
	l.said = &reach
	return l
}

// called is a lead that was called once, in vain: the next call is due at noon.
func called(t *testing.T) *life {
	t.Helper()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.NoAnswer).advance("45m")
	require.Equal(t, "2026-11-23 12:00", l.due(process.CallAttempt))
	l.mailed("still-interested")
	l.forget()
	return l
}

func TestAMailThatComesBackIsCalledInstead(t *testing.T) {
	t.Parallel()
	for is, want := range map[lead.Delivery]struct{ reach, wrong, counted bool }{
		lead.MailBounced:      {false, true, false},
		lead.MailBlocked:      {true, false, false},
		lead.MailDropped:      {true, false, false},
		lead.MailReported:     {false, false, true},
		lead.MailUnsubscribed: {false, false, true},
	} {
		l := called(t).deaf()
		l.does("system", cameBack(is))
		require.Equal(t, []string{"message_bounced", "attempt_due"}, l.happened(), is)
		require.Contains(t, l.heard(), "ann: message-failed by email, screen", is)
		require.Equal(t, "2026-11-23 10:45", l.due(process.CallAttempt), "%s: at once", is)
		require.Equal(t, want.reach, l.state.Reach.Email, is)
		require.Equal(t, want.wrong, l.state.Evidence().Bounced, "%s: evidence of wrong data", is)
		require.Equal(t, want.counted, l.state.Evidence().MailsSent == 1, "%s: evidence of a mail", is)
		l.until("2026-11-23 11:46")
		require.Contains(t, l.heard(), "mia: attempt-overdue 1/1 by email, screen", "%s: and the manager hears when nobody calls", is)
	}
}

func TestTheTimelineTellsWhyAMailCameBack(t *testing.T) {
	t.Parallel()
	l := called(t)
	l.does("system", cameBack(lead.MailBlocked))
	require.Equal(t, map[string]any{"message_id": otherID, "template": "still-interested", "why": "blocked", "at": l.world.Now}, l.entry("message_bounced"))
	require.Equal(t, process.System, l.last.Events[0].Actor)
}

// The call is due at once, but not before it would count, nor while it is closed,
// and nothing that happens afterwards puts it off again.
func TestTheCallInsteadKeepsToTheYardstick(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.NoAnswer).deaf()
	l.does("system", cameBack(lead.MailBounced))
	require.Equal(t, "2026-11-23 10:30", l.due(process.CallAttempt), "half an hour between two calls")
	l.does("ann", process.Happening{What: process.DidCustomer, Customer: &process.CustomerWish{Refuses: []lead.Channel{lead.SMS}}})
	require.Equal(t, "2026-11-23 10:30", l.due(process.CallAttempt))

	night := called(t).until("2026-11-23 12:00").attempt(lead.NoAnswer).until("2026-11-23 20:00").deaf()
	before := night.due(process.CallAttempt)
	night.does("system", cameBack(lead.MailBounced))
	require.Equal(t, "2026-11-24 08:30", night.due(process.CallAttempt), "at opening, and not %s", before)
}

func TestNobodyIsCalledInsteadWhoMustNotBe(t *testing.T) {
	t.Parallel()
	quiet := rings(t, standard(t), "2026-11-23 10:00").does("customer", wish(lead.Phone)).deaf()
	due := quiet.due(process.FollowUp)
	quiet.forget()
	quiet.does("system", cameBack(lead.MailBounced))
	require.Equal(t, []string{"message_bounced"}, quiet.happened())
	require.Equal(t, "never", quiet.due(process.CallAttempt))
	require.Equal(t, due, quiet.due(process.FollowUp), "somebody decides how it goes on, when he would have")

	met := called(t).booked(lead.InShowroom, "2026-11-24 14:00").deaf()
	met.does("system", cameBack(lead.MailBounced))
	require.Equal(t, "never", met.due(process.CallAttempt), "an appointment is called about when it is time")
}

// The customer was not answered when the answer came back; the live clock runs
// on as promised.
func TestAnAnswerThatCameBackIsNone(t *testing.T) {
	t.Parallel()
	auto := func(m *process.MailNews) { m.Auto, m.Counted, m.Template = true, false, "thank-you" }
	fate := process.Happening{What: process.WasDelivered, Delivered: []process.Delivery{{Message: otherID, Template: "thank-you", Auto: true, Fate: process.Accepted}}}
	l := rings(t, standard(t), "2026-11-23 10:00").deaf()
	l.do(fate)
	require.NotZero(t, l.state.AutoRespondedAt)
	due := l.due(process.LiveResponse)
	l.does("system", cameBack(lead.MailBounced, auto))
	require.Zero(t, l.state.AutoRespondedAt)
	require.Equal(t, due, l.due(process.LiveResponse))

	fate.Delivered[0].CameBack = true // the provider was quicker
	l.do(fate)
	require.Zero(t, l.state.AutoRespondedAt)

	spam := rings(t, standard(t), "2026-11-23 10:00").deaf()
	fate.Delivered[0].CameBack = false
	spam.do(fate)
	spam.does("system", cameBack(lead.MailReported, auto))
	require.NotZero(t, spam.state.AutoRespondedAt, "he has it")
}

// The contact plan goes on without its mails, and says so.
func TestMailsOfTheContactPlanAreSkipped(t *testing.T) {
	t.Parallel()
	l := called(t).deaf()
	l.does("system", cameBack(lead.MailBounced))
	l.forget()
	l.until("2026-11-24 09:01")
	require.Equal(t, "contact", l.entry("step_skipped")["kind"])
	require.Empty(t, only(l.heard(), "customer"))
}

func TestNewsFromAnotherLeadOfThePerson(t *testing.T) {
	t.Parallel()
	l := called(t).deaf()
	l.does("system", cameBack(lead.MailBounced, elsewhere))
	require.Equal(t, true, l.entry("message_bounced")["elsewhere"])
	require.Equal(t, []string{"message_bounced"}, l.happened())
	require.Empty(t, l.heard(), "whoever wrote it calls")
	require.Equal(t, "2026-11-23 12:00", l.due(process.CallAttempt))
	require.False(t, l.state.Reach.Email)
	require.Equal(t, 1, l.state.Evidence().MailsSent)
}

func TestAnAddressThatTakesMailAgain(t *testing.T) {
	t.Parallel()
	l := called(t).deaf()
	l.does("system", cameBack(lead.MailBounced))
	l.said = nil
	reach := l.state.Reach
	reach.Email = true
	l.said = &reach
	l.forget()
	l.does("system", process.Happening{What: process.DidCustomer, Customer: &process.CustomerWish{Mail: &process.MailNews{Lifted: true}}})
	require.Empty(t, l.happened())
	require.True(t, l.state.Reach.Email)
}

func TestAMailOfWhichNobodyKnewArrived(t *testing.T) {
	t.Parallel()
	l := called(t)
	l.do(process.Happening{What: process.WasDelivered, Delivered: []process.Delivery{
		{Message: otherID, Template: "still-interested", Hand: true, Fate: process.Unknown},
	}})
	require.Zero(t, l.state.Evidence().MailsSent)
	l.forget()
	l.does("system", cameBack(lead.MailDelivered))
	require.Equal(t, []string{"message_delivered"}, l.happened())
	require.Equal(t, 1, l.state.Evidence().MailsSent)
}

func TestNewsThatSaysNothingIsRefused(t *testing.T) {
	t.Parallel()
	l := called(t)
	for _, h := range []process.Happening{
		cameBack(""), cameBack("lost"), cameBack(lead.MailProcessed), cameBack(lead.MailDeferred), cameBack(lead.MailDelivered, elsewhere),
		cameBack(lead.MailBounced, func(m *process.MailNews) { m.Message = "his mail" }),
	} {
		require.Equal(t, process.Invalid, l.refuses("system", h).Code)
	}
}

func TestAClosedLeadHearsOfItAndDoesNothing(t *testing.T) {
	t.Parallel()
	l := called(t).deaf()
	l.does("ann", closing("test", nil)).does("mia", decision(true))
	l.forget()
	l.does("system", cameBack(lead.MailBounced))
	require.Equal(t, []string{"message_bounced"}, l.happened())
	require.Empty(t, l.heard())
}

// The provider is sometimes quicker than our own answer: what came back before
// the process heard that it went out is never counted.
func TestAMailThatWasBackBeforeItsFateIsNotCounted(t *testing.T) {
	t.Parallel()
	for _, hand := range []bool{false, true} {
		l := rings(t, standard(t), "2026-11-23 10:00")
		if hand {
			l.mailed("still-interested") // counted when it was written
		}
		l.does("system", cameBack(lead.MailBlocked, func(m *process.MailNews) { m.Counted = false }))
		l.do(process.Happening{What: process.WasDelivered, Delivered: []process.Delivery{
			{Message: otherID, Template: "still-interested", Hand: hand, Fate: process.Accepted, CameBack: true},
		}})
		require.Zero(t, l.state.Evidence().MailsSent, "by hand: %v", hand)
	}
}
