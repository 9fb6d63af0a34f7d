package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/store/db"
)

// reply is the answer to a write: what is sent, and what the same request gets
// again.
type reply struct {
	status int
	body   []byte
	again  bool // it was given before
}

func replyWith(status int, value any) (reply, error) {
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(value); err != nil {
		return reply{}, fmt.Errorf("answer: %w", err)
	}
	return reply{status: status, body: body.Bytes()}, nil
}

// write sends the reply.
func (r reply) write(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(r.status)
	_, err := w.Write(r.body)
	return err
}

// once does what a request asks at most once for its Idempotency-Key. do gets
// the id of the request, which a retry gets again as long as nobody can say
// that nothing was done.
//
// Answers are kept when they are the last word: success, and a body that is not
// right. Somebody else's being faster or missing evidence is not; the same key
// may succeed later.
func (s *server) once(ctx context.Context, key *string, request any, do func(id uuid.UUID) (reply, error)) (reply, error) {
	if key == nil {
		return do(uuid.New())
	}
	body, err := json.Marshal(request)
	if err != nil {
		return reply{}, fmt.Errorf("request: %w", err)
	}
	fingerprint := sha256.Sum256(slices.Concat([]byte(Operation(ctx).ID+"\n"), body))
	dealer, holder := callerOf(ctx).dealer, uuid.New()
	claim, err := s.store.ClaimRequest(ctx, db.ClaimRequestParams{
		DealerID: dealer, Key: *key, Fingerprint: fingerprint[:], ID: uuid.New(), Holder: holder,
	})
	switch {
	case err != nil:
		return reply{}, fmt.Errorf("claim the key: %w", err)
	case !bytes.Equal(claim.Fingerprint, fingerprint[:]):
		return reply{}, KeyReused()
	case claim.Status != nil:
		return told(int(*claim.Status), claim.Body)
	case claim.Holder != holder:
		return reply{}, InFlight()
	}
	answer, err := do(claim.ID)
	s.settle(ctx, db.FinishRequestParams{DealerID: dealer, Key: *key, Holder: holder}, answer, err)
	return answer, err
}

// told gives the answer that was given before.
func told(status int, body []byte) (reply, error) {
	if status < http.StatusBadRequest {
		return reply{status: status, body: body, again: true}, nil
	}
	p := &Problem{}
	if err := json.Unmarshal(body, &p.Problem); err != nil {
		return reply{}, fmt.Errorf("stored answer: %w", err)
	}
	return reply{}, p
}

// settle keeps the answer, or frees the key. It does so even when the caller
// went away meanwhile: he will ask again. When it fails the claim runs out by
// itself, and whoever asks then goes on under the same id.
func (s *server) settle(ctx context.Context, finish db.FinishRequestParams, answer reply, failed error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	status := int32(answer.status)
	finish.Status, finish.Body = &status, answer.body
	var err error
	switch p := asProblem(failed); {
	case failed == nil:
		err = s.store.FinishRequest(ctx, finish)
	case p.Status >= http.StatusInternalServerError:
		err = s.store.ReleaseRequest(ctx, db.ReleaseRequestParams{DealerID: finish.DealerID, Key: finish.Key, Holder: finish.Holder})
	case p.Type == KindInvalid.typeURI():
		status = int32(p.Status)
		if finish.Body, err = json.Marshal(p.Problem); err == nil {
			err = s.store.FinishRequest(ctx, finish)
		}
	default:
		err = s.store.ForgetRequest(ctx, db.ForgetRequestParams{DealerID: finish.DealerID, Key: finish.Key, Holder: finish.Holder})
	}
	if err != nil {
		s.log.WarnContext(ctx, "the answer to a request could not be kept", "error", err)
	}
}
