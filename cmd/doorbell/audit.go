package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"

	"github.com/doorbell-ilm/doorbell/audit"
	"github.com/doorbell-ilm/doorbell/relay"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/workflows"
)

type auditCommand struct {
	Check  bool   `help:"Only look; repair nothing."`
	Dealer string `help:"Only the leads of this dealer, by id." placeholder:"ID"`
	Lead   string `help:"Only this lead, by id." placeholder:"ID"`
	JSON   bool   `help:"Print JSON."`
}

// Help is shown below the summary.
func (*auditCommand) Help() string {
	return "Proves for every open lead and follow-up that its workflow runs and acts in time, that its timeline has no gap, that every message is " +
		"accounted for and that the database shows what the workflow knows. What it safely can it repairs, and then looks whether that helped. " +
		"A worker does the same every hour. It may run at any time, beside everything, also twice.\n\n" +
		"Exit 0: all is right, or was put right. Exit 1: something is left for you (`left`, with what to do), or something is lost for good and " +
		"now noted in its place on the lead's timeline (`noted`). After a restore of a database see docs/backup.md."
}

// Run audits and prints what was found.
func (c *auditCommand) Run(ctx context.Context, p *program) error {
	scope := audit.Scope{Repair: !c.Check}
	var err error
	if scope.Dealer, err = named("--dealer", c.Dealer); err != nil {
		return err
	}
	if scope.Lead, err = named("--lead", c.Lead); err != nil {
		return err
	}
	s, options, err := p.withEverything()
	if err != nil {
		return err
	}
	temporal, err := openTemporal(options)
	if err != nil {
		return err
	}
	defer temporal.Close()
	db, err := store.Open(ctx, s.DatabaseURL, store.Options{Connections: 4, Name: "doorbell audit"})
	if err != nil {
		return err
	}
	defer db.Close()
	leads := workflows.Leads{Client: temporal, Queue: s.TaskQueue}
	auditor := audit.New(db, leads, options.Namespace, relay.New(db, leads, slog.New(slog.DiscardHandler)))
	report, err := auditor.Run(ctx, scope)
	if err != nil {
		return fmt.Errorf("the audit could not look at everything: %w", unreachable(err))
	}
	if err := c.print(p, report); err != nil {
		return err
	}
	if !report.Right() {
		return errTold
	}
	return nil
}

func named(flag, text string) (*uuid.UUID, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // not named is all of them
	}
	id, err := uuid.Parse(text)
	if err != nil {
		return nil, usageError{flag + " must be an id such as 0199f2c4-7b1e-7c3a-9d52-3f0c8a1b6e47"}
	}
	return &id, nil
}

// audited is the report as JSON.
type audited struct {
	Right bool `json:"right"` // nothing is left to do and nothing is lost
	audit.Report
}

func (c *auditCommand) print(p *program, report audit.Report) error {
	if c.JSON {
		return p.printJSON(audited{report.Right(), report})
	}
	var rows [][]string
	for _, f := range report.Findings {
		detail := f.Detail
		if f.Remedy != "" {
			detail += ": " + f.Remedy
		}
		rows = append(rows, []string{string(f.Outcome), strings.ReplaceAll(string(f.Kind), "_", " "), f.Subject(), detail})
	}
	if err := p.printTable(rows); err != nil {
		return err
	}
	return p.printLine("%s", summary(report))
}

// summary says in one line how it stands.
func summary(report audit.Report) string {
	looked := fmt.Sprintf("open leads: %d, follow-ups: %d", report.Leads, report.FollowUps)
	if len(report.Findings) == 0 {
		return looked + "; all is right"
	}
	count := map[audit.Outcome]int{}
	for _, f := range report.Findings {
		count[f.Outcome]++
	}
	said := []string{fmt.Sprintf("%d found wrong", len(report.Findings))}
	for _, o := range []struct {
		outcome audit.Outcome
		words   string
	}{
		{audit.Repaired, "repaired"},
		{audit.Noted, "lost for good and noted on the timeline"},
		{audit.Left, "left for you"},
	} {
		if n := count[o.outcome]; n > 0 {
			said = append(said, fmt.Sprintf("%d %s", n, o.words))
		}
	}
	if count[audit.Found] > 0 {
		said = append(said, "nothing was repaired")
	}
	return looked + "; " + strings.Join(said, ", ")
}

// withEverything reads the settings of a command that works on the database and
// on Temporal: those of the environment, else those of the dev in this directory.
func (p *program) withEverything() (settings, client.Options, error) {
	log := slog.New(slog.DiscardHandler) // what is wrong the command says
	s, err := readSettings(p.env)
	if err != nil {
		return s, client.Options{}, err
	}
	state, found := readDevState()
	dev := found && s.DatabaseURL == ""
	if dev {
		s.DatabaseURL = state.DatabaseURL
	}
	if err := s.require("DATABASE_URL"); err != nil {
		return s, client.Options{}, err
	}
	if dev && !temporalConfigured(p.env) {
		return s, dressed(client.Options{HostPort: state.TemporalAddress, Namespace: state.Namespace}, log), nil
	}
	options, err := temporalOptions(p.env, log)
	return s, options, err
}
