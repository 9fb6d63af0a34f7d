package lead

import (
	"fmt"
	"maps"
	"slices"
)

const (
	mostDetails   = 10
	mostOptions   = 30
	mostFollowUps = 10
	mostDays      = 3650
	mostMonths    = 120
)

// doubleCode is the one reason that Doorbell gives itself (R17).
const doubleCode = "double"

// readings lists the details of shipped reasons that Doorbell itself reads:
// whom else the lead belongs to and what the customer refuses. The date on
// which a parked lead wakes is read of every reason that parks.
var readings = map[string]Detail{
	doubleCode:           {Name: "lead_id", Kind: LeadID},
	"no_more_calls":      {Name: "channels", Kind: Channels},
	"already_in_contact": {Name: "with", Kind: StaffOrLead},
	"not_for_bdc":        {Name: "department", Kind: Choice},
}

// details takes the fields that the reason asks for. Free text is for the note
// beside a closing: as a detail it would be "other" under another name. Those
// shipped stay, for they are a make, a model, an order number.
func (x *changing) details() {
	given := x.change.Details
	if given == nil {
		return
	}
	if len(given) > mostDetails {
		x.fault("details", "are more than %d; nobody fills them in", mostDetails)
		return
	}
	x.is.Details = nil
	for i, d := range given {
		at := fmt.Sprintf("details[%d].", i)
		switch {
		case !nameForm.MatchString(d.Name):
			x.fault(at+"name", "must be up to 41 lower case letters, digits and _, beginning with a letter, such as brand")
		case x.is.detail(d.Name) != nil:
			x.fault(at+"name", "is the name of another detail; choose another")
		}
		switch {
		case !slices.Contains(DetailKinds, d.Kind):
			x.fault(at+"kind", "must be one of %s", listed(DetailKinds, ", "))
		case d.Kind == Words && !x.shippedWords(d.Name):
			x.fault(at+"kind", "cannot be words: free text in place of a reason teaches nobody; use choice, and the closing's note for the rest")
		}
		x.options(at+"options", d)
		d.Options = slices.Clone(d.Options)
		if len(d.Options) == 0 {
			d.Options = nil
		}
		x.is.Details = append(x.is.Details, d)
	}
}

func (x *changing) shippedWords(name string) bool {
	r, _ := Shipped().Find(x.is.Code)
	d := r.detail(name)
	return d != nil && d.Kind == Words
}

func (x *changing) options(field string, d Detail) {
	switch {
	case d.Kind != Choice && len(d.Options) > 0:
		x.fault(field, "belong to a choice; leave them out")
		return
	case d.Kind == Choice && (len(d.Options) < 2 || len(d.Options) > mostOptions):
		x.fault(field, "must be 2 to %d codes to choose from, such as own, other", mostOptions)
		return
	}
	says := len(d.Options) == 0
	for j, o := range d.Options {
		at := fmt.Sprintf("%s[%d]", field, j)
		switch {
		case !nameForm.MatchString(o):
			x.fault(at, "must be up to 41 lower case letters, digits and _, beginning with a letter")
		case slices.Contains(d.Options[:j], o):
			x.fault(at, "stands there twice; leave it out")
		}
		says = says || !catchAll(o)
	}
	if !says {
		x.fault(field, "say nothing, each of them; name what there is to choose from beside other")
	}
}

// followUps takes what has to happen after a closing.
func (x *changing) followUps() {
	given := x.change.FollowUps
	if given == nil {
		return
	}
	if len(given) > mostFollowUps {
		x.fault("follow_ups", "are more than %d; nobody does them", mostFollowUps)
		return
	}
	x.is.FollowUps = nil
	for i, f := range given {
		at := fmt.Sprintf("follow_ups[%d]", i)
		if !slices.Contains(FollowUpKinds, f.Kind) {
			x.fault(at+".kind", "must be one of %s", listed(FollowUpKinds, ", "))
		}
		if f.Kind == CallAboutQuote && x.is.Effect != OpensShowroom {
			x.fault(at+".kind", "is the lead's own next call, and with %s no call follows; use try_again or contact_later", x.is.Code)
		}
		if f.Days < 0 || f.Days > mostDays {
			x.fault(at+".days", "must be 0 to %d", mostDays)
		}
		if f.Months < 0 || f.Months > mostMonths {
			x.fault(at+".months", "must be 0 to %d", mostMonths)
		}
		if len(f.If) > mostDetails {
			x.fault(at+".if", "holds more conditions than a reason has details")
			continue
		}
		if slices.ContainsFunc(x.is.FollowUps, f.equals) {
			x.fault(at, "stands there twice; leave it out")
		}
		f.If = maps.Clone(f.If)
		if len(f.If) == 0 {
			f.If = nil
		}
		x.is.FollowUps = append(x.is.FollowUps, f)
	}
}

func (f FollowUp) equals(o FollowUp) bool {
	return f.Kind == o.Kind && f.Days == o.Days && f.Months == o.Months && f.DateFrom == o.DateFrom && f.PaidSource == o.PaidSource && maps.Equal(f.If, o.If)
}

// references holds details and follow-ups against each other: what one of them
// reads, the other must have.
func (x *changing) references() {
	if x.known && x.change.Details == nil && x.change.FollowUps == nil {
		return
	}
	for i, f := range x.is.FollowUps {
		x.followUpReads(fmt.Sprintf("follow_ups[%d]", i), f)
	}
	if x.is.Effect == Parks {
		x.reads("its effect parked", Detail{Name: "on", Kind: Date})
	}
	if d, read := readings[x.is.Code]; read {
		x.reads("Doorbell", d)
	}
	if x.is.Code == "no_more_calls" && !slices.ContainsFunc(x.is.FollowUps, func(f FollowUp) bool {
		return f.Kind == DoNotContact && len(f.If) == 0 && !f.PaidSource
	}) {
		x.fault("follow_ups", "of no_more_calls must hold do_not_contact without conditions: the customer asked for it")
	}
}

// followUpReads checks what one follow-up reads. A fault stands where the
// change is: at the follow-up when that was given, else at the details.
func (x *changing) followUpReads(at string, f FollowUp) {
	point := func(field, format string, args ...any) {
		if x.change.FollowUps != nil {
			x.fault(at+field, format, args...)
		} else {
			x.fault("details", "do not fit "+at+field+" anymore, which "+format+"; keep it, or change follow_ups as well", args...)
		}
	}
	if f.DateFrom != "" {
		if d := x.is.detail(f.DateFrom); d == nil || (d.Kind != Date && d.Kind != DateOrUnknown) {
			point(".date_from", "must name a detail that is a date or a date_or_unknown")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.If)) {
		d := x.is.detail(name)
		field := ".if"
		if nameForm.MatchString(name) {
			field += "." + name
		}
		switch {
		case d != nil && d.Kind == DateOrUnknown && f.If[name] == "unknown":
		case d == nil || d.Kind != Choice:
			point(field, "must name a detail that is a choice")
		case !slices.Contains(d.Options, f.If[name]):
			point(field, "must be %s", d.Form())
		}
	}
	switch f.Kind {
	case DoNotContact:
		x.reads(at, Detail{Name: "channels", Kind: Channels})
	case LinkLeads:
		if !slices.ContainsFunc(x.is.Details, func(d Detail) bool { return d.Kind == LeadID || d.Kind == StaffOrLead }) {
			point("", "must have a lead_id or a staff_or_lead among the details to link with")
		}
	default:
	}
}

// reads checks that the reason has the detail, of that kind and not optional.
func (x *changing) reads(reader string, d Detail) {
	if has := x.is.detail(d.Name); has == nil || has.Kind != d.Kind || has.Optional {
		x.fault("details", "must hold %s, of kind %s and not optional: %s reads it", d.Name, d.Kind, reader)
	}
}

func (r Reason) detail(name string) *Detail {
	if i := slices.IndexFunc(r.Details, func(d Detail) bool { return d.Name == name }); i >= 0 {
		return &r.Details[i]
	}
	return nil
}
