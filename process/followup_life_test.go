package process_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

// errand is one follow-up from the moment in which it was asked, with the time
// moved by the test, as life is one lead.
type errand struct {
	life

	world process.FollowUpWorld
	state process.FollowUpState
	last  process.FollowUpOutcome
}

const followUpID = "0192d0a4-7c1e-7b3f-9a55-000000000002"

// asked is a follow-up that is asked at a local time and due on a local day. Its
// lead is ann's, and its customer can be called and mailed.
func asked(t tester, p *policy.Policy, kind lead.FollowUpKind, at, due string, changes ...func(*errand)) *errand {
	t.Helper()
	e := &errand{life: life{t: t, keys: map[string]bool{}}}
	e.life.world.Policy, e.life.world.Staff = p, everybody()
	e.life.world.Now = e.at(at)
	on, err := time.Parse(time.DateOnly, due)
	require.NoError(t, err)
	e.world = process.FollowUpWorld{LeadOwner: "ann", Reach: process.Reach{Phone: true, Email: true}}
	e.state = process.FollowUpState{
		ID: followUpID, Lead: leadID, Dealer: otherID, Kind: kind, Reason: "test", PolicyVersion: 1, DueOn: on, Status: process.Pending,
	}
	for _, change := range changes {
		change(e)
	}
	require.Nil(t, e.do(process.FollowUpHappening{What: process.WasReceived}).Refused)
	return e
}

// among changes the staff before the follow-up is asked.
func among(changes ...func(*life)) func(*errand) {
	return func(e *errand) { all(changes...)(&e.life) }
}

// do has something happen to the follow-up now and checks what holds for every
// step of any.
func (e *errand) do(h process.FollowUpHappening) process.FollowUpOutcome {
	e.t.Helper()
	e.world.World = e.life.world
	before, staff := written(e.t, e.state), fmt.Sprint(e.world.Staff)
	out := process.FollowUpStep(e.world, e.state, h)
	require.JSONEq(e.t, before, written(e.t, e.state), "a step never changes what it was given")
	require.Equal(e.t, staff, fmt.Sprint(e.world.Staff))
	e.check(out)
	e.events = append(e.events, out.Events...)
	e.mails = append(e.mails, out.Mails...)
	e.state, e.last = out.State, out
	return out
}

func (e *errand) check(out process.FollowUpOutcome) {
	e.t.Helper()
	was, is := e.state, out.State
	after := is
	after.Step = was.Step
	changed := written(e.t, after) != written(e.t, was)
	steps := int64(0)
	if changed || len(out.Events) > 0 || len(out.Mails) > 0 || out.Deliver {
		steps = 1
	}
	require.Equal(e.t, was.Step+steps, is.Step, "whatever changed is one step")
	if out.Refused != nil {
		require.False(e.t, changed, "what is refused changes nothing")
		require.Empty(e.t, out.Mails)
		require.NotEmpty(e.t, out.Refused.Message)
	}
	var read process.FollowUpState
	require.NoError(e.t, json.Unmarshal([]byte(written(e.t, is)), &read))
	require.Equal(e.t, written(e.t, is), written(e.t, read), "a state is what its JSON says")

	for _, v := range out.Events {
		require.Contains(e.t, kinds, v.Kind)
		require.NotEmpty(e.t, v.Actor)
		require.True(e.t, v.Kind != "assigned" || v.Data["why"] == "manager" || v.Actor == process.System, "nobody decided it: %v", v)
		require.Equal(e.t, followUpID, v.Data["follow_up_id"], "the lead's timeline tells them apart")
		require.Equal(e.t, string(is.Kind), v.Data["follow_up"])
		if late, told := v.Data["late_s"]; told {
			require.GreaterOrEqual(e.t, late, 0)
			if v.Kind != "reminded" {
				require.False(e.t, as[time.Time](e.t, v.Data["due_at"]).After(e.life.world.Now), "never early: %v", v)
			}
		}
	}
	for _, m := range out.Mails {
		require.False(e.t, e.keys[m.Key], "the key %s is unique", m.Key)
		require.True(e.t, strings.HasPrefix(m.Key, "follow-up/"+followUpID+"/"), "and no other follow-up's: %s", m.Key)
		e.keys[m.Key] = true
		require.True(e.t, m.Staff == "" || e.works(m.Staff), "%v is told to somebody", m)
	}
	switch {
	case is.Status != process.Pending:
		require.Empty(e.t, is.Clocks, "what is settled has no clocks")
		require.Zero(e.t, is.Escalation)
		require.False(e.t, is.SettledAt.IsZero())
		if was.Status != process.Pending {
			require.Empty(e.t, out.Mails, "nor sends anything more")
			require.False(e.t, out.Again)
			require.Equal(e.t, [4]string{string(was.Status), was.Owner, was.Outcome, was.Why}, [4]string{string(is.Status), is.Owner, is.Outcome, is.Why})
		}
	case is.Step > 0:
		require.NotNil(e.t, is.NextDeadline(), "an open follow-up has a next deadline")
		require.NotNil(e.t, is.Clock(process.FollowUp), "that people see")
		for _, c := range is.Clocks {
			require.False(e.t, c.Next.IsZero())
		}
		require.True(e.t, len(e.life.world.Staff) == 0 || e.works(is.Owner) || out.Refused != nil, "an open follow-up has an owner who is here, not %q", is.Owner)
	}
	if out.Again {
		require.Equal(e.t, process.Done, is.Status)
		require.Contains(e.t, []lead.FollowUpKind{lead.TryAgain, lead.ContactLater}, is.Kind)
	}
}

func (e *errand) works(id string) bool {
	return slices.ContainsFunc(e.life.world.Staff, func(p process.Person) bool { return p.ID == id })
}

// until moves the time to a local instant; on the way the follow-up looks at
// the clock whenever it asked for it.
func (e *errand) until(local string) *errand {
	e.t.Helper()
	target := e.at(local)
	for range 100_000 {
		c := e.state.NextDeadline()
		if c == nil || c.Next.After(target) {
			e.life.world.Now = target
			return e
		}
		if c.Next.After(e.life.world.Now) {
			e.life.world.Now = c.Next
		}
		e.do(process.FollowUpHappening{What: process.WasDue})
	}
	require.Fail(e.t, "the clock does not come to rest")
	return e
}

// does has it happen and requires that it is not refused.
func (e *errand) does(who string, h process.FollowUpHappening) *errand {
	e.t.Helper()
	h.ID, h.Actor = e.id(), process.Actor(who)
	require.Nil(e.t, e.do(h).Refused)
	return e
}

// refuses has it happen and requires that it is refused.
func (e *errand) refuses(who string, h process.FollowUpHappening) *process.Refusal {
	e.t.Helper()
	h.ID, h.Actor = e.id(), process.Actor(who)
	out := e.do(h)
	require.NotNil(e.t, out.Refused)
	require.Empty(e.t, out.Events)
	return out.Refused
}

// done and dropped are somebody's word about a follow-up, with a note.
func done() process.FollowUpHappening { return settle(process.Done, "") }

func dropped() process.FollowUpHappening { return settle(process.Dropped, "") }

func settle(fate process.FollowUpStatus, outcome string) process.FollowUpHappening {
	return process.FollowUpHappening{What: process.DidSettle, Settle: &process.Settlement{Fate: fate, Outcome: outcome, NoteID: otherID}}
}

func hand(to string) process.FollowUpHappening {
	return process.FollowUpHappening{What: process.DidAssign, Assign: &process.Assignment{To: to}}
}

// arrives is the fate of a mail to a department.
func arrives(fate process.Fate) process.FollowUpHappening {
	return process.FollowUpHappening{What: process.WasDelivered, Delivered: []process.Delivery{{Message: otherID, Template: "hand-over", Fate: fate, Code: "refused_by_provider"}}}
}

// dueAt tells when people see its deadline.
func (e *errand) dueAt() string {
	c := e.state.Clock(process.FollowUp)
	if c == nil {
		return "never"
	}
	return e.local(c.Due)
}
