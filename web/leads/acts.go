package leads

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/web/door"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// act is something that somebody does to the lead in the address.
type act struct {
	c    *gin.Context
	room *Room
	id   uuid.UUID
	part string // whose form it is, "" for a button without one
}

// begin reads for which lead a form is meant, and for whom; false has been
// answered. A form that waited in the browser is worth nothing to whoever
// signed in there meanwhile.
func (r *Room) begin(c *gin.Context, part string) (*act, bool) {
	id, ok := leadID(c)
	if !ok {
		return nil, false
	}
	if by := c.PostForm("by"); by != "" && by != frame.ViewerOf(c.Request.Context()).Staff.ID.String() {
		if kept(c) {
			c.AbortWithStatus(http.StatusUnauthorized)
			return nil, false
		}
		frame.Wrong(c, "leads.somebody_else")
		return nil, false
	}
	return &act{c: c, room: r, id: id, part: part}, true
}

// kept reports whether the form waited in the browser for a connection.
func kept(c *gin.Context) bool { return c.GetHeader("X-Doorbell-Kept") != "" }

// post has it done through the API.
func (a *act) post(path string, body any) error {
	return a.room.Door.Post(a.c.Request.Context(), "/v1/leads/"+a.id.String()+path, a.key(), body, nil)
}

func (a *act) key() string { return a.c.PostForm("key") }

// text is a field of the form, nil when nothing was typed.
func (a *act) text(name string) *string {
	typed := strings.TrimSpace(a.c.PostForm(name))
	if typed == "" {
		return nil
	}
	return &typed
}

// done shows the page as it then is, with a part open; said is told.
func (a *act) done(said string, parts ...string) {
	frame.Done(a.c, address(a.id, filters(a.c), parts...), said)
}

// answer shows the page, or the form again with what was typed and what is
// wrong with it.
func (a *act) answer(err error, said string) {
	if err == nil {
		a.done(said)
		return
	}
	a.refuse(err)
}

// wrong shows the part of the form again; the sentence of the key says what to
// mend.
func (a *act) wrong(key string) {
	a.refuse(frame.FormProblem(words.Of(a.c.Request.Context()), key))
}

// refuse shows the part of the form again, with what was typed and what is
// wrong. A fault of the moment is told above the page, which stays as it is.
func (a *act) refuse(err error) {
	var p *door.Problem
	if !errors.As(err, &p) || a.part == "" || kept(a.c) || p.Status >= http.StatusInternalServerError || p.Status == http.StatusTooManyRequests {
		frame.Refuse(a.c, err)
		return
	}
	f, ok := a.room.load(a.c, a.part, a.part)
	if !ok {
		return
	}
	f.refused = p
	a.c.Abort()
	if frame.Partial(a.c) {
		a.c.Header("HX-Retarget", "#"+a.part)
		a.c.Header("HX-Reselect", "#"+a.part)
		a.c.Header("HX-Reswap", "outerHTML")
		frame.Render(a.c, p.Status, parts[a.part](f))
		return
	}
	frame.Render(a.c, p.Status, page(f))
}

// oneTap are the outcomes that have a button of their own.
var oneTap = []gen.AttemptOutcome{
	gen.AttemptOutcomeReached, gen.AttemptOutcomeVoicemail, gen.AttemptOutcomeNoAnswer, gen.AttemptOutcomeBusy,
	gen.AttemptOutcomeWrongNumber, gen.AttemptOutcomeRefused,
}

// attempt logs how a call, or another attempt, ended. Who does not want to be
// called is asked what else he does not want.
func (r *Room) attempt(c *gin.Context) {
	a, ok := r.begin(c, nowPart)
	if !ok {
		return
	}
	body := gen.NewAttempt{Channel: gen.AttemptChannelPhone, Outcome: gen.AttemptOutcome(c.PostForm("outcome")), Note: a.text("note")}
	if channel := c.PostForm("channel"); channel != "" {
		body.Channel = gen.AttemptChannel(channel)
	}
	if direction := gen.Direction(c.PostForm("direction")); direction != "" {
		body.Direction = &direction
	}
	if minutes := c.PostForm("minutes"); minutes != "" {
		n, err := strconv.Atoi(minutes)
		if err != nil || n < 0 || n > mostMinutes {
			a.wrong("leads.wrong_minutes")
			return
		}
		seconds := n * 60
		body.DurationS = &seconds
	}
	if err := a.log(body); err != nil {
		a.refuse(err)
		return
	}
	if body.Outcome == gen.AttemptOutcomeRefused {
		a.done("lead_refused", wishesPart)
		return
	}
	a.done("lead_attempt")
}

// mostMinutes is a day.
const mostMinutes = 24 * 60

// log logs the attempt. One that waited in the browser tells when it was made,
// unless its first sending got through without its answer: then the key finds
// it as it was sent, without a time.
func (a *act) log(body gen.NewAttempt) error {
	if !kept(a.c) {
		return a.post("/attempts", body)
	}
	late := body
	late.At = madeAt(a.c)
	err := a.post("/attempts", late)
	var p *door.Problem
	if late.At != nil && errors.As(err, &p) && p.Type == keyReused {
		return a.post("/attempts", body)
	}
	return err
}

// keyReused is the kind of problem that a key brings which came with another
// body before.
const keyReused = "/problems/key-reused"

// madeAt is when the browser says that the button was pressed; nil when it
// says nothing that can be.
func madeAt(c *gin.Context) *time.Time {
	at, err := time.Parse(time.RFC3339, c.PostForm("made_at"))
	if err != nil || at.After(frame.ViewerOf(c.Request.Context()).Now) {
		return nil
	}
	return &at
}

// take makes whoever presses the button the owner: he claims a lead whose
// escalation is up, or takes one over from a colleague.
func (r *Room) take(c *gin.Context) {
	a, ok := r.begin(c, "")
	if !ok {
		return
	}
	if c.PostForm("over") != "" {
		a.answer(a.post("/assign", gen.Assignment{To: frame.ViewerOf(c.Request.Context()).Staff.Email}), "lead_taken")
		return
	}
	a.answer(a.post("/take", gen.Acting{}), "lead_taken")
}

// note puts a note on the timeline.
func (r *Room) note(c *gin.Context) {
	if a, ok := r.begin(c, notePart); ok {
		a.answer(a.post("/notes", gen.NewNote{Text: strings.TrimSpace(c.PostForm("text"))}), "lead_note")
	}
}

// assign gives the lead to somebody.
func (r *Room) assign(c *gin.Context) {
	if a, ok := r.begin(c, assignPart); ok {
		a.answer(a.post("/assign", gen.Assignment{To: c.PostForm("to"), Reason: a.text("why")}), "lead_assigned")
	}
}

// wishes notes on which channels the customer may not be contacted.
func (r *Room) wishes(c *gin.Context) {
	a, ok := r.begin(c, wishesPart)
	if !ok {
		return
	}
	var channels []gen.ContactChannel
	for _, channel := range c.PostFormArray("channel") {
		channels = append(channels, gen.ContactChannel(channel))
	}
	if len(channels) == 0 {
		a.wrong("leads.no_channel")
		return
	}
	body := gen.CustomerChange{Note: a.text("note")}
	if err := body.DoNotContact.FromTheseChannels(channels); err != nil {
		frame.Away(c, err)
		return
	}
	a.answer(a.post("/customer", body), "lead_wishes")
}

// decide is the manager's word on a closing that waits.
func (r *Room) decide(c *gin.Context) {
	verdict := c.Param("verdict")
	a, ok := r.begin(c, closingPart)
	switch {
	case !ok:
	case verdict == "approve":
		a.answer(a.post("/closing/approve", gen.Remark{Note: a.text("note")}), "lead_approved")
	case verdict == "reject" && a.text("note") == nil:
		a.wrong("leads.refuse_why")
	case verdict == "reject":
		a.answer(a.post("/closing/reject", gen.Remark{Note: a.text("note")}), "lead_rejected")
	default:
		frame.NotFound(c)
	}
}

// reopen puts a closed lead back to work.
func (r *Room) reopen(c *gin.Context) {
	if a, ok := r.begin(c, closingPart); ok {
		a.answer(a.post("/reopen", gen.Remark{Note: a.text("note")}), "lead_reopened")
	}
}

// query is one pair of a query.
func query(name, value string) url.Values { return url.Values{name: {value}} }
