package lead

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// catchAll reports whether a label or a code says nothing about what happened:
// "Other", "overige redenen", "N/A", "Customer has no interest anymore". Every
// salesperson in a hurry picks such a word, and nobody learns from it (R9).
//
// It knows the words of three languages and what people hang around them. A
// word that means nothing and is not on the list passes; the evidence that its
// reason asks for is asked for all the same.
func catchAll(words string) bool {
	split := lettersOf(words)
	return empty(strings.Join(split, "")) || !slices.ContainsFunc(split, func(word string) bool { return !empty(word) })
}

// lettersOf splits folded words at everything that is no letter.
func lettersOf(words string) []string {
	return strings.FieldsFunc(folded(words), func(r rune) bool { return !unicode.IsLetter(r) })
}

// folded writes words in the way in which they are compared: without case,
// accents and fancy forms of letters, with one blank between two.
func folded(words string) string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsMark(r):
			return -1
		case lookalikes[r] != 0:
			return lookalikes[r]
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(words))
	return strings.Join(strings.Fields(plain), " ")
}

// lookalikes are digits that are written for letters: "0ther".
var lookalikes = map[rune]rune{'0': 'o', '1': 'l', '3': 'e'}

// empty reports whether a folded word says nothing: it is on the list, a single
// letter as in N/A, or put together from words on the list ("otherreason").
func empty(word string) bool {
	if emptyWords[word] || (len(word) == 1 && word[0] < unicode.MaxASCII) {
		return true
	}
	for cut := range word {
		part, rest := word[:cut], word[cut:]
		if emptyWords[part] && (len(part) > 3 || joined[part]) && len(rest) > 2 && empty(rest) {
			return true
		}
	}
	return false
}

// joined are the short words that people write together with the next one.
var joined = wordSet("no non not")

// emptyWords are the catch-alls of the trade in English, Dutch and German,
// folded, and the words that stand around them.
var emptyWords = wordSet(
	// Other, various, rest.
	`other others another else misc miscellaneous rest remaining various general generic unspecified undefined whatever etc etcetera
	overig overige overigen ander andere anderen anders divers diverse diversen rest restant algemeen algemene
	sonstig sonstige sonstiger sonstigen sonstiges sonst anderer anderes verschiedene verschiedenes diverses allgemein allgemeine allgemeines`,
	// None, unknown, not applicable.
	`none no not non nothing null nil na nvt unknown applicable reason reasons cause causes why
	geen niet niets niks onbekend onbekende toepassing toepasselijk reden redenen oorzaak oorzaken
	kein keine keiner keinen keines nicht nichts unbekannt unbekannte unbekannter zutreffend anwendbar entfallt grund grunde gruende ursache ursachen`,
	// No interest, not now: the two excuses under which most leads are lost.
	`interest interested uninterested disinterested postponed postpone deferred delayed later maybe
	interesse geinteresseerd ongeinteresseerd desinteresse uitgesteld uitstel misschien
	belangstelling belang moment now nu nun time tijd zeit currently momenteel derzeit done klaar fertig tbd todo pending
	relevant irrelevant relevantie something anything everything iets alles etwas above bovenstaande bovengenoemde obige obigen
	without zonder ohne weitere weiterer weiteren further verder verdere more additional extra
	interessiert desinteressiert verschoben aufgeschoben vertagt zuruckgestellt zurueckgestellt spater spaeter vielleicht`,
	// What merely says that it is over.
	`lost closed lead leads sale deal verloren gesloten afgesloten geschlossen`,
	// What stands around them.
	`a an the of for and or in at on op te this that dit dat deze is was has
	have had he she they any more anymore longer see note notes comment comments remark remarks text
	free freetext please specify specified explain given stated customer client
	de het een van voor en of met is was heeft had hij zij meer zie opmerking opmerkingen toelichting notitie notities opgegeven vermeld klant
	der die das den ein eine von vom mit und oder ist war hat hatte er sie mehr siehe bemerkung bemerkungen anmerkung anmerkungen notiz notizen
	angegeben angabe kunde kundin`,
)

func wordSet(lists ...string) map[string]bool {
	set := map[string]bool{}
	for _, list := range lists {
		for word := range strings.FieldsSeq(list) {
			set[word] = true
		}
	}
	return set
}
