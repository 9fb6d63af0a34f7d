package intake

import (
	"slices"
	"strings"

	"github.com/doorbell-ilm/doorbell/lead"
)

// maxContacts bounds how many numbers and how many addresses are kept.
const maxContacts = 50

// readContacts fills the customer from the contacts of a prospect, the primary
// one first, and from what stands outside of any contact.
func readContacts(p *element, ctx Context, d *Draft) {
	contacts := p.all(besideCustomer, "contact")
	slices.SortStableFunc(contacts, func(a, b *element) int {
		return yes(b.attribute("primarycontact")) - yes(a.attribute("primarycontact"))
	})
	outside := &element{name: "contact", children: p.all(withContact, "name", "email", "phone", "address")}
	contacts = append(contacts, outside)

	c := &d.Customer
	for _, contact := range contacts {
		if c.named() {
			break
		}
		readName(contact, c)
	}
	readAddress(contacts, c)
	preferred := map[string]bool{}
	for _, contact := range contacts {
		for _, e := range contact.all(nil, "email") {
			addEmail(e, c, preferred)
		}
		for _, e := range contact.all(nil, "phone") {
			addPhone(e, ctx, c, preferred)
		}
	}
	rankEmails(c.Emails, preferred)
	rankPhones(c.Phones, preferred)
	c.chooseBest()
}

var withContact = func() map[string]bool {
	names := set("contact")
	for name := range besideCustomer {
		names[name] = true
	}
	return names
}()

func yes(s string) int {
	if said, ok := truth(s); ok && said {
		return 1
	}
	return 0
}

func addEmail(e *element, c *Customer, preferred map[string]bool) {
	written, _ := line(e.words())
	if emptyEmail(written) || len(c.Emails) == maxContacts {
		return
	}
	address := readEmail(written)
	if yes(e.attribute("preferredcontact")) == 1 {
		preferred[address.Written] = true
		if c.PreferredContact == "" {
			c.PreferredContact = string(lead.Email)
		}
	}
	for _, known := range c.Emails {
		if known.Written == address.Written || known.Valid && known.Normalised == address.Normalised {
			return
		}
	}
	c.Emails = append(c.Emails, address)
}

func addPhone(e *element, ctx Context, c *Customer, preferred map[string]bool) {
	written, _ := line(e.words())
	if emptyPhone(written) || len(c.Phones) == maxContacts {
		return
	}
	number := readPhone(written, ctx.Country, c.Country)
	number.Kind = strings.ToLower(e.attribute("type"))
	number.Time = strings.ToLower(e.attribute("time"))
	if fold(number.Time) == "nopreference" {
		number.Time = ""
	}
	if yes(e.attribute("preferredcontact")) == 1 {
		preferred[number.Written] = true
		if c.PreferredContact == "" {
			c.PreferredContact = string(lead.Phone)
		}
	}
	for _, known := range c.Phones {
		if known.Written == number.Written || known.Valid && known.Normalised == number.Normalised {
			return
		}
	}
	c.Phones = append(c.Phones, number)
}

// readAddress takes each part from the first contact that has it.
func readAddress(contacts []*element, c *Customer) {
	for _, contact := range contacts {
		if c.PostalCode == "" {
			c.PostalCode = contact.value(nil, "postalcode")
		}
		if c.City == "" {
			c.City = contact.value(nil, "city")
		}
		if c.Country == "" {
			c.Country = countryCode(contact.value(nil, "country"))
		}
	}
}
