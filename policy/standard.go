package policy

import (
	_ "embed"
	"slices"
)

//go:embed shipped/standard.yaml
var standard []byte

// Standard returns the policy that ships with Doorbell, in YAML: the demo
// dealer's, and the one a new dealer starts from.
func Standard() []byte { return slices.Clone(standard) }
