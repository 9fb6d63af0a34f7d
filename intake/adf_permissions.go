package intake

import (
	"slices"
	"strings"

	"github.com/doorbell-ilm/doorbell/lead"
)

// permission is a mark, an element or an attribute, with which a provider says
// what the customer allows.
type permission struct {
	forbids  bool           // true in the mark forbids; otherwise true allows
	channels []lead.Channel // those it is about when it stands on no number or address
}

// written are the channels on which something is sent. A customer who wants
// nothing sent can still be called: somebody asked to be answered.
var written = []lead.Channel{lead.Email, lead.SMS}

var permissions = map[string]permission{
	"donotsend":    {forbids: true, channels: written},
	"donotcontact": {forbids: true, channels: []lead.Channel{lead.Email, lead.Phone, lead.SMS}},
	"donotcall":    {forbids: true, channels: []lead.Channel{lead.Phone}},
	"donotemail":   {forbids: true, channels: []lead.Channel{lead.Email}},
	"optout":       {forbids: true, channels: written},
	"optin":        {channels: written},
}

// readPermissions honours opt-outs and keeps consents: an opt-in that was
// declined is an opt-out. What stands on an e-mail address or a phone number is
// about that channel, anything else about all that its word names.
func readPermissions(p *element, d *Draft) {
	denied := map[lead.Channel]bool{}
	r := permissionReader{draft: d, denied: denied}
	r.attributes(p, nil)
	r.elements(p, nil)
	for channel := range denied {
		d.OptOut = append(d.OptOut, channel)
	}
	slices.Sort(d.OptOut)
}

type permissionReader struct {
	draft  *Draft
	denied map[lead.Channel]bool
}

// elements looks through everything about the customer; on is what the
// surrounding element is about, nil for the customer as a whole.
func (r *permissionReader) elements(e *element, on []lead.Channel) {
	for _, child := range e.children {
		if child.name == "" || besideCustomer[child.name] {
			continue
		}
		about := on
		switch child.name {
		case "email":
			about = []lead.Channel{lead.Email}
		case "phone":
			about = []lead.Channel{lead.Phone, lead.SMS}
		}
		if mark, ok := permissions[child.name]; ok {
			r.mark(child.name, mark, plainWords(child), channelOf(child, about))
			continue
		}
		r.attributes(child, about)
		r.elements(child, about)
	}
}

func (r *permissionReader) attributes(e *element, about []lead.Channel) {
	for _, name := range []string{"donotsend", "donotcontact", "donotcall", "donotemail", "optin", "optout"} {
		if value, said := e.attributes[name]; said {
			r.mark(name, permissions[name], value, about)
		}
	}
}

// channelOf narrows a mark that names its channel.
func channelOf(e *element, about []lead.Channel) []lead.Channel {
	switch channel := lead.Channel(contactWay(e.attribute("channel", "type"))); channel {
	case lead.Email, lead.SMS:
		return []lead.Channel{channel}
	case lead.Phone:
		return []lead.Channel{lead.Phone, lead.SMS}
	default:
		return about
	}
}

func (r *permissionReader) mark(name string, mark permission, value string, about []lead.Channel) {
	said, known := truth(value)
	if !known {
		// An empty mark that forbids means what it says; nothing else can be
		// guessed, and above all no consent.
		said = true
		if !mark.forbids || strings.TrimSpace(value) != "" {
			return
		}
	}
	channels := about
	if channels == nil {
		channels = mark.channels
	}
	switch {
	case said == mark.forbids:
		for _, channel := range channels {
			r.denied[channel] = true
		}
	case !mark.forbids:
		for _, channel := range channels {
			consent := Consent{Purpose: "offers", Channel: channel, Wording: name, At: r.draft.RequestedAt}
			if !slices.Contains(r.draft.Customer.Consent, consent) {
				r.draft.Customer.Consent = append(r.draft.Customer.Consent, consent)
			}
		}
	}
}

func plainWords(e *element) string {
	text, _ := line(e.words())
	return text
}

// truth reads yes and no; ok is false for anything else.
func truth(s string) (said, ok bool) {
	switch fold(s) {
	case "1", "true", "yes", "y", "ja", "j", "on", "oui":
		return true, true
	case "0", "false", "no", "n", "nee", "nein", "off", "non":
		return false, true
	}
	return false, false
}
