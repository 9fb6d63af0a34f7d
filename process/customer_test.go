package process_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

func wish(channels ...lead.Channel) process.Happening {
	return process.Happening{What: process.DidCustomer, Customer: &process.CustomerWish{Refuses: channels}}
}

func TestDoNotContactStopsCallsAndMails(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.NoAnswer)
	l.forget()
	l.does("ann", wish(lead.Phone, lead.Email, lead.Phone))
	require.Equal(t, []string{"follow_up_started", "follow_up_done"}, l.happened())
	require.Equal(t, []lead.Channel{lead.Phone, lead.Email}, l.state.Reach.Refused)
	require.Equal(t, []lead.Channel{lead.Phone, lead.Email}, l.last.Spread, "it holds for his other leads too")
	require.Equal(t, "never", l.due(process.CallAttempt))
	require.Nil(t, l.state.Clock(process.ContactDue))
	require.Equal(t, "2026-11-24 10:00", l.due(process.FollowUp), "somebody decides how it goes on")
	require.Equal(t, process.Conflict, l.refuses("ann", call(lead.NoAnswer)).Code)
	require.Equal(t, process.Conflict, l.refuses("ann", process.Happening{What: process.DidMessage, Message: &process.MessageAsked{ID: otherID}}).Code)
	l.booked(lead.VideoMeeting, "2026-11-27 14:00").until("2026-11-27 15:00")
	require.Empty(t, only(l.heard(), "customer"), "not even about an appointment")

	l.forget()
	l.does("ann", wish(lead.Email))
	require.Empty(t, l.happened(), "told twice")
	require.Empty(t, l.last.Spread)

	// He calls by himself, and it is logged.
	in := call(lead.Reached)
	in.Attempt.Direction = lead.In
	l.does("ann", in)
}

// Whoever must not be called can be closed for that, though no attempt could
// prove it any more, and whoever must not be mailed needs no mail.
func TestALeadThatMustNotBeContactedCanBeClosed(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").does("customer", wish(lead.Phone))
	l.does("ann", closing("refused_call", nil))
	require.Equal(t, lead.Closing, l.state.Status)

	mailed := rings(t, standard(t), "2026-11-23 10:00").does("customer", wish(lead.Email))
	triedEnough(mailed)
	mailed.does("ann", closing("not_reached", nil)).does("mia", decision(true))
	require.Empty(t, only(mailed.heard(), "customer: tried"))
}

func TestNoMoreCallsIsSpreadToHisOtherLeads(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.Reached)
	l.does("ann", closing("no_more_calls", map[string]string{"channels": "phone, sms"}))
	require.Equal(t, []lead.Channel{lead.Phone, lead.SMS}, l.last.Spread)
	require.Equal(t, []lead.Channel{lead.Phone, lead.SMS}, l.state.Reach.Refused)
	require.Equal(t, []lead.Channel{lead.Phone, lead.SMS}, l.entry("follow_up_done")["channels"])
}

func TestAWishIsRefused(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00")
	for _, h := range []process.Happening{wish(), wish("fax"), {What: process.DidCustomer}} {
		require.Equal(t, "do_not_contact", l.refuses("ann", h).Field)
	}
}

func TestAMailThatFailsTakesItsEvidenceBack(t *testing.T) {
	t.Parallel()
	fate := func(template string, fate process.Fate) process.Happening {
		return process.Happening{What: process.WasDelivered, Delivered: []process.Delivery{
			{Message: otherID, Template: template, Hand: true, By: "ann", Fate: fate, Code: "refused_by_provider"},
		}}
	}
	l := rings(t, standard(t), "2026-11-23 10:00", withoutPhone).mailed("ask-for-phone").mailed("quote")
	require.Equal(t, 2, l.state.Evidence().MailsSent)
	require.Equal(t, "2026-11-23 10:00", l.local(l.state.Evidence().PhoneAskedAt))
	l.advance("1h").mailed("ask-for-phone")
	l.forget()
	l.do(fate("ask-for-phone", process.Failed))
	require.Equal(t, []string{"message_failed"}, l.happened())
	require.Equal(t, []string{"ann: message-failed by email, screen"}, l.heard())
	require.Equal(t, 2, l.state.Evidence().MailsSent)
	require.Equal(t, "2026-11-23 10:00", l.local(l.state.Evidence().PhoneAskedAt), "the other one went out")
	l.do(fate("ask-for-phone", process.Suppressed))
	require.Zero(t, l.state.Evidence().PhoneAskedAt)
	l.do(fate("quote", process.Unknown))
	require.Zero(t, l.state.Evidence().QuoteSentAt)
	require.Zero(t, l.state.Evidence().MailsSent)
	l.do(fate("quote", process.Failed))
	require.Zero(t, l.state.Evidence().MailsSent, "never less than none")

	l.advance("1h").mailed("quote")
	l.forget()
	l.do(fate("quote", process.Accepted))
	require.Equal(t, []string{"message_sent"}, l.happened())
	require.Equal(t, process.Actor("ann"), l.last.Events[0].Actor)
	require.Equal(t, 1, l.state.Evidence().MailsSent, "counted once")
}

func TestWhatTheProcessSendsByItself(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00")
	l.forget()
	l.do(process.Happening{What: process.WasDelivered, Delivered: []process.Delivery{
		{Template: "thank-you", Auto: true, Fate: process.Accepted, At: l.world.Now},
		{Template: "still-interested", Fate: process.Accepted},
	}})
	require.Equal(t, []string{"auto_response_sent", "message_sent"}, l.happened())
	require.Equal(t, l.world.Now, l.state.AutoRespondedAt)
	require.Equal(t, 1, l.state.Evidence().MailsSent, "the automatic answer is not counted")
	require.Zero(t, l.state.FirstLiveAt)
	require.NotNil(t, l.state.Clock(process.LiveResponse))
}

func TestABounceIsAnEventAndMailingStops(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00")
	l.forget()
	bounce := process.Happening{What: process.DidCustomer, Customer: &process.CustomerWish{Bounced: true}}
	l.does("system", bounce)
	require.Equal(t, []string{"message_bounced"}, l.happened())
	require.Equal(t, []string{"ann: message-failed by email, screen"}, l.heard(), "she has to call")
	require.Equal(t, process.Conflict, l.refuses("ann", process.Happening{What: process.DidMessage, Message: &process.MessageAsked{ID: otherID}}).Code)
	for range 45 { // providers tell it many times
		l.does("system", bounce)
	}
	require.Empty(t, l.happened())
	l.does("ann", closing("wrong_personal_data", nil))
	require.Equal(t, lead.Closing, l.state.Status)
}

func TestTheProviderSendsTheLeadAgainWithANumber(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00", withoutPhone).does("customer", wish(lead.Email)).until("2026-11-25 11:00")
	require.Equal(t, "never", l.due(process.CallAttempt))
	l.forget()
	l.do(process.Happening{What: process.WasResent, Resent: &process.Resent{
		Raw: otherID, Changed: []string{"phone"}, Reach: process.Reach{Phone: true, Email: true},
	}})
	require.Equal(t, []string{"message_received"}, l.happened())
	require.Equal(t, []string{"bob: customer-acted by email, screen"}, l.heard())
	require.Equal(t, []lead.Channel{lead.Email}, l.state.Reach.Refused, "what he refused stands")
	require.Equal(t, "2026-11-25 11:15", l.due(process.CallAttempt), "a call that could not be made was not due before")
	require.Equal(t, "never", l.due(process.FollowUp))
}

func TestTheSamePersonComesInAgain(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.NoAnswer)
	l.forget()
	before := l.state
	l.do(process.Happening{What: process.WasLinked, Linked: &process.Linked{Lead: otherID, Source: "website", SameCar: true}})
	require.Equal(t, map[string]any{"lead_id": otherID, "source": "website", "same_car": true}, l.entry("duplicate_linked"))
	require.Equal(t, []string{"ann: customer-acted by email, screen"}, l.heard())
	require.Equal(t, "asked_again", l.last.Mails[0].Ref)
	require.Nil(t, l.state.Clock(process.ContactDue), "whoever asks again need not be asked whether he is still interested")
	before.Step++
	before.Clocks, before.AnsweredAt = l.state.Clocks, l.world.Now
	require.Equal(t, before, l.state)
}
