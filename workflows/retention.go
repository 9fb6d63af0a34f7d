package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// RetentionWorkflow erases people whom a dealer has kept for long enough. A
// schedule starts it every night.
const (
	RetentionWorkflow = "Retention"
	RetentionActivity = "expire"
)

// RetentionInput says where a run goes on. It holds ids and counts only.
type RetentionInput struct {
	Dealer   string `json:"dealer,omitempty"`   // the last one that is through; "" begins
	Customer string `json:"customer,omitempty"` // within the next one, the last one that was looked at
	People   int    `json:"people,omitempty"`   // of that dealer, erased so far
	Held     int    `json:"held,omitempty"`     // and not to be erased now
	Total    int    `json:"total,omitempty"`    // of all dealers
}

// RetentionBatch is what one batch left behind.
type RetentionBatch struct {
	Next RetentionInput `json:"next"`
	Done bool           `json:"done"` // every dealer is through
}

// batchesPerRun bounds a run's history; what is left is for the next run of the
// same workflow.
const batchesPerRun = 50

// Retention works a batch after the other. It keeps nothing but the place where
// it is, so that a run that is lost begins again without harm: who is erased is
// not found again.
func Retention(ctx workflow.Context, in RetentionInput) (RetentionInput, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 30 * time.Minute,
		HeartbeatTimeout:    time.Minute,
		Summary:             "erase who has been kept long enough",
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: 5 * time.Second, BackoffCoefficient: 2, MaximumInterval: 10 * time.Minute},
	})
	for range batchesPerRun {
		var batch RetentionBatch
		if err := workflow.ExecuteActivity(ctx, RetentionActivity, in).Get(ctx, &batch); err != nil {
			return in, err
		}
		in = batch.Next
		if batch.Done {
			return in, nil
		}
	}
	return in, workflow.NewContinueAsNewError(ctx, RetentionWorkflow, in)
}
