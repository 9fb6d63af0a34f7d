package words

import (
	"regexp"
	"strings"
)

// Value says what a detail of a closing holds: "Other brand" for other of
// brand, the channels of a list one by one, and what somebody wrote as it is.
func (w *Words) Value(detail, value string) string {
	if strings.Contains(value, ",") && detail == "channels" {
		parts := strings.Split(value, ",")
		for i, part := range parts {
			parts[i] = w.Value(detail, strings.TrimSpace(part))
		}
		return strings.Join(parts, ", ")
	}
	return w.Or("value."+detail+"."+value, w.Or("value."+value, value))
}

// Reason says with what a lead closes. A dealer's own word for a reason that
// Doorbell ships stands above ours: shipped is the label that Doorbell gave it,
// "" for a reason of his own.
func (w *Words) Reason(code, label, shipped string) string {
	if shipped == "" || label != shipped {
		return label
	}
	return w.Or("reason."+code, label)
}

var place = regexp.MustCompile(`\[(\d+)\]`)

// Field names the field of a form that the API speaks of by its path, such as
// customer.phone or reasons[2].label. What has no name stays as it is.
func (w *Words) Field(path string) string {
	if detail, is := strings.CutPrefix(path, "details."); is {
		return w.Or("detail."+detail, detail)
	}
	name := path[strings.LastIndexByte(path, '.')+1:]
	name = place.ReplaceAllString(name, "")
	return w.Or("field."+name, w.Or("rule."+name, path))
}
