package localpg

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// installed makes a place that looks like an installation of the version.
func installed(t *testing.T, root, version string) string {
	t.Helper()
	dir := filepath.Join(root, version, "bin")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	script := fmt.Sprintf("#!/bin/sh\necho 'postgres (PostgreSQL) %s (Debian %s-1)'\n", version, version)
	for _, program := range []string{"postgres", "initdb"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, program), []byte(script), 0o755))
	}
	return dir
}

func TestFindTakesTheNewestOrTheOneThatWroteTheData(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	installed(t, root, "12.20")
	nine := installed(t, root, "9.6.24")
	fifteen := installed(t, root, "15.18")
	seventeen := installed(t, root, "17rc1")
	patterns := []string{filepath.Join(root, "1*", "bin")}

	newest, err := find(t.Context(), patterns, "", 0)
	require.NoError(t, err)
	require.Equal(t, Binaries{Dir: seventeen, Major: 17}, newest)

	older, err := find(t.Context(), patterns, "", 15)
	require.NoError(t, err)
	require.Equal(t, Binaries{Dir: fifteen, Major: 15}, older)

	_, err = find(t.Context(), patterns, "", 16)
	require.ErrorContains(t, err, "apt-get install postgresql-16")

	_, err = find(t.Context(), nil, nine, 0)
	require.ErrorIs(t, err, ErrNotInstalled, "too old is as good as none")
}

func TestFindLooksInPathAndThroughLinks(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	place := installed(t, root, "16.4")
	links := filepath.Join(root, "links")
	require.NoError(t, os.Mkdir(links, 0o755))
	require.NoError(t, os.Symlink(filepath.Join(place, "postgres"), filepath.Join(links, "postgres")))

	found, err := find(t.Context(), nil, links+string(os.PathListSeparator)+"/nowhere", 0)
	require.NoError(t, err)
	require.Equal(t, Binaries{Dir: place, Major: 16}, found)
}

func TestFindSaysWhatToInstall(t *testing.T) {
	t.Parallel()
	_, err := find(t.Context(), nil, t.TempDir(), 0)
	require.ErrorIs(t, err, ErrNotInstalled)
	require.ErrorContains(t, err, "apt-get install postgresql")
}
