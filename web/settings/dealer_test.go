package settings_test

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/textproto"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
)

func TestMailsLookAsTheDealerLikes(t *testing.T) {
	t.Parallel()
	_, door := opened(t)
	boss := browse.SignIn(t, door, manager)
	page := boss.Post("/settings/dealer", url.Values{
		"name": {"Autohuis De Ster"}, "phone": {"030 1234567"}, "address": {"Sterrenlaan 1, Utrecht"}, "language": {"en"}, "colour": {"#AA3300"},
		"mail_from": {"leads@ster.example"},
	})
	require.Contains(t, page.Words(), "Saved.", "who has chosen no language reads the dealer's")
	require.Contains(t, page.Text, `value="Autohuis De Ster"`)
	require.Contains(t, page.Words(), "Time zone Europe/Amsterdam")
	mail := boss.Get("/settings/dealer/mail")
	require.Contains(t, mail.Words(), "Sterrenlaan 1, Utrecht")
	require.Contains(t, mail.Text, "#aa3300")
	require.Contains(t, mail.Header.Get("Content-Security-Policy"), "sandbox")

	frame := boss.Part("/settings/dealer/preview?name=De+Maan&colour=%23001122&key=k")
	require.Contains(t, frame.Text, `src="/settings/dealer/mail?colour=%23001122&amp;name=De+Maan"`)
	tried := boss.Get("/settings/dealer/mail?name=De+Maan&colour=%23001122&language=nl")
	require.Contains(t, tried.Words(), "De Maan")
	require.Contains(t, tried.Text, "#001122")
	require.Contains(t, boss.Get("/settings/dealer/mail").Words(), "De Ster", "trying changes nothing")
	require.NotContains(t, boss.Get("/settings/dealer/mail?name=%3Cscript%3Ealert(1)%3C/script%3E").Text, "<script")

	wrong := boss.Post("/settings/dealer", url.Values{"name": {"De Ster"}, "language": {"nl"}, "colour": {"rood"}})
	require.Equal(t, http.StatusUnprocessableEntity, wrong.Status)
	require.Contains(t, wrong.Words(), "must look like #0a5ea8")
	boss.Post("/settings/dealer", url.Values{"name": {"De Ster"}, "language": {"nl"}})
	wrong = boss.Post("/settings/dealer", url.Values{"name": {"De Ster"}, "language": {"nl"}, "colour": {"rood"}})
	require.Contains(t, wrong.Words(), "Vul een kleur in zoals #0a5ea8.")
}

// upload sends a file as the form for the logo does.
func upload(t *testing.T, door *dealership.Door, name, kind string, body []byte) (status int, text string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	client := &http.Client{Jar: jar}
	in, err := client.PostForm(door.URL+"/sign-in", url.Values{"email": {manager}, "password": {dealership.Password}})
	require.NoError(t, err)
	require.NoError(t, in.Body.Close())

	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="logo"; filename="` + name + `"`}, "Content-Type": {kind},
	})
	require.NoError(t, err)
	_, err = part.Write(body)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, door.URL+"/settings/dealer/logo", &form)
	require.NoError(t, err)
	request.Header.Set("Content-Type", w.FormDataContentType())
	answer, err := client.Do(request)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	shown, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(shown)
}

func TestALogoIsAPictureAndNothingElse(t *testing.T) {
	t.Parallel()
	_, door := opened(t)
	for name, c := range map[string]struct{ kind, body, said string }{
		"logo.svg":  {"image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, "Dit is geen hele PNG of JPEG"},
		"logo.png":  {"image/png", "<!doctype html><script>alert(1)</script>", "Dit is geen hele PNG of JPEG"},
		"heavy.png": {"image/png", strings.Repeat("x", 101<<10), "ten hoogste 100 kB"},
	} {
		status, text := upload(t, door, name, c.kind, []byte(c.body))
		require.Equal(t, http.StatusUnprocessableEntity, status, name)
		require.Contains(t, text, c.said, name)
	}
	var logo bytes.Buffer
	require.NoError(t, png.Encode(&logo, image.NewGray(image.Rect(0, 0, 120, 40))))
	status, text := upload(t, door, "logo.png", "image/png", logo.Bytes())
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, text, "Het logo staat vanaf nu op mails.")
	path := between(t, text, `src="/logo/`, `"`)
	answer := door.Do(http.MethodGet, "/logo/"+path, nil, "")
	require.Equal(t, http.StatusOK, answer.Status)
	require.Equal(t, "image/png", answer.Header.Get("Content-Type"))

	boss := browse.SignIn(t, door, manager)
	require.Contains(t, boss.Get("/settings/dealer/mail").Text, dealership.PublicURL+"/logo/"+path)
	require.Contains(t, boss.Post("/settings/dealer/logo/delete", url.Values{}).Words(), "Het logo is verwijderd.")
	require.Equal(t, http.StatusNotFound, door.Do(http.MethodGet, "/logo/"+path, nil, "").Status)
}
