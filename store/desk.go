package store

import (
	"strings"

	"github.com/doorbell-ilm/doorbell/store/db"
)

// NameOf is a customer's name as it is said: first name, infix and last name,
// else the full name as it came; "" when nobody knows it.
func NameOf(c db.Customer) string {
	parts := strings.Join(strings.Fields(c.FirstName+" "+c.Infix+" "+c.LastName), " ")
	if c.LastName != "" || c.FullName == "" {
		return parts
	}
	return c.FullName
}
