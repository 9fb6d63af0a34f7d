package desk

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/doorbell-ilm/doorbell/intake"
	"github.com/doorbell-ilm/doorbell/lead"
)

// guess is what can be read in a message that is no lead as it stands. A person
// looks it over before it becomes one, with the message beside it.
type guess struct {
	Name, Phone, Email string
	Make, Model        string
	Condition          string
	Comments           string
	Channel, Request   string
}

// mostGuessed bounds the text in which is looked, in bytes.
const mostGuessed = 64 << 10

// guessed reads a message as well as it can: as ADF, as JSON of whatever shape,
// as lines with labels, and what is still missing anywhere in its text. position
// is that of the prospect, 0 for the message as a whole; country is the dealer's.
func guessed(raw, contentType string, position int, country string) guess {
	g := guess{Channel: string(lead.Email), Request: string(lead.Information)}
	if strings.Contains(contentType, "json") || strings.Contains(contentType, "xml") {
		g.Channel = string(lead.Web)
	}
	g.fromADF(raw, contentType, position, country)
	text := raw[:min(len(raw), mostGuessed)]
	var document any
	if json.Unmarshal([]byte(raw), &document) == nil {
		walk("", document, g.label)
	} else {
		text = plain(text)
		for line := range strings.Lines(text) {
			if name, value, found := strings.Cut(line, ":"); found {
				g.label(name, value)
			}
		}
	}
	g.fromText(text, country)
	return g
}

// fromADF takes over what the ADF reader understood of the prospect, which may
// lack no more than an address.
func (g *guess) fromADF(raw, contentType string, position int, country string) {
	document, err := intake.ParseADF([]byte(raw), contentType, intake.Context{Country: country})
	if err != nil || len(document.Prospects) == 0 {
		return
	}
	at := min(max(position, 1), len(document.Prospects)) - 1
	d := &document.Prospects[at].Draft
	g.Name, g.Phone, g.Email, g.Comments = d.DisplayName(), d.Customer.Phone, d.Customer.Email, d.Comments
	g.Request = cmp.Or(string(d.Request), g.Request)
	if d.Vehicle != nil {
		g.Make, g.Model, g.Condition = d.Vehicle.Make, d.Vehicle.Model, string(d.Vehicle.Condition)
	}
}

// labels are what providers call the fields, in Dutch, English and German,
// without anything but letters.
var labels = map[string]func(*guess) *string{
	"name": nameIn, "naam": nameIn, "fullname": nameIn, "klant": nameIn, "klantnaam": nameIn, "customername": nameIn, "contactpersoon": nameIn,
	"volledigenaam": nameIn,
	"phone":         phoneIn, "telefoon": phoneIn, "telefoonnummer": phoneIn, "tel": phoneIn, "telephone": phoneIn, "phonenumber": phoneIn,
	"mobiel": phoneIn, "mobile": phoneIn, "gsm": phoneIn, "mobielnummer": phoneIn, "telefon": phoneIn,
	"email": emailIn, "emailadres": emailIn, "emailaddress": emailIn, "mail": emailIn,
	"make": carMake, "merk": carMake, "brand": carMake, "marke": carMake, "model": carModel, "modell": carModel,
	"comments": commentsIn, "comment": commentsIn, "opmerking": commentsIn, "opmerkingen": commentsIn, "bericht": commentsIn, "message": commentsIn,
	"vraag": commentsIn, "remarks": commentsIn, "toelichting": commentsIn, "nachricht": commentsIn,
}

func nameIn(g *guess) *string     { return &g.Name }
func phoneIn(g *guess) *string    { return &g.Phone }
func emailIn(g *guess) *string    { return &g.Email }
func carMake(g *guess) *string    { return &g.Make }
func carModel(g *guess) *string   { return &g.Model }
func commentsIn(g *guess) *string { return &g.Comments }

// The two halves of a name.
var (
	first = []string{"firstname", "voornaam", "vorname"}
	last  = []string{"lastname", "achternaam", "surname", "nachname"}
)

// label takes a field over when its label is known and nothing is there yet.
func (g *guess) label(label, value string) {
	label = strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, strings.ToLower(label))
	value = strings.TrimSpace(value)
	switch field := labels[label]; {
	case value == "" || len(value) > intake.MaxLine && label != "comments":
	case field != nil:
		if into := field(g); *into == "" {
			*into = value
		}
	case slices.Contains(first, label):
		g.Name = strings.TrimSpace(value + " " + g.Name)
	case slices.Contains(last, label):
		g.Name = strings.TrimSpace(g.Name + " " + value)
	}
}

// walk visits every text and number of a JSON document with its name.
func walk(name string, value any, visit func(name, value string)) {
	switch v := value.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for n := range v {
			names = append(names, n)
		}
		slices.Sort(names)
		for _, n := range names {
			walk(n, v[n], visit)
		}
	case []any:
		for _, one := range v {
			walk(name, one, visit)
		}
	case string:
		visit(name, v)
	case float64:
		visit(name, strconv.FormatFloat(v, 'f', -1, 64))
	}
}

var (
	addressForm = regexp.MustCompile(`[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9.\-]{1,190}\.[A-Za-z]{2,24}`)
	numberForm  = regexp.MustCompile(`\+?\d[\d ().\-]{6,18}\d`)
)

// makes are those that are looked for in running text.
var makes = []string{
	"Abarth", "Aiways", "Alfa Romeo", "Alpine", "Audi", "BMW", "BYD", "Chevrolet", "Citroën", "Citroen", "Cupra", "Dacia", "DS", "Fiat", "Ford", "Honda",
	"Hyundai", "Jaguar", "Jeep", "Kia", "Land Rover", "Lexus", "Lynk & Co", "Mazda", "Mercedes", "MG", "MINI", "Mitsubishi", "Nissan", "Opel", "Peugeot",
	"Polestar", "Porsche", "Renault", "Seat", "Skoda", "Škoda", "Smart", "Subaru", "Suzuki", "Tesla", "Toyota", "Volkswagen", "Volvo", "XPeng",
}

// carForm finds a make and the word behind it, which is its model more often
// than not.
var carForm = regexp.MustCompile(`\b(` + strings.Join(makes, "|") + `)(?:[ -]([A-Z0-9][\pL\pN\-]*))?`)

// fromText fills what is still missing from anywhere in the text.
func (g *guess) fromText(text, country string) {
	g.Email = cmp.Or(g.Email, addressForm.FindString(text))
	for _, found := range numberForm.FindAllString(text, 50) {
		if g.Phone != "" {
			break
		}
		if _, valid := intake.NormalisePhone(found, country); valid {
			g.Phone = found
		}
	}
	if found := carForm.FindStringSubmatch(text); found != nil && g.Make == "" {
		g.Make, g.Model = found[1], cmp.Or(g.Model, found[2])
	}
}

// plain is the text of a page or mail without its tags; text without tags stays
// as it is.
func plain(text string) string {
	if !strings.Contains(text, "<") {
		return text
	}
	var out strings.Builder
	tokens := html.NewTokenizer(strings.NewReader(text))
	silent := false
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return out.String()
		case html.TextToken:
			if !silent {
				out.Write(tokens.Text())
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			token := tokens.Token()
			if token.Data == "script" || token.Data == "style" {
				silent = token.Type == html.StartTagToken
			}
			out.WriteByte('\n')
		case html.CommentToken, html.DoctypeToken:
		}
	}
}
