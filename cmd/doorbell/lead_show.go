package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
)

type leadShowCommand struct {
	ID     string `arg:"" help:"The lead's id."`
	JSON   bool   `help:"Print JSON: the lead and its timeline."`
	access `prefix:""`
}

// shown is a lead with everything that happened to it.
type shown struct {
	Lead     gen.Lead            `json:"lead"`
	Timeline []gen.TimelineEntry `json:"timeline"`
}

// Run shows the lead.
func (c *leadShowCommand) Run(ctx context.Context, p *program) error {
	id, err := uuid.Parse(c.ID)
	if err != nil {
		return usageError{"the id of a lead looks like 0199f2c4-7b1e-7c3a-9d52-3f0c8a1b6e47"}
	}
	s, err := c.server(p, "integration")
	if err != nil {
		return err
	}
	found, err := s.lead(ctx, id)
	if err != nil {
		return p.told(err, c.JSON)
	}
	if c.JSON {
		return p.printJSON(found)
	}
	if err := p.printTable(factsOf(found.Lead)); err != nil {
		return err
	}
	if err := p.printLine(""); err != nil {
		return err
	}
	var rows [][]string
	for _, e := range found.Timeline {
		rows = append(rows, []string{fmt.Sprint(e.Seq), local(&e.At), e.Actor, e.Summary})
	}
	return p.printTable(rows)
}

// lead reads a lead and all pages of its timeline.
func (s *server) lead(ctx context.Context, id uuid.UUID) (shown, error) {
	var found shown
	if err := s.read(ctx, "/v1/leads/"+id.String(), &found.Lead); err != nil {
		return found, err
	}
	for cursor := ""; ; {
		var page gen.TimelinePage
		path := "/v1/leads/" + id.String() + "/timeline?limit=200"
		if cursor != "" {
			path += "&cursor=" + url.QueryEscape(cursor)
		}
		if err := s.read(ctx, path, &page); err != nil {
			return found, err
		}
		found.Timeline = append(found.Timeline, page.Items...)
		if page.NextCursor == nil || len(page.Items) == 0 {
			return found, nil
		}
		cursor = *page.NextCursor
	}
}

func (s *server) read(ctx context.Context, path string, into any) error {
	answer, err := s.call(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("the server's answer cannot be read: %w", err)
	}
	return nil
}

// factsOf are the lines above the timeline. What there is not has no line.
func factsOf(l gen.Lead) [][]string {
	var rows [][]string
	add := func(name, value string) {
		if strings.TrimSpace(value) != "" {
			rows = append(rows, []string{name, value})
		}
	}
	add("lead", l.ID.String())
	add("state", fmt.Sprintf("%s, %s, %s", l.Status, l.Phase, l.Stage))
	add("received", local(&l.ReceivedAt))
	add("source", fmt.Sprintf("%s (%s party), by %s", l.Source.Code, l.Source.Party, l.Channel))
	if l.Request != nil {
		add("asks for", strings.ReplaceAll(string(*l.Request), "_", " "))
	}
	if v := l.Vehicle; v != nil {
		add("car", join(year(v.Year), text(v.Make), text(v.Model), text(v.Trim)))
	}
	c := l.Customer
	add("customer", first(join(text(c.FirstName), text(c.Infix), text(c.LastName)), text(c.FullName)))
	add("phone", text(c.Phone))
	add("e-mail", text(c.Email))
	if l.Owner != nil {
		add("owner", l.Owner.Name+", "+l.Owner.Email)
	}
	add("track", join(text(l.Track), reason(l.Why)))
	add("answered", local(l.AutoRespondedAt))
	add("first call", local(l.FirstLiveResponseAt))
	add("attempts", fmt.Sprintf("%d of %d count, on %d of %d days", l.Attempts.Counted, l.Attempts.Required, l.Attempts.Days, l.Attempts.DaysRequired))
	if e := l.Escalation; e != nil {
		add("escalated", fmt.Sprintf("%s, step %d of %d, %s", words(string(e.Kind)), e.Step, e.Steps, local(&e.At)))
	}
	if a := l.Appointment; a != nil {
		add("appointment", fmt.Sprintf("%s, %s", words(string(a.Kind)), local(&a.StartsAt)))
	}
	if c := l.Closing; c != nil {
		add("closing", words(c.Reason))
	}
	add("parked until", local(l.ParkedUntil))
	for _, d := range l.Deadlines {
		add("due", fmt.Sprintf("%s  %s", local(&d.DueAt), words(string(d.Kind))))
	}
	return rows
}

// local writes an instant in this machine's own time, "" for none.
func local(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.Local().Format("Mon 2 Jan 2006 15:04:05 MST") //nolint:gosmopolitan // for the person at this machine
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func year(y *int) string {
	if y == nil {
		return ""
	}
	return fmt.Sprint(*y)
}

func reason(why *string) string {
	if text(why) == "" {
		return ""
	}
	return "(" + *why + ")"
}

func join(parts ...string) string { return strings.Join(strings.Fields(strings.Join(parts, " ")), " ") }

func words(code string) string { return strings.ReplaceAll(code, "_", " ") }
