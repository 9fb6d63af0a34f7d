package settings

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/web/door"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// reasonEdit is the form for a reason, with what was filled in and what is
// wrong with it.
type reasonEdit struct {
	Is      reasonShown // as it stands; empty for one that is to be made
	New     bool
	Version int // of the catalogue that is changed

	Code, Label, Approve, Group, Outcome, Effect, Phase, Mail string

	Numbers   map[lead.Rule]string
	Evidence  []lead.Rule
	Details   [detailRows]detailRow
	FollowUps [followUpRows]followUpRow

	Wrong    map[string][]string // by field
	Conflict bool
}

func (r *Room) reasonForm(c *gin.Context) {
	ctx := c.Request.Context()
	f, err := r.editReason(ctx, c.Param("code"))
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	if f == nil {
		frame.NotFound(c)
		return
	}
	frame.Render(c, http.StatusOK, reasonPage(*f))
}

// editReason is the form as the reason stands, nil when there is none.
func (r *Room) editReason(ctx context.Context, code string) (*reasonEdit, error) {
	catalogue, version, err := r.catalogue(ctx)
	if err != nil {
		return nil, err
	}
	one, known := catalogue.Find(code)
	if !known {
		return nil, nil //nolint:nilnil // there is none, which the caller says
	}
	f := &reasonEdit{
		Is: shownReason(one), Version: version, Code: code, Label: reasonLabel(ctx, one), Approve: string(one.Approve), Group: string(one.Group),
		Mail: one.Mail, Numbers: map[lead.Rule]string{}, Evidence: one.Evidence,
	}
	for rule, n := range one.Numbers {
		f.Numbers[rule] = strconv.Itoa(n)
	}
	return f, nil
}

// changeReason makes what the form changes; fields that stand as they were are
// left alone.
func (r *Room) changeReason(c *gin.Context) {
	ctx := c.Request.Context()
	f, err := r.editReason(ctx, c.Param("code"))
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	if f == nil {
		frame.NotFound(c)
		return
	}
	before := *f
	f.fill(c)
	change, changes := f.change(before)
	if len(f.Wrong) == 0 {
		if !changes {
			frame.Done(c, reasonsPath, "")
			return
		}
		if err = r.putReason(c, change); err == nil {
			frame.Done(c, reasonsPath, "reason_saved")
			return
		}
	}
	r.keepReason(c, f, err)
}

// keepReason answers with the form as it was filled in and what is wrong with
// it, or says that somebody was faster.
func (r *Room) keepReason(c *gin.Context, f *reasonEdit, err error) {
	status := http.StatusUnprocessableEntity
	var p *door.Problem
	switch kind := problemKind(err); {
	case err == nil:
	case errors.As(err, &p) && (kind == "bad-reasons" || kind == "invalid"):
		f.blame(c.Request.Context(), p)
	case kind == "conflict":
		status, f.Conflict = http.StatusConflict, true
	default:
		refuse(c, err, "")
		return
	}
	stay(c)
	frame.Render(c, status, reasonPage(*f))
}

var changesAt = regexp.MustCompile(`^reasons(\[0\]\.)?`)

// blame puts each fault at the field that it is about.
func (f *reasonEdit) blame(ctx context.Context, p *door.Problem) {
	if f.Wrong == nil {
		f.Wrong = map[string][]string{}
	}
	for _, e := range p.Errors {
		field := changesAt.ReplaceAllString(e.Field, "")
		if !slices.Contains(reasonFields, topField(field)) {
			field = ""
		}
		f.Wrong[field] = append(f.Wrong[field], words.Of(ctx).Told(e.Message))
	}
}

// reasonFields are the fields of the form, as the API names them.
var reasonFields = []string{"code", "label", "approve", "group", "outcome", "effect", "phase", "mail", "numbers", "evidence", "details", "follow_ups"}

func topField(field string) string {
	if i := strings.IndexAny(field, ".["); i >= 0 {
		return field[:i]
	}
	return field
}

// wrongAt lists what is wrong at a field and below it.
func (f *reasonEdit) wrongAt(field string) []string {
	var out []string
	for _, at := range slices.Sorted(maps.Keys(f.Wrong)) {
		if at == field || strings.HasPrefix(at, field+".") || strings.HasPrefix(at, field+"[") {
			out = append(out, f.Wrong[at]...)
		}
	}
	return out
}

// fill takes what was filled in.
func (f *reasonEdit) fill(c *gin.Context) {
	for name, into := range map[string]*string{
		"label": &f.Label, "approve": &f.Approve, "group": &f.Group, "mail": &f.Mail, "outcome": &f.Outcome, "effect": &f.Effect, "phase": &f.Phase,
	} {
		if value, sent := c.GetPostForm(name); sent {
			*into = strings.TrimSpace(value)
		}
	}
	f.Numbers = map[lead.Rule]string{}
	for rule := range numbered {
		if value := strings.TrimSpace(c.PostForm("number_" + string(rule))); value != "" {
			f.Numbers[rule] = value
		}
	}
}

// numbers reads the numbers. One that is none is wrong at its field.
func (f *reasonEdit) numbers() map[lead.Rule]int {
	out := map[lead.Rule]int{}
	for rule, text := range f.Numbers {
		if !slices.Contains(f.Evidence, rule) {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			n = 0 // the API says from where to where it may be
		}
		out[rule] = n
	}
	return out
}

// change is what the form makes otherwise, and whether it does.
func (f *reasonEdit) change(before reasonEdit) (lead.Change, bool) {
	change, changes := lead.Change{Code: f.Code}, false
	set := func(now, was string, put func()) {
		if now != was {
			put()
			changes = true
		}
	}
	set(f.Label, before.Label, func() { change.Label = &f.Label })
	set(f.Mail, before.Mail, func() { change.Mail = &f.Mail })
	set(f.Approve, before.Approve, func() { approve := lead.Approval(f.Approve); change.Approve = &approve })
	set(f.Group, before.Group, func() { group := lead.Group(f.Group); change.Group = &group })
	if !maps.Equal(f.Numbers, before.Numbers) {
		change.Numbers, changes = f.numbers(), true
	}
	return change, changes
}

// mailsOf are the mails that fit the end of a lead, and the one that is sent now.
func mailsOf(now string) []string {
	out := []string{message.TriedToReach, message.StillInterested, message.SoftReminder, message.ThankYouSold}
	if now != "" && !slices.Contains(out, now) {
		out = append(out, now)
	}
	return out
}
