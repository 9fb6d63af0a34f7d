package message

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
)

// view is Data as one template sees it: in one language, with what a template
// cannot work out by itself. Its exported methods are called from templates.
type view struct {
	Data
	Language string
	name     string
	words    *locale
}

// newView puts d into one language. Everything but Words goes onto one line: a
// value with line breaks could pass for other lines of the mail.
func newView(name, language string, d Data) *view {
	for _, s := range []*string{
		&d.Dealer.Name, &d.Dealer.Phone, &d.Dealer.Address, &d.Dealer.LogoURL, &d.Customer.Name, &d.Customer.Phone, &d.Customer.Email,
		&d.Vehicle, &d.Owner.Name, &d.Owner.Phone, &d.Owner.Email, &d.Lead.URL, &d.Lead.ID, &d.Lead.Source, &d.Lead.RequestWords,
		&d.Appointment.Kind, &d.Appointment.Place, &d.Closing.ReasonLabel, &d.Closing.ProposedBy, &d.Closing.Note,
		&d.FollowUp.URL, &d.FollowUp.OwnerName, &d.FollowUp.ReasonLabel, &d.FollowUp.Note, &d.FollowUp.ClosedBy, &d.FollowUp.TradeIn,
		&d.FollowUp.ExternalID, &d.FollowUp.Currency,
		&d.Colleague.Name, &d.Colleague.URL, &d.Account.Email, &d.Account.InvitedBy, &d.Account.URL, &d.Account.SignOn,
		&d.Links.Customer, &d.Links.Object, &d.CustomerAct, &d.Subject,
	} {
		*s = oneLine(*s)
	}
	for _, s := range []*string{&d.Lead.RequestWords, &d.Closing.Note, &d.FollowUp.Note} {
		*s = short(500, *s)
	}
	d.FollowUp.Details = slices.Clone(d.FollowUp.Details)
	for i := range d.FollowUp.Details {
		d.FollowUp.Details[i].Name, d.FollowUp.Details[i].Value = oneLine(d.FollowUp.Details[i].Name), short(200, d.FollowUp.Details[i].Value)
	}
	if slices.Contains(d.Customer.Refuses, lead.Phone) {
		d.Customer.Phone = ""
	}
	if slices.Contains(d.Customer.Refuses, lead.Email) {
		d.Customer.Email = ""
	}
	return &view{Data: d, Language: language, name: name, words: locales[language]}
}

// Day is the date in the dealer's zone, such as "Tuesday 24 November", with
// its year when that is not this time's.
func (v *view) Day(t time.Time) string { return v.date(t.In(v.Dealer.Zone)) }

// farOff is from when on a date without its year could be taken for another.
const farOff = 180 * 24 * time.Hour

func (v *view) date(t time.Time) string {
	day := v.words.day(t)
	if !v.Now.IsZero() && t.Sub(v.Now).Abs() > farOff {
		day += t.Format(" 2006")
	}
	return day
}

// Clock is the time of day in the dealer's zone, such as "14:05".
func (v *view) Clock(t time.Time) string { return t.In(v.Dealer.Zone).Format("15:04") }

// Moment is day and time of day.
func (v *view) Moment(t time.Time) string { return v.Day(t) + " " + v.words.at + " " + v.Clock(t) }

// SameDay reports whether t falls on the dealer's day on which the lead came in.
func (v *view) SameDay(t time.Time) bool {
	y1, m1, d1 := t.In(v.Dealer.Zone).Date()
	y2, m2, d2 := v.Lead.Received.In(v.Dealer.Zone).Date()
	return y1 == y2 && m1 == m2 && d1 == d2
}

// Before is a deadline as told to somebody on the day the lead came in: "today
// before 14:05", "on Tuesday 24 November before 09:00".
func (v *view) Before(t time.Time) string {
	day := v.words.on + " " + v.Day(t)
	if v.SameDay(t) {
		day = v.words.today
	}
	return day + " " + v.words.before + " " + v.Clock(t)
}

// Waited is how long the customer waits, such as "18 min".
func (v *view) Waited() string { return v.words.waited(v.Lead.MinutesWaiting) }

// Meeting is the kind of the appointment in words; its code when it is new.
func (v *view) Meeting() string { return wordOr(v.words.appointments, v.Appointment.Kind) }

// Act is what the customer did, in words.
func (v *view) Act() string { return wordOr(v.words.acts, v.CustomerAct) }

func wordOr[K ~string](words map[K]string, code K) string {
	if w, ok := words[code]; ok {
		return w
	}
	return strings.ReplaceAll(string(code), "_", " ")
}

// Written reports whether a person wrote the mail, greeting and name included.
func (v *view) Written() bool { return v.name == HandWritten }

// Step is the step of the escalation, such as "[2/4]", or nothing.
func (v *view) Step() string {
	if v.Lead.Step == 0 || v.Lead.Steps == 0 {
		return ""
	}
	return fmt.Sprintf("[%d/%d]", v.Lead.Step, v.Lead.Steps)
}

// Dots joins what is not empty for a subject, each part cut to 40 characters
// so that a long name cannot push the last part out.
func (v *view) Dots(parts ...string) string { return joinShort(" · ", parts) }

// Commas is Dots for a text message: the dot would halve what fits into one.
func (v *view) Commas(parts ...string) string { return joinShort(", ", parts) }

func joinShort(separator string, parts []string) string {
	var kept []string
	for _, p := range parts {
		if p = short(40, p); p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, separator)
}

// Dial is the phone number as a tel: link wants it.
func (v *view) Dial() string {
	return strings.Map(func(r rune) rune {
		if r == '+' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, v.Customer.Phone)
}

// Paragraphs splits what a person wrote at blank lines, and each into lines.
func (v *view) Paragraphs() [][]string {
	var all [][]string
	var lines []string
	for line := range strings.Lines(v.Words + "\n\n") {
		line = strings.TrimSpace(line)
		switch {
		case line != "":
			lines = append(lines, line)
		case lines != nil:
			all, lines = append(all, lines), nil
		}
	}
	return all
}

// Button is a link that looks like one.
type Button struct{ Link, Label, Colour, Ink string }

// Button returns a button in the dealer's colour.
func (v *view) Button(link, label string) Button {
	return Button{Link: link, Label: label, Colour: v.Colour(), Ink: v.Ink()}
}

// Fact is one line about the lead.
type Fact struct{ Label, Value string }

// Facts are the lines of a mail to staff, those without a value left out.
func (v *view) Facts() []Fact {
	if !v.AboutLead() {
		return v.pauseFacts()
	}
	l := v.words.labels
	all := append(v.followUpFacts(), []Fact{
		{l.name, v.Customer.Name},
		{l.phone, v.Customer.Phone},
		{l.mail, v.Customer.Email},
		{l.vehicle, v.Vehicle},
		{l.asked, v.Lead.RequestWords},
		{l.source, v.Lead.Source},
		{l.refuses, v.refused()},
	}...)
	if !v.Lead.Received.IsZero() {
		all = append(all, Fact{l.received, v.Moment(v.Lead.Received)})
	}
	if v.Lead.AttemptsRequired > 0 {
		all = append(all, Fact{l.attempts, fmt.Sprintf("%d %s %d", v.Lead.AttemptsMade, v.words.of, v.Lead.AttemptsRequired)})
	}
	if !v.Appointment.StartsAt.IsZero() {
		all = append(all, Fact{l.appointment, v.Meeting() + ", " + v.Moment(v.Appointment.StartsAt)}, Fact{l.place, v.Appointment.Place})
	}
	all = append(all, Fact{l.owner, v.Owner.Name})

	return slices.DeleteFunc(all, func(f Fact) bool { return f.Value == "" })
}

// Colour is the dealer's colour.
func (v *view) Colour() string {
	paper, _ := Letterhead(v.Dealer.Colour)
	return paper
}

// Ink is what can be read on Colour.
func (v *view) Ink() string {
	_, ink := Letterhead(v.Dealer.Colour)
	return ink
}

var hexColour = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

// Letterhead returns a dealer's colour as #rrggbb, a dark blue when it is not
// written like that, and black or white, whichever reads better on it.
func Letterhead(colour string) (paper, ink string) {
	if !hexColour.MatchString(colour) {
		colour = "#1a3a5c"
	}
	rgb, _ := strconv.ParseUint(colour[1:], 16, 32) // its form was checked
	// Perceived brightness of 0 to 255, by the weights of ITU-R BT.601.
	if (299*(rgb>>16)+587*(rgb>>8&0xff)+114*(rgb&0xff))/1000 > 140 {
		return colour, "#000000"
	}
	return colour, "#ffffff"
}
