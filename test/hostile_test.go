package test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// Doorbell connects to whom its operator set: the database, Temporal, the mail
// service, the provider of single sign-on. Nothing that a sender, a customer, a
// colleague or a dealer writes makes it connect anywhere, whoever's address it is.
func TestNoContentMakesItCallAnybody(t *testing.T) {
	var reached atomic.Int32
	trap := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		t.Log(r.Method, r.URL, r.Header)
	}))
	t.Cleanup(trap.Close)
	d := opens(t, "2026-11-24 10:00")
	url := trap.URL + "/x.png"

	l := d.receives(enquiry{
		name: url, email: "trap@mail.example",
		extra: fmt.Sprintf(`"comments": "<img src='%[1]s'> %[1]s", "callback": %[1]q, "webhook_url": %[1]q, "$ref": %[1]q, "$schema": %[1]q`, url),
	})
	for what, body := range map[string]string{
		"a DTD":                `<!DOCTYPE adf SYSTEM "` + url + `"><adf><prospect/></adf>`,
		"an external entity":   `<!DOCTYPE adf [<!ENTITY x SYSTEM "` + url + `">]><adf><prospect><id>&x;</id></prospect></adf>`,
		"a parameter entity":   `<!DOCTYPE adf [<!ENTITY % x SYSTEM "` + url + `"> %x;]><adf/>`,
		"a schema":             `<adf xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="` + url + `"><prospect><customer><contact><phone>0612345670</phone></contact></customer></prospect></adf>`,
		"an inclusion":         `<adf xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="` + url + `"/><prospect><customer><contact><phone>0612345671</phone></contact></customer></prospect></adf>`,
		"a style sheet":        `<?xml-stylesheet href="` + url + `" type="text/xsl"?><adf><prospect><customer><contact><phone>0612345672</phone></contact></customer></prospect></adf>`,
		"an address in a form": `<adf><prospect><vehicle><make>` + url + `</make><imagetag>` + url + `</imagetag></vehicle><customer><contact><phone>0612345673</phone></contact></customer><provider><url>` + url + `</url></provider></prospect></adf>`,
	} {
		answer := d.door.Post("portal", adf, body)
		require.Less(t, answer.Status, http.StatusInternalServerError, what)
	}
	l.does(l.owner(), "notes", map[string]any{"text": url})
	l.does(l.owner(), "messages", map[string]any{"subject": url, "text": "![](" + url + ") <img src=" + url + ">"})
	l.does(l.owner(), "attempts", map[string]any{"channel": "phone", "direction": "out", "outcome": "reached", "note": url})
	d.door.As(director, http.MethodPatch, "/v1/dealer", map[string]any{"name": url, "address": url, "colour": "url(" + url + ")"})
	d.door.As(director, http.MethodPut, "/v1/policy", map[string]any{"extends": url, "$ref": url})
	picture := map[string]string{"Authorization": "Bearer " + d.door.Keys["integration"], "X-Actor": director, "Content-Type": "image/png"}
	for _, logo := range []string{url, `<svg xmlns="http://www.w3.org/2000/svg"><image href="` + url + `"/></svg>`} {
		require.Equal(t, http.StatusUnprocessableEntity, d.door.Do(http.MethodPut, "/v1/dealer/logo", picture, logo).Status)
	}
	for _, header := range []string{"Referer", "Origin", "X-Forwarded-Host", "X-Original-Url", "Forwarded", "Link", "Destination"} {
		d.door.Do(http.MethodGet, "/v1/leads", map[string]string{"Authorization": "Bearer " + d.door.Keys["integration"], header: url}, "")
		d.door.Do(http.MethodGet, "/sign-in?to="+url, map[string]string{header: url}, "")
	}

	d.Advance("49h") // mails, escalations, reminders
	mails := d.Mails("")
	require.NotEmpty(t, mails)
	for _, mail := range mails {
		require.NotContains(t, mail.Html, "<img src='"+trap.URL, "nor makes a reader's program fetch it")
		require.NotContains(t, mail.Html, `src="`+trap.URL)
	}
	require.NotContains(t, d.door.Logged(), trap.URL)
	require.Zero(t, reached.Load())
}
