package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/store/db"
)

// Purpose is what a mail link to somebody of the staff is for.
type Purpose string

// The purposes.
const (
	Invitation Purpose = "invitation" // the first password
	Reset      Purpose = "reset"      // another one, because it was forgotten
)

// TicketLasts is how long a link may be used. An invitation waits until somebody
// begins to work here; a reset is asked for by somebody who is waiting for it.
var TicketLasts = map[Purpose]time.Duration{Invitation: 7 * 24 * time.Hour, Reset: time.Hour}

var ticketForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// CreateTicket makes the secret of a link with which somebody chooses his
// password, once. It is not stored and cannot be shown again.
func (s *Store) CreateTicket(ctx context.Context, who db.Staff, p Purpose) (secret string, until time.Time, err error) {
	bits := make([]byte, 32)
	_, _ = rand.Read(bits) // never fails: it ends the program instead
	secret = base64.RawURLEncoding.EncodeToString(bits)
	err = s.InTx(ctx, func(q *db.Queries) error {
		until, err = q.InsertTicket(ctx, db.InsertTicketParams{
			Hash: ticketHash(secret), DealerID: who.DealerID, StaffID: who.ID, Purpose: string(p), Seconds: TicketLasts[p].Seconds(),
		})
		if err != nil {
			return err
		}
		e := Entry{Dealer: who.DealerID, Kind: InvitationSent, Object: who.ID}
		if p == Reset {
			e.Kind, e.Data = ResetSent, map[string]any{"asked": doerOf(ctx).staff == uuid.Nil}
		}
		return Record(ctx, q, e)
	})
	if err != nil {
		return "", until, fmt.Errorf("create ticket: %w", err)
	}
	return secret, until, nil
}

// ticketHash is what is stored: the secret is 256 random bits, so that a fast
// hash is enough.
func ticketHash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// Ticket returns whose ticket it is. It returns ErrNotFound for one that is
// used up, too old, of somebody who left, or none.
func (s *Store) Ticket(ctx context.Context, secret string) (db.TicketByHashRow, error) {
	if !ticketForm.MatchString(secret) {
		return db.TicketByHashRow{}, ErrNotFound
	}
	row, err := s.TicketByHash(ctx, ticketHash(secret))
	if err != nil {
		return row, fmt.Errorf("ticket: %w", found(err))
	}
	return row, nil
}

// Redeem uses a ticket up for a password, ends every session of its owner, and
// returns the epoch of the next. It returns ErrNotFound as Ticket does.
func (s *Store) Redeem(ctx context.Context, secret, passwordHash string) (who uuid.UUID, epoch int32, err error) {
	err = s.InTx(ctx, func(q *db.Queries) error {
		used, err := q.UseTicket(ctx, ticketHash(secret))
		if err != nil {
			return fmt.Errorf("ticket: %w", found(err))
		}
		who = used.StaffID
		if epoch, err = renewPassword(ctx, q, used.DealerID, used.StaffID, passwordHash); err != nil {
			return err
		}
		e := Entry{Dealer: used.DealerID, Kind: InvitationUsed, Object: who}
		if Purpose(used.Purpose) == Reset {
			e.Kind = ResetUsed
		}
		return Record(AsStaff(ctx, who), q, e)
	})
	return who, epoch, err
}

// ChangePassword gives somebody another password, ends all his sessions and
// returns the epoch of the next. It returns ErrNotFound when he has left.
func (s *Store) ChangePassword(ctx context.Context, dealer, who uuid.UUID, passwordHash string) (epoch int32, err error) {
	err = s.InTx(ctx, func(q *db.Queries) error {
		if epoch, err = renewPassword(ctx, q, dealer, who, passwordHash); err != nil {
			return err
		}
		return Record(ctx, q, Entry{Dealer: dealer, Kind: PasswordChanged, Object: who})
	})
	return epoch, err
}

// EndSessions signs somebody out everywhere. It returns ErrNotFound.
func (s *Store) EndSessions(ctx context.Context, dealer, who uuid.UUID) error {
	return s.InTx(ctx, func(q *db.Queries) error {
		if _, err := q.SignOutEverywhere(ctx, db.SignOutEverywhereParams{DealerID: dealer, ID: who}); err != nil {
			return fmt.Errorf("sign out everywhere: %w", found(err))
		}
		return Record(ctx, q, Entry{Dealer: dealer, Kind: SessionsEnded, Object: who})
	})
}

func renewPassword(ctx context.Context, q *db.Queries, dealer, who uuid.UUID, passwordHash string) (int32, error) {
	epoch, err := q.RenewPassword(ctx, db.RenewPasswordParams{DealerID: dealer, ID: who, PasswordHash: passwordHash})
	if err != nil {
		return 0, fmt.Errorf("password: %w", found(err))
	}
	if err := q.VoidTickets(ctx, who); err != nil {
		return 0, fmt.Errorf("other tickets: %w", err)
	}
	return epoch, nil
}
