package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/intake"
	"github.com/doorbell-ilm/doorbell/internal/failpoint"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// ErrInFlight says that a request with the same key is being worked on now.
var ErrInFlight = errors.New("a request with this Idempotency-Key is being worked on; try again in a second")

// ErrKeyReused says that the key was used before for something else.
var ErrKeyReused = errors.New("this Idempotency-Key was used before with another body; use a new key")

// Post is one message of a source as it came in and as it was read.
type Post struct {
	Dealer      uuid.UUID
	Source      uuid.UUID
	ContentType string
	Body        []byte
	Key         string // the caller's Idempotency-Key, "" for none
	Prospects   []Prospect
	// Unreadable is why the whole message goes into quarantine, "" when it
	// could be read.
	Unreadable string

	// Versions are the newest of the dealer's, and what time it is, where whoever
	// posts has read them already.
	Versions *db.CurrentVersionsRow

	// since is when the lead was received, when that is not now: it waited in
	// quarantine.
	since *time.Time
}

// Prospect is one lead of a message.
type Prospect struct {
	intake.Prospect
	Ignored []string
}

// Received is the answer to a post.
type Received struct {
	Leads       []ReceivedLead
	Quarantined []Quarantined
	// Replayed says that the whole message was received before.
	Replayed bool
}

// ReceivedLead is one lead that a message became.
type ReceivedLead struct {
	ID          uuid.UUID
	DuplicateOf *uuid.UUID
	Ignored     []string
	Replayed    bool // it was there before
	Status      string
}

// Quarantined is one prospect, or the whole message (position 0), that could
// not be a lead.
type Quarantined struct {
	ID       uuid.UUID
	Position int
	Reason   string
}

// Receive stores a message and what it became in one transaction: raw message,
// leads, quarantine and what Temporal has to be told. Nothing is answered
// before this has committed.
//
// The same key, and the same external id of the same source, give the same
// lead again, however many ask at once. It returns ErrInFlight or ErrKeyReused
// when the key is busy or taken.
func (s *Store) Receive(ctx context.Context, p Post) (Received, error) {
	var got Received
	err := s.InTx(ctx, func(q *db.Queries) error {
		var err error
		got, err = s.receive(ctx, q, p)
		failpoint.Hit(failpoint.IntakeBeforeCommit)
		return err
	})
	failpoint.Hit(failpoint.IntakeAfterCommit)
	return got, err
}

func (s *Store) receive(ctx context.Context, q *db.Queries, p Post) (Received, error) {
	r := reception{s: s, q: q, p: p, fingerprint: fingerprint(p.ContentType, p.Body)}
	err := r.run(ctx)
	return r.got, err
}

// reception is one Receive under way.
type reception struct {
	s           *Store
	q           *db.Queries
	p           Post
	fingerprint []byte
	raw         uuid.UUID
	now         time.Time
	versions    db.CurrentVersionsRow
	phase       lead.Phase
	today       time.Time // the dealer's date, at midnight UTC
	erased      bool      // somebody stands in the message who was erased
	got         Received
}

func (r *reception) run(ctx context.Context) error {
	if done, err := r.before(ctx); done || err != nil {
		return err
	}
	var err error
	if r.p.Versions != nil {
		r.versions = *r.p.Versions
	} else if r.versions, err = r.q.CurrentVersions(ctx, r.p.Dealer); err != nil {
		return err
	}
	r.now = r.versions.Now
	yardstick, err := r.s.Policy(ctx, r.q, r.p.Dealer, r.versions.Policy)
	if err != nil {
		return err
	}
	r.phase = yardstick.Phases[0]
	y, m, d := r.now.In(yardstick.Zone).Date()
	r.today = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	if r.p.Unreadable != "" {
		if again, err := r.stillHeld(ctx, 0); again || err != nil {
			return err
		}
	}
	r.raw = NewID()
	raw := db.InsertRawParams{
		ID: r.raw, DealerID: r.p.Dealer, SourceID: r.p.Source, ContentType: r.p.ContentType, Body: r.p.Body,
		Fingerprint: r.fingerprint, IdempotencyKey: pointer(r.p.Key), ReceivedAt: r.now,
	}
	if r.p.Unreadable != "" {
		raw.IdempotencyKey = nil // the key stays free for the mended message
	}
	if err := r.q.InsertRaw(ctx, raw); err != nil {
		return fmt.Errorf("raw message: %w", err)
	}
	if r.p.Unreadable != "" {
		return r.quarantine(ctx, 0, r.p.Unreadable)
	}
	for _, prospect := range r.p.Prospects {
		if prospect.Reason != "" {
			err = r.quarantine(ctx, prospect.Position, prospect.Reason)
		} else {
			err = r.prospect(ctx, prospect)
		}
		if err != nil {
			return err
		}
	}
	// A prospect that waits in quarantine needs the message until somebody has
	// made a lead of it; then its age empties it.
	if !r.erased || len(r.got.Quarantined) > 0 {
		return nil
	}
	_, err = r.q.EraseRaw(ctx, db.EraseRawParams{DealerID: r.p.Dealer, Raws: []uuid.UUID{r.raw}})
	return err
}

// before answers a message that was received before.
func (r *reception) before(ctx context.Context) (done bool, err error) {
	if r.p.Key == "" {
		return r.erasedBefore(ctx)
	}
	free, err := r.q.TryLockRequest(ctx, "raw "+r.p.Source.String()+" "+r.p.Key)
	if err != nil {
		return false, err
	}
	if !free {
		return false, ErrInFlight
	}
	raw, err := r.q.RawByKey(ctx, db.RawByKeyParams{SourceID: r.p.Source, DealerID: r.p.Dealer, Key: r.p.Key})
	if errors.Is(err, pgx.ErrNoRows) {
		return r.erasedBefore(ctx)
	}
	if err != nil {
		return false, err
	}
	// Of a message that was erased with its person nothing is left to compare.
	if len(raw.Fingerprint) == sha256.Size && !slices.Equal(raw.Fingerprint, r.fingerprint) {
		return false, ErrKeyReused
	}
	return r.replay(ctx, raw.ID)
}

// erasedBefore answers the very message that was erased with its person: it must
// not bring back what it brought then.
func (r *reception) erasedBefore(ctx context.Context) (done bool, err error) {
	raw, err := r.q.RawErased(ctx, db.RawErasedParams{SourceID: r.p.Source, DealerID: r.p.Dealer, Fingerprint: r.fingerprint})
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("erased messages: %w", err)
	}
	return r.replay(ctx, raw)
}

// replay answers as the message was answered that is stored under raw.
func (r *reception) replay(ctx context.Context, id uuid.UUID) (done bool, err error) {
	r.got.Replayed = true
	leads, err := r.q.RawLeads(ctx, id)
	if err != nil {
		return false, err
	}
	for _, l := range leads {
		r.got.Leads = append(r.got.Leads, ReceivedLead{ID: l.ID, DuplicateOf: l.DuplicateOf, Ignored: l.Ignored, Replayed: true, Status: l.Status})
	}
	held, err := r.q.RawQuarantine(ctx, id)
	if err != nil {
		return false, err
	}
	for _, h := range held {
		r.got.Quarantined = append(r.got.Quarantined, Quarantined{ID: h.ID, Position: int(h.Position), Reason: h.Reason})
	}
	return true, nil
}

// stillHeld answers with the entry of the very same message when one waits
// already: a sender that repeats itself must not fill the quarantine.
func (r *reception) stillHeld(ctx context.Context, position int) (bool, error) {
	if err := r.q.LockNames(ctx, []string{"quarantine " + r.p.Source.String() + " " + hex.EncodeToString(r.fingerprint)}); err != nil {
		return false, err
	}
	held, err := r.q.OpenQuarantine(ctx, db.OpenQuarantineParams{
		DealerID: r.p.Dealer, SourceID: r.p.Source, Position: int32(position), Fingerprint: r.fingerprint,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("quarantine: %w", err)
	}
	r.got.Quarantined = append(r.got.Quarantined, Quarantined{ID: held.ID, Position: int(held.Position), Reason: held.Reason})
	return true, nil
}

func (r *reception) quarantine(ctx context.Context, position int, reason string) error {
	// With a key the message answers for its own entries when it comes again.
	if r.p.Key == "" && position > 0 {
		if again, err := r.stillHeld(ctx, position); again || err != nil {
			return err
		}
	}
	held := Quarantined{ID: NewID(), Position: position, Reason: reason}
	err := r.q.InsertQuarantine(ctx, db.InsertQuarantineParams{
		ID: held.ID, DealerID: r.p.Dealer, SourceID: r.p.Source, RawID: r.raw, Position: int32(position), Reason: reason, CreatedAt: r.now,
	})
	if err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	r.got.Quarantined = append(r.got.Quarantined, held)
	return nil
}

// prospect makes one draft a lead, or an update of the lead that it was
// before.
func (r *reception) prospect(ctx context.Context, p Prospect) error {
	d := p.Draft
	if d.ExternalID != "" {
		if err := r.q.LockNames(ctx, []string{"external " + r.p.Source.String() + " " + d.ExternalID}); err != nil {
			return err
		}
		known, err := r.q.LeadByExternalID(ctx, db.LeadByExternalIDParams{SourceID: r.p.Source, DealerID: r.p.Dealer, ExternalID: d.ExternalID})
		if err == nil {
			return r.again(ctx, p, known)
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
	}
	phones, emails := reachable(d)
	if err := r.lockPerson(ctx, phones, emails); err != nil {
		return err
	}
	running, err := r.q.OpenLeadsOfPerson(ctx, db.OpenLeadsOfPersonParams{DealerID: r.p.Dealer, Phones: phones, Emails: emails})
	if err != nil {
		return err
	}
	id := NewID()
	var duplicateOf *uuid.UUID
	for _, l := range running {
		if sameCar(d.Vehicle, l) {
			duplicateOf = &l.ID
			break
		}
	}
	if err := r.insertLead(ctx, id, p, duplicateOf); err != nil {
		return err
	}
	for _, l := range running {
		same := duplicateOf != nil && *duplicateOf == l.ID
		if duplicateOf != nil && !same {
			continue // it belongs to one process only
		}
		if err := r.link(ctx, id, l.ID, same); err != nil {
			return err
		}
	}
	if duplicateOf == nil {
		if err := r.q.InsertOutbox(ctx, db.InsertOutboxParams{DealerID: r.p.Dealer, LeadID: id, NextTryAt: r.now}); err != nil {
			return err
		}
	}
	err = r.q.InsertRawLead(ctx, db.InsertRawLeadParams{RawID: r.raw, Position: int32(p.Position), DealerID: r.p.Dealer, LeadID: id})
	if err != nil {
		return err
	}
	r.got.Leads = append(r.got.Leads, ReceivedLead{ID: id, DuplicateOf: duplicateOf, Ignored: p.Ignored, Status: "received"})
	return nil
}

// lockPerson makes leads of one person that arrive at once wait for each
// other. The order is fixed, so that two of them cannot wait for one another.
func (r *reception) lockPerson(ctx context.Context, phones, emails []string) error {
	names := make([]string, 0, len(phones)+len(emails))
	for _, n := range slices.Concat(phones, emails) {
		names = append(names, "person "+r.p.Dealer.String()+" "+n)
	}
	slices.Sort(names)
	return r.q.LockNames(ctx, slices.Compact(names))
}

// link ties two leads of one person together and lets the running process
// know. A lead of the same car is worked by that process: both sources are
// credited, and a paid one is claimed back (R17).
func (r *reception) link(ctx context.Context, id, running uuid.UUID, sameCar bool) error {
	err := r.q.InsertLink(ctx, db.InsertLinkParams{DealerID: r.p.Dealer, LeadID: id, OtherID: running, SameCar: sameCar, At: r.now})
	if err != nil {
		return err
	}
	source, err := r.q.GetSource(ctx, r.p.Source)
	if err != nil {
		return err
	}
	linked := process.Linked{Lead: id.String(), Source: source.Code, SameCar: sameCar}
	if err := r.tell(ctx, running, process.Happening{ID: "linked-" + id.String(), What: process.WasLinked, Linked: &linked, Signal: true}); err != nil {
		return err
	}
	if !sameCar {
		return nil
	}
	for _, e := range []process.Event{
		{Kind: "received", Data: map[string]any{"source": source.Code}},
		{Kind: "duplicate_linked", Data: map[string]any{"lead_id": running.String(), "source": source.Code, "same_car": true}},
	} {
		body, err := json.Marshal(e.Data)
		if err != nil {
			return err
		}
		if err := appendEvent(ctx, r.q, r.p.Dealer, id, e.Kind, process.System, body); err != nil {
			return err
		}
	}
	if !source.Paid {
		return nil
	}
	return startFollowUp(ctx, r.q, r.p.Dealer, id, process.Task{Kind: lead.RefundClaim, DueOn: r.today}, "double", r.versions.Policy, r.now)
}

func (r *reception) tell(ctx context.Context, id uuid.UUID, h process.Happening) error {
	body, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return r.q.InsertOutbox(ctx, db.InsertOutboxParams{DealerID: r.p.Dealer, LeadID: id, Happening: body, NextTryAt: r.now})
}

// again is a lead that its source sent before. With nothing new in it the
// first answer stands; with more or other content it is an update.
func (r *reception) again(ctx context.Context, p Prospect, known db.LeadByExternalIDRow) error {
	if known.ErasedAt != nil {
		return r.erasedAgain(ctx, p, known)
	}
	hash := contentHash(p.Draft)
	resent := !slices.Equal(hash, known.ContentHash)
	if resent {
		changed, err := r.update(ctx, p.Draft, known, hash)
		if err != nil {
			return err
		}
		// Nothing new in it, only something left out: nobody is disturbed.
		if resent = len(changed) > 0; resent {
			if err := r.tellResent(ctx, known, changed); err != nil {
				return err
			}
		}
	}
	err := r.q.InsertRawLead(ctx, db.InsertRawLeadParams{RawID: r.raw, Position: int32(p.Position), DealerID: r.p.Dealer, LeadID: known.ID, Resent: resent})
	if err != nil {
		return err
	}
	r.got.Leads = append(r.got.Leads, ReceivedLead{ID: known.ID, DuplicateOf: known.DuplicateOf, Ignored: p.Ignored, Replayed: true, Status: known.Status})
	return nil
}

// erasedAgain is a lead whose customer was erased. It is known, and nothing of
// it is stored: the message is emptied before it is committed, as the first one
// was. What is refused in it counts all the same.
func (r *reception) erasedAgain(ctx context.Context, p Prospect, known db.LeadByExternalIDRow) error {
	err := r.q.InsertRawLead(ctx, db.InsertRawLeadParams{RawID: r.raw, Position: int32(p.Position), DealerID: r.p.Dealer, LeadID: known.ID})
	if err != nil {
		return err
	}
	r.erased = true
	r.got.Leads = append(r.got.Leads, ReceivedLead{ID: known.ID, DuplicateOf: known.DuplicateOf, Ignored: []string{}, Replayed: true, Status: known.Status})
	return r.refuseErased(ctx, p.Draft)
}

// tellResent puts the update on the timeline: through the process when one
// runs, directly when the lead is closed.
func (r *reception) tellResent(ctx context.Context, known db.LeadByExternalIDRow, changed []string) error {
	worked := known.ID
	if known.DuplicateOf != nil {
		worked = *known.DuplicateOf
	}
	// The process that works it may be another lead's, with contacts of its own.
	now, err := reach(ctx, r.q, worked)
	if err != nil {
		return err
	}
	resent := process.Resent{Raw: r.raw.String(), Changed: changed, Reach: now}
	if known.Status == "closed" {
		body, err := json.Marshal(map[string]any{"resend": true, "raw_id": resent.Raw, "changed": changed})
		if err != nil {
			return err
		}
		if err := appendEvent(ctx, r.q, r.p.Dealer, known.ID, "message_received", process.System, body); err != nil {
			return err
		}
		if known.DuplicateOf == nil {
			return nil
		}
	}
	return r.tell(ctx, worked, process.Happening{ID: "resent-" + r.raw.String(), What: process.WasResent, Resent: &resent, Signal: true})
}

func fingerprint(contentType string, body []byte) []byte {
	h := sha256.New()
	_, _ = h.Write([]byte(contentType + "\n")) // a hash never fails
	_, _ = h.Write(body)
	return h.Sum(nil)
}

// contentHash tells whether a lead that is sent again has anything new in it.
func contentHash(d intake.Draft) []byte {
	d.Resend, d.RequestedAt, d.Lenient, d.IDs = false, nil, false, nil
	body, err := json.Marshal(d)
	if err != nil {
		return nil // a draft is plain data and always has a JSON form
	}
	sum := sha256.Sum256(body)
	return sum[:]
}

// Revive makes a lead that was taken for a duplicate a process of its own,
// because the process that it was linked to has ended, and takes the outbox
// entry that found out.
func (s *Store) Revive(ctx context.Context, entry int64, leadID string) error {
	id, err := uuid.Parse(leadID)
	if err != nil {
		return fmt.Errorf("linked lead: %w", err)
	}
	return s.InTx(ctx, func(q *db.Queries) error {
		if err := reviveLead(ctx, q, id); err != nil {
			return err
		}
		return q.DeleteOutbox(ctx, []int64{entry})
	})
}

// reviveLead does nothing to a lead that is worked already.
func reviveLead(ctx context.Context, q *db.Queries, id uuid.UUID) error {
	dealer, err := q.ReviveLead(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("revive lead: %w", err)
	}
	row, err := q.LockLead(ctx, id)
	if err != nil {
		return err
	}
	// Its price was to be claimed back as a double's; it is worked after all.
	events, err := settleFollowUps(ctx, q, row, process.Settled{Kind: lead.RefundClaim, Fate: process.Dropped, Why: "the lead is worked after all"})
	if err != nil {
		return err
	}
	if len(events) > 0 {
		if err := appendEvents(ctx, q, row, events, ""); err != nil {
			return err
		}
		if err := q.AdvanceTimeline(ctx, db.AdvanceTimelineParams{ID: id, By: int64(len(events))}); err != nil {
			return err
		}
	}
	return q.InsertOutbox(ctx, db.InsertOutboxParams{DealerID: dealer, LeadID: id, NextTryAt: row.Now})
}
