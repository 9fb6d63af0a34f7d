package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/internal/stage"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// references are what the product is compared with.
type references struct {
	store          *store.Store // of a database of its own, beside the product's
	dealer, source uuid.UUID
	measured       map[string]referred
}

// referred is what the reference program measured. Latencies are in seconds.
type referred struct {
	What      string  `json:"what"`
	N         int     `json:"n"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"per_second"`
	P50       float64 `json:"p50"`
	P90       float64 `json:"p90"`
	P99       float64 `json:"p99"`
	Max       float64 `json:"max"`
}

// refer runs the reference program on the same Postgres and the same Temporal.
// Where there is none its figures are zero, and nothing is compared with them.
func (b *bench) refer(ctx context.Context, what string, n int) (referred, error) {
	if got, done := b.others.measured[what]; done {
		return got, nil
	}
	if _, err := os.Stat(b.o.reference); errors.Is(err, os.ErrNotExist) {
		b.say("no reference: %s is not built", b.o.reference)
		return referred{}, nil
	}
	b.say("reference: %s, %d times", what, n)
	cmd := exec.CommandContext(ctx, b.o.reference, "-postgres", b.Cluster.URL("postgres"), "-temporal", b.Address, "-namespace", stage.Namespace,
		"-sink", b.sink.URL, "-what", what, "-n", strconv.Itoa(n), "-concurrency", strconv.Itoa(clients))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return referred{}, fmt.Errorf("reference %s: %w", what, err)
	}
	var got referred
	if err := json.Unmarshal(out, &got); err != nil {
		return referred{}, fmt.Errorf("reference %s: %w: %s", what, err, out)
	}
	if b.others.measured == nil {
		b.others.measured = map[string]referred{}
	}
	b.others.measured[what] = got
	return got, nil
}

// inserts stores n leads at a rate with the statements of intake that write, in
// one transaction each, and nothing else: no reading, no checking, no HTTP, and
// nobody who starts anything. They go into a database of their own on the same
// Postgres, made by the product's own migrations.
func (b *bench) inserts(ctx context.Context, n int, rate float64) ([]time.Duration, error) {
	if b.others.store == nil {
		if err := b.openReference(ctx); err != nil {
			return nil, err
		}
	}
	return drive(ctx, n, rate, func(ctx context.Context, i int, _ time.Time) error { return b.insert(ctx, i) })
}

func (b *bench) openReference(ctx context.Context) error {
	const database = "reference"
	if err := b.Cluster.CreateDatabase(ctx, database); err != nil {
		return err
	}
	var dealer, source struct{ ID string }
	if err := b.RunOn(ctx, database, nil, "migrate", "up"); err != nil {
		return err
	}
	if err := b.RunOn(ctx, database, &dealer, "dealer", "add", "--json", "--name", "Reference", "--mail-from", "leads@bench.example"); err != nil {
		return err
	}
	if err := b.RunOn(ctx, database, &source, "source", "add", "--json", "--code", "website", "--party", "first"); err != nil {
		return err
	}
	var err error
	if b.others.dealer, err = uuid.Parse(dealer.ID); err != nil {
		return err
	}
	b.others.store, err = store.Open(ctx, b.Cluster.URL(database), store.Options{Name: "reference", Owner: true})
	if err != nil {
		return err
	}
	return b.others.store.Pool.QueryRow(ctx, `SELECT id FROM source`).Scan(&b.others.source)
}

// insert writes the rows of one lead.
func (b *bench) insert(ctx context.Context, i int) error {
	dealer, now := b.others.dealer, time.Now().UTC()
	raw, customer, lead := store.NewID(), store.NewID(), store.NewID()
	external := fmt.Sprintf("bench-%d-%s", i, lead)
	body := fmt.Appendf(nil, `{"external_id": %q, "request": "test_drive",
		"customer": {"first_name": "Lead", "last_name": "Number%[2]d", "email": "lead%[2]d@mail.example", "phone": "+3161%07[2]d"},
		"vehicle": {"condition": "new", "make": "Renault", "model": "Captur"}}`, external, i)
	hash := sha256.Sum256(body)
	return b.others.store.InTx(ctx, func(q *db.Queries) error {
		return errors.Join(
			q.InsertRaw(ctx, db.InsertRawParams{
				ID: raw, DealerID: dealer, SourceID: b.others.source, ContentType: "application/json", Body: body, Fingerprint: hash[:], ReceivedAt: now,
			}),
			q.InsertCustomer(ctx, db.InsertCustomerParams{
				ID: customer, DealerID: dealer, FirstName: "Lead", LastName: fmt.Sprintf("Number%d", i), Country: "NL", Language: "nl", CreatedAt: now,
			}),
			q.InsertContact(ctx, db.InsertContactParams{
				DealerID: dealer, CustomerID: customer, Kind: "phone", Written: fmt.Sprintf("+3161%07d", i),
				Normalised: fmt.Sprintf("+3161%07d", i), Valid: true,
			}),
			q.InsertContact(ctx, db.InsertContactParams{
				DealerID: dealer, CustomerID: customer, Kind: "email", Written: fmt.Sprintf("lead%d@mail.example", i),
				Normalised: fmt.Sprintf("lead%d@mail.example", i), Valid: true,
			}),
			q.InsertLead(ctx, db.InsertLeadParams{
				ID: lead, DealerID: dealer, SourceID: b.others.source, CustomerID: customer, ExternalID: &external, ContentHash: hash[:],
				Channel: "web", Request: "test_drive", Ignored: []string{}, Condition: "new", Make: "Renault", Model: "Captur",
				ReceivedAt: now, PolicyVersion: 1, ReasonVersion: 1, Phase: "showroom", Stage: "new", Status: "open",
			}),
			q.InsertOutbox(ctx, db.InsertOutboxParams{DealerID: dealer, LeadID: lead, NextTryAt: now}),
			q.InsertRawLead(ctx, db.InsertRawLeadParams{RawID: raw, Position: 1, DealerID: dealer, LeadID: lead}),
		)
	})
}
