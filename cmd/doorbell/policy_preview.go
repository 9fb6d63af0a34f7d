package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/rehearse"
)

type policyPreviewCommand struct {
	File      string `arg:"" help:"The policy, YAML or JSON; - reads standard input."`
	At        string `required:"" placeholder:"TIME" help:"When it comes in: a local time of the policy such as '2026-11-28 16:50', or one with its zone."`
	Source    string `required:"" help:"Code of its source, as the rules of the policy name it."`
	Party     string `enum:"first,second,third," default:"" help:"first (own), second (the importer's) or third (a portal's); needed where the policy asks."`
	Channel   string `enum:"web,phone,email,chat,social,walk_in" default:"web" help:"How it comes: ${enum}."`
	Request   string `enum:"information,quote,test_drive,appointment,trade_in_value,call_back," default:"" help:"One of ${enum}."`
	Make      string `help:"Make of the car."`
	Model     string `help:"Model of the car."`
	Condition string `enum:"new,used," default:"" help:"new or used."`
	Price     string `help:"Price of the car, as 31990 or 31990.00."`
	Postcode  string `help:"Postal code of the customer."`
	Language  string `help:"Language of the customer, two letters."`
	Known     bool   `help:"The person had a lead here before."`
	NoPhone   bool   `help:"No valid phone number is known."`
	NoEmail   bool   `help:"No valid e-mail address is known."`
	For       string `default:"14d" help:"How far to look ahead, as 36h or 14d."`
	JSON      bool   `help:"Print JSON."`
}

// farthestPreview is how many days a preview may look ahead.
const farthestPreview = 366

// Run shows what would happen to such a lead if nobody acted on it. The policy
// file knows no staff, so colleagues are made up: one of each role, three
// salespeople, and everybody whom it names.
func (c *policyPreviewCommand) Run(p *program) error {
	yardstick, err := p.readPolicy(c.File)
	if err != nil {
		return err
	}
	plan, err := c.plan(yardstick)
	if err != nil {
		return err
	}
	course := rehearse.Preview(plan)
	if c.JSON {
		return p.printJSON(course)
	}
	return p.printCourse(course, yardstick.Zone)
}

// readPolicy reads a policy that can be run. What a check finds in it besides is
// mentioned: it may be just what somebody wants to see.
func (p *program) readPolicy(file string) (*policy.Policy, error) {
	text, err := p.readFile(file)
	if err != nil {
		return nil, err
	}
	found, err := policyFaults(text)
	if err != nil {
		return nil, err
	}
	remark := fmt.Sprintf("the policy has %d faults: see `doorbell policy check %s`", len(found), file)
	yardstick, err := policy.Parse(text)
	if err != nil {
		return nil, errors.New(remark)
	}
	if len(found) > 0 {
		p.say("%s", remark)
	}
	return yardstick, nil
}

// plan makes the question to the policy out of the flags.
func (c *policyPreviewCommand) plan(yardstick *policy.Policy) (rehearse.Plan, error) {
	var plan rehearse.Plan
	at, err := rehearse.ParseInstant(c.At, yardstick.Zone)
	if err != nil {
		return plan, usageError{"--at: " + err.Error()}
	}
	ahead, err := policy.ParseDuration(c.For)
	if err != nil {
		return plan, usageError{"--for: " + err.Error()}
	}
	until := at.In(yardstick.Zone).AddDate(0, 0, ahead.Days).Add(ahead.Span)
	if !until.After(at) || until.After(at.AddDate(0, 0, farthestPreview)) {
		return plan, usageError{fmt.Sprintf("--for must be more than nothing and at most %dd", farthestPreview)}
	}
	cents := int64(0)
	if c.Price != "" {
		var ok bool
		if cents, ok = rehearse.Cents(c.Price); !ok {
			return plan, usageError{"--price must be an amount such as 31990 or 31990.00"}
		}
	}
	if c.Party == "" && asksForParty(yardstick) {
		return plan, usageError{"the policy chooses by party: say --party first, second or third"}
	}
	plan = rehearse.Plan{
		Policy: yardstick, Staff: rehearse.Standin(yardstick), Now: at, Until: until,
		Subject: policy.Subject{
			Party: lead.Party(c.Party), Source: c.Source, Channel: lead.Channel(c.Channel), Request: lead.Request(c.Request),
			Make: c.Make, Model: c.Model, Condition: lead.Condition(c.Condition), Price: cents, Postcode: c.Postcode,
			Language: strings.ToLower(c.Language), Known: c.Known,
		},
		Reach: process.Reach{Phone: !c.NoPhone, Email: !c.NoEmail},
	}
	return plan, nil
}

// asksForParty reports whether the track depends on whose lead it is.
func asksForParty(yardstick *policy.Policy) bool {
	for _, rule := range yardstick.Rules {
		if len(rule.When.Party) > 0 {
			return true
		}
	}
	return false
}

// localTime writes an instant in the policy's own time, with weekday and zone:
// at a change of the clocks the hour alone would say too little.
func localTime(at time.Time, zone *time.Location) string {
	return at.In(zone).Format("Mon 2 Jan 2006 15:04 MST")
}
