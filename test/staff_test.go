package test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	domain "github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
)

// due is when the first live response to a lead is due, in local time.
func (l lead) due() string {
	l.d.t.Helper()
	for _, item := range l.now()["deadlines"].([]any) {
		deadline := item.(map[string]any)
		if deadline["kind"] != "live_response" {
			continue
		}
		at, err := time.Parse(time.RFC3339, deadline["due_at"].(string))
		require.NoError(l.d.t, err)
		return at.In(l.d.Zone).Format("15:04")
	}
	return "never"
}

// owners receives so many enquiries and says who has each.
func (d dealer) owners(n int) []string {
	d.t.Helper()
	var who []string
	for range n {
		who = append(who, d.receives(enquiry{}).owner())
	}
	return who
}

// Somebody leaves: his open leads are with his colleagues at once, and each of
// them has his own time for it. What others have stays theirs.
func TestSomebodyLeaves(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	early, tessas, umas := d.receives(enquiry{}), d.receives(enquiry{}), d.receives(enquiry{})
	d.Advance("8m")
	late := d.receives(enquiry{})
	require.Equal(t, []string{sam, tess, uma, sam}, []string{early.owner(), tessas.owner(), umas.owner(), late.owner()})
	require.Equal(t, "10:15", early.due())
	require.Equal(t, "10:23", late.due())

	d.Advance("2m")
	d.leaves(sam)
	for _, l := range []lead{early, late} {
		d.Await(func() bool { return l.owner() != sam }, "a colleague has the lead")
		require.Contains(t, []string{tess, uma}, l.owner())
		require.Equal(t, "10:25", l.due(), "a quarter of an hour from now")
		require.Contains(t, d.summary(l, "assigned"), "it was with Sam Visser")
	}
	require.NotEqual(t, early.owner(), late.owner(), "one each")
	require.Equal(t, "10:15", tessas.due())
	require.Equal(t, []string{tess, uma}, []string{tessas.owner(), umas.owner()})
	require.Equal(t, http.StatusUnprocessableEntity, early.tries(sam, "notes", map[string]any{"text": "It was mine."}).Status)
	require.NotContains(t, d.owners(4), sam)

	answer := d.staffs(manager, http.MethodPost, sam, "return", nil)
	require.Equal(t, http.StatusOK, answer.Status, answer.Text)
	require.NotEqual(t, sam, early.owner(), "what the others got stays theirs")
	require.Contains(t, d.owners(3), sam)
}

// Who is absent never gets a lead, by turn or by hand, and gets them again when
// he is back.
func TestAbsentPeopleGetNoLeads(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	for _, who := range []string{sam, uma} {
		answer := d.staffs(manager, http.MethodPost, who, "absences", map[string]any{
			"from": d.At("2026-11-24 09:00"), "until": d.At("2026-11-25 12:00"), "why": "training",
		})
		require.Equal(t, http.StatusCreated, answer.Status, answer.Text)
	}
	l := d.receives(enquiry{})
	require.Equal(t, tess, l.owner())
	require.Equal(t, []string{tess, tess}, d.owners(2))
	require.Equal(t, http.StatusUnprocessableEntity, l.tries(manager, "assign", map[string]any{"to": sam}).Status)
	require.Equal(t, true, d.colleague(sam)["absent"])

	d.AdvanceTo(d.At("2026-11-25 12:00"))
	back := d.owners(3)
	slices.Sort(back)
	require.Equal(t, []string{sam, tess, uma}, back)
}

// Who works as many leads as he may gets no more, as long as somebody else is
// there. When nobody has room a lead still has an owner.
func TestNobodyGetsMoreThanHeCanWork(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	mayHave := func(who string, leads any) {
		answer := d.staffs(manager, http.MethodPatch, who, "", map[string]any{"capacity": leads})
		require.Equal(t, http.StatusOK, answer.Status, answer.Text)
	}
	mayHave(sam, 1)
	full := d.receives(enquiry{})
	require.Equal(t, sam, full.owner())
	require.Equal(t, []string{tess, uma, tess, uma}, d.owners(4))
	require.EqualValues(t, 1, d.colleague(sam)["open_leads"])

	full.calls("reached")
	full.closes(sam, "follow_up_required", map[string]any{"on": "2027-03-01", "about": "waits for the new model"})
	require.EqualValues(t, 0, d.colleague(sam)["open_leads"], "a lead that sleeps is no work")
	require.Equal(t, []string{sam, tess}, d.owners(2), "he has room again")

	mayHave(tess, 3)
	mayHave(uma, 2)
	require.NotEmpty(t, d.receives(enquiry{}).owner(), "everybody is full, and somebody has it")
	mayHave(sam, nil)
	require.Equal(t, []string{sam, sam, sam}, d.owners(3), "he alone has room")
}

// Somebody must be there who decides on closings: the last manager cannot leave,
// nor can he take himself off by another role.
func TestTheLastManagerCannotLeave(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	d.leaves(manager)
	answer := d.staffs(director, http.MethodPost, director, "leave", nil)
	require.Equal(t, http.StatusConflict, answer.Status)
	require.Contains(t, answer.Body["detail"], "appoint another")
	require.Equal(t, http.StatusForbidden, d.staffs(director, http.MethodPatch, director, "", map[string]any{"role": "salesperson"}).Status)

	require.Equal(t, http.StatusOK, d.staffs(director, http.MethodPatch, uma, "", map[string]any{"role": "sales_manager"}).Status)
	require.Equal(t, http.StatusOK, d.staffs(director, http.MethodPost, director, "leave", nil).Status)
}

const mustEarn = `
name: leads are earned
timezone: Europe/Amsterdam
country: NL
phases: [showroom]
calendar: {open: {mon-fri: ["08:00-20:00"]}}
earning: {result: appointment, norm: 40%, sample: 5, window: 30d, judge: 1h}
choose: [{track: standard}]
tracks: {standard: {clock: opening_hours}}
`

// R24: who makes no appointments of his conversations gets no new leads until
// the manager has logged what he did about it. His colleagues get them
// meanwhile, and no lead is ever without an owner.
func TestLeadsAreEarned(t *testing.T) {
	var two []store.NewStaff
	for _, p := range dealership.Staff() {
		if p.Role == domain.RoleSalesManager || p.Role == domain.RoleGeneralManager || p.Email == sam || p.Email == tess {
			two = append(two, p)
		}
	}
	d := opensWith(t, dealership.Options{Opens: "2026-11-24 10:00", Policy: mustEarn, Staff: two})
	for range 5 {
		his, hers := d.receives(enquiry{}), d.receives(enquiry{})
		require.Equal(t, []string{sam, tess}, []string{his.owner(), hers.owner()})
		his.calls("reached")
		hers.calls("reached")
		hers.books("showroom", "2026-12-01 14:00", false)
	}
	require.Equal(t, sam, d.receives(enquiry{}).owner(), "an hour is left to make something of it")
	require.Equal(t, tess, d.receives(enquiry{}).owner())

	d.Advance("61m")
	l := d.receives(enquiry{})
	require.Equal(t, tess, l.owner(), "it was Sam's turn")
	require.NotNil(t, d.colleague(sam)["paused_since"])
	figures := d.colleague(sam)["earning"].(map[string]any)
	require.EqualValues(t, 5, figures["conversations"])
	require.EqualValues(t, 0, figures["results"])
	require.Nil(t, d.colleague(tess)["paused_since"])
	require.Equal(t, tess, d.receives(enquiry{}).owner())

	word := map[string]any{"text": "We listened to his calls; he asks for the appointment now."}
	require.Equal(t, http.StatusForbidden, d.staffs(tess, http.MethodPost, sam, "interventions", word).Status)
	answer := d.staffs(manager, http.MethodPost, sam, "interventions", word)
	require.Equal(t, http.StatusOK, answer.Status, answer.Text)
	require.Equal(t, sam, d.receives(enquiry{}).owner())
	log := d.staffs(manager, http.MethodGet, sam, "earning", nil).Body["items"].([]any)
	require.Len(t, log, 2)
	require.Equal(t, "intervention", log[0].(map[string]any)["kind"])
	require.Equal(t, "paused", log[1].(map[string]any)["kind"])

	d.staffs(manager, http.MethodPost, sam, "absences", map[string]any{"from": d.Now(), "until": d.At("2026-12-24 18:00")})
	d.staffs(manager, http.MethodPost, tess, "absences", map[string]any{"from": d.Now(), "until": d.At("2026-12-24 18:00")})
	require.NotEmpty(t, d.receives(enquiry{}).owner(), "somebody always has it")
}

// Rights are not had for the asking: nobody changes his own role, and who
// manages is decided above him.
func TestNobodyMakesHimselfAManager(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	change := func(who, whom, role string) int {
		return d.door.As(who, http.MethodPatch, "/v1/staff/"+d.StaffID(whom), map[string]any{"role": role}).Status
	}
	require.Equal(t, http.StatusForbidden, change(manager, manager, "general_manager"), "not himself")
	require.Equal(t, http.StatusForbidden, change(manager, sam, "sales_manager"), "not a colleague")
	require.Equal(t, http.StatusForbidden, change(manager, director, "salesperson"), "nor down, to be the only one who approves")
	answer := d.door.As(manager, http.MethodPost, "/v1/staff/"+d.StaffID(director)+"/leave", map[string]any{})
	require.Equal(t, http.StatusForbidden, answer.Status)
	require.Equal(t, http.StatusForbidden, change(director, director, "admin"))

	require.Equal(t, http.StatusOK, change(manager, sam, "bdc"))
	require.Equal(t, http.StatusOK, change(director, sam, "sales_manager"))
}
