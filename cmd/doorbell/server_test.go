package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// answering is a server that answers everything alike and notes the last
// request.
type answering struct {
	*httptest.Server
	status int
	answer string

	path, key, contentType, body string
}

func answer(t *testing.T, status int, text string) *answering {
	t.Helper()
	a := &answering{status: status, answer: text}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		a.path, a.key, a.contentType, a.body = r.URL.Path, r.Header.Get("Authorization"), r.Header.Get("Content-Type"), string(body)
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.answer)
	}))
	t.Cleanup(a.Close)
	return a
}

func (a *answering) env() map[string]string {
	return map[string]string{"DOORBELL_URL": a.URL, "DOORBELL_API_KEY": "dbk_i_test"}
}

const leadID = "0199f2c4-7b1e-7c3a-9d52-3f0c8a1b6e47"

func TestLeadPostSendsJSONAndADF(t *testing.T) {
	t.Parallel()
	a := answer(t, http.StatusAccepted, `{"id":"`+leadID+`","url":"/v1/leads/`+leadID+`","status":"received","replayed":false,"duplicate_of":null,"ignored":["colour"]}`)
	got := doorbell(t, a.env(), "\ufeff {\"channel\":\"web\"}", "lead", "post", "-")
	require.Equal(t, exitDone, got.code, got.errs)
	require.Equal(t, "received  "+leadID+"  "+a.URL+"/v1/leads/"+leadID+"\n", got.out)
	require.Equal(t, "kept but not understood: colour\n", got.errs)
	require.Equal(t, "/v1/leads", a.path)
	require.Equal(t, "Bearer dbk_i_test", a.key)
	require.Equal(t, "application/json", a.contentType)

	a.answer = `{"leads":[{"id":"` + leadID + `","url":"/v1/leads/x","status":"received","replayed":true,"duplicate_of":null,"ignored":[]}],
		"quarantined":[{"prospect":2,"reason":"no address\u001b[2J","id":"` + leadID + `"}]}`
	got = doorbell(t, a.env(), "<adf/>", "lead", "post", "-")
	require.Equal(t, exitDone, got.code, got.errs)
	require.Equal(t, "application/x-adf+xml", a.contentType)
	require.Equal(t, "<adf/>", a.body)
	require.Contains(t, got.out, "known        "+leadID)
	require.Contains(t, got.out, "quarantined  "+leadID+"  prospect 2: no address[2J", "nothing acts on the terminal")

	got = doorbell(t, a.env(), "<adf/>", "lead", "post", "--json", "-")
	require.JSONEq(t, a.answer, got.out)
}

func TestLeadPostTellsTheProblem(t *testing.T) {
	t.Parallel()
	a := answer(t, http.StatusUnprocessableEntity, `{"type":"/problems/invalid","title":"Invalid","status":422,"detail":"Mend these fields.",
		"errors":[{"field":"customer","message":"needs a phone number"}],"quarantine_id":"`+leadID+`"}`)
	got := doorbell(t, a.env(), "{}", "lead", "post", "-")
	require.Equal(t, outcome{
		code: exitFailed, errs: "doorbell: Invalid: Mend these fields.\n  customer: needs a phone number\n  kept in quarantine as " + leadID + "\n",
	}, got)

	got = doorbell(t, a.env(), "{}", "lead", "post", "--json", "-")
	require.Equal(t, exitFailed, got.code)
	require.JSONEq(t, a.answer, got.out)
	require.Empty(t, got.errs)

	a.status, a.answer = http.StatusBadGateway, "<html>proxy</html>"
	got = doorbell(t, a.env(), "{}", "lead", "post", "--json", "-")
	require.Equal(t, outcome{code: exitFailed, errs: "doorbell: the server answered 502 Bad Gateway\n"}, got)
}

func TestLeadCommandsSayWhatTheyLack(t *testing.T) {
	t.Parallel()
	got := doorbell(t, nil, "{}", "lead", "post", "-")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.errs, "no server: set DOORBELL_URL")
	got = doorbell(t, map[string]string{"DOORBELL_URL": "http://127.0.0.1:1"}, "{}", "lead", "post", "-")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.errs, "no API key: set DOORBELL_API_KEY")
	got = doorbell(t, map[string]string{"DOORBELL_URL": "http://127.0.0.1:1", "DOORBELL_API_KEY": "hush"}, "{}", "lead", "post", "-")
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.errs, "no answer from http://127.0.0.1:1; is the server running?")
	require.NotContains(t, got.errs, "hush")
}

// A key of the dev in this directory must not travel to another server.
func TestKeysOfDevGoToThatDevOnly(t *testing.T) {
	t.Chdir(t.TempDir())
	here := answer(t, http.StatusAccepted, `{"id":"`+leadID+`","url":"/v1/leads/x","status":"received","replayed":false,"ignored":[]}`)
	require.NoError(t, os.Mkdir(devDir, 0o700))
	require.NoError(t, writeJSON(stateFile(devDir), devState{URL: here.URL, APIKeys: map[string]string{"website": "w", "portal": "p", "integration": "all"}}))
	info, err := os.Stat(stateFile(devDir))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.Equal(t, exitDone, doorbell(t, nil, "{}", "lead", "post", "-").code)
	require.Equal(t, "Bearer w", here.key)
	require.Equal(t, exitDone, doorbell(t, nil, "{}", "lead", "post", "--source", "portal", "-").code)
	require.Equal(t, "Bearer p", here.key)

	got := doorbell(t, nil, "{}", "lead", "post", "--source", "radio", "-")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.errs, "keys for integration, portal, website")

	elsewhere := answer(t, http.StatusAccepted, "{}")
	got = doorbell(t, nil, "{}", "lead", "post", "--url", elsewhere.URL, "-")
	require.Equal(t, exitUsage, got.code)
	require.Empty(t, elsewhere.path)
}

func TestLeadFilesOfTheReadmeAreRecognised(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../testdata/leads/*")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		body, err := os.ReadFile(file)
		require.NoError(t, err)
		want := "application/x-adf+xml"
		if strings.HasSuffix(file, ".json") {
			want = "application/json"
		}
		require.Equal(t, want, contentTypeOf(body), file)
	}
}
