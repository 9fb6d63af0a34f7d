package rehearse

import (
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// rotate moves whoever got a lead to the end of the rotation, as the store does.
func rotate(staff []process.Person, assigned string) {
	i := slices.IndexFunc(staff, func(p process.Person) bool { return p.ID == assigned })
	if assigned == "" || i < 0 {
		return
	}
	p := staff[i]
	copy(staff[i:], staff[i+1:])
	staff[len(staff)-1] = p
}

// ownerOf is who has the lead among his open ones, or "". One that sleeps asks
// for nobody's time and is not counted.
func ownerOf(s process.State) string {
	if s.Status == lead.Closed || s.Stage == lead.Parked {
		return ""
	}
	return s.Owner
}

// move counts an open lead of one person as another's from now on.
func move(staff []process.Person, from, to string) {
	if from == to {
		return
	}
	for i := range staff {
		switch staff[i].ID {
		case from:
			staff[i].Open--
		case to:
			staff[i].Open++
		}
	}
}

// answerKey is the key of the automatic response in the ledger.
const answerKey = "auto_response"

// delivered returns the fates of what was sent to the customer: accepted, all of
// it, at once. by is whoever wrote what was written
// by hand.
func delivered(mails []process.Mail, by process.Actor, now time.Time) []process.Delivery {
	var fates []process.Delivery
	for _, m := range mails {
		if m.Staff != "" {
			continue
		}
		d := process.Delivery{Message: m.Key, Template: m.Template, Auto: m.Key == answerKey, Fate: process.Accepted, At: now}
		if m.Ledger != "" {
			d.Message, d.Hand, d.By = m.Ledger, true, by
		}
		fates = append(fates, d)
	}
	return fates
}
