package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/doorbell-ilm/doorbell/api/gen"
)

type leadCommand struct {
	Post leadPostCommand `cmd:"" help:"Post a lead from a file, JSON or ADF."`
	Show leadShowCommand `cmd:"" help:"Show a lead and what happened to it."`
}

type leadPostCommand struct {
	File   string `arg:"" help:"File with the lead, JSON or ADF; - reads standard input."`
	Source string `help:"Which key of the dev in this directory to use: website or portal." default:"website"`
	JSON   bool   `help:"Print the server's answer as it is."`
	access `prefix:""`
}

// mostPosted is more than any server takes; it says so itself below that.
const mostPosted = 1 << 20 // bytes

// Run posts the lead.
func (c *leadPostCommand) Run(ctx context.Context, p *program) error {
	body, err := p.readFile(c.File)
	if err != nil {
		return err
	}
	s, err := c.server(p, c.Source)
	if err != nil {
		return err
	}
	answer, err := s.call(ctx, http.MethodPost, "/v1/leads", contentTypeOf(body), body)
	if err != nil {
		return p.told(err, c.JSON)
	}
	if c.JSON {
		return p.printJSON(json.RawMessage(answer))
	}
	return p.showReceipts(answer, s.url)
}

// readFile reads a file that the user named, or standard input.
func (p *program) readFile(name string) ([]byte, error) {
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
	body, err := io.ReadAll(io.LimitReader(source, mostPosted+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", name, err)
	case len(body) > mostPosted:
		return nil, fmt.Errorf("%s is larger than %d bytes", name, mostPosted)
	case len(bytes.TrimSpace(body)) == 0:
		return nil, fmt.Errorf("%s is empty", name)
	}
	return body, nil
}

// contentTypeOf tells JSON from ADF. What is neither goes as ADF: the server
// reads ADF leniently, and keeps what it cannot read.
func contentTypeOf(body []byte) string {
	if bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff"))), []byte("{")) {
		return "application/json"
	}
	return "application/x-adf+xml"
}

// showReceipts prints what the lead, or each prospect, became.
func (p *program) showReceipts(answer []byte, url string) error {
	var receipts gen.ADFReceipt
	if err := json.Unmarshal(answer, &receipts); err != nil {
		return fmt.Errorf("the server's answer cannot be read: %w", err)
	}
	if len(receipts.Leads) == 0 && len(receipts.Quarantined) == 0 {
		var one gen.LeadReceipt
		if err := json.Unmarshal(answer, &one); err != nil {
			return fmt.Errorf("the server's answer cannot be read: %w", err)
		}
		receipts.Leads = []gen.LeadReceipt{one}
	}
	var rows [][]string
	for _, lead := range receipts.Leads {
		rows = append(rows, []string{wordFor(lead), lead.ID.String(), url + lead.URL})
	}
	for _, q := range receipts.Quarantined {
		rows = append(rows, []string{"quarantined", q.ID.String(), fmt.Sprintf("prospect %d: %s", q.Prospect, q.Reason)})
	}
	if err := p.printTable(rows); err != nil {
		return err
	}
	for _, lead := range receipts.Leads {
		if len(lead.Ignored) > 0 {
			p.say("kept but not understood: %s", visible(strings.Join(lead.Ignored, ", ")))
		}
	}
	return nil
}

func wordFor(lead gen.LeadReceipt) string {
	switch {
	case lead.Replayed:
		return "known"
	case lead.DuplicateOf != nil:
		return "duplicate"
	default:
		return string(lead.Status)
	}
}
