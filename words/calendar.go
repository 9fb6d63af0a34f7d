package words

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// calendar is how a language tells days.
type calendar struct {
	at              string // between day and time
	thousand, point string // between thousands, and before the cents
	hour, days      string // the unit of hours, and the word for days
	weekdays, short [7]string
	months          [12]string
	today, tomorrow string
	yesterday       string
	joins           map[string]string // the last two of a row, by how English joins them
}

var calendars = map[string]*calendar{
	Dutch: {
		at: "om", thousand: ".", point: ",", hour: "u", days: "dagen",
		weekdays: [7]string{"zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"},
		short:    [7]string{"zo", "ma", "di", "wo", "do", "vr", "za"},
		months: [12]string{
			"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december",
		},
		today: "vandaag", tomorrow: "morgen", yesterday: "gisteren",
		joins: map[string]string{" or ": " of ", " and ": " en "},
	},
	English: {
		at: "at", thousand: ",", point: ".", hour: "h", days: "days",
		weekdays: [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		short:    [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
		months: [12]string{
			"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
		},
		today: "today", tomorrow: "tomorrow", yesterday: "yesterday",
	},
}

// Clock is the time of day in the dealer's zone, such as "14:00".
func (w *Words) Clock(t time.Time) string { return t.In(w.Zone).Format("15:04") }

// Day is a date in full, such as "Tuesday 24 November".
func (w *Words) Day(t time.Time) string {
	t = t.In(w.Zone)
	return fmt.Sprintf("%s %d %s", w.calendar.weekdays[t.Weekday()], t.Day(), w.calendar.months[t.Month()-1])
}

// Date is a date with its year, such as "24 November 2026".
func (w *Words) Date(t time.Time) string {
	t = t.In(w.Zone)
	return fmt.Sprintf("%d %s %d", t.Day(), w.calendar.months[t.Month()-1], t.Year())
}

// Moment is Day and Clock, such as "Tuesday 24 November at 14:00".
func (w *Words) Moment(t time.Time) string {
	return w.Day(t) + " " + w.calendar.at + " " + w.Clock(t)
}

// Short tells an instant in as few words as it can be told in at now: "14:00"
// today, "tomorrow 9:00", "Tue 14:00" within a week, else "24 Nov 14:00", with
// the year when it is another.
func (w *Words) Short(t, now time.Time) string {
	day := w.ShortDay(t, now)
	if day == w.calendar.today {
		return w.Clock(t)
	}
	return day + " " + w.Clock(t)
}

// ShortDay is the day of Short alone; today is "today".
func (w *Words) ShortDay(t, now time.Time) string {
	t, now = t.In(w.Zone), now.In(w.Zone)
	switch away := dayNumber(t) - dayNumber(now); {
	case away == 0:
		return w.calendar.today
	case away == 1:
		return w.calendar.tomorrow
	case away == -1:
		return w.calendar.yesterday
	case away > 1 && away < 7:
		return w.calendar.short[t.Weekday()]
	case t.Year() == now.Year():
		return fmt.Sprintf("%d %s", t.Day(), w.month(t))
	}
	return fmt.Sprintf("%d %s %d", t.Day(), w.month(t), t.Year())
}

// month is the month in three letters; Dutch has mrt for March.
func (w *Words) month(t time.Time) string {
	if w.Language == Dutch && t.Month() == time.March {
		return "mrt"
	}
	return w.calendar.months[t.Month()-1][:3]
}

// dayNumber counts the days of the calendar, without regard to how long they are.
func dayNumber(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

// Stamp tells an instant wherever it is read and whenever: "Tue 24 Nov 14:00".
func (w *Words) Stamp(t time.Time) string {
	t = t.In(w.Zone)
	return fmt.Sprintf("%s %d %s %s", w.calendar.short[t.Weekday()], t.Day(), w.month(t), w.Clock(t))
}

// Soon tells an instant within a sentence: "today 14:00", "tomorrow 9:00", and
// in Dutch "morgen om 9:00".
func (w *Words) Soon(t, now time.Time) string {
	between := " "
	if w.Language == Dutch {
		between = " " + w.calendar.at + " "
	}
	return w.ShortDay(t, now) + between + w.Clock(t)
}

// Span tells how long something takes or took: seconds by their largest unit,
// and the next one where it says something.
func (w *Words) Span(seconds int) string {
	switch d := time.Duration(seconds) * time.Second; {
	case d < time.Minute:
		return fmt.Sprintf("%d s", seconds)
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d %s %d min", int(d.Hours()), w.calendar.hour, int(d.Minutes())%60)
	default:
		return fmt.Sprintf("%d %s", int(d.Hours())/24, w.calendar.days)
	}
}

// Number tells a whole number, "1.250" in Dutch and "1,250" in English.
func (w *Words) Number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + w.calendar.thousand + digits[at:]
	}
	return sign + digits
}

// Money tells an amount as the API writes it, "31990.00", in its currency; the
// cents are left out when there are none. What is no such amount is told as it
// is written.
func (w *Words) Money(amount, currency string) string {
	whole, cents, _ := strings.Cut(amount, ".")
	units, err := strconv.Atoi(whole)
	if err != nil {
		return strings.TrimSpace(currency + " " + amount)
	}
	said := w.Number(units)
	if strings.Trim(cents, "0") != "" {
		said += w.calendar.point + cents
	}
	sign := currency
	if currency == "EUR" || currency == "" {
		sign = "€"
	}
	return sign + "\u00a0" + said
}
