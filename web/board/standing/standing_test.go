package standing_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/web/board/standing"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// now is a Tuesday, 10:00 in Amsterdam.
var now = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

const manager, salesperson = "max", "sam"

// clock is one that started and is due so many minutes from now.
func clock(k process.Kind, start, due int) process.Clock {
	return process.Clock{Kind: k, Start: in(start), Due: in(due), N: 3}
}

func in(minutes int) time.Time { return now.Add(time.Duration(minutes) * time.Minute) }

// seen is what a badge says, in words.
func seen(t *testing.T, tongue string, s standing.State) string {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	require.NoError(t, err)
	ctx := frame.WithViewer(words.Into(context.Background(), words.In(tongue, zone)), &frame.Viewer{Now: now, Zone: zone})
	var page strings.Builder
	require.NoError(t, standing.Badge(s).Render(ctx, &page))
	text := page.String()
	for text != "" && strings.Contains(text, "<") {
		from := strings.Index(text, "<")
		text = text[:from] + " " + text[from+strings.Index(text[from:], ">")+1:]
	}
	said := strings.Join(strings.Fields(text), " ")
	if about := s.Details(ctx); about != "" {
		said += " | " + about
	}
	return said
}

func TestHowALeadStands(t *testing.T) {
	t.Parallel()
	live, call := process.LiveResponse, process.CallAttempt
	for name, c := range map[string]struct {
		lead   standing.Lead
		tone   standing.Tone
		en, nl string
	}{
		"a lead that nobody has touched": {
			standing.Lead{ReceivedAt: now}, standing.ToneCalm, "NEW", "NIEUW",
		},
		"a new lead: the first call is asked for by the live response": {
			standing.Lead{Begun: true, Clocks: []process.Clock{clock(call, -3, -3), clock(live, -3, 12)}},
			standing.ToneCalm, "NEW 12:00 | live response", "NIEUW 12:00 | eerste reactie",
		},
		"its time is nearly over": {
			standing.Lead{Begun: true, Clocks: []process.Clock{clock(call, -13, -13), clock(live, -13, 2)}},
			standing.ToneDue, "DUE 02:00 | live response", "TE DOEN 02:00 | eerste reactie",
		},
		"it is over": {
			standing.Lead{Begun: true, Clocks: []process.Clock{clock(call, -22, -22), clock(live, -22, -7)}},
			standing.ToneLate, "LATE +07:00 | live response", "TE LAAT +07:00 | eerste reactie",
		},
		"somebody was told": {
			standing.Lead{
				Begun: true, Clocks: []process.Clock{clock(live, -48, -33)}, EscalatedTo: "sales_manager",
				Escalation: process.Escalation{Kind: live, Step: 2, Steps: 4},
			},
			standing.ToneLate, "ESCALATED 2/4 +33:00 | → sales manager · live response", "GEËSCALEERD 2/4 +33:00 | → verkoopmanager · eerste reactie",
		},
		"it came outside opening hours: the human clock starts at opening": {
			standing.Lead{Begun: true, Clocks: []process.Clock{clock(call, 0, 23*60), clock(live, 23*60, 23*60+15)}},
			standing.ToneWaits, "WAITS until tomorrow 09:00 | live response", "WACHT tot morgen 09:00 | eerste reactie",
		},
		"a call is due within the hour": {
			standing.Lead{Begun: true, Stage: lead.Contacting, Clocks: []process.Clock{clock(call, -100, 45)}},
			standing.ToneDue, "DUE 45:00 | call 3", "TE DOEN 45:00 | belpoging 3",
		},
		"a call is due later": {
			standing.Lead{Begun: true, Stage: lead.Contacting, Clocks: []process.Clock{clock(call, -100, 7*60+30)}},
			standing.ToneWaits, "WAITS until 17:30 | call 3", "WACHT tot 17:30 | belpoging 3",
		},
		"a call is late for days": {
			standing.Lead{Begun: true, Stage: lead.Contacting, Clocks: []process.Clock{clock(call, -9000, -3*24*60-5)}},
			standing.ToneLate, "LATE +3 d | call 3", "TE LAAT +3 d | belpoging 3",
		},
		"of several deadlines the earliest speaks": {
			standing.Lead{Begun: true, Clocks: []process.Clock{clock(call, -100, 45), clock(process.FollowUp, -100, -200), clock(process.HeldBack, 0, -900)}},
			standing.ToneLate, "LATE +3 h 20 | how does it go on?", "TE LAAT +3 u 20 | hoe gaat het verder?",
		},
		"an appointment lies ahead, and the customer is to be reminded before": {
			standing.Lead{
				Begun: true, Stage: lead.Appointed, Visit: lead.DriveTest, StartsAt: in(4 * 60), EndsAt: in(5 * 60),
				Clocks: []process.Clock{clock(process.AppointmentReminder, 0, 60), clock(process.AppointmentOutcome, 5*60, 7*60)},
			},
			standing.ToneWaits, "APPOINTMENT 14:00 | test drive", "AFSPRAAK 14:00 | proefrit",
		},
		"it is over, and nobody has said how it went": {
			standing.Lead{
				Begun: true, Stage: lead.Appointed, Visit: lead.DriveTest, StartsAt: in(-80), EndsAt: in(-20),
				Clocks: []process.Clock{clock(process.AppointmentOutcome, -20, 100)},
			},
			standing.ToneDue, "DUE 1 h 40 | did the customer come?", "TE DOEN 1 u 40 | is de klant geweest?",
		},
		"a closing waits for whoever looks": {
			standing.Lead{Begun: true, Status: lead.Closing, ProposedBy: salesperson, Clocks: []process.Clock{clock(process.ClosingApproval, -50, 190)}},
			standing.ToneCalm, "CLOSING 3 h 10 | waits for you", "SLUITING 3 u 10 | wacht op u",
		},
		"nobody decides on his own proposal": {
			standing.Lead{Begun: true, Status: lead.Closing, ProposedBy: manager, Clocks: []process.Clock{clock(process.ClosingApproval, -50, -10)}},
			standing.ToneLate, "CLOSING +10:00 | waits for the manager", "SLUITING +10:00 | wacht op de manager",
		},
		"a lead sleeps": {
			standing.Lead{Begun: true, Stage: lead.Parked, ParkedUntil: in(40 * 24 * 60), Clocks: []process.Clock{clock(process.FollowUp, 0, 40*24*60)}},
			standing.ToneWaits, "PARKED until 3 Jan 2027", "GEPARKEERD tot 3 jan 2027",
		},
		"a lead is closed": {
			standing.Lead{Begun: true, Status: lead.Closed, Stage: lead.Won, ClosedAt: in(-60)}, standing.ToneDone, "WON", "GEWONNEN",
		},
		"another lead's process works it": {
			standing.Lead{Double: true, Status: lead.Closed, Stage: lead.Dropped}, standing.ToneDone, "DOUBLE", "DUBBEL",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.lead.Status == "" {
				c.lead.Status = lead.Open
			}
			s := standing.Of(c.lead, standing.Viewer{ID: manager, Manages: true}, now)
			require.Equal(t, c.tone, s.Tone(now))
			require.Equal(t, c.en, seen(t, words.English, s))
			require.Equal(t, c.nl, seen(t, words.Dutch, s))
		})
	}
}

// Time alone changes what is to be done: a browser counts from one word to the
// next, and the place on the board follows.
func TestTimeChangesHowALeadStands(t *testing.T) {
	t.Parallel()
	l := standing.Lead{Begun: true, Status: lead.Open, Clocks: []process.Clock{clock(process.LiveResponse, 60, 75)}}
	for minutes, want := range map[int]standing.Kind{0: standing.Waits, 60: standing.New, 69: standing.New, 70: standing.Due, 74: standing.Due, 75: standing.Late} {
		require.Equal(t, want, standing.Of(l, standing.Viewer{}, in(minutes)).Kind, minutes)
	}
	comes := standing.Lead{
		Begun: true, Status: lead.Open, Stage: lead.Appointed, Visit: lead.InShowroom, StartsAt: in(60), EndsAt: in(120),
		Clocks: []process.Clock{clock(process.AppointmentOutcome, 120, 240)},
	}
	require.Equal(t, in(60), comes.Speaks(now), "before an appointment it is its start that counts")
	require.Equal(t, in(60), comes.Turns(now))
	require.Equal(t, in(240), comes.Speaks(in(60)), "from then on its outcome")
	require.Zero(t, comes.Turns(in(60)))
	require.Equal(t, standing.Appointment, standing.Of(comes, standing.Viewer{}, in(90)).Kind, "the customer is there")
}

func TestCountsTellTimesShortly(t *testing.T) {
	t.Parallel()
	ctx := words.Into(context.Background(), words.In(words.English, time.UTC))
	for left, want := range map[time.Duration]string{
		12*time.Minute + 4*time.Second: "12:04", -(7*time.Minute + 33*time.Second): "+07:33", 0: "+00:00", 59*time.Minute + 59*time.Second: "59:59",
		190 * time.Minute: "3 h 10", 65 * time.Minute: "1 h 05", -24 * time.Hour: "+1 d", 60 * time.Hour: "2 d",
	} {
		require.Equal(t, want, standing.Count(ctx, left), left)
	}
}
