// Package audit proves that nothing is lost. For every open lead and every open
// follow-up it compares what Temporal has with what Postgres has: a workflow
// runs, it acts on its next deadline, the timeline has no gap, every message is
// accounted for, and the row shows the workflow's state. What it safely can it
// repairs, and sees to it that the repair helped; the rest it reports.
//
// Both memories change while it looks. It reads the workflow before the row,
// because a row is never behind its workflow, and looks again at whatever seems
// wrong before it says so.
package audit

import (
	"cmp"
	"slices"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/store"
)

// Kind says what is wrong.
type Kind string

// What may be wrong.
const (
	WorkflowMissing  Kind = "workflow_missing"  // open, and Temporal knows no workflow of it
	WorkflowEnded    Kind = "workflow_ended"    // open, and its workflow was terminated or failed
	WorkflowBlocked  Kind = "workflow_blocked"  // its code fails again and again
	WorkflowSilent   Kind = "workflow_silent"   // it runs and does not say how it stands
	WorkflowBehind   Kind = "workflow_behind"   // Temporal is older than Postgres
	ProjectionBehind Kind = "projection_behind" // Postgres is older than Temporal
	ProjectionWrong  Kind = "projection_wrong"  // the row does not show the state
	DeadlineMissed   Kind = "deadline_missed"   // something was to be done long ago
	DeadlineNone     Kind = "deadline_none"     // open, and nothing will ever happen to it
	TimelineGap      Kind = "timeline_gap"      // entries are lost
	MessageForgotten Kind = "message_forgotten" // nobody sends it, or has said how it ended
	OutboxStuck      Kind = "outbox_stuck"      // Temporal is not told
	DuplicateUnheard Kind = "duplicate_unheard" // the lead that works it knows nothing of it
	RawUnaccounted   Kind = "raw_unaccounted"   // a message that became nothing
	ClosedRunning    Kind = "closed_running"    // closed or settled, and its workflow does not end
	LeadMissing      Kind = "lead_missing"      // a workflow without a lead
	FollowUpMissing  Kind = "follow_up_missing" // a workflow without a follow-up
	NoWorker         Kind = "no_worker"         // nobody works on the task queue
)

// Outcome says what became of a finding.
type Outcome string

// The outcomes.
const (
	// Found is one that was only looked at.
	Found Outcome = "found"
	// Repaired is one that is right again: the audit looked.
	Repaired Outcome = "repaired"
	// Noted is a loss that cannot be repaired and is now told in its place on the
	// timeline, so that the next audit does not find it again.
	Noted Outcome = "noted"
	// Left is one that somebody has to see to.
	Left Outcome = "left"
)

// Finding is one thing that is wrong. It holds ids, enums and counts only.
type Finding struct {
	Kind     Kind    `json:"kind"`
	Outcome  Outcome `json:"outcome"`
	Dealer   string  `json:"dealer_id,omitempty"`
	Lead     string  `json:"lead_id,omitempty"`
	FollowUp string  `json:"follow_up_id,omitempty"`
	Workflow string  `json:"workflow_id,omitempty"`
	Detail   string  `json:"detail"`
	Remedy   string  `json:"remedy,omitempty"` // for what is left
}

// Subject is what the finding is about.
func (f Finding) Subject() string {
	return cmp.Or(f.Workflow, f.Lead, f.Dealer)
}

// Report is what an audit found.
type Report struct {
	Leads     int       `json:"leads"`      // looked at
	FollowUps int       `json:"follow_ups"` // looked at
	Findings  []Finding `json:"findings"`
}

func (r *Report) add(p Page) {
	r.Leads += p.Leads
	r.FollowUps += p.FollowUps
	r.Findings = append(r.Findings, p.Findings...)
}

// Right reports whether everything is right, or was put right: nothing is lost
// and nobody has to do anything.
func (r *Report) Right() bool {
	return !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Outcome != Repaired })
}

// Counts adds findings up by kind and outcome.
func Counts(findings []Finding) []store.AuditCount {
	var out []store.AuditCount
	for _, f := range findings {
		out = merged(out, store.AuditCount{Kind: string(f.Kind), Outcome: string(f.Outcome), Count: 1})
	}
	return out
}

// Merge adds counts up.
func Merge(a, b []store.AuditCount) []store.AuditCount {
	for _, c := range b {
		a = merged(a, c)
	}
	return a
}

func merged(all []store.AuditCount, c store.AuditCount) []store.AuditCount {
	for i := range all {
		if all[i].Kind == c.Kind && all[i].Outcome == c.Outcome {
			all[i].Count += c.Count
			return all
		}
	}
	return append(all, c)
}

// Scope is what an audit looks at, and whether it repairs.
type Scope struct {
	Dealer *uuid.UUID // nil: all dealers
	Lead   *uuid.UUID // nil: all leads
	Repair bool
	Turn   Turn // whom Temporal is asked about; of the others only the rows are looked at
}

// whole reports whether nothing was left out.
func (s Scope) whole() bool { return s.Dealer == nil && s.Lead == nil }
