package audit

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// What an audit knows of a lead or a follow-up, as both memories have it. The
// workflow was read before the row.
type facts struct {
	row      row
	workflow workflow
	worker   bool // somebody works on the task queue
}

// row is what Postgres has.
type row struct {
	now        time.Time // the database's
	open       bool
	step       int64
	nextAction *time.Time
	over       *time.Time // when it was closed or settled
	announced  bool       // the outbox has still to start its workflow
	forgotten  int64      // messages that nobody sees to
	// The numbers of a lead's timeline: how many there are, the last one, and the
	// one that the row has come to. Zero for follow-ups, which have none.
	entries, last, seq int64
	// differs names what the row shows otherwise than the state does: the
	// workflow's at the same step, else the row's own.
	differs []string
}

// workflow is what Temporal has.
type workflow struct {
	known   bool // Temporal has one of that id
	running bool
	status  string // Temporal's own word
	run     string // id of the run
	// attempt counts the tries of the workflow task that is pending, 0 when none
	// is; pending is for how long.
	attempt int32
	pending time.Duration
	failure string // why the task failed the last time, Temporal's word
	busy    bool   // messages are being sent, or other leads told
	asked   bool   // it said how it stands
	step    int64
}

const (
	// grace is how late something may be before it counts as missed: longer than
	// the herd after an outage takes, and than a worker that died holds its task.
	grace = 2 * time.Minute
	// quiet is for how long nothing may happen to a message, and to an entry of
	// the outbox.
	quiet = 10 * time.Minute
	// blocked is the try of a workflow task at which its code is to blame: a worker
	// that dies costs one.
	blocked = 3
)

// wrong is something wrong with one lead or follow-up.
type wrong struct {
	kind   Kind
	detail string
	remedy string
	// mark tells one time from the next: a process that is at work is wrong in
	// another way each time it is looked at.
	mark string
	// loses says that something is lost for good, whatever is repaired.
	loses bool
}

// judge says what is wrong. A workflow that is missing or fails explains the
// rest; it is not told besides.
func judge(f facts) []wrong {
	if !f.row.open {
		return nil // closed meanwhile; what runs in spite of it is found from the other end
	}
	found := f.content()
	w := f.workflow
	switch {
	case !w.known && f.row.announced:
		return found // Temporal is still to be told; the outbox is looked at by itself
	case !w.known:
		return append(found, wrong{kind: WorkflowMissing, detail: "Temporal knows no workflow of it"})
	case !w.running && f.row.announced:
		return found
	case !w.running:
		ended := wrong{kind: WorkflowEnded, detail: "its workflow is " + w.status}
		if ended.loses = w.asked && w.step > f.row.step; ended.loses {
			ended.detail += fmt.Sprintf("; it came to step %d, the database to %d", w.step, f.row.step)
		}
		return append(found, ended)
	case w.attempt >= blocked:
		return append(found, blockedBy(w))
	}
	return append(found, f.course()...)
}

// content is what can be told without Temporal.
func (f facts) content() []wrong {
	var found []wrong
	r := f.row
	if missing := max(r.seq, r.last) - r.entries; missing > 0 || r.last > r.seq {
		found = append(found, wrong{
			kind: TimelineGap, loses: missing > 0,
			detail: fmt.Sprintf("%d of %d entries are there, the last is number %d", r.entries, max(r.seq, r.last), r.last),
		})
	}
	if r.step > 0 && r.nextAction == nil && len(r.differs) == 0 {
		found = append(found, wrong{kind: DeadlineNone, detail: "it has no deadline at all", remedy: "park it or give it to somebody: that sets one"})
	}
	return found
}

// course looks at a workflow that runs.
func (f facts) course() []wrong {
	var found []wrong
	r, w := f.row, f.workflow
	// A task that has just begun is the process at work.
	acting := w.attempt > 0 && w.pending < grace
	switch {
	case !w.asked && f.worker && !acting:
		found = append(found, wrong{
			kind: WorkflowSilent, detail: "it runs and does not say how it stands: " + w.failure, remedy: "look it up in Temporal UI, under Queries",
		})
	case w.asked && w.step > r.step:
		found = append(found, wrong{kind: ProjectionBehind, loses: true, detail: fmt.Sprintf("steps %d to %d are not in the database", r.step+1, w.step)})
	case w.asked && w.step < r.step && !acting:
		found = append(found, wrong{
			kind: WorkflowBehind, mark: strconv.FormatInt(w.step, 10), detail: fmt.Sprintf("it is at step %d, the database at %d", w.step, r.step),
		})
	case len(r.differs) > 0:
		found = append(found, wrong{kind: ProjectionWrong, detail: "the row is wrong in " + strings.Join(r.differs, ", ")})
	}
	if late := lateness(r.now, r.nextAction); late > grace && !acting {
		found = append(found, wrong{
			kind: DeadlineMissed, mark: instantMark(r.nextAction), detail: fmt.Sprintf("it should have acted %s ago", late.Round(time.Second)),
		})
	}
	// What is being sent may take as long as its provider.
	if r.forgotten > 0 && !w.busy {
		found = append(found, wrong{kind: MessageForgotten, detail: fmt.Sprintf("%d messages", r.forgotten)})
	}
	return found
}

func lateness(now time.Time, due *time.Time) time.Duration {
	if due == nil {
		return 0
	}
	return now.Sub(*due)
}
