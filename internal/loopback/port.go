// Package loopback finds and checks ports on this machine for the programs
// that Doorbell starts itself.
package loopback

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// Host is the only host that the programs we start listen on.
const Host = "127.0.0.1"

// ErrTaken says that another program listens on a port.
var ErrTaken = errors.New("taken by another program")

// Address is port on loopback, as host:port.
func Address(port int) string { return net.JoinHostPort(Host, strconv.Itoa(port)) }

// FreePort returns a port that nobody listens on, for programs that want a
// number and not a listener. Closing an accepted connection from the
// listener's side first leaves the port in TIME_WAIT: for a minute the kernel
// gives it to nobody who asks for just any port, while the program that names
// it still gets it. So processes that look for ports side by side do not find
// the same one.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", Address(0)) //nolint:noctx // answers at once
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = l.Close() }()

	client, err := net.Dial("tcp", l.Addr().String()) //nolint:noctx // answers at once
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = client.Close() }()
	accepted, err := l.Accept()
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	if err := accepted.Close(); err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	_, text, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	return strconv.Atoi(text)
}

// Check returns nil if port can be listened on, and ErrTaken, wrapped with the
// port, if another program does already.
func Check(port int) error {
	l, err := net.Listen("tcp", Address(port)) //nolint:noctx // answers at once
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("port %d is %w", port, ErrTaken)
	}
	if err != nil {
		return fmt.Errorf("cannot listen on port %d: %w", port, err)
	}
	return l.Close()
}
