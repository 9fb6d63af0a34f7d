package store

// SearchPatterns turns what somebody typed into patterns for lead_search, all of
// which must be found. A number is looked for by its digits alone, for that is
// how it stands there beside its own notation.
func SearchPatterns(q string) []string {
	patterns, digits := SearchWords(q)
	for i, d := range digits {
		if d != "" {
			patterns[i] = d
		}
	}
	return patterns
}
