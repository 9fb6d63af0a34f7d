package store

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/store/db"
)

// The trail tells who looked at personal data or took it along, and who changed
// staff, keys, sources, the dealer's look, policy and reasons. What happens to a
// lead stands on its timeline instead.

// TrailKind says what was done.
type TrailKind string

// The kinds. What each is about stands in trailObjects.
const (
	StaffAdded       TrailKind = "staff_added"       // role
	StaffChanged     TrailKind = "staff_changed"     // fields; role, from_role
	StaffLeft        TrailKind = "staff_left"        //
	StaffReturned    TrailKind = "staff_returned"    //
	AbsenceAdded     TrailKind = "absence_added"     // absence
	AbsenceRemoved   TrailKind = "absence_removed"   // absence
	EarningDecided   TrailKind = "earning_decided"   // decision: a kind of the log of earning
	InvitationSent   TrailKind = "invitation_sent"   //
	InvitationUsed   TrailKind = "invitation_used"   // he has a password and is signed in
	ResetSent        TrailKind = "reset_sent"        // asked: true, when he asked on the page himself
	ResetUsed        TrailKind = "reset_used"        // he has another password and is signed in
	PasswordChanged  TrailKind = "password_changed"  // his other sessions have ended
	SignedIn         TrailKind = "signed_in"         // way: password or provider
	SignedOut        TrailKind = "signed_out"        //
	SessionsEnded    TrailKind = "sessions_ended"    // everywhere
	KeyMade          TrailKind = "key_made"          // scope; source
	KeyRevoked       TrailKind = "key_revoked"       //
	SourceAdded      TrailKind = "source_added"      //
	SourceChanged    TrailKind = "source_changed"    // fields
	DealerAdded      TrailKind = "dealer_added"      //
	DealerChanged    TrailKind = "dealer_changed"    // fields
	PolicyPut        TrailKind = "policy_put"        // version
	PolicyApplied    TrailKind = "policy_applied"    // version, leads: how many
	PolicyCancelled  TrailKind = "policy_cancelled"  // version
	ReasonsChanged   TrailKind = "reasons_changed"   // version, reasons: their codes
	QuarantineOpened TrailKind = "quarantine_opened" //
	QuarantineMade   TrailKind = "quarantine_made"   // lead
	LeadViewed       TrailKind = "lead_viewed"       // the file, on a screen or through the API
	LeadsListed      TrailKind = "leads_listed"      // whole leads through the API
	LeadsSearched    TrailKind = "leads_searched"    // leads: the ids that were shown
	LeadsExported    TrailKind = "leads_exported"    // leads: how many
	CustomerExported TrailKind = "customer_exported" //
	CustomerErased   TrailKind = "customer_erased"   //
	CustomerShielded TrailKind = "customer_shielded" // channels: nobody writes or calls him any more
	RetentionApplied TrailKind = "retention_applied" // he was kept for long enough
)

// trailObjects are the kinds, each with what its entries are about.
var trailObjects = map[TrailKind]string{
	StaffAdded: "staff", StaffChanged: "staff", StaffLeft: "staff", StaffReturned: "staff", AbsenceAdded: "staff", AbsenceRemoved: "staff",
	EarningDecided: "staff", InvitationSent: "staff", InvitationUsed: "staff", ResetSent: "staff", ResetUsed: "staff",
	PasswordChanged: "staff", SignedIn: "staff", SignedOut: "staff", SessionsEnded: "staff",
	KeyMade: "key", KeyRevoked: "key", SourceAdded: "source", SourceChanged: "source", DealerAdded: "dealer", DealerChanged: "dealer",
	PolicyPut: "policy", PolicyApplied: "application", PolicyCancelled: "application", ReasonsChanged: "reasons",
	QuarantineOpened: "quarantine", QuarantineMade: "quarantine",
	LeadViewed: "lead", LeadsListed: "leads", LeadsSearched: "leads", LeadsExported: "leads",
	CustomerExported: "customer", CustomerErased: "customer", CustomerShielded: "dealer", RetentionApplied: "customer",
}

// TrailKinds are all kinds, in the order of the alphabet.
func TrailKinds() []TrailKind {
	kinds := make([]TrailKind, 0, len(trailObjects))
	for k := range trailObjects {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	return kinds
}

// The actors who are neither staff nor a key.
const (
	BySystem   = "system"   // Doorbell itself, or somebody who has not signed in
	ByOperator = "operator" // somebody at the command line of the server
)

// Entry is something to be put on the trail. Who does it stands in the context:
// see AsStaff.
type Entry struct {
	Dealer uuid.UUID
	Kind   TrailKind
	// Object is the id of what it is about; the zero id for what a dealer has
	// one of, and for many.
	Object uuid.UUID
	// Data are ids, numbers, booleans, words of a closed list such as roles, and
	// names of fields: what changed, never to what. The database refuses anything
	// else, and with it the transaction: a name, an address, a number of a
	// telephone or free text must not get here.
	Data map[string]any
	// Again is for how long the same entry by the same actor is not written a
	// second time; zero writes every one.
	Again time.Duration
}

// Record puts an entry on the trail, in the transaction of q: what is recorded
// was done, and what was done is recorded. An error ends the transaction.
func Record(ctx context.Context, q *db.Queries, e Entry) error {
	object, known := trailObjects[e.Kind]
	if !known {
		return fmt.Errorf("trail: there is no kind %q", e.Kind)
	}
	if e.Data == nil {
		e.Data = map[string]any{}
	}
	if e.Object == uuid.Nil {
		e.Object = e.Dealer
	}
	data, err := json.Marshal(e.Data)
	if err != nil {
		return fmt.Errorf("trail: %w", err)
	}
	who := doerOf(ctx)
	_, err = q.InsertTrail(ctx, db.InsertTrailParams{
		ID: NewID(), DealerID: e.Dealer, Actor: who.actor(), KeyID: pointer(who.key), Kind: string(e.Kind), ObjectKind: object, ObjectID: e.Object,
		Data: data, Again: e.Again.Seconds(),
	})
	if err != nil {
		return fmt.Errorf("trail: %w", err)
	}
	return nil
}

// Record puts an entry on the trail by itself, for what changes nothing else:
// that somebody looked.
func (s *Store) Record(ctx context.Context, e Entry) error {
	return Record(ForDealer(ctx, e.Dealer), s.Queries, e)
}

// How long a look counts as the same one. A program asks again and again.
const (
	lookLasts    = 15 * time.Minute
	programLasts = 24 * time.Hour
)

// Looked records that the actor saw something, at most once for a while: a page
// that is opened again, or brings itself up to date, is one look.
func (s *Store) Looked(ctx context.Context, e Entry) error {
	e.Again = lookLasts
	if doerOf(ctx).staff == uuid.Nil {
		e.Again = programLasts
	}
	return s.Record(ctx, e)
}

// SearchEntry is that somebody searched the leads by what a person typed, and
// was shown these. What he typed is not kept.
func SearchEntry(dealer uuid.UUID, shown []uuid.UUID) Entry {
	if shown == nil {
		shown = []uuid.UUID{}
	}
	return Entry{Dealer: dealer, Kind: LeadsSearched, Data: map[string]any{"leads": shown}}
}

// trailKept is for how long the trail is kept. The database keeps the last 90
// days whatever it is asked; see migration 00008.
const trailKept = 365 * 24 * time.Hour

// PruneTrail removes the entries of all dealers that are older than a year.
func (s *Store) PruneTrail(ctx context.Context) error {
	if _, err := s.Queries.PruneTrail(Across(ctx), trailKept.Seconds()); err != nil {
		return fmt.Errorf("forget old entries of the trail: %w", err)
	}
	return nil
}

type doerKey struct{}

// doer is who does something: somebody of the staff, a key, both when the one
// acts through the other, or the operator.
type doer struct {
	staff, key uuid.UUID
	operator   bool
}

func doerOf(ctx context.Context) doer {
	who, _ := ctx.Value(doerKey{}).(doer)
	return who
}

func (d doer) actor() string {
	switch {
	case d.staff != uuid.Nil:
		return d.staff.String()
	case d.key != uuid.Nil:
		return d.key.String()
	case d.operator:
		return ByOperator
	}
	return BySystem
}

// AsStaff returns a context in which what the store records is done by somebody
// of the staff; through a key, when AsKey has named one. A context in which
// nobody is named is that of Doorbell itself.
func AsStaff(ctx context.Context, id uuid.UUID) context.Context {
	who := doerOf(ctx)
	who.staff = id
	return context.WithValue(ctx, doerKey{}, who)
}

// AsKey returns a context in which it is done with an API key.
func AsKey(ctx context.Context, id uuid.UUID) context.Context {
	return context.WithValue(ctx, doerKey{}, doer{key: id})
}

// AsOperator returns a context in which it is done at the command line.
func AsOperator(ctx context.Context) context.Context {
	return context.WithValue(ctx, doerKey{}, doer{operator: true})
}

// field is a field before and after a change.
type field struct {
	name    string
	was, is any
}

// differing lists the names of the fields that differ, in their order.
func differing(fields ...field) []string {
	names := []string{}
	for _, f := range fields {
		if !reflect.DeepEqual(f.was, f.is) {
			names = append(names, f.name)
		}
	}
	return names
}
