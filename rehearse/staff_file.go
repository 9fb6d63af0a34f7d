package rehearse

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// staffKeys are what may be said of a person in a file of staff.
var staffKeys = []string{"email", "role", "count", "calls_per_hour", "diligence", "reaction_minutes", "languages", "makes", "capacity", "absent"}

// ReadStaff reads a team from YAML: a list of people with
//
//	email             as the policy names them; may be left out
//	role              bdc, salesperson, sales_manager, general_manager, marketer, admin
//	count             so many of them, who differ in nothing; 1 when left out
//	calls_per_hour    at most, notes included; 10
//	diligence         probability of acting on an alert at all, 0 to 1; 0.95
//	reaction_minutes  median from an alert until he turns to it, on duty; 5
//	languages         beside the dealer's own, as [de, en]
//	makes             that he is trained on; all when left out
//	capacity          open leads at most; no bound when left out
//	absent            list of {from, until}: local dates, the last one included, or times
//
// Only role is needed. Ids are the addresses, or can be read as "salesperson 2".
// The error is Faults with every mistake, each with its line and column.
func ReadStaff(src []byte, zone *time.Location) ([]Seller, error) {
	f := staffFile{zone: zone, ids: map[string]bool{}}
	file := f.parse(src)
	if file == nil {
		return nil, f.faults.err()
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		f.faults = Faults{{Line: 1, Column: 1, Message: "is empty; write a list of people like - {role: salesperson, count: 3}"}}
		return nil, f.faults.err()
	}
	list, ok := file.Docs[0].Body.(*ast.SequenceNode)
	if !ok {
		f.fault(file.Docs[0].Body, "", "must be a list of people like - {role: salesperson, count: 3}")
		return nil, f.faults.err()
	}
	for _, entry := range list.Values {
		f.person(entry)
	}
	if len(f.team) == 0 && len(f.faults) == 0 {
		f.fault(list, "", "names nobody")
	}
	if err := f.faults.err(); err != nil {
		return nil, err
	}
	return f.team, nil
}

type staffFile struct {
	zone   *time.Location
	team   []Seller
	ids    map[string]bool
	roles  map[lead.Role]int
	faults Faults
}

// The sizes that a file of staff may have. The parser needs time by the square
// of what is written and stack by how deep it is nested.
const (
	mostStaffBytes  = 256 << 10
	mostStaffTokens = 20_000
	deepestStaff    = 12
)

// parse returns the file as it is written, nil when it cannot be read.
func (f *staffFile) parse(src []byte) (file *ast.File) {
	if len(src) > mostStaffBytes || !utf8.Valid(src) || bytes.IndexByte(src, 0) >= 0 {
		f.unreadable(1, 1, fmt.Sprintf("must be text in UTF-8 of at most %d bytes", mostStaffBytes))
		return nil
	}
	tokens := lexer.Tokenize(strings.ReplaceAll(strings.ReplaceAll(string(src), "\r\n", "\n"), "\r", "\n"))
	if line := tooDeep(tokens); line > 0 || len(tokens) > mostStaffTokens {
		f.unreadable(line, 1, "has more in it than a team needs")
		return nil
	}
	// A panic of the parser over a strange file is a strange file.
	defer func() {
		if recover() != nil {
			f.unreadable(1, 1, "is no YAML")
			file = nil
		}
	}()
	file, err := parser.Parse(tokens, 0)
	if form, ok := errors.AsType[yaml.Error](err); ok && form.GetToken() != nil {
		at := form.GetToken().Position
		message := "is no YAML"
		if words := form.GetMessage(); !strings.Contains(words, "@") { // they may quote the file
			message += ": " + words
		}
		f.unreadable(at.Line, at.Column, message)
		return nil
	}
	if err != nil {
		f.unreadable(1, 1, "is no YAML")
		return nil
	}
	return file
}

// unreadable tells what is wrong with the form of the file.
func (f *staffFile) unreadable(line, column int, message string) {
	f.faults = append(f.faults, Fault{Line: max(line, 1), Column: max(column, 1), Message: message})
}

// tooDeep returns the line on which a file is nested deeper than it may be, by
// brackets or by several signs on one line, 0 when it nowhere is.
func tooDeep(tokens token.Tokens) int {
	brackets, line, signs := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, signs = t.Position.Line, 0
		}
		switch t.Type { //nolint:exhaustive // the others do not nest
		case token.MappingStartType, token.SequenceStartType:
			brackets++
		case token.MappingEndType, token.SequenceEndType:
			brackets--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			signs++
		}
		if brackets+signs > deepestStaff {
			return line
		}
	}
	return 0
}

func (f *staffFile) fault(at ast.Node, field, format string, args ...any) {
	fault := Fault{Line: 1, Column: 1, Field: field, Message: fmt.Sprintf(format, args...)}
	if t := at.GetToken(); t != nil && t.Position != nil {
		fault.Line, fault.Column = t.Position.Line, t.Position.Column
	}
	f.faults = append(f.faults, fault)
}

// person reads an entry of the list.
func (f *staffFile) person(entry ast.Node) {
	keys, ok := f.keys(entry, staffKeys)
	if !ok {
		return
	}
	s := Team([]process.Person{{}})[0]
	if at, has := keys["role"]; !has {
		f.fault(entry, "role", "is needed: one of %s", rolesListed())
	} else if s.Role = lead.Role(f.text(at, "role")); !slices.Contains(Roles, s.Role) {
		f.fault(at, "role", "must be one of %s", rolesListed())
	}
	if at, has := keys["email"]; has {
		s.Email = strings.ToLower(f.text(at, "email"))
		if name, domain, ok := strings.Cut(s.Email, "@"); !ok || name == "" || domain == "" || strings.ContainsAny(s.Email, " ,;<>\"") || len(s.Email) > 254 {
			f.fault(at, "email", "must be an address such as sam@dealer.example")
		}
	}
	count := int(f.number(keys["count"], "count", 1, 1, mostPeople, true))
	s.CallsPerHour = f.number(keys["calls_per_hour"], "calls_per_hour", s.CallsPerHour, 0.1, mostCallsPerHour, false)
	s.Diligence = f.number(keys["diligence"], "diligence", s.Diligence, 0, 1, false)
	wait := f.number(keys["reaction_minutes"], "reaction_minutes", s.Reaction.Minutes(), 0, longestReaction.Minutes(), false)
	s.Reaction = time.Duration(wait * float64(time.Minute))
	s.Capacity = int(f.number(keys["capacity"], "capacity", 0, 0, 100_000, true))
	s.Languages, s.Makes = f.words(keys["languages"], "languages"), f.words(keys["makes"], "makes")
	for i, l := range s.Languages {
		if s.Languages[i] = strings.ToLower(l); !languageForm.MatchString(l) {
			f.fault(keys["languages"], "languages", "must be two letters each, such as [de, en]")
		}
	}
	s.Absent = f.absences(keys["absent"])
	if len(f.team)+count > mostPeople {
		f.fault(entry, "count", "there may be %d people", mostPeople)
		return
	}
	f.add(entry, s, count)
}

// add adds so many of them. The first one has the address; the others have none
// that a policy could name.
func (f *staffFile) add(entry ast.Node, s Seller, count int) {
	if f.roles == nil {
		f.roles = map[lead.Role]int{}
	}
	for i := range count {
		one := s
		f.roles[s.Role]++
		one.ID = strings.ReplaceAll(string(s.Role), "_", " ") + " " + strconv.Itoa(f.roles[s.Role])
		if i == 0 && s.Email != "" {
			one.ID = s.Email
		} else {
			one.Email = strings.ReplaceAll(one.ID, " ", "-") + "@stand-in.invalid"
		}
		if f.ids[one.ID] {
			f.fault(entry, "email", "stands in the file twice")
		}
		f.ids[one.ID] = true
		f.team = append(f.team, one)
	}
}

// keys reads a mapping with known keys.
func (f *staffFile) keys(node ast.Node, known []string) (map[string]ast.Node, bool) {
	var pairs []*ast.MappingValueNode
	switch n := node.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		f.fault(node, "", "must be written like {%s: …}", known[1])
		return nil, false
	}
	found := map[string]ast.Node{}
	for _, pair := range pairs {
		name := pair.Key.String()
		switch {
		case !slices.Contains(known, name):
			f.fault(pair.Key, "", "unknown key%s; known are %s", showName(name), strings.Join(known, ", "))
		case found[name] != nil:
			f.fault(pair.Key, name, "stands there twice")
		default:
			found[name] = pair.Value
		}
	}
	return found, true
}

func (f *staffFile) text(at ast.Node, field string) string {
	text, ok := at.(*ast.StringNode)
	if !ok {
		f.fault(at, field, "must be a word")
		return ""
	}
	return text.Value
}

// number reads a number within bounds.
func (f *staffFile) number(at ast.Node, field string, otherwise, least, most float64, whole bool) float64 {
	if at == nil {
		return otherwise
	}
	var x float64
	switch n := at.(type) {
	case *ast.IntegerNode:
		x, _ = strconv.ParseFloat(n.Token.Value, 64)
	case *ast.FloatNode:
		x = n.Value
	default:
		x = least - 1
	}
	if !(x >= least && x <= most) || (whole && x != float64(int(x))) {
		kind := "a number"
		if whole {
			kind = "a whole number"
		}
		f.fault(at, field, "must be %s from %g to %g", kind, least, most)
		return otherwise
	}
	return x
}

// words reads a list of words, or one.
func (f *staffFile) words(at ast.Node, field string) []string {
	switch n := at.(type) {
	case nil:
		return nil
	case *ast.SequenceNode:
		var words []string
		for _, one := range n.Values {
			words = append(words, f.text(one, field))
		}
		return words
	default:
		return []string{f.text(at, field)}
	}
}

// absences reads a list of {from, until}.
func (f *staffFile) absences(at ast.Node) []process.Period {
	if at == nil {
		return nil
	}
	list, ok := at.(*ast.SequenceNode)
	if !ok {
		f.fault(at, "absent", "must be a list like [{from: 2026-12-21, until: 2027-01-02}]")
		return nil
	}
	var periods []process.Period
	for _, entry := range list.Values {
		keys, ok := f.keys(entry, []string{"from", "until"})
		if !ok {
			continue
		}
		if keys["from"] == nil || keys["until"] == nil {
			f.fault(entry, "absent", "needs from and until")
			continue
		}
		p := process.Period{From: f.instant(keys["from"], 0), Until: f.instant(keys["until"], 1)}
		if !p.From.IsZero() && !p.Until.After(p.From) {
			f.fault(entry, "absent", "ends before it begins")
		}
		periods = append(periods, p)
	}
	return periods
}

// instant reads a local date, to which days are added, or a time.
func (f *staffFile) instant(at ast.Node, days int) time.Time {
	text := at.GetToken().Value
	if date, err := time.Parse(time.DateOnly, text); err == nil && known(date) == nil {
		return time.Date(date.Year(), date.Month(), date.Day()+days, 0, 0, 0, 0, f.zone).UTC()
	}
	instant, err := ParseInstant(text, f.zone)
	if err != nil {
		f.fault(at, "absent", "write a date like 2026-12-21 or a local time like 2026-12-21 12:00")
		return time.Time{}
	}
	return instant.UTC()
}

func rolesListed() string {
	words := make([]string, len(Roles))
	for i, r := range Roles {
		words[i] = string(r)
	}
	return strings.Join(words, ", ")
}
