package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// opened runs the door of `serve` as it is, after change.
func opened(t *testing.T, change func(*http.Server)) (env map[string]string) {
	t.Helper()
	env = settingsFor(t, "127.0.0.1:1")
	require.Equal(t, exitDone, doorbell(t, env, "", "dealer", "add", "--name", "Garage Oost").code)
	s, err := readSettings(env)
	require.NoError(t, err)
	log := slog.New(slog.DiscardHandler)
	options, err := temporalOptions(env, log)
	require.NoError(t, err)
	temporal, err := openTemporal(options)
	require.NoError(t, err)
	t.Cleanup(temporal.Close)
	listener, err := listen(t.Context(), s.Addr)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	d, err := openDoor(ctx, doorOptions{settings: s, temporal: temporal, listener: listener, log: log})
	require.NoError(t, err)
	if change != nil {
		change(d.server)
	}
	ended := make(chan error, 1)
	go func() { ended <- d.run(ctx) }()
	t.Cleanup(func() { stop(); require.NoError(t, <-ended) })
	return env
}

// dial opens a connection; what comes from the server must come in time.
func dial(t *testing.T, env map[string]string) net.Conn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", env["DOORBELL_ADDR"])
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	return conn
}

// What comes over the wire and is not quite HTTP, or is meant to be read in two
// ways, is refused before anybody looks at it.
func TestOddBytesOnTheWire(t *testing.T) {
	t.Parallel()
	env := opened(t, nil)
	const (
		health = "GET /healthz HTTP/1.1\r\nHost: leads.dealer.example\r\n"
		signIn = "POST /sign-in HTTP/1.1\r\nHost: leads.dealer.example\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	)
	for name, c := range map[string]struct {
		sent   string
		status int // 0: the connection is closed without a word
	}{
		"as it should be":               {health + "\r\n", 200},
		"an old version":                {"GET /healthz HTTP/1.0\r\n\r\n", 200},
		"a version without headers":     {"GET /healthz\r\n\r\n", 400},
		"a version to come":             {"GET /healthz HTTP/3.0\r\nHost: a\r\n\r\n", 505},
		"HTTP/2 at once":                {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 404},
		"TLS":                           {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400},
		"no host":                       {"GET /healthz HTTP/1.1\r\n\r\n", 400},
		"two hosts":                     {health + "Host: evil.example\r\n\r\n", 400},
		"a host that is none":           {"GET /healthz HTTP/1.1\r\nHost: evil example\r\n\r\n", 400},
		"another host":                  {"GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n", 200},
		"a proxy for others":            {"GET http://evil.example/healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n", 200},
		"a proxy for others' addresses": {"GET http://evil.example/none HTTP/1.1\r\nHost: evil.example\r\n\r\n", 404},
		"a tunnel":                      {"CONNECT 127.0.0.1:5432 HTTP/1.1\r\nHost: 127.0.0.1:5432\r\n\r\n", 404},
		"a trace":                       {"TRACE /healthz HTTP/1.1\r\nHost: a\r\nCookie: doorbell=x\r\n\r\n", 405},
		"a method with a line break":    {"GE\rT /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		"NUL in the address":            {"GET /healthz\x00 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		"a space in the address":        {"GET /health z HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		"NUL in a header":               {health + "X-Actor: a\x00b\r\n\r\n", 400},
		"CR in a header":                {health + "X-Actor: a\rb\r\n\r\n", 400},
		"a space before the colon":      {health + "Content-Length : 0\r\n\r\n", 400},
		"a header without a name":       {health + ": a\r\n\r\n", 400},
		"one huge header":               {health + "X-Actor: " + strings.Repeat("a", 64<<10) + "\r\n\r\n", 431},
		"20,000 headers":                {health + strings.Repeat("A: b\r\n", 20_000) + "\r\n", 431},
		"a huge address":                {"GET /" + strings.Repeat("a", 64<<10) + " HTTP/1.1\r\nHost: a\r\n\r\n", 431},
		"two lengths":                   {signIn + "Content-Length: 3\r\nContent-Length: 4\r\n\r\na=bc", 400},
		"a length below nothing":        {signIn + "Content-Length: -1\r\n\r\n", 400},
		"a length with a sign":          {signIn + "Content-Length: +3\r\n\r\na=b", 400},
		"a length without end":          {signIn + "Content-Length: 99999999999999999999\r\n\r\n", 400},
		"an encoding nobody has":        {signIn + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
		"two encodings":                 {signIn + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 501},
		"encodings in two headers":      {signIn + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", 501},
		"a form without an end":         {signIn + "Content-Length: 2000000\r\n\r\n" + strings.Repeat("a", 1_100_000), 422},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, env)
			_, _ = io.WriteString(conn, c.sent) // it may hang up before it has heard all
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			defer func() { _ = answer.Body.Close() }()
			require.Equal(t, c.status, answer.StatusCode)
			require.NotContains(t, fmt.Sprint(answer.Header), "evil.example")
		})
	}
}

// Length and encoding at once are read by the encoding alone, as RFC 9112 has it:
// what follows is the next request and no part of this one. What stands before
// us has to read it the same way.
func TestALengthBesideAnEncodingIsNotBelieved(t *testing.T) {
	t.Parallel()
	env := opened(t, nil)
	conn := dial(t, env)
	_, err := io.WriteString(conn, "POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 66\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"+
		"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	require.NoError(t, err)
	in := bufio.NewReader(conn)
	for _, status := range []int{http.StatusNotFound, http.StatusOK} {
		answer, err := http.ReadResponse(in, nil)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, status, answer.StatusCode)
	}
}

func TestNobodyIsWaitedForForEver(t *testing.T) {
	t.Parallel()
	opened(t, func(s *http.Server) {
		require.Equal(t, []time.Duration{headerPatience, bodyPatience, answerWithin, idlePatience},
			[]time.Duration{s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout, s.IdleTimeout})
		require.Equal(t, mostHeader, s.MaxHeaderBytes)
	})

	soon := 50 * time.Millisecond
	env := opened(t, func(s *http.Server) { s.ReadHeaderTimeout, s.ReadTimeout, s.IdleTimeout = soon, soon, soon })
	for name, sent := range map[string]string{
		"nothing":            "",
		"half a line":        "GET /heal",
		"half the headers":   "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Act",
		"half a body":        "POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nemail=",
		"half a chunk":       "POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nemail=",
		"nothing any more":   "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
		"half a second line": "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /he",
	} {
		conn := dial(t, env)
		_, err := io.WriteString(conn, sent)
		require.NoError(t, err, name)
		_, err = io.Copy(io.Discard, conn)
		require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "%s: it hangs up by itself", name)
	}
}

// A reader who does not read keeps neither a place nor a connection.
func TestWhoDoesNotReadIsCutOff(t *testing.T) {
	t.Parallel()
	env := opened(t, func(s *http.Server) { s.WriteTimeout = 100 * time.Millisecond })
	conn := dial(t, env)
	var err error
	for err == nil {
		_, err = io.WriteString(conn, "GET /v1/openapi.yaml HTTP/1.1\r\nHost: a\r\n\r\n")
	}
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "it hangs up by itself")
}

// The event stream goes on for hours: it sets the end of each of its writes
// itself.
func TestTheStreamHasAnEndOfItsOwn(t *testing.T) {
	t.Parallel()
	env := opened(t, func(s *http.Server) { s.WriteTimeout = time.Nanosecond })
	key := strings.TrimSpace(doorbell(t, env, "", "key", "add", "--name", "crm", "--scope", "integration").out)
	_, err := http.Get("http://" + env["DOORBELL_ADDR"] + "/healthz") //nolint:bodyclose // there is no answer
	require.Error(t, err, "every other answer is bounded")
	conn := dial(t, env)
	_, err = io.WriteString(conn, "GET /v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "+key+"\r\n\r\n")
	require.NoError(t, err)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil) //nolint:bodyclose // closing it would wait for its end
	require.NoError(t, err)
	first, err := bufio.NewReader(answer.Body).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "retry: 2000\n", first)
}
