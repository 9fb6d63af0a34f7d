package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/doorbell-ilm/doorbell/store"
)

// auditStale is how old the last audit may be: they run every hour.
const auditStale = 3 * time.Hour

// lookAtAudit says what the last audit found.
func (d *doctor) lookAtAudit(ctx context.Context, s *store.Store) {
	last, err := s.AuditLast(store.Across(ctx))
	switch {
	case errors.Is(err, store.ErrNotFound):
		d.say("audit", doubt, "none yet", "a worker runs one every hour; `doorbell audit` does it now")
	case err != nil:
		d.say("audit", bad, "cannot be read", visible(err.Error()))
	case last.Unrepaired() > 0:
		d.say("audit", doubt, fmt.Sprintf("%d findings left, %s ago", last.Unrepaired(), last.Age.Round(time.Minute)),
			"`doorbell audit` says which, and what to do")
	case last.Age > auditStale:
		d.say("audit", doubt, fmt.Sprintf("the last one was %s ago", last.Age.Round(time.Minute)),
			"see in Temporal UI, under Schedules, why none has come to its end; `doorbell audit` does it now")
	default:
		d.say("audit", fine, fmt.Sprintf("all right %s ago, %d open leads", last.Age.Round(time.Minute), last.Leads), "")
	}
}
