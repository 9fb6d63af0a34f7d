package settings

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/door"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// trial asks what would happen to a lead that nobody sent, and has the answer.
type trial struct {
	Sources []db.Source
	Staff   []db.Staff

	// What is asked, as it stands in the form.
	At, For, Source, Channel, Request, Condition, Make, Model, Price string
	PostalCode, Language, Customer, CustomerOwner                    string
	NoPhone, NoEmail                                                 bool

	Course *course
	Wrong  []string // why there is no answer
}

// What can be chosen, in the order in which it is offered.
var (
	trialChannels   = []string{"web", "phone", "email", "chat", "social", "walk_in"}
	trialRequests   = []string{"information", "quote", "test_drive", "appointment", "trade_in_value", "call_back"}
	trialConditions = []string{"new", "used"}
	trialCustomers  = []string{"new", "known"}
	trialSpans      = []string{"1d", "3d", "7d", "14d", "30d"}
)

// localForm is how a browser writes a local time.
const localForm = "2006-01-02T15:04"

// trial is the question that the page begins with: the Saturday that comes, ten
// minutes before closing.
func (r *Room) trial(ctx context.Context) (trial, error) {
	v := frame.ViewerOf(ctx)
	out := trial{At: saturday(v.Now.In(v.Zone)).Format(localForm), For: "7d", Channel: "web"}
	var err error
	if out.Sources, err = r.Store.ListSources(ctx, v.Dealer.ID); err != nil {
		return out, fmt.Errorf("sources: %w", err)
	}
	staff, err := r.Store.ListStaff(ctx, v.Dealer.ID)
	if err != nil {
		return out, fmt.Errorf("staff: %w", err)
	}
	for _, one := range staff {
		if one.Active {
			out.Staff = append(out.Staff, one)
		}
	}
	if len(out.Sources) > 0 {
		out.Source = out.Sources[0].Code
	}
	return out, nil
}

func saturday(now time.Time) time.Time {
	day := time.Date(now.Year(), now.Month(), now.Day(), 16, 50, 0, 0, now.Location())
	for day.Weekday() != time.Saturday || !day.After(now) {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

// fill takes what the form asks.
func (t *trial) fill(c *gin.Context) {
	for name, into := range map[string]*string{
		"at": &t.At, "for": &t.For, "source": &t.Source, "channel": &t.Channel, "request": &t.Request, "condition": &t.Condition,
		"make": &t.Make, "model": &t.Model, "price": &t.Price, "postal_code": &t.PostalCode, "language": &t.Language,
		"customer": &t.Customer, "customer_owner": &t.CustomerOwner,
	} {
		*into = strings.TrimSpace(c.PostForm(name))
	}
	t.NoPhone, t.NoEmail = c.PostForm("no_phone") != "", c.PostForm("no_email") != ""
}

// asked is the question as the API takes it; what was left empty is left out.
func (t *trial) asked(text string) gen.PreviewRequest {
	no := false
	lead := gen.PreviewLead{
		Source: t.Source, Channel: filledIn[gen.LeadChannel](t.Channel), Request: filledIn[gen.LeadRequest](t.Request),
		PostalCode: filledIn[string](t.PostalCode), Language: filledIn[string](t.Language),
		Customer: filledIn[gen.PreviewCustomer](t.Customer), CustomerOwner: filledIn[string](t.CustomerOwner),
	}
	if t.NoPhone {
		lead.Phone = &no
	}
	if t.NoEmail {
		lead.Email = &no
	}
	if t.Condition != "" || t.Make != "" || t.Model != "" || t.Price != "" {
		lead.Vehicle = &gen.PreviewVehicle{
			Condition: filledIn[gen.Condition](t.Condition), Make: filledIn[string](t.Make), Model: filledIn[string](t.Model),
		}
		if t.Price != "" {
			lead.Vehicle.Price = &gen.Money{Amount: strings.ReplaceAll(t.Price, ",", "."), Currency: "EUR"}
		}
	}
	return gen.PreviewRequest{Policy: &text, At: t.At, For: filledIn[string](t.For), Lead: lead}
}

// filledIn is a value that was filled in, nil when it was not.
func filledIn[S ~string](text string) *S {
	if text == "" {
		return nil
	}
	s := S(text)
	return &s
}

// course is what would happen, in the zone of the policy.
type course struct {
	gen.Preview

	Words *words.Words
	Days  []courseDay
}

type courseDay struct {
	Day     string
	Entries []gen.PreviewEntry
}

func newCourse(ctx context.Context, p gen.Preview) (*course, error) {
	zone, err := time.LoadLocation(p.Zone)
	if err != nil {
		return nil, fmt.Errorf("zone of the policy: %w", err)
	}
	out := &course{Preview: p, Words: words.In(words.Of(ctx).Language, zone)}
	for _, e := range p.Course {
		day := out.Words.Day(e.At)
		if n := len(out.Days); n == 0 || out.Days[n-1].Day != day {
			out.Days = append(out.Days, courseDay{Day: day})
		}
		last := &out.Days[len(out.Days)-1]
		last.Entries = append(last.Entries, e)
	}
	return out, nil
}

// previewPolicy tells what would happen to a lead under the text as it stands
// in the editor. Nothing is stored and nobody is told.
func (r *Room) previewPolicy(c *gin.Context) {
	if !fits(c) {
		return
	}
	ctx, text := c.Request.Context(), written(c)
	t, err := r.trial(ctx)
	if err == nil {
		t.fill(c)
		err = r.try(ctx, &t, text)
	}
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	if frame.Partial(c) {
		frame.Render(c, http.StatusOK, coursePart(t))
		return
	}
	found, err := r.findings(ctx, text)
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	r.withText(c, text, func(e *editor) { e.Findings, e.Trial = found, t })
}

// try answers the question. What is wrong with it, or with the policy, is part
// of the answer.
func (r *Room) try(ctx context.Context, t *trial, text string) error {
	if text == "" {
		t.Wrong = []string{words.T(ctx, "policyeditor.trial_faults")}
		return nil
	}
	var out gen.Preview
	err := r.Door.Post(ctx, "/v1/policy/preview", "", t.asked(text), &out)
	var p *door.Problem
	switch kind := problemKind(err); {
	case err == nil:
		t.Course, err = newCourse(ctx, out)
		return err
	case kind == "bad-policy":
		t.Wrong = []string{words.T(ctx, "policyeditor.trial_faults")}
		return nil
	case kind == "invalid" && errors.As(err, &p):
		for _, e := range p.Errors {
			name := e.Field[strings.LastIndexByte(e.Field, '.')+1:]
			t.Wrong = append(t.Wrong, words.Of(ctx).Or("policyeditor.trial_"+name, e.Field)+": "+words.Of(ctx).Told(e.Message))
		}
		return nil
	}
	return err
}
