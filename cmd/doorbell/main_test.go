package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
)

// envProgram makes this test program the product's own, so that a test can run
// it as a process of its own, race detector and all.
const envProgram = "DOORBELL_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(envProgram) != "" {
		main()
		return
	}
	testkit.Main(m)
}

// outcome is what one run of the binary left behind.
type outcome struct {
	code      int
	out, errs string
}

// doorbell runs one command line in an environment of its own.
func doorbell(t *testing.T, env map[string]string, stdin string, args ...string) outcome {
	t.Helper()
	if env == nil {
		env = map[string]string{}
	}
	var out, errs bytes.Buffer
	p := &program{env: env, in: strings.NewReader(stdin), out: &out, errs: &errs}
	code := p.run(context.Background(), args)
	return outcome{code: code, out: out.String(), errs: errs.String()}
}

func TestCommandLines(t *testing.T) {
	t.Parallel()
	const secret = "hushhush, this must never be shown"
	for name, c := range map[string]struct {
		args []string
		env  map[string]string
		code int
		out  string // contained; "" means that nothing is written
		errs string
	}{
		"nothing":            {code: exitDone, out: "Usage: doorbell <command>"},
		"help":               {args: []string{"--help"}, code: exitDone, out: "DOORBELL_ADDR [127.0.0.1:8080]"},
		"help of a command":  {args: []string{"serve", "--help"}, code: exitDone, out: "DATABASE_URL"},
		"help without them":  {args: []string{"policy", "check", "--help"}, code: exitDone, out: "<file>"},
		"version":            {args: []string{"version"}, code: exitDone, out: "doorbell unknown\n"},
		"version for script": {args: []string{"version", "--json"}, code: exitDone, out: `"version": "unknown"`},
		"unknown command":    {args: []string{"sell"}, code: exitUsage, errs: "doorbell: unexpected argument sell"},
		"unknown flag":       {args: []string{"lead", "post", "--fast", "x"}, code: exitUsage, errs: "`doorbell lead post --help`"},
		"missing argument":   {args: []string{"lead", "post"}, code: exitUsage, errs: "<file>"},
		"missing flag":       {args: []string{"user", "add", "--name", "Sam"}, code: exitUsage, errs: "--email"},
		"wrong choice":       {args: []string{"user", "add", "--name", "Sam", "--email", "a@b.example", "--role", "boss"}, code: exitUsage, errs: "--role must be one of"},
		"no language":        {args: []string{"user", "add", "--name", "Sam", "--email", "sam@a.example", "--role", "bdc", "--languages", "fr,french"}, code: exitUsage, errs: "--languages must be a language"},
		"no time at all":     {args: []string{"demo", "--every", "0s"}, code: exitUsage, errs: "--every must be longer"},
		"nobody to send to":  {args: []string{"demo"}, code: exitUsage, errs: "no server: set DOORBELL_URL"},
		"less than nothing":  {args: []string{"user", "add", "--name", "Sam", "--email", "sam@a.example", "--role", "bdc", "--capacity=-1"}, code: exitUsage, errs: "--capacity must be"},
		"wrong address":      {args: []string{"user", "add", "--name", "Sam", "--email", "sam", "--role", "bdc"}, code: exitUsage, errs: "--email must be an address"},
		"wrong lead id":      {args: []string{"lead", "show", "17"}, code: exitUsage, errs: "the id of a lead looks like"},
		"no such file":       {args: []string{"lead", "post", "there/is/none.json"}, code: exitFailed, errs: "there is no file there/is/none.json"},
		"empty file":         {args: []string{"lead", "post", "-"}, code: exitFailed, errs: "- is empty"},
		"intake key without a source": {
			args: []string{"key", "add", "--name", "x", "--scope", "intake"}, code: exitUsage, errs: "needs the --source",
		},
		"integration key with a source": {
			args: []string{"key", "add", "--name", "x", "--scope", "integration", "--source", "website"}, code: exitUsage, errs: "has no --source",
		},
		"wrong cost":    {args: []string{"source", "add", "--code", "x", "--party", "third", "--cost=-1"}, code: exitUsage, errs: "--cost must be an amount"},
		"no number":     {args: []string{"source", "add", "--code", "x", "--party", "third", "--cost=NaN"}, code: exitUsage, errs: "--cost must be an amount"},
		"wrong code":    {args: []string{"source", "add", "--code", "My Portal", "--party", "third"}, code: exitUsage, errs: "--code must be small letters"},
		"wrong zone":    {args: []string{"dealer", "add", "--name", "x", "--zone", "Mars/Olympus"}, code: exitUsage, errs: "--zone must be a time zone"},
		"wrong country": {args: []string{"dealer", "add", "--name", "x", "--country", "Holland"}, code: exitUsage, errs: "--country must be two letters"},
		"serve needs settings": {
			args: []string{"serve"}, code: exitUsage, errs: "DOORBELL_SECRET is not set: it must be at least 32 characters",
		},
		"worker needs a sender": {
			args: []string{"worker"}, code: exitUsage, errs: "MAIL_FROM is not set",
			env: map[string]string{"DATABASE_URL": "postgres://x@127.0.0.1:1/x", "DOORBELL_PUBLIC_URL": "https://x.example", "DOORBELL_SECRET": secret},
		},
		"worker needs a way to send": {
			args: []string{"worker"}, code: exitUsage, errs: "set SENDGRID_API_KEY or SMTP_URL",
			env: map[string]string{
				"DATABASE_URL": "postgres://x@127.0.0.1:1/x", "DOORBELL_PUBLIC_URL": "https://x.example", "DOORBELL_SECRET": secret,
				"MAIL_FROM": "leads@dealer.example",
			},
		},
		"wrong profile": {
			args: []string{"serve"}, code: exitUsage, errs: "the TEMPORAL_ settings",
			env: map[string]string{
				"DATABASE_URL": "postgres://x@127.0.0.1:1/x", "DOORBELL_PUBLIC_URL": "https://x.example", "DOORBELL_SECRET": secret,
				"TEMPORAL_PROFILE": "missing", "TEMPORAL_CONFIG_FILE": "testdata/no-profile.toml",
			},
		},
		"database away": {
			args: []string{"migrate", "status"}, code: exitFailed, errs: "the database does not answer",
			env: map[string]string{"DATABASE_URL": "postgres://doorbell:" + secret[:8] + "@127.0.0.1:1/doorbell"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := doorbell(t, c.env, "", c.args...)
			require.Equal(t, c.code, got.code, "%s%s", got.out, got.errs)
			requireSays(t, c.out, got.out)
			requireSays(t, c.errs, got.errs)
			require.NotContains(t, got.out+got.errs, secret[:8])
		})
	}
}

func requireSays(t *testing.T, want, got string) {
	t.Helper()
	if want == "" {
		require.Empty(t, got)
		return
	}
	require.Contains(t, got, want)
}
