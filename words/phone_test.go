package words_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/words"
)

func TestPhone(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"+31612345678": "+31 6 12345678",
		"+31201234567": "+31 20 123 4567",
		"+32470123456": "+32 470 12 34 56",
		"020 1234567":  "020 1234567", // of which country nobody says
		"0800-DEALER":  "0800-DEALER",
		"":             "",
	} {
		require.Equal(t, want, words.Phone(number))
	}
}
