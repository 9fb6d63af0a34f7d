package message

import (
	"fmt"
	"strings"
	"time"
)

// locale holds the words that Go puts together: dates, durations and the
// labels of facts. Whole sentences stand in the templates.
type locale struct {
	weekdays     [7]string // from Sunday
	months       [12]string
	at           string // day AT clock
	on           string // ON day
	before       string // BEFORE clock
	today        string
	hours        string // unit of hours
	of           string // 2 OF 6
	appointments map[string]string
	acts         map[string]string
	tasks        map[string]string
	labels       labels
}

type labels struct{ name, phone, mail, vehicle, asked, source, received, attempts, owner, appointment, place string }

// The languages that every template is written in, and the last resort.
const (
	dutch   = "nl"
	english = "en"
)

var locales = map[string]*locale{
	dutch: {
		weekdays: [7]string{"zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"},
		months: [12]string{
			"januari", "februari", "maart", "april", "mei", "juni",
			"juli", "augustus", "september", "oktober", "november", "december",
		},
		at: "om", on: "op", before: "vóór", today: "vandaag", hours: "u", of: "van",
		appointments: map[string]string{
			"showroom": "bezoek aan de showroom", "test_drive": "proefrit", "video": "videogesprek", "phone": "telefoongesprek",
		},
		acts: map[string]string{
			ActConfirmed: "bevestigt de afspraak", ActMoved: "wil de afspraak verzetten", ActCancelled: "zegt de afspraak af",
			ActAskedAgain: "vraagt om contact", ActObjected: "wil geen berichten meer",
		},
		tasks: map[string]string{"letter": "een brief", "video": "een videoboodschap"},
		labels: labels{
			"Naam", "Telefoon", "E-mail", "Auto", "Vraag", "Bron", "Binnengekomen", "Belpogingen", "Eigenaar", "Afspraak", "Plaats",
		},
	},
	english: {
		weekdays: [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		months: [12]string{
			"January", "February", "March", "April", "May", "June",
			"July", "August", "September", "October", "November", "December",
		},
		at: "at", on: "on", before: "before", today: "today", hours: "h", of: "of",
		appointments: map[string]string{
			"showroom": "visit to the showroom", "test_drive": "test drive", "video": "video call", "phone": "phone call",
		},
		acts: map[string]string{
			ActConfirmed: "confirms the appointment", ActMoved: "wants to move the appointment", ActCancelled: "cancels the appointment",
			ActAskedAgain: "asks to be contacted", ActObjected: "wants no more messages",
		},
		tasks: map[string]string{"letter": "a letter", "video": "a video message"},
		labels: labels{
			"Name", "Phone", "E-mail", "Car", "Request", "Source", "Received", "Call attempts", "Owner", "Appointment", "Place",
		},
	},
}

// Languages returns the languages that every template is written in.
func Languages() []string { return []string{dutch, english} }

// pickLanguage returns the first of the wanted languages that is written here,
// else English. A region is ignored: nl-BE is nl.
func pickLanguage(wanted ...string) string {
	for _, w := range wanted {
		base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(w)), "_", "-"), "-")
		if _, ok := locales[base]; ok {
			return base
		}
	}
	return english
}

// Language returns the first of the wanted languages that we write, else
// English: for pages that speak as the mails do.
func Language(wanted ...string) string { return pickLanguage(wanted...) }

// Day is the date of t in t's own zone, such as "Tuesday 24 November".
func Day(language string, t time.Time) string { return locales[pickLanguage(language)].day(t) }

// Moment is Day and time of day, such as "Tuesday 24 November at 14:00".
func Moment(language string, t time.Time) string {
	l := locales[pickLanguage(language)]
	return l.day(t) + " " + l.at + " " + t.Format("15:04")
}

// Meeting is the kind of an appointment in words, such as "test drive".
func Meeting(language, kind string) string {
	return wordOr(locales[pickLanguage(language)].appointments, kind)
}

func (l *locale) day(t time.Time) string {
	return fmt.Sprintf("%s %d %s", l.weekdays[t.Weekday()], t.Day(), l.months[t.Month()-1])
}

// waited tells how long somebody waits, no finer than it matters.
func (l *locale) waited(minutes int) string {
	switch {
	case minutes < 120:
		return fmt.Sprintf("%d min", minutes)
	case minutes < 48*60:
		return fmt.Sprintf("%d %s %d min", minutes/60, l.hours, minutes%60)
	default:
		return fmt.Sprintf("%d d", minutes/(24*60))
	}
}
