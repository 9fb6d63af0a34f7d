package test

import (
	"maps"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
)

// reasons changes the dealer's catalogue; leads that arrive from now on have
// it.
func (d dealer) reasons(who string, changes ...map[string]any) dealership.Answer {
	d.t.Helper()
	return d.door.As(who, http.MethodPut, "/v1/reasons", map[string]any{"reasons": changes})
}

// agreed is a change that is taken.
func (d dealer) agreed(changes ...map[string]any) {
	d.t.Helper()
	answer := d.reasons(manager, changes...)
	require.Equal(d.t, http.StatusOK, answer.Status, answer.Text)
}

// abroad is a reason that only this dealer has.
var abroad = map[string]any{
	"code": "moved_abroad", "label": "Moved abroad", "group": "No interest", "outcome": "missed", "effect": "lost",
	"evidence": []string{"conversation"}, "approve": "yes",
}

// A dealer may ask for more or fewer calls than everybody else.
func TestADealerSetsHisOwnNumbers(t *testing.T) {
	d := opens(t, "2026-11-24 09:00")
	d.agreed(map[string]any{"code": "not_reached", "numbers": map[string]any{"attempts": 2, "days": 1, "dayparts": 1}})
	l := d.receives(enquiry{})
	l.calls("no_answer")
	answer := l.closes(l.owner(), "not_reached", nil)
	require.Equal(t, http.StatusUnprocessableEntity, answer.Status)
	require.Contains(t, answer.Text, "1 of 2 call attempts")
	d.Advance("2h")
	l.calls("no_answer")
	mailed(l)
	require.Equal(t, http.StatusAccepted, l.closes(l.owner(), "not_reached", nil).Status, "and the manager decides as ever")
}

// A dealer may add reasons of his own, and what proves them.
func TestADealerAddsAReason(t *testing.T) {
	d := opens(t, "2026-11-24 09:00")
	d.agreed(abroad)
	l := d.receives(enquiry{})
	answer := l.closes(l.owner(), "moved_abroad", nil)
	require.Equal(t, []string{"conversation"}, missing(answer), answer.Text)
	reached(l)
	require.Equal(t, http.StatusAccepted, l.closes(l.owner(), "moved_abroad", nil).Status)
	l.does(manager, "closing/approve", nil)
	require.Equal(t, "lost", l.is("stage"))
}

// A reason is retired, never deleted: no lead may use it any more, and those
// that closed with it keep it.
func TestADealerRetiresAReason(t *testing.T) {
	d := opens(t, "2026-11-24 09:00")
	before := d.receives(enquiry{})
	reached(before)
	before.closes(before.owner(), "trade_in_value_only", nil)
	before.does(manager, "closing/approve", nil)

	d.agreed(map[string]any{"code": "trade_in_value_only", "retired": true})
	l := d.receives(enquiry{})
	reached(l)
	answer := l.closes(l.owner(), "trade_in_value_only", nil)
	require.Equal(t, http.StatusUnprocessableEntity, answer.Status)
	require.Contains(t, answer.Body["type"], "unknown-reason")
	require.NotContains(t, answer.Body["valid"], "trade_in_value_only")
	require.Contains(t, answer.Body["valid"], "refused_call")
	require.Equal(t, "trade_in_value_only", before.now()["closing"].(map[string]any)["reason"])
}

// R9: "Other" cannot be said, however it is written, and neither can a reason
// that needs no proof or that is free text.
func TestOtherIsNoReason(t *testing.T) {
	d := opens(t, "2026-11-24 09:00")
	own := func(name string, value any) map[string]any {
		change := maps.Clone(abroad)
		change[name] = value
		return change
	}
	for _, label := range []string{"Other", "Overig", "Sonstiges", "No interest", "n.a.", "Other reason, see note", "..."} {
		answer := d.reasons(manager, own("label", label))
		require.Equal(t, http.StatusUnprocessableEntity, answer.Status, label)
		require.Contains(t, answer.Body["type"], "bad-reasons")
	}
	require.Equal(t, http.StatusUnprocessableEntity, d.reasons(manager, own("code", "other")).Status)
	require.Equal(t, http.StatusUnprocessableEntity, d.reasons(manager, own("evidence", []string{})).Status)
	words := []map[string]any{{"name": "because", "kind": "words"}}
	require.Equal(t, http.StatusUnprocessableEntity, d.reasons(manager, own("details", words)).Status)
	require.Equal(t, http.StatusForbidden, d.reasons(sam, abroad).Status, "managers only")
	answer := d.door.As(manager, http.MethodGet, "/v1/reasons", nil)
	require.EqualValues(t, 1, answer.Body["version"], "nothing has changed")
}

// A lead keeps the catalogue that it arrived under.
func TestALeadKeepsItsReasons(t *testing.T) {
	d := opens(t, "2026-11-24 09:00")
	old := d.receives(enquiry{})
	d.agreed(abroad, map[string]any{"code": "refused_call", "retired": true},
		map[string]any{"code": "not_reached", "numbers": map[string]any{"attempts": 9}})
	answer := old.closes(old.owner(), "not_reached", nil)
	require.Contains(t, answer.Text, "0 of 6 call attempts")
	refused(old)
	require.Contains(t, old.closes(old.owner(), "moved_abroad", nil).Body["type"], "unknown-reason")
	require.Equal(t, http.StatusAccepted, old.closes(old.owner(), "refused_call", nil).Status)

	fresh := d.receives(enquiry{})
	require.Contains(t, fresh.closes(fresh.owner(), "not_reached", nil).Text, "0 of 9 call attempts")
}
