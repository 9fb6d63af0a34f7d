package intake

import (
	"strings"

	"golang.org/x/text/language"

	"github.com/doorbell-ilm/doorbell/lead"
)

// The words that providers use for what Doorbell has a code for. Keys are
// folded; a word that is not in its table is kept as written.

var conditions = map[string]lead.Condition{
	"new": lead.NewCar, "nieuw": lead.NewCar, "neu": lead.NewCar, "neuf": lead.NewCar,
	"used": lead.UsedCar, "cpo": lead.UsedCar, "certified": lead.UsedCar, "certifiedpreowned": lead.UsedCar,
	"preowned": lead.UsedCar, "secondhand": lead.UsedCar, "occasion": lead.UsedCar, "gebruikt": lead.UsedCar,
	"tweedehands": lead.UsedCar, "gebraucht": lead.UsedCar, "demo": lead.UsedCar, "demonstrator": lead.UsedCar,
}

var contactWays = map[string]lead.Channel{
	"phone": lead.Phone, "telephone": lead.Phone, "telefoon": lead.Phone, "call": lead.Phone, "voice": lead.Phone,
	"cellphone": lead.Phone, "mobile": lead.Phone,
	"email": lead.Email, "mail": lead.Email, "sms": lead.SMS, "text": lead.SMS, "chat": lead.Chat,
	"social": lead.Social, "web": lead.Web, "walkin": lead.WalkIn,
}

// contactWay is the channel for a word, else the word in lower case.
func contactWay(s string) string {
	if channel, ok := contactWays[fold(s)]; ok {
		return string(channel)
	}
	return strings.ToLower(s)
}

var countryNames = map[string]string{
	"nederland": "NL", "netherlands": "NL", "thenetherlands": "NL", "holland": "NL",
	"belgië": "BE", "belgie": "BE", "belgique": "BE", "belgium": "BE", "belgien": "BE",
	"duitsland": "DE", "germany": "DE", "deutschland": "DE", "luxembourg": "LU", "luxemburg": "LU",
	"frankrijk": "FR", "france": "FR", "oostenrijk": "AT", "austria": "AT", "österreich": "AT",
	"unitedkingdom": "GB", "greatbritain": "GB", "england": "GB",
	"unitedstates": "US", "unitedstatesofamerica": "US",
}

// countryCode is ISO 3166 alpha-2 for a code or a common name, else s.
func countryCode(s string) string {
	if code, ok := countryNames[fold(s)]; ok {
		return code
	}
	if len(s) == 2 || len(s) == 3 {
		if region, err := language.ParseRegion(s); err == nil && region.IsCountry() {
			if code := region.Canonicalize().String(); len(code) == 2 {
				return code
			}
		}
	}
	return s
}

var languageNames = map[string]string{
	"dutch": "nl", "nederlands": "nl", "english": "en", "engels": "en", "german": "de", "deutsch": "de", "duits": "de",
	"french": "fr", "français": "fr", "frans": "fr",
}

// languageTag is the BCP 47 tag for a tag or a common name, else s.
func languageTag(s string) string {
	if tag, ok := languageNames[fold(s)]; ok {
		return tag
	}
	if len(s) >= 2 && len(s) <= 35 {
		if tag, err := language.Parse(s); err == nil && tag != language.Und {
			return tag.String()
		}
	}
	return s
}
