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
	Email         string `required:"" help:"E-mail address: where mail goes and the name to sign in with."`
	Name          string `required:"" help:"Name, as customers and colleagues know it."`
	Role          string `required:"" enum:"bdc,salesperson,sales_manager,general_manager,marketer,admin" help:"One of ${enum}."`
	Phone         string `help:"Phone number for text messages, as +31612345678."`
	Language      string `help:"Language of the mails: nl or en; else the dealer's." enum:"nl,en," default:""`
	PasswordStdin bool   `help:"Read the password from standard input; else one is made and shown once."`
	JSON          bool   `help:"Print JSON."`
	ofDealer
}

// Run adds the member of staff and prints the password that was made, or else
// the id.
func (c *userAddCommand) Run(ctx context.Context, p *program) error {
	address, err := message.ParseAddress(c.Email)
	switch {
	case err != nil:
		return usageError{"--email must be an address such as sam@dealer.example"}
	case strings.TrimSpace(c.Name) == "":
		return usageError{"--name must not be empty"}
	case c.Phone != "" && !isE164(c.Phone):
		return usageError{"--phone must be a number such as +31612345678"}
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
		made.ID, err = s.AddStaff(ctx, dealer.ID, store.NewStaff{
			Email: address, Name: strings.TrimSpace(c.Name), Phone: c.Phone, Language: c.Language, Role: lead.Role(c.Role),
			PasswordHash: password.Hash(secret),
		})
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

// isE164 reports whether the number is written as the world dials it.
func isE164(number string) bool {
	digits, plus := strings.CutPrefix(number, "+")
	return plus && len(digits) >= 7 && len(digits) <= 15 && digits[0] != '0' && strings.Trim(digits, "0123456789") == ""
}
