package policy

import (
	"slices"
	"strconv"
	"strings"
)

// rules finds sources that do not exist, and rules that no lead ever reaches.
func (c *checker) rules() {
	choose := c.p.spot().field("choose")
	folds := shownTwice(c.p.Zone)
	var above []*taker
	for i := range c.p.Rules {
		rule := &c.p.Rules[i]
		at := choose.item(i)
		c.sources(rule.When.Source, at.field("when").field("source"))
		t := c.p.taker(rule, folds)
		if t.left.none() {
			c.never(rule, at.field("when"))
		} else if lines := takenBefore(t, above); len(lines) > 0 {
			c.unreached(i, at, lines)
		}
		above = append(above, t)
	}
}

// sources finds sources that the dealer does not have.
func (c *checker) sources(names []string, at spot) {
	if c.known.Sources == nil {
		return
	}
	for i, name := range names {
		if !slices.Contains(c.known.Sources, name) {
			c.fault(at.item(i), "no source has the code %s%s; mend it, or add the source first", show(name), suggest(name, c.known.Sources))
		}
	}
}

// never tells that the conditions of a rule never hold together. The others
// work as if the rule were not there, so it is a remark.
func (c *checker) never(rule *Rule, at spot) {
	var words []string
	say := func(restricts bool, word string) {
		if restricts {
			words = append(words, word)
		}
	}
	say(len(rule.When.Weekday) > 0, "weekday")
	say(rule.When.Shift != "", "shift "+rule.When.Shift)
	say(rule.When.Hours.Word != "", "hours "+rule.When.Hours.Word)
	say(len(rule.When.Hours.Blocks) > 0, "hours")
	if len(words) == 1 {
		c.remark(at, "no moment of the week fits %s, so the rule never holds%s; change the condition or delete the rule", words[0], c.lost(rule.Track))
		return
	}
	c.remark(at, "no moment of the week fits %s at once, so the rule never holds%s; change or delete one of them",
		strings.Join(words[:len(words)-1], ", ")+" and "+words[len(words)-1], c.lost(rule.Track))
}

// unreached tells that other rules take every lead of a rule.
func (c *checker) unreached(i int, at spot, lines []int) {
	texts := make([]string, len(lines))
	for j, line := range lines {
		texts[j] = strconv.Itoa(line)
	}
	who := "the rule on line " + texts[0] + " takes"
	if len(lines) > 1 {
		who = "the rules on lines " + strings.Join(texts[:len(texts)-1], ", ") + " and " + texts[len(texts)-1] + " together take"
	}
	lost := c.lost(c.p.Rules[i].Track)
	if i == len(c.p.Rules)-1 {
		c.fault(at, "no lead is left for this rule, because %s every one before%s; delete it, and the when of the rule above it", who, lost)
		return
	}
	c.fault(at, "no lead reaches this rule, because %s every one of them before%s; put this rule above, or delete it", who, lost)
}

// lost says that a track is never chosen when only one rule names it.
func (c *checker) lost(track string) string {
	rules := 0
	for i := range c.p.Rules {
		if c.p.Rules[i].Track == track {
			rules++
		}
	}
	if rules > 1 {
		return ""
	}
	return " and the track " + track + " is never chosen"
}

// takenBefore returns the lines of the rules above that together take every
// lead which would fit, and none when one may be left. A single rule that does
// it alone is told alone.
func takenBefore(t *taker, above []*taker) []int {
	left := t.left
	var lines []int
	for _, a := range above {
		if !a.asksLess(t) {
			continue
		}
		if alone := t.left.after(a); alone.none() {
			return []int{a.rule.Line}
		}
		if rest := left.after(a); !rest.same(left) {
			left, lines = rest, append(lines, a.rule.Line)
		}
	}
	if !left.none() {
		return nil
	}
	return lines
}
