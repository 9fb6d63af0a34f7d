package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/internal/lull"
)

type demoCommand struct {
	Every  time.Duration `help:"How long it takes until the next lead comes, on the average. People act in the same pace." default:"10s"`
	Leads  int           `help:"End after so many leads; 0 goes on until it is stopped." default:"0"`
	access `prefix:""`
}

// Run sends invented leads and works them as people do, some well, some not at
// all, through the API and by nothing else.
func (c *demoCommand) Run(ctx context.Context, p *program) error {
	if c.Every <= 0 || c.Leads < 0 {
		return usageError{"--every must be longer than nothing, as 10s, and --leads 0 or more"}
	}
	s, err := c.server(p, integrationKey)
	if err != nil {
		return err
	}
	t := &traffic{server: s, program: p, every: c.Every}
	if c.Leads == 0 {
		p.say("leads come until Ctrl-C")
	}
	return t.run(ctx, c.Leads)
}

// traffic is what happens at a dealer.
type traffic struct {
	*server
	program *program
	every   time.Duration

	mu sync.Mutex // of the lines
}

// run sends leads until there were so many, or for 0 until ctx ends, and waits
// until nobody acts any more.
func (t *traffic) run(ctx context.Context, leads int) error {
	var stories sync.WaitGroup
	defer stories.Wait()
	for n := 0; leads == 0 || n < leads; n++ {
		if n > 0 && !t.waits(ctx) {
			return nil
		}
		lead, err := t.enquiry(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !t.refused(err):
			return err
		case err == nil:
			stories.Go(func() {
				if err := t.story(ctx, lead); err != nil && ctx.Err() == nil {
					t.say(err)
				}
			})
		}
	}
	return nil
}

// waits as long as it takes until somebody does something next, and reports
// whether it goes on then.
func (t *traffic) waits(ctx context.Context) bool {
	return lull.For(ctx, time.Duration((0.5+rand.Float64())*float64(t.every))) == nil //nolint:gosec // invented
}

// refused tells of a server that says no, and reports whether the error is that.
func (t *traffic) refused(err error) bool {
	_, no := errors.AsType[*refusal](err)
	if no {
		t.say(err)
	}
	return no
}

func (t *traffic) say(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.program.say("%v", err)
}

func (t *traffic) tell(who, what, lead string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.program.printLine("%s  %-20s  %-24s  %s", time.Now().Format(time.TimeOnly), who, what, lead)
}

// Who asks for what. The numbers are of those that are never given out, and the
// addresses of a domain that nobody has.
var (
	firstNames = []string{"Anna", "Bram", "Fatima", "Jan", "Lotte", "Mohammed", "Noor", "Pieter", "Sanne", "Yusuf"}
	lastNames  = []string{"Bakker", "Bos", "El Amrani", "Jansen", "Kaya", "Meijer", "Mulder", "Smits", "Visser", "Yilmaz"}
	cars       = []gen.Vehicle{
		{Condition: new(gen.ConditionNew), Make: new("Renault"), Model: new("Captur")},
		{Condition: new(gen.ConditionNew), Make: new("Dacia"), Model: new("Duster")},
		{Condition: new(gen.ConditionUsed), Make: new("Renault"), Model: new("Zoe")},
		{Condition: new(gen.ConditionUsed), Make: new("Nissan"), Model: new("Qashqai")},
	}
	requests = []gen.LeadRequest{gen.LeadRequestTestDrive, gen.LeadRequestQuote, gen.LeadRequestInformation}
)

func one[T any](of []T) T { return of[rand.IntN(len(of))] } //nolint:gosec // invented

// of reports a chance of that many in ten.
func of(ten int) bool { return rand.IntN(10) < ten } //nolint:gosec // invented

// enquiry posts a lead.
func (t *traffic) enquiry(ctx context.Context) (lead string, err error) {
	first, last, number := one(firstNames), one(lastNames), rand.IntN(1_000) //nolint:gosec // invented
	source := "website"
	if of(3) {
		source = "portal"
	}
	var receipt gen.LeadReceipt
	err = t.post(ctx, "/v1/leads", map[string]any{
		"source": source, "channel": "web", "request": one(requests), "vehicle": one(cars),
		"customer": map[string]any{
			"first_name": first, "last_name": last, "phone": fmt.Sprintf("06 12345%03d", number),
			"email": fmt.Sprintf("%s.%s.%d@customer.example", strings.ToLower(first), strings.ReplaceAll(strings.ToLower(last), " ", ""), number),
		},
	}, &receipt)
	if err != nil {
		return "", err
	}
	return receipt.ID.String(), t.tell(first+" "+last, "asks, through "+source, receipt.ID.String())
}

// How often somebody tries before he forgets about it, and looks whether the lead
// is his.
const (
	mostCalls = 3
	mostLooks = 20
)

// story is what becomes of a lead: two of ten are forgotten, and whoever is
// reached makes an appointment or not.
func (t *traffic) story(ctx context.Context, id string) error {
	if of(2) {
		return nil
	}
	calls := 0
	for range mostLooks {
		if calls == mostCalls || !t.waits(ctx) {
			break
		}
		var lead gen.Lead
		if err := t.get(ctx, "/v1/leads/"+id, &lead); err != nil {
			return err
		}
		if lead.Owner == nil || lead.Status != gen.LeadStatusOpen {
			continue
		}
		calls++
		outcome := one([]gen.AttemptOutcome{
			gen.AttemptOutcomeReached, gen.AttemptOutcomeReached, gen.AttemptOutcomeVoicemail, gen.AttemptOutcomeNoAnswer,
		})
		call := map[string]any{"channel": "phone", "direction": "out", "outcome": outcome}
		if err := t.does(ctx, &lead, "attempts", "calls: "+string(outcome), call); err != nil {
			return err
		}
		if outcome == gen.AttemptOutcomeReached {
			return t.spoken(ctx, &lead)
		}
	}
	return nil
}

// spoken is what comes of a conversation.
func (t *traffic) spoken(ctx context.Context, lead *gen.Lead) error {
	if !t.waits(ctx) {
		return nil
	}
	if of(4) {
		return t.does(ctx, lead, "notes", "notes what was said", map[string]any{"text": "Thinks it over and wants to be called next week."})
	}
	var times gen.SlotList
	if err := t.get(ctx, "/v1/leads/"+lead.ID.String()+"/slots?"+url.Values{"days": {"5"}}.Encode(), &times); err != nil || len(times.Items) == 0 {
		return err
	}
	agreed := of(7)
	err := t.does(ctx, lead, "appointments", "makes an appointment", map[string]any{
		"kind": "test_drive", "starts_at": one(times.Items).StartsAt, "duration_min": 45, "confirmed": agreed,
	})
	if err != nil || !agreed || !t.waits(ctx) {
		return err
	}
	return t.does(ctx, lead, "close", "hands it to the showroom", map[string]any{"reason": "appointment_test_drive"})
}

// does has the lead's owner do something.
func (t *traffic) does(ctx context.Context, lead *gen.Lead, path, what string, body map[string]any) error {
	body["actor"] = lead.Owner.Email
	if err := t.post(ctx, "/v1/leads/"+lead.ID.String()+"/"+path, body, nil); err != nil {
		return err
	}
	return t.tell(lead.Owner.Name, what, lead.ID.String())
}

func (t *traffic) get(ctx context.Context, path string, out any) error {
	answer, err := t.call(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

// post sends what is to be done; nil for out ignores the answer.
func (t *traffic) post(ctx context.Context, path string, body, out any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write the request: %w", err)
	}
	answer, err := t.call(ctx, http.MethodPost, path, "application/json", text)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(answer, out)
}
