package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

type customerRetentionCommand struct {
	Set    map[string]string `placeholder:"OUTCOME=MONTHS" help:"Change for how many months who or what is kept: won, lost, dropped, test, raw. As lost=24."`
	DryRun bool              `help:"Say who and what the next run would erase."`
	JSON   bool              `help:"Print JSON."`
	ofDealer
}

// mostCounted bounds what a dry run counts.
const mostCounted = 100_000

// retained is how the dealer's retention stands.
type retained struct {
	Ages     store.Ages `json:"months"`
	RanAt    *time.Time `json:"ran_at"`
	People   int64      `json:"people_erased"`
	Messages int64      `json:"messages_emptied"`
	Held     int64      `json:"people_held"`
	Next     *next      `json:"next_run,omitempty"`
}

// next is what a run would erase now.
type next struct {
	People   int   `json:"people"`
	Messages int64 `json:"messages"`
}

// Run prints the dealer's ages, after changing them.
func (c *customerRetentionCommand) Run(ctx context.Context, p *program) error {
	if c.DryRun && len(c.Set) > 0 {
		return usageError{"--dry-run tells about the ages that are in force; leave --set out"}
	}
	return p.onDealer(ctx, c.ofDealer, func(ctx context.Context, s *store.Store, dealer db.Dealer) error {
		ages, row, err := s.RetentionOf(ctx, dealer.ID)
		if err != nil {
			return err
		}
		if len(c.Set) > 0 {
			if err := c.change(&ages); err != nil {
				return err
			}
			if err := s.SetAges(ctx, dealer.ID, ages); err != nil {
				return err
			}
		}
		shown := retained{Ages: ages, RanAt: row.RanAt, People: row.People, Messages: row.Messages, Held: row.Held}
		if c.DryRun {
			shown.Next = &next{}
			if shown.Next.People, shown.Next.Messages, err = s.Outlived(ctx, dealer.ID, mostCounted); err != nil {
				return err
			}
		}
		if c.JSON {
			return p.printJSON(shown)
		}
		return p.printTable(shown.rows())
	})
}

// change takes the ages of the command line over.
func (c *customerRetentionCommand) change(ages *store.Ages) error {
	which := map[string]*int32{"won": &ages.Won, "lost": &ages.Lost, "dropped": &ages.Dropped, "test": &ages.Test, "raw": &ages.Raw}
	for name, text := range c.Set {
		age, known := which[name]
		months, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32)
		if !known || err != nil || months < 1 || months > store.LongestAge {
			names := []string{"won", "lost", "dropped", "test", "raw"}
			return usageError{fmt.Sprintf("--set takes %s, each with whole months from 1 to %d, as lost=24", strings.Join(names, ", "), store.LongestAge)}
		}
		*age = int32(months)
	}
	return nil
}

func (r retained) rows() [][]string {
	months := func(n int32) string { return fmt.Sprintf("%d months", n) }
	ran := "never"
	if r.RanAt != nil {
		ran = local(r.RanAt)
	}
	rows := [][]string{
		{"after a sale", months(r.Ages.Won)},
		{"after a lead was lost", months(r.Ages.Lost)},
		{"after it was dropped", months(r.Ages.Dropped)},
		{"after a test", months(r.Ages.Test)},
		{"messages as they came in", months(r.Ages.Raw)},
		{"last run", ran},
		{"people erased", fmt.Sprint(r.People)},
		{"messages emptied", fmt.Sprint(r.Messages)},
	}
	if r.Held > 0 {
		rows = append(rows, []string{"people held", fmt.Sprintf("%d, in whose messages others wait in quarantine", r.Held)})
	}
	if r.Next != nil {
		rows = append(rows, []string{"now too old", fmt.Sprintf("%d people, %d messages", r.Next.People, r.Next.Messages)})
	}
	return rows
}
