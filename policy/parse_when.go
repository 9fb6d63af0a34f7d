package policy

import (
	"slices"
	"strings"
)

// maxBlocks bounds the times of day in one condition.
const maxBlocks = 24

// readWhen reads the conditions of a rule and reports whether there are any;
// refused ones count.
func (p *Policy) readWhen(v value) (When, bool) {
	before := len(v.doc.errs)
	s := v.section(whenKeys...)
	var w When
	w.Party = condition(s, "party", oneOf(partyWords...))
	w.Source = condition(s, "source", value.code)
	w.Channel = condition(s, "channel", oneOf(arrivalWords...))
	w.Request = condition(s, "request", oneOf(requestWords...))
	w.Make = condition(s, "make", value.words)
	w.Model = condition(s, "model", value.words)
	w.Condition = condition(s, "condition", oneOf(conditionWords...))
	if v := s.get("price"); v.present() {
		w.Price = readPrice(v)
	}
	for _, one := range s.get("weekday").list() {
		w.Weekday = append(w.Weekday, one.days()...)
	}
	slices.Sort(w.Weekday)
	w.Weekday = slices.Compact(w.Weekday)
	if s.get("weekday").emptyList() {
		s.get("weekday").fault("is empty; name a value or delete the condition")
	}
	read(s, "shift", p.shiftName, &w.Shift)
	if v := s.get("hours"); v.present() {
		w.Hours = readHours(v)
	}
	w.Postcode = condition(s, "postcode", value.area)
	read(s, "customer", oneOf(customerWords...), &w.Customer)
	w.Language = condition(s, "language", value.language)
	return w, len(s.fields) > 0 || len(v.doc.errs) > before
}

// condition reads the values of one condition. An empty list would never hold.
func condition[T comparable](s section, name string, read func(value) (T, bool)) []T {
	v := s.get(name)
	if v.emptyList() {
		v.fault("is empty; name a value or delete the condition")
	}
	if !v.present() {
		return nil
	}
	return listOf(v, maxValues, read)
}

// shiftName reads the name of one of the policy's shifts.
func (p *Policy) shiftName(v value) (string, bool) {
	name, ok := v.text()
	if !ok {
		return "", false
	}
	names := make([]string, len(p.Shifts))
	for i := range p.Shifts {
		names[i] = p.Shifts[i].Name
	}
	if !slices.Contains(names, name) {
		v.fault("no shift has the name %s%s; define it under shifts", show(name), suggest(name, names))
		return "", false
	}
	return name, true
}

// readPrice reads {from: 20000, below: 35000}, one of which may be left out.
func readPrice(v value) PriceRange {
	s := v.section(priceKeys...)
	from, below := s.get("from"), s.get("below")
	var r PriceRange
	var okFrom, okBelow bool
	r.From, okFrom = from.amount()
	r.Below, okBelow = below.amount()
	switch {
	case !s.read:
	case !from.present() && !below.present():
		v.fault("is empty; add from, below or both, for example {from: 20000, below: 35000}")
	case okBelow && (okFrom || !from.present()) && r.Below <= r.From:
		below.fault("must be more than %s, where the range begins", writeAmount(r.From))
	case okFrom && !below.present() && r.From == 0:
		from.fault("must be more than 0 when there is no below; every price is from 0")
	}
	return r
}

// readHours reads open or closed, or blocks of the day. Blocks may overlap:
// one that holds is enough.
func readHours(v value) Hours {
	entries := v.list()
	if v.emptyList() {
		v.fault("is empty; write open, closed or hours like \"18:00-24:00\", or delete the condition")
	}
	if len(entries) == 1 {
		if word, ok := entries[0].hoursWord(); ok {
			return Hours{Word: word}
		}
	}
	return Hours{Blocks: listOf(v, maxBlocks, func(v value) (TimeOfDay, bool) {
		if word, ok := v.hoursWord(); ok {
			v.fault("%s stands alone; delete it, or delete the other hours", word)
			return TimeOfDay{}, false
		}
		text, ok := v.text()
		if !ok {
			return TimeOfDay{}, false
		}
		if !strings.ContainsRune(text, ':') {
			v.fault("%s is not known%s; write open, closed or hours like \"18:00-24:00\"", show(text), suggest(text, hoursWords))
			return TimeOfDay{}, false
		}
		b, err := parseBlock(text)
		if err != nil {
			v.fault("%s", err)
		}
		return TimeOfDay{From: b.from, To: b.to}, err == nil
	})}
}

// The words that Hours may have.
const (
	hoursOpen   = "open"
	hoursClosed = "closed"
)

var hoursWords = []string{hoursOpen, hoursClosed}

// hoursWord reports whether the value is one of the words for hours.
func (v value) hoursWord() (string, bool) {
	if !v.isScalar() {
		return "", false
	}
	text := v.node.GetToken().Value
	return text, slices.Contains(hoursWords, text)
}

// language reads the two letters of a language, in lower case.
func (v value) language() (string, bool) {
	text, ok := v.text()
	if !ok {
		return "", false
	}
	code := strings.ToLower(text)
	if len(code) != 2 || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz") != "" {
		v.fault("must be the two letters of a language, for example nl")
		return "", false
	}
	return code, true
}
