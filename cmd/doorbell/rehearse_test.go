package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/rehearse"
)

func rehearsal(args ...string) []string {
	return append([]string{"rehearse", "--policy", "testdata/policies/rehearse.yaml"}, args...)
}

func TestRehearsePrintsHowItWent(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"rate": {"--rate", "12/day", "--days", "21", "--start", "2026-11-02", "--staff", "bdc=1,salesperson=2,sales_manager=1", "--seed", "7"},
		"file": {"--leads", "testdata/rehearse/leads.csv", "--days", "14", "--staff", "testdata/rehearse/staff.yaml"},
	} {
		got := doorbell(t, nil, "", rehearsal(args...)...)
		require.Equal(t, exitDone, got.code, got.errs)
		golden(t, "testdata/rehearse/"+name+".golden", got.out)
		golden(t, "testdata/rehearse/"+name+".stderr.golden", got.errs)
	}
}

func TestRehearseForScripts(t *testing.T) {
	t.Parallel()
	run := func() rehearse.Report {
		got := doorbell(t, nil, "", rehearsal("--rate", "70/week", "--days", "10", "--start", "2026-11-02", "--json")...)
		require.Equal(t, exitDone, got.code, got.errs)
		var report rehearse.Report
		require.NoError(t, json.Unmarshal([]byte(got.out), &report))
		return report
	}
	report := run()
	require.InDelta(t, 100, report.Leads, 40)
	require.Equal(t, "golden", report.Policy)
	require.Len(t, report.Staff, 8, "one of each role, three salespeople, and who works late")
	require.Equal(t, report, run())
}

func TestRehearseCommandLines(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		code int
		errs string
	}{
		"no leads":        {nil, exitUsage, "say either --leads FILE or --rate 40/day"},
		"leads twice":     {[]string{"--rate", "1/day", "--leads", "x.csv"}, exitUsage, "say either --leads FILE or --rate 40/day"},
		"wrong rate":      {[]string{"--rate", "many"}, exitUsage, "--rate: write a rate like 40/day"},
		"no days":         {[]string{"--rate", "1/day", "--days", "0"}, exitUsage, "--days must be"},
		"too many days":   {[]string{"--rate", "1/day", "--days", "2000"}, exitUsage, "--days must be"},
		"wrong day":       {[]string{"--rate", "1/day", "--start", "Monday"}, exitUsage, "--start must be a date"},
		"wrong headcount": {[]string{"--rate", "1/day", "--staff", "boss=1"}, exitUsage, "--staff must be a file or a headcount"},
		"nobody":          {[]string{"--rate", "1/day", "--staff", "bdc=-1"}, exitUsage, "--staff must be a file or a headcount"},
		"no such staff":   {[]string{"--rate", "1/day", "--staff", "there/is/none.yaml"}, exitFailed, "there is no file there/is/none.yaml"},
		"no such leads":   {[]string{"--leads", "there/is/none.csv"}, exitFailed, "there is no file there/is/none.csv"},
		"wrong leads": {
			[]string{"--leads", "testdata/rehearse/wrong.csv"},
			exitFailed,
			"testdata/rehearse/wrong.csv:2:32: price: write an amount like 31990 or 31990.00\n" +
				"testdata/rehearse/wrong.csv:3:1: received_at: write a local time like 2026-11-28 16:50",
		},
		"wrong staff": {
			[]string{"--rate", "1/day", "--staff", "testdata/rehearse/wrong.yaml"},
			exitFailed,
			"testdata/rehearse/wrong.yaml:1:31: calls_per_hour: must be a number from 0.1 to 60\n" +
				"testdata/rehearse/wrong.yaml:2:10: role: must be one of bdc",
		},
		"other days":  {[]string{"--leads", "testdata/rehearse/leads.csv", "--start", "2030-01-01"}, exitFailed, "no lead comes in during the rehearsed days"},
		"two at once": {[]string{"--leads", "-", "--staff", "-"}, exitUsage, "only one file can be read from standard input"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := doorbell(t, nil, "", rehearsal(c.args...)...)
			require.Equal(t, c.code, got.code, got.errs)
			require.Empty(t, got.out)
			require.Contains(t, got.errs, c.errs)
		})
	}
	got := doorbell(t, nil, "", "rehearse", "--help")
	require.Equal(t, exitDone, got.code)
	require.Contains(t, got.out, "diligence")
	require.NotContains(t, got.out, "DATABASE_URL", "a rehearsal needs no settings")
}
