package customer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/words"
)

// standing is how things stand with a customer's lead at this moment.
type standing struct {
	db.CustomerPageRow
	state   process.State
	last    *db.Appointment // the latest that there was, nil when there was none
	refused []string        // channels on which he must not be contacted
	zone    *time.Location
}

// whose returns the lead whose customer has this link. What was signed by
// nobody or names nothing gets one and the same answer.
func (p *Room) whose(c *gin.Context) (uuid.UUID, bool) {
	signed, ok := message.Verify(p.Secret, "customer", c.Param("token"))
	id, err := uuid.Parse(signed)
	if !ok || err != nil {
		p.notFound(c)
		return uuid.Nil, false
	}
	ctx, err := p.Store.OfLead(c.Request.Context(), id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		p.notFound(c)
		return uuid.Nil, false
	case err != nil:
		p.away(c, err)
		return uuid.Nil, false
	}
	c.Request = c.Request.WithContext(ctx)
	return id, true
}

// look reads how things stand; store.ErrNotFound when there is no such lead.
func (p *Room) look(ctx context.Context, id uuid.UUID) (standing, error) {
	var s standing
	var err error
	if s.CustomerPageRow, err = p.Store.CustomerPage(ctx, id); errors.Is(err, pgx.ErrNoRows) {
		return s, store.ErrNotFound
	}
	if err != nil {
		return s, fmt.Errorf("customer's page: %w", err)
	}
	if s.ErasedAt != nil {
		return s, store.ErrNotFound // nothing of it is his any more
	}
	if s.Process != nil {
		if err := json.Unmarshal(s.Process, &s.state); err != nil {
			return s, fmt.Errorf("stored process: %w", err)
		}
	}
	last, err := p.Store.AppointmentOfLead(ctx, id)
	if err == nil {
		s.last = &last
	} else if !errors.Is(err, pgx.ErrNoRows) {
		return s, fmt.Errorf("appointment: %w", err)
	}
	if s.refused, err = p.Store.RefusedOfLead(ctx, id); err != nil {
		return s, fmt.Errorf("refused channels: %w", err)
	}
	for _, channel := range s.state.Reach.Refused {
		s.refused = append(s.refused, string(channel))
	}
	if s.zone, err = time.LoadLocation(s.Zone); err != nil {
		s.zone = time.UTC
	}
	return s, nil
}

// stands looks, and answers itself when it cannot.
func (p *Room) stands(c *gin.Context, id uuid.UUID) (standing, bool) {
	s, err := p.look(c.Request.Context(), id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		p.notFound(c)
		return s, false
	case err != nil:
		p.away(c, err)
		return s, false
	}
	return s, true
}

// ahead returns the appointment that the customer can still change, nil when
// there is none.
func (s standing) ahead() *process.Appointment {
	a := s.state.Appointment
	if a == nil || lead.Status(s.Status) == lead.Closed || !s.Now.Before(a.StartsAt) {
		return nil
	}
	return a
}

func (s standing) cancelled() bool {
	return s.state.Appointment == nil && s.last != nil && s.last.State == "cancelled"
}

func (s standing) refuses(c lead.Channel) bool { return slices.Contains(s.refused, string(c)) }

// holds reports whether what a button said is so: a link that somebody made up
// must not say that an appointment is confirmed.
func (s standing) holds(said string) bool {
	a := s.ahead()
	switch said {
	case saidConfirmed:
		return a != nil && a.Confirmed
	case saidMoved:
		return a != nil && a.Sequence > 0
	case saidCancelled:
		return s.cancelled()
	case saidObjected:
		return len(s.refused) > 0
	default:
		return true
	}
}

// offered returns the times to which the appointment can be moved, in the
// opening hours that the dealer has now: those are a fact, whatever policy the
// lead came in under.
func (p *Room) offered(ctx context.Context, s standing) ([]time.Time, error) {
	a := s.ahead()
	if a == nil {
		return nil, nil
	}
	versions, err := p.Store.CurrentVersions(ctx, s.DealerID)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	yardstick, err := p.Store.Policy(ctx, p.Store.Queries, s.DealerID, versions.Policy)
	if err != nil {
		return nil, err
	}
	times := slots(yardstick.Calendar, s.Now, time.Duration(a.Minutes)*time.Minute)
	return slices.DeleteFunc(times, func(t time.Time) bool { return t.Equal(a.StartsAt) }), nil
}

// customerPage is what the template shows.
type customerPage struct {
	head
	Base        string // address of the page; the forms go below it
	Said        string
	Warned      bool // Said is no success
	Appointment *agreed
	Before      string // what became of the last appointment
	Closed      bool
	Who         string // who contacts the customer
	Phone, Dial string
	Address     string
	Days        []slotDay
	Proof       map[string]string // by button
	NoEmail     bool
	NoPhone     bool
	MoveOpen    bool
	ObjectOpen  bool
}

// agreed is an appointment in words.
type agreed struct {
	Kind, Day, From, Until, Place, Vehicle string
	ByPhone, Confirmed                     bool
}

// slotDay is a day with the times to choose from.
type slotDay struct {
	Name  string
	Slots []slot
}

type slot struct {
	At    int64 // Unix seconds
	Clock string
}

// customer shows the page. objecting opens the part where the customer says
// that he wants no more contact.
func (p *Room) customer(objecting bool) gin.HandlerFunc {
	return func(c *gin.Context) {
		id, ok := p.whose(c)
		if !ok {
			return
		}
		s, ok := p.stands(c, id)
		if !ok {
			return
		}
		times, err := p.offered(c.Request.Context(), s)
		if err != nil {
			p.away(c, err)
			return
		}
		wanted := slices.Concat([]string{s.CustomerLanguage}, words.Accepted(c.GetHeader("Accept-Language")), []string{s.DealerLanguage})
		w := words.In(words.Pick(wanted...), s.zone)
		shown := p.customerPage(s, times, w)
		shown.Base = "/c/" + c.Param("token")
		shown.ObjectOpen = objecting
		if said := c.Query("done"); s.holds(said) {
			shown.Said = w.Or("customer.said."+said, "")
			shown.Warned = said == saidChanged || said == saidGone || said == saidChoose
			shown.MoveOpen = !objecting && (said == saidGone || said == saidChoose)
		}
		p.render(c, http.StatusOK, w, page(shown))
	}
}

func (p *Room) customerPage(s standing, times []time.Time, w *words.Words) customerPage {
	page := customerPage{head: head{Title: w.T("customer.request"), Name: s.DealerName, Colour: colourSheet(s.Colour)}, Proof: map[string]string{}}
	page.Closed = lead.Status(s.Status) == lead.Closed
	page.Who = w.T("customer.colleague")
	if s.OwnerName != "" {
		page.Who = s.OwnerName
	}
	page.Phone, page.Address = s.DealerPhone, s.DealerAddress
	page.Dial = strings.Map(func(r rune) rune {
		if r == '+' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s.DealerPhone)
	page.NoEmail, page.NoPhone = s.refuses(lead.Email), s.refuses(lead.Phone) && s.refuses(lead.SMS)
	page.Proof["object"] = proof{act: "object", lead: s.ID}.sign(p.Secret, s.Now)

	a := s.ahead()
	if a == nil {
		page.Before = s.before(w)
		if page.Before != "" {
			page.Title = w.T("customer.appointment")
		}
		return page
	}
	page.Title = w.T("customer.appointment")
	page.Appointment = s.agreed(a, w)
	page.Days = byDay(times, w)
	for _, verb := range []process.AppointmentVerb{process.ConfirmIt, process.MoveIt, process.CancelIt} {
		page.Proof[string(verb)] = proof{act: string(verb), lead: s.ID, appointment: a.ID, sequence: a.Sequence}.sign(p.Secret, s.Now)
	}
	return page
}

func (s standing) agreed(a *process.Appointment, w *words.Words) *agreed {
	starts := a.StartsAt.In(s.zone)
	shown := agreed{
		Kind: message.Meeting(w.Language, string(a.Kind)), Day: w.Day(starts),
		From: starts.Format("15:04"), Until: a.EndsAt().In(s.zone).Format("15:04"),
		Vehicle: shortened(s.Make + " " + s.Model), ByPhone: a.Kind == lead.PhoneAgreement, Confirmed: a.Confirmed,
	}
	if a.Kind.Visit() {
		shown.Place = s.DealerAddress
	}
	return &shown
}

// before says what became of the latest appointment; "" when there was none.
func (s standing) before(w *words.Words) string {
	if s.last == nil {
		return ""
	}
	when := w.Moment(s.last.StartsAt)
	switch {
	case s.last.State == "cancelled":
		return w.T("customer.was_cancelled") + " " + message.Meeting(w.Language, s.last.Kind) + ", " + when + "."
	case s.last.State == string(lead.NoShow), s.Now.Before(s.last.StartsAt):
		return w.T("customer.no_show") + " " + when + "."
	default:
		return w.T("customer.past") + " " + when + "."
	}
}

// byDay puts times, in their order, under the days on which they fall.
func byDay(times []time.Time, w *words.Words) []slotDay {
	var days []slotDay
	for _, t := range times {
		name := w.Day(t)
		if len(days) == 0 || days[len(days)-1].Name != name {
			days = append(days, slotDay{Name: name})
		}
		day := &days[len(days)-1]
		day.Slots = append(day.Slots, slot{At: t.Unix(), Clock: t.Format("15:04")})
	}
	return days
}

// shortened puts what somebody typed on one line of a length that can be shown.
func shortened(s string) string {
	runes := []rune(strings.Join(strings.Fields(s), " "))
	if len(runes) > 80 {
		return string(runes[:79]) + "…"
	}
	return string(runes)
}
