package process_test

import (
	"encoding/json"
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
	}
	for _, h := range senseless() {
		h.Signal, h.Actor = true, process.Operator
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
