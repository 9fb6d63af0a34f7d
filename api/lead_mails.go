package api

import (
	"context"
	"fmt"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// mostMails is how many mails of a lead are told of.
const mostMails = 100

// ListLeadMails tells what became of the mails to a lead's customer.
func (s *server) ListLeadMails(ctx context.Context, r gen.ListLeadMailsRequestObject) (gen.ListLeadMailsResponseObject, error) {
	who := callerOf(ctx)
	if err := s.mayRead(ctx, who, r.ID); err != nil {
		return nil, err
	}
	rows, err := s.store.MailsOfLead(ctx, db.MailsOfLeadParams{LeadID: r.ID, DealerID: who.dealer, Most: mostMails})
	if err != nil {
		return nil, fmt.Errorf("mails of the lead: %w", err)
	}
	staff, err := peopleOf(ctx, s.store.Queries, who.dealer)
	if err != nil {
		return nil, err
	}
	out := gen.LeadMails{Items: make([]gen.LeadMail, len(rows))}
	for i := range rows {
		stands := store.MailStands(&rows[i])
		out.Items[i] = gen.LeadMail{
			ID: rows[i].ID, Template: rows[i].Template, State: gen.MailState(stands.State), Code: filled(stands.Code),
			AskedAt: rows[i].CreatedAt.UTC(), At: utc(stands.At),
		}
		if by := rows[i].WrittenBy; by != nil {
			out.Items[i].WrittenBy = staff.ref(by.String())
		}
	}
	return gen.ListLeadMails200JSONResponse(out), nil
}
