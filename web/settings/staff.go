package settings

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

const staffPath = "/settings/staff"

func (r *Room) mountStaff(signed gin.IRouter) {
	in := signed.Group(staffPath, only(arranges))
	in.GET("", r.staffList)
	in.POST("", r.addStaff)
	in.GET("/new", r.newStaff)
	in.GET("/:id", r.person)
	in.POST("/:id", r.changeStaff)
	in.POST("/:id/absences", r.addAbsence)
	in.POST("/:id/absences/:aid/delete", r.deleteAbsence)
	in.GET("/:id/leave", r.leaving)
	in.POST("/:id/leave", r.leave)
	in.POST("/:id/return", r.comeBack)
	in.POST("/:id/interventions", r.intervene)
	in.POST("/:id/exemption", r.exempt)
	in.POST("/:id/exemption/end", r.endExemption)
}

// crew is everybody of the staff, by name: who works here, and who left.
type crew struct{ Here, Left []gen.Staff }

func (r *Room) everybody(ctx context.Context) ([]gen.Staff, error) {
	var all gen.StaffList
	if err := r.Door.Get(ctx, "/v1/staff", &all); err != nil {
		return nil, err
	}
	slices.SortStableFunc(all.Items, func(a, b gen.Staff) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return all.Items, nil
}

func (r *Room) staffList(c *gin.Context) {
	all, err := r.everybody(c.Request.Context())
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	var out crew
	for _, one := range all {
		if one.Active {
			out.Here = append(out.Here, one)
		} else {
			out.Left = append(out.Left, one)
		}
	}
	frame.Render(c, http.StatusOK, staffPage(out))
}

func (r *Room) newStaff(c *gin.Context) {
	frame.Render(c, http.StatusOK, newStaffPage())
}

func (r *Room) addStaff(c *gin.Context) {
	body := gen.NewStaff{
		Email: field(c, "email"), Name: field(c, "name"), Role: gen.Role(field(c, "role")),
		Languages: list(c.PostForm("languages")), Makes: list(c.PostForm("makes")),
	}
	if phone := field(c, "phone"); phone != "" {
		body.Phone = &phone
	}
	if language := field(c, "language"); language != "" {
		body.Language = &language
	}
	most, ok := capacity(c)
	if !ok {
		return
	}
	body.Capacity = most
	var made gen.Staff
	if err := r.Door.Post(c.Request.Context(), "/v1/staff", c.PostForm("key"), body, &made); err != nil {
		refuse(c, err, "")
		return
	}
	frame.Done(c, staffPath+"/"+made.ID.String(), "settings_staff_added")
}

// capacity reads how many open leads somebody works at most, nil for no bound.
func capacity(c *gin.Context) (most *int, ok bool) {
	text := field(c, "capacity")
	if text == "" {
		return nil, true
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		wrong(c, "settings.wrong_capacity")
		return nil, false
	}
	return &n, true
}

// changeStaff sends every field of the form but a role that the viewer may not
// change; the form leaves that one out.
func (r *Room) changeStaff(c *gin.Context) {
	id, ok := idOf(c, "id")
	if !ok {
		return
	}
	most, ok := capacity(c)
	if !ok {
		return
	}
	// A map, because an empty list takes all away where a missing one leaves
	// all as it is.
	body := map[string]any{
		"name": field(c, "name"), "phone": field(c, "phone"), "language": field(c, "language"),
		"languages": list(c.PostForm("languages")), "makes": list(c.PostForm("makes")), "capacity": most,
	}
	if role := field(c, "role"); role != "" {
		body["role"] = role
	}
	if err := r.patch(c.Request.Context(), "/v1/staff/"+id.String(), c.PostForm("key"), body); err != nil {
		refuse(c, err, "settings.last_manager")
		return
	}
	frame.Done(c, staffPath+"/"+id.String(), "saved")
}

// appoints lists the roles that somebody may give: who manages or administers
// is decided by a general manager or an admin.
func appoints(v *frame.Viewer) []lead.Role {
	roles := []lead.Role{lead.RoleSalesperson, lead.RoleBDC, lead.RoleMarketer}
	if v.Is(lead.RoleGeneralManager, lead.RoleAdmin) {
		roles = append(roles, lead.RoleSalesManager, lead.RoleGeneralManager, lead.RoleAdmin)
	}
	return roles
}

// mayAppoint reports whether the viewer may give somebody another role. Nobody
// changes his own.
func mayAppoint(v *frame.Viewer, whom gen.Staff) bool {
	return whom.ID != v.Staff.ID && slices.Contains(appoints(v), lead.Role(whom.Role))
}

// mayDismiss reports whether the viewer may say that somebody left, or is back.
func mayDismiss(v *frame.Viewer, whom gen.Staff) bool {
	return whom.ID == v.Staff.ID || mayAppoint(v, whom)
}

// one finds somebody; nil when he is nobody of this dealer and the answer is
// given.
func (r *Room) one(c *gin.Context, id uuid.UUID) *gen.Staff {
	all, err := r.everybody(c.Request.Context())
	if err != nil {
		frame.Refuse(c, err)
		return nil
	}
	i := slices.IndexFunc(all, func(s gen.Staff) bool { return s.ID == id })
	if i < 0 {
		frame.NotFound(c)
		return nil
	}
	return &all[i]
}
