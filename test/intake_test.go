package test

import (
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

const adf = "application/x-adf+xml"

// R31: leads in the format of the trade, one or many in a message; a bad one
// does not lose the others and can be made a lead by hand.
func TestSeveralLeadsInOneMessage(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	body, err := os.ReadFile("../testdata/leads/adf-several.xml")
	require.NoError(t, err)
	answer := d.door.Post("portal", adf, string(body))
	require.Equal(t, http.StatusAccepted, answer.Status, answer.Text)
	require.Len(t, answer.Body["leads"], 2)
	held := answer.Body["quarantined"].([]any)
	require.Len(t, held, 1)
	require.EqualValues(t, 3, held[0].(map[string]any)["prospect"])
	id := held[0].(map[string]any)["id"].(string)

	list := d.door.As(manager, http.MethodGet, "/v1/quarantine", nil)
	require.Len(t, list.Body["items"], 1)
	made := d.door.As(manager, http.MethodPost, "/v1/quarantine/"+id+"/lead", map[string]any{
		"source": "portal", "customer": map[string]any{"last_name": "Bakker", "phone": "0612345678"},
	})
	require.Contains(t, []int{http.StatusCreated, http.StatusAccepted, http.StatusOK}, made.Status, made.Text)
	list = d.door.As(manager, http.MethodGet, "/v1/quarantine", nil)
	require.Equal(t, "became_lead", list.Body["items"].([]any)[0].(map[string]any)["state"])

	again := d.door.Post("portal", adf, string(body))
	require.Equal(t, ids(answer.Body["leads"]), ids(again.Body["leads"]), "the same message gives the same leads")
	require.Equal(t, true, again.Body["leads"].([]any)[0].(map[string]any)["replayed"])
}

func ids(leads any) []any {
	var out []any
	for _, l := range leads.([]any) {
		out = append(out, l.(map[string]any)["id"])
	}
	return out
}

// Nothing unreadable is dropped: it is kept, and the answer says where.
func TestWhatCannotBeReadIsKept(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	for _, body := range []string{"this is no lead", `<?xml version="1.0"?><!DOCTYPE adf [<!ENTITY x SYSTEM "file:///etc/hostname">]><adf><prospect>&x;</prospect></adf>`} {
		answer := d.door.Post("portal", adf, body)
		require.Equal(t, http.StatusUnprocessableEntity, answer.Status, answer.Text)
		require.Equal(t, "application/problem+json", answer.Header.Get("Content-Type"))
	}
	list := d.door.As(manager, http.MethodGet, "/v1/quarantine", nil)
	require.Len(t, list.Body["items"], 2)
}

// A provider who adds a field must not lose leads.
func TestAFieldThatNobodyKnows(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	answer := d.posts(enquiry{extra: `"colour": "red"`})
	require.Equal(t, http.StatusAccepted, answer.Status, answer.Text)
	require.Equal(t, []any{"colour"}, answer.Body["ignored"])
}

// A withheld number is a lead too, and a wrong one is kept as written.
func TestNumbersThatNobodyCanCall(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	withheld := d.receives(enquiry{phone: "none", email: "none", extra: `"channel": "phone"`})
	require.NotEmpty(t, withheld.now()["deadlines"])
	wrong := d.receives(enquiry{phone: "12", email: "wrong@mail.example"})
	require.Equal(t, "12", wrong.now()["customer"].(map[string]any)["phone"])
	nothing := d.posts(enquiry{phone: "none", email: "none"})
	require.Equal(t, http.StatusUnprocessableEntity, nothing.Status, "nobody could answer this one")
}

// The key of a source opens nothing else.
func TestWhoMayWhat(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{})
	key := func(name string) map[string]string {
		return map[string]string{"Authorization": "Bearer " + d.door.Keys[name], "Content-Type": "application/json", "X-Actor": manager}
	}
	require.Equal(t, http.StatusOK, d.door.Do(http.MethodGet, "/v1/leads/"+l.id, key("website"), "").Status)
	require.Equal(t, http.StatusNotFound, d.door.Do(http.MethodGet, "/v1/leads/"+l.id, key("portal"), "").Status)
	require.Len(t, d.door.Do(http.MethodGet, "/v1/leads", key("website"), "").Body["items"], 1)
	require.Empty(t, d.door.Do(http.MethodGet, "/v1/leads", key("portal"), "").Body["items"], "a source sees its own leads")
	require.Equal(t, http.StatusForbidden, d.door.Do(http.MethodPost, "/v1/leads/"+l.id+"/notes", key("website"), `{"text":"x"}`).Status)
	require.Equal(t, http.StatusUnauthorized, d.door.Do(http.MethodGet, "/v1/leads/"+l.id, nil, "").Status)
	require.Equal(t, http.StatusUnauthorized, d.door.Do(http.MethodGet, "/v1/leads/"+l.id, map[string]string{"Authorization": "Bearer dbk_a_wrong"}, "").Status)
}

// A tap that is sent again because the answer got lost does nothing twice.
func TestATapIsSentAgain(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{})
	header := map[string]string{
		"Authorization": "Bearer " + d.door.Keys["integration"], "X-Actor": sam, "Content-Type": "application/json", "Idempotency-Key": "tap-1",
	}
	body := `{"channel":"phone","direction":"out","outcome":"voicemail","note":"asked to call back"}`
	for range 3 {
		answer := d.door.Do(http.MethodPost, "/v1/leads/"+l.id+"/attempts", header, body)
		require.Equal(t, http.StatusOK, answer.Status, answer.Text)
	}
	require.Equal(t, 1, l.count("attempt_logged"))
	other := d.door.Do(http.MethodPost, "/v1/leads/"+l.id+"/attempts", header, `{"channel":"phone","direction":"out","outcome":"reached"}`)
	require.Equal(t, http.StatusUnprocessableEntity, other.Status, "the same key for something else")
}
