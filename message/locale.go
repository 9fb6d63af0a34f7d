package message

import (
	"fmt"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
)

// locale holds the words that Go puts together: dates, durations and the
// labels of facts. Whole sentences stand in the templates.
type locale struct {
	weekdays     [7]string // from Sunday
	short        [7]string // the same as in a diary
	months       [12]string
	at           string // day AT clock
	on           string // ON day
	before       string // BEFORE clock
	by           string // BY a deadline
	since        string // SINCE a deadline that passed
	today        string
	hours        string // unit of hours
	of           string // 2 OF 6
	point        string // before the cents
	appointments map[string]string
	acts         map[string]string
	followUps    map[lead.FollowUpKind]string
	departments  map[string]string
	details      map[string]string // the details of a closing, by name
	values       map[string]string // what they may hold
	channels     map[lead.Channel]string
	labels       labels
}

// labels name the facts.
type labels struct {
	name, phone, mail, vehicle, asked, source, received, attempts, owner, appointment, place string

	due, doneBy, reason, note, tradeIn, followUp, refuses, external, price string // of follow-ups
	colleague, conversations, results, norm, paused                        string // of a pause
}

// The languages that every template is written in, and the last resort.
const (
	dutch   = "nl"
	english = "en"
)

var locales = map[string]*locale{
	dutch: {
		weekdays: [7]string{"zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"},
		short:    [7]string{"zo", "ma", "di", "wo", "do", "vr", "za"},
		months: [12]string{
			"januari", "februari", "maart", "april", "mei", "juni",
			"juli", "augustus", "september", "oktober", "november", "december",
		},
		at: "om", on: "op", before: "vóór", by: "uiterlijk", since: "sinds", today: "vandaag", hours: "u", of: "van", point: ",",
		appointments: map[string]string{
			"showroom": "bezoek aan de showroom", "test_drive": "proefrit", "video": "videogesprek", "phone": "telefoongesprek",
		},
		acts: map[string]string{
			ActConfirmed: "bevestigt de afspraak", ActMoved: "wil de afspraak verzetten", ActCancelled: "zegt de afspraak af",
			ActAskedAgain: "vraagt om contact", ActObjected: "wil geen berichten meer",
		},
		followUps: map[lead.FollowUpKind]string{
			lead.TellProvider: "Melden aan de bron", lead.RefundClaim: "Claim bij de bron", lead.HandOver: "Overdragen",
			lead.TryAgain: "Opnieuw proberen", lead.AfterSales: "After-salescampagne", lead.ContactLater: "Later contact",
			lead.BuyingDepartment: "Bod op de inruilauto", lead.StockSearch: "Auto zoeken", lead.SoftReminder: "Herinnering",
			lead.CallAboutQuote: "Bellen over de offerte", lead.FinanceOffer: "Financieringsvoorstel",
			lead.CheckAfterTheDate: "Bezoek nagaan", lead.SendLetter: "Brief sturen", lead.SendVideo: "Videoboodschap sturen",
		},
		departments: map[string]string{
			"service": "de werkplaats", "parts": "de onderdelenafdeling", "aftersales": "de aftersalesafdeling",
			"finance": "de financieringsafdeling", "hr": "personeelszaken", "other_dealer": "de andere dealer", "buying": "de inkoopafdeling",
		},
		details: map[string]string{
			"make": "Gewenst merk", "model": "Gewenst model", "condition": "Nieuw of gebruikt", "department": "Afdeling", "with": "In contact met",
			"expected": "Verwacht", "until": "Tot", "brand": "Merk", "dealer": "Dealer", "area": "Gebied", "lead_id": "Andere lead",
			"amount": "Bedrag", "valid_until": "Geldig tot", "vehicle": "Auto", "order_number": "Ordernummer", "channels": "Wil geen",
			"on": "Op", "about": "Over",
		},
		values: map[string]string{
			"own": "eigen", "other": "ander", "new": "nieuw", "used": "gebruikt", "unknown": "onbekend",
		},
		channels: map[lead.Channel]string{lead.Phone: "telefoontjes", lead.Email: "e-mail", lead.SMS: "sms"},
		labels: labels{
			name: "Naam", phone: "Telefoon", mail: "E-mail", vehicle: "Auto", asked: "Vraag", source: "Bron", received: "Binnengekomen",
			attempts: "Belpogingen", owner: "Eigenaar", appointment: "Afspraak", place: "Plaats",
			due: "Uiterlijk", doneBy: "Voor", reason: "Gesloten als", note: "Toelichting",
			tradeIn: "Inruilauto", followUp: "Opvolging", refuses: "Wil geen", external: "Nummer van de bron", price: "Prijs van de lead",
			colleague: "Collega", conversations: "Gesprekken", results: "Met resultaat", norm: "Norm", paused: "Gepauzeerd",
		},
	},
	english: {
		weekdays: [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		short:    [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
		months: [12]string{
			"January", "February", "March", "April", "May", "June",
			"July", "August", "September", "October", "November", "December",
		},
		at: "at", on: "on", before: "before", by: "by", since: "since", today: "today", hours: "h", of: "of", point: ".",
		appointments: map[string]string{
			"showroom": "visit to the showroom", "test_drive": "test drive", "video": "video call", "phone": "phone call",
		},
		acts: map[string]string{
			ActConfirmed: "confirms the appointment", ActMoved: "wants to move the appointment", ActCancelled: "cancels the appointment",
			ActAskedAgain: "asks to be contacted", ActObjected: "wants no more messages",
		},
		followUps: map[lead.FollowUpKind]string{
			lead.TellProvider: "Tell the provider", lead.RefundClaim: "Refund claim", lead.HandOver: "Hand over",
			lead.TryAgain: "Try again", lead.AfterSales: "After-sales campaign", lead.ContactLater: "Later contact",
			lead.BuyingDepartment: "Offer for the trade-in", lead.StockSearch: "Stock search", lead.SoftReminder: "Reminder",
			lead.CallAboutQuote: "Call about the quote", lead.FinanceOffer: "Finance offer",
			lead.CheckAfterTheDate: "Check the visit", lead.SendLetter: "Send a letter", lead.SendVideo: "Send a video message",
		},
		departments: map[string]string{
			"service": "the service department", "parts": "the parts department", "aftersales": "the after-sales department",
			"finance": "the finance department", "hr": "human resources", "other_dealer": "the other dealer", "buying": "the buying department",
		},
		details: map[string]string{
			"make": "Wanted make", "model": "Wanted model", "condition": "New or used", "department": "Department", "with": "In contact with",
			"expected": "Expected", "until": "Until", "brand": "Brand", "dealer": "Dealer", "area": "Area", "lead_id": "Other lead",
			"amount": "Amount", "valid_until": "Valid until", "vehicle": "Car", "order_number": "Order number", "channels": "Wants no",
			"on": "On", "about": "About",
		},
		values:   map[string]string{},
		channels: map[lead.Channel]string{lead.Phone: "calls", lead.Email: "e-mail", lead.SMS: "text messages"},
		labels: labels{
			name: "Name", phone: "Phone", mail: "E-mail", vehicle: "Car", asked: "Request", source: "Source", received: "Received",
			attempts: "Call attempts", owner: "Owner", appointment: "Appointment", place: "Place",
			due: "Due", doneBy: "To be done by", reason: "Closed as", note: "Explanation",
			tradeIn: "Trade-in", followUp: "Follow-up", refuses: "Wants no", external: "Number at the provider", price: "Price of the lead",
			colleague: "Colleague", conversations: "Conversations", results: "With a result", norm: "Norm", paused: "Paused",
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
