package settings

import (
	"slices"
	"strings"
)

// diffLine is a line of two texts held against each other.
type diffLine struct {
	Change   lineChange
	Old, New int // its number in either text, from 1; 0 where it does not stand
	Text     string
	Skipped  int // so many unchanged lines are left out here, and the rest is empty
}

type lineChange int

const (
	lineSame lineChange = iota
	lineRemoved
	lineAdded
)

// aroundChange is how many unchanged lines are shown beside a change.
const aroundChange = 3

// diffLines tells line by line how the new text comes from the old one. It is a
// patience difference: lines that stand once in both texts hold them together,
// so that a moved or rewritten section is shown whole, as people see it, and it
// takes no longer for texts that have little in common.
func diffLines(older, newer string) []diffLine {
	var out []diffLine
	compareLines(textLines(older), textLines(newer), 0, 0, &out)
	return out
}

func textLines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// compareLines adds the difference of two parts of the texts, which begin after line
// i of the old one and j of the new one.
func compareLines(a, b []string, i, j int, out *[]diffLine) {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		i, j = i+1, j+1
		*out = append(*out, diffLine{Change: lineSame, Old: i, New: j, Text: a[0]})
		a, b = a[1:], b[1:]
	}
	end := 0
	for end < len(a) && end < len(b) && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	tail := a[len(a)-end:]
	a, b = a[:len(a)-end], b[:len(b)-end]
	fromA, fromB := 0, 0
	for _, at := range anchors(a, b) {
		compareLines(a[fromA:at[0]], b[fromB:at[1]], i+fromA, j+fromB, out)
		*out = append(*out, diffLine{Change: lineSame, Old: i + at[0] + 1, New: j + at[1] + 1, Text: a[at[0]]})
		fromA, fromB = at[0]+1, at[1]+1
	}
	if fromA > 0 {
		compareLines(a[fromA:], b[fromB:], i+fromA, j+fromB, out)
	} else {
		for n, line := range a {
			*out = append(*out, diffLine{Change: lineRemoved, Old: i + n + 1, Text: line})
		}
		for n, line := range b {
			*out = append(*out, diffLine{Change: lineAdded, New: j + n + 1, Text: line})
		}
	}
	for n, line := range tail {
		*out = append(*out, diffLine{Change: lineSame, Old: i + len(a) + n + 1, New: j + len(b) + n + 1, Text: line})
	}
}

// anchors pairs the lines that stand once in a and once in b, as many as come in
// the same order in both.
func anchors(a, b []string) [][2]int {
	type places struct{ inA, inB, a, b int }
	seen := map[string]*places{}
	for i, line := range a {
		p := seen[line]
		if p == nil {
			p = &places{}
			seen[line] = p
		}
		p.inA, p.a = p.inA+1, i
	}
	for i, line := range b {
		if p := seen[line]; p != nil {
			p.inB, p.b = p.inB+1, i
		}
	}
	var pairs [][2]int
	for i, line := range a {
		if p := seen[line]; p.inA == 1 && p.inB == 1 {
			pairs = append(pairs, [2]int{i, p.b})
		}
	}
	return rising(pairs)
}

// rising returns the longest row of pairs whose second places rise too, by
// sorting them onto piles.
func rising(pairs [][2]int) [][2]int {
	var tops []int // of each pile, the pair on top
	before := make([]int, len(pairs))
	for n, pair := range pairs {
		pile, _ := slices.BinarySearchFunc(tops, pair[1], func(top, place int) int { return pairs[top][1] - place })
		before[n] = -1
		if pile > 0 {
			before[n] = tops[pile-1]
		}
		if pile == len(tops) {
			tops = append(tops, n)
		} else {
			tops[pile] = n
		}
	}
	if len(tops) == 0 {
		return nil
	}
	out := make([][2]int, len(tops))
	for n, at := tops[len(tops)-1], len(tops)-1; n >= 0; n, at = before[n], at-1 {
		out[at] = pairs[n]
	}
	return out
}

// shownLines leaves out what is far from any change.
func shownLines(all []diffLine) []diffLine {
	near := make([]bool, len(all))
	for i, line := range all {
		if line.Change != lineSame {
			for n := max(0, i-aroundChange); n <= min(len(all)-1, i+aroundChange); n++ {
				near[n] = true
			}
		}
	}
	var out []diffLine
	for i, line := range all {
		switch last := len(out) - 1; {
		case near[i]:
			out = append(out, line)
		case last >= 0 && out[last].Skipped > 0:
			out[last].Skipped++
		default:
			out = append(out, diffLine{Skipped: 1})
		}
	}
	return out
}

// differs reports whether anything changed.
func differs(lines []diffLine) bool {
	return slices.ContainsFunc(lines, func(l diffLine) bool { return l.Change != lineSame })
}
