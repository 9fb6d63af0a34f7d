package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// Erasing is how a person is to be erased.
type Erasing struct {
	Whom
	// Actor is a member of staff by id, or system or operator.
	Actor process.Actor
	// Why stands on the timeline: AskedToErase or OutlivedIt.
	Why string
	// KeepOut notes that the person wants no more contact, before all else: a
	// later lead of his is stored and not answered.
	KeepOut bool
	// Try changes nothing and tells what would be.
	Try bool
}

// Why somebody is erased.
const (
	AskedToErase = "asked"
	OutlivedIt   = "retention"
)

// Erased counts what was erased, or would be.
type Erased struct {
	Customers []uuid.UUID `json:"customers"` // a person is a customer for every lead of his
	Leads     []uuid.UUID `json:"leads"`
	Open      int         `json:"open"` // of these leads, whose processes end now
	Contacts  int64       `json:"contacts"`
	Notes     int64       `json:"notes"`
	Mails     int64       `json:"mails"`
	Closings  int64       `json:"closings"` // with words or names in their details
	Calls     int64       `json:"calls"`    // ids of the telephone system
	Consent   int64       `json:"consent"`
	Messages  int64       `json:"messages"`   // raw, as they came in
	Held      int64       `json:"quarantine"` // entries of the quarantine
	Refusals  int64       `json:"refusals"`   // wishes not to be contacted, of which a pseudonym is kept
	FollowUps int64       `json:"follow_ups"` // dropped, because they were about contacting him
	Answers   int64       `json:"answers"`    // kept for requests that are sent again
}

// Held says that a message with the person in it also holds prospects that wait
// in quarantine. They may be other people's, who must not be lost.
type Held struct{ Entries []uuid.UUID }

// Error says what to do.
func (h *Held) Error() string {
	return fmt.Sprintf("a message with this person in it also holds %d prospects in quarantine; make leads of them or set them aside first", len(h.Entries))
}

// errTried takes back what was tried.
var errTried = errors.New("tried")

// Erase takes the names, numbers and words of a person out of everything that
// the dealer has, in one transaction, and leaves what counts: that there was a
// lead, from where, when, and how it ended. The processes of open leads are told
// through the outbox and end. Erasing again changes nothing.
//
// It returns ErrNotFound when the dealer knows nobody like that, and *Held when
// other people's data are at stake.
func (s *Store) Erase(ctx context.Context, dealer uuid.UUID, e Erasing) (Erased, error) {
	var done Erased
	err := s.InTx(ctx, func(q *db.Queries) error {
		people, err := person(ctx, q, dealer, e.Whom)
		if err != nil {
			return err
		}
		w := eraser{s: s, q: q, dealer: dealer, e: e, people: people}
		if err := w.run(ctx); err != nil {
			return fmt.Errorf("erase: %w", err)
		}
		done = w.done
		if e.Try {
			return errTried
		}
		return nil
	})
	if errors.Is(err, errTried) {
		err = nil
	}
	return done, err
}

// eraser is one Erase under way.
type eraser struct {
	s      *Store
	q      *db.Queries
	dealer uuid.UUID
	e      Erasing
	people []uuid.UUID // customers
	leads  []uuid.UUID
	done   Erased
}

func (w *eraser) run(ctx context.Context) error {
	if err := w.lock(ctx); err != nil {
		return err
	}
	if len(w.people) == 0 {
		return nil // all of them are erased already
	}
	if back, err := w.cameBack(ctx); back || err != nil {
		return err
	}
	// Wishes before the numbers to which they belong, messages before the
	// numbers by which they are found, and the timeline last.
	for _, take := range []func(context.Context) error{w.wishes, w.messages, w.followUps, w.words, w.closings, w.rows, w.tell, w.record} {
		if err := take(ctx); err != nil {
			return err
		}
	}
	w.done.Customers, w.done.Leads = w.people, w.leads
	return nil
}

// lock takes hold of the leads and then of the customers, as steps do, and
// leaves out whoever is erased already.
func (w *eraser) lock(ctx context.Context) error {
	var err error
	if w.leads, err = w.q.LockLeadsOfPeople(ctx, db.LockLeadsOfPeopleParams{DealerID: w.dealer, Customers: w.people}); err != nil {
		return fmt.Errorf("lock leads: %w", err)
	}
	rows, err := w.q.LockPeople(ctx, db.LockPeopleParams{DealerID: w.dealer, Customers: w.people})
	if err != nil {
		return fmt.Errorf("lock customers: %w", err)
	}
	gone := map[uuid.UUID]bool{}
	for _, row := range rows {
		gone[row.ID] = row.ErasedAt != nil
	}
	before := len(w.people)
	w.people = slices.DeleteFunc(w.people, func(id uuid.UUID) bool { return gone[id] })
	if len(w.people) < before && len(w.people) > 0 {
		w.leads, err = w.q.LockLeadsOfPeople(ctx, db.LockLeadsOfPeopleParams{DealerID: w.dealer, Customers: w.people})
	}
	return err
}

// cameBack reports whether somebody who had outlived his time is a customer
// again: a lead of his came in before the others were locked.
func (w *eraser) cameBack(ctx context.Context) (bool, error) {
	if w.e.Why != OutlivedIt {
		return false, nil
	}
	still, err := w.q.Outlived(ctx, db.OutlivedParams{DealerID: w.dealer, This: &w.e.Customer, Most: 1})
	if err != nil {
		return false, fmt.Errorf("retention: %w", err)
	}
	return len(still) == 0, nil
}

// wishes keeps what the person refused, under a pseudonym.
func (w *eraser) wishes(ctx context.Context) error {
	if w.e.KeepOut {
		if err := w.q.RefuseEverywhere(ctx, db.RefuseEverywhereParams{DealerID: w.dealer, Customers: w.people}); err != nil {
			return fmt.Errorf("do not contact: %w", err)
		}
	}
	kept, err := w.q.EraseSuppressions(ctx, db.EraseSuppressionsParams{DealerID: w.dealer, Customers: w.people})
	if err != nil {
		return fmt.Errorf("addresses that are not mailed: %w", err)
	}
	if w.done.Refusals, err = w.q.HideRefusals(ctx, db.HideRefusalsParams{DealerID: w.dealer, Customers: w.people}); err != nil {
		return fmt.Errorf("do not contact: %w", err)
	}
	w.done.Refusals += kept
	return nil
}

// messages empties what came in, and what of it waits in quarantine.
func (w *eraser) messages(ctx context.Context) error {
	contacts, err := w.q.ContactsOfPeople(ctx, db.ContactsOfPeopleParams{DealerID: w.dealer, Customers: w.people})
	if err != nil {
		return fmt.Errorf("contacts: %w", err)
	}
	raws, err := w.q.RawOfPeople(ctx, db.RawOfPeopleParams{DealerID: w.dealer, Leads: w.leads, Named: namesOf(contacts)})
	if err != nil {
		return fmt.Errorf("raw messages: %w", err)
	}
	waiting, err := w.q.HeldOfRaw(ctx, db.HeldOfRawParams{DealerID: w.dealer, Raws: raws})
	if err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	// A whole message that nobody can read is his who stands in it. One of
	// several prospects may be anybody's.
	held := &Held{}
	for _, entry := range waiting {
		if entry.Position > 0 {
			held.Entries = append(held.Entries, entry.ID)
		}
	}
	if len(held.Entries) > 0 {
		return held
	}
	if w.done.Held, err = w.q.EraseQuarantine(ctx, db.EraseQuarantineParams{DealerID: w.dealer, Raws: raws}); err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	if w.done.Messages, err = w.q.EraseRaw(ctx, db.EraseRawParams{DealerID: w.dealer, Raws: raws}); err != nil {
		return fmt.Errorf("raw messages: %w", err)
	}
	addresses := []string{}
	for _, c := range contacts {
		if c.Valid {
			addresses = append(addresses, c.Normalised)
		}
	}
	if _, err := w.q.EraseMailbox(ctx, db.EraseMailboxParams{Leads: idsOf(w.leads), Addresses: addresses}); err != nil {
		return fmt.Errorf("mailbox: %w", err)
	}
	return nil
}

// withoutHim are the follow-ups that have to be done though nobody knows the
// customer any more: they are settled with others.
var withoutHim = []lead.FollowUpKind{lead.RefundClaim, lead.TellProvider, lead.LinkLeads, lead.Celebrate}

const erasedWhy = "the customer's data were erased"

// followUps drops those that were about contacting the person.
func (w *eraser) followUps(ctx context.Context) error {
	for _, id := range w.leads {
		kinds, err := w.q.OpenFollowUpKinds(ctx, id)
		if err != nil {
			return fmt.Errorf("follow-ups: %w", err)
		}
		for _, kind := range kinds {
			if slices.Contains(withoutHim, lead.FollowUpKind(kind)) {
				continue
			}
			if err := w.drop(ctx, id, lead.FollowUpKind(kind)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *eraser) drop(ctx context.Context, id uuid.UUID, kind lead.FollowUpKind) error {
	row, err := w.q.LockLead(ctx, id)
	if err != nil {
		return fmt.Errorf("lead: %w", err)
	}
	events, err := settleFollowUps(ctx, w.q, row, process.Settled{Kind: kind, Fate: process.Dropped, Why: erasedWhy})
	if err != nil {
		return fmt.Errorf("follow-ups: %w", err)
	}
	w.done.FollowUps += int64(len(events))
	if err := appendEvents(ctx, w.q, row, events, ""); err != nil {
		return err
	}
	return w.q.AdvanceTimeline(ctx, db.AdvanceTimelineParams{ID: id, By: int64(len(events))})
}

// words takes out what people wrote.
func (w *eraser) words(ctx context.Context) error {
	var err error
	if w.done.Notes, err = w.q.EraseNotes(ctx, w.leads); err != nil {
		return fmt.Errorf("notes: %w", err)
	}
	if err = w.q.WithdrawMailsOfLeads(ctx, w.leads); err != nil {
		return fmt.Errorf("messages: %w", err)
	}
	if w.done.Mails, err = w.q.EraseMails(ctx, w.leads); err != nil {
		return fmt.Errorf("messages: %w", err)
	}
	if err = w.q.EraseProviderIDs(ctx, w.leads); err != nil {
		return fmt.Errorf("messages: %w", err)
	}
	if w.done.Calls, err = w.q.EraseCallIDs(ctx, w.leads); err != nil {
		return fmt.Errorf("calls: %w", err)
	}
	if w.done.Answers, err = w.q.EraseAnswers(ctx, db.EraseAnswersParams{DealerID: w.dealer, Leads: w.leads}); err != nil {
		return fmt.Errorf("kept answers: %w", err)
	}
	return nil
}

// closings keeps of their details what a report counts: choices, dates,
// amounts. That is what may stand in Temporal, too.
func (w *eraser) closings(ctx context.Context) error {
	rows, err := w.q.ClosingsOfLeads(ctx, w.leads)
	if err != nil {
		return fmt.Errorf("closings: %w", err)
	}
	for _, row := range rows {
		var details map[string]string
		if err := json.Unmarshal(row.Details, &details); err != nil {
			return fmt.Errorf("details of a closing: %w", err)
		}
		catalogue, err := w.s.Reasons(ctx, w.q, w.dealer, row.ReasonVersion)
		if err != nil {
			return err
		}
		reason, _ := catalogue.Find(row.Reason)
		left := reason.Travelling(details)
		maps.DeleteFunc(left, func(_, value string) bool { return value == lead.Kept || value == "" })
		if len(left) == len(details) {
			continue
		}
		if left == nil {
			left = map[string]string{}
		}
		body, err := json.Marshal(left)
		if err != nil {
			return fmt.Errorf("details of a closing: %w", err)
		}
		if err := w.q.SetClosingDetails(ctx, db.SetClosingDetailsParams{ID: row.ID, Details: body}); err != nil {
			return fmt.Errorf("closings: %w", err)
		}
		w.done.Closings++
	}
	return nil
}

// rows takes out who the person is.
func (w *eraser) rows(ctx context.Context) error {
	var err error
	if w.done.Contacts, err = w.q.EraseContacts(ctx, db.EraseContactsParams{DealerID: w.dealer, Customers: w.people}); err != nil {
		return fmt.Errorf("contacts: %w", err)
	}
	if w.done.Consent, err = w.q.EraseConsent(ctx, db.EraseConsentParams{DealerID: w.dealer, Customers: w.people}); err != nil {
		return fmt.Errorf("consent: %w", err)
	}
	if err := w.q.EraseLeads(ctx, db.EraseLeadsParams{DealerID: w.dealer, Leads: w.leads}); err != nil {
		return fmt.Errorf("leads: %w", err)
	}
	if err := w.q.ErasePeople(ctx, db.ErasePeopleParams{DealerID: w.dealer, Customers: w.people}); err != nil {
		return fmt.Errorf("customers: %w", err)
	}
	return nil
}

// tell puts it on the timelines and has the processes of open leads look: a
// step finds that its customer is erased, and ends the lead.
func (w *eraser) tell(ctx context.Context) error {
	data, err := json.Marshal(map[string]any{"why": w.e.Why})
	if err != nil {
		return fmt.Errorf("timeline entry: %w", err)
	}
	look, err := json.Marshal(process.Happening{What: process.WasDue})
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	for _, id := range w.leads {
		if err := appendEvent(ctx, w.q, w.dealer, id, "erased", w.e.Actor, data); err != nil {
			return err
		}
		row, err := w.q.LockLead(ctx, id)
		if err != nil {
			return fmt.Errorf("lead: %w", err)
		}
		if lead.Status(row.Status) == lead.Closed {
			continue
		}
		w.done.Open++
		if err := w.q.QueueOnce(ctx, db.QueueOnceParams{DealerID: w.dealer, LeadID: id, Happening: look}); err != nil {
			return fmt.Errorf("outbox: %w", err)
		}
	}
	return nil
}

// record puts it on the trail, for each customer that the person was.
func (w *eraser) record(ctx context.Context) error {
	kind := CustomerErased
	if w.e.Why == OutlivedIt {
		kind = RetentionApplied
	}
	for _, id := range w.people {
		if err := Record(ctx, w.q, Entry{Dealer: w.dealer, Kind: kind, Object: id}); err != nil {
			return err
		}
	}
	return nil
}
