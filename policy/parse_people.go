package policy

import (
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
)

const maxGroups = 100

// departmentNames are those of whom a closing may hand the customer over to,
// and the buying department.
var departmentNames = []string{"service", "parts", "aftersales", "finance", "hr", "other_dealer", "buying"}

// readGroups reads the groups in the order of the file. The name of one whose
// members are refused still counts, so that it is not unknown to recipients.
func (p *Policy) readGroups(v value) {
	fields, _ := v.fields()
	if len(fields) > maxGroups {
		v.fault("has %d groups and may have %d", len(fields), maxGroups)
		return
	}
	for _, f := range fields {
		switch {
		case !isCode(f.name):
			f.keyFault("the name of a group has at most 64 letters, digits, - and _, beginning with a letter or digit")
			continue
		case slices.Contains(allRoles, Recipient(f.name)):
			f.keyFault("this word names a role already; give the group another name")
			continue
		case f.value.emptyList():
			f.value.fault("is empty; name at least one member by e-mail address, or delete the group")
		}
		v.doc.groups = append(v.doc.groups, f.name)
		p.Groups = append(p.Groups, Group{Name: f.name, Staff: listOf(f.value, maxStaff, value.address)})
	}
}

// readDepartments reads the e-mail addresses of departments.
func (p *Policy) readDepartments(v value) {
	s := v.section(departmentNames...)
	for _, f := range s.fields {
		if address, ok := f.value.address(); ok {
			if p.Departments == nil {
				p.Departments = map[string]string{}
			}
			p.Departments[f.name] = address
		}
	}
}

// readEarning reads when new leads pause for somebody.
func readEarning(v value) *Earning {
	s := v.section(earningKeys...)
	e := &Earning{
		Result: lead.Appointed, Sample: 20,
		Window: Duration{Days: 90}, Judge: Duration{Days: 7},
	}
	read(s, "result", oneOf(resultWords...), &e.Result)
	if norm, ok := s.require("norm", "30%").percent(leastNorm, mostPercent); ok {
		e.Norm = norm
	}
	read(s, "sample", func(v value) (int, bool) { return v.integer(leastSample, mostSample) }, &e.Sample)
	window, judge := s.get("window"), s.get("judge")
	read(s, "window", func(v value) (Duration, bool) {
		d, ok := v.duration()
		if ok && (d.Days == 0 || d.Span != 0) {
			v.fault("must be whole days, for example 90d")
			return d, false
		}
		return d, ok
	}, &e.Window)
	read(s, "judge", value.duration, &e.Judge)
	if time.Duration(e.Judge.Days)*24*time.Hour+e.Judge.Span >= time.Duration(e.Window.Days)*24*time.Hour {
		if judge.present() {
			judge.fault("must be shorter than window, which is %s", e.Window)
		} else {
			window.fault("must be longer than judge, which is %s when it is not written; add a shorter judge", e.Judge)
		}
	}
	return e
}

// The follow-ups by who does them: a person, by a deadline that a policy may
// set, or Doorbell itself.
var (
	followUpKinds = []lead.FollowUpKind{
		lead.TellProvider, lead.RefundClaim, lead.HandOver, lead.AfterSales, lead.BuyingDepartment,
		lead.StockSearch, lead.CheckAfterTheDate, lead.CallAboutQuote, lead.FinanceOffer,
		lead.SendLetter, lead.SendVideo,
	}
	automaticFollowUps = []lead.FollowUpKind{
		lead.TryAgain, lead.ContactLater, lead.SoftReminder, lead.DoNotContact, lead.Celebrate, lead.LinkLeads,
	}
)

// readFollowUps reads who does which follow-up by when.
func (p *Policy) readFollowUps(v value) {
	fields, _ := v.fields()
	known := wordsOf(followUpKinds)
	for _, f := range fields {
		kind := lead.FollowUpKind(f.name)
		switch {
		case slices.Contains(automaticFollowUps, kind):
			f.keyFault("Doorbell does this follow-up by itself; delete it")
		case !slices.Contains(followUpKinds, kind):
			f.keyFault("unknown follow-up%s; known are %s", suggest(f.name, known), oneWordOf(known))
		default:
			if p.FollowUps == nil {
				p.FollowUps = map[lead.FollowUpKind]FollowUp{}
			}
			p.FollowUps[kind] = readFollowUp(kind, f.value)
		}
	}
}

func readFollowUp(kind lead.FollowUpKind, v value) FollowUp {
	f := defaultFollowUp(kind)
	s := v.section(followUpKeys...)
	read(s, "to", func(v value) (Recipient, bool) { return v.recipient(followUpRoles...) }, &f.To)
	read(s, "within", value.duration, &f.Within)
	readSteps(s, "escalate", &f.Escalate)
	return f
}
