package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
)

// Known is what a policy meets at a dealer. What is not known is not checked.
type Known struct {
	// Staff lists the active colleagues; nil when they are not known.
	Staff []Colleague
	// Sources lists the codes of the dealer's sources; nil when they are not known.
	Sources []string
	// Template reports whether a template for customers has the name; nil when
	// the templates are not known.
	Template func(name string) bool
	// Now is the present instant; zero leaves dates alone.
	Now time.Time
}

// Colleague is a member of staff as far as a policy depends on him.
type Colleague struct {
	Email string
	Role  lead.Role
}

// Check returns what is wrong in a parsed policy although every word of it can
// be read. Faults are people, sources and templates that do not exist, rules and
// tracks and steps that nothing ever reaches, a calendar that does not open any
// more, and schedules that cannot give what they ask for. Remarks are what does
// no harm and may be meant: a role that nobody has yet, a rule that no moment of
// the week fits, calls that spacing moves apart, a shift on closed days.
//
// It claims nothing that is not certain. What it finds is in the order of the
// file, each with its place and a remedy, and never repeats an e-mail address;
// nil means that all is well.
//
// What a policy leaves to the defaults is never reported: a default step for a
// role that nobody has is skipped when it comes, and says so.
func (p *Policy) Check(known Known) Errors {
	c := &checker{p: p, known: known, days: mostWalked}
	if known.Staff != nil {
		c.staff, c.roles = map[string]lead.Role{}, map[lead.Role]bool{}
		for _, colleague := range known.Staff {
			c.staff[strings.ToLower(colleague.Email)] = colleague.Role
			c.roles[colleague.Role] = true
		}
	}
	c.calendar()
	c.shifts()
	c.groups()
	c.followUps()
	c.rules()
	for _, name := range slices.Sorted(maps.Keys(p.Tracks)) {
		c.track(p.Tracks[name], p.spot().field("tracks").field(name))
	}
	c.errs.sort()
	return c.errs
}

// checker collects what is found in one policy.
type checker struct {
	p     *Policy
	known Known
	staff map[string]lead.Role // by e-mail address in lower case; nil when not known
	roles map[lead.Role]bool   // that somebody has
	days  int                  // that following schedules may still walk over
	errs  Errors
}

// fault adds a fault at the place of a value.
func (c *checker) fault(at spot, format string, args ...any) {
	c.faultAt(at.place(), at.key, format, args...)
}

func (c *checker) faultAt(at mark, key, format string, args ...any) {
	c.errs = append(c.errs, Error{Line: at.line, Column: at.column, Key: key, Message: fmt.Sprintf(format, args...)})
}

// remark adds a remark at the place of a value.
func (c *checker) remark(at spot, format string, args ...any) {
	c.remarkAt(at.place(), at.key, format, args...)
}

func (c *checker) remarkAt(at mark, key, format string, args ...any) {
	c.errs = append(c.errs, Error{Line: at.line, Column: at.column, Key: key, Message: fmt.Sprintf(format, args...), Remark: true})
}

// calendar finds a dealer who has written himself closed for good.
func (c *checker) calendar() {
	if c.known.Now.IsZero() || !c.p.Calendar.NextOpen(c.known.Now).IsZero() {
		return
	}
	calendar := c.p.spot().field("calendar")
	at := calendar.field("closed")
	if !at.written {
		at = calendar
	}
	c.fault(at, "nothing is open in the coming %d days; delete the days on which the dealer works", horizonDays)
}

// shifts finds people nobody knows, and shifts that do not run any more.
func (c *checker) shifts() {
	closed := !c.known.Now.IsZero() && c.p.Calendar.NextOpen(c.known.Now).IsZero()
	for i := range c.p.Shifts {
		shift := &c.p.Shifts[i]
		at := c.p.spot().field("shifts").field(shift.Name)
		if !c.known.Now.IsZero() && !closed && shift.Hours.NextOpen(c.known.Now).IsZero() {
			c.remarkAt(at.name(), at.key, "the shift does not run in the coming %d days, because the dealer is closed on each of its days; "+
				"change its days or delete it", horizonDays)
		}
		c.people(shift.Staff, at.field("staff"))
	}
}

func (c *checker) groups() {
	for _, group := range c.p.Groups {
		c.people(group.Staff, c.p.spot().field("groups").field(group.Name))
	}
}

// track checks one track.
func (c *checker) track(t *Track, at spot) {
	if !slices.ContainsFunc(c.p.Rules, func(r Rule) bool { return r.Track == t.Name }) {
		c.faultAt(at.name(), at.key, "no rule under choose names this track, so no lead gets it; add a rule or delete the track")
	}
	c.template(t.AutoResponse, at.field("auto_response").short("template"))
	c.assign(t, at.field("assign").short("to"))
	c.attempts(t, at.field("attempts"))
	contacts := at.field("contact")
	for i, contact := range t.Contact {
		c.template(contact.Template, contacts.item(i).field("template"))
	}
	c.approval(&t.Closing, at.field("closing"))
	if escalate := at.field("closing").field("escalate"); t.Closing.Approve == Never && escalate.written && len(t.Closing.Escalate) > 0 {
		c.fault(escalate, "no closing waits for approval with approve: never, so these steps never happen; delete them, or write approve: by_reason")
	}
	for _, l := range trackLadders(t, at) {
		c.ladder(l)
	}
}

// template finds a mail that nobody wrote: it would fail when it is due.
func (c *checker) template(name string, at spot) {
	if name == "" || !at.written || c.known.Template == nil || c.known.Template(name) {
		return
	}
	var there []string
	for _, shipped := range shippedTemplates {
		if c.known.Template(shipped) {
			there = append(there, shipped)
		}
	}
	remedy := "the name of a template for customers"
	if len(there) > 0 {
		remedy = oneWordOf(there)
	}
	c.fault(at, "no template for customers has the name %s%s; write %s", show(name), suggest(name, there), remedy)
}

// shippedTemplates are the templates that a fault may offer, as far as the
// dealer has them.
var shippedTemplates = []string{"thank-you", "still-interested", "tried-to-reach", "ask-for-phone"}
