package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/png"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzCursor holds that a place in a list is one, or is refused as none.
func FuzzCursor(f *testing.F) {
	for _, place := range []string{`null`, `{}`, `-1`, `1e300`, `{"t":"9999-12-31T23:59:59-23:59"}`, `{"s":"\u0000","p":-9223372036854775808,"i":"x"}`} {
		f.Add(base64.RawURLEncoding.EncodeToString([]byte(place)))
	}
	f.Fuzz(func(t *testing.T, word string) {
		same(t, placeOf[leadPlace], word)
		same(t, placeOf[followUpPlace], word)
		same(t, placeOf[heldPlace], word)
		same(t, placeOf[applicationPlace], word)
		same(t, placeOf[entryPlace], word)
		same(t, placeOf[int64], word)
	})
}

func same[P any](t *testing.T, read func(*string) (P, bool, error), word string) {
	t.Helper()
	place, given, err := read(&word)
	if err != nil {
		require.ErrorIs(t, err, badCursor())
		return
	}
	require.True(t, given)
	if written := cursorOf(place); written != nil {
		again, _, err := read(written)
		require.NoError(t, err)
		require.Equal(t, cursorOf(again), written)
	}
}

// FuzzResume holds that a place in the stream is one, or is refused as none.
func FuzzResume(f *testing.F) {
	for _, place := range []string{"1-2", "1--2", "-1-2", "9223372036854775807-9223372036854775807", "x"} {
		f.Add(place)
	}
	f.Fuzz(func(t *testing.T, place string) {
		if place == "" {
			return // asks the database where the end is
		}
		if _, err := (&server{}).resumeFrom(context.Background(), place); err != nil {
			require.ErrorIs(t, err, BadParameter())
		}
	})
}

// FuzzType holds that a lead's type, as it is kept, can be stored, and that what
// is said beside the lead never stops it from being read.
func FuzzType(f *testing.F) {
	f.Add("application/x-adf+xml; charset=\"\xff\"", []byte("<adf/>"))
	f.Add("", []byte(`{"source":"a","actor":{"x":[]}}`))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		stored := kept(contentType)
		require.True(t, storable(stored))
		require.LessOrEqual(t, len(stored), mostType)
		require.Equal(t, stored, kept(stored))
		written, _ := formOf(contentType, body)
		require.True(t, utf8.ValidString(string(written)))
		besideLead(written, body)
	})
}

// FuzzLogo holds that a picture is one of two kinds, of a size that can be
// shown, or is refused, and that refusing costs little.
func FuzzLogo(f *testing.F) {
	picture := func(width, height int) []byte {
		var out bytes.Buffer
		require.NoError(f, png.Encode(&out, image.NewGray(image.Rect(0, 0, width, height))))
		return out.Bytes()
	}
	f.Add(picture(16, 16))
	f.Add(picture(2001, 16))
	f.Add(picture(16, 16)[:60])
	f.Add([]byte("<svg onload='alert(1)'/>"))
	f.Add([]byte("GIF89a\x10\x00\x10\x00"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if config, _, err := image.DecodeConfig(bytes.NewReader(body)); err == nil && config.Width*config.Height > 256*256 {
			return // it would only take long
		}
		kind, fault := logoKind(body)
		require.Equal(t, kind == "", fault != "")
		if kind != "" {
			require.Contains(t, []string{"image/png", "image/jpeg"}, kind)
		}
	})
}
