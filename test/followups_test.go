package test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"google.golang.org/protobuf/encoding/prototext"

	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/workflows"
)

const mia = "mia@demo.example" // the marketer

// withMarketer starts a dealer with a marketer beside his people.
func withMarketer(t *testing.T, policy string) dealer {
	t.Helper()
	return opensWith(t, dealership.Options{Opens: "2026-11-24 10:00", Policy: policy, Staff: append(dealership.Staff(), marketer)})
}

// followUp is one follow-up of a lead.
type followUp struct {
	d  dealer
	id string
}

// followUp finds the follow-up of a kind.
func (l lead) followUp(kind string) followUp {
	l.d.t.Helper()
	answer := l.d.door.As(manager, http.MethodGet, "/v1/follow-ups?status=open,done,dropped&kind="+kind+"&lead="+l.id, nil)
	require.Equal(l.d.t, http.StatusOK, answer.Status, answer.Text)
	items := answer.Body["items"].([]any)
	require.Len(l.d.t, items, 1, answer.Text)
	return followUp{l.d, items[0].(map[string]any)["id"].(string)}
}

func (f followUp) now() map[string]any {
	f.d.t.Helper()
	answer := f.d.door.As(manager, http.MethodGet, "/v1/follow-ups/"+f.id, nil)
	require.Equal(f.d.t, http.StatusOK, answer.Status, answer.Text)
	return answer.Body
}

// is says what a field of the follow-up holds, as text; of people the address.
func (f followUp) is(field string) string {
	f.d.t.Helper()
	switch v := f.now()[field].(type) {
	case nil:
		return ""
	case map[string]any:
		return v["email"].(string)
	default:
		return v.(string)
	}
}

// does settles the follow-up or gives it away.
func (f followUp) does(who, action string, body map[string]any) dealership.Answer {
	f.d.t.Helper()
	answer := f.d.door.As(who, http.MethodPost, "/v1/follow-ups/"+f.id+"/"+action, body)
	f.d.Settle()
	return answer
}

// closesAs closes a lead with a reason, approved by the manager where he has to.
func (l lead) closesAs(reason string, details map[string]any) {
	l.d.t.Helper()
	answer := l.closes(l.owner(), reason, details)
	if answer.Status == http.StatusAccepted {
		answer = l.does(manager, "closing/approve", nil)
	}
	require.Equal(l.d.t, http.StatusOK, answer.Status, answer.Text)
	require.Equal(l.d.t, "closed", l.is("status"))
	l.d.Settle()
}

// wrongNumber is a lead of the portal that turns out to be worth nothing.
func (d dealer) wrongNumber() lead {
	d.t.Helper()
	l := d.receives(enquiry{source: "portal"})
	wrong(l)
	l.closesAs("wrong_personal_data", nil)
	return l
}

// R11: a lead that was not worth its money is claimed back at the portal. The
// marketer does it, the manager hears of it when she does not, and the outcome
// is known.
func TestMoneyIsClaimedBack(t *testing.T) {
	d := withMarketer(t, "")
	claim := d.wrongNumber().followUp("refund_claim")
	require.Equal(t, mia, claim.is("owner"))
	require.Equal(t, "open", claim.is("status"))
	require.Equal(t, "2026-11-24", claim.is("due_on"))
	require.Len(t, d.Mails(mia), 1, "she is asked")
	before := len(d.Mails(manager))

	d.AdvanceTo(d.At("2026-11-26 17:59")) // due on Wednesday, escalated a day later
	require.Len(t, d.Mails(manager), before+1, "the manager hears that she did not")
	require.EqualValues(t, 1, claim.now()["escalation_step"])
	overdue := d.door.As(manager, http.MethodGet, "/v1/follow-ups?overdue=true&owner="+mia, nil)
	require.Len(t, overdue.Body["items"], 1)

	require.Equal(t, http.StatusForbidden, claim.does(sam, "done", map[string]any{"note": "Did it", "outcome": "granted"}).Status, "it is not his")
	require.Equal(t, http.StatusUnprocessableEntity, claim.does(mia, "done", map[string]any{"note": "Did it"}).Status, "what did they say?")
	answer := claim.does(mia, "done", map[string]any{"note": "Credited on the November bill", "outcome": "granted"})
	require.Equal(t, http.StatusOK, answer.Status, answer.Text)
	require.Equal(t, "done", claim.is("status"))
	require.Equal(t, "granted", claim.is("outcome"))
	require.Equal(t, mia, claim.is("settled_by"))
	require.Equal(t, "Credited on the November bill", claim.is("note"))
	require.Contains(t, d.summary(lead{d, answer.Body["lead"].(map[string]any)["id"].(string)}, "follow_up_done"), "the provider granted it")
	require.Equal(t, http.StatusConflict, claim.does(mia, "drop", map[string]any{"note": "no"}).Status, "once is enough")

	mails := len(d.Mails(""))
	d.Advance("72h")
	require.Len(t, d.Mails(""), mails, "and it is over")
}

// What people write about a follow-up stays with the dealer.
func TestWordsAboutAFollowUpStayOutOfTemporal(t *testing.T) {
	d := withMarketer(t, "")
	claim := d.wrongNumber().followUp("refund_claim")
	require.Equal(t, http.StatusOK, claim.does(mia, "assign", map[string]any{"to": manager, "note": "canarynote"}).Status)
	require.Equal(t, http.StatusOK, claim.does(mia, "drop", map[string]any{"note": "canarynote"}).Status)
	ctx := context.Background()
	found := ""
	history := d.Client.GetWorkflowHistory(ctx, workflows.FollowUpID(claim.id), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		e, err := history.Next()
		require.NoError(t, err)
		found += prototext.Format(e)
	}
	require.Contains(t, found, "dropped", "payloads are searched as they are")
	for _, marked := range []string{"canary", "demo.example"} {
		require.NotContains(t, found, marked)
	}
}

// R11: a lead for the workshop is handed to the workshop by mail, and nobody has
// to do it.
func TestALeadForAnotherDepartmentIsHandedOver(t *testing.T) {
	const department = "service@workshop.example"
	d := withMarketer(t, brief+"departments: {service: "+department+"}\n")
	l := d.receives(enquiry{name: "Workshop"})
	l.closesAs("not_for_bdc", map[string]any{"department": "service"})
	handed := l.followUp("hand_over")
	d.Await(func() bool { return handed.is("status") == "done" }, "the mail is accepted")
	require.Len(t, d.Mails(department), 1)
	require.Contains(t, d.Mails(department)[0].Text, "Workshop", "with who it is")
	require.Equal(t, "handed over by mail", handed.is("why"))
	require.Equal(t, "system", handed.is("settled_by"))

	// A department without an address is a person's task.
	other := d.receives(enquiry{})
	other.closesAs("not_for_bdc", map[string]any{"department": "parts"})
	handed = other.followUp("hand_over")
	require.Equal(t, "open", handed.is("status"))
	require.Equal(t, manager, handed.is("owner"))
	require.Equal(t, http.StatusOK, handed.does(manager, "done", map[string]any{"note": "Walked over"}).Status)
}

// R11: who wants to come by on his own gets a friendly mail, and somebody looks
// whether he came.
func TestWhoWantsToComeByHimselfIsReminded(t *testing.T) {
	d := withMarketer(t, "")
	l := d.receives(enquiry{email: "byhimself@mail.example"})
	reached(l)
	owner := l.owner()
	mails := len(d.Mails("byhimself@mail.example"))
	l.closesAs("visits_on_own_initiative", map[string]any{"expected": "2026-12-05"})
	reminder := l.followUp("soft_reminder")
	d.Await(func() bool { return reminder.is("status") == "done" }, "it is mailed")
	require.Len(t, d.Mails("byhimself@mail.example"), mails+1)
	require.Equal(t, "mailed", reminder.is("why"))

	check := l.followUp("check_after_date")
	require.Equal(t, "2026-12-05", check.is("due_on"))
	require.Equal(t, owner, check.is("owner"))
	asked := len(d.Mails(owner))
	d.AdvanceTo(d.At("2026-12-05 09:01")) // a Saturday, open from 9:00
	require.Len(t, d.Mails(owner), asked+1, "on the day his salesperson is asked")
	require.Equal(t, http.StatusOK, check.does(owner, "done", map[string]any{"note": "He came, and bought nothing"}).Status)
}

// notReached closes a lead that nobody could reach, on the fourth day.
func (d dealer) notReached(e enquiry) lead {
	d.t.Helper()
	l := d.receives(e)
	sixCalls(l)
	mailed(l)
	l.closesAs("not_reached", nil)
	return l
}

// R11: who could not be reached is tried again after a month: a new run of the
// process, with its own clocks, linked to the old one. The customer asked nothing
// now and gets no thank-you.
func TestACustomerIsTriedAgainAfterAMonth(t *testing.T) {
	d := withMarketer(t, "")
	l := d.notReached(enquiry{email: "later@mail.example"})
	again := l.followUp("try_again")
	require.Equal(t, "2026-12-26", again.is("due_on"))
	mails := len(d.Mails("later@mail.example"))

	d.AdvanceTo(d.At("2026-12-28 08:29")) // the day itself is Boxing Day, then Sunday
	require.Equal(t, "open", again.is("status"))
	d.AdvanceTo(d.At("2026-12-28 08:31"))
	require.Equal(t, "done", again.is("status"))
	next := lead{d, again.is("new_lead_id")}
	require.Equal(t, "open", next.is("status"))
	require.Equal(t, []any{l.id}, next.now()["linked"])
	require.Equal(t, []any{next.id}, l.now()["linked"])
	require.Equal(t, "closed", l.is("status"))
	require.NotEmpty(t, next.owner())
	deadline := next.now()["deadlines"].([]any)[0].(map[string]any)
	require.Contains(t, []any{"live_response", "call_attempt"}, deadline["kind"])
	require.Contains(t, d.summary(next, "step_skipped"), "the customer asked nothing now")
	require.Contains(t, d.summary(next, "duplicate_linked"), "trying again later")
	require.Len(t, d.Mails("later@mail.example"), mails, "no thank-you mail")
	next.calls("reached")
	require.Equal(t, "conversation", next.is("stage"))
}

// R28: nobody is tried again who does not want it any more.
func TestWhoObjectedIsNotTriedAgain(t *testing.T) {
	d := withMarketer(t, "")
	l := d.notReached(enquiry{})
	l.does(manager, "customer", map[string]any{"do_not_contact": true})
	d.AdvanceTo(d.At("2026-12-28 08:31"))
	again := l.followUp("try_again")
	require.Equal(t, "dropped", again.is("status"))
	require.Equal(t, "the customer cannot or must not be contacted", again.is("why"))
	require.Empty(t, again.is("new_lead_id"))
}

// Nor is anybody who asked again himself and is being helped already.
func TestWhoAsksAgainHimselfIsNotTriedAgain(t *testing.T) {
	d := withMarketer(t, "")
	l := d.notReached(enquiry{phone: "06 44556677"})
	d.AdvanceTo(d.At("2026-12-24 12:00"))
	fresh := d.receives(enquiry{phone: "06 44556677", car: "Dacia Duster"})
	d.AdvanceTo(d.At("2026-12-28 08:31"))
	again := l.followUp("try_again")
	require.Equal(t, "dropped", again.is("status"))
	require.Equal(t, "the customer has an open lead", again.is("why"))
	require.Equal(t, "open", fresh.is("status"))
}

// brief is a policy with a letter after an hour.
const brief = `
name: brief
timezone: Europe/Amsterdam
country: NL
calendar: {open: {mon-fri: "08:30-18:00"}}
tracks:
  standard:
    live_response: {due: 8h, remind_before: 0s}
    contact: [{at: 1h, task: letter}]
follow_ups:
  letter: {within: 2h, escalate: [{after: 1h, to: sales_manager, notify: [email, screen]}]}
`

// R35: beside the calls the owner writes a letter. He is asked, the manager
// hears of it when he does not, and an answer of the customer makes it needless.
func TestALetterIsATask(t *testing.T) {
	d := withMarketer(t, brief)
	l := d.receives(enquiry{})
	owner := l.owner()
	mails := len(d.Mails(owner))
	d.Advance("61m")
	letter := l.followUp("letter")
	require.Equal(t, owner, letter.is("owner"))
	require.Empty(t, letter.is("reason"), "no closing asked for it")
	require.Len(t, d.Mails(owner), mails+1)
	told := len(d.Mails(manager))
	d.Advance("2h")
	require.Len(t, d.Mails(manager), told)
	d.Advance("1h")
	require.Len(t, d.Mails(manager), told+1, "it is two hours late")

	l.does(owner, "attempts", map[string]any{"channel": "phone", "direction": "in", "outcome": "reached"})
	require.Equal(t, "dropped", letter.is("status"))
	require.Equal(t, "the customer answered", letter.is("why"))
	require.Equal(t, http.StatusConflict, letter.does(owner, "done", map[string]any{"note": "Posted"}).Status)
	d.Advance("48h")
	require.Equal(t, 1, strings.Count(d.summary(l, "escalated"), "(letter)"), "and it is over")

	// One that was written is not asked for again.
	other := d.receives(enquiry{})
	d.Advance("61m")
	require.Equal(t, http.StatusOK, other.followUp("letter").does(other.owner(), "done", map[string]any{"note": "Posted"}).Status)
	require.Contains(t, d.summary(other, "follow_up_done"), "Letter done")
}

// R28: do-not-contact holds at once for every open lead of that person.
func TestDoNotContactHoldsEverywhereAtOnce(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	one := d.receives(enquiry{phone: "06 55667788", email: "leaveme@mail.example"})
	two := d.receives(enquiry{phone: "06 55667788", email: "leaveme@mail.example", car: "Dacia Duster"})
	reached(one)
	one.closesAs("no_more_calls", map[string]any{"channels": []string{"phone", "email", "sms"}})
	stop := one.followUp("do_not_contact")
	require.Equal(t, "done", stop.is("status"))
	require.Equal(t, "system", stop.is("settled_by"))
	require.ElementsMatch(t, []any{"phone", "email", "sms"}, two.now()["customer"].(map[string]any)["do_not_contact"])
	require.Contains(t, d.summary(two, "follow_up_done"), "Do-not-contact")
	for _, deadline := range two.now()["deadlines"].([]any) {
		require.NotEqual(t, "call_attempt", deadline.(map[string]any)["kind"], "nobody is asked to call")
	}
	mails := len(d.Mails("leaveme@mail.example"))
	d.Advance("48h")
	require.Len(t, d.Mails("leaveme@mail.example"), mails, "the mail of the next day is left out")
}

// R14: who leaves the company leaves nothing undone behind.
func TestAFollowUpFindsAnotherOwner(t *testing.T) {
	d := withMarketer(t, "")
	l := d.wrongNumber()
	claim := l.followUp("refund_claim")
	d.Advance("20h")
	due := claim.is("due_at")
	answer := d.door.As(manager, http.MethodPost, "/v1/staff/"+d.StaffID(mia)+"/leave", map[string]any{})
	require.Equal(t, http.StatusOK, answer.Status, answer.Text)
	d.Await(func() bool { return claim.is("owner") == manager }, "the manager gets it")
	require.Greater(t, claim.is("due_at"), due, "he has his own time for it")
	require.Contains(t, d.summary(l, "assigned"), "because the owner left")
	require.Equal(t, http.StatusOK, claim.does(manager, "assign", map[string]any{"to": sam, "note": "He knows them"}).Status)
	require.Equal(t, sam, claim.is("owner"))
	require.Equal(t, http.StatusOK, claim.does(sam, "done", map[string]any{"note": "They say no", "outcome": "refused"}).Status)
}
