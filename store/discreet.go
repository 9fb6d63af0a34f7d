package store

import (
	"errors"
	"log/slog"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// unencodable is how the driver says that a value does not fit its column, with
// the value.
var unencodable = regexp.MustCompile(`(?s)unable to encode .* into (text|binary) format`)

// Discreet keeps what Postgres and its driver quote of the data out of a log:
// "invalid input syntax for type date", they say, and then what somebody typed.
// It is for slog.HandlerOptions.ReplaceAttr. Of an error it leaves what was tried,
// Postgres's code, and the names of the table and the constraint.
func Discreet(_ []string, a slog.Attr) slog.Attr {
	err, ok := a.Value.Any().(error)
	if !ok {
		return a
	}
	said := err.Error()
	told := unencodable.ReplaceAllString(said, "unable to encode a value into $1 format")
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		told = strings.ReplaceAll(told, refused.Error(), inShort(refused))
	}
	if told == said {
		return a
	}
	a.Value = slog.StringValue(told)
	return a
}

func inShort(refused *pgconn.PgError) string {
	parts := []string{refused.Severity + ": SQLSTATE " + refused.Code}
	for _, about := range []struct{ what, name string }{{"table", refused.TableName}, {"constraint", refused.ConstraintName}} {
		if about.name != "" {
			parts = append(parts, about.what+" "+about.name)
		}
	}
	return strings.Join(parts, ", ")
}
