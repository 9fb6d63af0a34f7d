package board

import (
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/web/frame"
)

// wallRows is how many leads the screen on the wall shows: as many as can be
// read from three metres.
const wallRows = 16

// wall is the board for the screen on the wall. It has no controls, and it
// tells customers, who may stand before it, no more of each other than a name
// needs to be recognised.
func (r *Room) wall(c *gin.Context) {
	p, err := r.read(c, []uuid.UUID{}, wallRows)
	if err == nil {
		p.numbers, err = r.count(c.Request.Context(), p)
	}
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	for i := range p.rows {
		p.rows[i].State.Yours = false // whoever stands before it
	}
	p.feed = r.celebrations(c.Request.Context(), wallLength)
	frame.Render(c, http.StatusOK, wall(p))
}

// turns is when the wall shows something else although nothing happens.
func (p *page) turns() time.Time {
	first := midnight(p.viewer)
	for i := range p.rows {
		if at := p.rows[i].Turns; !at.IsZero() && at.Before(first) {
			first = at
		}
	}
	return first
}

// shortName is the customer's name as the wall shows it: the first letter of
// his first name, and the rest. Who left no name has none there.
func (r *row) shortName() string {
	first, rest := r.FirstName, strings.Join(strings.Fields(r.Infix+" "+r.LastName), " ")
	if first == "" && rest == "" {
		first, rest, _ = strings.Cut(strings.TrimSpace(r.FullName), " ")
	}
	switch {
	case rest == "":
		return first
	case first == "":
		return rest
	}
	letter, _ := utf8.DecodeRuneInString(first)
	return string(letter) + ". " + rest
}
