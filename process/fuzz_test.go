package process_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// FuzzHappening has anything happen that could be written down, as a signal
// from Temporal's own tools would bring it: any payload may be missing, any
// field empty or absurd. The lead takes it or refuses it; it never panics, and
// what it would write can be stored.
func FuzzHappening(f *testing.F) {
	p := standard(f)
	lives := []*life{
		rings(f, p, "2026-11-23 10:00"),
		rings(f, p, "2026-11-23 21:00", withoutPhone, withStaff()),
		rings(f, p, "2026-11-23 10:00").attempt(lead.Reached).mailed("quote").booked(lead.InShowroom, "2026-11-23 11:00").advance("90m"),
		rings(f, p, "2026-11-23 10:00").attempt(lead.Reached).does("ann", closing("trade_in_value_only", nil)),
		rings(f, p, "2026-11-23 10:00").attempt(lead.Reached).does("ann", closing("follow_up_required", march)),
		rings(f, p, "2026-11-23 10:00").does("ann", closing("test", nil)).does("mia", decision(true)),
		handedOverTo(f, rings(f, p, "2026-11-23 10:00").mailed("quote")),
		rings(f, p, "2026-11-23 10:00").until("2026-11-23 11:10"),
		rings(f, p, "2026-11-23 10:00").attempt(lead.NoAnswer).until("2026-11-27 11:00"),
	}
	for _, h := range senseless() {
		h.Signal, h.Actor = true, process.Operator
		f.Add([]byte(written(f, h)))
	}
	for _, h := range []process.Happening{
		{What: process.DidTake, Actor: "cas"}, {What: process.WasRepinned, Repin: &process.Repin{Version: 2}}, give("bob"), incoming(), recordedCall(lead.Reached), cameBack(lead.MailBounced),
	} {
		f.Add([]byte(written(f, h)))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var h process.Happening
		if json.Unmarshal(body, &h) != nil {
			return
		}
		for _, base := range lives {
			l := *base
			l.t, l.keys, l.events, l.mails = t, map[string]bool{}, nil, nil
			out := l.do(h)
			require.NotContains(t, written(t, out.Events)+written(t, out.State)+written(t, out.Closing), `\u0000`, "Postgres refuses it")
			l.to(l.world.Now.Add(48 * time.Hour)) // and life goes on
		}
	})
}

func handedOverTo(t tester, l *life) *life {
	t.Helper()
	return l.does("ann", closing("quotation", map[string]string{"amount": "1", "valid_until": "2026-12-23"}))
}

// FuzzFollowUp has anything happen to a follow-up that could be written down, as
// a signal from Temporal's own tools would bring it. It takes it or refuses it;
// it never panics, and what it would write can be stored.
func FuzzFollowUp(f *testing.F) {
	p := errands(f, "refund_claim: {within: 4h, escalate: [{clock: always, after: 1h, to: [trucks], reassign: true}]}")
	var lives []*errand
	for _, kind := range lead.FollowUpKinds {
		e := asked(f, p, kind, "2026-11-23 10:00", "2026-11-24", func(e *errand) { e.world.Department = "service" })
		lives = append(lives, e.until("2026-11-24 13:00"))
	}
	lives = append(lives,
		asked(f, p, lead.StockSearch, "2026-11-23 21:00", "2027-11-23", among(withStaff())),
		asked(f, p, lead.RefundClaim, "2026-11-23 10:00", "2026-11-23").until("2026-11-30 10:00"),
		asked(f, p, lead.RefundClaim, "2026-11-23 10:00", "2026-11-23").does("max", settle(process.Done, process.Granted)))
	for _, h := range slices.Concat(nonsense(), []process.FollowUpHappening{
		settle(process.Done, process.Granted), dropped(), hand("cas"), arrives(process.Accepted), arrives(process.Failed), {What: process.WasCancelled}, {What: process.WasStarted},
	}) {
		f.Add([]byte(written(f, h)))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var h process.FollowUpHappening
		if json.Unmarshal(body, &h) != nil {
			return
		}
		h.Signal = h.Signal || (h.What != process.WasDelivered && h.What != process.WasCancelled)
		for _, base := range lives {
			e := *base
			e.t, e.keys, e.events, e.mails = t, map[string]bool{}, nil, nil
			out := e.do(h)
			require.NotContains(t, written(t, out.State)+eventsBut(t, out.Events, "message_sent", "message_failed"), `\u0000`, "Postgres refuses it")
			e.until("2026-12-04 10:00") // and life goes on
		}
	})
}

// eventsBut is the timeline without the kinds whose data only Doorbell's own
// ledger brings.
func eventsBut(t tester, events []process.Event, kinds ...string) string {
	t.Helper()
	return written(t, slices.DeleteFunc(slices.Clone(events), func(e process.Event) bool { return slices.Contains(kinds, e.Kind) }))
}
