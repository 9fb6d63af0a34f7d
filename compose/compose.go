// Package compose writes the messages of the ledger: it looks up what each is to
// say at the moment of sending, so that nothing personal waits anywhere but in
// Postgres, and says which must not go any more. It sends and changes nothing.
package compose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/words"
)

// Writer writes messages. It is safe for concurrent use.
type Writer struct {
	Store     *store.Store
	Templates *message.Templates
	PublicURL string
	Secret    []byte          // signs the customers' links; nobody reads them in a Preview
	From      message.Address // of mails of dealers without an address of their own
	// Preview leaves the customers' links without their signature: whoever looks
	// at a mail before it goes must not be able to act as the customer.
	Preview bool
}

// The verdicts that are states of a message in the ledger as well. All others
// say why it failed.
const (
	Withdrawn  = "withdrawn"
	Suppressed = "suppressed"
)

// NoAddress is the verdict on a mail to somebody without an address.
const NoAddress = "no_address"

// The verdicts on a mail to an address that takes none: what was sent there came
// back, or whoever reads it called it spam. Such a message is suppressed.
const (
	AddressBounces = "address_bounces"
	NoMailWanted   = "no_mail_wanted"
)

// composition is one message being written.
type composition struct {
	w     *Writer
	row   db.PeekMessagesRow
	about db.MessageContextsRow
	data  message.Data
	out   message.Message
	// language of the recipient, "" for the dealer's.
	language string
}

// Letter is a message as it is written now.
type Letter struct {
	Message message.Message
	// Verdict is why it must not be sent, in one of Doorbell's own words; "" when
	// it may.
	Verdict string
}

// Write writes messages of one lead, in their order.
func (w *Writer) Write(ctx context.Context, rows ...db.PeekMessagesRow) ([]Letter, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	readers := make([]uuid.UUID, len(rows))
	for i, row := range rows {
		readers[i] = reader(row)
	}
	list, err := w.Store.MessageContexts(ctx, db.MessageContextsParams{LeadID: rows[0].LeadID, Readers: readers})
	if err != nil {
		return nil, err
	}
	about := map[uuid.UUID]db.MessageContextsRow{}
	for _, row := range list {
		about[row.Reader] = row
	}
	letters := make([]Letter, len(rows))
	for i, row := range rows {
		facts, known := about[readers[i]]
		if !known || row.LeadID != rows[0].LeadID {
			return nil, fmt.Errorf("lead of message %s: %w", row.ID, store.ErrNotFound)
		}
		c := composition{w: w, row: row, about: facts}
		if letters[i].Message, letters[i].Verdict, err = c.write(ctx); err != nil {
			return nil, err
		}
	}
	return letters, nil
}

// reader is the colleague who is to read a message; the nil id for none.
func reader(row db.PeekMessagesRow) uuid.UUID {
	if row.StaffID == nil {
		return uuid.Nil
	}
	return *row.StaffID
}

func (c *composition) write(ctx context.Context) (msg message.Message, verdict string, err error) {
	if c.outlived() {
		return msg, Withdrawn, nil
	}
	if err := c.facts(ctx); err != nil {
		return msg, "", err
	}
	switch {
	case c.row.Department != "":
		verdict, err = c.toDepartment(ctx)
	case c.row.StaffID == nil:
		verdict, err = c.toCustomer(ctx)
	default:
		verdict, err = c.toStaff(ctx)
	}
	if verdict != "" || err != nil {
		return msg, verdict, err
	}
	text, err := c.w.Templates.Render(c.row.Template, c.language, c.data)
	if errors.Is(err, message.ErrNoTemplate) {
		return msg, "no_template", nil
	}
	if err != nil {
		return msg, "", err
	}
	c.out.Subject, c.out.Text, c.out.HTML, c.out.Headers = text.Subject, text.Text, text.HTML, text.Headers
	if c.out.Channel == lead.SMS {
		c.out.Subject, c.out.Text, c.out.HTML, c.out.Headers = "", text.SMS, "", nil
	}
	return c.out, "", nil
}

// outlived reports whether the lead was closed meanwhile. It sends nothing more
// then but what belongs to the closing itself, what a person wrote, and what is
// about something else: a follow-up, which runs on, or a colleague.
func (c *composition) outlived() bool {
	if c.row.WrittenBy != nil || c.row.FollowUpID != nil || c.row.Template == message.StaffPaused {
		return false
	}
	closed := c.about.ClosedAt
	return closed != nil && c.row.CreatedAt.Before(*closed)
}

// facts fills in what every template may show.
func (c *composition) facts(ctx context.Context) error {
	a := c.about
	zone, err := time.LoadLocation(a.Zone)
	if err != nil {
		zone = time.UTC
	}
	c.data = message.Data{
		Dealer: message.Dealer{
			Name: a.DealerName, Phone: words.Phone(a.DealerPhone), Address: a.DealerAddress, Colour: a.Colour, LogoURL: a.LogoURL,
			Language: a.DealerLanguage, Zone: zone,
		},
		Customer: message.Customer{Name: customerName(a), Phone: words.Phone(a.CustomerPhone), Email: a.CustomerEmail},
		Vehicle:  strings.TrimSpace(a.Make + " " + a.Model),
		Owner:    message.Owner{Name: a.OwnerName, Phone: words.Phone(a.OwnerPhone), Email: a.OwnerEmail},
		Lead: message.Lead{
			URL: c.w.PublicURL + "/leads/" + a.LeadID.String(), ID: a.LeadID.String(), Source: a.SourceName, Received: a.ReceivedAt,
			MinutesWaiting: int(c.row.Now.Sub(a.ReceivedAt).Minutes()), Step: int(c.row.Step), Steps: int(c.row.Steps),
			AttemptsMade: int(a.AttemptsCounted), AttemptsRequired: int(a.AttemptsRequired),
		},
		Links: message.Links{Customer: c.w.customerLink(a.LeadID), Object: c.w.customerLink(a.LeadID) + "/object"},
		Now:   c.row.Now,
	}
	if a.LiveDueAt != nil {
		c.data.CallDueAt = *a.LiveDueAt
	}
	c.out = message.Message{
		ID: c.row.ID.String(), LeadID: a.LeadID.String(), Channel: lead.Channel(c.row.Channel),
		From: message.Address{Name: a.DealerName, Email: c.w.From.Email},
	}
	if a.MailFrom != "" {
		c.out.From.Email = a.MailFrom
	}
	if err := c.appointment(ctx); err != nil {
		return err
	}
	return c.closing(ctx)
}

// customerLink is the address of the page on which the customer sees and
// changes what concerns him.
func (w *Writer) customerLink(id uuid.UUID) string {
	if w.Preview {
		return w.PublicURL + "/c/preview"
	}
	return w.PublicURL + "/c/" + message.Sign(w.Secret, "customer", id.String())
}

func customerName(a db.MessageContextsRow) string {
	name := strings.Join(strings.Fields(a.FirstName+" "+a.Infix+" "+a.LastName), " ")
	if name == "" {
		return a.FullName
	}
	return name
}

// toCustomer checks, at this very moment, whether the customer may be written
// to (R28).
func (c *composition) toCustomer(ctx context.Context) (verdict string, err error) {
	if c.about.CustomerEmail == "" {
		return NoAddress, nil
	}
	refused := c.about.MailRefused
	if !refused && slices.Contains(unasked, c.row.Template) {
		refused, err = c.w.Store.OfferRefused(ctx, db.OfferRefusedParams{ID: c.row.LeadID, Channel: string(lead.Email)})
		if err != nil {
			return "", err
		}
	}
	switch {
	case refused:
		return Suppressed, nil
	case c.about.NotMailedBecause == "": // the address takes mail, for all we know
	case c.about.NotMailedBecause == "bounce":
		return AddressBounces, nil
	default:
		return NoMailWanted, nil
	}
	c.language = c.about.CustomerLanguage
	c.out.To = message.Address{Email: c.about.CustomerEmail}
	if c.about.OwnerEmail != "" {
		c.out.ReplyTo = message.Address{Name: c.about.OwnerName, Email: c.about.OwnerEmail}
	}
	c.data.Subject, c.data.Words = c.row.Subject, c.row.Text
	// What was typed is never repeated to an address that was typed: no RequestWords.
	return "", nil
}

// asked is what the customer wants and wrote himself, for the dealer's people.
func (c *composition) asked() string {
	request := words.In(cmp.Or(c.language, c.about.DealerLanguage), c.data.Dealer.Zone).Or("request."+c.about.Request, "")
	return strings.Join(slices.DeleteFunc([]string{request, c.about.Comments}, func(s string) bool { return s == "" }), ". ")
}

// unasked are the mails that answer nothing which the customer asked or agreed
// to. They stop when he takes back a consent to mails, though he may not have
// refused mails altogether.
var unasked = []string{message.StillInterested, message.SoftReminder, message.ThankYouSold}

func (c *composition) toStaff(ctx context.Context) (verdict string, err error) {
	reader := c.about
	if !reader.ReaderActive {
		return "recipient_left", nil
	}
	c.language = reader.ReaderLanguage
	c.data.Lead.RequestWords = c.asked()
	c.out.To = message.Address{Name: reader.ReaderName, Email: reader.ReaderEmail}
	if c.out.Channel == lead.SMS {
		if reader.ReaderPhone == "" {
			return "no_phone", nil
		}
		c.out.Phone = reader.ReaderPhone
	}
	c.refused()
	switch c.row.Template {
	case message.CustomerActed:
		c.data.CustomerAct = c.row.Ref
	case message.FollowUpDue, message.FollowUpOverdue:
		return c.askedFor(ctx)
	case message.LeadAgain:
		return "", c.again(ctx)
	case message.StaffPaused:
		return c.paused(ctx)
	}
	return "", nil
}

// refused tells on which channels nobody may be asked to contact the customer
// (R28).
func (c *composition) refused() {
	for _, channel := range c.about.Refused {
		c.data.Customer.Refuses = append(c.data.Customer.Refuses, lead.Channel(channel))
	}
}

// appointment adds what was agreed, and the calendar file for the customer.
func (c *composition) appointment(ctx context.Context) error {
	if !c.about.HadAppointment {
		return nil
	}
	var a db.Appointment
	var err error
	if id, parse := uuid.Parse(c.row.Ref); parse == nil {
		a, err = c.w.Store.GetAppointment(ctx, id)
	} else {
		a, err = c.w.Store.AppointmentOfLead(ctx, c.row.LeadID)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // the reference is to something else, or there is none
	}
	if err != nil {
		return err
	}
	c.data.Appointment = message.Appointment{
		Kind: a.Kind, StartsAt: a.StartsAt, DurationMin: int(a.Minutes), Place: c.about.DealerAddress,
	}
	switch c.row.Template {
	case message.AppointmentSet, message.AppointmentMoved, message.AppointmentCancelled:
	default:
		return nil
	}
	kind := message.Meeting(cmp.Or(c.about.CustomerLanguage, c.about.DealerLanguage), a.Kind)
	c.out.Attachments = append(c.out.Attachments, message.InvitationFile(message.ICS{
		UID: a.ID.String() + "@doorbell", Sequence: int(a.Sequence), Stamp: c.row.Now, StartsAt: a.StartsAt, DurationMin: int(a.Minutes),
		Cancelled: c.row.Template == message.AppointmentCancelled, Summary: c.about.DealerName + ": " + kind,
		Location: c.about.DealerAddress, Link: c.data.Links.Customer, OrganizerName: c.about.DealerName, OrganizerEmail: c.out.From.Email,
		AttendeeEmail: c.about.CustomerEmail,
	}))
	return nil
}

// closing adds what a manager has to decide about, or has decided.
func (c *composition) closing(ctx context.Context) error {
	if !lead.IsID(c.row.Ref) || !strings.HasPrefix(c.row.Template, "closing-") {
		return nil
	}
	row, err := c.w.Store.ClosingWords(ctx, uuid.MustParse(c.row.Ref))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	version, err := c.w.Store.CatalogueOfLead(ctx, c.row.LeadID)
	if err != nil {
		return err
	}
	reason, err := c.reason(ctx, version, row.Reason)
	if err != nil {
		return err
	}
	c.data.Closing = message.Closing{ReasonLabel: reason.Label, ProposedBy: row.AskedByName, Note: row.Note}
	if row.DueAt != nil {
		c.data.Closing.DueAt = *row.DueAt
	}
	return nil
}

// reason returns a reason as the dealer's own catalogue has it. One that is in
// no catalogue is labelled with its code.
func (c *composition) reason(ctx context.Context, version int32, code string) (lead.Reason, error) {
	catalogue, err := c.w.Store.Reasons(ctx, c.w.Store.Queries, c.row.DealerID, version)
	if err != nil {
		return lead.Reason{}, err
	}
	if r, ok := catalogue.Find(code); ok {
		return r, nil
	}
	return lead.Reason{Code: code, Label: strings.ReplaceAll(code, "_", " ")}, nil
}
