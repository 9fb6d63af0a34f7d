package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/words"
)

// heldPlace is a place in the quarantine.
type heldPlace struct {
	At time.Time `json:"t"`
	ID uuid.UUID `json:"i"`
}

// ListQuarantine lists what could not be read, newest first.
func (s *server) ListQuarantine(ctx context.Context, r gen.ListQuarantineRequestObject) (gen.ListQuarantineResponseObject, error) {
	limit := limitOf(r.Params.Limit)
	params := db.ListQuarantineParams{DealerID: callerOf(ctx).dealer, Most: limit + 1}
	if r.Params.State != nil {
		resolved := *r.Params.State == gen.QuarantineStateBecameLead
		params.Resolved = &resolved
	}
	before, given, err := placeOf[heldPlace](r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	if given {
		params.Before, params.BeforeID = &before.At, &before.ID
	}
	rows, err := s.store.ListQuarantine(ctx, params)
	if err != nil {
		return nil, fmt.Errorf("quarantine: %w", err)
	}
	out := gen.QuarantinePage{Items: []gen.QuarantineEntry{}}
	if len(rows) > int(limit) {
		rows = rows[:limit]
		last := rows[limit-1]
		out.NextCursor = cursorOf(heldPlace{At: last.CreatedAt.UTC(), ID: last.ID})
	}
	for _, row := range rows {
		out.Items = append(out.Items, gen.QuarantineEntry{
			ID: row.ID, ReceivedAt: row.ReceivedAt.UTC(), Source: filled(row.Source), ContentType: row.ContentType, Size: int(row.Size),
			Prospect: prospect(row.Position), Reason: words.Of(ctx).Told(row.Reason), State: heldState(row.ResolvedAt), LeadID: row.LeadID,
		})
	}
	return gen.ListQuarantine200JSONResponse(out), nil
}

// GetQuarantined shows a message as it came.
func (s *server) GetQuarantined(ctx context.Context, r gen.GetQuarantinedRequestObject) (gen.GetQuarantinedResponseObject, error) {
	row, err := s.store.GetQuarantine(ctx, db.GetQuarantineParams{DealerID: callerOf(ctx).dealer, ID: r.ID})
	if notThere(err) {
		return nil, NotFound("message in quarantine")
	}
	if err != nil {
		return nil, fmt.Errorf("quarantine: %w", err)
	}
	if err := s.looked(ctx, store.QuarantineOpened, r.ID); err != nil {
		return nil, err
	}
	return gen.GetQuarantined200JSONResponse(gen.Quarantined{
		ID: row.ID, ReceivedAt: row.ReceivedAt.UTC(), Source: filled(row.Source), ContentType: row.ContentType, Size: len(row.Body),
		Prospect: prospect(row.Position), Reason: words.Of(ctx).Told(row.Reason), State: heldState(row.ResolvedAt), LeadID: row.LeadID,
		Raw: strings.ReplaceAll(strings.ToValidUTF8(string(row.Body), "\ufffd"), "\x00", "\ufffd"),
	}), nil
}

// prospect is the place in an ADF document, nil for the message as a whole.
func prospect(position int32) *int {
	if position == 0 {
		return nil
	}
	n := int(position)
	return &n
}

func heldState(resolved *time.Time) gen.QuarantineState {
	if resolved != nil {
		return gen.QuarantineStateBecameLead
	}
	return gen.QuarantineStateWaiting
}

// MakeLead makes a quarantined message a lead, with what a person read in it.
func (s *server) MakeLead(c *gin.Context) {
	if err := s.makeLead(c); err != nil {
		Fail(c, err)
	}
}

func (s *server) makeLead(c *gin.Context) error {
	body, err := wholeBody(c)
	if err != nil {
		return err
	}
	if media, _, err := mime.ParseMediaType(c.GetHeader("Content-Type")); err != nil || media != string(formJSON) {
		return UnsupportedMediaType(string(formJSON))
	}
	said := besideLead(formJSON, body)
	actor := Actor(c)
	if actor == "" {
		actor = strings.ToLower(strings.TrimSpace(said.Actor))
	}
	if err := s.appoint(c, actor, true); err != nil {
		return err
	}
	entry, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return NotFound("message in quarantine")
	}
	post := store.Post{Dealer: callerOf(c).dealer, ContentType: string(formJSON), Body: body}
	if said.Source != "" {
		source, err := s.sourceNamed(c, said.Source)
		if err != nil {
			return err
		}
		post.Source = source.ID
	}
	_, reading, err := s.intakeContext(c)
	if err != nil {
		return err
	}
	faults := readPost(&post, formJSON, reading, said.used)
	request := struct {
		Entry uuid.UUID
		Actor string
		Body  []byte
	}{entry, actor, body}
	answer, err := s.once(c.Request.Context(), filled(c.GetHeader("Idempotency-Key")), request, func(uuid.UUID) (reply, error) {
		if post.Unreadable != "" {
			return reply{}, Invalid(faults...)
		}
		return s.resolve(c.Request.Context(), entry, post)
	})
	if err != nil {
		return err
	}
	return s.answerMade(c, answer)
}

func (s *server) resolve(ctx context.Context, entry uuid.UUID, post store.Post) (reply, error) {
	got, err := s.store.MakeLead(ctx, entry, staffOf(ctx).ID, post)
	var done *store.Resolved
	switch {
	case errors.As(err, &done):
		now, err := s.leadNow(ctx, post.Dealer, done.Lead)
		if err != nil {
			return reply{}, err
		}
		return reply{}, Conflict("This message became a lead already; work that one.", &now)
	case notThere(err):
		return reply{}, NotFound("message in quarantine")
	case err != nil:
		return reply{}, fmt.Errorf("make a lead: %w", err)
	}
	s.waker.Wake()
	return replyWith(http.StatusAccepted, s.receipt(got.Leads[0]))
}

// answerMade sends the receipt. The same request again is answered as a repeat.
func (s *server) answerMade(c *gin.Context, answer reply) error {
	var receipt gen.LeadReceipt
	if err := json.Unmarshal(answer.body, &receipt); err != nil {
		return fmt.Errorf("receipt: %w", err)
	}
	status := answer.status
	if answer.again {
		status, receipt.Replayed = http.StatusOK, true
	}
	c.Header("Location", receipt.URL)
	answerJSON(c, status, receipt)
	return nil
}
