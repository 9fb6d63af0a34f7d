package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/doorbell-ilm/doorbell/internal/password"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/store"
)

type userCommand struct {
	Add userAddCommand `cmd:"" help:"Add a member of staff."`
}

type userAddCommand struct {
	Email         string   `required:"" help:"E-mail address: where mail goes and the name to sign in with."`
	Name          string   `required:"" help:"Name, as customers and colleagues know it."`
	Role          string   `required:"" enum:"bdc,salesperson,sales_manager,general_manager,marketer,admin" help:"One of ${enum}."`
	Phone         string   `help:"Phone number for text messages, as +31612345678."`
	Language      string   `help:"Language of the mails: nl or en; else the dealer's." enum:"nl,en," default:""`
	Languages     []string `help:"Languages spoken besides the dealer's own, as fr,de." placeholder:"CODE"`
	Makes         []string `help:"Makes trained on, as Renault,Dacia; none for all." placeholder:"MAKE"`
	Capacity      int      `help:"Most open leads at a time; 0 for no bound." placeholder:"N"`
	PasswordStdin bool     `help:"Read the password from standard input; else one is made and shown once."`
	JSON          bool     `help:"Print JSON."`
	ofDealer
}

// Run adds the member of staff and prints the password that was made, or else
// the id.
func (c *userAddCommand) Run(ctx context.Context, p *program) error {
	address, err := message.ParseAddress(c.Email)
	if err != nil {
		return usageError{"--email must be an address such as sam@dealer.example"}
	}
	person, faults := store.NewStaff{
		Email: address, Name: c.Name, Phone: c.Phone, Language: c.Language, Role: lead.Role(c.Role),
		Languages: c.Languages, Makes: c.Makes, Capacity: c.Capacity,
	}.Checked()
	if len(faults) > 0 {
		flag, _, _ := strings.Cut(faults[0].Field, "[")
		return usageError{"--" + flag + " " + faults[0].Message}
	}
	secret, made := "", added{}
	if c.PasswordStdin {
		if secret, err = p.readPassword(); err != nil {
			return err
		}
	} else {
		secret = password.Random()
		made.Password = secret
	}
	return p.onStore(ctx, func(ctx context.Context, s *store.Store) error {
		dealer, err := c.find(ctx, s)
		if err != nil {
			return err
		}
		person.PasswordHash = password.Hash(secret)
		made.ID, err = s.AddStaff(ctx, dealer.ID, person)
		if err != nil {
			return existsAlready(err, "somebody has this e-mail address already")
		}
		if c.PasswordStdin {
			return p.done(c.JSON, made, "added %s to %s", c.Name, dealer.Name)
		}
		return p.done(c.JSON, made, "added %s to %s; the password, which is not shown again:", c.Name, dealer.Name)
	})
}

// readPassword reads one line.
func (p *program) readPassword() (string, error) {
	text, err := io.ReadAll(io.LimitReader(p.in, password.Longest+3))
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if strings.ContainsAny(secret, "\r\n") {
		return "", usageError{"standard input must hold the password and nothing else, on one line"}
	}
	if err := password.Check(secret); err != nil {
		return "", usageError{err.Error()}
	}
	return secret, nil
}
