package audit

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// healthy is a lead that is as it should be.
func healthy() facts {
	next := noon.Add(time.Hour)
	return facts{
		row:      row{now: noon, open: true, step: 7, nextAction: &next, entries: 9, last: 9, seq: 9},
		workflow: workflow{known: true, running: true, status: "running", asked: true, step: 7},
		worker:   true,
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	long, just := noon.Add(-time.Hour), noon.Add(-time.Minute)
	for name, c := range map[string]struct {
		change func(*facts)
		want   []Kind
	}{
		"healthy":                    {func(*facts) {}, nil},
		"unknown":                    {func(f *facts) { f.workflow = workflow{} }, []Kind{WorkflowMissing}},
		"to be started":              {func(f *facts) { f.workflow, f.row.announced = workflow{}, true }, nil},
		"closed meanwhile":           {func(f *facts) { f.workflow, f.row.open = workflow{}, false }, nil},
		"ended":                      {func(f *facts) { f.workflow.running = false }, []Kind{WorkflowEnded}},
		"code fails":                 {func(f *facts) { f.workflow.attempt, f.workflow.asked = 5, false }, []Kind{WorkflowBlocked}},
		"a worker died":              {func(f *facts) { f.workflow.attempt, f.workflow.pending = 2, time.Second; f.workflow.asked = false }, nil},
		"silent":                     {func(f *facts) { f.workflow.asked = false }, []Kind{WorkflowSilent}},
		"nobody works":               {func(f *facts) { f.workflow.asked, f.worker = false, false }, nil},
		"the row is older":           {func(f *facts) { f.row.step = 5 }, []Kind{ProjectionBehind}},
		"the workflow is older":      {func(f *facts) { f.workflow.step = 5 }, []Kind{WorkflowBehind}},
		"the workflow is at work":    {func(f *facts) { f.workflow.step, f.workflow.attempt = 5, 1 }, nil},
		"a column is wrong":          {func(f *facts) { f.row.differs = []string{"stage"} }, []Kind{ProjectionWrong}},
		"late":                       {func(f *facts) { f.row.nextAction = &long }, []Kind{DeadlineMissed}},
		"late, and acting":           {func(f *facts) { f.row.nextAction, f.workflow.attempt = &long, 1 }, nil},
		"late by a minute":           {func(f *facts) { f.row.nextAction = &just }, nil},
		"no deadline":                {func(f *facts) { f.row.nextAction = nil }, []Kind{DeadlineNone}},
		"an entry is lost":           {func(f *facts) { f.row.entries = 8 }, []Kind{TimelineGap}},
		"the number is too low":      {func(f *facts) { f.row.seq = 8 }, []Kind{TimelineGap}},
		"the last entry is lost":     {func(f *facts) { f.row.entries, f.row.last = 8, 8 }, []Kind{TimelineGap}},
		"a message is forgotten":     {func(f *facts) { f.row.forgotten = 1 }, []Kind{MessageForgotten}},
		"a message is with somebody": {func(f *facts) { f.row.forgotten, f.workflow.busy = 1, true }, nil},
		"everything at once": {
			func(f *facts) { f.row.entries, f.row.forgotten, f.row.nextAction = 3, 2, &long },
			[]Kind{TimelineGap, DeadlineMissed, MessageForgotten},
		},
	} {
		f := healthy()
		c.change(&f)
		var got []Kind
		for _, w := range judge(f) {
			got = append(got, w.kind)
		}
		require.Equal(t, c.want, got, name)
	}
}

// What is lost for good is never called repaired.
func TestWhatIsLostIsNotedAndNotRepaired(t *testing.T) {
	t.Parallel()
	gap, ended := healthy(), healthy()
	gap.row.entries = 8
	ended.workflow.running, ended.row.step = false, 5
	low := healthy()
	low.row.seq = 8
	require.True(t, judge(gap)[0].loses)
	require.True(t, judge(ended)[0].loses, "its workflow knew more than the database")
	require.False(t, judge(low)[0].loses)
}

func TestJudgeWhatIsOver(t *testing.T) {
	t.Parallel()
	ago := func(d time.Duration) *time.Time { at := noon.Add(-d); return &at }
	over := facts{row: row{now: noon, over: ago(time.Hour)}, workflow: workflow{known: true, running: true}}
	require.Equal(t, ClosedRunning, judgeEnd(over)[0].kind)
	sending := over
	sending.workflow.busy = true
	require.Empty(t, judgeEnd(sending), "its last message is on its way")
	fresh := over
	fresh.row.over = ago(time.Minute)
	require.Empty(t, judgeEnd(fresh))
	failing := over
	failing.workflow.attempt = 9
	require.Equal(t, WorkflowBlocked, judgeEnd(failing)[0].kind)

	over.row.forgotten = 1
	require.Equal(t, MessageForgotten, judgeMessages(over)[0].kind)
	sending.row.forgotten = 1
	require.Empty(t, judgeMessages(sending))
}

// Whatever is wrong for a moment only is no finding: what is found is wrong in
// the same way each time it is looked at.
func TestOnlyWhatLastsIsFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) map[Kind]wrong {
			out := map[Kind]wrong{}
			for _, k := range rapid.SliceOfDistinct(rapid.SampledFrom([]Kind{WorkflowBehind, DeadlineMissed, MessageForgotten}), rapid.ID).Draw(t, label) {
				out[k] = wrong{kind: k, mark: rapid.SampledFrom([]string{"1", "2"}).Draw(t, "mark")}
			}
			return out
		}
		list := func(of map[Kind]wrong) (out []wrong) {
			for _, w := range of {
				out = append(out, w)
			}
			return out
		}
		before, now := draw("before"), draw("now")
		s := &subject{}
		kept := lasting(suspects(s, list(before)), suspects(s, list(now)))
		for _, w := range kept[s.id].wrongs {
			require.Equal(t, before[w.kind].mark, w.mark)
		}
		for k, w := range now {
			if o, was := before[k]; was && o.mark == w.mark {
				require.True(t, kept[s.id].has(k))
			}
		}
	})
}

func suspects(s *subject, wrongs []wrong) map[uuid.UUID]suspect {
	return map[uuid.UUID]suspect{s.id: {s, wrongs}}
}

func TestTheReportIsRightWhenEverythingWasPutRight(t *testing.T) {
	t.Parallel()
	require.True(t, (&Report{}).Right())
	require.True(t, (&Report{Findings: []Finding{{Outcome: Repaired}}}).Right())
	for _, o := range []Outcome{Found, Noted, Left} {
		require.False(t, (&Report{Findings: []Finding{{Outcome: Repaired}, {Outcome: o}}}).Right())
	}
}
