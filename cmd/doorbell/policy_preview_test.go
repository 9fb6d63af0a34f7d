package main

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/rehearse"
)

// golden holds what a command printed against a file.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestPolicyPreviewShowsWhatWouldHappen(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"weekend": {"--at", "2026-11-07 22:10", "--source", "portal", "--party", "third", "--for", "3d"},
		"clocks":  {"--at", "2026-10-24T15:50:00Z", "--source", "website", "--party", "first", "--condition", "new", "--no-email", "--known", "--for", "40h"},
	} {
		got := doorbell(t, nil, "", append([]string{"policy", "preview", "testdata/policies/rehearse.yaml"}, args...)...)
		require.Equal(t, exitDone, got.code, got.errs)
		require.Empty(t, got.errs)
		golden(t, "testdata/policies/preview-"+name+".golden", got.out)
	}
}

// A policy that repeats every minute says more than anybody reads. What is not
// shown is named, and no remedy that is none.
func TestPolicyPreviewSaysWhereItEnds(t *testing.T) {
	t.Parallel()
	src := `timezone: Europe/Amsterdam
country: NL
phases: [showroom]
calendar: {open: {mon-fri: ["09:00-18:00"]}}
tracks: {standard: {live_response: {due: 1m, escalate: [
  {after: 0s, to: [sales_manager], notify: [screen], repeat: {every: 5s, times: 100}},
  {after: 1h, to: [sales_manager], notify: [screen], repeat: {every: 5s, times: 100}},
  {after: 2h, to: [sales_manager], notify: [screen], repeat: {every: 5s, times: 100}},
  {after: 3h, to: [sales_manager], notify: [screen], repeat: {every: 5s, times: 100}},
  {after: 4h, to: [sales_manager], notify: [screen], repeat: {every: 5s, times: 100}},
  {after: 5h, to: [sales_manager], notify: [screen], repeat: {every: 5s, times: 100}}]}}}
`
	args := []string{"policy", "preview", "-", "--at", "2026-11-23 10:00", "--source", "portal"}
	got := doorbell(t, nil, src, args...)
	require.Equal(t, exitDone, got.code, got.errs)
	require.Regexp(t, `this ends on Mon 23 Nov 2026 14:\d\d CET after 50\d entries of the timeline; what comes after it until Mon 7 Dec 2026 10:00 CET is not shown, nor with --json`, got.errs)

	got = doorbell(t, nil, src, append(args, "--json")...)
	require.Equal(t, exitDone, got.code, got.errs)
	var course rehearse.Course
	require.NoError(t, json.Unmarshal([]byte(got.out), &course))
	require.True(t, course.Cut)
	require.InDelta(t, 500, len(course.Events), 10)
}

func TestPolicyPreviewForScripts(t *testing.T) {
	t.Parallel()
	policy, err := os.ReadFile("testdata/policies/rehearse.yaml")
	require.NoError(t, err)
	got := doorbell(t, nil, string(policy), "policy", "preview", "-", "--at", "2026-11-06 17:50", "--source", "portal", "--party", "third", "--json")
	require.Equal(t, exitDone, got.code, got.errs)
	var course rehearse.Course
	require.NoError(t, json.Unmarshal([]byte(got.out), &course))
	require.Equal(t, "portal", course.Track)
	require.Equal(t, "bdc", course.Owner)
	require.Equal(t, time.Date(2026, 11, 7, 9, 5, 0, 0, time.UTC), course.LiveDueAt, "Saturday, five minutes after ten")
	require.NotEmpty(t, course.Deadlines)
	require.NotEmpty(t, course.Alerts)
}

func TestPolicyPreviewCommandLines(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		code int
		errs string
	}{
		"no time":       {[]string{"--source", "x"}, exitUsage, "--at"},
		"no source":     {[]string{"--at", "2026-11-07 22:10"}, exitUsage, "--source"},
		"wrong time":    {[]string{"--at", "tonight", "--source", "x"}, exitUsage, "--at: write a local time like 2026-11-28 16:50"},
		"skipped time":  {[]string{"--at", "2027-03-28 02:30", "--source", "x"}, exitUsage, "the clocks skip this time"},
		"no party":      {[]string{"--at", "2026-11-07 22:10", "--source", "x"}, exitUsage, "say --party first, second or third"},
		"wrong party":   {[]string{"--at", "2026-11-07 22:10", "--source", "x", "--party", "fourth"}, exitUsage, "--party must be one of"},
		"wrong price":   {[]string{"--at", "2026-11-07 22:10", "--source", "x", "--party", "first", "--price", "a lot"}, exitUsage, "--price must be an amount"},
		"wrong horizon": {[]string{"--at", "2026-11-07 22:10", "--source", "x", "--party", "first", "--for", "long"}, exitUsage, "--for: "},
		"no horizon":    {[]string{"--at", "2026-11-07 22:10", "--source", "x", "--party", "first", "--for", "0s"}, exitUsage, "--for must be more than nothing"},
		"far horizon":   {[]string{"--at", "2026-11-07 22:10", "--source", "x", "--party", "first", "--for", "400d"}, exitUsage, "at most 366d"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := doorbell(t, nil, "", append([]string{"policy", "preview", "testdata/policies/rehearse.yaml"}, c.args...)...)
			require.Equal(t, c.code, got.code)
			require.Empty(t, got.out)
			require.Contains(t, got.errs, c.errs)
		})
	}
	got := doorbell(t, nil, "", "policy", "preview", "testdata/policies/faults.yaml", "--at", "2026-11-07 22:10", "--source", "x")
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.errs, "see `doorbell policy check testdata/policies/faults.yaml`")
}
