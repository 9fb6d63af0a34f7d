package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/rehearse"
)

type rehearseCommand struct {
	Policy   string `required:"" placeholder:"FILE" help:"The policy to rehearse; - reads standard input."`
	Leads    string `placeholder:"FILE" help:"Leads as CSV."`
	Rate     string `placeholder:"N/day" help:"Make up leads instead: so many on an average day, as 40/day, 280/week or 5/hour."`
	Days     int    `default:"90" help:"How many days to rehearse."`
	Staff    string `placeholder:"FILE" help:"The team as YAML, or how many there are of each role, as bdc=1,salesperson=3,sales_manager=1."`
	Start    string `placeholder:"DATE" help:"First day, as 2026-11-02. Else the day of the first lead; with --rate, next Monday."`
	Seed     uint64 `default:"1" help:"Starts the dice; the same seed gives the same report."`
	Language string `placeholder:"XX" help:"The dealer's own language, two letters, which everybody speaks."`
	JSON     bool   `help:"Print JSON."`
}

// Help tells what the team is taken for.
func (c *rehearseCommand) Help() string {
	return `The decisions are those of the real process: the same code decides for real leads.
The team is a model:

  calls      one thing at a time, what is due first comes first; 10 an hour, notes
             included (calls_per_hour); a mail, a decision or a word with a colleague
             takes half a call, a visit its hour
  diligence  an alert or a due call is acted on with a probability of 95 %
             (diligence); else nothing happens until the next alert
  reaction   from an alert until he turns to it: lognormal, median 5 minutes on duty
             (reaction_minutes), and then behind whatever is due sooner
  duty       the shifts and opening hours of the policy, without absences
  customers  26 % of the calls reach them in the morning, 30 % in the afternoon, 38 %
             in the evening; of the conversations 32 % lead to an appointment, 36 % to
             a closing, 10 % to a later date; 70 % come, a quarter of them buys at once
  managers   decide on closings and approve 92 %; of an overdue lead they see to it
             that the owner calls now, or give it to a free colleague

--leads has the columns received_at, source, party and, where known, channel, request,
make, model, condition, price, postcode, language, phone (yes, no), email (yes, no),
customer (known, new). --staff is a list of {email, role, count, calls_per_hour,
diligence, reaction_minutes, languages, makes, capacity, absent}; without it there is one
of each role and three salespeople. docs/rehearse.md has the rest.`
}

// The bounds of the files that are read.
const (
	largestLeadsFile = 256 << 20 // bytes
	largestStaffFile = 1 << 20
)

// Run rehearses and prints how it went.
func (c *rehearseCommand) Run(ctx context.Context, p *program) error {
	switch {
	case (c.Leads == "") == (c.Rate == ""):
		return usageError{"say either --leads FILE or --rate 40/day"}
	case len(slices.DeleteFunc([]string{c.Policy, c.Leads, c.Staff}, func(file string) bool { return file != "-" })) > 1:
		return usageError{"only one file can be read from standard input"}
	case c.Days < 1 || c.Days > rehearse.MostDays:
		return usageError{fmt.Sprintf("--days must be from 1 to %d", rehearse.MostDays)}
	}
	yardstick, err := p.readPolicy(c.Policy)
	if err != nil {
		return err
	}
	setup := rehearse.Setup{Policy: yardstick, Days: c.Days, Seed: c.Seed, Language: strings.ToLower(c.Language)}
	if setup.From, err = c.start(yardstick.Zone); err != nil {
		return err
	}
	if setup.Staff, err = c.team(p, yardstick); err != nil {
		return err
	}
	if err := c.leads(p, &setup); err != nil {
		return err
	}
	setup.Progress = p.progress("rehearsed")
	report, err := rehearse.Run(ctx, setup)
	if err != nil {
		return fmt.Errorf("rehearse: %w", err)
	}
	if report.LeftOut > 0 {
		p.say("%s outside the rehearsed days and left out", counted(report.LeftOut, "lead came", "leads came"))
	}
	if c.JSON {
		return p.printJSON(report)
	}
	return p.printReport(report, yardstick.Zone)
}

// start is the first day; zero leaves it to the first lead.
func (c *rehearseCommand) start(zone *time.Location) (time.Time, error) {
	if c.Start != "" {
		day, err := time.ParseInLocation(time.DateOnly, c.Start, zone)
		if err != nil {
			return day, usageError{"--start must be a date such as 2026-11-02"}
		}
		return day, nil
	}
	if c.Rate == "" {
		return time.Time{}, nil
	}
	today := time.Now().In(zone)
	return today.AddDate(0, 0, (8-int(today.Weekday()))%7), nil
}

// team is who works the leads.
func (c *rehearseCommand) team(p *program, yardstick *policy.Policy) ([]rehearse.Seller, error) {
	switch {
	case c.Staff == "":
		return rehearse.Team(rehearse.Standin(yardstick)), nil
	case strings.Contains(c.Staff, "="):
		many, err := headcount(c.Staff)
		if err != nil {
			return nil, err
		}
		return rehearse.Team(rehearse.Staffed(yardstick, many)), nil
	}
	text, err := p.readUpTo(c.Staff, largestStaffFile)
	if err != nil {
		return nil, err
	}
	team, err := rehearse.ReadStaff(text, yardstick.Zone)
	if err != nil {
		return nil, p.faultsOf(c.Staff, err)
	}
	if n := rehearse.Unstaffed(yardstick, team); n > 0 {
		p.say("%s that the policy names by address not in %s: nobody is there in their place", counted(n, "colleague", "colleagues"), c.Staff)
	}
	return team, nil
}

// headcount reads "bdc=1,salesperson=3".
func headcount(text string) (rehearse.Headcount, error) {
	many := rehearse.Headcount{}
	for part := range strings.SplitSeq(text, ",") {
		name, number, _ := strings.Cut(strings.TrimSpace(part), "=")
		n, err := strconv.Atoi(number)
		if role := lead.Role(name); err != nil || n < 0 || n > 100 || !slices.Contains(rehearse.Roles, role) {
			return nil, usageError{"--staff must be a file or a headcount such as bdc=1,salesperson=3,sales_manager=1,general_manager=1"}
		}
		many[lead.Role(name)] += n
	}
	return many, nil
}

// leads are those of the file, or made up.
func (c *rehearseCommand) leads(p *program, setup *rehearse.Setup) error {
	if c.Rate != "" {
		perDay, err := rehearse.ParseRate(c.Rate)
		if err != nil {
			return usageError{"--rate: " + err.Error()}
		}
		setup.Leads = rehearse.Stream(setup.Policy, setup.From, c.Days, perDay, c.Seed)
		return nil
	}
	text, err := p.readUpTo(c.Leads, largestLeadsFile)
	if err != nil {
		return err
	}
	setup.Leads, err = rehearse.ReadLeads(text, setup.Policy.Zone)
	return p.faultsOf(c.Leads, err)
}

// faultsOf tells the mistakes in a file, one a line.
func (p *program) faultsOf(file string, err error) error {
	var faults rehearse.Faults
	if !errors.As(err, &faults) {
		return err
	}
	for _, f := range faults {
		p.say("%s:%d:%d: %s", file, f.Line, f.Column, visible(f.Words()))
	}
	return errTold
}

// readUpTo reads a file that may be large, or standard input.
func (p *program) readUpTo(name string, most int64) ([]byte, error) {
	source := p.in
	if name != "-" {
		file, err := os.Open(name)
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("there is no file %s", name)
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		defer func() { _ = file.Close() }()
		source = file
	}
	body, err := io.ReadAll(io.LimitReader(source, most+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", name, err)
	case int64(len(body)) > most:
		return nil, fmt.Errorf("%s is larger than %d MB", name, most>>20)
	}
	return body, nil
}
