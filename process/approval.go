package process

import (
	"hash/fnv"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// approval says why a closing of the lead with the reason waits for the
// manager, "" when it does not.
//
// Value, share and somebody's mere word ask for approval where a lead is given
// up or put off; what moves it on is not held up by them.
func (w *World) approval(track *policy.Track, s *State, r lead.Reason) string {
	rules := track.Closing
	switch rules.Approve {
	case policy.Every:
		return "always"
	case policy.Never:
		return ""
	case policy.ByReason:
	}
	givesUp := r.Effect == lead.EndsLost || r.Effect == lead.EndsDropped || r.Effect == lead.Parks
	switch {
	case r.Approve == lead.NeedsApproval:
		return "reason"
	case r.Approve == lead.UnlessProved && !w.DoubleProved:
		return "not_proved"
	case !givesUp:
		return ""
	case rules.Value > 0 && w.Subject.Price >= rules.Value:
		return "value"
	case rules.SelfReported && r.SelfReported(s.Evidence()):
		return "self_reported"
	case s.drawn(rules.Sample):
		return "sample"
	}
	return ""
}

// drawn reports whether the lead is in the share of closings that the manager
// sees. The lead's own id draws it, so asking again draws the same.
func (s *State) drawn(percent int) bool {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s.Lead)) // a hash never fails
	return int(h.Sum32()%100) < percent
}
