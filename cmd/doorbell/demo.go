package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/internal/password"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/signin"
)

// demoName is how the demo dealer is found again.
const demoName = "Autobedrijf De Linde"

// demoStaff are the accounts of the demo dealer. Their numbers are of those
// that are never given out.
var demoStaff = []store.NewStaff{
	{Email: "bea@demo.example", Name: "Bea van Dam", Role: lead.RoleBDC},
	{Email: "sam@demo.example", Name: "Sam Visser", Role: lead.RoleSalesperson, Phone: "+31612345671"},
	{Email: "tess@demo.example", Name: "Tess Smit", Role: lead.RoleSalesperson, Phone: "+31612345672"},
	{Email: "uma@demo.example", Name: "Uma Kok", Role: lead.RoleSalesperson, Phone: "+31612345673"},
	{Email: "max@demo.example", Name: "Max Meijer", Role: lead.RoleSalesManager, Phone: "+31612345674"},
	{Email: "gwen@demo.example", Name: "Gwen Groot", Role: lead.RoleGeneralManager, Phone: "+31612345675"},
	{Email: "mia@demo.example", Name: "Mia Mol", Role: lead.RoleMarketer},
	{Email: "ada@demo.example", Name: "Ada Bos", Role: lead.RoleAdmin},
}

// demoSources are where the demo dealer's leads come from; each has a key of
// its name.
var demoSources = []store.NewSource{
	{Code: "website", Name: "Website", Party: lead.FirstParty},
	{Code: "portal", Name: "AutoPlein", Party: lead.ThirdParty, Paid: true, CostCents: 2500},
}

// integrationKey is the name of the key that may do everything.
const integrationKey = "integration"

// demo is what .doorbell/demo.json keeps: the secrets of the demo dealer, of
// which the database has only hashes.
type demo struct {
	Passwords map[string]string `json:"passwords"` // by e-mail address
	APIKeys   map[string]string `json:"api_keys"`  // by name
}

// demoData makes the demo dealer, or completes it, and returns its secrets. It
// may be run at every start, and be killed anywhere in the middle.
func demoData(ctx context.Context, s *store.Store, dir string) (demo, error) {
	file := filepath.Join(dir, "demo.json")
	d := demo{}
	if text, err := os.ReadFile(file); err == nil {
		_ = json.Unmarshal(text, &d) // one that cannot be read is made anew
	}
	if d.Passwords == nil {
		d.Passwords = map[string]string{}
	}
	if d.APIKeys == nil {
		d.APIKeys = map[string]string{}
	}
	for _, person := range demoStaff {
		if d.Passwords[person.Email] == "" {
			d.Passwords[person.Email] = password.Random()
		}
	}
	// Before the database: a password that is stored there and nowhere else
	// would be lost if we were killed now.
	if err := writeJSON(file, d); err != nil {
		return d, err
	}
	dealer, err := demoDealer(ctx, s, d)
	if err != nil {
		return d, err
	}
	if err := demoAccounts(ctx, s, dealer, d); err != nil {
		return d, err
	}
	if err := demoKeys(ctx, s, dealer, d); err != nil {
		return d, err
	}
	return d, writeJSON(file, d)
}

// errForeign keeps demo accounts out of a database that is somebody's.
var errForeign = errors.New("this database belongs to other dealers: `doorbell dev` makes demo accounts, so give it an empty one, or use `serve` and `worker`")

// demoDealer returns the dealer's id, and makes it with staff and sources
// where there is none.
func demoDealer(ctx context.Context, s *store.Store, d demo) (uuid.UUID, error) {
	all, err := s.ListDealers(ctx)
	if err != nil {
		return uuid.Nil, fmt.Errorf("look for the demo dealer: %w", err)
	}
	at := slices.IndexFunc(all, func(one db.Dealer) bool { return one.Name == demoName })
	switch {
	case at >= 0:
		return all[at].ID, nil
	case len(all) > 0:
		return uuid.Nil, errForeign
	}
	staff := slices.Clone(demoStaff)
	for i := range staff {
		staff[i].PasswordHash = password.Hash(d.Passwords[staff[i].Email])
	}
	id, err := s.CreateDealer(ctx, store.NewDealer{
		Name: demoName, Language: "nl", Phone: "+31201234567", Address: "Lindelaan 14, 3811 AB Amersfoort",
		MailFrom: "leads@delinde.example", Colour: "#0a5ea8", Staff: staff, Sources: demoSources,
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("make the demo dealer: %w", err)
	}
	return id, nil
}

// demoAccounts adds who is missing, and sees to it that the passwords are those
// that we tell.
func demoAccounts(ctx context.Context, s *store.Store, dealer uuid.UUID, d demo) error {
	have, err := s.ListStaff(ctx, dealer)
	if err != nil {
		return fmt.Errorf("look for the demo accounts: %w", err)
	}
	for _, person := range demoStaff {
		at := slices.IndexFunc(have, func(p db.Staff) bool { return p.Email == person.Email })
		switch {
		case at < 0:
			person.PasswordHash = password.Hash(d.Passwords[person.Email])
			_, err = s.AddStaff(ctx, dealer, person)
		case password.Verify(d.Passwords[person.Email], have[at].PasswordHash) != nil:
			err = s.SetPassword(ctx, db.SetPasswordParams{DealerID: dealer, ID: have[at].ID, PasswordHash: password.Hash(d.Passwords[person.Email])})
		}
		if err != nil {
			return fmt.Errorf("make the demo account %s: %w", person.Email, err)
		}
	}
	return nil
}

// demoKeys makes the keys that do not work (any more).
func demoKeys(ctx context.Context, s *store.Store, dealer uuid.UUID, d demo) error {
	sources := map[string]string{integrationKey: ""}
	for _, source := range demoSources {
		sources[source.Code] = source.Code
		_, err := s.SourceByCode(ctx, db.SourceByCodeParams{DealerID: dealer, Code: source.Code})
		if errors.Is(err, pgx.ErrNoRows) {
			_, err = s.AddSource(ctx, dealer, source)
		}
		if err != nil {
			return fmt.Errorf("make the demo source %s: %w", source.Code, err)
		}
	}
	for name, source := range sources {
		_, err := s.LookUpKey(ctx, d.APIKeys[name])
		if err == nil {
			continue
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if _, err := s.RevokeKeys(ctx, db.RevokeKeysParams{DealerID: dealer, Name: name}); err != nil {
			return fmt.Errorf("revoke the old key %s: %w", name, err)
		}
		if d.APIKeys[name], err = makeKey(ctx, s, dealer, name, source); err != nil {
			return fmt.Errorf("make the demo key %s: %w", name, err)
		}
	}
	return nil
}

// users are the demo accounts as dev.json lists them.
func (d demo) users() []devUser {
	var users []devUser
	for _, person := range demoStaff {
		users = append(users, devUser{Email: person.Email, Password: d.Passwords[person.Email], Role: string(person.Role)})
	}
	return users
}

// accounts are the demo accounts as the page to sign in offers them.
func (d demo) accounts() []signin.Demo {
	var accounts []signin.Demo
	for _, person := range demoStaff {
		accounts = append(accounts, signin.Demo{Name: person.Name, Email: person.Email, Password: d.Passwords[person.Email], Role: person.Role})
	}
	return accounts
}
