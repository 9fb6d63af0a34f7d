package settings

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// How many details and follow-ups the form for a reason of one's own offers.
// The API takes more.
const (
	detailRows   = 3
	followUpRows = 2
)

// detailRow and followUpRow are rows of the form as they were filled in.
type detailRow struct {
	Name, Kind, Options string
	Optional            bool
}

type followUpRow struct{ Kind, Days, Months string }

// ownDetailKinds are the kinds that a reason of one's own can ask for; words
// are for the note beside a closing.
var ownDetailKinds = []lead.DetailKind{lead.Choice, lead.Date, lead.DateOrUnknown, lead.Amount, lead.LeadID, lead.StaffOrLead}

// ownFollowUps are the follow-ups that need nothing from the details.
var ownFollowUps = []lead.FollowUpKind{
	lead.TryAgain, lead.ContactLater, lead.HandOver, lead.AfterSales, lead.BuyingDepartment, lead.StockSearch, lead.FinanceOffer,
	lead.SoftReminder, lead.TellProvider, lead.RefundClaim, lead.Celebrate, lead.CheckAfterTheDate,
}

func (r *Room) newReasonForm(c *gin.Context) {
	_, version, err := r.catalogue(c.Request.Context())
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Render(c, http.StatusOK, reasonPage(reasonEdit{
		New: true, Version: version, Approve: string(lead.NeedsApproval), Group: string(lead.NoInterest), Outcome: string(lead.Missed),
		Effect: string(lead.EndsLost), Evidence: []lead.Rule{lead.HadConversation},
	}))
}

// addReason makes a reason of the dealer's own.
func (r *Room) addReason(c *gin.Context) {
	catalogue, version, err := r.catalogue(c.Request.Context())
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	f := &reasonEdit{New: true, Version: version}
	f.fill(c)
	f.fillNew(c)
	if _, known := catalogue.Find(f.Code); known {
		f.Wrong = map[string][]string{"code": {words.T(c.Request.Context(), "reasonseditor.code_taken")}}
		r.keepReason(c, f, nil)
		return
	}
	if err := r.putReason(c, f.addition()); err != nil {
		r.keepReason(c, f, err)
		return
	}
	frame.Done(c, reasonsPath, "reason_saved")
}

// fillNew takes what only a reason of one's own has.
func (f *reasonEdit) fillNew(c *gin.Context) {
	if f.Code = strings.TrimSpace(c.PostForm("code")); f.Code == "" {
		f.Code = codeOf(f.Label)
	}
	for _, rule := range c.PostFormArray("evidence") {
		f.Evidence = append(f.Evidence, lead.Rule(rule))
	}
	text := func(format string, i int) string { return strings.TrimSpace(c.PostForm(fmt.Sprintf(format, i))) }
	for i := range f.Details {
		f.Details[i] = detailRow{text("detail_name_%d", i), text("detail_kind_%d", i), text("detail_options_%d", i), text("detail_optional_%d", i) != ""}
	}
	for i := range f.FollowUps {
		f.FollowUps[i] = followUpRow{text("follow_up_kind_%d", i), text("follow_up_days_%d", i), text("follow_up_months_%d", i)}
	}
}

var notInCode = regexp.MustCompile(`[^a-z0-9]+`)

// codeOf makes a code of a label, as far as its letters go.
func codeOf(label string) string {
	code := strings.Trim(notInCode.ReplaceAllString(strings.ToLower(label), "_"), "_")
	return strings.Trim(code[:min(len(code), 41)], "_")
}

// addition is the reason as the API takes it; rows that were left empty are
// left out.
func (f *reasonEdit) addition() lead.Change {
	approve, group, outcome, effect := lead.Approval(f.Approve), lead.Group(f.Group), lead.Result(f.Outcome), lead.Effect(f.Effect)
	change := lead.Change{
		Code: f.Code, Label: &f.Label, Approve: &approve, Group: &group, Result: &outcome, Effect: &effect, Evidence: f.Evidence,
	}
	if f.Phase != "" {
		phase := lead.Phase(f.Phase)
		change.Phase = &phase
	}
	if f.Mail != "" {
		change.Mail = &f.Mail
	}
	if numbers := f.numbers(); len(numbers) > 0 {
		change.Numbers = numbers
	}
	for _, row := range f.Details {
		if row.Name == "" {
			continue
		}
		change.Details = append(change.Details, lead.Detail{
			Name: row.Name, Kind: lead.DetailKind(row.Kind), Options: list(row.Options), Optional: row.Optional,
		})
	}
	for _, row := range f.FollowUps {
		if row.Kind == "" {
			continue
		}
		change.FollowUps = append(change.FollowUps, lead.FollowUp{
			Kind: lead.FollowUpKind(row.Kind), Days: countOf(row.Days), Months: countOf(row.Months),
		})
	}
	return change
}

// countOf is a number of days or months; what is none is one that the API
// refuses.
func countOf(text string) int {
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}
