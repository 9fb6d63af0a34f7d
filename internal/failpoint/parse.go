//go:build failpoint

package failpoint

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// point is what happens at one place.
type point struct {
	kill   bool
	wait   time.Duration
	chance float64 // from 0 to 1
	after  int64   // so many come by unharmed first
}

// parse reads name=action(chance,after);… with the action kill or a duration.
func parse(text string) (map[string]*point, error) {
	all := map[string]*point{}
	for part := range strings.SplitSeq(text, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, action, found := strings.Cut(part, "=")
		if !found {
			return nil, fmt.Errorf("%q is not name=action", part)
		}
		p, err := parseAction(action)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all[name] = p
	}
	return all, nil
}

func parseAction(text string) (*point, error) {
	p := &point{chance: 1}
	action, rest, bounded := strings.Cut(text, "(")
	if bounded {
		chance, after, _ := strings.Cut(strings.TrimSuffix(rest, ")"), ",")
		var err error
		if p.chance, err = strconv.ParseFloat(chance, 64); err != nil || p.chance < 0 || p.chance > 1 {
			return nil, fmt.Errorf("the chance %q is not from 0 to 1", chance)
		}
		if after != "" {
			if p.after, err = strconv.ParseInt(after, 10, 64); err != nil {
				return nil, fmt.Errorf("%q is no number", after)
			}
		}
	}
	if action == "kill" {
		p.kill = true
		return p, nil
	}
	var err error
	if p.wait, err = time.ParseDuration(action); err != nil {
		return nil, fmt.Errorf("%q is neither kill nor a duration", action)
	}
	return p, nil
}
