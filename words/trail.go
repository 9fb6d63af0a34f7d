package words

import (
	"fmt"
	"strings"
)

// Trail says in one line what an entry of the trail is about. data are as they
// are stored, read from JSON.
func (w *Words) Trail(kind string, data map[string]any) string {
	said := w.Or("trail_kind."+kind, kind)
	if more := w.trailDetails(data); more != "" {
		said += ": " + more
	}
	return said
}

func (w *Words) trailDetails(data map[string]any) string {
	var parts []string
	add := func(part string) { parts = append(parts, part) }
	was, role := word(data["from_role"]), word(data["role"])
	for _, field := range wordsOf(data["fields"]) {
		name := w.Field(field)
		if field == "role" && was != "" {
			name += " (" + w.T("trail.role_changed", "was", w.Or("role."+was, was), "is", w.Or("role."+role, role)) + ")"
		}
		add(name)
	}
	if role != "" && was == "" {
		add(w.Or("role."+role, role))
	}
	if version, is := data["version"].(float64); is {
		add(w.T("trail.version", "version", fmt.Sprint(version)))
	}
	for _, code := range wordsOf(data["reasons"]) {
		add(w.Or("reason."+code, code))
	}
	switch leads := data["leads"].(type) {
	case float64:
		add(w.N("trail.leads", int(leads)))
	case []any:
		add(w.N("trail.leads", len(leads)))
	}
	if decision := word(data["decision"]); decision != "" {
		add(w.Or("earning."+decision, decision))
	}
	if way := word(data["way"]); way != "" {
		add(w.Or("trail.way_"+way, way))
	}
	if asked, _ := data["asked"].(bool); asked {
		add(w.T("trail.asked"))
	}
	for _, channel := range wordsOf(data["channels"]) {
		add(w.Or("channel."+channel, channel))
	}
	return strings.Join(parts, ", ")
}

func word(value any) string {
	s, _ := value.(string)
	return s
}

func wordsOf(value any) []string {
	list, _ := value.([]any)
	out := make([]string, len(list))
	for i, one := range list {
		out[i] = word(one)
	}
	return out
}
