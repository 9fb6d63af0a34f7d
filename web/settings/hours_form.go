package settings

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/door"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// The form's size.
const (
	usualBlocks = 2   // of a day: before and after the lunch break
	emptyRows   = 4   // for more days with other hours
	mostRows    = 400 // of these days
	longestRow  = 31  // days that one row closes
)

// blocks is how many blocks of a day the form has: as many as any has now, and
// room for a lunch break.
func (h hours) blocks() int {
	most := usualBlocks
	for _, day := range h.Week {
		most = max(most, len(day))
	}
	for _, blocks := range h.Days {
		most = max(most, len(blocks))
	}
	return most
}

// edges are the times of the n-th block as fields of the form have them, "" for
// a block that is not there. A field knows no 24:00.
func edges(blocks []string, n int) (from, to string) {
	if n >= len(blocks) {
		return "", ""
	}
	from, to = blocks[n][:5], blocks[n][6:]
	if to == "24:00" {
		to = "00:00"
	}
	return from, to
}

func (r *Room) editHours(c *gin.Context) {
	h, err := r.openingHours(c.Request.Context())
	if err != nil {
		frame.Away(c, err)
		return
	}
	frame.Render(c, http.StatusOK, editHoursPage(h))
}

// saveHours makes a new version of the policy with the hours of the form. When
// the policy was changed meanwhile it holds only if its hours were not.
func (r *Room) saveHours(c *gin.Context) {
	ctx := c.Request.Context()
	now, err := r.openingHours(ctx)
	if err != nil {
		frame.Away(c, err)
		return
	}
	want, fault := hoursForm{c}.read(now)
	if fault != nil {
		wrong(c, fault.key, fault.with...)
		return
	}
	if want.same(now.hours) {
		frame.Done(c, hoursPath, "settings_hours_same")
		return
	}
	fresh, err := r.stillFresh(c, now)
	if err != nil {
		frame.Away(c, err)
		return
	}
	if !fresh {
		wrong(c, "settings.hours_newer")
		return
	}
	text, err := rewritten(now.Text, want)
	if errors.Is(err, errNotHere) {
		wrong(c, "settings.hours_not_here")
		return
	}
	if err != nil {
		frame.Away(c, err)
		return
	}
	_, err = r.Door.Do(ctx, door.Call{
		Method: http.MethodPut, Path: fmt.Sprintf("/v1/policy?replaces=%d", now.Version), Key: c.PostForm("key"), Raw: []byte(text), Type: "application/yaml",
	}, nil)
	if err != nil {
		refuse(c, err, "settings.hours_newer")
		return
	}
	frame.Done(c, hoursPath, "settings_hours_saved")
}

// stillFresh reports whether the hours are still those that the form showed.
func (r *Room) stillFresh(c *gin.Context, now openingHours) (bool, error) {
	version, err := strconv.ParseInt(c.PostForm("version"), 10, 32)
	if err != nil {
		return false, nil //nolint:nilerr // no form of ours
	}
	if version == int64(now.Version) {
		return true, nil
	}
	row, err := r.Store.GetPolicy(c, db.GetPolicyParams{DealerID: frame.ViewerOf(c).Dealer.ID, Version: int32(version)})
	if err != nil {
		return false, fmt.Errorf("policy version %d: %w", version, err)
	}
	shown, err := hoursOf(row.Text)
	return shown.same(now.hours), err
}

// hoursFault is what is wrong with the form, as a sentence.
type hoursFault struct {
	key  string
	with []any
}

// hoursForm reads the form.
type hoursForm struct{ *gin.Context }

// read returns the hours of the form; days that are over and not in it stay, or
// go when the form says so.
func (f hoursForm) read(now openingHours) (hours, *hoursFault) {
	out := hours{Days: map[string][]string{}}
	opens := false
	for i, name := range weekdays {
		blocks, fault := f.blocksOf(name, words.T(f, "day."+name))
		if fault != nil {
			return out, fault
		}
		out.Week[i], opens = blocks, opens || len(blocks) > 0
	}
	if !opens {
		return out, &hoursFault{key: "settings.hours_never"}
	}
	if f.PostForm("forget") == "" {
		maps.Copy(out.Days, now.Days)
		for _, date := range now.ahead() {
			delete(out.Days, date)
		}
	}
	for i := range mostRows {
		row := "row" + strconv.Itoa(i)
		if _, there := f.GetPostForm(row); !there {
			break
		}
		if fault := f.row(row, out.Days); fault != nil {
			return out, fault
		}
	}
	return out, nil
}

// row reads the days of one row into days. A row without a date is none.
func (f hoursForm) row(row string, days map[string][]string) *hoursFault {
	first := field(f.Context, row)
	if first == "" {
		return nil
	}
	last := cmp.Or(field(f.Context, row+"_until"), first)
	from, err := time.Parse(time.DateOnly, first)
	until, err2 := time.Parse(time.DateOnly, last)
	if err != nil || err2 != nil || until.Before(from) || until.After(from.AddDate(0, 0, longestRow)) {
		return &hoursFault{"settings.hours_row", []any{"from", first, "until", last, "days", longestRow}}
	}
	said := saidDate(f, first)
	blocks, fault := f.blocksOf(row, said)
	if fault != nil {
		return fault
	}
	for day := from; !day.After(until); day = day.AddDate(0, 0, 1) {
		date := day.Format(time.DateOnly)
		if _, twice := days[date]; twice {
			return &hoursFault{"settings.hours_twice", []any{"day", saidDate(f, date)}}
		}
		days[date] = blocks
	}
	return nil
}

// blocksOf reads the blocks of a day or a row, sorted.
func (f hoursForm) blocksOf(name, said string) ([]string, *hoursFault) {
	var out []string
	for n := range mostRows {
		from, there := f.GetPostForm(fmt.Sprintf("%s_from%d", name, n))
		to := f.PostForm(fmt.Sprintf("%s_to%d", name, n))
		if !there {
			break
		}
		if from == "" && to == "" {
			continue
		}
		opens, err := time.Parse("15:04", from)
		closes, err2 := time.Parse("15:04", to)
		if err != nil || err2 != nil {
			return nil, &hoursFault{"settings.hours_half", []any{"day", said}}
		}
		end := closes.Format("15:04")
		if end == "00:00" {
			end = "24:00"
		}
		if opens.Equal(closes) && end != "24:00" {
			return nil, &hoursFault{"settings.hours_empty", []any{"day", said}}
		}
		out = append(out, opens.Format("15:04")+"-"+end)
	}
	slices.Sort(out)
	for i := 1; i < len(out); i++ {
		_, ends := minutes(out[i-1])
		if begins, _ := minutes(out[i]); begins < ends {
			return nil, &hoursFault{"settings.hours_overlap", []any{"day", said}}
		}
	}
	return out, nil
}
