package words

import (
	"cmp"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
)

// Missing says what a closing lacks and what to do about it, as a part of a
// sentence that names several: "1 of 6 call attempts; the next is due Tue 24
// Nov 17:30". It can be read at any time.
func (w *Words) Missing(m lead.Missing) string {
	return w.lacking(m, func(t time.Time) string { return w.Stamp(t) }, time.Time{})
}

// Evidence says one piece of a reason's evidence in a line of its own, to
// somebody who reads it at now: "1 of 6 call attempts; the next is due tomorrow
// 17:30", or when it is met "6 of 6 call attempts", "A conversation is in the
// log". Of what is met m tells the rule, how much is needed and how much there
// is.
func (w *Words) Evidence(m lead.Missing, met bool, now time.Time) string {
	if met {
		return Upper(w.met(m))
	}
	return Upper(w.lacking(m, func(t time.Time) string { return w.Soon(t, now) }, now))
}

func (w *Words) lacking(m lead.Missing, at func(time.Time) string, now time.Time) string {
	switch {
	case m.Rule == lead.MailSent && m.Need > 1:
		return w.T("evidence.mails_sent", "have", m.Have, "need", m.Need)
	case m.Rule == lead.PhoneAskedFor && !m.From.IsZero():
		return w.N("evidence.phone_just_asked_for", cmp.Or(m.Hours, int(lead.AskedForPhone/time.Hour)), "at", at(m.From))
	}
	next := ""
	if !m.NextDue.IsZero() {
		key := "evidence.next"
		if m.NextDue.Before(now) {
			key = "evidence.next_was"
		}
		next = w.T(key, "at", at(m.NextDue))
	}
	return w.rule("", m, m.Have, next)
}

func (w *Words) met(m lead.Missing) string {
	switch {
	case m.Rule == lead.MailSent && m.Have < m.Need, m.Rule == lead.PhoneAskedFor && m.From.IsZero():
		return w.T("evidence.waived")
	case m.Rule == lead.MailSent && m.Need > 1:
		return w.T("evidence.met.mails_sent", "have", m.Need, "need", m.Need)
	}
	return w.rule("met.", m, m.Need, "")
}

// rule says the sentence of a rule; one that a dealer made up is its own word.
func (w *Words) rule(form string, m lead.Missing, have int, next string) string {
	said, known := w.said["evidence."+form+string(m.Rule)]
	if !known {
		return string(m.Rule)
	}
	return said.other.with([]any{"have", have, "need", m.Need, "next", next})
}
