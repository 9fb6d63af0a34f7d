package intake

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/doorbell-ilm/doorbell/lead"
)

// ParseADF reads an ADF document as it is met in the wild: the body of a POST or
// of a mail, with whatever stands around it. contentType is that of the request
// or mail part, for its charset; empty is fine.
//
// The error is an *Unreadable when the body as a whole cannot be read; otherwise
// each prospect is either a lead or says why it is none, and one never loses the
// others. Nothing of an entity or a DOCTYPE is ever followed.
func ParseADF(body []byte, contentType string, ctx Context) (Document, error) {
	text, repaired, err := locate(body, contentType)
	if err != nil {
		return Document{}, err
	}
	doc := Document{Lenient: repaired}
	root, wellFormed, err := strictTree(text)
	if err == nil && !wellFormed {
		doc.Lenient = true
		root, err = lenientTree(text)
	}
	if err != nil {
		return Document{}, err
	}
	elements := prospectsOf(root)
	switch {
	case len(elements) == 0:
		return Document{}, &Unreadable{Reason: "The ADF document holds no prospect."}
	case len(elements) > MaxProspects:
		return Document{}, &Unreadable{Reason: fmt.Sprintf("The ADF document holds more than %d prospects.", MaxProspects)}
	}
	for i, e := range elements {
		p := readProspect(e, ctx)
		p.Position = i + 1
		p.Draft.Lenient = doc.Lenient
		doc.Prospects = append(doc.Prospects, p)
	}
	return doc, nil
}

// prospectsOf lists the prospects in document order, wherever they stand. A
// document that forgot the element around its one lead is that lead.
func prospectsOf(root *element) []*element {
	all := root.all(nil, "prospect")
	for i := 0; i < len(all); i++ {
		// A prospect within a prospect is a lost end tag, and a lead as well.
		nested := all[i].all(nil, "prospect")
		if len(nested) > 0 {
			all = append(all[:i+1], append(nested, all[i+1:]...)...)
		}
		if len(all) > MaxProspects {
			return all
		}
	}
	if len(all) > 0 || root.first(nil, "customer", "contact") == nil {
		return all
	}
	if adf := root.first(nil, "adf"); adf != nil {
		return []*element{adf}
	}
	return []*element{root}
}

// Where a prospect's parts are looked for: order, repetition and nesting cannot
// be relied on, so a part is searched everywhere but where it would mean
// something else. The phone number of the vendor is not the customer's.
var (
	besideCustomer = set("vehicle", "tradein", "trade-in", "trade_in", "vendor", "provider", "prospect")
	besideVendors  = set("vendor", "provider", "prospect")
	nextProspect   = set("prospect")
)

func readProspect(p *element, ctx Context) Prospect {
	d := Draft{Channel: lead.Web, Request: lead.Information}
	d.Resend = fold(p.attribute("status")) == "resend"
	vendor := p.first(nextProspect, "vendor")
	d.Vendor = cmp.Or(vendor.value(nil, "vendorname"), vendor.value(nil, "name"))
	provider := p.first(nextProspect, "provider")
	d.Provider = cmp.Or(provider.value(withContact, "name"), provider.value(withContact, "service"))
	if date := p.first(besideCustomer, "requestdate"); date != nil {
		d.RequestedAt = ctx.claimed(date.words())
	}
	readIDs(p, provider, &d)
	readVehicles(p, ctx, &d)
	readContacts(p, ctx, &d)
	readPermissions(p, &d)
	d.Timeframe = p.first(besideCustomer, "timeframe").value(nil, "description")
	d.Comments = readComments(p)
	return Prospect{Draft: d, Reason: refusal(p, &d)}
}

// refusal says why a prospect cannot be a lead, without a word of it.
func refusal(p *element, d *Draft) string {
	switch {
	case d.Reachable():
		return ""
	case p.first(besideCustomer, "customer", "contact") == nil:
		return "The prospect has no customer."
	default:
		return "The prospect names neither a phone number nor an e-mail address of the customer."
	}
}

// readComments collects the customer's words from everywhere, each once.
func readComments(p *element) string {
	var all []string
	seen, size := map[string]bool{}, 0
	for _, e := range p.all(besideVendors, "comments", "comment") {
		words, _ := prose(e.words())
		if empty(words) || seen[words] || size > 4*MaxComments {
			continue // said already, or more than fits whatever the runes
		}
		seen[words] = true
		size += len(words)
		all = append(all, words)
	}
	joined, _ := prose(strings.Join(all, "\n\n"))
	return joined
}

func set(names ...string) map[string]bool {
	all := make(map[string]bool, len(names))
	for _, name := range names {
		all[name] = true
	}
	return all
}
