package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/identity"
	"github.com/doorbell-ilm/doorbell/web/signin"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// settingsFor are those of a serve and a worker on the test's own database.
func settingsFor(t *testing.T, temporal string) map[string]string {
	t.Helper()
	return map[string]string{
		"DATABASE_URL": testkit.Database(t), "DOORBELL_ADDR": fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(t)),
		"DOORBELL_PUBLIC_URL": "https://leads.dealer.example", "DOORBELL_SECRET": strings.Repeat("s", 32), "MAIL_FROM": "leads@dealer.example",
		"SMTP_URL": "smtp://127.0.0.1:1", "TEMPORAL_ADDRESS": temporal, "DOORBELL_TASK_QUEUE": testkit.TaskQueue(t),
	}
}

// background runs a command until stop, which returns what it left behind. said
// grows meanwhile.
func background(t *testing.T, env map[string]string, args ...string) (stop func() outcome, said *tail) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var out bytes.Buffer
	said = &tail{}
	p := &program{env: env, in: strings.NewReader(""), out: &out, errs: said}
	ended := make(chan int, 1)
	go func() { ended <- p.run(ctx, args) }()
	t.Cleanup(cancel)
	return func() outcome {
		cancel()
		select {
		case code := <-ended:
			return outcome{code: code, out: out.String(), errs: said.String()}
		case <-time.After(patience):
			require.Fail(t, "it does not stop")
			return outcome{}
		}
	}, said
}

func awaitHealth(t *testing.T, env map[string]string) {
	t.Helper()
	require.Eventually(t, func() bool {
		response, err := http.Get("http://" + env["DOORBELL_ADDR"] + "/healthz")
		if err != nil {
			return false
		}
		defer func() { _ = response.Body.Close() }()
		return response.StatusCode == http.StatusOK
	}, patience, 20*time.Millisecond)
}

// Leads are taken while Temporal is away, and the commands that need it wait.
func TestServeAndWorkerStartWithoutTemporal(t *testing.T) {
	t.Parallel()
	env := settingsFor(t, "127.0.0.1:1")
	require.Equal(t, exitDone, doorbell(t, env, "", "dealer", "add", "--name", "Garage Oost").code)
	require.Equal(t, exitDone, doorbell(t, env, "", "source", "add", "--code", "website", "--party", "first").code)
	key := strings.TrimSpace(doorbell(t, env, "", "key", "add", "--name", "website", "--source", "website").out)
	stopServe, _ := background(t, env, "serve")
	stopWorker, _ := background(t, env, "worker")
	awaitHealth(t, env)

	posting := map[string]string{"DOORBELL_URL": "http://" + env["DOORBELL_ADDR"], "DOORBELL_API_KEY": key}
	got := doorbell(t, posting, "", "lead", "post", "../../testdata/leads/web-test-drive.json")
	require.Equal(t, exitDone, got.code, got.errs)
	require.True(t, strings.HasPrefix(got.out, "received  "), got.out)

	got = stopServe()
	require.Equal(t, exitDone, got.code)
	require.Empty(t, got.out, "logs are no data")
	require.NotContains(t, got.errs, "customer.example")
	got = stopWorker()
	require.Equal(t, exitDone, got.code)
	require.Contains(t, got.errs, "Temporal cannot be reached")
	_, err := http.Get("http://" + env["DOORBELL_ADDR"] + "/healthz") //nolint:bodyclose // there is no answer
	require.Error(t, err)
}

// Without a dealer there is nobody to ask, so the log and the doctor tell with
// which code the first one is made; afterwards it is worth nothing.
func TestServeTellsHowToBegin(t *testing.T) {
	t.Parallel()
	env := settingsFor(t, "127.0.0.1:1")
	code := signin.SetupCode([]byte(env["DOORBELL_SECRET"]))
	stop, said := background(t, env, "serve")
	awaitHealth(t, env)
	_, _, all := diagnosis(t, env)
	require.Contains(t, all, "https://leads.dealer.example/setup and enter the code "+code)
	response, err := http.Get("http://" + env["DOORBELL_ADDR"] + "/setup")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Eventually(t, func() bool { return strings.Contains(said.String(), code) }, patience, 20*time.Millisecond)
	stop()

	require.Equal(t, exitDone, doorbell(t, env, "", "dealer", "add", "--name", "Garage Oost").code)
	stop, _ = background(t, env, "serve")
	awaitHealth(t, env)
	_, _, all = diagnosis(t, env)
	require.NotContains(t, all, code)
	require.NotContains(t, stop().errs, code)
}

func TestServeNamesTheTakenAddress(t *testing.T) {
	t.Parallel()
	env := settingsFor(t, "127.0.0.1:1")
	listener, err := listen(t.Context(), env["DOORBELL_ADDR"])
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	got := doorbell(t, env, "", "serve")
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.errs, env["DOORBELL_ADDR"]+" is taken by another program")
}

// diagnosis is what the doctor says of each check.
func diagnosis(t *testing.T, env map[string]string) (code int, verdicts map[string]string, all string) {
	t.Helper()
	got := doorbell(t, env, "", "doctor", "--json")
	var found []finding
	require.NoError(t, json.Unmarshal([]byte(got.out), &found), got.errs)
	verdicts = map[string]string{}
	for _, f := range found {
		verdicts[f.Check] = f.Verdict
		require.Equal(t, f.Verdict == fine, f.Remedy == "", "%s: what is not fine has a remedy", f.Check)
	}
	return got.code, verdicts, got.out
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	env := settingsFor(t, testkit.Temporal(t))
	code, verdicts, all := diagnosis(t, env)
	require.Equal(t, exitFailed, code)
	require.Equal(t, map[string]string{
		"secret": fine, "public address": fine, "trusted proxies": doubt, "mail": fine, "database": fine, "clock": fine, "migrations": fine,
		"roles": doubt, "dealers": doubt, "audit": doubt,
		"temporal": fine, "namespace": fine, "search attributes": fine, "workers": bad, "mail workers": bad,
	}, verdicts)
	require.Contains(t, all, "nobody works on task queue "+env["DOORBELL_TASK_QUEUE"])

	stop, _ := background(t, env, "worker")
	require.Eventually(t, func() bool { code, _, _ := diagnosis(t, env); return code == exitDone }, patience, 200*time.Millisecond)
	require.Equal(t, exitDone, stop().code)

	env["TEMPORAL_NAMESPACE"] = "elsewhere"
	code, verdicts, _ = diagnosis(t, env)
	require.Equal(t, exitFailed, code)
	require.Equal(t, bad, verdicts["namespace"])
	require.NotContains(t, verdicts, "workers", "without the namespace there is nothing to ask")

	env["DOORBELL_TRUSTED_PROXIES"] = "10.0.0.0/8"
	_, verdicts, _ = diagnosis(t, env)
	require.Equal(t, fine, verdicts["trusted proxies"])
	env["DOORBELL_PUBLIC_URL"], env["DOORBELL_TRUSTED_PROXIES"] = "http://leads.dealer.example", ""
	_, verdicts, _ = diagnosis(t, env)
	require.NotContains(t, verdicts, "trusted proxies", "there may be none")

	got := doorbell(t, env, "", "doctor")
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.out, "wrong    namespace")
	require.NotContains(t, got.out, env["DOORBELL_SECRET"])
}

func TestDoctorAsksTheProviderOfSingleSignOn(t *testing.T) {
	t.Parallel()
	provider := identity.Open(t, "https://leads.dealer.example/sign-in/oidc/callback")
	env := map[string]string{
		"TEMPORAL_ADDRESS": "127.0.0.1:1", "OIDC_ISSUER": provider.Issuer, "OIDC_CLIENT_ID": provider.Client.ID, "OIDC_CLIENT_SECRET": "hush",
	}
	_, verdicts, _ := diagnosis(t, env)
	require.Equal(t, fine, verdicts["single sign-on"])
	env["OIDC_ISSUER"] += "/other"
	provider.Away()
	_, verdicts, all := diagnosis(t, env)
	require.Equal(t, doubt, verdicts["single sign-on"])
	require.NotContains(t, all, "hush")
}

func TestDoctorWithoutAnything(t *testing.T) {
	t.Parallel()
	code, verdicts, all := diagnosis(t, map[string]string{"TEMPORAL_ADDRESS": "127.0.0.1:1", "DATABASE_URL": "postgres://hush:hush@127.0.0.1:1/x"})
	require.Equal(t, exitFailed, code)
	require.Equal(t, map[string]string{"secret": bad, "public address": bad, "mail": doubt, "database": bad, "temporal": bad}, verdicts)
	require.NotContains(t, all, "hush:hush")
	require.Equal(t, workflows.Namespace, (&settings{}).namespace())
}
