package intake

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/doorbell-ilm/doorbell/lead"
)

// maxIDs bounds how many identifiers of one prospect are kept.
const maxIDs = 100

// pairKeys are the sources of <id> that make it a pair of key and value instead
// of the identifier of a lead. Taken for one, "leadtype = Email" would make
// every lead of a portal a repetition of the first.
var pairKeys = set("leadtype", "type", "leadsource", "source", "sourcename", "channel", "campaign", "campaignid", "campaignname",
	"utmcampaign", "utmsource", "utmmedium", "utmcontent", "utmterm", "gclid", "fbclid", "keyword", "referrer", "dealer",
	"dealerid", "dealercode", "vendor", "vendorid", "customer", "customerid", "userid", "vehicleid", "stock", "stocknumber",
	"stockid", "vin", "form", "formid", "formname", "formtype", "language", "lang", "locale", "device", "browser",
	"ip", "ipaddress", "sessionid", "product", "productid", "service", "requesttype", "intent", "department", "status",
	"test", "timestamp", "version", "url", "pageurl")

// leadKeys are the sources that say they are the identifier.
var leadKeys = set("leadid", "lead", "prospectid", "requestid", "enquiryid", "inquiryid", "referenceid", "reference", "externalid", "id")

// readIDs keeps all identifiers and takes from them the lead's own, its
// campaign, its language and the channel. Those of the customer, the vehicle and
// the vendor are kept too but identify something else.
func readIDs(p, provider *element, d *Draft) {
	var own []ForeignID
	direct := map[*element]bool{}
	for _, child := range p.children {
		if child.name == "id" {
			direct[child] = true
		}
	}
	for _, e := range p.all(nextProspect, "id") {
		id := ForeignID{Source: e.attribute("source")}
		id.Value, _ = line(e.words())
		if n, err := strconv.Atoi(e.attribute("sequence")); err == nil && n > 0 && n <= math.MaxInt32 {
			id.Sequence = n
		}
		if empty(id.Value) {
			continue
		}
		if len(d.IDs) < maxIDs {
			d.IDs = append(d.IDs, id)
		}
		if direct[e] && len(own) < maxIDs {
			id.Value, _ = identifier(e.words()) // longer ones stay apart
			own = append(own, id)
		}
	}
	d.ExternalID = externalID(own, providerNames(p, provider, d))
	for _, id := range own {
		switch fold(id.Source) {
		case "leadtype", "channel":
			if channel, ok := leadTypes[fold(id.Value)]; ok {
				d.Channel = channel
			}
		case "campaign", "campaignname", "campaignid", "utmcampaign":
			if d.Campaign == "" {
				d.Campaign = id.Value
			}
		case "language", "lang", "locale":
			d.Customer.Language = languageTag(id.Value)
		}
	}
}

// leadTypes are the lead types that change how a lead arrived. An "e-mail lead"
// of a portal is a form that somebody filled in on its pages: web.
var leadTypes = map[string]lead.Channel{
	"phone": lead.Phone, "phonecall": lead.Phone, "call": lead.Phone, "phoneup": lead.Phone,
	"chat": lead.Chat, "livechat": lead.Chat, "walkin": lead.WalkIn, "social": lead.Social, "facebook": lead.Social,
}

// providerNames are the folded names under which the sender is known in this
// document. A vendor may hold the provider's name; the dealer's own name there
// names no source of identifiers and does no harm.
func providerNames(p, provider *element, d *Draft) []string {
	var names []string
	add := func(s string) {
		if s = fold(s); len(s) > 1 {
			names = append(names, s)
		}
	}
	add(d.Provider)
	for _, e := range provider.all(withContact, "name", "service", "url", "email") {
		text, _ := line(e.words())
		if at := strings.LastIndexByte(text, '@'); at >= 0 {
			text = text[at+1:]
		}
		if !empty(text) {
			add(text)
		}
	}
	for _, e := range p.all(nextProspect, "vendorname") {
		text, _ := line(e.words())
		if !empty(text) {
			add(text)
		}
	}
	return names[:min(len(names), 20)]
}

// externalID chooses the identifier of the lead: the one whose source names the
// provider, else one whose source says so, else the first in sequence that can
// be an identifier. Empty when all are pairs.
func externalID(own []ForeignID, providers []string) string {
	own = slices.Clone(own)
	slices.SortStableFunc(own, func(a, b ForeignID) int { return cmp.Compare(order(a), order(b)) })
	choices := []func(source string) bool{
		func(source string) bool { return slices.Contains(providers, source) },
		func(source string) bool { return namesOneOf(source, providers) },
		func(source string) bool { return leadKeys[source] },
	}
	for _, chosen := range choices {
		for _, id := range own {
			if source := fold(id.Source); !pairKeys[source] && chosen(source) {
				return id.Value
			}
		}
	}
	for _, id := range own {
		// Among several, a word without a digit is the value of a pair whose
		// key is not known.
		if !pairKeys[fold(id.Source)] && (id.Source == "" || len(own) == 1 || digits(id.Value) > 0) {
			return id.Value
		}
	}
	return ""
}

// order puts identifiers without a sequence behind those with one.
func order(id ForeignID) int {
	if id.Sequence == 0 {
		return math.MaxInt
	}
	return id.Sequence
}

// namesOneOf reports whether a source names a provider in other words, such as
// "AutoPlein lead" or autoplein for www.autoplein.example.
func namesOneOf(source string, providers []string) bool {
	if len(source) < 4 {
		return false
	}
	for _, provider := range providers {
		if strings.Contains(provider, source) || len(provider) >= 4 && strings.Contains(source, provider) {
			return true
		}
	}
	return false
}
