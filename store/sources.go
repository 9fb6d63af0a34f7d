package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// ErrCodeTaken says that the dealer has a source of that code.
var ErrCodeTaken = errors.New("the code of the source is taken")

const euro = "EUR"

// MostCostCents is more than a lead ever cost.
const MostCostCents = 1_000_000 * 100

var (
	sourceCode   = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
)

// Checked returns the source as it is stored and what is wrong with it, by
// field.
func (n NewSource) Checked() (NewSource, []lead.Fault) {
	var faults []lead.Fault
	add := func(field, message string) { faults = append(faults, lead.Fault{Field: field, Message: message}) }
	n.Name = strings.TrimSpace(n.Name)
	if !sourceCode.MatchString(n.Code) {
		add("code", "must be small letters, digits, dashes and underscores, beginning with a letter or digit, at most 63")
	}
	switch {
	case n.Name == "":
		add("name", "must not be empty")
	case utf8.RuneCountInString(n.Name) > longestName || !printable(n.Name):
		add("name", fmt.Sprintf("must have at most %d characters, and no line breaks", longestName))
	}
	switch {
	case n.CostCents < 0 || n.CostCents > MostCostCents:
		add("cost_per_lead.amount", fmt.Sprintf("must be at most %d", MostCostCents/100))
	case n.CostCents > 0 && !n.Paid:
		add("cost_per_lead", "must be left out for a source whose leads cost nothing; or set paid")
	}
	if n.Currency != "" && !currencyForm.MatchString(n.Currency) {
		add("cost_per_lead.currency", "must be three letters of ISO 4217 such as EUR")
	}
	return n, faults
}

// AddSourceAs adds a source under an id of the caller's, so that asking again
// adds none twice. It returns ErrCodeTaken.
func (s *Store) AddSourceAs(ctx context.Context, dealer, id uuid.UUID, n NewSource) error {
	err := s.InTx(ctx, func(q *db.Queries) error { return addSource(ctx, q, dealer, id, n) })
	refused, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || refused.Code != uniqueViolation {
		return err
	}
	there, err := s.SourceByCode(ctx, db.SourceByCodeParams{DealerID: dealer, Code: n.Code})
	if err == nil && there.ID == id {
		return nil // an earlier try got through
	}
	return ErrCodeTaken
}

// ChangeSource has change alter what it is given of a source, all but its code,
// and stores it. It returns ErrNotFound or the error of change.
func (s *Store) ChangeSource(ctx context.Context, dealer uuid.UUID, code string, change func(*NewSource) error) error {
	return s.InTx(ctx, func(q *db.Queries) error {
		was, err := q.LockSource(ctx, db.LockSourceParams{DealerID: dealer, Code: code})
		if err != nil {
			return fmt.Errorf("source: %w", found(err))
		}
		n := NewSource{
			Code: was.Code, Name: was.Name, Party: lead.Party(was.Party), Paid: was.Paid, CostCents: was.CostCents, Currency: was.Currency,
		}
		if err := change(&n); err != nil {
			return err
		}
		err = q.UpdateSource(ctx, db.UpdateSourceParams{
			DealerID: dealer, ID: was.ID, Name: n.Name, Party: string(n.Party), Paid: n.Paid, CostCents: n.CostCents, Currency: n.Currency,
		})
		if err != nil {
			return err
		}
		fields := differing(field{"name", was.Name, n.Name}, field{"party", was.Party, string(n.Party)}, field{"paid", was.Paid, n.Paid},
			field{"cost_cents", was.CostCents, n.CostCents}, field{"currency", was.Currency, n.Currency})
		if len(fields) == 0 {
			return nil
		}
		return Record(ctx, q, Entry{Dealer: dealer, Kind: SourceChanged, Object: was.ID, Data: map[string]any{"fields": fields}})
	})
}
