package intake

import (
	"cmp"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// NormalisePhone reads a phone number as a person of the given country (ISO 3166
// alpha-2) would write it and returns it in E.164 without extension. valid is
// false, and e164 empty, when no number of any country can be read; an unknown
// country still reads numbers that begin with + or a country code.
func NormalisePhone(written, country string) (e164 string, valid bool) {
	written, _ = line(written)
	country = strings.ToUpper(country)
	for _, candidate := range []string{written, leadingNumber(written)} {
		if e164, valid = parsePhone(candidate, country); valid {
			return e164, true
		}
	}
	return "", false
}

func parsePhone(s, country string) (string, bool) {
	if digits(s) < 6 {
		return "", false
	}
	number, err := phonenumbers.Parse(s, country)
	if err != nil || !phonenumbers.IsValidNumber(number) {
		return "", false
	}
	number.Extension = nil
	return phonenumbers.Format(number, phonenumbers.E164), true
}

// leadingNumber cuts words after (or a label before) the number: "06 12345678
// after six", "mob: 0612345678". Two numbers in one field give the first.
func leadingNumber(s string) string {
	start := strings.IndexAny(s, "+0123456789(")
	if start < 0 {
		return ""
	}
	s = s[start:]
	end := strings.IndexFunc(s, func(r rune) bool {
		return !strings.ContainsRune("+0123456789 ().-\u2010\u2011\u2013", r)
	})
	if end >= 0 {
		s = s[:end]
	}
	return strings.TrimRight(s, " (.-\u2010\u2011\u2013")
}

func digits(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

// readPhone makes one number of the customer. homeCountry is where the customer
// lives, tried when the number is none of the dealer's country.
func readPhone(written, dealerCountry, homeCountry string) PhoneNumber {
	p := PhoneNumber{}
	p.Written, _ = line(written)
	p.Normalised, p.Valid = NormalisePhone(p.Written, dealerCountry)
	if !p.Valid && len(homeCountry) == 2 && !strings.EqualFold(homeCountry, dealerCountry) {
		p.Normalised, p.Valid = NormalisePhone(p.Written, homeCountry)
	}
	return p
}

// emptyPhone reports numbers that forms send where none was given: no digit at
// all in a placeholder, or one digit over and over.
func emptyPhone(s string) bool {
	if empty(s) {
		return true
	}
	first := byte(0)
	n := 0
	for i := range len(s) {
		c := s[i]
		if c < '0' || c > '9' {
			continue
		}
		if n > 0 && c != first {
			return false
		}
		first = c
		n++
	}
	return n >= 3
}

// rankPhones sorts the best number to the front: readable before unreadable,
// cellphone before voice before others, and a fax or pager last because nobody
// answers it. Among equals the preferred one and then the order of the message
// decides; preferred holds the written form.
func rankPhones(all []PhoneNumber, preferred map[string]bool) {
	rank := func(p PhoneNumber) int {
		kind := 1
		switch fold(p.Kind) {
		case "cellphone", "cell", "mobile", "mobilephone", "gsm", "handy":
			kind = 0
		case "voice", "phone", "":
		case "fax", "pager":
			kind = 8
		default:
			kind = 2
		}
		rank := 2 * kind
		if !preferred[p.Written] {
			rank++
		}
		if !p.Valid {
			rank += 6 // behind every readable number but a fax
		}
		return rank
	}
	slices.SortStableFunc(all, func(a, b PhoneNumber) int { return cmp.Compare(rank(a), rank(b)) })
}
