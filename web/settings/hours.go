package settings

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

const hoursPath = "/settings/hours"

func (r *Room) mountHours(signed gin.IRouter) {
	in := signed.Group(hoursPath, only(arranges))
	in.GET("", r.showHours)
	in.GET("/edit", r.editHours)
	in.POST("", r.saveHours)
}

// openingHours is the newest policy as far as its calendar goes.
type openingHours struct {
	hours

	Version int32
	Text    string
	Policy  *policy.Policy
	today   string // on the dealer's calendar
}

func (r *Room) openingHours(ctx context.Context) (openingHours, error) {
	v := frame.ViewerOf(ctx)
	row, err := r.Store.LatestPolicy(ctx, v.Dealer.ID)
	if err != nil {
		return openingHours{}, fmt.Errorf("policy: %w", err)
	}
	p, err := policy.Parse([]byte(row.Text))
	if err != nil {
		return openingHours{}, fmt.Errorf("policy version %d as stored: %w", row.Version, err)
	}
	return openingHours{
		hours: hours{Week: p.Calendar.Week(), Days: p.Calendar.Days()}, Version: row.Version, Text: row.Text, Policy: p, today: today(ctx),
	}, nil
}

func (r *Room) showHours(c *gin.Context) {
	h, err := r.openingHours(c.Request.Context())
	if err != nil {
		frame.Away(c, err)
		return
	}
	all, err := r.everybody(c.Request.Context())
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	names := map[string]string{}
	for _, one := range all {
		names[one.Email] = one.Name
	}
	frame.Render(c, http.StatusOK, hoursPage(h, names))
}

// ahead are the dates with other hours from today on.
func (h openingHours) ahead() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(h.Days)), func(date string) bool { return date < h.today })
}

// past is how many of them are over.
func (h openingHours) past() int { return len(h.Days) - len(h.ahead()) }

// editable reports whether the calendar can be changed without its editor.
func (h openingHours) editable() bool {
	_, err := rewritten(h.Text, h.hours)
	return err == nil
}

// bar is a stretch of a day, drawn in minutes.
type bar struct{ from, length int }

const day = 24 * 60

// bars are the stretches in which a weekday is open, those that began the
// evening before first.
func (h hours) bars(weekday int) []bar {
	var out []bar
	for _, block := range h.Week[(weekday+6)%7] {
		if _, to := minutes(block); to > day {
			out = append(out, bar{0, to - day})
		}
	}
	for _, block := range h.Week[weekday] {
		from, to := minutes(block)
		out = append(out, bar{from, min(to, day) - from})
	}
	return out
}

// minutes reads a block as a policy writes it; one that passes midnight ends
// beyond the day.
func minutes(block string) (from, to int) {
	opens, closes, _ := strings.Cut(block, "-")
	from, to = minute(opens), minute(closes)
	if to <= from {
		to += day
	}
	return from, to
}

func minute(clock string) int {
	hour, rest, _ := strings.Cut(clock, ":")
	h, _ := strconv.Atoi(hour) // written by the policy, or read before
	m, _ := strconv.Atoi(rest)
	return h*60 + m
}

// saidBlock writes a block as people read it.
func saidBlock(block string) string { return strings.ReplaceAll(block, "-", "–") }

// saidDate tells a date of the calendar with its day of the week.
func saidDate(ctx context.Context, date string) string {
	at, err := time.ParseInLocation(time.DateOnly, date, frame.ViewerOf(ctx).Zone)
	if err != nil {
		return date
	}
	w := words.Of(ctx)
	return words.T(ctx, "day.short."+weekdays[at.Weekday()]) + " " + w.Date(at)
}

// saidWeek tells weekly hours in few words, days in a row together.
func saidWeek(ctx context.Context, week [7][]string) []string {
	var out []string
	for _, one := range (hours{Week: week}).items("open") {
		first, last, row := strings.Cut(one.name, "-")
		name := words.T(ctx, "day.short."+first)
		if row {
			name += "–" + words.T(ctx, "day.short."+last)
		}
		out = append(out, name+" "+saidBlock(strings.Join(one.blocks, ", ")))
	}
	return out
}
