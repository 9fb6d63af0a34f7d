package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/policy"
)

type policyCommand struct {
	Check   policyCheckCommand   `cmd:"" help:"Say what is wrong in a policy file, line by line."`
	Preview policyPreviewCommand `cmd:"" help:"Show what would happen to a lead, by when and who would be told."`
}

type policyCheckCommand struct {
	File string `arg:"" help:"The policy, YAML or JSON; - reads standard input."`
	JSON bool   `help:"Print JSON."`
}

// policyFault is a fault or a remark as scripts read it.
type policyFault struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Key     string `json:"key"`
	Message string `json:"message"`
}

// Run checks the file. Faults end it with 1; remarks are told, and the policy
// is good all the same.
func (c *policyCheckCommand) Run(p *program) error {
	text, err := p.readFile(c.File)
	if err != nil {
		return err
	}
	found, err := checkPolicy(text)
	if err != nil {
		return err
	}
	bad := len(found.Faults()) > 0
	if c.JSON {
		err = p.printJSON(map[string]any{"ok": !bad, "errors": forScripts(found.Faults()), "remarks": forScripts(found.Remarks())})
	} else {
		err = p.printFindings(c.File, found)
	}
	if err != nil {
		return err
	}
	if bad {
		return errTold
	}
	p.say("%s is a good policy", c.File)
	return nil
}

// printFindings prints one a line, as editors and pagers read places in files.
func (p *program) printFindings(file string, found policy.Errors) error {
	for _, f := range found {
		words := f.Message
		if f.Key != "" {
			words = f.Key + ": " + words
		}
		if f.Remark {
			words = "note: " + words
		}
		if err := p.printLine("%s:%d:%d: %s", file, f.Line, f.Column, visible(words)); err != nil {
			return err
		}
	}
	return nil
}

func forScripts(found policy.Errors) []policyFault {
	out := make([]policyFault, len(found))
	for i, f := range found {
		out[i] = policyFault{Line: f.Line, Column: f.Column, Key: f.Key, Message: f.Message}
	}
	return out
}

// policyFaults lists what keeps a policy from being used, remarks left out.
func policyFaults(text []byte) (policy.Errors, error) {
	found, err := checkPolicy(text)
	return found.Faults(), err
}

// checkPolicy lists what is found in a policy, as far as it can be known without
// a dealer: a file knows nobody's colleagues and sources.
func checkPolicy(text []byte) (policy.Errors, error) {
	yardstick, err := policy.Parse(text)
	var unread *policy.Errors
	switch {
	case errors.As(err, &unread):
		return *unread, nil
	case err != nil:
		return nil, fmt.Errorf("read the policy: %w", err)
	}
	return yardstick.Check(policy.Known{Template: message.ForCustomers, Now: time.Now()}), nil
}
