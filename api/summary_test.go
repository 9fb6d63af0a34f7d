package api

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

func TestSummaries(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	require.NoError(t, err)
	staff := people{"s1": {Email: sam, Name: "Sam Smit"}, "m1": {Email: maria, Name: "Maria Mulder"}}
	told := map[string]bool{}
	for _, c := range []struct{ kind, data, want string }{
		{"received", `{"source":"portal","track":"standard"}`, "Lead received from portal; track standard"},
		{"received", `{"source":"website","track":"fast","why":"first-party · new · weekday"}`, "Lead received from website; track fast (first-party · new · weekday)"},
		{"received", `{"source":"portal"}`, "Lead received from portal"},
		{"duplicate_linked", `{"source":"portal","same_car":true}`, "Linked: the same person asked for the same car through portal"},
		{"duplicate_linked", `{"source":"portal"}`, "Linked: the same person asked for another car through portal"},
		{"auto_response_sent", `{"template":"thank-you"}`, "Auto-response sent (thank-you)"},
		{"assigned", `{"staff_id":"s1","why":"rotation"}`, "Assigned to Sam Smit, next in turn"},
		{"assigned", `{"staff_id":"m1","why":"manager","from_staff_id":"s1"}`, "Assigned to Maria Mulder, by hand; it was with Sam Smit"},
		{"assigned", `{"staff_id":"gone","why":"escalation"}`, "Assigned, because nobody acted in time"},
		{"assigned", `{"staff_id":"s1","why":"fewest_open","although":["absent","paused","off_duty","full"]}`, "Assigned to Sam Smit, who has the fewest open leads, although absent, paused for new leads, off duty, at the most open leads"},
		{"assigned", `{"staff_id":"m1","why":"customer","passed_over":["s1"]}`, "Assigned to Maria Mulder, who knows the customer; new leads pause for Sam Smit"},
		{"assigned", `{"staff_id":"m1","why":"named"}`, "Assigned to Maria Mulder, as the policy names"},
		{"assigned", `{"staff_id":"m1","why":"taken","from_staff_id":"s1","kind":"live_response"}`, "Assigned to Maria Mulder, who took it; it was with Sam Smit"},
		{"assigned", `{"staff_id":"m1","why":"owner_left"}`, "Assigned to Maria Mulder, because the owner left"},
		{"assigned", `{"staff_id":"m1","why":"owner_absent"}`, "Assigned to Maria Mulder, because the owner is away"},
		{"assigned", `{"staff_id":"m1","why":"nobody_else"}`, "Assigned to Maria Mulder, because nobody else is there"},
		{"assigned", `{"staff_id":"m1","why":"phase"}`, "Assigned to Maria Mulder, for the showroom"},
		{"assigned", `{"staff_id":"m1","why":"follow_up","follow_up":"refund_claim","follow_up_id":"x"}`, "Refund claim assigned to Maria Mulder, whose task it is"},
		{"reminded", `{"kind":"follow_up","follow_up":"letter","due_at":"2026-11-24T09:15:00Z","staff_id":"s1"}`, "Sam Smit reminded: letter is due Tue 24 Nov 10:15"},
		{"escalated", `{"kind":"follow_up","follow_up":"refund_claim","step":1,"steps":1,"staff_ids":["m1"]}`, "Escalated step 1/1 (refund claim) to Maria Mulder"},
		{"step_skipped", `{"kind":"follow_up","follow_up":"stock_search","step":1,"steps":1,"why":"nobody of it is on duty"}`, "Skipped step 1/1 (stock search): nobody of it is on duty"},
		{"step_skipped", `{"kind":"auto_response","why":"the customer asked nothing now"}`, "Auto-response skipped: the customer asked nothing now"},
		{"message_sent", `{"template":"hand-over","follow_up":"hand_over"}`, "Mail sent to the department (hand-over)"},
		{"message_sent", `{"template":"soft-reminder","follow_up":"soft_reminder"}`, "Mail sent to the customer (soft-reminder)"},
		{"message_failed", `{"template":"hand-over","follow_up":"buying_department","code":"550"}`, "Mail to the department not sent (hand-over): 550"},
		{"attempt_logged", `{"channel":"phone","direction":"out","outcome":"reached","counted":true,"recorded":true}`, "Call: reached, as the telephone system recorded"},
		{"duplicate_linked", `{"source":"portal","same_car":false,"why":"try_again"}`, "Linked to an earlier lead of the same person; trying again later"},
		{"duplicate_linked", `{"source":"portal","same_car":false,"why":"contact_later"}`, "Linked to an earlier lead of the same person; later contact"},
		{"closing_proposed", `{"reason":"not_reached","why":"reason"}`, "Closing proposed (not_reached): the reason asks for approval"},
		{"closing_proposed", `{"reason":"not_reached","why":"always"}`, "Closing proposed (not_reached): every closing is approved"},
		{"closing_proposed", `{"reason":"double","why":"not_proved"}`, "Closing proposed (double): it is not proved that it is a double"},
		{"closing_proposed", `{"reason":"not_reached","why":"value"}`, "Closing proposed (not_reached): the car is worth a second look"},
		{"closing_proposed", `{"reason":"not_reached","why":"self_reported"}`, "Closing proposed (not_reached): the evidence is somebody's own word"},
		{"closing_proposed", `{"reason":"not_reached","why":"sample","due_at":"2026-11-24T13:00:00Z"}`, "Closing proposed (not_reached): drawn as a sample; to be decided by Tue 24 Nov 14:00"},
		{"follow_up_done", `{"kind":"refund_claim","fate":"done","outcome":"granted"}`, "Refund claim done: the provider granted it"},
		{"follow_up_done", `{"kind":"refund_claim","fate":"done","outcome":"refused"}`, "Refund claim done: the provider refused it"},
		{"follow_up_done", `{"kind":"letter","fate":"dropped","why":"the customer answered"}`, "Letter dropped: the customer answered"},
		{"follow_up_done", `{"kind":"try_again","fate":"done","why":"a new run began","new_lead_id":"x"}`, "Trying again later done: a new run began"},
		{"policy_applied", `{"from_version":1,"to_version":3,"from_track":"standard","to_track":"weekend","why":"saturday","from_phase":"bdc","to_phase":"showroom"}`, "Policy version 3 applied, before 1; track weekend, before standard (saturday); handed from the call centre to the showroom"},
		{"policy_applied", `{"from_version":1,"to_version":2,"from_track":"standard","to_track":"standard"}`, "Policy version 2 applied, before 1; track standard"},
		{"reminded", `{"kind":"live_response","due_at":"2026-11-24T09:15:00Z","staff_id":"s1"}`, "Sam Smit reminded: live response is due Tue 24 Nov 10:15"},
		{"reminded", `{"kind":"appointment_reminder","starts_at":"2026-11-28T10:00:00Z","to":"customer"}`, "Customer reminded of the appointment on Sat 28 Nov 11:00"},
		{"reminded", `{"kind":"contact","task":"letter","staff_id":"s1"}`, "Sam Smit asked to send a letter"},
		{"reminded", `{"kind":"appointment_outcome","staff_id":""}`, "The owner asked how the appointment went"},
		{"escalated", `{"kind":"live_response","step":2,"steps":3,"repeat":0,"late_s":424,"staff_ids":["m1"]}`, "Escalated step 2/3 (live response) to Maria Mulder, 7 min late"},
		{"escalated", `{"kind":"live_response","step":3,"steps":3,"repeat":2,"late_s":2,"staff_ids":["m1","s1"]}`, "Escalated step 3/3 (live response) to Maria Mulder, Sam Smit, repeated 2×"},
		{"escalated", `{"kind":"closing_approval","step":1,"steps":1,"again":1,"late_s":200000}`, "Escalated step 1/1 (approval of the closing), 2 days late, brought up again 1×"},
		{"step_skipped", `{"kind":"live_response","step":1,"steps":3,"why":"nobody of it is on duty"}`, "Skipped step 1/3 (live response): nobody of it is on duty"},
		{"step_skipped", `{"kind":"auto_response","why":"no address"}`, "Auto-response skipped: no address"},
		{"step_skipped", `{"kind":"contact","template":"still-interested","why":"no address"}`, "Mail skipped (still-interested): no address"},
		{"attempt_due", `{"n":2,"due_at":"2026-11-24T11:00:00Z","late_s":7300}`, "Call attempt 2 was due Tue 24 Nov 12:00, 2 h 1 min late"},
		{"attempt_logged", `{"channel":"phone","direction":"out","outcome":"no_answer","counted":true}`, "Call: no answer"},
		{
			"attempt_logged", `{"channel":"phone","direction":"in","outcome":"reached","counted":false,"uncounted_because":"the customer called","duration_s":61}`,
			"Incoming call: reached, 1m1s (does not count: the customer called)",
		},
		{"attempt_logged", `{"channel":"pigeon","direction":"out","outcome":"reached","counted":true,"live_response_late_s":30}`, "Attempt: reached; first response 30 s late"},
		{"message_sent", `{"template":"quote"}`, "Mail sent to the customer (quote)"},
		{"message_delivered", `{}`, "Mail delivered to the customer"},
		{"message_bounced", `{}`, "Mail to the customer bounced; the address is not used any more"},
		{"message_received", `{"resend":true,"changed":["comments","vehicle.year"]}`, "The provider sent the lead again with comments, vehicle.year"},
		{"message_received", `{"resend":true,"changed":[]}`, "The provider sent the lead again"},
		{"message_received", `{}`, "The customer wrote"},
		{"message_failed", `{"template":"quote","code":"sendgrid_400"}`, "Mail to the customer not sent (quote): sendgrid_400"},
		{"note_added", `{"note_id":"x"}`, "Note added"},
		{"appointment_set", `{"kind":"test_drive","starts_at":"2026-11-28T10:00:00Z"}`, "Test drive on Sat 28 Nov 11:00 proposed"},
		{"appointment_set", `{"kind":"showroom","starts_at":"2026-11-28T10:00:00Z","confirmed":true}`, "Showroom appointment on Sat 28 Nov 11:00 agreed"},
		{"appointment_confirmed", `{"kind":"video","starts_at":"2026-11-28T10:00:00Z"}`, "Video appointment on Sat 28 Nov 11:00 confirmed"},
		{"appointment_moved", `{"kind":"phone","from":"2026-11-28T10:00:00Z","starts_at":"2026-11-28T12:00:00Z"}`, "Phone appointment moved from Sat 28 Nov 11:00 to Sat 28 Nov 13:00"},
		{"appointment_cancelled", `{"kind":"other","starts_at":"2026-11-28T10:00:00Z"}`, "Appointment on Sat 28 Nov 11:00 cancelled"},
		{"appointment_outcome", `{"kind":"test_drive","starts_at":"2026-11-28T10:00:00Z","outcome":"came"}`, "Test drive on Sat 28 Nov 11:00: the customer came"},
		{"appointment_outcome", `{"kind":"test_drive","starts_at":"2026-11-28T10:00:00Z","outcome":"no_show"}`, "Test drive on Sat 28 Nov 11:00: the customer did not come"},
		{
			"closing_refused", `{"reason":"not_reached","missing":[{"rule":"attempts","need":6,"have":1},{"rule":"mail_sent","need":1,"have":0}]}`,
			"Closing not accepted (not_reached); missing attempts 1 of 6, mail sent",
		},
		{"closing_refused", `{"code":"unknown_reason"}`, "Closing not accepted: no such reason"},
		{"closing_proposed", `{"reason":"test","due_at":"2026-11-24T13:00:00Z"}`, "Closing proposed (test); to be decided by Tue 24 Nov 14:00"},
		{"closing_approved", `{"reason":"test","proposed_by":"s1"}`, "Closing approved (test); proposed by Sam Smit"},
		{"closing_rejected", `{"reason":"test","proposed_by":"s1"}`, "Closing refused (test); proposed by Sam Smit"},
		{"phase_changed", `{"from":"bdc","to":"showroom","reason":"quotation"}`, "Handed from the call centre to the showroom (quotation)"},
		{"parked", `{"until":"2027-03-01T07:30:00Z","reason":"follow_up_required"}`, "Parked until Mon 1 Mar 08:30 (follow_up_required)"},
		{"resumed", `{"why":"date"}`, "Worked again: the agreed date has come"},
		{"resumed", `{"why":"customer"}`, "Worked again: the customer asked"},
		{"closed", `{"stage":"lost","reason":"not_reached"}`, "Closed as lost (not_reached)"},
		{"reopened", `{"reason":"not_reached"}`, "Reopened; it was closed with not_reached"},
		{"follow_up_started", `{"kind":"try_again","due_on":"2026-12-24"}`, "Trying again later started, due 2026-12-24"},
		{"follow_up_done", `{"kind":"do_not_contact","channels":["phone","sms"]}`, "Do-not-contact by phone, sms done"},
		{"follow_up_started", `{"kind":"new_kind"}`, "New kind started"},
		{"erased", `{}`, "The customer's data were erased"},
		{"refused", `{"what":"cancel","message":"cancelling is not closing"}`, "Refused: cancel; cancelling is not closing"},
		{"from_the_future", `{}`, "From the future"},
	} {
		var data map[string]any
		require.NoError(t, json.Unmarshal([]byte(c.data), &data))
		require.Equal(t, c.want, summary(c.kind, data, staff, zone), c.kind)
		told[c.kind] = true
	}
	for kind := range summaries {
		require.True(t, told[kind], "%s has no case", kind)
		require.True(t, gen.TimelineKind(kind).Valid(), kind)
	}
	doc, err := description()
	require.NoError(t, err)
	for _, schema := range doc.Schemas {
		if schema.Name == "TimelineKind" {
			for _, kind := range schema.Enum {
				require.Contains(t, summaries, kind)
			}
		}
	}
	for _, r := range lead.Shipped() {
		for _, f := range r.FollowUps {
			require.Contains(t, followUps, string(f.Kind))
			require.True(t, gen.FollowUpKind(f.Kind).Valid(), f.Kind)
		}
	}
}

// Whatever the process says is said in words.
func TestEveryKindOfFollowUpAndEveryReasonForAnOwnerHasItsWords(t *testing.T) {
	t.Parallel()
	doc, err := description()
	require.NoError(t, err)
	for _, schema := range doc.Schemas {
		if schema.Name == "FollowUpKind" {
			require.Len(t, schema.Enum, len(followUps))
			for _, kind := range schema.Enum {
				require.Contains(t, followUps, kind)
			}
		}
	}
	for _, status := range []process.FollowUpStatus{process.Pending, process.Done, process.Dropped} {
		require.True(t, gen.FollowUpStatus(status).Valid(), status)
	}
	for _, outcome := range []string{process.Granted, process.Denied} {
		require.True(t, gen.FollowUpOutcome(outcome).Valid(), outcome)
	}
	for _, why := range []string{
		"rotation", "fewest_open", "customer", "named", "owner_left", "owner_absent", "role_changed", "taken", "follow_up", "nobody_else", "escalation", "phase", "manager",
	} {
		require.Contains(t, assignedWhy, why)
	}
	for _, word := range []string{"absent", "paused", "off_duty", "full"} {
		require.Contains(t, misfits, word)
	}
	for _, why := range []string{"reason", "always", "not_proved", "value", "self_reported", "sample"} {
		require.Contains(t, approvalWhy, why)
	}
}

func TestNothingInDataMakesASummaryFail(t *testing.T) {
	t.Parallel()
	for kind := range summaries {
		for _, data := range []map[string]any{nil, {"kind": 1.5, "staff_ids": "x", "missing": []any{1, map[string]any{}}, "changed": []any{1}, "due_at": "soon", "late_s": "x"}} {
			require.NotEmpty(t, summary(kind, data, nil, time.UTC), kind)
		}
	}
}
