package process

import (
	"github.com/doorbell-ilm/doorbell/lead"
)

// NoAppointment stands among the evidence of a reason that parks, while the
// lead has an appointment: it cannot sleep before that is over.
const NoAppointment lead.Rule = "no_appointment"

// Closable is a reason with which a lead may close in its phase, and how that
// would go at this moment.
type Closable struct {
	Reason lead.Reason
	// Evidence is all that the reason asks for, whether it is there or not.
	Evidence []lead.Shown
	// Usable says that the lead would close, or its closing be proposed, once
	// the details are given.
	Usable bool
	// Approval says why the closing would wait for the manager, "" when it
	// would not.
	Approval string
}

// Closables tells with which reasons of its phase a lead may close, in the
// order of the catalogue, by the rules with which Check refuses a closing and
// Step proposes it. It has none for a lead that is closed or not worked yet.
// While a closing waits for the manager none is usable.
//
// Of the world it looks at the time, the policy, the catalogue, the subject,
// and whether the lead is a proved double, which here means that there is
// another lead that its closing could name.
func Closables(w World, s State) []Closable {
	if s.Step == 0 || s.Status == lead.Closed {
		return nil
	}
	track := w.trackOf(&s)
	evidence := s.Evidence()
	var out []Closable
	for _, r := range w.Reasons {
		if !r.UsableIn(s.Phase) {
			continue
		}
		c := Closable{Reason: r, Evidence: r.Shows(evidence, w.Now), Usable: s.Status == lead.Open, Approval: w.approval(track, &s, r)}
		if s.cannotSleep(r) {
			c.Evidence = append(c.Evidence, lead.Shown{Missing: lead.Missing{Rule: NoAppointment, Need: 1}})
		}
		for _, shown := range c.Evidence {
			c.Usable = c.Usable && shown.Met
		}
		out = append(out, c)
	}
	return out
}

// cannotSleep reports whether the reason would park a lead that has an
// appointment.
func (s *State) cannotSleep(r lead.Reason) bool {
	return r.Effect == lead.Parks && s.Appointment != nil
}
