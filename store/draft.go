package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/intake"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// insertLead writes a draft as customer, contacts, consent and lead.
func (r *reception) insertLead(ctx context.Context, id uuid.UUID, p Prospect, duplicateOf *uuid.UUID) error {
	d := p.Draft
	customer := NewID()
	c := d.Customer
	err := r.q.InsertCustomer(ctx, db.InsertCustomerParams{
		ID: customer, DealerID: r.p.Dealer, FirstName: c.FirstName, Infix: c.Infix, LastName: c.LastName, FullName: c.FullName,
		PostalCode: c.PostalCode, City: c.City, Country: c.Country, Language: c.Language, PreferredContact: c.PreferredContact, CreatedAt: r.now,
	})
	if err != nil {
		return err
	}
	if err := r.insertContacts(ctx, customer, d); err != nil {
		return err
	}
	row := db.InsertLeadParams{
		ID: id, DealerID: r.p.Dealer, SourceID: r.p.Source, CustomerID: customer, ExternalID: pointer(d.ExternalID),
		ContentHash: contentHash(d), Channel: string(d.Channel), Request: string(d.Request), Campaign: d.Campaign, Test: d.Test,
		Lenient: d.Lenient, Ignored: append([]string{}, p.Ignored...), Comments: d.Comments, RequestedAt: d.RequestedAt,
		ReceivedAt: *cmp.Or(r.p.since, &r.now), DuplicateOf: duplicateOf, PolicyVersion: r.versions.Policy, ReasonVersion: r.versions.Reasons,
		Phase: string(r.phase), Stage: string(lead.New), Status: string(lead.Open),
	}
	if duplicateOf != nil {
		// It is worked by the process of the first one; by itself it is a
		// double whose evidence is the link.
		row.Stage, row.Status, row.CloseReason, row.ClosedAt = string(lead.Dropped), string(lead.Closed), "double", &r.now
	}
	v := vehicleOf(d)
	row.Condition, row.Make, row.Model, row.Year, row.Trim, row.VIN, row.StockNumber = v.condition, v.make, v.model, v.year, v.trim, v.vin, v.stock
	row.PriceAmount, row.PriceCurrency, row.TradeIn = v.amount, v.currency, v.tradeIn
	return r.q.InsertLead(ctx, row)
}

func (r *reception) insertContacts(ctx context.Context, customer uuid.UUID, d intake.Draft) error {
	if err := r.storeContacts(ctx, customer, contactsOf(d)); err != nil {
		return err
	}
	return r.insertWishes(ctx, customer, d)
}

// insertWishes stores consent and objections; an objection holds for every
// lead of whoever has the number or address.
func (r *reception) insertWishes(ctx context.Context, customer uuid.UUID, d intake.Draft) error {
	for _, c := range d.Customer.Consent {
		at := r.now
		if c.At != nil {
			at = *c.At
		}
		err := r.q.InsertConsent(ctx, db.InsertConsentParams{
			ID: NewID(), DealerID: r.p.Dealer, CustomerID: customer, Purpose: c.Purpose, Channel: string(c.Channel), Wording: c.Wording, At: at,
			Given: true, Origin: ByLead, Actor: string(process.Customer), Undated: c.At == nil,
		})
		if err != nil {
			return err
		}
	}
	return r.refuse(ctx, d, func(value string) (string, error) { return value, nil })
}

// refuse stores what the customer does not want; as says how a number or an
// address is written down.
func (r *reception) refuse(ctx context.Context, d intake.Draft, as func(value string) (string, error)) error {
	phones, emails := reachable(d)
	for _, channel := range d.OptOut {
		values := phones
		if channel == lead.Email {
			values = emails
		}
		for _, value := range values {
			written, err := as(value)
			if err != nil {
				return err
			}
			err = r.q.InsertDoNotContact(ctx, db.InsertDoNotContactParams{DealerID: r.p.Dealer, Channel: string(channel), Normalised: written, At: r.now})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// refuseErased keeps what somebody refuses who was erased, and not who he is.
func (r *reception) refuseErased(ctx context.Context, d intake.Draft) error {
	return r.refuse(ctx, d, func(value string) (string, error) {
		return r.q.Pseudonym(ctx, db.PseudonymParams{DealerID: r.p.Dealer, What: value})
	})
}

// update writes into a known lead what a resend says anew; what the resend
// leaves out stays. It returns the names of the fields that changed.
func (r *reception) update(ctx context.Context, d intake.Draft, known db.LeadByExternalIDRow, hash []byte) ([]string, error) {
	changed := []string{}
	set := func(name string, old *string, fresh string) {
		if fresh != "" && fresh != *old {
			*old = fresh
			changed = append(changed, name)
		}
	}
	customer, err := r.q.GetCustomer(ctx, known.CustomerID)
	if err != nil {
		return nil, err
	}
	c := d.Customer
	set("customer.first_name", &customer.FirstName, c.FirstName)
	set("customer.infix", &customer.Infix, c.Infix)
	set("customer.last_name", &customer.LastName, c.LastName)
	set("customer.full_name", &customer.FullName, c.FullName)
	set("customer.postal_code", &customer.PostalCode, c.PostalCode)
	set("customer.city", &customer.City, c.City)
	set("customer.country", &customer.Country, c.Country)
	set("customer.language", &customer.Language, c.Language)
	set("customer.preferred_contact", &customer.PreferredContact, c.PreferredContact)
	err = r.q.UpdateCustomer(ctx, db.UpdateCustomerParams{
		ID: customer.ID, FirstName: customer.FirstName, Infix: customer.Infix, LastName: customer.LastName, FullName: customer.FullName,
		PostalCode: customer.PostalCode, City: customer.City, Country: customer.Country, Language: customer.Language,
		PreferredContact: customer.PreferredContact,
	})
	if err != nil {
		return nil, err
	}
	v := vehicleOf(d)
	set("vehicle.condition", &known.Condition, v.condition)
	set("vehicle.make", &known.Make, v.make)
	set("vehicle.model", &known.Model, v.model)
	set("vehicle.trim", &known.Trim, v.trim)
	set("vehicle.vin", &known.VIN, v.vin)
	set("vehicle.stock_number", &known.StockNumber, v.stock)
	set("vehicle.price", &known.PriceAmount, v.amount)
	set("campaign", &known.Campaign, d.Campaign)
	if v.currency != "" {
		known.PriceCurrency = v.currency
	}
	if v.year != nil && (known.Year == nil || *known.Year != *v.year) {
		known.Year = v.year
		changed = append(changed, "vehicle.year")
	}
	if v.tradeIn != nil && !bytes.Equal(v.tradeIn, known.TradeIn) {
		known.TradeIn = v.tradeIn
		changed = append(changed, "trade_in")
	}
	// What the customer said before is not overwritten by what he says now.
	if d.Comments != "" && !strings.Contains(known.Comments, d.Comments) {
		known.Comments = strings.TrimSpace(known.Comments + "\n\n" + d.Comments)
		changed = append(changed, "comments")
	}
	more, err := r.addContacts(ctx, known.CustomerID, d)
	if err != nil {
		return nil, err
	}
	err = r.q.UpdateLeadContent(ctx, db.UpdateLeadContentParams{
		ID: known.ID, ContentHash: hash, Condition: known.Condition, Make: known.Make, Model: known.Model, Year: known.Year, Trim: known.Trim,
		VIN: known.VIN, StockNumber: known.StockNumber, PriceAmount: known.PriceAmount, PriceCurrency: known.PriceCurrency,
		TradeIn: known.TradeIn, Comments: known.Comments, Campaign: known.Campaign,
	})
	if len(d.OptOut) > 0 {
		more = append(more, "opt_out")
	}
	return append(changed, more...), err
}

// addContacts adds numbers and addresses that were not known.
func (r *reception) addContacts(ctx context.Context, customer uuid.UUID, d intake.Draft) ([]string, error) {
	have, err := r.q.CustomerContacts(ctx, customer)
	if err != nil {
		return nil, err
	}
	next := map[string]int32{}
	for _, h := range have {
		next[h.Kind] = max(next[h.Kind], h.Position+1)
	}
	changed, fresh := []string{}, []contact{}
	for _, c := range contactsOf(d) {
		if slices.ContainsFunc(have, func(h db.CustomerContactsRow) bool {
			return h.Kind == c.Kind && (h.Written == c.Written || (h.Valid && h.Normalised == c.Normalised))
		}) {
			continue
		}
		c.Position = next[c.Kind]
		next[c.Kind]++
		changed, fresh = append(changed, "customer."+c.Kind), append(fresh, c)
	}
	if err := r.storeContacts(ctx, customer, fresh); err != nil {
		return nil, err
	}
	return changed, r.insertWishes(ctx, customer, d)
}

// contact is a number or an address as a draft has it.
type contact struct {
	Kind, Written, Normalised string
	Position                  int32
	Valid                     bool
}

func (r *reception) storeContacts(ctx context.Context, customer uuid.UUID, list []contact) error {
	if len(list) == 0 {
		return nil
	}
	rows := db.InsertContactsParams{DealerID: r.p.Dealer, CustomerID: customer}
	for _, c := range list {
		rows.Kinds, rows.Positions, rows.Valid = append(rows.Kinds, c.Kind), append(rows.Positions, c.Position), append(rows.Valid, c.Valid)
		rows.Written, rows.Normalised = append(rows.Written, c.Written), append(rows.Normalised, c.Normalised)
	}
	return r.q.InsertContacts(ctx, rows)
}

func contactsOf(d intake.Draft) []contact {
	var out []contact
	for i, p := range d.Customer.Phones {
		out = append(out, contact{Kind: "phone", Position: int32(i), Written: p.Written, Normalised: p.Normalised, Valid: p.Valid})
	}
	for i, e := range d.Customer.Emails {
		out = append(out, contact{Kind: "email", Position: int32(i), Written: e.Written, Normalised: e.Normalised, Valid: e.Valid})
	}
	return out
}

// reachable returns the normalised numbers and addresses of a draft.
func reachable(d intake.Draft) (phones, emails []string) {
	phones, emails = []string{}, []string{}
	for _, p := range d.Customer.Phones {
		if p.Valid {
			phones = append(phones, p.Normalised)
		}
	}
	for _, e := range d.Customer.Emails {
		if e.Valid {
			emails = append(emails, e.Normalised)
		}
	}
	return phones, emails
}

type vehicleColumns struct {
	condition, make, model, trim, vin, stock, amount, currency string
	year                                                       *int32
	tradeIn                                                    []byte
}

func vehicleOf(d intake.Draft) vehicleColumns {
	var out vehicleColumns
	if v := d.Vehicle; v != nil {
		out.condition, out.make, out.model, out.trim, out.vin, out.stock = string(v.Condition), v.Make, v.Model, v.Trim, v.VIN, v.StockNumber
		if v.Year > 0 {
			year := int32(v.Year)
			out.year = &year
		}
		if v.Price != nil {
			out.amount, out.currency = v.Price.Amount, v.Price.Currency
		}
	}
	if d.TradeIn != nil {
		tradeIn, err := json.Marshal(*d.TradeIn)
		if err == nil { // plain data always has a JSON form
			out.tradeIn = tradeIn
		}
	}
	return out
}

// sameCar reports whether a draft asks for the car that a running lead is
// about. Without a car it is the same person asking again.
func sameCar(v *intake.Vehicle, l db.OpenLeadsOfPersonRow) bool {
	if v == nil || (v.Make == "" && v.Model == "" && v.StockNumber == "" && v.VIN == "") {
		return true
	}
	if l.Make == "" && l.Model == "" && l.StockNumber == "" && l.VIN == "" {
		return true
	}
	for _, id := range [][2]string{{v.VIN, l.VIN}, {v.StockNumber, l.StockNumber}} {
		if id[0] != "" && id[1] != "" {
			return folded(id[0]) == folded(id[1])
		}
	}
	if v.Condition != "" && l.Condition != "" && string(v.Condition) != l.Condition {
		return false
	}
	return folded(v.Make) == folded(l.Make) && (folded(v.Model) == folded(l.Model) || v.Model == "" || l.Model == "")
}

// folded keeps letters and digits in lower case, so that "C-HR" is "chr".
func folded(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// StateForStart returns the state that a lead's workflow is started with: the
// stored one, or for a lead that no workflow has touched, what intake knows.
func (s *Store) StateForStart(ctx context.Context, id uuid.UUID) (process.State, error) {
	row, err := s.LeadForStart(ctx, id)
	if err != nil {
		return process.State{}, found(err)
	}
	if row.Step > 0 {
		var state process.State
		err := json.Unmarshal(row.Process, &state)
		return state, err
	}
	state := process.State{
		Lead: row.ID.String(), Dealer: row.DealerID.String(), Source: row.Source, Test: row.Test, Again: row.AgainOf != nil,
		Phase: lead.Phase(row.Phase), Stage: lead.New, Status: lead.Open, ReceivedAt: row.ReceivedAt.UTC().Truncate(time.Millisecond),
		PolicyVersion: int(row.PolicyVersion), ReasonVersion: int(row.ReasonVersion),
	}
	state.Reach, err = reach(ctx, s.Queries, id)
	return state, err
}

// reach says how the person behind a lead can and may be contacted.
func reach(ctx context.Context, q *db.Queries, id uuid.UUID) (process.Reach, error) {
	row, err := q.ReachOfLead(ctx, id)
	if err != nil {
		return process.Reach{}, err
	}
	r := process.Reach{Phone: row.Phone, Email: row.Email}
	for _, c := range row.Refused {
		r.Refused = append(r.Refused, lead.Channel(c))
	}
	return r, nil
}
