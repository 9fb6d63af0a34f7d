package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/intake"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

type customerCommand struct {
	Export    customerExportCommand    `cmd:"" help:"Write down everything that is held about a person, as one JSON document."`
	Erase     customerEraseCommand     `cmd:"" help:"Erase a person: names, numbers and words go, what counts stays."`
	Suppress  customerSuppressCommand  `cmd:"" help:"Note that somebody does not want to be contacted, known or not."`
	Retention customerRetentionCommand `cmd:"" help:"Say for how long people are kept, or change it; who is older is erased every day."`
}

// ofPerson says which person a command is about.
type ofPerson struct {
	Email string `xor:"person" required:"" placeholder:"ADDRESS" help:"Whoever gave this e-mail address."`
	Phone string `xor:"person" required:"" placeholder:"NUMBER" help:"Whoever gave this phone number, in any notation of the dealer's country."`
	Lead  string `xor:"person" required:"" placeholder:"ID" help:"Whoever asked by this lead."`
	ID    string `xor:"person" required:"" placeholder:"ID" help:"This customer."`
	Only  bool   `help:"Leave out others with a number or an address of theirs in common; otherwise they are the same person."`
}

// whom returns the person at a dealer of the country.
func (o ofPerson) whom(country string) (store.Whom, error) {
	w := store.Whom{Only: o.Only}
	var err error
	switch {
	case o.Email != "":
		w.Kind, w.Written = store.Email, strings.TrimSpace(o.Email)
		w.Normalised, _ = intake.NormaliseEmail(o.Email)
	case o.Phone != "":
		w.Kind, w.Written = store.Phone, strings.TrimSpace(o.Phone)
		w.Normalised, _ = intake.NormalisePhone(o.Phone, country)
	case o.Lead != "":
		w.Lead, err = uuid.Parse(o.Lead)
	default:
		w.Customer, err = uuid.Parse(o.ID)
	}
	if err != nil {
		return w, usageError{"an id looks like 0199f2c4-7b1e-7c3a-9d52-3f0c8a1b6e47"}
	}
	if w.Kind != "" && w.Normalised == "" {
		w.Normalised = w.Written // it may have been stored as it was written
	}
	return w, nil
}

// nobody puts words for a person in the place of the store's.
func nobody(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return errors.New("the dealer holds nothing about anybody like that")
	}
	return err
}

// onDealer runs a command on the rows of one dealer.
func (p *program) onDealer(ctx context.Context, of ofDealer, do func(ctx context.Context, s *store.Store, dealer db.Dealer) error) error {
	return p.onStore(ctx, func(ctx context.Context, s *store.Store) error {
		dealer, err := of.find(store.Across(ctx), s)
		if err != nil {
			return err
		}
		return do(store.ForDealer(ctx, dealer.ID), s, dealer)
	})
}

type customerSuppressCommand struct {
	Email   string   `xor:"address" required:"" placeholder:"ADDRESS" help:"This e-mail address."`
	Phone   string   `xor:"address" required:"" placeholder:"NUMBER" help:"This phone number."`
	Channel []string `enum:"phone,sms,email" placeholder:"CHANNEL" help:"By which ways: phone, sms or email; otherwise by all that there are to it."`
	ofDealer
}

// Run notes the wish. It holds from this moment on, for every message and every
// call; the workflows of open leads are told through the outbox.
func (c *customerSuppressCommand) Run(ctx context.Context, p *program) error {
	return p.onDealer(ctx, c.ofDealer, func(ctx context.Context, s *store.Store, dealer db.Dealer) error {
		kind, fits := store.Email, []string{string(lead.Email)}
		normalised, valid := intake.NormaliseEmail(c.Email)
		if c.Phone != "" {
			kind, fits = store.Phone, []string{string(lead.Phone), string(lead.SMS)}
			normalised, valid = intake.NormalisePhone(c.Phone, dealer.Country)
		}
		if !valid {
			return usageError{"--" + kind + " cannot be read; give an address such as jan@example.com, or a number such as +31612345678"}
		}
		var channels []lead.Channel
		for _, name := range fits {
			if len(c.Channel) == 0 || slices.Contains(c.Channel, name) {
				channels = append(channels, lead.Channel(name))
			}
		}
		if len(channels) == 0 {
			return usageError{fmt.Sprintf("--channel must be among %s for --%s", strings.Join(fits, " and "), kind)}
		}
		told, err := s.Suppress(ctx, dealer.ID, kind, normalised, channels)
		if err != nil {
			return err
		}
		p.say("noted; %d open leads are told", told)
		return nil
	})
}
