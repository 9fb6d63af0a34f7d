package words_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/words"
)

// speaking are the folders whose code says sentences.
var speaking = []string{"../web", "../api", "../words"}

// use is a place in the code where a sentence is named.
type use struct {
	where  string
	key    string // or its beginning
	begins bool   // the rest of the key is not known here
	counts bool   // said by N
	with   []string
	known  bool // what is put in is all named there
}

// code is what the files of the folders say.
type code struct {
	uses     []use
	literals map[string]bool
}

// readCode reads the Go code; what templ makes of pages is Go as well.
func readCode(t *testing.T) code {
	t.Helper()
	out := code{literals: map[string]bool{}}
	for _, folder := range speaking {
		require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(node ast.Node) bool {
				switch n := node.(type) {
				case *ast.BasicLit:
					if text, ok := literal(n); ok {
						out.literals[text] = true
					}
				case *ast.CallExpr:
					if u, ok := useOf(n); ok {
						u.where = set.Position(n.Pos()).String()
						out.uses = append(out.uses, u)
					}
				}
				return true
			})
			return nil
		}))
	}
	require.NotEmpty(t, out.uses)
	return out
}

// useOf reads words.T(ctx, "board.title", "rows", 200), w.N("board.rows", n)
// and their like.
func useOf(call *ast.CallExpr) (use, bool) {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains([]string{"T", "N", "Or"}, method.Sel.Name) {
		return use{}, false
	}
	args := call.Args
	if of, isName := method.X.(*ast.Ident); isName && of.Name == "words" && len(args) > 0 {
		args = args[1:] // the context
	}
	if len(args) == 0 {
		return use{}, false
	}
	u := use{counts: method.Sel.Name == "N"}
	u.key, u.begins, ok = keyOf(args[0])
	if !ok || !strings.Contains(u.key, ".") {
		return use{}, false
	}
	if u.counts && len(args) > 1 {
		args, u.with = args[1:], []string{"n"}
	}
	u.known = method.Sel.Name != "Or" && call.Ellipsis == token.NoPos
	for i := 1; i < len(args); i += 2 {
		name, ok := literal(args[i])
		u.with, u.known = append(u.with, name), u.known && ok
	}
	return u, true
}

// keyOf reads a key, or how one begins: "role." + code.
func keyOf(e ast.Expr) (key string, begins, ok bool) {
	if sum, isSum := e.(*ast.BinaryExpr); isSum && sum.Op == token.ADD {
		key, _, ok = keyOf(sum.X)
		return key, true, ok
	}
	key, ok = literal(e)
	return key, false, ok
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// sentences are the forms of all keys in English; those in Dutch are the same,
// as another test sees to.
func sentences(t *testing.T) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	for _, name := range roomNames(t, words.English) {
		for key, forms := range room(t, words.English, name).forms {
			all[name+"."+key] = forms
		}
	}
	return all
}

func TestEverySentenceThatTheCodeNamesIsWritten(t *testing.T) {
	t.Parallel()
	all := sentences(t)
	var faults []string
	for _, u := range readCode(t).uses {
		if fault := faultOf(u, all); fault != "" {
			faults = append(faults, u.where+": "+fault)
		}
	}
	require.Empty(t, strings.Join(faults, "\n"))
}

// faultOf says what is wrong with a use, "" for nothing.
func faultOf(u use, all map[string]map[string]string) string {
	if u.begins {
		for key := range all {
			if strings.HasPrefix(key, u.key) {
				return ""
			}
		}
		return "no key begins with " + u.key
	}
	forms, written := all[u.key]
	if !written {
		return u.key + " is not written"
	}
	if _, counted := forms["one"]; counted != u.counts {
		return u.key + ": N is for a sentence with the forms one and other, T for others"
	}
	slices.Sort(u.with)
	wanted := places(forms["other"])
	if u.counts {
		wanted = append(wanted, "n")
		slices.Sort(wanted)
		wanted = slices.Compact(wanted)
	}
	if u.known && !slices.Equal(wanted, slices.Compact(u.with)) {
		return u.key + " has the places " + strings.Join(wanted, ", ") + " and is given " + strings.Join(u.with, ", ")
	}
	return ""
}

// vocabulary are the rooms whose keys are codes that the code puts together; the
// tests of the vocabulary see to them.
var vocabulary = []string{
	"acquaintance", "actor", "application", "appointment", "approval", "attempt", "because", "celebration", "channel", "clock", "closing", "condition",
	"day", "detail", "detail_kind", "direction", "earning", "effect", "evidence", "field", "followup", "group", "key", "kind", "language", "match",
	"message", "notify", "outcome", "party", "phase", "quarantine", "reason", "recipient", "request", "result", "role", "rule", "stage", "status",
	"stop_on", "task", "template", "trail_kind", "told_api", "told_intake", "told_policy", "told_process", "told_reasons", "value", "why",
}

// What nobody says any more only costs whoever translates it. A key is in use
// when the code has it as a text, or the beginning of it, or the end of one of
// said.yaml or of a page that says one thing.
func TestEverySentenceIsSaidSomewhere(t *testing.T) {
	t.Parallel()
	c := readCode(t)
	var idle []string
	for key := range sentences(t) {
		name, rest, _ := strings.Cut(key, ".")
		if !slices.Contains(vocabulary, name) && !c.says(name, key, rest) {
			idle = append(idle, key)
		}
	}
	slices.Sort(idle)
	require.Empty(t, strings.Join(idle, "\n"), "no code says these")
}

func (c code) says(room, key, rest string) bool {
	if c.literals[key] || (room == "said" && c.literals[rest]) {
		return true
	}
	if whole, end := key[:max(0, strings.LastIndexByte(key, '.'))], key[strings.LastIndexByte(key, '.'):]; end == ".title" || end == ".text" {
		if c.literals[whole] {
			return true
		}
	}
	for at := len(room) + 1; at < len(key); at++ {
		if c.literals[key[:at]] {
			return true
		}
	}
	return false
}
