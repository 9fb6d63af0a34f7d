package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// NewDealer is what a dealer begins with.
type NewDealer struct {
	Name, Country, Zone, Language, Phone, Address, MailFrom, Colour string
	// Policy is the text of the first policy; "" means the shipped standard.
	Policy  string
	Staff   []NewStaff
	Sources []NewSource
	// First makes the dealer only where there is none: ErrNotFirst otherwise.
	First bool
}

// ErrNotFirst says that there is a dealer already.
var ErrNotFirst = errors.New("there is a dealer already")

// NewStaff is a member of staff to be.
type NewStaff struct {
	Email, Name, Phone, Language string
	Role                         lead.Role
	PasswordHash                 string
	// Languages are those he speaks besides the dealer's own, ISO 639-1; Makes
	// are those he is trained on, none for all.
	Languages, Makes []string
	// Capacity is how many open leads he works at most; 0 is no bound.
	Capacity int
}

// NewSource is a source to be.
type NewSource struct {
	Code, Name string
	Party      lead.Party
	Paid       bool
	CostCents  int64 // per lead
	Currency   string
}

// CreateDealer makes a dealer with its policy, the shipped reasons, staff and
// sources, all or nothing.
func (s *Store) CreateDealer(ctx context.Context, n NewDealer) (uuid.UUID, error) {
	if n.Policy == "" {
		n.Policy = string(policy.Standard())
	}
	yardstick, err := policy.Parse([]byte(n.Policy))
	if err != nil {
		return uuid.Nil, fmt.Errorf("policy: %w", err)
	}
	if n.Zone == "" {
		n.Zone = yardstick.Zone.String()
	}
	if n.Country == "" {
		n.Country = yardstick.Country
	}
	id := NewID()
	err = s.InTx(ctx, func(q *db.Queries) error {
		if err := isFirst(ctx, q, n.First); err != nil {
			return err
		}
		err := q.InsertDealer(ctx, db.InsertDealerParams{
			ID: id, Name: n.Name, Country: n.Country, Zone: n.Zone, Language: n.Language, Phone: n.Phone, Address: n.Address,
			MailFrom: n.MailFrom, Colour: n.Colour,
		})
		if err != nil {
			return err
		}
		if err := Record(ctx, q, Entry{Dealer: id, Kind: DealerAdded, Object: id}); err != nil {
			return err
		}
		if _, err := q.InsertPolicy(ctx, db.InsertPolicyParams{DealerID: id, Text: n.Policy}); err != nil {
			return err
		}
		if _, err := q.InsertReasons(ctx, db.InsertReasonsParams{DealerID: id, Changes: []byte("[]")}); err != nil {
			return err
		}
		for _, p := range n.Staff {
			if err := addStaff(ctx, q, id, NewID(), p); err != nil {
				return err
			}
		}
		for _, o := range n.Sources {
			if err := addSource(ctx, q, id, NewID(), o); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("create dealer: %w", err)
	}
	return id, nil
}

// isFirst returns ErrNotFirst when there is a dealer, and keeps others from
// adding one until the transaction ends. Unless it has to be so nothing happens.
func isFirst(ctx context.Context, q *db.Queries, hasTo bool) error {
	if !hasTo {
		return nil
	}
	if err := q.LockDealers(ctx); err != nil {
		return fmt.Errorf("wait for other dealers: %w", err)
	}
	there, err := q.AnyDealer(ctx)
	if err != nil {
		return fmt.Errorf("other dealers: %w", err)
	}
	if there {
		return ErrNotFirst
	}
	return nil
}

// AddStaff adds a member of staff. The e-mail address must be new.
func (s *Store) AddStaff(ctx context.Context, dealer uuid.UUID, n NewStaff) (uuid.UUID, error) {
	id := NewID()
	return id, s.InTx(ctx, func(q *db.Queries) error { return addStaff(ctx, q, dealer, id, n) })
}

func addStaff(ctx context.Context, q *db.Queries, dealer, id uuid.UUID, n NewStaff) error {
	err := q.InsertStaff(ctx, db.InsertStaffParams{
		ID: id, DealerID: dealer, Email: strings.ToLower(n.Email), Name: n.Name, Phone: n.Phone, Role: string(n.Role),
		Language: n.Language, PasswordHash: n.PasswordHash,
		Languages: listed(n.Languages), Makes: listed(n.Makes), Capacity: int32(n.Capacity),
	})
	if err != nil {
		return fmt.Errorf("add staff: %w", err)
	}
	return Record(ctx, q, Entry{Dealer: dealer, Kind: StaffAdded, Object: id, Data: map[string]any{"role": n.Role}})
}

// listed returns the list as the database keeps it, where none is [].
func listed(words []string) []string { return append([]string{}, words...) }

// AddSource adds a source. Its code must be new for the dealer.
func (s *Store) AddSource(ctx context.Context, dealer uuid.UUID, n NewSource) (uuid.UUID, error) {
	id := NewID()
	return id, s.InTx(ctx, func(q *db.Queries) error { return addSource(ctx, q, dealer, id, n) })
}

func addSource(ctx context.Context, q *db.Queries, dealer, id uuid.UUID, n NewSource) error {
	if n.Currency == "" {
		n.Currency = euro
	}
	err := q.InsertSource(ctx, db.InsertSourceParams{
		ID: id, DealerID: dealer, Code: n.Code, Name: n.Name, Party: string(n.Party), Paid: n.Paid, CostCents: n.CostCents, Currency: n.Currency,
	})
	if err != nil {
		return fmt.Errorf("add source: %w", err)
	}
	return Record(ctx, q, Entry{Dealer: dealer, Kind: SourceAdded, Object: id})
}
