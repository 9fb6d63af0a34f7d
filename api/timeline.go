package api

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/words"
)

// GetLeadTimeline reads what happened to a lead.
func (s *server) GetLeadTimeline(ctx context.Context, r gen.GetLeadTimelineRequestObject) (gen.GetLeadTimelineResponseObject, error) {
	who := callerOf(ctx)
	if err := s.mayRead(ctx, who, r.ID); err != nil {
		return nil, err
	}
	// With its notes it tells as much of the customer as the lead itself.
	if err := s.looked(ctx, store.LeadViewed, r.ID); err != nil {
		return nil, err
	}
	after, _, err := placeOf[int64](r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	limit := limitOf(r.Params.Limit)
	out := gen.TimelinePage{Items: []gen.TimelineEntry{}}
	err = s.store.Read(ctx, func(q *db.Queries) error {
		rows, err := q.Timeline(ctx, db.TimelineParams{DealerID: who.dealer, LeadID: r.ID, Seq: after, Most: limit + 1})
		if err != nil {
			return fmt.Errorf("timeline: %w", err)
		}
		if len(rows) > int(limit) {
			rows = rows[:limit]
			out.NextCursor = cursorOf(rows[limit-1].Seq)
		}
		events := make([]event, len(rows))
		for i, row := range rows {
			events[i] = event{Seq: row.Seq, At: row.At, Kind: row.Kind, Actor: row.Actor, Stored: row.Data}
		}
		out.Items, err = readable(ctx, q, who.dealer, words.Of(ctx), events)
		return err
	})
	return gen.GetLeadTimeline200JSONResponse(out), err
}

// event is an entry of the timeline as it is stored, with ids in place of
// people and words.
type event struct {
	Seq         int64
	At          time.Time
	Kind, Actor string
	Stored      []byte
}

func (e event) data() (map[string]any, error) {
	data := map[string]any{}
	if err := json.Unmarshal(e.Stored, &data); err != nil {
		return nil, fmt.Errorf("timeline entry %d: %w", e.Seq, err)
	}
	return data, nil
}

// readable tells events as people read them: staff by address, notes in words, a
// summary in one line.
func readable(ctx context.Context, q *db.Queries, dealer uuid.UUID, reader *words.Words, events []event) ([]gen.TimelineEntry, error) {
	out := make([]gen.TimelineEntry, len(events))
	if len(events) == 0 {
		return out, nil
	}
	staff, err := peopleOf(ctx, q, dealer)
	if err != nil {
		return nil, err
	}
	var noteIDs []uuid.UUID
	for i, e := range events {
		data, err := e.data()
		if err != nil {
			return nil, err
		}
		if id, err := uuid.Parse(text(data["note_id"])); err == nil {
			noteIDs = append(noteIDs, id)
		}
		out[i] = gen.TimelineEntry{
			Seq: e.Seq, At: e.At.UTC(), Kind: gen.TimelineKind(e.Kind), Actor: actorOf(e, data, staff), Data: data,
			Summary: summary(e.Kind, data, staff, reader),
		}
	}
	notes, err := notesOf(ctx, q, dealer, noteIDs)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Data = published(out[i].Data, staff, notes)
	}
	return out, nil
}

func notesOf(ctx context.Context, q *db.Queries, dealer uuid.UUID, ids []uuid.UUID) (map[string]string, error) {
	notes := map[string]string{}
	if len(ids) == 0 {
		return notes, nil
	}
	rows, err := q.NotesByID(ctx, db.NotesByIDParams{DealerID: dealer, Ids: ids})
	if err != nil {
		return nil, fmt.Errorf("notes: %w", err)
	}
	for _, n := range rows {
		notes[n.ID.String()] = n.Text
	}
	return notes, nil
}

// actorOf names who did it.
func actorOf(e event, data map[string]any, staff people) string {
	if p := staff.ref(e.Actor); p != nil {
		return p.Email
	}
	switch {
	case e.Actor == string(process.Operator):
		return "ops"
	case e.Kind == "received" && text(data["source"]) != "":
		return "source:" + text(data["source"])
	}
	return e.Actor
}

// renamed says under which name a field that holds ids of staff is shown.
var renamed = map[string]string{
	"staff_id": "staff", "staff_ids": "staff", "from_staff_id": "from_staff", "proposed_by": "proposed_by", "passed_over": "passed_over",
}

// published turns stored data into data for readers: staff by address instead
// of id, the words of a note beside its id, and no place-holders for words that
// stand in the lead's closing.
func published(data map[string]any, staff people, notes map[string]string) map[string]any {
	out := make(map[string]any, len(data)+1)
	for name, value := range data {
		shown, people := renamed[name]
		switch v := value.(type) {
		case string:
			if people {
				value = staff.address(v)
			}
		case []any:
			if people {
				list := make([]any, len(v))
				for i, one := range v {
					list[i] = staff.address(text(one))
				}
				value = list
			}
		case map[string]any:
			value = withoutKept(v)
		}
		if !people {
			shown = name
		}
		out[shown] = value
	}
	if note, ok := notes[text(data["note_id"])]; ok {
		out["note"] = note
	}
	return out
}

func withoutKept(details map[string]any) map[string]any {
	out := make(map[string]any, len(details))
	for name, value := range details {
		if value != lead.Kept {
			out[name] = value
		}
	}
	return out
}

// address returns the e-mail address of a member of staff, or the actor as it
// is when it is no member of staff.
func (p people) address(actor string) string {
	if one := p.ref(actor); one != nil {
		return one.Email
	}
	return actor
}

// text returns the value as text, "" when it is none.
func text(value any) string {
	s, _ := value.(string)
	return s
}
