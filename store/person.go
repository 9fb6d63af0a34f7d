package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/store/db"
)

// Whom says which person is meant. Exactly one of the ways is set.
type Whom struct {
	// Kind and Normalised are a number in E.164 or an address in lower case;
	// Written is the same as somebody wrote it.
	Kind, Normalised, Written string
	Lead, Customer            uuid.UUID
	// Only keeps to those who gave this very number or address, or to this very
	// customer. Otherwise whoever shares a number or an address with them is the
	// same person, as everywhere in Doorbell.
	Only bool
}

// Email and Phone are the kinds of a Whom.
const (
	Email = "email"
	Phone = "phone"
)

// person returns the customers that are meant, in the order of their ids. A
// person is a customer for every lead of his. It returns ErrNotFound when there
// is none.
func person(ctx context.Context, q *db.Queries, dealer uuid.UUID, whom Whom) ([]uuid.UUID, error) {
	var people []uuid.UUID
	var one uuid.UUID
	var err error
	switch {
	case whom.Lead != uuid.Nil:
		one, err = q.PersonOfLead(ctx, db.PersonOfLeadParams{DealerID: dealer, ID: whom.Lead})
		people = []uuid.UUID{one}
	case whom.Customer != uuid.Nil:
		one, err = q.PersonByID(ctx, db.PersonByIDParams{DealerID: dealer, ID: whom.Customer})
		people = []uuid.UUID{one}
	case whom.Kind == Email || whom.Kind == Phone:
		people, err = q.PeopleByContact(ctx, db.PeopleByContactParams{
			DealerID: dealer, Kind: whom.Kind, Normalised: whom.Normalised, Written: whom.Written,
		})
	default:
		return nil, errors.New("look for a person: by a phone number, an e-mail address, a lead or a customer")
	}
	if err != nil {
		return nil, fmt.Errorf("look for the person: %w", found(err))
	}
	if len(people) == 0 {
		return nil, fmt.Errorf("look for the person: %w", ErrNotFound)
	}
	if !whom.Only {
		more, err := q.PeopleSharing(ctx, db.PeopleSharingParams{DealerID: dealer, Customers: people})
		if err != nil {
			return nil, fmt.Errorf("who shares a number or an address: %w", err)
		}
		people = append(people, more...)
	}
	slices.SortFunc(people, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(people), nil
}

// namesOf are the numbers and addresses by which somebody stands in a message
// that nobody could read.
func namesOf(contacts []db.ContactsOfPeopleRow) []string {
	const shortest = 6 // what is shorter stands anywhere
	names := []string{}
	for _, c := range contacts {
		for _, name := range []string{c.Written, c.Normalised} {
			if len(name) >= shortest && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
