package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/policy"
)

type policyCommand struct {
	Check policyCheckCommand `cmd:"" help:"Say what is wrong in a policy file, line by line."`
}

type policyCheckCommand struct {
	File string `arg:"" help:"The policy, YAML or JSON; - reads standard input."`
	JSON bool   `help:"Print JSON."`
}

// policyFault is a fault as scripts read it.
type policyFault struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Key     string `json:"key"`
	Message string `json:"message"`
}

// Run checks the file.
func (c *policyCheckCommand) Run(p *program) error {
	text, err := p.readFile(c.File)
	if err != nil {
		return err
	}
	found, err := policyFaults(text)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := p.printJSON(map[string]any{"ok": len(found) == 0, "errors": found}); err != nil {
			return err
		}
	} else {
		for _, f := range found {
			key := f.Key
			if key != "" {
				key += ": "
			}
			if err := p.printLine("%s:%d:%d: %s", c.File, f.Line, f.Column, visible(key+f.Message)); err != nil {
				return err
			}
		}
	}
	if len(found) > 0 {
		return errTold
	}
	p.say("%s is a good policy", c.File)
	return nil
}

// policyFaults lists what is wrong: against the rules of a policy, and, where
// those are kept, mails that nobody has written.
func policyFaults(text []byte) ([]policyFault, error) {
	found := []policyFault{}
	_, err := policy.Parse(text)
	var faults *policy.Errors
	switch {
	case errors.As(err, &faults):
		for _, f := range *faults {
			found = append(found, policyFault(f))
		}
		return found, nil
	case err != nil:
		return nil, fmt.Errorf("read the policy: %w", err)
	}
	return append(found, unknownTemplates(text)...), nil
}

// unknownTemplates finds the mails that a policy names and that do not exist.
func unknownTemplates(text []byte) []policyFault {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil // it was read before
	}
	search := &templateSearch{}
	for _, doc := range file.Docs {
		ast.Walk(search, doc.Body)
	}
	return search.found
}

// templateSearch walks through the file as it was written, because only that
// knows lines and columns.
type templateSearch struct{ found []policyFault }

// Visit looks at one node.
func (s *templateSearch) Visit(node ast.Node) ast.Visitor {
	pair, ok := node.(*ast.MappingValueNode)
	if !ok || pair.Key.String() != "template" {
		return s
	}
	name, ok := pair.Value.(*ast.StringNode)
	if !ok || message.ForCustomers(name.Value) {
		return s
	}
	at := name.GetToken().Position
	s.found = append(s.found, policyFault{
		Line: at.Line, Column: at.Column, Key: strings.TrimPrefix(name.GetPath(), "$."),
		Message: fmt.Sprintf("there is no mail %q; choose %s or %s", name.Value, message.ThankYou, strings.Join(message.Names(), ", ")),
	})
	return s
}
