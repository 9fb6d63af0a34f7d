package workflows_test

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Histories are recorded from released code, never from the branch under test:
//
//	make record-histories COMMIT=v0.2.0
//
// docs/upgrades.md says when.
var (
	record   = flag.String("record", "", "the released tag or commit whose histories to record into testdata/replay/")
	recordAs = flag.String("as", "", "the version, where the release has no tag")
)

func TestRecordHistories(t *testing.T) { //nolint:paralleltest // one house at a time is enough for the machine
	if *record == "" {
		t.Skip("only with -record COMMIT, from released code: make record-histories")
	}
	released := build(t, *record)
	if *recordAs != "" {
		released.version = *recordAs
	}
	for _, l := range lives {
		t.Run(l.name, func(t *testing.T) {
			if l.since != "" && lacks(released, l.since) {
				t.Skip("the release has no " + l.since)
			}
			h := openHouse(t, released, l.policy)
			l.live(h)
			h.keeps(filepath.Join(recorded, released.version), l.name)
		})
	}
}

// lacks reports whether the release does not have that path in its API.
func lacks(r release, path string) bool {
	text, err := os.ReadFile(r.program)
	return err != nil || !bytes.Contains(text, []byte("\n  "+path+":\n"))
}

// keeps writes down the histories of the house's workflows, every run of each.
func (h *house) keeps(dir, name string) {
	h.t.Helper()
	require.NoError(h.t, os.MkdirAll(dir, 0o755))
	counted := map[string]int{}
	for _, w := range h.workflows() {
		kind := w[:strings.LastIndex(w[:len(w)-36], "-")]
		for _, run := range h.runs(w) {
			events := h.history(w, run)
			counted[kind]++
			file := filepath.Join(dir, fmt.Sprintf("%s.%s-%d.json.gz", name, kind, counted[kind]))
			require.NoError(h.t, os.WriteFile(file, h.packed(events), 0o600))
			h.t.Logf("%s: %d events", file, len(events.GetEvents()))
		}
	}
}

// runs lists the runs of a workflow, the oldest first.
func (h *house) runs(workflow string) []string {
	h.t.Helper()
	about, err := h.temporal.DescribeWorkflowExecution(h.t.Context(), workflow, "")
	if err != nil {
		return nil // a follow-up that nothing works
	}
	var runs []string
	for run := about.GetWorkflowExecutionInfo().GetExecution().GetRunId(); run != ""; {
		runs = append([]string{run}, runs...)
		began := h.history(workflow, run).GetEvents()[0].GetWorkflowExecutionStartedEventAttributes()
		run = began.GetContinuedExecutionRunId()
	}
	if before := h.ended[workflow]; len(before) > 0 && before[len(before)-1] != runs[len(runs)-1] {
		return append(slices.Clone(before), runs...)
	}
	return runs
}

func (h *house) history(workflow, run string) *historypb.History {
	h.t.Helper()
	events := &historypb.History{}
	iter := h.temporal.GetWorkflowHistory(h.t.Context(), workflow, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for iter.HasNext() {
		e, err := iter.Next()
		require.NoError(h.t, err)
		events.Events = append(events.Events, e)
	}
	return events
}

// packed is a history as it is kept. It says nothing of the machine that it was
// recorded on, and a history that says anything about a person is not kept.
func (h *house) packed(events *historypb.History) []byte {
	h.t.Helper()
	for _, e := range events.GetEvents() {
		anonymous(e.ProtoReflect())
	}
	text, err := protojson.Marshal(events)
	require.NoError(h.t, err)
	for _, marked := range []string{"MARKED", "@oost", "customer.example", "28419077", "Garage"} {
		require.NotContains(h.t, plainText(h.t, text), marked)
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	require.NoError(h.t, err)
	_, err = w.Write(text)
	require.NoError(h.t, err)
	require.NoError(h.t, w.Close())
	return packed.Bytes()
}

// anonymous empties every field that names a process, which is called after its
// machine.
func anonymous(m protoreflect.Message) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.Name() == "identity" && field.Kind() == protoreflect.StringKind:
			m.Clear(field)
		case field.Kind() == protoreflect.MessageKind && !field.IsList() && !field.IsMap():
			anonymous(value.Message())
		default:
		}
		return true
	})
}

// unpacked reads a history that was kept.
func unpacked(t *testing.T, file string) *historypb.History {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	if strings.HasSuffix(file, ".gz") {
		r, err := gzip.NewReader(bytes.NewReader(text))
		require.NoError(t, err)
		var plain bytes.Buffer
		_, err = plain.ReadFrom(r)
		require.NoError(t, err)
		text = plain.Bytes()
	}
	events, err := client.HistoryFromJSON(bytes.NewReader(text), client.HistoryJSONOptions{})
	require.NoError(t, err)
	return proto.CloneOf(events)
}
