package activities

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"go.temporal.io/sdk/temporal"

	"github.com/doorbell-ilm/doorbell/store"
)

// plain makes an error fit for Temporal. The database quotes values in its
// details ("Key (email)=(...) already exists"), so only its code is passed on.
func plain(what string, err error) error {
	code := "unavailable"
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg):
		code = "postgres " + pg.Code
	case errors.Is(err, store.ErrNotFound):
		code = "not found"
	case errors.Is(err, context.DeadlineExceeded):
		code = "took too long"
	case errors.Is(err, context.Canceled):
		code = "interrupted"
	}
	return temporal.NewApplicationError(what+": "+code, code)
}
