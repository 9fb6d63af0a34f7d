package policy

import (
	"strconv"
	"strings"
)

// amount reads an amount of money in units of the currency in which leads are
// posted, as 20000 or 19999.95, and returns cents.
func (v value) amount() (int64, bool) {
	text, ok := v.text()
	if !ok {
		return 0, false
	}
	cents, ok := parseAmount(text)
	if !ok {
		v.fault("must be an amount like 20000 or 19999.95, below a thousand million and without signs between the thousands")
	}
	return cents, ok
}

// positiveAmount is amount for measures at which nothing would mean all.
func (v value) positiveAmount() (int64, bool) {
	cents, ok := v.amount()
	if ok && cents == 0 {
		v.fault("must be more than 0")
	}
	return cents, ok && cents > 0
}

// parseAmount reads "20000" and "19999.95" as cents.
func parseAmount(text string) (int64, bool) {
	units, fraction, hasFraction := strings.Cut(text, ".")
	if !areDigits(units) || len(units) > 9 {
		return 0, false
	}
	if hasFraction && (!areDigits(fraction) || len(fraction) > 2) {
		return 0, false
	}
	cents, err := strconv.ParseInt(units+(fraction + "00")[:2], 10, 64)
	return cents, err == nil
}

// writeAmount writes cents so that parseAmount reads the same back.
func writeAmount(cents int64) string {
	text := strconv.FormatInt(cents/100, 10)
	if cents%100 == 0 {
		return text
	}
	return text + "." + strconv.FormatInt(100+cents%100, 10)[1:]
}

// areDigits reports whether text is one digit or more and nothing else.
func areDigits(text string) bool {
	for _, r := range []byte(text) {
		if r < '0' || r > '9' {
			return false
		}
	}
	return text != ""
}

// percent reads a whole number of per cent with its sign, as 30%. Without it
// 30 could as well be thirty leads.
func (v value) percent(least, most int) (int, bool) {
	text, ok := v.text()
	if !ok {
		return 0, false
	}
	number, sign := strings.CutSuffix(text, "%")
	n, err := strconv.Atoi(number)
	if !sign || !areDigits(number) || err != nil || n < least || n > most {
		v.fault("must be a percentage from %d%% to %d%%, written with its sign", least, most)
		return 0, false
	}
	return n, true
}
