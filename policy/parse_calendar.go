package policy

import (
	"time"
)

// readCalendar reads the dealer's opening hours.
func (p *Policy) readCalendar(v value) *Calendar {
	c := &Calendar{zone: p.Zone, days: map[int64][]block{}}
	s := v.section(calendarKeys...)
	c.readWeek(s.require("open", `{mon-fri: "09:00-18:00"}`))
	closed := s.get("closed").list()
	if len(closed) > maxDates {
		s.get("closed").fault("has %d dates and may have %d; delete the past ones", len(closed), maxDates)
		return c
	}
	for _, one := range closed {
		if day, ok := one.date(); ok {
			if _, twice := c.days[day]; twice {
				one.fault("is in the list twice; delete one")
			}
			c.days[day] = nil
		}
	}
	special, _ := s.get("special").fields()
	if len(special) > maxDates {
		s.get("special").fault("has %d dates and may have %d; delete the past ones", len(special), maxDates)
		return c
	}
	for _, f := range special {
		day, err := parseDate(f.name)
		if err != "" {
			f.keyFault("%s", err)
			continue
		}
		if _, closed := c.days[day]; closed {
			f.keyFault("the day is also under closed; keep one of the two")
			continue
		}
		if f.value.emptyList() {
			f.value.fault("has no hours; put a day without any under closed")
			continue
		}
		c.days[day] = f.value.blocks(nil)
	}
	return c
}

// readWeek reads the weekly blocks and checks that there is at least one. A
// day named by two entries has the blocks of both.
func (c *Calendar) readWeek(v value) {
	fields, ok := v.fields()
	if !ok {
		return
	}
	before, opens := len(v.doc.errs), false
	for _, f := range fields {
		days, err := parseDays(f.name)
		if err != nil {
			f.keyFault("%s", err)
			continue
		}
		for _, day := range days {
			faults := len(v.doc.errs)
			c.week[day] = f.value.blocks(c.week[day])
			opens = opens || len(c.week[day]) > 0
			if len(v.doc.errs) > faults {
				break // the same fault on the other days says nothing new
			}
		}
	}
	if !opens && len(v.doc.errs) == before {
		v.fault("the dealer never opens; add hours, for example mon-fri: \"09:00-18:00\"")
	}
}

// readShifts reads the shifts in the order of the file.
func (p *Policy) readShifts(v value) {
	fields, _ := v.fields()
	if len(fields) > maxShifts {
		v.fault("has %d shifts and may have %d", len(fields), maxShifts)
		return
	}
	for _, f := range fields {
		if !isCode(f.name) {
			f.keyFault("the name of a shift has at most 64 letters, digits, - and _, beginning with a letter or digit")
			continue
		}
		p.Shifts = append(p.Shifts, p.readShift(f.name, f.value))
	}
}

// readShift reads one shift. Without days it is on every day. It is off on the
// dealer's closed days.
func (p *Policy) readShift(name string, v value) Shift {
	s := v.section(shiftKeys...)
	hours := s.require("hours", `"18:00-21:00"`)
	blocks := hours.blocks(nil)
	if hours.emptyList() {
		hours.fault("has no hours; write for example \"18:00-21:00\"")
	}
	days := []time.Weekday{
		time.Sunday, time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday,
	}
	if v := s.get("days"); v.present() {
		days = nil
		for _, one := range v.list() {
			days = append(days, one.days()...)
		}
		if v.emptyList() {
			v.fault("is empty; write for example mon-fri")
		}
	}
	calendar := &Calendar{zone: p.Zone, days: map[int64][]block{}}
	for _, day := range days {
		calendar.week[day] = blocks
	}
	for day, special := range p.Calendar.days {
		if len(special) == 0 {
			calendar.days[day] = nil
		}
	}
	return Shift{Name: name, Hours: calendar, Staff: listOf(s.get("staff"), maxStaff, value.address)}
}

// blocks reads the hours of a day and adds them to those it has already.
func (v value) blocks(day []block) []block {
	for _, one := range v.list() {
		text, ok := one.text()
		if !ok {
			continue
		}
		more, err := parseBlock(text)
		if err != nil {
			one.fault("%s", err)
			continue
		}
		joined, apart := joinBlocks(day, []block{more})
		if !apart {
			one.fault("overlaps other hours of the same day; join the two")
			continue
		}
		day = joined
	}
	return day
}

// date reads a date as days since 1970-01-01.
func (v value) date() (int64, bool) {
	text, ok := v.text()
	if !ok {
		return 0, false
	}
	day, fault := parseDate(text)
	if fault != "" {
		v.fault("%s", fault)
		return 0, false
	}
	return day, true
}

// parseDate reads "2026-12-25" as days since 1970-01-01. The fault is "" when
// the date exists.
func parseDate(text string) (day int64, fault string) {
	date, err := time.Parse(time.DateOnly, text)
	if err != nil || date.Year() < firstDate || date.Year() > lastDate {
		return 0, "must be a date that exists, written like 2026-12-25"
	}
	return dayOf(date), ""
}
