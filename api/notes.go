package api

import (
	"context"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/process"
)

// AddNote puts a note on the timeline.
func (s *server) AddNote(ctx context.Context, r gen.AddNoteRequestObject) (gen.AddNoteResponseObject, error) {
	return s.act(ctx, r.ID, r.Params.IdempotencyKey, r, func(ctx context.Context, a *action) (process.Happening, error) {
		id, err := a.note(ctx, &r.Body.Text)
		if err == nil && id == "" {
			err = Invalid(FieldError{Field: "text", Message: "must hold a word or more"})
		}
		return process.Happening{What: process.DidNote, Note: &process.NoteAdded{ID: id}}, err
	})
}
