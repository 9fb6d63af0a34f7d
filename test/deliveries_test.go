package test

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/internal/testkit/sendgridtest"
	"github.com/doorbell-ilm/doorbell/message"
)

// posted is a dealer whose mail goes through SendGrid, which tells him what
// becomes of it.
type posted struct {
	dealer
	post *sendgridtest.Server
	hook *sendgridtest.Webhook
}

func mailsThroughSendGrid(t *testing.T) posted {
	t.Helper()
	p := posted{post: sendgridtest.New(t), hook: sendgridtest.NewWebhook(t)}
	sender, err := message.Choose(message.Settings{SendGridKey: sendgridtest.Key, SendGridBaseURL: p.post.URL, Timeout: 2 * time.Second})
	require.NoError(t, err)
	p.dealer = opensWith(t, dealership.Options{
		Opens: "2026-11-24 10:00", Sender: sender, MailEvents: p.hook.Key, Grace: time.Second, Cables: true,
	})
	return p
}

// mailTo is the latest mail that SendGrid has for somebody.
func (p posted) mailTo(who string) sendgridtest.Mail {
	p.t.Helper()
	for _, m := range slices.Backward(p.post.Mails()) {
		if m.To == who {
			return m
		}
	}
	p.t.Fatalf("no mail to %s", who)
	return sendgridtest.Mail{}
}

// sent counts the mails to somebody.
func (p posted) sent(who string) int {
	n := 0
	for _, m := range p.post.Mails() {
		if m.To == who {
			n++
		}
	}
	return n
}

// tells has SendGrid say what became of a mail, and waits until everybody knows.
func (p posted) tells(m sendgridtest.Mail, event string, more sendgridtest.Event) string {
	p.t.Helper()
	body := sendgridtest.Body(p.t, sendgridtest.About(m, event, p.Now(), more))
	require.Equal(p.t, http.StatusNoContent, p.hook.Post(p.door.URL+"/hooks/sendgrid", p.Now(), body))
	p.Settle()
	return body
}

// becameOf is what became of the latest mail to the customer of a lead.
func (l lead) becameOf() string {
	l.d.t.Helper()
	answer := l.d.door.As(manager, http.MethodGet, "/v1/leads/"+l.id+"/mails", nil)
	require.Equal(l.d.t, http.StatusOK, answer.Status, answer.Text)
	return answer.Body["items"].([]any)[0].(map[string]any)["state"].(string)
}

// A mail that arrives says so, once, however often SendGrid repeats itself.
func TestAMailThatArrives(t *testing.T) {
	p := mailsThroughSendGrid(t)
	l := p.receives(enquiry{email: "jan@mail.example"})
	mail := p.mailTo("jan@mail.example")
	require.Equal(t, "accepted", l.becameOf())
	body := p.tells(mail, "delivered", nil)
	require.Equal(t, "delivered", l.becameOf())
	var again sync.WaitGroup
	for range 45 {
		again.Go(func() { p.hook.Post(p.door.URL+"/hooks/sendgrid", p.At("2026-11-24 10:01"), body) })
	}
	again.Wait()
	require.Equal(t, 1, l.count("message_delivered"))
	require.Zero(t, l.count("message_bounced"))

	// What cannot be stored is not answered with yes: SendGrid tells it again.
	p.PostgresCable.Cut()
	at := p.At("2026-11-24 10:01")
	require.Equal(t, http.StatusServiceUnavailable, p.hook.Post(p.door.URL+"/hooks/sendgrid", at, body))
	p.PostgresCable.Mend()
	p.Await(func() bool { return p.hook.Post(p.door.URL+"/hooks/sendgrid", at, body) == http.StatusNoContent }, "Postgres is back")
}

// The automatic response comes back: the salesperson is told to call, nothing
// more is mailed to that address, and the plan says which mails it left out.
func TestAMailThatBouncesIsCalledInstead(t *testing.T) {
	p := mailsThroughSendGrid(t)
	l := p.receives(enquiry{email: "jan@mail.example"})
	l.calls("no_answer")
	p.Advance("45m")
	planned := l.now()["attempts"].(map[string]any)["next_due_at"]
	alerts := p.sent(sam)
	p.tells(p.mailTo("jan@mail.example"), "bounce", nil)

	p.Await(func() bool { return l.count("message_bounced") == 1 }, "the lead knows")
	p.Settle()
	require.Equal(t, "bounced", l.becameOf())
	require.Greater(t, p.sent(sam), alerts, "the salesperson is told")
	due := l.now()["attempts"].(map[string]any)["next_due_at"]
	require.Less(t, due, planned, "the next call is due at once")
	require.Nil(t, l.now()["auto_responded_at"], "the customer has no answer")

	require.Equal(t, http.StatusConflict, l.tries(sam, "messages", map[string]any{"template": "still-interested"}).Status, "nobody mails him by hand")
	skipped := l.count("step_skipped")
	p.AdvanceTo(p.At("2026-11-25 09:05"))
	require.Greater(t, l.count("step_skipped"), skipped, "nor does the plan")
	require.Equal(t, 1, p.sent("jan@mail.example"))
}

// A customer calls our mail spam: he is not mailed about anything any more, and
// no manager can undo that.
func TestAMailThatIsCalledSpam(t *testing.T) {
	p := mailsThroughSendGrid(t)
	l := p.receives(enquiry{email: "jan@mail.example", phone: "06 12345678"})
	other := p.receives(enquiry{email: "jan@mail.example", phone: "06 12345678", car: "Renault Clio"})
	sent := p.sent("jan@mail.example")
	p.tells(p.mailTo("jan@mail.example"), "spamreport", nil)
	p.Await(func() bool { return l.count("message_bounced")+other.count("message_bounced") > 0 }, "the lead knows")
	for _, one := range []lead{l, other} {
		if one.is("status") == "open" {
			p.Await(func() bool { return !p.State(one.id).Reach.Email }, "so does his other lead")
			require.Equal(t, http.StatusConflict, one.tries(sam, "messages", map[string]any{"template": "still-interested"}).Status)
		}
	}
	p.AdvanceTo(p.At("2026-11-25 09:05"))
	require.Equal(t, sent, p.sent("jan@mail.example"))
	list := p.door.As(manager, http.MethodGet, "/v1/suppressions", nil)
	id := list.Body["items"].([]any)[0].(map[string]any)["id"].(string)
	require.Equal(t, http.StatusConflict, p.door.As(manager, http.MethodDelete, "/v1/suppressions/"+id, map[string]any{}).Status)
}

// The address was mended: a manager has it mailed again.
func TestAnAddressThatWorksAgain(t *testing.T) {
	p := mailsThroughSendGrid(t)
	l := p.receives(enquiry{email: "jan@mail.example"})
	p.tells(p.mailTo("jan@mail.example"), "bounce", nil)
	p.Await(func() bool { return l.count("message_bounced") == 1 }, "the lead knows")
	list := p.door.As(manager, http.MethodGet, "/v1/suppressions", nil)
	id := list.Body["items"].([]any)[0].(map[string]any)["id"].(string)
	require.Equal(t, http.StatusForbidden, p.door.As(sam, http.MethodDelete, "/v1/suppressions/"+id, map[string]any{}).Status)
	require.Equal(t, http.StatusOK, p.door.As(manager, http.MethodDelete, "/v1/suppressions/"+id, map[string]any{}).Status)
	p.Settle()
	p.Await(func() bool { return p.State(l.id).Reach.Email }, "the lead knows")
	l.does(l.owner(), "messages", map[string]any{"template": "still-interested"})
	require.Equal(t, 2, p.sent("jan@mail.example"))
}

// SendGrid took the mail and its answer was lost. When it tells that it has the
// mail, the customer gets no second one.
func TestALostAnswerThatSendGridMakesUpFor(t *testing.T) {
	p := mailsThroughSendGrid(t)
	p.post.Script(sendgridtest.AcceptThenReset(), sendgridtest.AcceptThenReset(), sendgridtest.AcceptThenReset())
	l := lead{p.dealer, p.posts(enquiry{email: "jan@mail.example"}).Body["id"].(string)}
	p.post.WaitFor(t, 3) // the customer, the owner and the manager
	for _, m := range p.post.Mails() {
		p.tells(m, "processed", nil)
	}
	p.Await(func() bool { return l.now()["auto_responded_at"] != nil }, "the lead knows that it was answered")
	require.Equal(t, 1, p.sent("jan@mail.example"))
	require.Equal(t, "accepted", l.becameOf())
}

// Nobody tells: it is sent once more, and when that answer is lost too, the
// lead says that nobody knows. News that comes the next morning is taken all the same.
func TestALostAnswerThatNobodyMakesUpFor(t *testing.T) {
	p := mailsThroughSendGrid(t)
	lost := make([]sendgridtest.Behaviour, 6)
	for i := range lost {
		lost[i] = sendgridtest.AcceptThenReset()
	}
	p.post.Script(lost...)
	l := lead{p.dealer, p.posts(enquiry{email: "jan@mail.example"}).Body["id"].(string)}
	p.post.WaitFor(t, 6)
	p.Await(func() bool { return l.count("message_failed") == 1 }, "the timeline says so")
	require.Equal(t, "unknown", l.becameOf())
	require.Equal(t, 2, p.sent("jan@mail.example"), "one duplicate at most")

	first := p.mailTo("jan@mail.example")
	at := p.Now()
	p.Advance("20h")
	body := sendgridtest.Body(t, sendgridtest.About(first, "delivered", at, nil))
	require.Equal(t, http.StatusNoContent, p.hook.Post(p.door.URL+"/hooks/sendgrid", at, body))
	p.Settle()
	require.Equal(t, "delivered", l.becameOf())
	p.Await(func() bool { return l.count("message_delivered") == 1 }, "the timeline says so")
}
