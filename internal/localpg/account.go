package localpg

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the user that the server programs run as when we are root,
// because they refuse to run as root. A nil account is ourselves.
type account struct {
	uid, gid uint32
	groups   []uint32
}

// serverAccount is nil unless this process is root.
func serverAccount() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // nil is ourselves
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, errors.New("there is no user postgres, and Postgres refuses to run as root: " +
			"install it with `apt-get install postgresql`, or run as another user")
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("read the id of user postgres: %w", err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("read the group of user postgres: %w", err)
	}
	return &account{uid: uint32(uid), gid: uint32(gid), groups: []uint32{uint32(gid)}}, nil
}

func (a *account) credential() *syscall.Credential {
	if a == nil {
		return nil
	}
	return &syscall.Credential{Uid: a.uid, Gid: a.gid, Groups: a.groups}
}

func (a *account) procAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: a.credential()}
}

// give makes the account the owner of the files.
func (a *account) give(paths ...string) error {
	if a == nil {
		return nil
	}
	for _, path := range paths {
		if err := os.Chown(path, int(a.uid), int(a.gid)); err != nil {
			return fmt.Errorf("give %s to user postgres: %w", path, err)
		}
	}
	return nil
}

// defaultShared is where data go that must be reached by user postgres but
// belong to a directory that it cannot enter, such as one under /root.
const defaultShared = "/var/lib/doorbell"

// dataPlace is the directory in which the data directory is made: the
// cluster's own if the server's user can get there, else a new one under
// defaultShared. The cluster's directory then holds a link, so that removing it
// means beginning afresh.
func (c *Cluster) dataPlace() (string, error) {
	closed := c.owner.closedParent(c.Dir)
	if closed == "" {
		return c.Dir, nil
	}
	advice := fmt.Sprintf("Postgres must run as user postgres, which cannot enter %s: "+
		"run `chmod o+x %s`, move the project elsewhere, or run as another user", closed, closed)
	shared := c.shared
	if shared == "" {
		shared = defaultShared
	}
	if err := os.MkdirAll(shared, 0o755); err != nil { //nolint:gosec // passing through is what it is for
		return "", fmt.Errorf("%s (%w)", advice, err)
	}
	place, err := os.MkdirTemp(shared, "postgres-")
	if err != nil {
		return "", fmt.Errorf("%s (%w)", advice, err)
	}
	if err := os.Chmod(place, 0o711); err != nil { //nolint:gosec // passing through is what it is for
		return "", fmt.Errorf("%s (%w)", advice, err)
	}
	return place, nil
}

// closedParent is the first directory on the way to dir, dir included, that
// the account may not pass through, or "".
func (a *account) closedParent(dir string) string {
	if a == nil {
		return ""
	}
	var way []string
	for d := dir; ; d = filepath.Dir(d) {
		way = append([]string{d}, way...)
		if d == filepath.Dir(d) {
			break
		}
	}
	for _, d := range way {
		info, err := os.Stat(d)
		if err != nil {
			return d
		}
		if !a.mayPass(info) {
			return d
		}
	}
	return ""
}

func (a *account) mayPass(info os.FileInfo) bool {
	mode := info.Mode().Perm()
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		switch {
		case stat.Uid == a.uid:
			return mode&0o100 != 0
		case stat.Gid == a.gid:
			return mode&0o010 != 0
		}
	}
	return mode&0o001 != 0
}
