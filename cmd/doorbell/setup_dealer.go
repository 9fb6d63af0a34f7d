package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/store"
)

type dealerCommand struct {
	Add dealerAddCommand `cmd:"" help:"Add a dealer with a policy; staff, sources and keys come after."`
}

type dealerAddCommand struct {
	Name     string `required:"" help:"The dealer's name, as customers know it."`
	Country  string `help:"Two letters such as NL: how phone numbers are read. Else that of the policy."`
	Zone     string `help:"Time zone such as Europe/Amsterdam. Else that of the policy."`
	Language string `help:"Language of mails where the customer's is not known: nl or en." enum:"nl,en" default:"nl"`
	Phone    string `help:"Phone number that stands in mails."`
	Address  string `help:"Address of the showroom, as it stands in mails."`
	MailFrom string `help:"Sender of the dealer's mails; else MAIL_FROM."`
	Colour   string `help:"Colour of the dealer's mails, such as #0a5ea8."`
	Policy   string `help:"Policy file; - reads standard input. Else the standard policy that ships with Doorbell." placeholder:"FILE"`
	JSON     bool   `help:"Print JSON."`
}

var (
	countryForm = regexp.MustCompile(`^[A-Z]{2}$`)
	colourForm  = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
)

// Run adds the dealer and prints its id.
func (c *dealerAddCommand) Run(ctx context.Context, p *program) error {
	if err := c.check(); err != nil {
		return err
	}
	var text []byte
	if c.Policy != "" {
		var err error
		if text, err = p.readFile(c.Policy); err != nil {
			return err
		}
		found, err := policyFaults(text)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			return fmt.Errorf("the policy has %d faults: see `doorbell policy check %s`", len(found), c.Policy)
		}
	}
	return p.onStore(ctx, func(ctx context.Context, s *store.Store) error {
		id, err := s.CreateDealer(ctx, store.NewDealer{
			Name: c.Name, Country: c.Country, Zone: c.Zone, Language: c.Language, Phone: c.Phone, Address: c.Address,
			MailFrom: c.MailFrom, Colour: c.Colour, Policy: string(text),
		})
		if err != nil {
			return err
		}
		return p.done(c.JSON, added{ID: id}, "added dealer %s", c.Name)
	})
}

func (c *dealerAddCommand) check() error {
	c.Name, c.Country = strings.TrimSpace(c.Name), strings.ToUpper(c.Country)
	if _, err := time.LoadLocation(c.Zone); c.Zone == "Local" || err != nil {
		return usageError{"--zone must be a time zone such as Europe/Amsterdam"}
	}
	if _, err := message.ParseAddress(c.MailFrom); c.MailFrom != "" && err != nil {
		return usageError{"--mail-from must be an address such as leads@dealer.example"}
	}
	switch {
	case c.Name == "":
		return usageError{"--name must not be empty"}
	case c.Country != "" && !countryForm.MatchString(c.Country):
		return usageError{"--country must be two letters such as NL"}
	case c.Colour != "" && !colourForm.MatchString(c.Colour):
		return usageError{"--colour must look like #0a5ea8"}
	}
	return nil
}

type sourceCommand struct {
	Add sourceAddCommand `cmd:"" help:"Add a source of leads."`
}

type sourceAddCommand struct {
	Code  string  `required:"" help:"Short name, as it stands in the policy and in reports: small letters, digits and dashes."`
	Name  string  `help:"Name to show; else the code."`
	Party string  `required:"" enum:"first,second,third" help:"Whose leads they are: first (the dealer's own), second (the importer's), third (a portal's)."`
	Paid  bool    `help:"Its leads are paid for."`
	Cost  float64 `help:"What one lead costs, in the currency, such as 25 or 12.50; means --paid."`

	Currency string `help:"Currency of the cost." default:"EUR"`
	JSON     bool   `help:"Print JSON."`
	ofDealer
}

var (
	codeForm     = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
)

// mostCost is more than a lead ever cost.
const mostCost = 1_000_000

// Run adds the source and prints its id.
func (c *sourceAddCommand) Run(ctx context.Context, p *program) error {
	switch {
	case !codeForm.MatchString(c.Code):
		return usageError{"--code must be small letters, digits and dashes, at most 63"}
	case !(c.Cost >= 0 && c.Cost <= mostCost):
		return usageError{"--cost must be an amount such as 25 or 12.50"}
	case !currencyForm.MatchString(c.Currency):
		return usageError{"--currency must be three letters such as EUR"}
	}
	return p.onStore(ctx, func(ctx context.Context, s *store.Store) error {
		dealer, err := c.find(ctx, s)
		if err != nil {
			return err
		}
		id, err := s.AddSource(ctx, dealer.ID, store.NewSource{
			Code: c.Code, Name: first(strings.TrimSpace(c.Name), c.Code), Party: lead.Party(c.Party),
			Paid: c.Paid || c.Cost > 0, CostCents: int64(c.Cost*100 + 0.5), Currency: c.Currency,
		})
		if err != nil {
			return existsAlready(err, "the dealer has a source "+c.Code+" already")
		}
		return p.done(c.JSON, added{ID: id}, "added source %s of %s; `doorbell key add --source %s` makes a key for it", c.Code, dealer.Name, c.Code)
	})
}
