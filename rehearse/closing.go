package rehearse

import (
	"slices"
	"strconv"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// giveUp closes a lead as the evidence allows once it was tried enough: as not
// reached, or, when the customer was spoken to and nothing came of it, with a
// reason that a conversation proves. It reports whether it did.
func (r *run) giveUp(p *person, l *life) bool {
	s := &l.state
	if l.again || !s.Kept.VisitedAt.IsZero() {
		return false
	}
	for _, reason := range r.valid(l) {
		if !slices.Contains(reason.Evidence, lead.EnoughAttempts) {
			continue
		}
		missing := r.lacks(l, reason)
		if len(missing) == 1 && missing[0].Rule == lead.MailSent {
			for range max(missing[0].Need-missing[0].Have, 1) {
				r.mail(p, l, "still-interested")
			}
			missing = r.lacks(l, reason)
		}
		if len(missing) > 0 {
			continue
		}
		if !s.Kept.Conversation.IsZero() && s.Kept.DidNotComeAt.IsZero() {
			return r.lose(p, l)
		}
		return r.ask(p, l, reason.Code)
	}
	return false
}

// lose closes a lead with one of the reasons that a conversation proves.
func (r *run) lose(p *person, l *life) bool {
	proving := []lead.Rule{lead.HadConversation, lead.ConversationAfterOffer, lead.VisitOrConversation}
	return r.closeWith(p, l, func(reason lead.Reason) bool {
		return reason.Effect == lead.EndsLost && slices.ContainsFunc(reason.Evidence, func(rule lead.Rule) bool { return slices.Contains(proving, rule) })
	})
}

// close closes a lead with a reason that is proved. A dealer who has retired it,
// or asks more of it, closes such leads with another one that is.
func (r *run) close(p *person, l *life, code string) {
	reason, known := r.setup.Reasons.Find(code)
	if known && slices.ContainsFunc(r.valid(l), func(o lead.Reason) bool { return o.Code == code }) && len(r.lacks(l, reason)) == 0 {
		r.ask(p, l, code)
		return
	}
	if !known {
		reason.Effect = lead.EndsLost
	}
	r.closeWith(p, l, func(o lead.Reason) bool { return o.Effect == reason.Effect })
}

// closeWith draws one of the reasons that fit and are proved. Few customers
// forbid further calls.
func (r *run) closeWith(p *person, l *life, fits func(lead.Reason) bool) bool {
	const often = 6 // times as often as a reason that forbids calls
	var codes []string
	for _, reason := range r.valid(l) {
		// Nobody calls a real customer a bug or somebody else's.
		if reason.Code == "test" || reason.Code == "double" || !fits(reason) || len(r.lacks(l, reason)) > 0 {
			continue
		}
		times := often
		if slices.ContainsFunc(reason.FollowUps, func(f lead.FollowUp) bool { return f.Kind == lead.DoNotContact }) {
			times = 1
		}
		codes = append(codes, slices.Repeat([]string{reason.Code}, times)...)
	}
	if len(codes) == 0 {
		return false
	}
	return r.ask(p, l, codes[l.dice.IntN(len(codes))])
}

// valid lists the reasons that may close the lead in its phase.
func (r *run) valid(l *life) lead.Catalogue {
	list, known := r.reasons[l.state.Phase]
	if known {
		return list
	}
	for _, reason := range r.setup.Reasons {
		if !reason.Retired && (reason.Phase == "" || reason.Phase == l.state.Phase) {
			list = append(list, reason)
		}
	}
	r.reasons[l.state.Phase] = list
	return list
}

func (r *run) lacks(l *life, reason lead.Reason) []lead.Missing {
	return reason.Lacks(l.state.Evidence(), instant(r.now))
}

// ask closes a lead with a reason, if the rules let him. It reports whether
// they did.
func (r *run) ask(p *person, l *life, code string) bool {
	reason, _ := r.setup.Reasons.Find(code)
	h := process.Happening{What: process.DidClose, Close: &process.ClosingAsked{ID: r.identifier(), Reason: code, Details: r.details(l, reason)}}
	return r.step(l, r.by(p, h))
}

// details fills in what the reason asks for.
func (r *run) details(l *life, reason lead.Reason) map[string]string {
	if len(reason.Details) == 0 {
		return nil
	}
	details := map[string]string{}
	for _, d := range reason.Details {
		switch d.Kind {
		case lead.Choice:
			details[d.Name] = d.Options[l.dice.IntN(len(d.Options))]
		case lead.Words:
			details[d.Name] = lead.Kept
		case lead.Date:
			local := instant(r.now).In(r.setup.Policy.Zone)
			details[d.Name] = local.AddDate(0, 0, 7+l.dice.IntN(36)).Format(time.DateOnly)
		case lead.DateOrUnknown:
			details[d.Name] = "unknown"
		case lead.Amount:
			details[d.Name] = strconv.FormatInt(max(l.subject.Price/100, 1), 10)
		case lead.LeadID, lead.StaffOrLead:
			details[d.Name] = identifier(0, 1)
		case lead.Channels:
			details[d.Name] = string(lead.Phone)
		}
	}
	return details
}
