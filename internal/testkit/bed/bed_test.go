package bed

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSweepRemovesOnlyWhatNobodyUses(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	made := func(name string, age time.Duration) string {
		dir := filepath.Join(parent, name)
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "postgres"), 0o755))
		lock, err := tryLock(dir)
		require.NoError(t, err)
		require.NoError(t, lock.Close())
		when := time.Now().Add(-age)
		require.NoError(t, os.Chtimes(dir, when, when))
		return dir
	}
	left := made(prefix+"left", time.Hour)
	fresh := made(prefix+"fresh", 0)
	other := made("somebody-elses", time.Hour)
	used := made(prefix+"used", time.Hour)
	lock, err := tryLock(used)
	require.NoError(t, err)
	t.Cleanup(func() { _ = lock.Close() })

	require.NoError(t, sweep(parent))
	require.NoDirExists(t, left)
	require.DirExists(t, fresh)
	require.DirExists(t, used)
	require.DirExists(t, other)
}

func TestRootIsWhereTheProductsModuleIs(t *testing.T) {
	t.Parallel()
	root, err := Root()
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(root, "engine", "go.mod"))
}
