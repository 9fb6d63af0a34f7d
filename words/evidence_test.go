package words_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
)

func TestWhatAClosingLacksIsSaidWithWhatToDo(t *testing.T) {
	t.Parallel()
	dutch, english := both(t)
	next := time.Date(2026, 11, 24, 16, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		missing        lead.Missing
		english, dutch string
	}{
		{
			lead.Missing{Rule: lead.EnoughAttempts, Need: 6, Have: 1, NextDue: next},
			"1 of 6 call attempts; the next is due Tue 24 Nov 17:30", "1 van 6 belpogingen; de volgende is di 24 nov 17:30",
		},
		{lead.Missing{Rule: lead.EnoughAttempts, Need: 6}, "0 of 6 call attempts", "0 van 6 belpogingen"},
		{
			lead.Missing{Rule: lead.EnoughDays, Need: 3, Have: 2, NextDue: next},
			"call attempts on 2 of 3 different days; the next is due Tue 24 Nov 17:30", "belpogingen op 2 van 3 verschillende dagen; de volgende is di 24 nov 17:30",
		},
		{
			lead.Missing{Rule: lead.EnoughDayparts, Need: 2, Have: 1, NextDue: next},
			"call attempts in 1 of 2 different parts of the day; the next is due Tue 24 Nov 17:30",
			"belpogingen in 1 van 2 verschillende dagdelen; de volgende is di 24 nov 17:30",
		},
		{
			lead.Missing{Rule: lead.MailSent, Need: 1},
			"no mail to the customer besides the automatic answer; send one", "geen mail aan de klant naast het automatische antwoord; stuur er een",
		},
		{
			lead.Missing{Rule: lead.MailSent, Need: 2, Have: 1},
			"1 of 2 mails to the customer besides the automatic answer; send another", "1 van 2 mails aan de klant naast het automatische antwoord; stuur er nog een",
		},
		{
			lead.Missing{Rule: lead.PhoneAskedFor, Need: 1},
			"no mail asking for a phone number was sent; send the template ask-for-phone", "er is geen mail gestuurd die om een telefoonnummer vraagt; stuur die eerst",
		},
		{
			lead.Missing{Rule: lead.PhoneAskedFor, Need: 1, From: next},
			"the mail asking for a phone number is not 24 hours old; close from Tue 24 Nov 17:30",
			"de mail die om een telefoonnummer vraagt is nog geen 24 uur oud; sluit vanaf di 24 nov 17:30",
		},
		{
			lead.Missing{Rule: lead.PhoneAskedFor, Need: 1, From: next, Hours: 1},
			"the mail asking for a phone number is not an hour old; close from Tue 24 Nov 17:30",
			"de mail die om een telefoonnummer vraagt is nog geen uur oud; sluit vanaf di 24 nov 17:30",
		},
		// A dealer's own catalogue may name what nobody can check.
		{lead.Missing{Rule: "gut_feeling", Need: 1}, "gut_feeling", "gut_feeling"},
	} {
		require.Equal(t, c.english, english.Missing(c.missing))
		require.Equal(t, c.dutch, dutch.Missing(c.missing))
	}
}

func TestEvidenceIsALineForWhoReadsItNow(t *testing.T) {
	t.Parallel()
	dutch, english := both(t)
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	next := now.Add(30*time.Hour + 30*time.Minute)
	for _, c := range []struct {
		missing        lead.Missing
		met            bool
		english, dutch string
	}{
		{
			lead.Missing{Rule: lead.EnoughAttempts, Need: 6, Have: 1, NextDue: next},
			false,
			"1 of 6 call attempts; the next is due tomorrow 17:30", "1 van 6 belpogingen; de volgende is morgen om 17:30",
		},
		{
			lead.Missing{Rule: lead.EnoughAttempts, Need: 6, Have: 1, NextDue: now.Add(-time.Hour)},
			false,
			"1 of 6 call attempts; the next was due today 10:00", "1 van 6 belpogingen; de volgende was vandaag om 10:00",
		},
		{lead.Missing{Rule: lead.EnoughAttempts, Need: 6, Have: 7, NextDue: next}, true, "6 of 6 call attempts", "6 van 6 belpogingen"},
		{
			lead.Missing{Rule: lead.HadConversation, Need: 1},
			false,
			"No conversation is logged; log the attempt that reached the customer",
			"Er staat geen gesprek in het logboek; leg de poging vast waarbij u de klant sprak",
		},
		{lead.Missing{Rule: lead.HadConversation, Need: 1, Have: 1}, true, "A conversation is in the log", "Er staat een gesprek in het logboek"},
		{lead.Missing{Rule: lead.MailSent, Need: 1, Have: 2}, true, "A mail to the customer is in the log", "Er staat een mail aan de klant in het logboek"},
		{lead.Missing{Rule: lead.MailSent, Need: 2, Have: 3}, true, "2 of 2 mails to the customer", "2 van 2 mails aan de klant"},
		// Nobody can be asked to mail a customer who has no address.
		{
			lead.Missing{Rule: lead.MailSent, Need: 1},
			true,
			"The customer cannot be mailed, so no mail is asked for", "De klant kan niet gemaild worden, dus er is geen mail nodig",
		},
		{
			lead.Missing{Rule: lead.PhoneAskedFor, Need: 1},
			true,
			"The customer cannot be mailed, so no mail is asked for", "De klant kan niet gemaild worden, dus er is geen mail nodig",
		},
		{
			lead.Missing{Rule: lead.PhoneAskedFor, Need: 1, Have: 1, From: now},
			true,
			"The customer was asked for a phone number by mail", "De klant is per mail om een telefoonnummer gevraagd",
		},
	} {
		require.Equal(t, c.english, english.Evidence(c.missing, c.met, now))
		require.Equal(t, c.dutch, dutch.Evidence(c.missing, c.met, now))
	}
}

// Whatever the log holds, each rule of each reason is a line.
func TestEveryPieceOfEvidenceIsALine(t *testing.T) {
	t.Parallel()
	dutch, english := both(t)
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	full := lead.Evidence{
		Attempts: 6, Days: 3, Dayparts: 2, Conversation: now, CallRefused: true, WrongNumber: true, PhoneAskedAt: now.Add(-48 * time.Hour), EmailKnown: true,
		MailsSent: 1, QuoteSentAt: now.Add(-time.Hour), VisitedAt: now.Add(-time.Hour), DidNotComeAt: now, ShowroomFixed: true, TestDriveSet: true,
	}
	for _, e := range []lead.Evidence{{}, {PhoneValid: true, EmailKnown: true, AttemptsNeeded: 6}, full} {
		for _, r := range lead.Shipped() {
			for _, shown := range r.Shows(e, now) {
				lines := []string{english.Evidence(shown.Missing, shown.Met, now), dutch.Evidence(shown.Missing, shown.Met, now)}
				require.NotEqual(t, lines[0], lines[1])
				require.NotContains(t, lines[0]+lines[1], "‹")
			}
		}
	}
}
