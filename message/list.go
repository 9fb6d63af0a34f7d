package message

import "slices"

// Listed is a template that there is.
type Listed struct {
	Name       string
	ToCustomer bool // else to staff, or to a department
	// Offered says that a person may send it to a customer by name.
	Offered bool
}

// All lists every template, those to customers first.
func All() []Listed {
	var out []Listed
	for _, name := range slices.Concat(customerNames, staffNames, accountNames) {
		out = append(out, Listed{Name: name, ToCustomer: ForCustomers(name), Offered: slices.Contains(offeredNames, name)})
	}
	return out
}
