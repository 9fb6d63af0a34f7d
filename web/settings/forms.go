package settings

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/web/door"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// going are the attributes of a form whose answer is another page: the address
// of the browser follows it.
func going(action string) templ.Attributes {
	attributes := frame.Act(action)
	attributes["hx-push-url"] = "true"
	return attributes
}

// stay keeps the browser's address where it is: the form stays on the screen.
func stay(c *gin.Context) { c.Header("HX-Push-Url", "false") }

// wrong answers when a form cannot be used as it is.
func wrong(c *gin.Context, key string, with ...any) {
	stay(c)
	frame.Wrong(c, key, with...)
}

// refuse answers when the API refused. conflict is the key of the sentence for
// the one state in which it cannot be done, "" when there is no such.
//
// The API words its faults in English; for other readers the field that is
// wrong says what to do, where there is a sentence for it.
func refuse(c *gin.Context, err error, conflict string) {
	stay(c)
	if p, ok := errors.AsType[*door.Problem](err); ok {
		w := words.Of(c.Request.Context())
		switch {
		case p.Status == http.StatusConflict && conflict != "" && strings.HasSuffix(p.Type, "/conflict"):
			frame.Wrong(c, conflict)
			return
		case w.Language != words.English && len(p.Errors) > 0:
			if key := wrongField(p.Errors[0].Field); w.Or(key, "") != "" {
				frame.Wrong(c, key)
				return
			}
		}
	}
	frame.Refuse(c, err)
}

var place = regexp.MustCompile(`\[\d+\]`)

// wrongField is the key of the sentence about a field of the API.
func wrongField(field string) string {
	return "settings.wrong_" + strings.ReplaceAll(place.ReplaceAllString(field, ""), ".", "_")
}

// idOf reads the id in a path; what is none is the id of nothing.
func idOf(c *gin.Context, name string) (uuid.UUID, bool) {
	id, err := uuid.Parse(c.Param(name))
	if err != nil {
		frame.NotFound(c)
	}
	return id, err == nil
}

// field is a field of a form without the blanks around it.
func field(c *gin.Context, name string) string { return strings.TrimSpace(c.PostForm(name)) }

// list reads words between commas.
func list(text string) []string {
	out := []string{}
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			out = append(out, word)
		}
	}
	return out
}

// patch has the API change something.
func (r *Room) patch(ctx context.Context, path, key string, body any) error {
	_, err := r.Door.Do(ctx, door.Call{Method: http.MethodPatch, Path: path, Key: key, Body: body}, nil)
	return err
}

// remove has the API take something away.
func (r *Room) remove(ctx context.Context, path, key string) error {
	_, err := r.Door.Do(ctx, door.Call{Method: http.MethodDelete, Path: path, Key: key}, nil)
	return err
}
