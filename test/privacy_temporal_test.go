package test

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
)

// inTemporal is every text that Temporal holds of these workflows: of each event
// of the history of the last run, of what the workflow is described by (memo,
// search attributes, summary and details, what is pending and why it failed) and
// of its present details.
func (d dealer) inTemporal(ids ...string) string {
	d.t.Helper()
	var out strings.Builder
	for _, id := range ids {
		history := d.Client.GetWorkflowHistory(d.t.Context(), id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for history.HasNext() {
			e, err := history.Next()
			require.NoError(d.t, err)
			d.unpack(&out, e)
		}
		described, err := d.Client.DescribeWorkflowExecution(d.t.Context(), id, "")
		require.NoError(d.t, err)
		d.unpack(&out, described)
		for _, query := range []string{"__temporal_workflow_metadata", "state"} {
			answer, err := d.Client.QueryWorkflow(d.t.Context(), id, "", query)
			require.NoError(d.t, err, query)
			if query == "state" {
				var state any
				require.NoError(d.t, answer.Get(&state))
				unpackJSON(&out, state)
				continue
			}
			var about sdkpb.WorkflowMetadata
			require.NoError(d.t, answer.Get(&about))
			require.NotEmpty(d.t, about.GetCurrentDetails())
			d.unpack(&out, &about)
		}
	}
	return out.String()
}

// unpack writes down every text and every byte of a message, payloads as what
// they hold.
func (d dealer) unpack(out *strings.Builder, m proto.Message) {
	d.t.Helper()
	require.NoError(d.t, protorange.Range(m.ProtoReflect(), func(path protopath.Values) error {
		last := path.Index(-1)
		if key := last.Step.MapIndex; last.Step.Kind() == protopath.MapIndexStep {
			out.WriteString(key().String() + "\n")
		}
		switch v := last.Value.Interface().(type) {
		case string:
			out.WriteString(v + "\n")
		case []byte:
			out.Write(append(v, '\n'))
			var content any
			if json.Unmarshal(v, &content) == nil {
				unpackJSON(out, content)
			}
		}
		return nil
	}))
}

// unpackJSON writes down every text of a JSON value, and what it holds where it
// is bytes.
func unpackJSON(out *strings.Builder, value any) {
	switch v := value.(type) {
	case string:
		out.WriteString(v + "\n")
		if bytes, err := base64.StdEncoding.DecodeString(v); err == nil {
			out.Write(append(bytes, '\n'))
		}
	case []any:
		for _, one := range v {
			unpackJSON(out, one)
		}
	case map[string]any:
		for name, one := range v {
			out.WriteString(name + "\n")
			unpackJSON(out, one)
		}
	}
}
