package signin

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzAccount holds that what was typed becomes an account's address that stays
// as it is, or none.
func FuzzAccount(f *testing.F) {
	for _, typed := range []string{"Sam@Demo.example", " sam@demo.example ", "sam@demo.example\x00", "\u212a@demo.example", "sam@\u0130.example", "", "@"} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		address := account(typed)
		if address == "" {
			return
		}
		require.Equal(t, address, account(address))
		require.Regexp(t, `\A[!-~]+@[a-z0-9.-]+\z`, address)
	})
}
