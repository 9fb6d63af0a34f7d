package api

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"go.temporal.io/sdk/client"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/migrations"
)

// budget is how long a part may take to say that it is there.
const budget = 2 * time.Second

// checkedOnce remembers that something was found right and stays so.
type checkedOnce struct{ atomic.Bool }

// GetHealth says that the process lives.
func (s *server) GetHealth(context.Context, gen.GetHealthRequestObject) (gen.GetHealthResponseObject, error) {
	return gen.GetHealth200JSONResponse{Status: gen.HealthStatusOk, Version: s.version}, nil
}

// GetReadiness says which parts answer. Without Temporal leads are still taken
// in, so that its absence is named and does not make the process unready:
// whoever sends no traffic then loses leads.
func (s *server) GetReadiness(ctx context.Context, _ gen.GetReadinessRequestObject) (gen.GetReadinessResponseObject, error) {
	temporal := make(chan gen.ReadinessCheck, 1)
	go func() { temporal <- s.checkTemporal(ctx) }()
	database, migrated := s.checkDatabase(ctx)
	out := gen.Readiness{
		Ready:  database.Ok && migrated.Ok,
		Checks: []gen.ReadinessCheck{database, migrated, <-temporal},
	}
	select {
	case <-s.stopping:
		out.Ready, out.Checks = false, append(out.Checks, lacking("running", "the process was told to stop; ask another one"))
	default:
	}
	if !out.Ready {
		wait := wholeSeconds(defaultRetryAfter)
		return gen.GetReadiness503JSONResponse{Body: out, Headers: gen.GetReadiness503ResponseHeaders{RetryAfter: &wait}}, nil
	}
	return gen.GetReadiness200JSONResponse(out), nil
}

func (s *server) checkDatabase(ctx context.Context) (database, migrated gen.ReadinessCheck) {
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	database, migrated = gen.ReadinessCheck{Name: "database", Ok: true}, gen.ReadinessCheck{Name: "migrations", Ok: true}
	err := s.store.Pool.Ping(ctx)
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok && (refused.Code == "22023" || refused.Code == "42501") {
		return database, lacking("migrations", "the database knows no role doorbell_dealer, or not for this login; run doorbell migrate up")
	}
	if err != nil {
		return lacking("database", "Postgres does not answer; is it running, and is DATABASE_URL right?"),
			lacking("migrations", "not known while Postgres does not answer")
	}
	if s.migrated.Load() {
		return database, migrated
	}
	pending, err := migrations.Pending(ctx, s.store.Pool)
	switch {
	case err != nil:
		migrated = lacking("migrations", "it could not be found out which migrations the database has")
	case pending:
		migrated = lacking("migrations", "the database lacks migrations; run doorbell migrate up")
	default:
		s.migrated.Store(true)
	}
	return database, migrated
}

func (s *server) checkTemporal(ctx context.Context) gen.ReadinessCheck {
	if s.temporal == nil {
		return lacking("temporal", "not connected")
	}
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	if _, err := s.temporal.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return lacking("temporal", "no answer within 2 s; leads are taken in, acting on them waits")
	}
	return gen.ReadinessCheck{Name: "temporal", Ok: true}
}

func lacking(name, detail string) gen.ReadinessCheck {
	return gen.ReadinessCheck{Name: name, Detail: &detail}
}
