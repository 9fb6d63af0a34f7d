package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// Look is how a dealer shows himself on mails and on the customers' page.
type Look struct {
	Name, Phone, Address, Language string
	Colour                         string // #rrggbb, "" for Doorbell's own
	MailFrom                       string // an e-mail address, "" for the server's own
}

// The most that is kept of a dealer.
const (
	longestPhone   = 50
	longestAddress = 300
)

var colourForm = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// Checked returns the look as it is stored and what is wrong with it, by field.
// Language and e-mail address are the caller's to check: what can be written
// and mailed is not the store's to know.
func (l Look) Checked() (Look, []lead.Fault) {
	var faults []lead.Fault
	for _, text := range []struct {
		field string
		is    *string
		most  int
	}{{"name", &l.Name, longestName}, {"phone", &l.Phone, longestPhone}, {"address", &l.Address, longestAddress}} {
		*text.is = strings.TrimSpace(*text.is)
		if utf8.RuneCountInString(*text.is) > text.most || !printable(*text.is) {
			faults = append(faults, lead.Fault{Field: text.field, Message: fmt.Sprintf("must have at most %d characters, and no line breaks", text.most)})
		}
	}
	if l.Name == "" {
		faults = append(faults, lead.Fault{Field: "name", Message: "must not be empty"})
	}
	if l.Phone != "" && strings.Trim(l.Phone, "+0123456789 ()-./") != "" {
		faults = append(faults, lead.Fault{Field: "phone", Message: "must be a number such as 020 123 4567"})
	}
	l.Colour = strings.ToLower(strings.TrimSpace(l.Colour))
	if l.Colour != "" && !colourForm.MatchString(l.Colour) {
		faults = append(faults, lead.Fault{Field: "colour", Message: "must look like #0a5ea8, or be empty"})
	}
	return l, faults
}

// ChangeLook has change alter the dealer's look, and stores it. It returns the
// error of change.
func (s *Store) ChangeLook(ctx context.Context, dealer uuid.UUID, change func(*Look) error) error {
	return s.InTx(ctx, func(q *db.Queries) error {
		was, err := q.LockDealer(ctx, dealer)
		if err != nil {
			return fmt.Errorf("dealer: %w", found(err))
		}
		l := Look{Name: was.Name, Phone: was.Phone, Address: was.Address, Language: was.Language, Colour: was.Colour, MailFrom: was.MailFrom}
		if err := change(&l); err != nil {
			return err
		}
		err = q.UpdateDealer(ctx, db.UpdateDealerParams{
			ID: dealer, Name: l.Name, Phone: l.Phone, Address: l.Address, Language: l.Language, Colour: l.Colour, MailFrom: l.MailFrom,
		})
		if err != nil {
			return err
		}
		return recordDealerChange(ctx, q, dealer, differing(field{"name", was.Name, l.Name}, field{"phone", was.Phone, l.Phone},
			field{"address", was.Address, l.Address}, field{"language", was.Language, l.Language}, field{"colour", was.Colour, l.Colour},
			field{"mail_from", was.MailFrom, l.MailFrom})...)
	})
}

func recordDealerChange(ctx context.Context, q *db.Queries, dealer uuid.UUID, fields ...string) error {
	if len(fields) == 0 {
		return nil
	}
	return Record(ctx, q, Entry{Dealer: dealer, Kind: DealerChanged, Object: dealer, Data: map[string]any{"fields": fields}})
}

// PutLogo stores the dealer's logo in place of the one before, under the hash
// of whose it is and what it shows. address makes its web address of the hash.
// The caller has checked that body is a picture of the type kind.
func (s *Store) PutLogo(ctx context.Context, dealer uuid.UUID, kind string, body []byte, address func(hash string) string) error {
	sum := sha256.New()
	_, _ = sum.Write(dealer[:]) // into memory
	_, _ = sum.Write(body)
	hash := hex.EncodeToString(sum.Sum(nil))[:40]
	return s.InTx(ctx, func(q *db.Queries) error {
		if err := q.PutLogo(ctx, db.PutLogoParams{DealerID: dealer, Type: kind, Body: body, Hash: hash}); err != nil {
			return fmt.Errorf("logo: %w", err)
		}
		if err := q.SetLogoURL(ctx, db.SetLogoURLParams{ID: dealer, LogoURL: address(hash)}); err != nil {
			return err
		}
		return recordDealerChange(ctx, q, dealer, "logo")
	})
}

// RemoveLogo takes the dealer's logo away; his name stands in its place.
func (s *Store) RemoveLogo(ctx context.Context, dealer uuid.UUID) error {
	return s.InTx(ctx, func(q *db.Queries) error {
		if err := q.DeleteLogo(ctx, dealer); err != nil {
			return fmt.Errorf("logo: %w", err)
		}
		if err := q.SetLogoURL(ctx, db.SetLogoURLParams{ID: dealer}); err != nil {
			return err
		}
		return recordDealerChange(ctx, q, dealer, "logo")
	})
}

// Logo returns the logo of a hash and its media type, or ErrNotFound.
func (s *Store) Logo(ctx context.Context, hash string) (kind string, body []byte, err error) {
	row, err := s.LogoByHash(ctx, hash)
	if err != nil {
		return "", nil, fmt.Errorf("logo: %w", found(err))
	}
	return row.Type, row.Body, nil
}
