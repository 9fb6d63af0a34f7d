package message

import (
	"bytes"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
)

// Addresses that are meant to reach somebody else, or to say something else
// than they are. None of them is written to; none is mended either.
func TestAddressesThatAreAttempts(t *testing.T) {
	t.Parallel()
	for what, address := range map[string]string{
		"a second recipient":               "jan@mail.example, eve@evil.example",
		"a second recipient, in quotes":    `"jan@mail.example> <eve@evil.example"@mail.example`,
		"CVE-2025-59937":                   `"jan@mail.example> ORCPT=admin;x"@mail.example`,
		"a quoted local part":              `"jan"@mail.example`,
		"a quoted pair":                    `"ja\"n"@mail.example`,
		"a quoted local part with a space": `"jan boer"@mail.example`,
		"a command":                        "jan@mail.example\r\nRCPT TO:<eve@evil.example>",
		"a header":                         "jan@mail.example\nBcc: eve@evil.example",
		"a bare CR":                        "jan@mail.example\rBcc: eve@evil.example",
		"a line separator":                 "jan@mail.example\u2028Bcc: eve@evil.example",
		"NUL":                              "jan\x00@mail.example",
		"a display name":                   "Eve <eve@evil.example>",
		"a display name like an address":   `"jan@mail.example" <eve@evil.example>`,
		"a comment":                        "jan(eve@evil.example)@mail.example",
		"a comment in the domain":          "jan@mail.example(evil)",
		"a route":                          "@evil.example:jan@mail.example",
		"a percent route":                  "jan%mail.example@", // the local part alone may hold one
		"a bang path":                      "evil.example!jan",
		"a group":                          "friends: jan@mail.example;",
		"an address literal":               "jan@[127.0.0.1]",
		"an IPv6 literal":                  "jan@[IPv6:::1]",
		"a number for a domain":            "jan@2130706433",
		"the machine itself":               "jan@localhost",
		"two signs":                        "jan@evil.example@mail.example",
		"a full-width sign":                "jan＠mail.example",
		"a letter that looks like another": "jаn@mail.example", // Cyrillic а
		"a direction mark":                 "jan\u202e@mail.example",
		"a soft hyphen":                    "jan@mail.exam\u00adple\u0000",
		"a local part without end":         strings.Repeat("a", 65) + "@mail.example",
		"a domain without end":             "a@" + strings.Repeat("a.", 200) + "example",
		"punycode that is none":            "jan@xn--a.example",
		"a hyphen at the edge":             "jan@-mail.example",
		"no UTF-8":                         "jan@m\xe4il.example",
	} {
		_, err := ParseAddress(address)
		require.ErrorIs(t, err, ErrAddress, "%s", what)
		require.NotContains(t, err.Error(), "evil", "%s: no error repeats it", what)
		m := harmless()
		m.To.Email = address
		_, err = checked(m)
		require.EqualError(t, err, final("bad_to").Error(), "%s", what)
	}
	// A homograph in a domain is another domain, and shown as what it is.
	address, err := ParseAddress("jan@mаil.example") // Cyrillic а
	require.NoError(t, err)
	require.Equal(t, "jan@xn--mil-6cd.example", address)
	address, err = ParseAddress("jan@BÜCHER.example")
	require.NoError(t, err)
	require.Equal(t, "jan@xn--bcher-kva.example", address)
}

func harmless() Message {
	return Message{
		ID: "m-1", Channel: lead.Email, From: Address{"De Linde", "leads@delinde.example"}, To: Address{Email: "jan@mail.example"},
		Subject: "Uw aanvraag", Text: "Dag", HTML: "<p>Dag</p>", Headers: map[string]string{"Auto-Submitted": "auto-replied"},
	}
}

// What stands in a mail's head was typed by strangers in part. Whatever it is,
// the mail is refused, or goes to the one it is for with the headers that it has.
func TestHeadsOfMailsThatAreAttempts(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(*Message, string){
		"subject":  func(m *Message, s string) { m.Subject = s },
		"sender":   func(m *Message, s string) { m.From.Name = s },
		"reply to": func(m *Message, s string) { m.ReplyTo = Address{s, "sam@delinde.example"} },
		"customer": func(m *Message, s string) { m.To.Name = s },
		"header":   func(m *Message, s string) { m.Headers = map[string]string{"List-Unsubscribe": s} },
		"file":     func(m *Message, s string) { m.Attachments = []Attachment{{s, "text/calendar", []byte("x")}} },
		"type":     func(m *Message, s string) { m.Attachments = []Attachment{{"a.ics", s, []byte("x")}} },
		"id":       func(m *Message, s string) { m.ID = s },
	} {
		for _, attempt := range []string{
			"a\r\nBcc: eve@evil.example", "a\nBcc: eve@evil.example", "a\rBcc: eve@evil.example", "a\u2028Bcc: eve@evil.example", "a\x00b",
			`" <eve@evil.example>, "`, "jan@mail.example", "jan@mail.example <eve@evil.example>", "=?utf-8?q?a=0d=0aBcc:_eve@evil.example?=",
			"a\r\n\r\n<script>alert(1)</script>", strings.Repeat("a", 2000), strings.Repeat("é ", 400), "\u202eelpmaxe.live", "\xff\xfe",
		} {
			m := harmless()
			change(&m, attempt)
			arrives(t, what, m)
		}
	}
}

// arrives holds that a mail is refused, or is what it should be on the wire.
func arrives(t *testing.T, what string, m Message) {
	t.Helper()
	asked := m
	m, err := checked(m)
	if err != nil {
		var refused *Failure
		require.ErrorAs(t, err, &refused, what)
		require.Equal(t, Final, refused.Kind, what)
		return
	}
	out, err := smtpMail(m, m.ID+"@delinde.example")
	require.NoError(t, err, what)
	var wire bytes.Buffer
	_, err = out.WriteTo(&wire)
	require.NoError(t, err, what)
	read, err := netmail.ReadMessage(&wire)
	require.NoError(t, err, what)
	for name := range read.Header {
		known := []string{"Date", "Message-Id", "Mime-Version", "From", "To", "Reply-To", "Subject", "Content-Type", "Content-Transfer-Encoding", "Auto-Submitted", "List-Unsubscribe"}
		require.Contains(t, known, name, "%s: %q", what, asked)
	}
	for name, email := range map[string]string{"To": m.To.Email, "From": m.From.Email, "Reply-To": m.ReplyTo.Email} {
		list, err := read.Header.AddressList(name)
		if email == "" {
			require.ErrorIs(t, err, netmail.ErrHeaderNotPresent)
			continue
		}
		require.NoError(t, err, "%s: %s", what, read.Header.Get(name))
		require.Len(t, list, 1, what)
		require.Equal(t, email, list[0].Address, what)
		require.NotContains(t, list[0].Name, "@", "%s: a name that looks like an address", what)
	}
}

func FuzzMail(f *testing.F) {
	f.Add("Uw aanvraag", "De Linde", "Sam", "<https://leads.delinde.example/c/x>", "Dag", "jan@mail.example")
	f.Fuzz(func(t *testing.T, subject, sender, reply, header, text, to string) {
		m := harmless()
		m.Subject, m.From.Name, m.ReplyTo = subject, sender, Address{reply, "sam@delinde.example"}
		m.Headers, m.Text, m.HTML, m.To.Email = map[string]string{"List-Unsubscribe": header}, text, "", to
		arrives(t, "fuzz", m)
	})
}

func FuzzParseSender(f *testing.F) {
	for _, s := range []string{"leads@delinde.example", "De Linde <leads@delinde.example>", `"De \"Ster\"" <a@b.example>`, "=?utf-8?q?a=0d=0aBcc:_b?= <a@b.example>", "a@b.example, c@d.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, written string) {
		from, err := ParseSender(written)
		if err != nil {
			require.ErrorIs(t, err, ErrAddress)
			return
		}
		bare, err := ParseAddress(from.Email)
		require.NoError(t, err)
		require.Equal(t, bare, from.Email)
		require.Equal(t, headerName(from.Name), from.Name)
		require.NotContains(t, from.Name, "@")
	})
}

// A calendar file is lines, and what was typed may not add one.
func FuzzInvitation(f *testing.F) {
	f.Add("Proefrit Renault Captur", "Lindelaan 14", "Tot dan", "https://leads.delinde.example/c/x", "De Linde", "jan@mail.example")
	f.Add("a\r\nATTENDEE:mailto:eve@evil.example", "b\nEND:VEVENT", "c\\nBEGIN:VALARM", "javascript:alert(1)", `"x";CN=y:`, "jan@mail.example\r\nX:y")
	f.Fuzz(func(t *testing.T, summary, location, description, link, name, attendee string) {
		at := time.Date(2026, 11, 26, 14, 0, 0, 0, time.UTC)
		file := string(Invitation(ICS{
			UID: "a", Stamp: at, StartsAt: at, DurationMin: 45, Summary: summary, Location: location, Description: description, Link: link,
			OrganizerName: name, OrganizerEmail: "leads@delinde.example", AttendeeEmail: attendee,
		}))
		unfolded := strings.ReplaceAll(file, "\r\n ", "")
		seen := map[string]int{}
		for line := range strings.SplitSeq(strings.TrimSuffix(unfolded, "\r\n"), "\r\n") {
			require.NotContains(t, line, "\n")
			require.NotContains(t, line, "\r")
			property, _, found := strings.Cut(line, ":")
			require.True(t, found, line)
			property, _, _ = strings.Cut(property, ";")
			seen[property]++
		}
		for property, times := range seen {
			known := []string{"BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "METHOD", "UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "STATUS", "SUMMARY", "LOCATION", "DESCRIPTION", "URL", "ORGANIZER", "ATTENDEE", "TRANSP"}
			require.True(t, slices.Contains(known, property), property)
			require.LessOrEqual(t, times, 2, property)
		}
		require.Equal(t, 2, seen["BEGIN"])
		require.Equal(t, 2, seen["END"])
	})
}

func FuzzLetterhead(f *testing.F) {
	for _, s := range []string{"#0a6b4f", "red", "#fff", "#0a6b4f;}", "#0A6B4F\n", "url(javascript:1)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, colour string) {
		paper, ink := Letterhead(colour)
		require.Regexp(t, `\A#[0-9a-fA-F]{6}\z`, paper)
		require.Contains(t, []string{"#000000", "#ffffff"}, ink)
	})
}
