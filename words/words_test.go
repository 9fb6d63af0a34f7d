package words_test

import (
	"context"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/words"
)

func amsterdam(tb testing.TB) *time.Location {
	tb.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	require.NoError(tb, err)
	return zone
}

// both returns the words of both languages in the dealer's zone.
func both(tb testing.TB) (dutch, english *words.Words) {
	tb.Helper()
	return words.In(words.Dutch, amsterdam(tb)), words.In(words.English, amsterdam(tb))
}

func TestTheFirstLanguageThatIsWrittenIsSpoken(t *testing.T) {
	t.Parallel()
	require.Equal(t, words.Dutch, words.Pick("nl-BE", "en"))
	require.Equal(t, words.Dutch, words.Pick("fr", "NL_nl"))
	require.Equal(t, words.English, words.Pick("de", ""))
	require.Equal(t, words.English, words.Pick())
}

func TestASentenceIsSaidInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	dutch, english := both(t)
	require.Equal(t, "Proefrit", dutch.T("request.test_drive"))
	require.Equal(t, "Test drive", english.T("request.test_drive"))
	require.Equal(t, "Test drive", words.T(context.Background(), "request.test_drive"), "English where nobody said")
	require.Equal(t, "Proefrit", words.T(words.Into(context.Background(), dutch), "request.test_drive"))
}

func TestACountedSentenceHasItsForms(t *testing.T) {
	t.Parallel()
	dutch, english := both(t)
	require.Equal(t, "1 entry waits for the connection and is sent by itself.", english.N("frame.kept", 1))
	require.Equal(t, "0 entries wait for the connection and are sent by themselves.", english.N("frame.kept", 0))
	require.Equal(t, "1.250 keer invoer wacht op de verbinding en wordt vanzelf verstuurd.", dutch.N("frame.kept", 1250))
}

// What is not written must be seen, and must not break the page.
func TestWhatNobodyWroteIsShownAsItIs(t *testing.T) {
	t.Parallel()
	_, english := both(t)
	require.Equal(t, "‹board.nobody_wrote_this›", english.T("board.nobody_wrote_this"))
	require.Equal(t, "‹board.nobody_wrote_this›", english.N("board.nobody_wrote_this", 2))
	require.Equal(t, "Moved abroad", english.Or("reason.moved_abroad", "Moved abroad"), "a dealer's own reason")
	require.Equal(t, "Sold", english.Or("reason.sold", "Something else"))
	require.Contains(t, english.T("evidence.next"), "‹at›", "a place that nobody filled")
}

func TestALabelBecomesPartOfASentence(t *testing.T) {
	t.Parallel()
	require.Equal(t, "call attempt", words.Lower("Call attempt"))
	require.Equal(t, "BDC agent", words.Lower("BDC agent"))
	require.Equal(t, "één poging", words.Lower("Één poging"))
	require.Equal(t, "Één poging", words.Upper("één poging"))
	require.Empty(t, words.Lower("")+words.Upper(""))
}
