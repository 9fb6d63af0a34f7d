package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/doorbell-ilm/doorbell/lead"
)

// What a posted lead may get wrong, and what becomes of it:
//
//   - Refused, because the lead would go wrong as a whole and its sender can put
//     it right at once: no JSON object, a field of the wrong type (a list where
//     a text belongs), an unknown channel or request (they choose the process),
//     and nobody to answer.
//   - Kept as written, because a person understands it and no rule needs it: an
//     unreadable phone number or e-mail address (marked invalid), country,
//     language, preferred contact, the channel of a consent.
//   - Left out and named in ignored, because there is no form to keep it in: a
//     year, mileage, price, condition or time that cannot be read, what is
//     longer than its bound, and every unknown field.
//
// A number is taken where a code of digits belongs in quotes (external_id,
// phone, postal_code, stock_number, model, trim), a text where a number belongs
// without them (year, mileage_km): a Peugeot 208 is easily sent as 208.

// maxNamed bounds what ignored lists; a message of nothing but unknown fields
// must not come back as an answer of the same size.
const maxNamed = 100

// maxConsents bounds the permissions of one lead.
const maxConsents = 50

// ParseJSON reads a lead as the contract describes it. ignored names, sorted,
// what is in the message but not in the draft; the caller keeps the message and
// tells the sender. err is an *Invalid.
//
// Of a key that occurs twice the last wins. Bytes that are no UTF-8 are read as
// Windows-1252.
func ParseJSON(body []byte, ctx Context) (d Draft, ignored []string, err error) {
	members, err := decode(body)
	if err != nil {
		return Draft{}, nil, err
	}
	m := &message{}
	root := m.object("", members)
	d = Draft{
		Channel: oneOf(root, "channel", lead.Web, lead.Phone, lead.Email, lead.Chat, lead.Social, lead.WalkIn),
		Request: oneOf(root, "request", lead.Information, lead.Quote, lead.TestDrive, lead.Appointment, lead.TradeInValue, lead.CallBack),
	}
	d.ExternalID = root.identifier("external_id")
	d.Campaign = root.text("campaign")
	d.Test = root.flag("test")
	d.Comments = root.prose("comments")
	if customer := root.child("customer"); customer != nil {
		d.Customer = readCustomer(customer, ctx)
	}
	if vehicle := root.child("vehicle"); vehicle != nil {
		if v := readVehicle(vehicle, ctx); *v != (Vehicle{}) {
			d.Vehicle = v
		}
	}
	if tradeIn := root.child("trade_in"); tradeIn != nil {
		if t := readTradeIn(tradeIn); *t != (TradeIn{}) {
			d.TradeIn = t
		}
	}
	root.done()
	if len(m.faults) == 0 && !d.Reachable() {
		m.fault("customer", "names neither a phone number nor an e-mail address; send customer.phone or customer.email, or channel phone or walk_in")
	}
	if len(m.faults) > 0 {
		return Draft{}, nil, &Invalid{Fields: m.faults}
	}
	return d, m.named(), nil
}

func readCustomer(o *object, ctx Context) Customer {
	c := Customer{
		FirstName:        o.text("first_name"),
		Infix:            o.text("infix"),
		LastName:         o.text("last_name"),
		FullName:         o.text("full_name"),
		PostalCode:       o.code("postal_code"),
		City:             o.text("city"),
		Country:          countryCode(o.text("country")),
		Language:         languageTag(o.text("language")),
		PreferredContact: contactWay(o.text("preferred_contact")),
	}
	if written := o.text("email"); written != "" {
		address := readEmail(written)
		c.Emails = []EmailAddress{address}
	}
	if written := o.code("phone"); written != "" {
		c.Phones = []PhoneNumber{readPhone(written, ctx.Country, c.Country)}
	}
	c.chooseBest()
	for _, consent := range o.children("consent", maxConsents) {
		c.Consent = append(c.Consent, readConsent(consent, ctx))
	}
	o.done()
	return c
}

// chooseBest sets Email and Phone from the first of all.
func (c *Customer) chooseBest() {
	if len(c.Emails) > 0 {
		c.Email = c.Emails[0].Written
		if c.Emails[0].Valid {
			c.Email = c.Emails[0].Normalised
		}
	}
	if len(c.Phones) > 0 {
		c.Phone = c.Phones[0].Written
		if c.Phones[0].Valid {
			c.Phone = c.Phones[0].Normalised
		}
	}
}

func readConsent(o *object, ctx Context) Consent {
	c := Consent{
		Purpose: o.text("purpose"),
		Channel: lead.Channel(contactWay(o.text("channel"))),
		Wording: o.text("wording"),
	}
	if written := o.text("at"); written != "" {
		if at, ok := parseTime(written, ctx.zone()); ok {
			c.At = &at
		} else {
			o.leaveOut("at", "no time that can be read")
		}
	}
	o.done()
	return c
}

func readVehicle(o *object, ctx Context) *Vehicle {
	v := &Vehicle{
		Make:        o.text("make"),
		Model:       o.code("model"),
		Year:        o.year("year"),
		Trim:        o.code("trim"),
		VIN:         strings.ToUpper(o.text("vin")),
		StockNumber: o.code("stock_number"),
	}
	if written := o.text("condition"); written != "" {
		condition, known := conditions[fold(written)]
		v.Condition = condition
		if !known {
			v.Status = written
			o.leaveOut("condition", "neither new nor used")
		}
	}
	if price := o.child("price"); price != nil {
		v.Price = readPrice(price, ctx)
	}
	o.done()
	return v
}

func readPrice(o *object, ctx Context) *Money {
	written, isNumber := o.literal("amount")
	code := currencyCode(o.text("currency"), ctx.Country)
	o.done()
	if written == "" {
		return nil
	}
	amount, ok := decimal(written)
	if isNumber {
		amount, ok = plainAmount(written)
	}
	if !ok {
		o.leaveOut("amount", "no amount that can be read")
		return nil
	}
	return &Money{Amount: amount, Currency: code}
}

func readTradeIn(o *object) *TradeIn {
	t := &TradeIn{Make: o.text("make"), Model: o.code("model"), Year: o.year("year")}
	if written, _ := o.literal("mileage_km"); written != "" {
		km, ok := mileage(written)
		if !ok {
			o.leaveOut("mileage_km", "no distance that can be read")
		}
		t.MileageKM = km
	}
	o.done()
	return t
}

// decode takes the bytes apart after their size and depth are known to be
// harmless: encoding/json itself would follow 10,000 levels.
func decode(body []byte) (map[string]any, error) {
	if len(body) > MaxBody {
		return nil, refuse("is larger than %d KB; send one lead per request", MaxBody>>10)
	}
	text := repairStrings([]byte(toUTF8(body, "")))
	if depth(text) > MaxDepth {
		return nil, refuse("is nested deeper than %d levels; send the fields as documented", MaxDepth)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, refuseSyntax(text, err)
	}
	if after := bytes.TrimLeft(text[decoder.InputOffset():], " \t\r\n"); len(after) > 0 {
		return nil, refuse("goes on after its end at %s; send one JSON object", position(text, len(text)-len(after)))
	}
	members, ok := value.(map[string]any)
	if !ok {
		return nil, refuse("is no JSON object; send one lead as {\"customer\": {…}, …}")
	}
	return members, nil
}

func refuse(format string, args ...any) *Invalid {
	return &Invalid{Fields: []FieldError{{Field: "body", Message: fmt.Sprintf(format, args...)}}}
}

// refuseSyntax tells where the JSON breaks, never what stands there.
func refuseSyntax(text []byte, err error) *Invalid {
	var syntax *json.SyntaxError
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return refuse("is empty; send a lead as a JSON object")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return refuse("ends before the JSON does; send it whole")
	case errors.As(err, &syntax):
		return refuse("is no JSON at %s; correct it there", position(text, int(syntax.Offset)-1))
	}
	return refuse("is no JSON; send a lead as a JSON object")
}

func position(text []byte, at int) string {
	before := text[:max(0, min(at, len(text)))]
	return fmt.Sprintf("line %d, byte %d", bytes.Count(before, []byte("\n"))+1, len(before)-bytes.LastIndexByte(before, '\n'))
}

// depth is the deepest nesting of objects and lists, counted without regard to
// whether they match.
func depth(text []byte) int {
	open, deepest := 0, 0
	inString, escaped := false, false
	for _, c := range text {
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped = c == '\\'
			inString = c != '"'
		case c == '"':
			inString = true
		case c == '{' || c == '[':
			open++
			deepest = max(deepest, open)
		case c == '}' || c == ']':
			open--
		}
	}
	return deepest
}

// repairStrings escapes line breaks and tabs that stand bare in a string, as
// hand-made JSON has them in comments, and drops other control characters there.
func repairStrings(text []byte) []byte {
	if !bytes.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
		return text
	}
	repaired := make([]byte, 0, len(text)+len(text)/8)
	inString, escaped := false, false
	for _, c := range text {
		if inString && c < ' ' {
			switch c {
			case '\n':
				repaired = append(repaired, `\n`...)
			case '\t':
				repaired = append(repaired, `\t`...)
			}
			continue
		}
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped = c == '\\'
			inString = c != '"'
		default:
			inString = c == '"'
		}
		repaired = append(repaired, c)
	}
	return repaired
}

// named is what ignored lists, sorted and bounded.
func (m *message) named() []string {
	slices.Sort(m.ignored)
	m.ignored = slices.Compact(m.ignored)
	if more := len(m.ignored) - maxNamed; more > 0 {
		m.ignored = append(m.ignored[:maxNamed], fmt.Sprintf("… and %d more", more))
	}
	return m.ignored
}
