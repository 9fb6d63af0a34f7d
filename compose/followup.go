package compose

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/intake"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// toDepartment hands the customer over to somebody who is no member of staff:
// the policy of the follow-up has the address. The customer's own wishes do not
// forbid it, because it is no message to him; they are told.
func (c *composition) toDepartment(ctx context.Context) (verdict string, err error) {
	if c.row.FollowUpID == nil {
		return NoAddress, nil // only a follow-up says whose policy counts
	}
	f, err := c.followUp(ctx, *c.row.FollowUpID)
	if err != nil {
		return "", err
	}
	policy, err := c.w.Store.Policy(ctx, c.w.Store.Queries, c.row.DealerID, f.PolicyVersion)
	if err != nil {
		return "", err
	}
	address := policy.Departments[c.row.Department]
	if address == "" {
		return NoAddress, nil
	}
	c.refused()
	c.out.To = message.Address{Email: address}
	c.data.Lead.URL = "" // a department has no way into the lead
	c.data.Lead.RequestWords = c.asked()
	answers := message.Address{Name: f.LeadOwnerName, Email: f.LeadOwnerEmail}
	if answers.Email == "" {
		answers = message.Address{Name: f.OwnerName, Email: f.OwnerEmail}
	}
	c.out.ReplyTo, c.data.Owner = answers, message.Owner{Name: answers.Name, Email: answers.Email}
	return "", nil
}

// askedFor adds the follow-up that somebody is asked to do. Nobody is asked for
// what was settled meanwhile.
func (c *composition) askedFor(ctx context.Context) (verdict string, err error) {
	if c.row.FollowUpID == nil {
		return Withdrawn, nil
	}
	f, err := c.followUp(ctx, *c.row.FollowUpID)
	if err != nil {
		return "", err
	}
	if f.Status != string(process.Pending) {
		return Withdrawn, nil
	}
	return "", nil
}

// again adds the lead that this one goes on from.
func (c *composition) again(ctx context.Context) error {
	id, err := c.w.Store.FollowUpOfNewRun(ctx, c.row.LeadID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = c.followUp(ctx, id)
	return err
}

// paused adds for whom new leads pause, and why. A manager may have mended it
// meanwhile.
func (c *composition) paused(ctx context.Context) (verdict string, err error) {
	id, err := uuid.Parse(c.row.Ref)
	if err != nil {
		return Withdrawn, nil //nolint:nilerr // it names nobody, and never will
	}
	p, err := c.w.Store.PausedFigures(ctx, db.PausedFiguresParams{DealerID: c.row.DealerID, ID: id})
	if errors.Is(err, pgx.ErrNoRows) {
		return Withdrawn, nil
	}
	if err != nil {
		return "", err
	}
	if !p.Paused {
		return Withdrawn, nil
	}
	c.data.Colleague = message.Colleague{
		Name: p.Name, URL: c.w.PublicURL + "/v1/staff/" + id.String() + "/interventions",
		Conversations: int(p.Conversations), Results: int(p.Results), Norm: int(p.Norm), PausedAt: p.At,
	}
	return "", nil
}

// followUp fills in the follow-up and the closing that it came from.
func (c *composition) followUp(ctx context.Context, id uuid.UUID) (db.FollowUpWordsRow, error) {
	f, err := c.w.Store.FollowUpWords(ctx, id)
	if err != nil {
		return f, err
	}
	c.data.FollowUp = message.FollowUp{
		Kind: lead.FollowUpKind(f.Kind), URL: c.w.PublicURL + "/v1/follow-ups/" + id.String(), OwnerName: f.OwnerName,
		DueAt: at(f.DeadlineAt), Note: f.Note, ClosedBy: f.ClosedBy, TradeIn: tradeIn(f.TradeIn),
		ExternalID: f.ExternalID, PriceCents: f.CostCents, Currency: f.Currency, Received: f.ReceivedAt, ClosedAt: at(f.ClosedAt),
	}
	if f.Reason == "" {
		return f, nil // it runs beside the calls, and comes from no closing
	}
	reason, err := c.reason(ctx, f.ReasonVersion, f.Reason)
	if err != nil {
		return f, err
	}
	c.data.FollowUp.ReasonLabel = reason.Label
	given := map[string]string{}
	if err := json.Unmarshal(f.Details, &given); err != nil {
		return f, fmt.Errorf("stored details of a closing: %w", err)
	}
	for _, d := range inOrder(reason, given) {
		if d.Value, err = c.named(ctx, d); err != nil {
			return f, err
		}
		c.data.FollowUp.Details = append(c.data.FollowUp.Details, d)
	}
	return f, nil
}

// inOrder returns what a closing says, as the catalogue orders it. What the
// reason does not ask for comes last: it was asked for once.
func inOrder(reason lead.Reason, given map[string]string) []message.Detail {
	var out []message.Detail
	rest := maps.Clone(given)
	for _, d := range reason.Details {
		out = append(out, message.Detail{Name: d.Name, Kind: d.Kind, Value: given[d.Name]})
		delete(rest, d.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(rest)) {
		out = append(out, message.Detail{Name: name, Kind: lead.Words, Value: rest[name]})
	}
	// A signal brings no words: they must not travel through Temporal.
	return slices.DeleteFunc(out, func(d message.Detail) bool { return d.Value == "" || d.Value == lead.Kept })
}

// named is the value of a detail with a colleague by name and a lead by its
// address.
func (c *composition) named(ctx context.Context, d message.Detail) (string, error) {
	if d.Kind != lead.StaffOrLead && d.Kind != lead.LeadID {
		return d.Value, nil
	}
	if lead.IsID(d.Value) {
		return c.w.PublicURL + "/leads/" + d.Value, nil
	}
	p, err := c.w.Store.StaffByEmail(ctx, db.StaffByEmailParams{DealerID: c.row.DealerID, Lower: d.Value})
	if errors.Is(err, pgx.ErrNoRows) {
		return d.Value, nil
	}
	return p.Name, err
}

// tradeIn is the customer's present car in a line, "" when nobody told.
func tradeIn(stored []byte) string {
	var t intake.TradeIn
	if len(stored) == 0 || json.Unmarshal(stored, &t) != nil {
		return ""
	}
	var parts []string
	if car := strings.TrimSpace(t.Make + " " + t.Model); car != "" {
		parts = append(parts, car)
	}
	if t.Year > 0 {
		parts = append(parts, fmt.Sprint(t.Year))
	}
	if t.MileageKM > 0 {
		parts = append(parts, fmt.Sprintf("%d km", t.MileageKM))
	}
	return strings.Join(parts, ", ")
}

// at is the instant, zero when there is none.
func at(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
