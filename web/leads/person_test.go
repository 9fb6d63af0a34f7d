package leads_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
)

// Whoever answers for what is held about people gives it out and erases it.
func TestThePersonBehindALead(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	sam := s.somebody("sam")
	require.NotContains(t, sam.page().Text, `id="person"`, "who sells has no business with it")
	require.NotContains(t, sam.page("person").Text, `id="person"`)
	require.Equal(t, http.StatusForbidden, sam.Get("/leads/"+s.lead+"/person/file").Status)
	require.Equal(t, http.StatusForbidden, sam.does("person/erase", "sure", "1").Status)
	require.Contains(t, sam.page().Words(), "Jan de Boer")

	director := s.somebody("director")
	file := director.page("person", "file")
	require.Contains(t, file.Header.Get("Content-Disposition"), `attachment; filename="customer-`+s.lead)
	require.Equal(t, "no-store", file.Header.Get("Cache-Control"))
	var document struct {
		Format string
		Leads  []any
	}
	require.NoError(t, json.Unmarshal([]byte(file.Text), &document))
	require.Equal(t, "doorbell.customer.v1", document.Format)
	require.Len(t, document.Leads, 1)
	require.Contains(t, file.Text, "jan@example.com")
	require.Equal(t, http.StatusNotFound, director.Get("/leads/"+uuid.NewString()+"/person/file").Status)
	require.Equal(t, http.StatusNotFound, director.Get("/leads/"+s.elsewhere()+"/person/file").Status)

	require.Contains(t, director.page().Words(), "What is held about the customer")
	page := director.page("person")
	for _, what := range []string{"Leads, which stay without a name 1, of them open: 1", "Numbers and addresses 2", "Messages as they came in 1"} {
		require.Contains(t, page.Words(), what)
	}
	require.NotContains(t, page.Words(), "Follow-ups dropped", "what there is none of is not told")

	page = director.does("person/erase")
	require.Equal(t, http.StatusUnprocessableEntity, page.Status)
	require.Contains(t, page.Words(), "Tick that you know that it cannot be taken back.")
	require.Contains(t, director.page().Words(), "Jan de Boer")

	page = director.does("person/erase", "sure", "1", "keep_out", "1")
	require.Equal(t, http.StatusOK, page.Status, page.Words())
	require.Contains(t, page.Words(), "Erased. His leads stay in the reports, without a name.")
	require.NotContains(t, page.Words(), "number", "nobody is asked for what was just erased")
	for _, gone := range []string{"Jan de Boer", "jan@example.com", "12345678"} {
		require.NotContains(t, page.Text, gone)
	}
	require.NotContains(t, page.Text, `id="person"`, "there is nothing left")
	require.NotContains(t, strings.ToLower(director.page("person", "file").Text), "jan@example.com")
}
