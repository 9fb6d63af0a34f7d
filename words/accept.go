package words

import "golang.org/x/text/language"

// longestAccepted is how long an Accept-Language may be; browsers' are shorter.
const longestAccepted = 200

// Accepted returns the languages of a header Accept-Language, the best first;
// none when it cannot be read.
func Accepted(header string) []string {
	if len(header) > longestAccepted {
		return nil
	}
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return nil
	}
	names := make([]string, len(tags))
	for i, tag := range tags {
		names[i] = tag.String()
	}
	return names
}
