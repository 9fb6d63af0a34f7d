package policy

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
)

// The sizes a policy may have. They are far above what a dealer writes and
// keep every list that travels with a lead small.
const (
	maxTracks = 100
	maxRules  = 500
	maxShifts = 100
	maxStaff  = 500
	maxValues = 200 // in one condition of a rule
	maxDates  = 2000
)

// Parse reads a policy from YAML or JSON and checks it as a whole. The error
// is an *Errors with every fault found, each with its line, column and key and
// with what to write instead.
//
// timezone, country, calendar.open and one track are required. What a track
// leaves out is filled from the yardstick of DefaultTrack. Other defaults:
// name "standard", phases bdc and showroom, no shifts, no groups, no
// departments, leads that need not be earned, follow-ups as FollowUp says, and,
// where the policy has one track only, the rule that chooses it. A single value
// may stand where a list is expected. Closed days close the shifts too; special days
// change the opening hours only.
func Parse(src []byte) (*Policy, error) {
	d := openDocument(src)
	var p *Policy
	if d.root != nil {
		p = d.policy()
	}
	if len(d.errs) > 0 {
		d.errs.sort()
		return nil, &d.errs
	}
	return p, nil
}

func (d *document) policy() *Policy {
	root := d.at(d.root, "", 1, 1).section(policyKeys...)
	p := &Policy{
		Name:   "standard",
		Zone:   time.UTC,
		Phases: []lead.Phase{lead.BDC, lead.Showroom},
		marks:  d.marks,
	}
	if name, ok := root.get("name").words(); ok {
		p.Name = name
	}
	p.readPlace(root)
	if v := root.get("phases"); v.present() {
		p.readPhases(v)
	}
	p.Calendar = p.readCalendar(root.require("calendar", `{open: {mon-fri: "09:00-18:00"}}`))
	p.readShifts(root.get("shifts"))
	p.readGroups(root.get("groups")) // before whoever may name one
	p.readDepartments(root.get("departments"))
	if v := root.get("earning"); v.present() {
		p.Earning = readEarning(v)
	}
	p.readFollowUps(root.get("follow_ups"))
	p.readTracks(root.require("tracks", "{standard: {}}"))
	p.readRules(root)
	return p
}

// readPlace reads the time zone and the country.
func (p *Policy) readPlace(root section) {
	v := root.require("timezone", "Europe/Amsterdam")
	if name, ok := v.text(); ok {
		zone, err := time.LoadLocation(name)
		// "" and Local would mean whatever machine this runs on.
		if err != nil || name == "" || name == "Local" {
			v.fault("%s is not a known time zone; write it like Europe/Amsterdam", show(name))
		} else {
			p.Zone = zone
		}
	}
	v = root.require("country", "NL")
	if country, ok := v.text(); ok {
		letters := strings.Trim(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == ""
		if len(country) != 2 || !letters {
			v.fault("must be the two letters of a country, for example NL")
		} else {
			p.Country = strings.ToUpper(country)
		}
	}
}

// readPhases reads [bdc, showroom], [showroom] or [bdc].
func (p *Policy) readPhases(v value) {
	before := len(v.doc.errs)
	phases := listOf(v, len(phaseWords), oneOf(phaseWords...))
	if len(v.doc.errs) > before {
		return
	}
	switch {
	case len(phases) == 0:
		v.fault("must name at least one phase; write [bdc, showroom] or [showroom]")
	case len(phases) == 2 && phases[0] != lead.BDC:
		v.fault("a lead goes through bdc before showroom; write [bdc, showroom]")
	default:
		p.Phases = phases
	}
}

// readTracks reads the tracks by name.
func (p *Policy) readTracks(v value) {
	p.Tracks = map[string]*Track{}
	fields, ok := v.fields()
	if ok && len(fields) == 0 {
		v.fault("must hold at least one track; add for example standard: {}")
	}
	if len(fields) > maxTracks {
		v.fault("has %d tracks and may have %d", len(fields), maxTracks)
		return
	}
	for _, f := range fields {
		if !isCode(f.name) {
			f.keyFault("the name of a track has at most 64 letters, digits, - and _, beginning with a letter or digit")
			continue
		}
		p.Tracks[f.name] = readTrack(f.name, f.value)
	}
}

// readRules reads choose. Without it the only track serves every lead.
func (p *Policy) readRules(root section) {
	v := root.get("choose")
	if !v.present() {
		if len(p.Tracks) == 1 {
			for name := range p.Tracks {
				p.Rules = []Rule{{Track: name}}
			}
		} else if len(p.Tracks) > 1 {
			root.require("choose", "[{track: standard}]")
		}
		return
	}
	entries := v.list()
	if v.emptyList() {
		v.fault("must have at least one rule; write for example [{track: standard}]")
	}
	if len(entries) > maxRules {
		v.fault("has %d rules and may have %d", len(entries), maxRules)
		return
	}
	for i, entry := range entries {
		p.Rules = append(p.Rules, p.readRule(entry, i == len(entries)-1))
	}
}

func (p *Policy) readRule(v value, last bool) Rule {
	s := v.section(ruleKeys...)
	rule := Rule{Line: v.line}
	track := s.require("track", "standard")
	if name, ok := track.text(); ok {
		rule.Track = name
		if _, known := p.Tracks[name]; !known {
			names := slices.Sorted(maps.Keys(p.Tracks))
			track.fault("no track has the name %s%s; define it under tracks", show(name), suggest(name, names))
		}
	}
	when, conditions := s.get("when"), false
	if s.has("when") {
		rule.When, conditions = p.readWhen(when)
	}
	switch {
	case !s.read:
	case last && s.has("when"):
		when.fault("the last rule takes every lead that is left; delete its when, or add a rule without when after it")
	case !last && !conditions:
		v.fault("only the last rule may be without conditions, because the rules after it are never reached")
	}
	return rule
}
