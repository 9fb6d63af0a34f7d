package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/doorbell-ilm/doorbell/privacy"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

type customerExportCommand struct {
	ofPerson
	Out string `short:"o" placeholder:"FILE" help:"Write into this file, which nobody else can read; it must not be there yet. Otherwise to standard output."`
	ofDealer
}

// Help is shown below the summary.
func (*customerExportCommand) Help() string {
	return "The document is the answer to a person who asks what is held about him; docs/privacy.md describes it. " +
		"Make sure that it is he who asks."
}

// ownerOnly is the mode of a file with somebody's data in it.
const ownerOnly = 0o600

// Run writes the document.
func (c *customerExportCommand) Run(ctx context.Context, p *program) error {
	return p.onDealer(ctx, c.ofDealer, func(ctx context.Context, s *store.Store, dealer db.Dealer) error {
		whom, err := c.whom(dealer.Country)
		if err != nil {
			return err
		}
		document, err := privacy.Export(ctx, s, dealer.ID, whom)
		if err != nil {
			return nobody(err)
		}
		if c.Out == "" {
			return p.printJSON(document)
		}
		text, err := json.MarshalIndent(document, "", "  ")
		if err != nil {
			return fmt.Errorf("write the document: %w", err)
		}
		if err := keep(c.Out, append(text, '\n')); err != nil {
			return err
		}
		p.say("%s holds %d leads of this person", visible(c.Out), len(document.Leads))
		return nil
	})
}

// keep writes a new file that only its owner can read.
func keep(name string, text []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, ownerOnly)
	if err != nil {
		return fmt.Errorf("write the document: %w", err)
	}
	_, err = file.Write(text)
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("write the document: %w", err)
	}
	return nil
}
