package main

import (
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/policy"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestPolicyCheckSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"faults", "mails"} {
		file := "testdata/policies/" + name
		got := doorbell(t, nil, "", "policy", "check", file+".yaml")
		require.Equal(t, exitFailed, got.code)
		require.Empty(t, got.errs)
		if *update {
			require.NoError(t, os.WriteFile(file+".golden", []byte(got.out), 0o600))
		}
		want, err := os.ReadFile(file + ".golden")
		require.NoError(t, err)
		require.Equal(t, string(want), got.out)
	}
}

func TestPolicyCheckForScripts(t *testing.T) {
	t.Parallel()
	got := doorbell(t, nil, "", "policy", "check", "--json", "testdata/policies/mails.yaml")
	require.Equal(t, exitFailed, got.code)
	var told struct {
		OK     bool          `json:"ok"`
		Errors []policyFault `json:"errors"`
	}
	require.NoError(t, json.Unmarshal([]byte(got.out), &told))
	require.False(t, told.OK)
	require.Len(t, told.Errors, 2)
	require.Equal(t, 8, told.Errors[0].Line)
	require.Equal(t, "tracks.standard.auto_response.template", told.Errors[0].Key)
}

func TestTheShippedPolicyIsGood(t *testing.T) {
	t.Parallel()
	got := doorbell(t, nil, string(policy.Standard()), "policy", "check", "-")
	require.Equal(t, outcome{code: exitDone, errs: "- is a good policy\n"}, got)
	got = doorbell(t, nil, string(policy.Standard()), "policy", "check", "--json", "-")
	require.Equal(t, exitDone, got.code)
	require.JSONEq(t, `{"ok": true, "errors": [], "remarks": []}`, got.out)
}

// A remark says what may not be meant, and the policy is good all the same.
func TestPolicyCheckRemarksWhatDoesNoHarm(t *testing.T) {
	t.Parallel()
	const file = "testdata/policies/remarks"
	got := doorbell(t, nil, "", "policy", "check", file+".yaml")
	if *update {
		require.NoError(t, os.WriteFile(file+".golden", []byte(got.out), 0o600))
	}
	want, err := os.ReadFile(file + ".golden")
	require.NoError(t, err)
	require.Equal(t, outcome{code: exitDone, out: string(want), errs: file + ".yaml is a good policy\n"}, got)

	got = doorbell(t, nil, "", "policy", "check", "--json", file+".yaml")
	require.Equal(t, exitDone, got.code)
	var told struct {
		OK      bool          `json:"ok"`
		Errors  []policyFault `json:"errors"`
		Remarks []policyFault `json:"remarks"`
	}
	require.NoError(t, json.Unmarshal([]byte(got.out), &told))
	require.True(t, told.OK)
	require.Equal(t, []policyFault{}, told.Errors)
	require.Len(t, told.Remarks, 2)
	require.Equal(t, "choose[0].when", told.Remarks[0].Key)
	require.Equal(t, 15, told.Remarks[1].Line)

	text, err := os.ReadFile(file + ".yaml")
	require.NoError(t, err)
	got = doorbell(t, nil, string(text)+"  unused: {}\n", "policy", "check", "-")
	require.Equal(t, exitFailed, got.code, "a fault beside them")
	require.Contains(t, got.out, "-:16:3: tracks.unused: ")
	require.Contains(t, got.out, "-:9:12: note: choose[0].when: ")
}
