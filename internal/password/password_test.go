package password_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/password"
)

func TestAHashFitsItsPasswordOnly(t *testing.T) {
	t.Parallel()
	hash := password.Hash("ringing the bell")
	require.True(t, strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$"), hash)
	require.NoError(t, password.Verify("ringing the bell", hash))
	require.ErrorIs(t, password.Verify("ringing the bel", hash), password.ErrWrong)
	require.ErrorIs(t, password.Verify("", hash), password.ErrWrong)
	require.ErrorIs(t, password.Verify(strings.Repeat("x", password.Longest+1), hash), password.ErrWrong)
	require.NotEqual(t, hash, password.Hash("ringing the bell"), "every hash has a salt of its own")
}

// The hash was made by the reference implementation: echo -n "password" |
// argon2 somesalt -id -t 2 -m 16 -p 1.
func TestAHashOfAnotherProgramWithOtherCosts(t *testing.T) {
	t.Parallel()
	const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	require.NoError(t, password.Verify("password", hash))
	require.ErrorIs(t, password.Verify("Password", hash), password.ErrWrong)
}

func TestWhatIsNoHashIsNobodysPassword(t *testing.T) {
	t.Parallel()
	const salt, sum = "c29tZXNhbHQ", "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	for name, hash := range map[string]string{
		"empty":             "",
		"plain text":        "password",
		"another algorithm": "$argon2i$v=19$m=65536,t=2,p=1$" + salt + "$" + sum,
		"another version":   "$argon2id$v=16$m=65536,t=2,p=1$" + salt + "$" + sum,
		"too much memory":   "$argon2id$v=19$m=4194304,t=2,p=1$" + salt + "$" + sum,
		"too many passes":   "$argon2id$v=19$m=65536,t=4000,p=1$" + salt + "$" + sum,
		"no passes":         "$argon2id$v=19$m=65536,t=0,p=1$" + salt + "$" + sum,
		"no lanes":          "$argon2id$v=19$m=65536,t=2,p=0$" + salt + "$" + sum,
		"lanes overflow":    "$argon2id$v=19$m=65536,t=2,p=257$" + salt + "$" + sum,
		"something behind":  "$argon2id$v=19$m=65536,t=2,p=1,x=1$" + salt + "$" + sum,
		"spaces":            "$argon2id$v=19$m= 65536,t=2,p=1$" + salt + "$" + sum,
		"short salt":        "$argon2id$v=19$m=65536,t=2,p=1$c2E$" + sum,
		"short sum":         "$argon2id$v=19$m=65536,t=2,p=1$" + salt + "$CTFhFdU",
		"no base64":         "$argon2id$v=19$m=65536,t=2,p=1$" + salt + "$" + sum + "=",
		"endless":           "$argon2id$v=19$m=65536,t=2,p=1$" + salt + "$" + strings.Repeat("A", 600),
	} {
		require.ErrorIs(t, password.Verify("password", hash), password.ErrHash, name)
	}
}

func TestNewPasswordsAreChecked(t *testing.T) {
	t.Parallel()
	require.NoError(t, password.Check("twelve words"))
	require.ErrorContains(t, password.Check("éééééé"), "at least 10 characters")
	require.ErrorContains(t, password.Check(strings.Repeat("x", 513)), "at most 512 bytes")
	require.ErrorContains(t, password.Check("0123456789\xff"), "UTF-8")
	require.NoError(t, password.Check(password.Random()))
	one, two := password.Random(), password.Random()
	require.NotEqual(t, one, two)
}

func FuzzVerify(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Add("$argon2id$v=19$m=999999999,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Add("$$$$$")
	f.Fuzz(func(t *testing.T, hash string) {
		if err := password.Verify("fuzz", hash); err != nil && err != password.ErrWrong { //nolint:errorlint // never wrapped
			require.ErrorIs(t, err, password.ErrHash)
		}
	})
}
