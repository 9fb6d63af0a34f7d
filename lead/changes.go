package lead

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Change is what a dealer changes about one reason of his catalogue, or, with a
// code that is not there yet, a reason of his own. What is nil stays as it is;
// what is given replaces all that was there, and an empty list removes it.
type Change struct {
	Code string `json:"code"`

	Label     *string      `json:"label,omitempty"`
	Numbers   map[Rule]int `json:"numbers,omitzero"`
	Details   []Detail     `json:"details,omitzero"`
	Approve   *Approval    `json:"approve,omitempty"`
	FollowUps []FollowUp   `json:"follow_ups,omitzero"`
	Mail      *string      `json:"mail,omitempty"` // name of a template; "" for no mail
	Retired   *bool        `json:"retired,omitempty"`

	// The meaning of a reason of the dealer's own. That of a shipped one stays,
	// so that its figures mean the same at every dealer and in every year.
	Group    *Group  `json:"group,omitempty"`
	Result   *Result `json:"outcome,omitempty"`
	Effect   *Effect `json:"effect,omitempty"`
	Phase    *Phase  `json:"phase,omitempty"` // "" for both
	Evidence []Rule  `json:"evidence,omitzero"`
}

// The most that a dealer may have and send. Retired reasons count, for they
// are never deleted.
const (
	mostOwn     = 100
	mostChanges = 200
)

// Change returns the catalogue with all changes made, or, when one of them
// cannot be made, every fault and no catalogue. A fault's field is a path into
// the changes, such as reasons[2].evidence[0], or reasons for what the
// catalogue as a whole would lack. c is not written to.
//
// Whether a template of that name is there is for the caller to check: this
// package knows no mails.
func (c Catalogue) Change(changes []Change) (Catalogue, []Fault) {
	if len(changes) > mostChanges {
		return nil, []Fault{{"reasons", fmt.Sprintf("holds %d changes; send at most %d at once", len(changes), mostChanges)}}
	}
	shipped, out := Shipped(), slices.Clone(c)
	var faults []Fault
	seen := map[string]int{}
	for i, ch := range changes {
		x := &changing{field: fmt.Sprintf("reasons[%d]", i), change: ch, faults: &faults}
		if first, twice := seen[ch.Code]; twice {
			x.fault("code", "stands in reasons[%d] already; make one change of both", first)
			continue
		}
		seen[ch.Code] = i
		at := slices.IndexFunc(c, func(r Reason) bool { return r.Code == ch.Code })
		if at >= 0 {
			x.was = c[at]
		}
		_, isShipped := shipped.Find(ch.Code)
		x.known, x.shipped = at >= 0, at >= 0 && isShipped
		if !x.known && isShipped {
			x.fault("code", "is the code of a reason that Doorbell ships; choose another")
			continue
		}
		if !x.make() {
			continue
		}
		if x.known {
			out[at] = x.is
		} else {
			out = append(out, x.is)
		}
	}
	faults = append(faults, out.sameLabels(changes)...)
	if len(faults) == 0 {
		faults = append(faults, out.whole(shipped)...)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return out, nil
}

// sameLabels finds the changes whose label another reason has: two words for
// one thing are bad, one word for two is worse.
func (c Catalogue) sameLabels(changes []Change) []Fault {
	codes := map[string][]string{}
	for _, r := range c {
		label := folded(r.Label)
		codes[label] = append(codes[label], r.Code)
	}
	var faults []Fault
	for i, ch := range changes {
		r, known := c.Find(ch.Code)
		if ch.Label == nil || !known {
			continue
		}
		for _, other := range codes[folded(r.Label)] {
			if other != r.Code {
				faults = append(faults, Fault{fmt.Sprintf("reasons[%d].label", i), "is the label of " + other + " too; choose another"})
				break
			}
		}
	}
	return faults
}

// whole checks what no single change can be blamed for.
func (c Catalogue) whole(shipped Catalogue) []Fault {
	var faults []Fault
	own := len(slices.DeleteFunc(slices.Clone(c), func(r Reason) bool {
		_, known := shipped.Find(r.Code)
		return known
	}))
	if own > mostOwn {
		faults = append(faults, Fault{"reasons", fmt.Sprintf(
			"makes %d reasons of your own, retired ones included; %d is the most: change one that you have", own, mostOwn)})
	}
	// A lead that can only be parked again never ends.
	for _, phase := range Phases {
		for _, end := range []struct {
			words string
			fits  func(Reason) bool
		}{
			{"successful", func(r Reason) bool { return r.Result == Successful && r.Effect != Parks }},
			{"missed or rejected", func(r Reason) bool { return r.Result != Successful }},
		} {
			if f := c.needs(phase, end.words, end.fits); f != nil {
				faults = append(faults, *f)
			}
		}
	}
	return faults
}

func (c Catalogue) needs(in Phase, words string, fits func(Reason) bool) *Fault {
	var retired []string
	for _, r := range c {
		if fits(r) && r.UsableIn(in) {
			return nil
		}
		if fits(r) && (r.Phase == "" || r.Phase == in) {
			retired = append(retired, r.Code)
		}
	}
	return &Fault{"reasons", fmt.Sprintf("leaves the phase %s without a %s reason that ends it; keep one of %s", in, words, strings.Join(retired, ", "))}
}

// Differences returns the reasons that the dealer changed and his own, each in
// full: Shipped().Adjusted(c.Differences()) is c. It is what is stored.
func (c Catalogue) Differences() Catalogue {
	shipped := Shipped()
	out := Catalogue{} // [] and not null in JSON
	for _, r := range c {
		if s, known := shipped.Find(r.Code); !known || !reflect.DeepEqual(s, r) {
			out = append(out, r)
		}
	}
	return out
}
