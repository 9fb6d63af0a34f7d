package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/intake"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// ColleagueUnreachable is told to managers on the screen when a mail to a
// colleague came back: what he is asked to do does not reach him.
const ColleagueUnreachable = "colleague-unreachable"

// HeardOfMails says what was new in what the provider told.
type HeardOfMails struct {
	// Fresh are the events that were told for the first time.
	Fresh []message.MailEvent
	// Repeated counts events that were told before, and Strange those of
	// messages that this database does not know.
	Repeated, Strange int
	// Reconciled lists messages whose own send was not answered, and which the
	// provider turned out to have.
	Reconciled []uuid.UUID
	// Colleagues lists those of the staff to whom a mail came back.
	Colleagues []uuid.UUID
	// Told says that something is in the outbox.
	Told bool
}

// HearOfMails writes down what the provider told about mails, and all that
// follows from it: how the ledger stands, which addresses are not mailed any
// more, what the leads have to be told. Everything about one lead is one
// transaction. An event counts once, however often and in whatever order it
// comes, so that after an error the whole may be told again. ctx needs no scope.
func (s *Store) HearOfMails(ctx context.Context, events []message.MailEvent) (HeardOfMails, error) {
	var heard HeardOfMails
	of := map[uuid.UUID][]message.MailEvent{}
	ids := []uuid.UUID{}
	for _, e := range events {
		if of[e.Message] == nil {
			ids = append(ids, e.Message)
		}
		of[e.Message] = append(of[e.Message], e)
	}
	if len(ids) == 0 {
		return heard, nil
	}
	// Whose they are: an account of the provider may serve several dealers.
	known, err := s.MessagesTold(Across(ctx), ids)
	if err != nil {
		return heard, fmt.Errorf("messages of the events: %w", err)
	}
	heard.Strange = len(events)
	for _, m := range known {
		heard.Strange -= len(of[m.ID])
	}
	var failed error
	for first := 0; first < len(known); { // they come lead by lead
		end := first
		for end < len(known) && known[end].LeadID == known[first].LeadID {
			end++
		}
		part := known[first:end]
		about := HeardOfMails{}
		err := s.InTx(ForDealer(ctx, part[0].DealerID), func(q *db.Queries) error {
			about = HeardOfMails{}
			return hearOfLead(ctx, q, part, of, &about)
		})
		first = end
		if err == nil {
			heard.add(about)
			continue
		}
		// One lead that cannot be written must not cost the others their news.
		failed = errors.Join(failed, err)
		if Away(err) {
			break
		}
	}
	return heard, failed
}

func (h *HeardOfMails) add(o HeardOfMails) {
	h.Fresh, h.Repeated = append(h.Fresh, o.Fresh...), h.Repeated+o.Repeated
	h.Reconciled, h.Colleagues = append(h.Reconciled, o.Reconciled...), append(h.Colleagues, o.Colleagues...)
	h.Told = h.Told || o.Told
}

// hearOfLead takes in what was told about the mails of one lead. Its row is
// locked first, as every step does, so that steps and news take turns.
func hearOfLead(ctx context.Context, q *db.Queries, messages []db.MessagesToldRow, of map[uuid.UUID][]message.MailEvent, heard *HeardOfMails) error {
	row, err := q.LockLead(ctx, messages[0].LeadID)
	if err != nil {
		return fmt.Errorf("lock lead: %w", found(err))
	}
	for _, m := range messages {
		n := &news{q: q, row: row, heard: heard}
		if n.msg, err = q.LockMessage(ctx, m.ID); err != nil {
			return fmt.Errorf("lock message: %w", found(err))
		}
		if err := n.hear(ctx, of[m.ID]); err != nil {
			return err
		}
	}
	return nil
}

// news is what is told about one mail.
type news struct {
	q       *db.Queries
	row     db.LockLeadRow // the lead, locked
	msg     db.Message     // the mail, locked
	heard   *HeardOfMails
	is      lead.Delivered // what all that was told comes to
	address string         // to which it went, normalised, "" when that is not known
}

// reconcilable are the states of a message of which our own send does not know,
// or knew wrongly, whether the provider has it. One that was withdrawn stays so.
var reconcilable = []string{"sending", "unknown", "pending", "failed"}

func (n *news) hear(ctx context.Context, events []message.MailEvent) error {
	was := lead.Delivered{Is: lead.Delivery(n.msg.Delivery)}
	if n.msg.DeliveryAt != nil {
		was.At = *n.msg.DeliveryAt
	}
	n.is = was
	var first time.Time
	for _, e := range events {
		fresh, err := n.q.InsertDeliveryEvent(ctx, db.InsertDeliveryEventParams{
			ID: e.ID, DealerID: n.row.DealerID, MessageID: n.msg.ID, Kind: string(e.Is), Code: e.Code, At: e.At,
		})
		if err != nil {
			return fmt.Errorf("event of a mail: %w", err)
		}
		if fresh == 0 {
			n.heard.Repeated++
			continue
		}
		n.heard.Fresh = append(n.heard.Fresh, e)
		if first.IsZero() || e.At.Before(first) {
			first = e.At
		}
		if came := n.is.And(lead.Delivered{Is: e.Is, At: e.At}); came != n.is {
			n.is, n.address = came, bareAddress(e.Address)
		}
	}
	if first.IsZero() {
		return nil // nothing new
	}
	// A message that never left this house cannot be known to the provider.
	sent := n.msg.State == "sending" || n.msg.Unknowns > 0
	reconciled := sent && slices.Contains(reconcilable, n.msg.State)
	if reconciled {
		n.heard.Reconciled = append(n.heard.Reconciled, n.msg.ID)
	}
	err := n.q.SetDelivery(ctx, db.SetDeliveryParams{
		ID: n.msg.ID, Delivery: string(n.is.Is), DeliveryAt: &n.is.At, Reconciled: reconciled, FirstAt: notAfter(first, n.row.Now),
	})
	if err != nil {
		return fmt.Errorf("delivery of a mail: %w", err)
	}
	if n.is.Is == was.Is {
		return nil
	}
	return n.tell(ctx)
}

// tell has everybody learn what is new who has to.
func (n *news) tell(ctx context.Context) error {
	switch {
	case n.msg.StaffID != nil || n.msg.Department != "":
		if n.is.Is.CameBack() {
			return n.colleague(ctx)
		}
		return nil
	case n.is.Is == lead.MailDelivered && n.msg.Told && n.msg.State == "failed":
		return n.queue(ctx, n.row.ID, false) // the process was told that nobody knows
	case n.is.Is == lead.MailDelivered:
		return n.append(ctx, "message_delivered")
	case !n.is.Is.CameBack():
		return nil
	}
	if err := n.suppress(ctx); err != nil {
		return err
	}
	if lead.Status(n.row.Status) == lead.Closed {
		return n.append(ctx, "message_bounced")
	}
	return n.queue(ctx, n.row.ID, false)
}

// suppress stops mail to the address. Who does not want mail is mailed on none
// of his addresses any more; a bounce is about one.
func (n *news) suppress(ctx context.Context) error {
	if !n.is.Is.StopsMail() {
		return nil
	}
	contacts, err := n.q.ContactsOfLead(ctx, n.row.ID)
	if err != nil {
		return fmt.Errorf("contacts: %w", err)
	}
	var own, addresses []string
	for _, c := range contacts {
		if c.Kind == "email" && c.Valid {
			own = append(own, c.Normalised)
		}
	}
	switch {
	case n.is.Is.Unwanted():
		addresses = own
	case n.address == "" && len(own) == 1:
		addresses = own
	}
	if n.address != "" && !slices.Contains(addresses, n.address) {
		addresses = append(addresses, n.address)
	}
	reason := string(n.is.Is)
	if n.is.Is == lead.MailBounced {
		reason = "bounce"
	}
	for _, address := range addresses {
		_, err := n.q.Suppress(ctx, db.SuppressParams{
			ID: NewID(), DealerID: n.row.DealerID, Normalised: address, Reason: reason, MessageID: &n.msg.ID,
		})
		if err != nil {
			return fmt.Errorf("suppression: %w", err)
		}
	}
	others, err := n.q.OpenLeadsOfAddresses(ctx, db.OpenLeadsOfAddressesParams{DealerID: n.row.DealerID, Addresses: append([]string{}, addresses...)})
	if err != nil {
		return fmt.Errorf("other leads: %w", err)
	}
	for _, other := range others {
		if other == n.row.ID {
			continue
		}
		if err := n.queue(ctx, other, true); err != nil {
			return err
		}
	}
	return nil
}

// newsID names the news of a mail among the things that happen to a lead.
func newsID(row uuid.UUID, is lead.Delivery) string {
	return "mail/" + row.String() + "/" + string(is)
}

// queue has the process of a lead hear of it.
func (n *news) queue(ctx context.Context, id uuid.UUID, elsewhere bool) error {
	n.heard.Told = true
	return queueNews(ctx, n.q, n.row.DealerID, id, newsID(n.msg.ID, n.is.Is), process.MailNews{
		Message: n.msg.ID.String(), Is: n.is.Is, At: n.is.At, Elsewhere: elsewhere,
	})
}

func queueNews(ctx context.Context, q *db.Queries, dealer, id uuid.UUID, happening string, told process.MailNews) error {
	body, err := json.Marshal(process.Happening{
		ID: happening, What: process.DidCustomer, Actor: process.System, Customer: &process.CustomerWish{Mail: &told},
	})
	if err != nil {
		return fmt.Errorf("news of a mail: %w", err)
	}
	if err := q.QueueOnce(ctx, db.QueueOnceParams{DealerID: dealer, LeadID: id, Happening: body}); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	return nil
}

// append puts on the timeline what changes nothing in the process.
func (n *news) append(ctx context.Context, kind string) error {
	data := map[string]any{"message_id": n.msg.ID, "template": n.msg.Template, "at": notAfter(n.is.At, n.row.Now).UTC()}
	if kind == "message_bounced" {
		data["why"] = string(n.is.Is)
	}
	body, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("timeline entry: %w", err)
	}
	return appendEvent(ctx, n.q, n.row.DealerID, n.row.ID, kind, process.System, body)
}

// colleague tells the managers, on the screen, that somebody whom Doorbell asks
// to do things does not get its mails. He is not suppressed: his escalations go
// on, and the provider knows best when his address works again.
func (n *news) colleague(ctx context.Context) error {
	ref := n.msg.Department
	if n.msg.StaffID != nil {
		ref = n.msg.StaffID.String()
		n.heard.Colleagues = append(n.heard.Colleagues, *n.msg.StaffID)
	}
	managers, err := n.q.ManagersToTell(ctx, db.ManagersToTellParams{DealerID: n.row.DealerID, But: n.msg.StaffID})
	if err != nil {
		return fmt.Errorf("managers: %w", err)
	}
	for _, manager := range managers {
		told, err := n.q.ToldOnScreen(ctx, db.ToldOnScreenParams{DealerID: n.row.DealerID, StaffID: manager, Template: ColleagueUnreachable, Ref: ref})
		if err != nil {
			return fmt.Errorf("told on the screen: %w", err)
		}
		if told {
			continue
		}
		err = insertMessage(ctx, n.q, db.InsertMessageParams{
			ID: NewID(), DealerID: n.row.DealerID, LeadID: n.row.ID, Key: "unreachable/" + n.msg.ID.String() + "/" + manager.String(),
			Template: ColleagueUnreachable, Channel: string(process.Screen), StaffID: &manager, Ref: ref, State: "accepted", CreatedAt: n.row.Now,
		}, n.row.Now)
		if err != nil {
			return fmt.Errorf("alert on the screen: %w", err)
		}
	}
	return nil
}

// bareAddress returns an address as intake writes it, "" for what is none.
func bareAddress(written string) string {
	if parsed, err := mail.ParseAddress(written); err == nil {
		written = parsed.Address
	}
	normalised, _ := intake.NormaliseEmail(strings.TrimSpace(written))
	return normalised
}

func notAfter(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
