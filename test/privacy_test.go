package test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"google.golang.org/protobuf/encoding/prototext"

	"github.com/doorbell-ilm/doorbell/workflows"
)

// Nothing personal in Temporal, logs or metrics: marked words go through a
// lead's life and are looked for afterwards.
func TestNothingPersonalLeavesPostgres(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{
		name: "Canarius", phone: "06 28419077", email: "canary@mail.example", extra: `"comments": "canarycomment"`,
	})
	l.does(l.owner(), "attempts", map[string]any{"channel": "phone", "direction": "out", "outcome": "reached", "note": "canarynote"})
	l.does(l.owner(), "notes", map[string]any{"text": "canarynote"})
	l.does(l.owner(), "messages", map[string]any{"subject": "canarysubject", "text": "canarytext"})
	l.closes(l.owner(), "prefers_another_car", map[string]any{"make": "canarymake", "model": "canarymodel", "condition": "new"})
	l.does(manager, "closing/reject", map[string]any{"note": "canarynote"})
	l.does(manager, "assign", map[string]any{"to": uma, "reason": "canarynote"})
	l.closes(l.owner(), "canaryreason", nil)
	l.tries(l.owner(), "attempts", map[string]any{"outcome": "canaryoutcome"})
	d.door.Do(http.MethodGet, "/v1/leads?q=canary@mail.example", map[string]string{"Authorization": "Bearer " + d.door.Keys["integration"]}, "")

	places := map[string]string{
		"the logs":    d.door.Logged(),
		"the metrics": d.door.Do(http.MethodGet, "/metrics", nil, "").Text,
	}
	ctx := context.Background()
	history := d.Client.GetWorkflowHistory(ctx, workflows.ID(l.id), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		e, err := history.Next()
		require.NoError(t, err)
		places["Temporal's history"] += prototext.Format(e)
	}
	described, err := d.Client.DescribeWorkflowExecution(ctx, workflows.ID(l.id), "")
	require.NoError(t, err)
	places["the workflow's description"] = prototext.Format(described)
	require.Contains(t, places["Temporal's history"], "voicemails", "payloads are searched as they are")
	for place, text := range places {
		require.NotEmpty(t, text, place)
		for _, marked := range []string{"canar", "Canar", "28419077", "demo.example"} {
			require.NotContains(t, text, marked, place)
		}
	}
}
