package intake

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// update rewrites the golden files: go test ./intake -run Golden -update. Read
// the difference before you commit it.
var update = flag.Bool("update", false, "rewrite the golden files")

// dealer is the context of all tests: a Dutch dealer on 21 November 2026.
func dealer(tb testing.TB) Context {
	tb.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	require.NoError(tb, err)
	return Context{Country: "NL", Zone: zone, Now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
}

func TestGoldenADF(t *testing.T) {
	t.Parallel()
	for _, path := range samples(t, "testdata/adf") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			contentType := "application/xml"
			if strings.Contains(path, "urlencoded") {
				contentType = "application/x-www-form-urlencoded"
			}
			doc, err := ParseADF(read(t, path), contentType, dealer(t))
			if err != nil {
				compare(t, path, map[string]string{"unreadable": err.Error()})
				return
			}
			compare(t, path, doc)
		})
	}
}

func TestGoldenJSON(t *testing.T) {
	t.Parallel()
	for _, path := range samples(t, "testdata/json") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			draft, ignored, err := ParseJSON(read(t, path), dealer(t))
			require.NoError(t, err)
			compare(t, path, map[string]any{"draft": draft, "ignored": ignored})
		})
	}
}

func samples(tb testing.TB, folder string) []string {
	tb.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(tb, err)
	var paths []string
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".golden.json") {
			paths = append(paths, filepath.Join(folder, entry.Name()))
		}
	}
	require.NotEmpty(tb, paths)
	return paths
}

func read(tb testing.TB, path string) []byte {
	tb.Helper()
	body, err := os.ReadFile(path)
	require.NoError(tb, err)
	return body
}

func compare(t *testing.T, path string, got any) {
	t.Helper()
	written, err := json.MarshalIndent(got, "", "  ")
	require.NoError(t, err)
	golden := strings.TrimSuffix(path, filepath.Ext(path)) + ".golden.json"
	if *update {
		require.NoError(t, os.WriteFile(golden, append(written, '\n'), 0o600))
	}
	require.JSONEq(t, string(read(t, golden)), string(written))
}
