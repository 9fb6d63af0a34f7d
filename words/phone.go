package words

import "github.com/nyaruka/phonenumbers"

// Phone is a number in E.164 as it is read out, "+31 6 12345678". What cannot be
// read as one stays as it is written.
func Phone(number string) string {
	parsed, err := phonenumbers.Parse(number, "")
	if err != nil {
		return number
	}
	return phonenumbers.Format(parsed, phonenumbers.INTERNATIONAL)
}
