package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// What cannot be done with the staff.
var (
	// ErrLastManager says that nobody would be left who decides on closings.
	ErrLastManager = errors.New("the last manager; appoint another first")
	// ErrAddressTaken says that somebody has the e-mail address.
	ErrAddressTaken = errors.New("the e-mail address is taken")
)

// uniqueViolation is Postgres's code.
const uniqueViolation = "23505"

// The most that is kept of a member of staff.
const (
	longestName = 200 // characters
	longestMake = 50
	mostWords   = 50 // languages or makes
	// MostCapacity is the highest bound of open leads; who may have more has none.
	MostCapacity = 10_000
)

// Checked returns the person as he is stored, without blanks around and words
// twice, and what is wrong with him, by field. The e-mail address is the
// caller's to check: what can be mailed is not the store's to know.
func (n NewStaff) Checked() (NewStaff, []lead.Fault) {
	var faults []lead.Fault
	add := func(field, message string) { faults = append(faults, lead.Fault{Field: field, Message: message}) }
	n.Name, n.Phone = strings.TrimSpace(n.Name), strings.TrimSpace(n.Phone)
	switch {
	case n.Name == "":
		add("name", "must not be empty")
	case utf8.RuneCountInString(n.Name) > longestName || !printable(n.Name):
		add("name", fmt.Sprintf("must have at most %d characters, and no line breaks", longestName))
	}
	if n.Phone != "" && !isE164(n.Phone) {
		add("phone", "must be a number such as +31612345678")
	}
	n.Languages = tidy(n.Languages, strings.ToLower)
	for i, l := range n.Languages {
		if len(l) != 2 || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz") != "" {
			add(fmt.Sprintf("languages[%d]", i), "must be a language of ISO 639-1 such as fr")
		}
	}
	n.Makes = tidy(n.Makes, func(s string) string { return s })
	for i, m := range n.Makes {
		if m == "" || utf8.RuneCountInString(m) > longestMake || !printable(m) {
			add(fmt.Sprintf("makes[%d]", i), fmt.Sprintf("must be a make such as Renault, of at most %d characters", longestMake))
		}
	}
	for field, words := range map[string][]string{"languages": n.Languages, "makes": n.Makes} {
		if len(words) > mostWords {
			add(field, fmt.Sprintf("must have at most %d items", mostWords))
		}
	}
	if n.Capacity < 0 || n.Capacity > MostCapacity {
		add("capacity", fmt.Sprintf("must be at least 1 and at most %d open leads", MostCapacity))
	}
	slices.SortStableFunc(faults, func(a, b lead.Fault) int { return strings.Compare(a.Field, b.Field) })
	return n, faults
}

// tidy takes blanks off words and leaves out those that were there before,
// whatever their case.
func tidy(words []string, as func(string) string) []string {
	out := []string{}
	for _, w := range words {
		w = as(strings.TrimSpace(w))
		if !slices.ContainsFunc(out, func(o string) bool { return strings.EqualFold(o, w) }) {
			out = append(out, w)
		}
	}
	return out
}

func printable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// isE164 reports whether the number is written as the world dials it.
func isE164(number string) bool {
	digits, plus := strings.CutPrefix(number, "+")
	return plus && len(digits) >= 7 && len(digits) <= 15 && digits[0] != '0' && strings.Trim(digits, "0123456789") == ""
}

// AddStaffAs adds a member of staff under an id of the caller's, so that asking
// again adds nobody twice. It returns ErrAddressTaken.
func (s *Store) AddStaffAs(ctx context.Context, dealer, id uuid.UUID, n NewStaff) error {
	err := s.InTx(ctx, func(q *db.Queries) error { return addStaff(ctx, q, dealer, id, n) })
	refused, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || refused.Code != uniqueViolation {
		return err
	}
	if _, err := s.GetStaffOfDealer(ctx, db.GetStaffOfDealerParams{DealerID: dealer, ID: id}); err == nil {
		return nil // an earlier try got through
	}
	return ErrAddressTaken
}

// ChangeStaff has change alter what it is given of somebody, all but his
// address and password, and stores it. Open leads of somebody who does not sell
// any more find another owner; the relay is to be woken. It returns ErrNotFound,
// ErrLastManager, or the error of change.
func (s *Store) ChangeStaff(ctx context.Context, dealer, id uuid.UUID, change func(*NewStaff) error) error {
	return s.withStaff(ctx, dealer, id, func(q *db.Queries, was db.Staff, _ time.Time) error {
		n := NewStaff{
			Name: was.Name, Phone: was.Phone, Role: lead.Role(was.Role), Language: was.Language,
			Languages: was.Languages, Makes: was.Makes, Capacity: int(was.Capacity),
		}
		if err := change(&n); err != nil {
			return err
		}
		if lead.Role(was.Role).Manages() && was.Active && !n.Role.Manages() {
			if err := notTheLast(ctx, q, was); err != nil {
				return err
			}
		}
		err := q.UpdateStaff(ctx, db.UpdateStaffParams{
			DealerID: dealer, ID: id, Name: n.Name, Phone: n.Phone, Role: string(n.Role), Language: n.Language,
			Languages: listed(n.Languages), Makes: listed(n.Makes), Capacity: int32(n.Capacity),
		})
		if err == nil && lead.Role(was.Role).Sells() && !n.Role.Sells() {
			_, err = q.WakeLeadsOf(ctx, db.WakeLeadsOfParams{DealerID: dealer, OwnerID: id})
		}
		if err != nil {
			return err
		}
		return recordStaffChange(ctx, q, was, n)
	})
}

// recordStaffChange puts on the trail what of somebody changed, and from which
// role to which: what he is called and where he is called is nobody's business
// there.
func recordStaffChange(ctx context.Context, q *db.Queries, was db.Staff, n NewStaff) error {
	fields := differing(
		field{"name", was.Name, n.Name}, field{"phone", was.Phone, n.Phone}, field{"role", was.Role, string(n.Role)},
		field{"language", was.Language, n.Language}, field{"languages", listed(was.Languages), listed(n.Languages)},
		field{"makes", listed(was.Makes), listed(n.Makes)}, field{"capacity", int(was.Capacity), n.Capacity},
	)
	if len(fields) == 0 {
		return nil
	}
	data := map[string]any{"fields": fields}
	if was.Role != string(n.Role) {
		data["from_role"], data["role"] = was.Role, n.Role
	}
	return Record(ctx, q, Entry{Dealer: was.DealerID, Kind: StaffChanged, Object: was.ID, Data: data})
}

// Leave takes somebody off the staff and has each of his open leads and
// follow-ups find another owner at once, with a fresh clock; the relay is to be
// woken. Leaving twice changes nothing. It returns ErrNotFound or
// ErrLastManager.
func (s *Store) Leave(ctx context.Context, dealer, id uuid.UUID) error {
	return s.withStaff(ctx, dealer, id, func(q *db.Queries, was db.Staff, _ time.Time) error {
		if !was.Active {
			return nil
		}
		if lead.Role(was.Role).Manages() {
			if err := notTheLast(ctx, q, was); err != nil {
				return err
			}
		}
		if err := q.StaffLeft(ctx, db.StaffLeftParams{DealerID: dealer, ID: id}); err != nil {
			return err
		}
		if err := q.VoidTickets(ctx, id); err != nil {
			return fmt.Errorf("his links to a password: %w", err)
		}
		if _, err := q.WakeLeadsOf(ctx, db.WakeLeadsOfParams{DealerID: dealer, OwnerID: id}); err != nil {
			return fmt.Errorf("his leads: %w", err)
		}
		if _, err := q.WakeFollowUpsOf(ctx, db.WakeFollowUpsOfParams{DealerID: dealer, OwnerID: id}); err != nil {
			return fmt.Errorf("his follow-ups: %w", err)
		}
		return Record(ctx, q, Entry{Dealer: dealer, Kind: StaffLeft, Object: id})
	})
}

// Return brings somebody back who left. Returning twice changes nothing. It
// returns ErrNotFound.
func (s *Store) Return(ctx context.Context, dealer, id uuid.UUID) error {
	return s.withStaff(ctx, dealer, id, func(q *db.Queries, was db.Staff, _ time.Time) error {
		if was.Active {
			return nil
		}
		if err := q.StaffReturned(ctx, db.StaffReturnedParams{DealerID: dealer, ID: id}); err != nil {
			return err
		}
		return Record(ctx, q, Entry{Dealer: dealer, Kind: StaffReturned, Object: id})
	})
}

// withStaff runs f on somebody whom nobody else changes meanwhile, at an
// instant. It takes the rotation's turn first: no step that began before may
// give him a lead afterwards, and two managers at once cannot both be the one
// who leaves another behind.
func (s *Store) withStaff(ctx context.Context, dealer, id uuid.UUID, f func(q *db.Queries, is db.Staff, now time.Time) error) error {
	return s.InTx(ctx, func(q *db.Queries) error {
		if err := q.LockRotation(ctx, dealer); err != nil {
			return fmt.Errorf("wait for the rotation: %w", err)
		}
		row, err := q.LockStaff(ctx, db.LockStaffParams{DealerID: dealer, ID: id})
		if err != nil {
			return fmt.Errorf("member of staff: %w", found(err))
		}
		return f(q, row.Staff, row.Now)
	})
}

func notTheLast(ctx context.Context, q *db.Queries, who db.Staff) error {
	others, err := q.OtherManagers(ctx, db.OtherManagersParams{DealerID: who.DealerID, ID: who.ID})
	if err != nil {
		return fmt.Errorf("other managers: %w", err)
	}
	if others == 0 {
		return ErrLastManager
	}
	return nil
}

// AddAbsence keeps leads from a member of staff from an instant (included)
// until another (not included).
func (s *Store) AddAbsence(ctx context.Context, dealer, staff uuid.UUID, from, until time.Time, why string) error {
	return s.AddAbsenceAs(ctx, db.InsertAbsenceParams{ID: NewID(), DealerID: dealer, StaffID: staff, FromAt: from, UntilAt: until, Why: why})
}

// AddAbsenceAs is AddAbsence under an id of the caller's, so that asking again
// adds none twice.
func (s *Store) AddAbsenceAs(ctx context.Context, a db.InsertAbsenceParams) error {
	return s.InTx(ctx, func(q *db.Queries) error {
		added, err := q.InsertAbsence(ctx, a)
		if err != nil || added == 0 {
			return err
		}
		return Record(ctx, q, Entry{Dealer: a.DealerID, Kind: AbsenceAdded, Object: a.StaffID, Data: map[string]any{"absence": a.ID}})
	})
}

// RemoveAbsence takes an absence back. It returns ErrNotFound.
func (s *Store) RemoveAbsence(ctx context.Context, dealer, staff, id uuid.UUID) error {
	return s.InTx(ctx, func(q *db.Queries) error {
		gone, err := q.DeleteAbsence(ctx, db.DeleteAbsenceParams{DealerID: dealer, StaffID: staff, ID: id})
		if err != nil {
			return err
		}
		if gone == 0 {
			return ErrNotFound
		}
		return Record(ctx, q, Entry{Dealer: dealer, Kind: AbsenceRemoved, Object: staff, Data: map[string]any{"absence": id}})
	})
}
