package policy

import (
	"embed"
	"slices"
)

// ShippedPolicy is a policy that comes with Doorbell.
type ShippedPolicy struct {
	Name    string // as in its file
	Summary string // in one line, for whom it is
	Text    string // YAML
}

//go:embed shipped/*.yaml
var shipped embed.FS

// shippedPolicies are the policies to start from, the usual one first.
var shippedPolicies = []ShippedPolicy{
	ship("standard", "A dealer with a showroom and a call centre; the demo dealer's."),
	ship("small-dealer", "A showroom without a call centre: two to four salespeople and a manager who sells too."),
	ship("call-centre", "A call centre that works evenings and Sundays, and a showroom that takes over from it."),
	ship("premium-group", "A premium brand: shorter clocks, the right salesperson, letters and videos, closings looked at closely."),
}

// ship reads a policy that was built in; a missing one is a fault of the build.
func ship(name, summary string) ShippedPolicy {
	text, err := shipped.ReadFile("shipped/" + name + ".yaml")
	if err != nil {
		panic(err)
	}
	return ShippedPolicy{Name: name, Summary: summary, Text: string(text)}
}

// Shipped returns the policies that ship with Doorbell, to start from. The
// standard one comes first.
func Shipped() []ShippedPolicy { return slices.Clone(shippedPolicies) }

// Standard returns the policy that ships with Doorbell, in YAML: the demo
// dealer's, and the one a new dealer starts from.
func Standard() []byte { return []byte(shippedPolicies[0].Text) }
