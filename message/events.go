package message

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/lead"
)

// MailEvent is what SendGrid tells about one of our mails.
type MailEvent struct {
	ID      string    // SendGrid's own, the same whenever the event is told again
	Message uuid.UUID // id of the ledger's row
	Is      lead.Delivery
	Code    string    // an enhanced status such as 5.1.1, or one of our own words; never SendGrid's text
	At      time.Time // when it happened, UTC
	// Address is the recipient, as SendGrid writes it: the ledger does not keep
	// to which of a customer's addresses a mail went.
	Address string
}

// MailEvents is what was found in one post.
type MailEvents struct {
	Ours []MailEvent
	// Others counts events of mails that other programs sent through the same
	// account, and kinds that are not asked for, such as opened mails.
	Others int
	// Unreadable counts entries that are about a mail of ours and cannot be
	// read. The others of the same post are not lost with them.
	Unreadable int
}

// MostEvents bounds one post: SendGrid sends far fewer at a time.
const MostEvents = 10_000

// ErrNoEvents says that a body is no list of events.
var ErrNoEvents = errors.New("the body is not a JSON list of events")

// mailEvent is the part of SendGrid's event that is read. Every field is looked
// at by itself, so that one of another type spoils no other.
type mailEvent struct {
	Event   json.RawMessage `json:"event"`
	ID      json.RawMessage `json:"sg_event_id"`
	At      json.RawMessage `json:"timestamp"`
	Type    json.RawMessage `json:"type"`
	Status  json.RawMessage `json:"status"`
	Reason  json.RawMessage `json:"reason"`
	Email   json.RawMessage `json:"email"`
	Message json.RawMessage `json:"doorbell_message"` // CustomArg
}

// ReadMailEvents reads the body of a post. It returns ErrNoEvents for what is no
// JSON list, or one that is too long.
func ReadMailEvents(body []byte) (MailEvents, error) {
	var out MailEvents
	d := json.NewDecoder(bytes.NewReader(body))
	if first, err := d.Token(); err != nil || first != json.Delim('[') {
		return out, ErrNoEvents
	}
	for n := 0; d.More(); n++ {
		var entry json.RawMessage
		if err := d.Decode(&entry); err != nil || n >= MostEvents {
			return out, ErrNoEvents
		}
		var e mailEvent
		if json.Unmarshal(entry, &e) != nil {
			out.Unreadable++ // no object
			continue
		}
		out.add(e)
	}
	if _, err := d.Token(); err != nil {
		return out, ErrNoEvents
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return out, ErrNoEvents
	}
	return out, nil
}

func (m *MailEvents) add(e mailEvent) {
	message, err := uuid.Parse(plainText(e.Message))
	if err != nil {
		m.Others++ // every mail of ours carries its id
		return
	}
	is, code := e.means()
	if is == "" {
		m.Others++
		return
	}
	at, ok := instantOf(e.At)
	if !ok {
		m.Unreadable++
		return
	}
	m.Ours = append(m.Ours, MailEvent{
		ID: e.id(message, is, at), Message: message, Is: is, Code: code, At: at, Address: strings.TrimSpace(plainText(e.Email)),
	})
}

// drops are SendGrid's reasons for not sending a mail, as the beginning of a
// text in lower case, and what each says about the address. Its own list of bad
// addresses is older than ours may be.
var drops = []struct {
	reason string
	is     lead.Delivery
	code   string
}{
	{"bounced address", lead.MailBounced, "on_provider_list"},
	{"spam reporting address", lead.MailReported, "on_provider_list"},
	{"unsubscribed address", lead.MailUnsubscribed, "on_provider_list"},
	{"invalid smtpapi", lead.MailDropped, "refused_by_provider"},
	{"invalid", lead.MailBounced, "invalid_address"},
	{"spam content", lead.MailDropped, "spam_content"},
	{"recipient list over package quota", lead.MailDropped, "over_quota"},
}

// means translates SendGrid's word, "" for one that is not asked for.
func (e mailEvent) means() (is lead.Delivery, code string) {
	switch plainText(e.Event) {
	case "processed":
		return lead.MailProcessed, ""
	case "deferred":
		return lead.MailDeferred, status(e.Status)
	case "delivered":
		return lead.MailDelivered, ""
	case "bounce":
		// A block is told as a bounce of another type: the server turned the
		// mail away, the address may be right.
		if strings.EqualFold(plainText(e.Type), "blocked") {
			return lead.MailBlocked, status(e.Status)
		}
		return lead.MailBounced, status(e.Status)
	case "blocked":
		return lead.MailBlocked, status(e.Status)
	case "dropped":
		reason := strings.ToLower(plainText(e.Reason))
		for _, drop := range drops {
			if strings.HasPrefix(reason, drop.reason) {
				return drop.is, drop.code
			}
		}
		return lead.MailDropped, "refused_by_provider"
	case "spamreport":
		return lead.MailReported, ""
	case "unsubscribe", "group_unsubscribe":
		return lead.MailUnsubscribed, ""
	}
	return "", ""
}

var enhancedStatus = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}$`)

// status returns an enhanced mail status: digits that say why, and nothing of
// the text beside them, which repeats addresses.
func status(raw json.RawMessage) string {
	if code := plainText(raw); enhancedStatus.MatchString(code) {
		return code
	}
	return ""
}

// longestEventID is more than SendGrid says that its ids have.
const longestEventID = 200

// id is SendGrid's id of the event. Some events of old had none; they are known
// by what they say.
func (e mailEvent) id(message uuid.UUID, is lead.Delivery, at time.Time) string {
	if id := plainText(e.ID); id != "" && len(id) <= longestEventID && strings.IndexFunc(id, unprintable) < 0 {
		return id
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", message, is, at.Unix()))
	return "none-" + hex.EncodeToString(sum[:16])
}

func unprintable(r rune) bool { return r <= ' ' || r > '~' }

// plainText returns a JSON string or number as text, "" for anything else.
func plainText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		return number.String()
	}
	return ""
}

// The instants that an event can have, in Unix seconds: of this century, so that
// every database and every language can write it.
const (
	earliestEvent = 946_684_800   // 2000-01-01
	latestEvent   = 4_102_444_800 // 2100-01-01
)

func instantOf(raw json.RawMessage) (time.Time, bool) {
	seconds, err := strconv.ParseInt(plainText(raw), 10, 64)
	if err != nil || seconds < earliestEvent || seconds >= latestEvent {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0).UTC(), true
}
