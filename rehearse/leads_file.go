package rehearse

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/doorbell-ilm/doorbell/lead"
)

// The sizes of a file of leads.
const (
	mostLeads  = 1_000_000
	longestRow = 200 // characters of one value
)

// LeadColumns are the columns that a file of leads may have; those of
// needColumns it must.
var (
	LeadColumns = []string{
		"received_at", "source", "party", "channel", "request", "make", "model", "condition", "price", "postcode", "language", "phone", "email", "customer",
	}
	needColumns = []string{"received_at", "source", "party"}
)

// leadsFile reads one file of leads.
type leadsFile struct {
	zone   *time.Location
	header []string
	faults Faults
	// The row being read, and how it lies in the file.
	row    []string
	rows   *csv.Reader
	column map[string]int
}

// ReadLeads reads leads from CSV, separated by commas or, as some spreadsheets
// write it, by semicolons. The first row names the columns, in any order:
//
//	received_at  RFC 3339, or a local time of the zone such as 2026-11-28 16:50
//	source       code of the source
//	party        first, second or third
//	channel      web, phone, email, chat, social, walk_in; web when empty
//	request      information, quote, test_drive, appointment, trade_in_value, call_back
//	make, model  of the wanted car
//	condition    new or used
//	price        of the wanted car, as 31990 or 31990.00
//	postcode
//	language     two letters such as nl
//	phone        yes or no: a valid number is known; yes when empty
//	email        yes or no, the same
//	customer     known or new; new when empty
//
// The first three are needed, the others may be left out or empty. The error is
// Faults with every mistake, each with its line and column.
func ReadLeads(src []byte, zone *time.Location) ([]Arrival, error) {
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf")) // spreadsheets mark UTF-8 so
	f := leadsFile{zone: zone, rows: csv.NewReader(bytes.NewReader(src)), column: map[string]int{}}
	if first, _, _ := bytes.Cut(src, []byte("\n")); bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		f.rows.Comma = ';'
	}
	f.rows.FieldsPerRecord, f.rows.ReuseRecord = -1, true
	if !f.readHeader() {
		return nil, f.faults.err()
	}
	var list []Arrival
	for len(f.faults) <= mostFaults {
		row, err := f.rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			f.unreadable(err)
			break
		}
		f.row = row
		if len(row) != len(f.header) {
			line, _ := f.rows.FieldPos(0)
			message := fmt.Sprintf("has %d values and the first row names %d columns", len(row), len(f.header))
			f.faults = append(f.faults, Fault{Line: line, Column: 1, Message: message})
			continue
		}
		list = append(list, f.lead())
		if len(list) > mostLeads {
			line, _ := f.rows.FieldPos(0)
			f.faults = append(f.faults, Fault{Line: line, Column: 1, Message: fmt.Sprintf("a file may have %d leads; split it", mostLeads)})
		}
	}
	if len(f.faults) == 0 && len(list) == 0 {
		f.faults = append(f.faults, Fault{Line: 2, Column: 1, Message: "there are no leads below the names of the columns"})
	}
	if err := f.faults.err(); err != nil {
		return nil, err
	}
	return list, nil
}

// unreadable tells what is wrong with the form of the file.
func (f *leadsFile) unreadable(err error) {
	fault := Fault{Line: 1, Column: 1, Message: "a quotation mark is missing, or stands where none may; write it twice inside a quoted value"}
	if form, ok := errors.AsType[*csv.ParseError](err); ok {
		fault.Line, fault.Column = form.Line, form.Column
	}
	f.faults = append(f.faults, fault)
}

// readHeader reads the names of the columns.
func (f *leadsFile) readHeader() bool {
	row, err := f.rows.Read()
	if err != nil {
		if errors.Is(err, io.EOF) {
			f.faults = append(f.faults, Fault{Line: 1, Column: 1, Message: "is empty; the first row names the columns: " + strings.Join(LeadColumns, ", ")})
		} else {
			f.unreadable(err)
		}
		return false
	}
	f.header = slices.Clone(row)
	// Without one name it is a row of somebody's data, which is not repeated.
	if !slices.ContainsFunc(f.header, func(name string) bool { return slices.Contains(LeadColumns, columnName(name)) }) {
		f.faults = append(f.faults, Fault{Line: 1, Column: 1, Message: "the first row must name the columns: " + strings.Join(LeadColumns, ", ")})
		return false
	}
	for i, name := range f.header {
		line, column := f.rows.FieldPos(i)
		name = columnName(name)
		switch _, twice := f.column[name]; {
		case !slices.Contains(LeadColumns, name):
			f.faults = append(f.faults, Fault{Line: line, Column: column, Message: fmt.Sprintf(
				"unknown column%s; known are %s", showName(name), strings.Join(LeadColumns, ", "),
			)})
		case twice:
			f.faults = append(f.faults, Fault{Line: line, Column: column, Field: name, Message: "stands there twice"})
		default:
			f.column[name] = i
		}
	}
	for _, name := range needColumns {
		if _, has := f.column[name]; !has {
			f.faults = append(f.faults, Fault{Line: 1, Column: 1, Field: name, Message: "this column is needed"})
		}
	}
	return len(f.faults) == 0
}

func columnName(written string) string { return strings.ToLower(strings.TrimSpace(written)) }

// showName repeats the name of a column, unless it looks like a value.
func showName(name string) string {
	if name == "" || strings.ContainsAny(name, "@\n\r") || !utf8.ValidString(name) || utf8.RuneCountInString(name) > 40 {
		return ""
	}
	return " " + strconv.Quote(name)
}

var (
	sourceForm   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	languageForm = regexp.MustCompile(`^[A-Za-z]{2}$`)
	priceForm    = regexp.MustCompile(`^\d{1,9}(\.\d{1,2})?$`)
)

// lead reads the row. What is wrong in it is among the faults.
func (f *leadsFile) lead() Arrival {
	var a Arrival
	s := &a.Subject
	if text := f.need("received_at"); text != "" {
		at, err := ParseInstant(text, f.zone)
		if err != nil {
			f.fault("received_at", err.Error())
		}
		a.At = at
	}
	s.Source = f.need("source")
	if s.Source != "" && !sourceForm.MatchString(s.Source) {
		f.fault("source", "is the code of a source: letters, digits, - and _, at most 64")
	}
	s.Party = choice(f, "party", f.need("party"), lead.FirstParty, lead.SecondParty, lead.ThirdParty)
	s.Channel = choice(f, "channel", f.or("channel", string(lead.Web)), lead.Web, lead.Phone, lead.Email, lead.Chat, lead.Social, lead.WalkIn)
	s.Request = choice(f, "request", f.value("request"),
		lead.Information, lead.Quote, lead.TestDrive, lead.Appointment, lead.TradeInValue, lead.CallBack)
	s.Make, s.Model, s.Postcode = f.value("make"), f.value("model"), f.value("postcode")
	s.Condition = choice(f, "condition", f.value("condition"), lead.NewCar, lead.UsedCar)
	if text := f.value("price"); text != "" {
		cents, ok := Cents(text)
		if !ok {
			f.fault("price", "write an amount like 31990 or 31990.00")
		}
		s.Price = cents
	}
	if s.Language = strings.ToLower(f.value("language")); s.Language != "" && !languageForm.MatchString(s.Language) {
		f.fault("language", "must be two letters such as nl")
	}
	a.Reach.Phone, a.Reach.Email = f.yes("phone"), f.yes("email")
	s.Known = choice(f, "customer", f.or("customer", "new"), "new", "known") == "known"
	a.Paid = s.Party == lead.ThirdParty
	return a
}

// Cents reads an amount of money as 31990 or 31990.00.
func Cents(text string) (int64, bool) {
	if !priceForm.MatchString(text) {
		return 0, false
	}
	units, fraction, _ := strings.Cut(text, ".")
	cents, err := strconv.ParseInt(units+(fraction + "00")[:2], 10, 64)
	return cents, err == nil
}

// value is the row's value of a column, "" when there is none.
func (f *leadsFile) value(column string) string {
	i, has := f.column[column]
	if !has {
		return ""
	}
	value := strings.TrimSpace(f.row[i])
	if len(value) > longestRow || !utf8.ValidString(value) {
		f.fault(column, fmt.Sprintf("must be at most %d bytes of UTF-8", longestRow))
		return ""
	}
	return value
}

func (f *leadsFile) or(column, otherwise string) string {
	if value := f.value(column); value != "" {
		return value
	}
	return otherwise
}

func (f *leadsFile) need(column string) string {
	value := f.value(column)
	if value == "" {
		f.fault(column, "is needed")
	}
	return value
}

func (f *leadsFile) yes(column string) bool {
	return choice(f, column, f.or(column, "yes"), "yes", "no") == "yes"
}

// choice reads one of a few words, or nothing.
func choice[T ~string](f *leadsFile, column, value string, of ...T) T {
	word := T(strings.ToLower(value))
	if value != "" && !slices.Contains(of, word) {
		words := make([]string, len(of))
		for i, o := range of {
			words[i] = string(o)
		}
		f.fault(column, "must be one of "+strings.Join(words, ", "))
	}
	return word
}

// fault notes a mistake in the row.
func (f *leadsFile) fault(column, message string) {
	line, at := f.rows.FieldPos(f.column[column])
	f.faults = append(f.faults, Fault{Line: line, Column: at, Field: column, Message: message})
}
