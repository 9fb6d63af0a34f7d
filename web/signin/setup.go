package signin

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// SetupCode is what proves, as long as there is no dealer, that somebody runs
// this server: `doorbell serve` and `doorbell doctor` show it to nobody else.
func SetupCode(secret []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("doorbell setup code"))
	code := strings.ToLower(base32.StdEncoding.EncodeToString(mac.Sum(nil))[:16]) // 80 bits
	return strings.Join([]string{code[:4], code[4:8], code[8:12], code[12:]}, "-")
}

// plainCode is a code without what people write into it or leave out.
func plainCode(typed string) []byte {
	return []byte(strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(strings.TrimSpace(typed))))
}

// first are the first steps: the dealer, and the admin who does the rest.
type first struct {
	Code, Dealer, Country, Zone, Language string
	Name, Email, Password                 string

	faults map[string]string // sentences by field
}

// unset reports whether there is nothing yet, and answers itself otherwise.
func (r *Room) unset(c *gin.Context) bool {
	there, err := r.anyDealer(c)
	switch {
	case err != nil:
		frame.Away(c, err)
		return false
	case there:
		frame.NotFound(c)
		return false
	}
	return true
}

func (r *Room) setupPage(c *gin.Context) {
	if r.unset(c) {
		frame.Render(c, http.StatusOK, r.setupForm(first{Country: "NL", Zone: "Europe/Amsterdam", Language: words.Of(c).Language}))
	}
}

// setup makes the dealer and the first admin, together, and once.
func (r *Room) setup(c *gin.Context) {
	if !r.unset(c) {
		return
	}
	f := first{
		Code: c.PostForm("code"), Dealer: strings.TrimSpace(c.PostForm("dealer")), Country: strings.ToUpper(strings.TrimSpace(c.PostForm("country"))),
		Zone: strings.TrimSpace(c.PostForm("zone")), Language: c.PostForm("language"),
		Name: c.PostForm("name"), Email: c.PostForm("email"), Password: c.PostForm("password"), faults: map[string]string{},
	}
	forgive := r.try(c, bounded("setup", network(c), mostSetupCodes))
	if forgive == nil {
		return
	}
	if subtle.ConstantTimeCompare(plainCode(f.Code), plainCode(SetupCode(r.Secret))) != 1 {
		f.faults["code"] = words.T(c, "signin.code_wrong")
		frame.Render(c, http.StatusUnprocessableEntity, r.setupForm(f))
		return
	}
	if err := forgive(); err != nil {
		frame.Away(c, err)
		return
	}
	admin := f.check(words.Of(c), !r.SignOn.only())
	if len(f.faults) > 0 {
		frame.Render(c, http.StatusUnprocessableEntity, r.setupForm(f))
		return
	}
	r.begin(c, f, admin)
}

var countryForm = regexp.MustCompile(`^[A-Z]{2}$`)

const longestDealer = 200 // characters

// isName reports whether a text can be the name of a dealer: one line, and not
// an endless one.
func isName(text string) bool {
	return text != "" && utf8.ValidString(text) && utf8.RuneCountInString(text) <= longestDealer && !strings.ContainsFunc(text, unicode.IsControl)
}

// check finds what is wrong and returns the admin to be.
func (f *first) check(w *words.Words, withPassword bool) store.NewStaff {
	admin, faults := store.NewStaff{Name: f.Name, Email: account(f.Email), Language: f.Language, Role: lead.RoleAdmin}.Checked()
	_, err := time.LoadLocation(f.Zone)
	for _, one := range []struct {
		field string
		right bool
	}{
		{"dealer", isName(f.Dealer)},
		{"country", countryForm.MatchString(f.Country)},
		{"zone", err == nil && f.Zone != "" && f.Zone != "Local"},
		{"language", slices.Contains(message.Languages(), f.Language)},
		{"name", len(faults) == 0 && utf8.ValidString(f.Name)},
		{"email", admin.Email != ""},
	} {
		if !one.right {
			f.faults[one.field] = w.T("signin.setup_" + one.field + "_unfit")
		}
	}
	if fault := unfit(f.Password); withPassword && fault != "" {
		f.faults["password"] = w.T(fault, "least", leastPassword)
	}
	return admin
}

// begin makes the dealer with the admin and signs him in.
func (r *Room) begin(c *gin.Context, f first, admin store.NewStaff) {
	if !r.SignOn.only() {
		hash, err := hashOf(c, f.Password)
		if err != nil {
			frame.Away(c, err)
			return
		}
		admin.PasswordHash = hash
	}
	_, err := r.Store.CreateDealer(c, store.NewDealer{
		Name: f.Dealer, Country: f.Country, Zone: f.Zone, Language: f.Language, Policy: shippedFor(f.Country, f.Zone),
		Staff: []store.NewStaff{admin}, First: true,
	})
	if errors.Is(err, store.ErrNotFirst) {
		r.say(c, http.StatusConflict, "signin.setup_over")
		return
	}
	if err != nil {
		frame.Away(c, err)
		return
	}
	r.Log.InfoContext(c, "the first dealer and administrator were made; the setup code is worth nothing any more")
	who, err := r.member(c, admin.Email)
	if err == nil && who != nil {
		err = errors.Join(
			r.Store.Record(store.AsStaff(c, who.Staff.ID), store.Entry{
				Dealer: who.Staff.DealerID, Kind: store.SignedIn, Object: who.Staff.ID, Data: map[string]any{"way": "setup"},
			}),
			r.Sessions.Begin(c, who.Staff.ID, who.Staff.SessionEpoch),
		)
	}
	if err != nil {
		frame.Away(c, err)
		return
	}
	frame.Done(c, firstPage(lead.RoleAdmin), "set_up")
}

var (
	zoneLine    = regexp.MustCompile(`(?m)^timezone: \S+`)
	countryLine = regexp.MustCompile(`(?m)^country: \S+`)
)

// shippedFor is the policy that ships with Doorbell, with the clocks and the
// phone numbers of this dealer.
func shippedFor(country, zone string) string {
	text := zoneLine.ReplaceAllLiteralString(string(policy.Standard()), "timezone: "+zone)
	return countryLine.ReplaceAllLiteralString(text, "country: "+country)
}
