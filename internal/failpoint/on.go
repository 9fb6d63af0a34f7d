//go:build failpoint

package failpoint

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// On says whether this program was built with failpoints.
const On = true

var points = func() map[string]*point {
	all, err := parse(os.Getenv(EnvVar))
	if err != nil {
		fmt.Fprintln(os.Stderr, EnvVar+":", err)
		os.Exit(2)
	}
	return all
}()

// passes counts, for each point, how often somebody came by.
var passes = func() map[string]*atomic.Int64 {
	counts := map[string]*atomic.Int64{}
	for name := range points {
		counts[name] = &atomic.Int64{}
	}
	return counts
}()

// Hit does what the environment says about the place of that name.
func Hit(name string) {
	p := points[name]
	if p == nil || passes[name].Add(1) <= p.after || rand.Float64() >= p.chance { //nolint:gosec // luck needs no secrecy
		return
	}
	if !p.kill {
		time.Sleep(p.wait) //nolint:forbidigo // to dawdle is what it is asked for
		return
	}
	fmt.Fprintln(os.Stderr, "failpoint: killed at", name)
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // the signal takes a moment, and nothing more may happen
}

// Duration returns what the environment says instead of normal.
func Duration(name string, normal time.Duration) time.Duration {
	if p := points[name]; p != nil && !p.kill {
		return p.wait
	}
	return normal
}
