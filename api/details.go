package api

import (
	"slices"
	"strconv"
	"strings"

	"github.com/doorbell-ilm/doorbell/api/openapi"
)

// Details turns the details of a closing, which a caller may write as texts,
// numbers or lists of texts, into the texts that the catalogue checks: a list
// is joined by commas. It names those that are none of these. Which details a
// reason knows is the catalogue's to say.
func Details(given map[string]any) (map[string]string, []FieldError) {
	out := make(map[string]string, len(given))
	var faults []FieldError
	for name, value := range given {
		text, ok := detailText(value)
		if !ok {
			faults = append(faults, FieldError{Field: "details." + openapi.Shown(name), Message: "must be a text, a number or a list of texts"})
			continue
		}
		out[name] = text
	}
	slices.SortFunc(faults, func(a, b FieldError) int { return strings.Compare(a.Field, b.Field) })
	return out, faults
}

func detailText(value any) (string, bool) {
	switch v := value.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case []any:
		parts := make([]string, 0, len(v))
		for _, item := range v {
			text, ok := item.(string)
			if !ok {
				return "", false
			}
			parts = append(parts, text)
		}
		return strings.Join(parts, ","), true
	}
	return "", false
}
