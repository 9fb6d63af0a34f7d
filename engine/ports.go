package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// fill replaces port 0 by a free port, and makes sure that a given port is
// free: the server ends the process without a word of advice if it is not.
func (a address) fill(flagName string) (address, error) {
	if a.port == 0 {
		port, err := freePort(a.host)
		return address{a.host, port}, err
	}
	l, err := net.Listen("tcp", a.String()) //nolint:noctx // answers at once
	if errors.Is(err, syscall.EADDRINUSE) {
		return address{}, fmt.Errorf("%s is taken by another program: stop it, or choose another address with --%s", a, flagName)
	}
	if err != nil {
		return address{}, fmt.Errorf("cannot listen on %s: %w; choose another address with --%s", a, err, flagName)
	}
	return a, l.Close()
}

// freePort returns a port that nobody listens on. The server wants numbers,
// not listeners, so there is a moment in which the port is nobody's. Closing
// an accepted connection from the listener's side first leaves the port in
// TIME_WAIT, and while it is there the kernel hands it to nobody who asks for
// just any port, while a listener that names it still gets it.
func freePort(host string) (int, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0")) //nolint:noctx // answers at once
	if err != nil {
		return 0, fmt.Errorf("cannot find a free port: %w", err)
	}
	defer func() { _ = l.Close() }()
	_, text, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return 0, fmt.Errorf("cannot find a free port: %w", err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("cannot find a free port: %w", err)
	}

	client, err := net.Dial("tcp", address{host, port}.dialable()) //nolint:noctx // answers at once
	if err != nil {
		return 0, fmt.Errorf("cannot try port %d: %w", port, err)
	}
	defer func() { _ = client.Close() }()
	accepted, err := l.Accept()
	if err != nil {
		return 0, fmt.Errorf("cannot try port %d: %w", port, err)
	}
	return port, accepted.Close()
}
