package message

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/stretchr/testify/require"
)

func anAppointment() ICS {
	return ICS{
		UID: "01HZX3-appointment@doorbell.example", Sequence: 0, Stamp: time.Date(2026, 11, 20, 13, 2, 3, 0, time.UTC),
		StartsAt:    time.Date(2026, 11, 24, 14, 0, 0, 0, time.FixedZone("CET", 3600)),
		DurationMin: 45, Summary: "Test drive; Garage De Ster", Location: "Sterrenlaan 1, Utrecht",
		Description: "With K. Visser, who is looking forward to it. Phone 030 1234567.", Link: "https://doorbell.example/c/a/abc.def",
		OrganizerName: "Garage 't Sterretje", OrganizerEmail: "leads@dealer.example", AttendeeEmail: "jan@customer.example",
	}
}

func TestInvitation(t *testing.T) {
	t.Parallel()
	moved, cancelled := anAppointment(), anAppointment()
	moved.Sequence, moved.StartsAt = 1, moved.StartsAt.Add(24*time.Hour)
	cancelled.Sequence, cancelled.Cancelled = 2, true
	for file, a := range map[string]ICS{"set.ics": anAppointment(), "moved.ics": moved, "cancelled.ics": cancelled} {
		got := Invitation(a)
		path := filepath.Join("testdata", "ics", file)
		if *update {
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, got, 0o600))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), file)
		for line := range strings.SplitSeq(strings.TrimSuffix(string(got), "\r\n"), "\r\n") {
			require.LessOrEqual(t, len(line), 75)
			require.NotContains(t, line, "\n")
		}
	}
}

// A calendar changes the entry of the same UID when SEQUENCE is higher.
func TestInvitationsOfOneAppointmentFollowEachOther(t *testing.T) {
	t.Parallel()
	a := anAppointment()
	var uid string
	for sequence := range 3 {
		a.Sequence, a.Cancelled = sequence, sequence == 2
		cal, err := ics.ParseCalendar(bytes.NewReader(Invitation(a)))
		require.NoError(t, err)
		require.Len(t, cal.Events(), 1)
		event := cal.Events()[0]
		if uid == "" {
			uid = event.Id()
		}
		require.Equal(t, uid, event.Id())
		require.Equal(t, string(rune('0'+sequence)), event.GetProperty(ics.ComponentPropertySequence).Value)
		start, err := event.GetStartAt()
		require.NoError(t, err)
		require.True(t, start.Equal(a.StartsAt))
		end, err := event.GetEndAt()
		require.NoError(t, err)
		require.Equal(t, 45*time.Minute, end.Sub(start))
	}
	require.Equal(t, "text/calendar; charset=utf-8; method=CANCEL", InvitationFile(a).Type)
	a.Cancelled = false
	require.Equal(t, "text/calendar; charset=utf-8; method=REQUEST", InvitationFile(a).Type)
	m := aMail()
	m.Attachments = []Attachment{InvitationFile(a)}
	_, err := checked(m)
	require.NoError(t, err)
}

func TestInvitationLetsNothingIn(t *testing.T) {
	t.Parallel()
	const evil = "x\r\nATTENDEE:mailto:evil@evil.example\nX-EVIL:1"
	a := anAppointment()
	a.UID, a.Summary, a.Location, a.Description, a.Link = evil, evil, evil, evil, evil
	a.OrganizerName, a.OrganizerEmail, a.AttendeeEmail = evil, evil, evil
	for line := range strings.SplitSeq(string(Invitation(a)), "\r\n") {
		require.False(t, strings.HasPrefix(line, "ATTENDEE"), line)
		require.False(t, strings.HasPrefix(line, "ORGANIZER"), line)
		require.False(t, strings.HasPrefix(line, "URL"), line)
		require.False(t, strings.HasPrefix(line, "X-EVIL"), line)
	}
}
