package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/doorbell-ilm/doorbell/store"
)

// devDir is where dev keeps everything, below the working directory.
const devDir = ".doorbell"

// devState is .doorbell/dev.json: what a running dev offers to scripts and to
// the other commands.
type devState struct {
	URL             string            `json:"url"`
	TemporalUI      string            `json:"temporal_ui"`
	TemporalAddress string            `json:"temporal_address"`
	Namespace       string            `json:"namespace"`
	DatabaseURL     string            `json:"database_url"`
	Mailbox         string            `json:"mailbox"`
	APIKeys         map[string]string `json:"api_keys"`
	Users           []devUser         `json:"users"`
}

// devUser is a demo account.
type devUser struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Role     string `json:"role"`
}

func stateFile(dir string) string { return filepath.Join(dir, "dev.json") }

// readDevState returns what the dev of this directory last offered; false when
// there is nothing to be read. It may have ended since.
func readDevState() (devState, bool) {
	var state devState
	text, err := os.ReadFile(stateFile(devDir))
	return state, err == nil && json.Unmarshal(text, &state) == nil
}

// writeWhole writes a file that only we can read and that is either there in
// full or not at all.
func writeWhole(path string, text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = file.Write(text)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		_ = os.Remove(file.Name())
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(file.Name(), path); err != nil {
		_ = os.Remove(file.Name())
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// writeJSON writes data into a file that only we can read.
func writeJSON(path string, data any) error {
	text, err := json.MarshalIndent(data, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return writeWhole(path, append(text, '\n'))
}

// errDevRuns says that another dev holds the directory.
var errDevRuns = errors.New("a `doorbell dev` runs already")

// lockDevDir makes this process the only dev of the directory. The kernel
// gives the lock up when the process ends, however it ends. killed tells that
// the one before did not end in order.
func lockDevDir(dir string) (file *os.File, killed bool, err error) {
	file, err = os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, fmt.Errorf("lock %s: %w", dir, err)
	}
	locked := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	text := make([]byte, 20)
	n, _ := file.Read(text) // an empty file reads as nothing
	holder := strings.TrimSpace(string(text[:n]))
	switch {
	case errors.Is(locked, syscall.EWOULDBLOCK):
		_ = file.Close()
		return nil, false, fmt.Errorf("%w in %s, process %s", errDevRuns, dir, holder)
	case locked == nil:
		if locked = file.Truncate(0); locked == nil {
			_, locked = file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
		}
	}
	if locked != nil {
		return nil, false, errors.Join(fmt.Errorf("lock %s: %w", dir, locked), file.Close())
	}
	return file, holder != "", nil
}

// devRuns reports whether some process is the dev of the directory now.
func devRuns(dir string) bool {
	file, err := os.Open(filepath.Join(dir, "lock"))
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	return errors.Is(syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

// withDatabase reads the settings of a command that works on the database:
// the one of DATABASE_URL, else that of the dev in this directory.
func (p *program) withDatabase() (settings, error) {
	s, err := readSettings(p.env)
	if err != nil {
		return s, err
	}
	if s.DatabaseURL == "" {
		if state, ok := readDevState(); ok {
			s.DatabaseURL = state.DatabaseURL
		}
	}
	err = s.require("DATABASE_URL")
	return s, err
}

// unreachable says what to do where the error means that the database is away.
func unreachable(err error) error {
	if store.Away(err) {
		return fmt.Errorf("the database does not answer; is it running, is DATABASE_URL right? (%w)", err)
	}
	return err
}
