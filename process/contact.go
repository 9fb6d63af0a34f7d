package process

import (
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// mostAttempts bounds the attempts kept in the state; the log in Postgres has
// all of them.
const mostAttempts = 100

// attempted logs an attempt to reach the customer and counts it, or says why
// it does not count (R6).
func (t *turn) attempted(a AttemptMade) {
	at := a.At
	if at.IsZero() || at.After(t.w.Now) {
		at = t.w.Now
	}
	at = later(at, t.s.ReceivedAt) // clocks differ a little; nothing is logged before the lead
	local := at.In(t.w.Policy.Zone)
	made := Attempt{
		ID: a.ID, At: at.UTC(), By: string(t.h.Actor), Outcome: a.Outcome,
		Day: local.Format(time.DateOnly), Part: policy.Daypart(local),
	}
	uncounted := t.uncounted(a, made.At)
	made.Counted, made.Recorded = uncounted == "", a.Recorded
	t.out.Attempt = &made
	t.s.Attempts = append(t.s.Attempts, made)
	if len(t.s.Attempts) > mostAttempts {
		oldest := max(0, slices.IndexFunc(t.s.Attempts, func(o Attempt) bool { return !t.s.counts(o) }))
		t.s.Attempts = slices.Delete(t.s.Attempts, oldest, oldest+1)
	}
	data := map[string]any{
		"attempt_id": a.ID, "channel": string(a.Channel), "direction": string(a.Direction),
		"outcome": string(a.Outcome), "counted": made.Counted, "made_at": made.At,
	}
	put(data, "duration_s", a.Seconds)
	put(data, "note_id", a.NoteID)
	put(data, "uncounted_because", uncounted)
	put(data, "recorded", a.Recorded)
	if late := t.lateLive(made.At); late > 0 {
		data["live_response_late_s"] = late
	}
	t.event("attempt_logged", data)

	if a.Direction == lead.Out || a.Outcome == lead.Reached {
		t.live(made.At)
	}
	switch {
	case a.Direction == lead.In:
		t.answered(made.At)
	case a.Channel == lead.Phone:
		t.settle(Done, "called", lead.CallAboutQuote)
	}
	kept := &t.s.Kept
	switch a.Outcome {
	case lead.Reached:
		t.spoke(made.At)
		kept.TalkRecorded = kept.TalkRecorded || a.Recorded
	case lead.Refused:
		kept.CallRefused, kept.RefusalRecorded = true, kept.RefusalRecorded || a.Recorded
	case lead.WrongNumber:
		kept.WrongNumber, kept.WrongRecorded = true, kept.WrongRecorded || a.Recorded
	case lead.NoAnswer, lead.Voicemail, lead.Busy:
		// they count, and change nothing else
	}
	t.plan()
	if c := t.s.Clock(CallAttempt); a.Outcome == lead.Reached && c != nil && c.At != AtDue {
		t.fresh() // he was spoken to, whoever called whom
	}
}

// uncounted says why an attempt does not count towards "tried enough"; "" when
// it does.
func (t *turn) uncounted(a AttemptMade, at time.Time) string {
	switch {
	case a.Channel != lead.Phone:
		return "only calls count"
	case a.Direction != lead.Out:
		return "the customer called"
	case at.Before(t.s.CycleStart):
		return "before the attempts started again"
	}
	spaced := policy.AlwaysOpen(t.w.Policy.Zone)
	voicemails := 0
	for _, o := range t.s.Attempts {
		if !t.s.counts(o) {
			continue
		}
		first, second := o.At, at
		if second.Before(first) {
			first, second = second, first
		}
		if second.Before(spaced.Add(first, t.track.Attempts.Spacing)) {
			return "too close to another attempt"
		}
		if o.Outcome == lead.Voicemail {
			voicemails++
		}
	}
	if a.Outcome == lead.Voicemail && voicemails >= t.s.Measure.Voicemails {
		return "enough voicemails"
	}
	return ""
}

// lateLive returns by how many seconds the first live response came late; 0
// when it was in time or is not the first.
func (t *turn) lateLive(at time.Time) int {
	if !t.s.FirstLiveAt.IsZero() || t.s.LiveDueAt.IsZero() || !at.After(t.s.LiveDueAt) {
		return 0
	}
	return int(at.Sub(t.s.LiveDueAt).Seconds())
}

// live notes that a person acted towards the customer: the first clock is met.
func (t *turn) live(at time.Time) {
	if t.s.FirstLiveAt.IsZero() {
		t.s.FirstLiveAt = at
	}
	t.s.LastLiveAt = later(t.s.LastLiveAt, at)
	t.s.stop(LiveResponse)
	t.s.Took = nil
	// Whoever works the lead has his time again to say how it goes on; plan sets
	// it. A call that is overdue stays so until one is made that counts.
	if t.s.Stage != lead.Parked {
		t.s.stop(FollowUp)
	}
	if t.s.Stage == lead.New {
		t.s.Stage = lead.Contacting
	}
}

// spoke notes a conversation: the second clock is met.
func (t *turn) spoke(at time.Time) {
	if t.s.FirstConversation.IsZero() {
		t.s.FirstConversation = at
	}
	t.s.Kept.Conversation = later(t.s.Kept.Conversation, at)
	if t.s.Stage == lead.New || t.s.Stage == lead.Contacting {
		t.s.Stage = lead.Conversation
	}
	t.answered(at)
}

// messaged releases a mail that a person wrote or chose. It counts as live
// because a person sent it, and as evidence unless it fails later.
func (t *turn) messaged(m MessageAsked) {
	t.live(t.w.Now)
	t.count(m.Template, 1, t.w.Now)
	t.send(Mail{Ledger: m.ID, Template: m.Template, Channel: lead.Email})
	t.plan()
}

// count keeps the number of mails out, and when the first was sent of those
// that prove something. A mail that failed is counted back by -1.
func (t *turn) count(template string, by int, at time.Time) {
	m := &t.s.Mails
	m.Sent = max(0, m.Sent+by)
	switch template {
	case "ask-for-phone":
		m.PhoneAsks, m.PhoneAskedAt = counted(m.PhoneAsks, by, m.PhoneAskedAt, at)
	case "quote":
		m.Quotes, m.QuoteAt = counted(m.Quotes, by, m.QuoteAt, at)
	}
}

func counted(n, by int, first, at time.Time) (int, time.Time) {
	switch n = max(0, n+by); {
	case n == 0:
		return 0, time.Time{}
	case first.IsZero():
		return n, at
	default:
		return n, first
	}
}

// delivered notes how messages to the customer ended.
func (t *turn) delivered(list []Delivery) {
	for _, d := range list {
		if d.At.IsZero() || d.At.After(t.w.Now) {
			d.At = t.w.Now
		}
		d.At = later(d.At.UTC(), t.s.ReceivedAt)
		data := map[string]any{"message_id": d.Message, "template": d.Template, "at": d.At}
		actor := d.By
		if actor == "" {
			actor = System
		}
		switch {
		case d.Fate == Accepted && d.Auto:
			if !d.CameBack {
				t.s.AutoRespondedAt = d.At
			}
			t.out.Events = append(t.out.Events, Event{Kind: "auto_response_sent", Actor: System, Data: data})
			continue
		case d.Fate == Accepted:
			switch {
			case d.Hand && d.CameBack:
				t.count(d.Template, -1, d.At)
			case !d.Hand && !d.CameBack:
				t.count(d.Template, 1, d.At)
			}
			t.out.Events = append(t.out.Events, Event{Kind: "message_sent", Actor: actor, Data: data})
			continue
		}
		data["fate"], data["code"] = string(d.Fate), d.Code
		if d.Hand {
			t.count(d.Template, -1, d.At)
		}
		t.out.Events = append(t.out.Events, Event{Kind: "message_failed", Actor: actor, Data: data})
		t.tellFailed()
	}
}

// tellFailed tells the owner that the customer does not get our mail: he has
// to call.
func (t *turn) tellFailed() {
	if t.s.Status != lead.Closed {
		t.tell("message-failed", "failed", t.s.Owner, "")
	}
}

// customer notes what the customer wants, which beats every rule (R28).
func (t *turn) customer(c CustomerWish) {
	if c.Bounced && (t.s.Reach.Email || !t.s.Mails.Bounced) { // providers tell it many times
		t.s.Mails.Bounced = true
		t.s.Reach.Email = false
		t.event("message_bounced", map[string]any{})
		t.tellFailed()
	}
	if fresh := t.respect(c.Refuses); len(fresh) > 0 {
		t.out.Spread = fresh
		if slices.Contains(fresh, lead.Phone) {
			// No attempt may be made any more that could prove it.
			t.s.Kept.CallRefused = true
		}
		data := map[string]any{"kind": string(lead.DoNotContact), "channels": fresh}
		put(data, "note_id", c.NoteID)
		t.event("follow_up_started", data)
		t.own("follow_up_done", map[string]any{"kind": string(lead.DoNotContact), "channels": fresh})
	}
	t.plan()
	if c.Mail != nil {
		t.mailNews(*c.Mail)
	}
}

// respect adds channels to those that the customer does not want and returns
// the ones that are new.
func (t *turn) respect(channels []lead.Channel) []lead.Channel {
	var fresh []lead.Channel
	for _, c := range channels {
		if !slices.Contains(t.s.Reach.Refused, c) && !slices.Contains(fresh, c) {
			fresh = append(fresh, c)
		}
	}
	t.s.Reach.Refused = append(t.s.Reach.Refused, fresh...)
	if len(fresh) > 0 && t.track != nil {
		t.thinOut("the customer does not want it")
	}
	return fresh
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// put adds the value unless it is zero.
func put[V comparable](data map[string]any, key string, value V) {
	var zero V
	if value != zero {
		data[key] = value
	}
}
