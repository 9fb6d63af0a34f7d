package words_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/words"
)

func TestWhatTheAPISaysIsToldInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	dutch, english := both(t)
	for said, want := range map[string]string{
		"The lead is closed (not_reached); a manager can reopen it.":       "De lead is gesloten (not_reached); een manager kan die heropenen.",
		"the lead is closed (not_reached); a manager can reopen it":        "de lead is gesloten (not_reached); een manager kan die heropenen",
		"The follow-up is done already.":                                   "De opvolging is al gedaan.",
		"is needed for double: the id of the other lead":                   "is nodig voor double: het id van de andere lead",
		"must be one of phone, email or sms":                               "moet een van phone, email of sms zijn",
		"Only a sales manager, a general manager or an admin may do this.": "Dit mag alleen een verkoopmanager, een algemeen manager of een beheerder.",
		"Temporal does not answer. Come back in 5 seconds.":                "Temporal antwoordt niet. Probeer het over 5 seconden opnieuw.",
		"The ADF document holds no prospect. It is kept; a manager can make it a lead.": "Het ADF-bestand bevat geen prospect. " +
			"Het bericht is bewaard; een manager kan er een lead van maken.",
		"the body is no lead: customer.phone: must be a text in quotes; vehicle.year: is not known; send one of 2025, 2026": "de inhoud is geen lead: " +
			"Telefoon: moet een tekst zijn; Bouwjaar: is niet bekend; kies een van 2025, 2026",
		`no track has the name "standrd" (did you mean "standard"?); define it under tracks`: `geen traject heet "standrd" (bedoelt u "standard"?); beschrijf het onder tracks`,
	} {
		told, known := dutch.Retold(said)
		require.True(t, known, said)
		require.Equal(t, want, told)
		require.Equal(t, said, english.Told(said), "English is what was said")
	}
	told, known := dutch.Retold("The moon is in the wrong phase.")
	require.False(t, known)
	require.Equal(t, "The moon is in the wrong phase.", told, "what nobody translated stays")
	require.Empty(t, dutch.Told(""))
}

func TestWhyATrackWasChosenIsToldInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	dutch, english := both(t)
	why := "third-party · portal · test_drive · used · price from 20000 below 35000 · Saturday · shift late · outside opening hours · known customer"
	require.Equal(t, why, english.Why(why))
	require.Equal(t, "3e partij · portal · proefrit · occasion · prijs vanaf 20000, onder 35000 · zaterdag · dienst late · buiten openingstijden · bekende klant",
		dutch.Why(why))
	require.Equal(t, "standaardregel", dutch.Why("standard rule"))
	require.Empty(t, dutch.Why(""))
}

func TestAFieldHasAName(t *testing.T) {
	t.Parallel()
	dutch, _ := both(t)
	for path, want := range map[string]string{
		"customer.phone": "Telefoon", "reasons[2].label": "Naam", "makes[0]": "Merken", "details.brand": "Merk", "details.colour": "colour",
		"reasons[0].numbers.attempts": "Belpogingen", "tracks.standard.x": "tracks.standard.x",
	} {
		require.Equal(t, want, dutch.Field(path), path)
	}
}

// Every sentence that the API, the process and what they stand on say to people
// has its Dutch: a sentence that is new fails here until it is written in one of
// the rooms told_….
func TestEverySentenceOfTheAPIHasItsDutch(t *testing.T) {
	t.Parallel()
	dutch, _ := both(t)
	heard, missing := 0, []string{}
	for _, folder := range []struct {
		path   string
		errors bool // errors are shown to people too
	}{
		{"../process", false}, {"../lead", false}, {"../api", false}, {"../api/openapi", true}, {"../store", false}, {"../intake", false}, {"../policy", true},
	} {
		for _, one := range spokenIn(t, folder.path, folder.errors) {
			heard++
			if _, known := dutch.Retold(one.text); !known && !untold[one.text] {
				missing = append(missing, one.where+": "+one.text)
			}
		}
	}
	require.Empty(t, strings.Join(missing, "\n"))
	require.Greater(t, heard, 350, "the code is read")
}

// untold are texts that are put together to other sentences, or that no person
// at a screen is told.
var untold = map[string]bool{
	" It was not kept.": true, "Xy and Xy": true,
	"must be Xy": true, "must be 7 to 7 Xy": true, "is needed for Xy: Xy": true, // the forms are tested below
}

func TestEveryFormOfADetailHasItsDutch(t *testing.T) {
	t.Parallel()
	dutch, _ := both(t)
	for _, kind := range lead.DetailKinds {
		form := lead.Detail{Kind: kind, Options: []string{"own", "other"}}.Form()
		for _, said := range []string{"must be " + form, "is needed for double: " + form} {
			_, known := dutch.Retold(said)
			require.True(t, known, said)
		}
	}
	_, known := dutch.Retold("must be something that nobody translated")
	require.False(t, known, "half a sentence in each language helps nobody")
}

// The kinds of problem are headings on the screens.
func TestEveryKindOfProblemHasItsDutch(t *testing.T) {
	t.Parallel()
	dutch, _ := both(t)
	file, err := parser.ParseFile(token.NewFileSet(), "../api/kinds.go", nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	titles := 0
	ast.Inspect(file, func(node ast.Node) bool {
		row, ok := node.(*ast.CompositeLit)
		if !ok || len(row.Elts) != 4 || !strings.HasPrefix(nameOf(row.Elts[0]), "Kind") {
			return true
		}
		title, _ := literal(row.Elts[2])
		_, known := dutch.Retold(title)
		require.True(t, known, title)
		titles++
		return true
	})
	require.Greater(t, titles, 15)
}

func BenchmarkTold(b *testing.B) {
	w := words.In(words.Dutch, amsterdam(b))
	for b.Loop() {
		_ = w.Told("is needed for double: the id of the other lead")
	}
}
