package desk_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const (
	sam      = "sam@demo.example"
	tess     = "tess@demo.example"
	uma      = "uma@demo.example"
	manager  = "manager@demo.example"
	director = "director@demo.example"
	admin    = "admin@demo.example"
)

// house is a dealership with its door, whose manager reads English and whose
// other people read Dutch.
type house struct {
	*dealership.Dealership

	t    *testing.T
	door *dealership.Door
}

func open(t *testing.T, o dealership.Options) *house {
	t.Helper()
	o.Staff = append(dealership.Staff(), store.NewStaff{Email: admin, Name: "Ada Admin", Role: lead.RoleAdmin})
	d := dealership.Open(t, o)
	h := &house{Dealership: d, t: t, door: d.Serve()}
	h.as(director, http.MethodPatch, "/v1/staff/"+d.StaffID(manager), map[string]any{"language": "en"})
	return h
}

// as calls the API for somebody; it must work.
func (h *house) as(who, method, path string, body any) dealership.Answer {
	h.t.Helper()
	answer := h.door.As(who, method, path, body)
	require.Less(h.t, answer.Status, 300, "%s", answer.Text)
	return answer
}

// arrives is a lead of a customer with that name, owned by Sam.
func (h *house) arrives(name string) string {
	h.t.Helper()
	n := len(name)*7919 + int(name[0])*104729 + int(name[len(name)-1])*1299709
	id := h.Receive("website", fmt.Sprintf(`{"customer":{"full_name":%q,"phone":"06 1%07d"},"vehicle":{"make":"Renault","model":"Captur"}}`, name, n%10_000_000))
	if h.State(id).Owner != h.StaffID(sam) {
		h.as(manager, http.MethodPost, "/v1/leads/"+id+"/assign", map[string]any{"to": sam})
	}
	return id
}

// proposed is a lead of which somebody has proposed to close it.
func (h *house) proposed(name, by string) string {
	h.t.Helper()
	id := h.arrives(name)
	h.as(by, http.MethodPost, "/v1/leads/"+id+"/attempts", map[string]any{"channel": "phone", "outcome": "wrong_number"})
	answer := h.as(by, http.MethodPost, "/v1/leads/"+id+"/close", map[string]any{"reason": "wrong_personal_data", "note": "The number rings at a bakery"})
	require.Equal(h.t, http.StatusAccepted, answer.Status)
	return id
}

// elsewhere is a lead of another dealer.
func (h *house) elsewhere() string {
	h.t.Helper()
	ctx := context.Background()
	other, err := h.Store.CreateDealer(ctx, store.NewDealer{
		Name: "Elders", Staff: []store.NewStaff{{Email: "eva@elders.example", Name: "Eva Elders", Role: lead.RoleSalesManager}},
		Sources: []store.NewSource{{Code: "website", Party: lead.FirstParty}},
	})
	require.NoError(h.t, err)
	source, err := h.Store.SourceByCode(ctx, db.SourceByCodeParams{DealerID: other, Code: "website"})
	require.NoError(h.t, err)
	key, err := h.Store.CreateKey(ctx, other, "website", store.Intake, &source.ID)
	require.NoError(h.t, err)
	answer := h.door.Do(http.MethodPost, "/v1/leads", map[string]string{"Authorization": "Bearer " + key, "Content-Type": "application/json"},
		`{"customer":{"full_name":"Verborgen Klant","phone":"06 87654321"}}`)
	require.Equal(h.t, http.StatusAccepted, answer.Status, answer.Text)
	id, _ := answer.Body["id"].(string)
	return id
}
