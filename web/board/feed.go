package board

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/web/frame"
)

// celebration is something good that somebody brought about (R25).
type celebration struct {
	At      time.Time `json:"at"`
	What    string    `json:"what"` // conversation, appointment, visit, sale
	LeadID  string    `json:"lead_id"`
	By      *person   `json:"by"`
	Vehicle string    `json:"vehicle"`
}

type person struct {
	Name string `json:"name"`
}

const (
	stripLength = 6 // above the board
	wallLength  = 8
)

// celebrations are the latest, the newest first. They are worth no error: a
// board without them is a board.
func (r *Room) celebrations(ctx context.Context, most int) []celebration {
	var answer struct {
		Items []celebration `json:"items"`
	}
	if err := r.Door.Get(ctx, "/v1/celebrations?limit="+strconv.Itoa(most), &answer); err != nil {
		r.Log.WarnContext(ctx, "celebrations cannot be read; the board goes without them", "error", err)
		return nil
	}
	return answer.Items
}

// feed answers with the strip of celebrations.
func (r *Room) feed(c *gin.Context) {
	frame.Render(c, http.StatusOK, strip(r.celebrations(c.Request.Context(), stripLength)))
}
