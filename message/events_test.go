package message_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
)

const ledgerID = "0199f2c4-7b1e-7c3a-9d52-3f0c8a1b6e47"

// told is one event as SendGrid writes it, with more fields where asked.
func told(event, more string) string {
	return `{"email":"jan@mail.example","timestamp":1764000000,"smtp-id":"<x@y>","event":"` + event + `","sg_event_id":"ev-1",` +
		`"sg_message_id":"14c5.filter","doorbell_message":"` + ledgerID + `"` + more + `}`
}

func TestWhatSendGridSaysAboutAMail(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		event, more string
		is          lead.Delivery
		code        string
	}{
		{"processed", ``, lead.MailProcessed, ""},
		{"deferred", `,"response":"450 jan@mail.example: later","attempt":"5","status":"4.2.1"`, lead.MailDeferred, "4.2.1"},
		{"delivered", `,"response":"250 OK"`, lead.MailDelivered, ""},
		{"bounce", `,"type":"bounce","status":"5.1.1","reason":"550 jan@mail.example unknown"`, lead.MailBounced, "5.1.1"},
		{"bounce", `,"status":"550 jan@mail.example"`, lead.MailBounced, ""},
		{"bounce", `,"type":"blocked","status":"4.7.1"`, lead.MailBlocked, "4.7.1"},
		{"blocked", `,"status":5`, lead.MailBlocked, ""},
		{"dropped", `,"reason":"Bounced Address"`, lead.MailBounced, "on_provider_list"},
		{"dropped", `,"reason":"Invalid"`, lead.MailBounced, "invalid_address"},
		{"dropped", `,"reason":"Invalid SMTPAPI header"`, lead.MailDropped, "refused_by_provider"},
		{"dropped", `,"reason":"Spam Reporting Address"`, lead.MailReported, "on_provider_list"},
		{"dropped", `,"reason":"Unsubscribed Address"`, lead.MailUnsubscribed, "on_provider_list"},
		{"dropped", `,"reason":"Spam Content (if Spam Checker app is enabled)"`, lead.MailDropped, "spam_content"},
		{"dropped", `,"reason":"Recipient List over Package Quota"`, lead.MailDropped, "over_quota"},
		{"dropped", `,"reason":{"new":"form"}`, lead.MailDropped, "refused_by_provider"},
		{"spamreport", ``, lead.MailReported, ""},
		{"unsubscribe", ``, lead.MailUnsubscribed, ""},
		{"group_unsubscribe", `,"asm_group_id":1`, lead.MailUnsubscribed, ""},
	} {
		got, err := message.ReadMailEvents([]byte("[" + told(c.event, c.more) + "]\r\n"))
		require.NoError(t, err)
		require.Equal(t, message.MailEvents{Ours: []message.MailEvent{{
			ID: "ev-1", Message: uuid.MustParse(ledgerID), Is: c.is, Code: c.code, At: time.Unix(1764000000, 0).UTC(), Address: "jan@mail.example",
		}}}, got, "%s %s", c.event, c.more)
	}
}

func TestOneBadEventSpoilsNoOther(t *testing.T) {
	t.Parallel()
	late := strings.Replace(told("delivered", ""), "1764000000", `"1764000001"`, 1) // some senders quote numbers
	got, err := message.ReadMailEvents([]byte("[" + strings.Join([]string{
		told("processed", ""),
		told("open", `,"useragent":"Mozilla"`), told("click", `,"url":"https://x"`), told("group_resubscribe", ""), told("account_status_change", ""),
		`{"event":"bounce","timestamp":1,"email":"x@y.example"}`, strings.Replace(told("bounce", ""), ledgerID, "newsletter-12", 1),
		`17`, `"text"`, `[]`, strings.Replace(told("bounce", ""), "1764000000", `"soon"`, 1), strings.Replace(told("bounce", ""), "1764000000", `1e99`, 1),
		late,
	}, ",") + "]"))
	require.NoError(t, err)
	require.Len(t, got.Ours, 2)
	require.Equal(t, 6, got.Others)
	require.Equal(t, 5, got.Unreadable)
	require.Equal(t, int64(1764000001), got.Ours[1].At.Unix())
}

func TestAnEventWithoutAnIDIsKnownByWhatItSays(t *testing.T) {
	t.Parallel()
	id := func(event string) string {
		got, err := message.ReadMailEvents([]byte("[" + strings.Replace(event, `"sg_event_id":"ev-1",`, "", 1) + "]"))
		require.NoError(t, err)
		return got.Ours[0].ID
	}
	require.Equal(t, id(told("bounce", "")), id(told("bounce", `,"attempt":"2"`)))
	require.NotEqual(t, id(told("bounce", "")), id(told("delivered", "")))
	for _, strange := range []string{`""`, `"with blank"`, `"\u0000"`, `"` + strings.Repeat("x", 300) + `"`, `{}`, `null`} {
		got, err := message.ReadMailEvents([]byte("[" + strings.Replace(told("bounce", ""), `"ev-1"`, strange, 1) + "]"))
		require.NoError(t, err)
		require.Equal(t, id(told("bounce", "")), got.Ours[0].ID)
	}
}

func TestABodyThatIsNoListOfEvents(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"", "{}", "null", "[", "[{]", `[` + told("processed", "") + `] []`, `[` + told("processed", ""), "<xml/>",
		"[" + strings.Repeat("0,", message.MostEvents) + "0]", strings.Repeat("[", 200_000),
	} {
		_, err := message.ReadMailEvents([]byte(body))
		require.ErrorIs(t, err, message.ErrNoEvents)
	}
}

// Whatever is posted, reading it neither panics nor lets anything through that
// the ledger could not hold.
func FuzzMailEvents(f *testing.F) {
	for _, seed := range []string{
		"[]", "[" + told("bounce", `,"type":"blocked","status":"5.1.1"`) + "]", "[" + told("dropped", `,"reason":"Invalid"`) + "," + told("open", "") + "]",
		`[{"event":1,"timestamp":"x","doorbell_message":"` + ledgerID + `","sg_event_id":[]}]`, `[[[[]]]]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := message.ReadMailEvents(body)
		if err != nil {
			require.ErrorIs(t, err, message.ErrNoEvents)
		}
		require.LessOrEqual(t, len(got.Ours)+got.Others+got.Unreadable, message.MostEvents)
		for _, e := range got.Ours {
			require.Contains(t, lead.Deliveries, e.Is)
			require.Regexp(t, `^[!-~]{1,200}$`, e.ID)
			require.Regexp(t, `^([245]\.\d{1,3}\.\d{1,3}|[a-z_]{0,30})$`, e.Code)
			require.Equal(t, time.UTC, e.At.Location())
			require.False(t, e.At.Year() < 2000 || e.At.Year() > 2100)
		}
	})
}
