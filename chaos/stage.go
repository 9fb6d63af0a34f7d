package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/doorbell-ilm/doorbell/internal/cable"
	"github.com/doorbell-ilm/doorbell/internal/failpoint"
	"github.com/doorbell-ilm/doorbell/internal/stage"
)

// connections is how many Postgres has for everybody.
const connections = 120

// shortWaits makes what a test cannot wait for short. The product waits for as
// many minutes.
const shortWaits = failpoint.ProviderTimeout + "=3s;" + failpoint.MailAttempt + "=15s;" + failpoint.MailStale + "=16s;" +
	failpoint.MailGrace + "=4s;" + failpoint.StickyPatience + "=10s"

// scene is everything that runs: the real programs, the cables between them, and
// the provider of mail.
type scene struct {
	*stage.Stage

	sink            *sink
	serves, workers [2]*program

	mu     sync.Mutex
	cables map[[2]string]*cable.Cable // by process and server
}

// program is one process of the product and the cables that it reaches the
// others by. Only one lane of faults ends it and starts it again.
type program struct {
	*stage.Process

	postgres, temporal *cable.Cable
}

// start starts it, with failpoints armed besides the short waits; "" for none.
func (p *program) start(failpoints string) error {
	return p.Start(failpoint.EnvVar + "=" + shortWaits + ";" + failpoints)
}

func openScene(ctx context.Context, o options, dir string) (s *scene, err error) {
	s = &scene{cables: map[[2]string]*cable.Cable{}}
	defer func() { //nolint:contextcheck // also when it was stopped
		if err != nil {
			s.close()
		}
	}()
	bin, err := filepath.Abs(o.bin)
	if err != nil {
		return s, err
	}
	if err := ordinaryBinaryIsClean(bin); err != nil {
		return s, err
	}
	if s.sink, err = openSink(o.seed); err != nil {
		return s, err
	}
	s.Stage, err = stage.Open(ctx, stage.Options{
		Dir: dir, Engine: filepath.Join(bin, "engine"), Program: chaosProgram(bin), Name: "chaos", Policy: shortClocks,
		Keys:   []stage.Key{{Name: "website", Source: "website"}, {Name: "portal", Source: "portal"}},
		Serves: len(s.serves), Workers: len(s.workers), Connections: connections, EngineConnections: 20, Mail: s.sink.URL,
		Env:  []string{"DOORBELL_DATABASE_CONNECTIONS=12", failpoint.EnvVar + "=" + shortWaits},
		Line: s.line,
	})
	if err != nil {
		return s, err
	}
	u := s.Pool.Config().ConnConfig
	postgres := fmt.Sprintf("%s:%d", u.Host, u.Port)
	of := func(p *stage.Process) *program {
		return &program{p, s.cables[[2]string{p.Name, postgres}], s.cables[[2]string{p.Name, s.Address}]}
	}
	for i := range s.serves {
		s.serves[i], s.workers[i] = of(s.Serves[i]), of(s.Workers[i])
	}
	return s, nil
}

func chaosProgram(bin string) string { return filepath.Join(bin, "chaos", "doorbell") }

// line puts a cable between a process and a server.
func (s *scene) line(process, server string) (string, error) {
	c, err := cable.New(server)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cables[[2]string{process, server}] = c
	return c.Address, nil
}

// ordinaryBinaryIsClean makes sure that failpoints are in the binary that is
// tested and in no other.
func ordinaryBinaryIsClean(bin string) error {
	for name, want := range map[string]bool{"doorbell": false, "chaos/doorbell": true} {
		text, err := os.ReadFile(filepath.Join(bin, name))
		if err != nil {
			return fmt.Errorf("%w; `make chaos` builds it", err)
		}
		if bytes.Contains(text, []byte(failpoint.EnvVar)) != want {
			return fmt.Errorf("%s: failpoints in it: %t, wanted: %t", name, !want, want)
		}
	}
	return nil
}

func (s *scene) programs() []*program {
	return []*program{s.serves[0], s.serves[1], s.workers[0], s.workers[1]}
}

// close stops everything, whatever state it is in.
func (s *scene) close() {
	if s.Stage != nil {
		if err := s.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "chaos: stopping:", err)
		}
	}
	for _, c := range s.cables {
		c.Close()
	}
	if s.sink != nil {
		s.sink.Close()
	}
}
