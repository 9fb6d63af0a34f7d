package words_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// spoken is a sentence as the code builds it, with a word in the place of what
// is put in.
type spoken struct{ where, text string }

// stopgap stands for what a sentence is given when it is said.
const stopgap = "Xy"

// sayers are the functions that take a sentence for people, in one of their
// arguments.
var sayers = []string{
	"Conflict", "Forbidden", "Malformed", "NotFound", "Unavailable", "newProblem", "conflict", "invalid", "fault", "faultAt", "remark", "remarkAt",
	"add", "point", "Quarantined", "thinOut", "settle", "settled", "wrong",
}

// carriers are the variables and fields that carry one.
var carriers = []string{"Message", "message", "fault", "uncounted", "why", "Why", "detail", "Detail", "Unreadable", "reason"}

// speaker reads the sentences of the files of a folder.
type speaker struct {
	set    *token.FileSet
	consts map[string]string
	errors bool // errors are shown to people too
	out    []spoken
}

func spokenIn(t *testing.T, folder string, errors bool) []spoken {
	t.Helper()
	s := &speaker{set: token.NewFileSet(), consts: map[string]string{}, errors: errors}
	var files []*ast.File
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && path != folder {
			if err == nil {
				err = fs.SkipDir
			}
			return err
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(s.set, path, nil, parser.SkipObjectResolution)
		files = append(files, file)
		return err
	}))
	for _, file := range files {
		ast.Inspect(file, s.constants)
	}
	for _, file := range files {
		ast.Inspect(file, s.visit)
	}
	return s.out
}

func (s *speaker) constants(node ast.Node) bool {
	if spec, ok := node.(*ast.ValueSpec); ok {
		for i, name := range spec.Names {
			if i < len(spec.Values) {
				if text, ok := literal(spec.Values[i]); ok {
					s.consts[name.Name] = text
				}
			}
		}
	}
	return true
}

func (s *speaker) visit(node ast.Node) bool {
	switch n := node.(type) {
	case *ast.CallExpr:
		name := nameOf(n.Fun)
		if slices.Contains(sayers, name) || (s.errors && (name == "Errorf" || name == "New")) {
			for _, arg := range n.Args {
				s.hear(arg, true)
			}
		}
	case *ast.KeyValueExpr:
		if key := nameOf(n.Key); slices.Contains(carriers, key) {
			s.hear(n.Value, false)
		} else if text, ok := literal(n.Key); ok && slices.Contains(carriers, text) {
			s.hear(n.Value, false)
		}
	case *ast.CompositeLit:
		if name := nameOf(n.Type); (name == "Fault" || name == "FieldError") && len(n.Elts) > 1 {
			s.hear(n.Elts[1], false)
		}
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if i < len(n.Rhs) && slices.Contains(carriers, nameOf(left)) {
				s.hear(n.Rhs[i], false)
			}
			if at, ok := left.(*ast.IndexExpr); ok && i < len(n.Rhs) {
				if text, ok := literal(at.Index); ok && slices.Contains(carriers, text) {
					s.hear(n.Rhs[i], false)
				}
			}
		}
	case *ast.FuncDecl:
		if slices.Contains(carriers, n.Name.Name) {
			ast.Inspect(n, func(in ast.Node) bool {
				if r, ok := in.(*ast.ReturnStmt); ok {
					for _, value := range r.Results {
						s.hear(value, false)
					}
				}
				return true
			})
		}
	}
	return true
}

// hear keeps what reads as a sentence: two words or more.
func (s *speaker) hear(e ast.Expr, format bool) {
	text := s.render(e, format)
	if strings.Contains(strings.TrimSpace(text), " ") && regexp.MustCompile(`[a-z]{2}`).MatchString(text) {
		s.out = append(s.out, spoken{s.set.Position(e.Pos()).String(), text})
	}
}

var verbForm = regexp.MustCompile(`%(\[\d\])?([dsvq%])`)

// render says an expression with stopgaps.
func (s *speaker) render(e ast.Expr, format bool) string {
	switch n := e.(type) {
	case *ast.BasicLit:
		text, ok := literal(n)
		if !ok {
			return "7"
		}
		if format {
			text = verbForm.ReplaceAllStringFunc(text, func(verb string) string {
				switch verb[len(verb)-1] {
				case '%':
					return "%"
				case 'd':
					return "7"
				}
				return stopgap
			})
		}
		return text
	case *ast.BinaryExpr:
		return s.render(n.X, format) + s.render(n.Y, format)
	case *ast.ParenExpr:
		return s.render(n.X, format)
	case *ast.CallExpr:
		switch nameOf(n.Fun) {
		case "Sprintf", "Errorf":
			return s.render(n.Args[0], true)
		case "New":
			return s.render(n.Args[0], false)
		}
	case *ast.Ident:
		if text, ok := s.consts[n.Name]; ok {
			return text
		}
	}
	return stopgap
}

func nameOf(e ast.Expr) string {
	switch n := e.(type) {
	case *ast.Ident:
		return n.Name
	case *ast.SelectorExpr:
		return n.Sel.Name
	case *ast.ArrayType:
		return nameOf(n.Elt)
	}
	return ""
}
