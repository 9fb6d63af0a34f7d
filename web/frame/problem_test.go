package frame

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/web/door"
	"github.com/doorbell-ilm/doorbell/words"
)

func problem(kind, detail string) *door.Problem {
	return &door.Problem{Problem: gen.Problem{Type: "/problems/" + kind, Title: "Title", Detail: detail}}
}

func TestARefusalIsSaidInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	dutch, english := words.In(words.Dutch, time.UTC), words.In(words.English, time.UTC)
	closed := problem("conflict", "The lead is closed (sold); a manager can reopen it.")
	require.Equal(t, "De lead is gesloten (sold); een manager kan die heropenen.", noticeOf(dutch, closed).Text)
	require.Equal(t, "The lead is closed (sold); a manager can reopen it.", noticeOf(english, closed).Text)

	wrong := problem("invalid", "starts_at: must lie in the future; details.brand: must be one of own, other")
	wrong.Errors = []gen.FieldError{
		{Field: "starts_at", Message: "must lie in the future"},
		{Field: "details.brand", Message: "must be one of own, other"},
		{Field: "body", Message: "must be an object"},
	}
	require.Equal(t, notice{
		Title: "Controleer wat u hebt ingevuld", Text: "Iets in het formulier klopt niet.",
		Lines: []line{
			{Label: "Begint", Text: "moet in de toekomst liggen"},
			{Label: "Merk", Text: "moet een van own, other zijn"},
			{Text: "Moet een object zijn"},
		},
	}, noticeOf(dutch, wrong))

	lacking := problem("closing-refused", "0 van 6 belpogingen")
	lacking.Missing = []gen.Missing{{Rule: "attempts", Message: "0 van 6 belpogingen"}, {Rule: "conversation", Message: "er staat geen gesprek in het logboek"}}
	require.Equal(t, []line{{Text: "0 van 6 belpogingen"}, {Text: "Er staat geen gesprek in het logboek"}}, noticeOf(dutch, lacking).Lines)
}

// Who hears the page read to him must not hear English as if it were Dutch.
func TestWhatNobodyTranslatedIsMarkedAsEnglish(t *testing.T) {
	t.Parallel()
	dutch := words.In(words.Dutch, time.UTC)
	var page bytes.Buffer
	require.NoError(t, noticeBox(noticeOf(dutch, problem("conflict", "The moon is in the wrong phase."))).Render(words.Into(t.Context(), dutch), &page))
	require.Contains(t, page.String(), `<span lang="en">The moon is in the wrong phase.</span>`)
	require.Contains(t, page.String(), "Er is intussen iets veranderd.")

	strange := problem("invalid", "colour: must be blue")
	strange.Errors = []gen.FieldError{{Field: "colour", Message: "must be blue"}}
	require.Equal(t, []line{{Label: "Kleur", Text: "must be blue", Lang: "en"}}, noticeOf(dutch, strange).Lines)
}

func TestWhatIsMeantForProgramsIsNotShownToPeople(t *testing.T) {
	t.Parallel()
	english := words.In(words.English, time.UTC)
	for _, kind := range []string{"internal", "unavailable", "too-fast"} {
		require.NotContains(t, noticeOf(english, problem(kind, "Repeat with the same Idempotency-Key.")).Text, "Idempotency")
	}
}
