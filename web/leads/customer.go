package leads

import (
	"slices"
	"strings"

	"github.com/doorbell-ilm/doorbell/api/gen"
)

// numbers are the customer's valid numbers in E.164, the best first.
func numbers(c *gen.Customer) []string {
	var out []string
	for _, p := range c.Phones {
		if p.Valid && p.Normalised != nil && !slices.Contains(out, *p.Normalised) {
			out = append(out, *p.Normalised)
		}
	}
	return out
}

// number is the one to call, "" for none.
func number(c *gen.Customer) string {
	if all := numbers(c); len(all) > 0 {
		return all[0]
	}
	return ""
}

// unusable are the numbers that nobody can call, as they were written.
func unusable(c *gen.Customer) []string {
	var out []string
	for _, p := range c.Phones {
		if !p.Valid {
			out = append(out, p.Written)
		}
	}
	return out
}

// callable reports whether the customer can be called and lets himself be.
func callable(c *gen.Customer) bool { return number(c) != "" && !refuses(c, gen.ContactChannelPhone) }

// mailable is the same for mail.
func mailable(c *gen.Customer) bool {
	return mailAddress(c) != "" && !refuses(c, gen.ContactChannelEmail)
}

// mailAddress is the one that mail goes to: the first that takes it, "" for none.
func mailAddress(c *gen.Customer) string {
	for _, p := range c.Emails {
		if !p.Valid || p.Suppressed != nil {
			continue
		}
		if p.Normalised != nil {
			return *p.Normalised
		}
		return p.Written
	}
	return ""
}

// returning are the addresses that take no mail.
func returning(c *gen.Customer) []gen.ContactPoint {
	var out []gen.ContactPoint
	for _, p := range c.Emails {
		if p.Suppressed != nil {
			out = append(out, p)
		}
	}
	return out
}

func refuses(c *gen.Customer, channel gen.ContactChannel) bool {
	return slices.Contains(c.DoNotContact, channel)
}

// called is the customer's name, "" when nobody knows it.
func called(c *gen.Customer) string {
	parts := joined(c.FirstName, c.Infix, c.LastName)
	if parts == "" {
		return joined(c.FullName)
	}
	return parts
}

// car is the wanted car in one line, "" for none.
func car(v *gen.Vehicle) string {
	if v == nil {
		return ""
	}
	return joined(v.Make, v.Model, v.Trim)
}

func joined(parts ...*string) string {
	var out []string
	for _, p := range parts {
		if p != nil && strings.TrimSpace(*p) != "" {
			out = append(out, strings.TrimSpace(*p))
		}
	}
	return strings.Join(out, " ")
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
