package api

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// picture is a PNG of that size.
func pictureOf(t *testing.T, width, height int) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, png.Encode(&out, image.NewGray(image.Rect(0, 0, width, height))))
	return out.String()
}

func (s *shop) putLogo(actor, kind, body string, headers ...string) received {
	s.t.Helper()
	return s.manage(actor, http.MethodPut, "/v1/dealer/logo", body, append([]string{"Content-Type", kind}, headers...)...)
}

func TestTheDealerShowsHimselfAsHeLikes(t *testing.T) {
	t.Parallel()
	s := open(t)
	was := s.call(s.staff, http.MethodGet, "/v1/dealer", "").is(http.StatusOK)
	require.Equal(t, "Autohuis Voorbeeld", was.text("name"))
	require.Equal(t, "Europe/Amsterdam", was.text("zone"))
	for _, none := range []string{"phone", "address", "colour", "mail_from", "logo_url"} {
		require.Nil(t, was.get(none), none)
	}
	change := func(body string) received { return s.manage(maria, http.MethodPatch, "/v1/dealer", body) }
	r := change(`{"name":" Autohuis De Ster ","phone":"020 123 4567","address":"Sterrenlaan 1, Utrecht","colour":"#0A5EA8","language":"en","mail_from":"leads@Ster.example"}`).
		is(http.StatusOK)
	for field, want := range map[string]string{
		"name": "Autohuis De Ster", "phone": "020 123 4567", "address": "Sterrenlaan 1, Utrecht", "colour": "#0a5ea8", "language": "en",
		"mail_from": "leads@ster.example",
	} {
		require.Equal(t, want, r.text(field), field)
	}
	r = change(`{"colour":"","mail_from":"","phone":""}`).is(http.StatusOK)
	require.Nil(t, r.get("colour"))
	require.Equal(t, "Sterrenlaan 1, Utrecht", r.text("address"), "what is left out stays")
	for body, field := range map[string]string{
		`{"name":" "}`:                     "name",
		`{"name":"a\nb"}`:                  "name",
		`{"phone":"call me"}`:              "phone",
		`{"address":"a\nb"}`:               "address",
		`{"colour":"red"}`:                 "colour",
		`{"language":"fr"}`:                "language",
		`{"mail_from":"De Ster"}`:          "mail_from",
		`{"zone":"Europe/London"}`:         "zone",
		`{"country":"BE"}`:                 "country",
		`{"logo_url":"https://x.example"}`: "logo_url",
	} {
		require.Equal(t, field, change(body).is(http.StatusUnprocessableEntity).text("errors.0.field"), body)
	}
}

func TestALogoIsShownToEverybody(t *testing.T) {
	t.Parallel()
	s := open(t, func(o *Options) { o.PublicURL = "https://doorbell.example/in/" })
	logo := pictureOf(t, 120, 40)
	r := s.putLogo(maria, "image/jpeg", logo).is(http.StatusOK) // what it is said to be does not matter
	address, at := strings.CutPrefix(r.text("logo_url"), "https://doorbell.example/in")
	require.True(t, at, r.text("logo_url"))

	resp, err := http.Get(s.web.URL + address)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, logo, string(body))
	require.Equal(t, "image/png", resp.Header.Get("Content-Type"))
	require.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"))
	require.Contains(t, resp.Header.Get("Cache-Control"), "immutable")

	var photo bytes.Buffer
	require.NoError(t, jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 200, 60)), nil))
	other := s.putLogo(maria, "image/jpeg", photo.String()).is(http.StatusOK)
	require.NotEqual(t, r.text("logo_url"), other.text("logo_url"))
	s.call("", http.MethodGet, address, "").is(http.StatusNotFound)

	_, foreign := s.addDealer("elsewhere.example")
	theirs := s.call(foreign.staff, http.MethodPut, "/v1/dealer/logo", photo.String(), "Content-Type", "image/jpeg", "X-Actor", "maria@elsewhere.example").
		is(http.StatusOK)
	require.NotEqual(t, other.text("logo_url"), theirs.text("logo_url"), "two dealers may have the same picture")
	require.Nil(t, s.manage(maria, http.MethodDelete, "/v1/dealer/logo", "").is(http.StatusOK).get("logo_url"))
	require.NotNil(t, s.call(foreign.staff, http.MethodGet, "/v1/dealer", "").is(http.StatusOK).get("logo_url"))
}

func TestOnlyPicturesBecomeLogos(t *testing.T) {
	t.Parallel()
	s := open(t)
	whole := pictureOf(t, 120, 40)
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><script>alert(1)</script></svg>`
	for name, c := range map[string]struct {
		kind, body string
		status     int
	}{
		"SVG":              {"image/svg+xml", svg, http.StatusUnsupportedMediaType},
		"SVG in disguise":  {"image/png", svg, http.StatusUnprocessableEntity},
		"HTML in disguise": {"image/jpeg", "<!doctype html><p>hello</p>", http.StatusUnprocessableEntity},
		"JSON":             {"application/json", `{"logo":"x"}`, http.StatusUnsupportedMediaType},
		"cut off":          {"image/png", whole[:len(whole)-20], http.StatusUnprocessableEntity},
		"too small":        {"image/png", pictureOf(t, 8, 40), http.StatusUnprocessableEntity},
		"too wide":         {"image/png", pictureOf(t, 2001, 40), http.StatusUnprocessableEntity},
		"too heavy":        {"image/png", whole + strings.Repeat("x", mostLogo), http.StatusRequestEntityTooLarge},
		"nothing":          {"image/png", "", http.StatusBadRequest},
	} {
		require.Equal(t, c.status, s.putLogo(maria, c.kind, c.body).status, name)
	}
	require.Nil(t, s.call(s.staff, http.MethodGet, "/v1/dealer", "").is(http.StatusOK).get("logo_url"))
}

func TestOnlyManagersAndAdminsChangeTheDealer(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.manage(sam, http.MethodPatch, "/v1/dealer", `{"name":"Sam's"}`).is(http.StatusForbidden)
	s.putLogo(sam, "image/png", pictureOf(t, 40, 40)).is(http.StatusForbidden)
	s.manage(sam, http.MethodDelete, "/v1/dealer/logo", "").is(http.StatusForbidden)
	s.call(s.website, http.MethodGet, "/v1/dealer", "").is(http.StatusForbidden)
	s.call(s.staff, http.MethodPut, "/v1/dealer/logo", pictureOf(t, 40, 40), "Content-Type", "image/png").is(http.StatusUnprocessableEntity)
}
