package main

import (
	"context"
	"fmt"

	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

type customerEraseCommand struct {
	ofPerson
	KeepOut bool `help:"Note as well that the person wants no more contact: a later lead of his is stored and not answered."`
	DryRun  bool `help:"Change nothing; say what would be erased."`
	JSON    bool `help:"Print JSON."`
	ofDealer
}

// Help is shown below the summary.
func (*customerEraseCommand) Help() string {
	return "It cannot be undone. Names, numbers, addresses, notes, mails and messages as they came in are erased; that there was a lead, " +
		"from where, when and how it ended stays, so that figures stay true. Open leads end. The same lead sent again brings nothing back; " +
		"a new request of the same person is a new lead. See docs/privacy.md."
}

// Run erases the person.
func (c *customerEraseCommand) Run(ctx context.Context, p *program) error {
	return p.onDealer(ctx, c.ofDealer, func(ctx context.Context, s *store.Store, dealer db.Dealer) error {
		whom, err := c.whom(dealer.Country)
		if err != nil {
			return err
		}
		erased, err := s.Erase(ctx, dealer.ID, store.Erasing{
			Whom: whom, Actor: process.Operator, Why: store.AskedToErase, KeepOut: c.KeepOut, Try: c.DryRun,
		})
		if err != nil {
			return nobody(err)
		}
		if c.JSON {
			return p.printJSON(erased)
		}
		switch {
		case len(erased.Customers) == 0:
			p.say("this person was erased before; nothing is left to erase")
			return nil
		case c.DryRun:
			p.say("nothing was changed; this would be erased:")
		default:
			p.say("erased:")
		}
		return p.printTable(erasedRows(erased))
	})
}

func erasedRows(e store.Erased) [][]string {
	rows := [][]string{}
	for _, one := range []struct {
		what string
		n    int64
	}{
		{"customers", int64(len(e.Customers))},
		{"leads", int64(len(e.Leads))},
		{"of them open, which end", int64(e.Open)},
		{"numbers and addresses", e.Contacts},
		{"notes", e.Notes},
		{"mails written by hand", e.Mails},
		{"closings with words in them", e.Closings},
		{"ids of calls", e.Calls},
		{"entries of consent", e.Consent},
		{"messages as they came in", e.Messages},
		{"entries of the quarantine", e.Held},
		{"follow-ups, dropped", e.FollowUps},
		{"wishes not to be contacted, kept under a pseudonym", e.Refusals},
		{"answers kept for repeated requests", e.Answers},
	} {
		rows = append(rows, []string{fmt.Sprint(one.n), one.what})
	}
	for _, id := range e.Leads {
		rows = append(rows, []string{"lead", id.String()})
	}
	return rows
}
