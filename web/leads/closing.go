package leads

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/api/gen"
)

// close closes the lead with a reason of the catalogue and its details.
func (r *Room) close(c *gin.Context) {
	a, ok := r.begin(c, closingPart)
	if !ok {
		return
	}
	body := gen.CloseRequest{Reason: c.PostForm("reason"), Note: a.text("note"), Details: detailsIn(c.Request.PostForm)}
	a.answer(a.post("/close", body), "lead_closed")
}

// The names of details in the form: an amount may be typed with a comma.
const (
	detailPrefix = "detail."
	amountPrefix = "amount."
)

// unknownDate is what stands in place of a date that the customer does not
// know.
const unknownDate = "unknown"

// detailsIn are the details that were filled in, as the API takes them.
func detailsIn(form url.Values) map[string]any {
	out := map[string]any{}
	for field, values := range form {
		given := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return strings.TrimSpace(v) == "" })
		if len(given) == 0 {
			continue
		}
		if name, is := strings.CutPrefix(field, amountPrefix); is {
			out[name] = strings.ReplaceAll(strings.TrimSpace(given[0]), ",", ".")
		}
		if name, is := strings.CutPrefix(field, detailPrefix); is {
			if len(given) > 1 {
				given = slices.DeleteFunc(given, func(v string) bool { return v == unknownDate }) // he gave a date after all
			}
			out[name] = strings.TrimSpace(strings.Join(given, ","))
		}
	}
	return out
}

// detailOf is what was typed for a detail.
func (f *file) detailOf(name string) string {
	for _, value := range f.typed[detailPrefix+name] {
		if value != "" {
			return value
		}
	}
	return ""
}

// dateOf is the value of a field for a date.
func dateOf(value string) string {
	if value == unknownDate {
		return ""
	}
	return value
}

// dayFrom is the dealer's date so many days from now, as a field for a date
// has it.
func (f *file) dayFrom(days int) string {
	return f.viewer.Now.In(f.viewer.Zone).AddDate(0, 0, days).Format(time.DateOnly)
}

// detailHas reports whether a choice was among those that were ticked.
func (f *file) detailHas(name, value string) bool {
	return slices.Contains(f.typed[detailPrefix+name], value)
}

// lacking are the pieces of evidence that are not there.
func lacking(r *gen.LeadReason) []gen.LeadEvidence {
	return slices.DeleteFunc(slices.Clone(r.Evidence), func(e gen.LeadEvidence) bool { return e.Met })
}

// waits is the closing that waits for the manager, nil for none.
func (f *file) waits() *gen.Closing {
	if f.lead.Status != gen.LeadStatusClosing {
		return nil
	}
	return f.lead.Closing
}
