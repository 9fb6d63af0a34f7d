package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// ListStaff shows who works or worked here, by e-mail address.
func (s *server) ListStaff(ctx context.Context, _ gen.ListStaffRequestObject) (gen.ListStaffResponseObject, error) {
	all, err := s.staff(ctx)
	if err != nil {
		return nil, err
	}
	return gen.ListStaff200JSONResponse{Items: all}, nil
}

// staff shows everybody as he is now, by e-mail address.
func (s *server) staff(ctx context.Context) ([]gen.Staff, error) {
	who := callerOf(ctx)
	var out []gen.Staff
	err := s.store.Read(ctx, func(q *db.Queries) error {
		v, err := s.look(ctx, q, who)
		if err != nil {
			return err
		}
		rows, err := q.ListStaff(ctx, who.dealer)
		if err != nil {
			return fmt.Errorf("staff: %w", err)
		}
		out = make([]gen.Staff, len(rows))
		for i, row := range rows {
			out[i] = v.show(row)
		}
		return nil
	})
	slices.SortFunc(out, func(a, b gen.Staff) int { return strings.Compare(a.Email, b.Email) })
	return out, err
}

// staffMember shows one of them.
func (s *server) staffMember(ctx context.Context, id uuid.UUID) (gen.Staff, error) {
	all, err := s.staff(ctx)
	if err != nil {
		return gen.Staff{}, err
	}
	i := slices.IndexFunc(all, func(one gen.Staff) bool { return one.ID == id })
	if i < 0 {
		return gen.Staff{}, NotFound("member of staff")
	}
	return all[i], nil
}

// view is what the people of a dealer are looked at with: the clock, the newest
// policy, their absences and their leads.
type view struct {
	now       time.Time
	yardstick *policy.Policy
	absences  map[uuid.UUID][]db.AbsencesRow
	leads     map[uuid.UUID]int
	earning   map[uuid.UUID]store.Figures
}

func (s *server) look(ctx context.Context, q *db.Queries, who caller) (view, error) {
	v := view{absences: map[uuid.UUID][]db.AbsencesRow{}, leads: map[uuid.UUID]int{}}
	var err error
	if v.now, err = q.Now(ctx); err != nil {
		return v, fmt.Errorf("clock: %w", err)
	}
	versions, err := q.CurrentVersions(ctx, who.dealer)
	if err != nil {
		return v, fmt.Errorf("versions: %w", err)
	}
	if v.yardstick, err = s.store.Policy(ctx, q, who.dealer, versions.Policy); err != nil {
		return v, err
	}
	absences, err := q.Absences(ctx, db.AbsencesParams{DealerID: who.dealer, UntilAt: v.now})
	if err != nil {
		return v, fmt.Errorf("absences: %w", err)
	}
	for _, a := range absences {
		v.absences[a.StaffID] = append(v.absences[a.StaffID], a)
	}
	open, err := q.OpenByOwner(ctx, who.dealer)
	if err != nil {
		return v, fmt.Errorf("open leads: %w", err)
	}
	for _, o := range open {
		if o.OwnerID != nil {
			v.leads[*o.OwnerID] = int(o.Open)
		}
	}
	v.earning, err = s.store.Earning(ctx, q, who.dealer, v.yardstick.Earning, v.yardstick.Zone, v.now)
	return v, err
}

// show tells of somebody as others see him.
func (v view) show(row db.Staff) gen.Staff {
	out := gen.Staff{
		ID: row.ID, Email: row.Email, Name: row.Name, Phone: filled(row.Phone), Role: gen.Role(row.Role), Language: filled(row.Language),
		Languages: row.Languages, Makes: row.Makes, Active: row.Active, LeftAt: inUTC(row.LeftAt), Absences: []gen.Absence{}, OpenLeads: v.leads[row.ID],
	}
	if row.Capacity > 0 {
		most := int(row.Capacity)
		out.Capacity = &most
	}
	for _, a := range v.absences[row.ID] {
		out.Absences = append(out.Absences, absence(a.ID, a.FromAt, a.UntilAt, a.Why))
		out.Absent = out.Absent || !a.FromAt.After(v.now)
	}
	out.OnDuty = row.Active && !out.Absent && v.yardstick.OnDuty(row.Email, v.now)
	e := v.yardstick.Earning
	if e == nil || !store.Earns(lead.Role(row.Role)) {
		return out // a pause from before holds for nothing now
	}
	out.PausedSince = inUTC(row.PausedAt)
	if row.ExemptUntil != nil && row.ExemptUntil.After(v.now) {
		out.ExemptUntil = inUTC(row.ExemptUntil)
	}
	f := v.earning[row.ID]
	figures := gen.StaffEarning{
		Result: gen.EarningResult(e.Result), Conversations: f.Conversations, Results: f.Results, Norm: e.Norm, Sample: e.Sample, Judged: f.Judged(e),
	}
	if share, some := f.Share(); some {
		figures.Share = &share
	}
	out.Earning = &figures
	return out
}

func absence(id uuid.UUID, from, until time.Time, why string) gen.Absence {
	return gen.Absence{ID: id, From: from.UTC(), Until: until.UTC(), Why: filled(why)}
}

// inUTC returns the instant as answers have it.
func inUTC(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	utc := at.UTC()
	return &utc
}

// absent says who of the staff is away at an instant.
func (s *server) absent(ctx context.Context, dealer uuid.UUID, at time.Time) (map[uuid.UUID]bool, error) {
	rows, err := s.store.RotationAbsences(ctx, db.RotationAbsencesParams{DealerID: dealer, UntilAt: at})
	if err != nil {
		return nil, fmt.Errorf("absences: %w", err)
	}
	away := map[uuid.UUID]bool{}
	for _, a := range rows {
		if !a.FromAt.After(at) {
			away[a.StaffID] = true
		}
	}
	return away, nil
}

// staffReply answers every operation that changes something about the staff.
type staffReply struct{ reply }

// VisitAddStaffResponse sends the member of staff.
func (r staffReply) VisitAddStaffResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitChangeStaffResponse sends the member of staff.
func (r staffReply) VisitChangeStaffResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitAddAbsenceResponse sends the absence.
func (r staffReply) VisitAddAbsenceResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitDeleteAbsenceResponse sends the member of staff.
func (r staffReply) VisitDeleteAbsenceResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitRecordLeavingResponse sends the member of staff.
func (r staffReply) VisitRecordLeavingResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitRecordReturnResponse sends the member of staff.
func (r staffReply) VisitRecordReturnResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitInterveneResponse sends the member of staff.
func (r staffReply) VisitInterveneResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitExemptResponse sends the member of staff.
func (r staffReply) VisitExemptResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitEndExemptionResponse sends the member of staff.
func (r staffReply) VisitEndExemptionResponse(w http.ResponseWriter) error { return r.write(w) }
