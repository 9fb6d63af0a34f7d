package store

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// column is a column of the projection as it is and as the state has it.
type column struct {
	name string
	same bool
}

func wrong(columns []column) []string {
	var names []string
	for _, c := range columns {
		if !c.same {
			names = append(names, c.name)
		}
	}
	return names
}

// LeadDiffers names the columns of a lead's row that are not what the state
// makes them, in the order of the table.
func LeadDiffers(row db.Lead, s process.State) ([]string, error) {
	p, err := projected(row.ID, row.TimelineSeq, s)
	if err != nil {
		return nil, err
	}
	return wrong([]column{
		{"step", row.Step == p.Step},
		{"process", sameJSON[process.State](row.Process, p.Process)},
		{"phase", row.Phase == p.Phase},
		{"stage", row.Stage == p.Stage},
		{"status", row.Status == p.Status},
		{"track", row.Track == p.Track},
		{"why", row.Why == p.Why},
		{"owner_id", sameID(row.OwnerID, p.OwnerID)},
		{"auto_responded_at", sameInstant(row.AutoRespondedAt, p.AutoRespondedAt)},
		{"live_due_at", sameInstant(row.LiveDueAt, p.LiveDueAt)},
		{"first_live_at", sameInstant(row.FirstLiveAt, p.FirstLiveAt)},
		{"first_conversation_at", sameInstant(row.FirstConversationAt, p.FirstConversationAt)},
		{"last_live_at", sameInstant(row.LastLiveAt, p.LastLiveAt)},
		{"attempts_made", row.AttemptsMade == p.AttemptsMade},
		{"attempts_counted", row.AttemptsCounted == p.AttemptsCounted},
		{"attempts_required", row.AttemptsRequired == p.AttemptsRequired},
		{"attempt_days", row.AttemptDays == p.AttemptDays},
		{"attempt_days_required", row.AttemptDaysRequired == p.AttemptDaysRequired},
		{"next_attempt_due_at", sameInstant(row.NextAttemptDueAt, p.NextAttemptDueAt)},
		{"next_deadline_at", sameInstant(row.NextDeadlineAt, p.NextDeadlineAt)},
		{"next_action_at", sameInstant(row.NextActionAt, p.NextActionAt)},
		{"deadlines", sameJSON[[]Deadline](row.Deadlines, p.Deadlines)},
		{"escalation", sameJSON[process.Escalation](row.Escalation, p.Escalation)},
		{"escalation_step", row.EscalationStep == p.EscalationStep},
		{"close_reason", row.CloseReason == p.CloseReason},
		{"closed_at", sameInstant(row.ClosedAt, p.ClosedAt)},
		{"parked_until", sameInstant(row.ParkedUntil, p.ParkedUntil)},
		{"policy_version", row.PolicyVersion == p.PolicyVersion},
	}), nil
}

// FollowUpDiffers does the same for the row of a follow-up.
func FollowUpDiffers(row db.FollowUp, s process.FollowUpState) ([]string, error) {
	p, err := projectedFollowUp(row.ID, s)
	if err != nil {
		return nil, err
	}
	return wrong([]column{
		{"step", row.Step == p.Step},
		{"process", sameJSON[process.FollowUpState](row.Process, p.Process)},
		{"status", row.Status == p.Status},
		{"outcome", row.Outcome == p.Outcome},
		{"why", row.Why == p.Why},
		{"owner_id", sameID(row.OwnerID, p.OwnerID)},
		{"deadline_at", sameInstant(row.DeadlineAt, p.DeadlineAt)},
		{"next_action_at", sameInstant(row.NextActionAt, p.NextActionAt)},
		{"escalation_step", row.EscalationStep == p.EscalationStep},
		{"settled_at", sameInstant(row.SettledAt, p.SettledAt)},
	}), nil
}

func sameID(a, b *uuid.UUID) bool {
	return a == b || (a != nil && b != nil && *a == *b)
}

// sameInstant compares as exactly as the database keeps instants.
func sameInstant(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Sub(*b).Abs() < 2*time.Microsecond
}

// sameJSON compares what two texts say to this program: another release may have
// written one of them, with fewer fields.
func sameJSON[T any](a, b []byte) bool {
	mean := func(text []byte) []byte {
		var v T
		if len(text) > 0 && json.Unmarshal(text, &v) != nil {
			return slices.Clone(text)
		}
		said, err := json.Marshal(v)
		if err != nil {
			return slices.Clone(text)
		}
		return said
	}
	return bytes.Equal(mean(a), mean(b))
}
