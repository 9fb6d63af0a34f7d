package words_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/words"
)

// requireSaid requires a word of the room in both languages for each code.
func requireSaid[T ~string](t *testing.T, room string, codes ...T) {
	t.Helper()
	dutch, english := both(t)
	require.NotEmpty(t, codes, room)
	for _, code := range codes {
		key := room + "." + string(code)
		require.NotEmpty(t, dutch.Or(key, ""), "%s has no Dutch", key)
		require.NotEmpty(t, english.Or(key, ""), "%s has no English", key)
	}
}

func TestEveryWordOfALeadIsSaidInBothLanguages(t *testing.T) {
	t.Parallel()
	requireSaid(t, "stage", lead.New, lead.Contacting, lead.Conversation, lead.Appointed, lead.Visit, lead.Won, lead.Lost, lead.Dropped, lead.Parked)
	requireSaid(t, "status", lead.Open, lead.Closing, lead.Closed)
	requireSaid(t, "phase", lead.Phases...)
	requireSaid(t, "party", lead.FirstParty, lead.SecondParty, lead.ThirdParty)
	requireSaid(t, "party.about", lead.FirstParty, lead.SecondParty, lead.ThirdParty)
	requireSaid(t, "channel", lead.Web, lead.Phone, lead.Email, lead.Chat, lead.Social, lead.WalkIn, lead.SMS)
	requireSaid(t, "request", lead.Information, lead.Quote, lead.TestDrive, lead.Appointment, lead.TradeInValue, lead.CallBack)
	requireSaid(t, "condition", lead.NewCar, lead.UsedCar)
	requireSaid(t, "role", lead.RoleBDC, lead.RoleSalesperson, lead.RoleSalesManager, lead.RoleGeneralManager, lead.RoleMarketer, lead.RoleAdmin)
	requireSaid(t, "outcome", lead.Outcomes...)
	requireSaid(t, "attempt", lead.Outcomes...)
	requireSaid(t, "attempt", lead.AttemptChannels...)
	requireSaid(t, "direction", lead.Out, lead.In)
	requireSaid(t, "appointment", lead.AppointmentKinds...)
	requireSaid(t, "appointment", lead.Came, lead.NoShow)
	requireSaid(t, "appointment", process.AppointmentSet, process.AppointmentCancelled, "confirmed")
}

func TestEveryWordOfTheCatalogueIsSaidInBothLanguages(t *testing.T) {
	t.Parallel()
	requireSaid(t, "group", lead.Groups...)
	requireSaid(t, "result", lead.Results...)
	requireSaid(t, "effect", lead.Effects...)
	requireSaid(t, "approval", lead.Approvals...)
	requireSaid(t, "rule", lead.Rules...)
	requireSaid(t, "evidence.met", lead.Rules...)
	requireSaid(t, "evidence", lead.Rules...)
	requireSaid(t, "detail_kind", lead.DetailKinds...)
	requireSaid(t, "followup", lead.FollowUpKinds...)
	requireSaid(t, "followup", process.Pending, process.Done, process.Dropped)
	requireSaid(t, "followup", process.Granted, process.Denied)
	requireSaid(t, "value", lead.RefusableChannels...)
	requireSaid(t, "value", "unknown")
	dutch, english := both(t)
	for _, r := range lead.Shipped() {
		require.Equal(t, r.Label, english.T("reason."+r.Code), "the trade's own words")
		require.NotEqual(t, r.Label, dutch.T("reason."+r.Code))
		requireSaid(t, "reason", r.Code)
		for _, d := range r.Details {
			requireSaid(t, "detail", d.Name)
			for _, o := range d.Options {
				require.NotEqual(t, o, dutch.Value(d.Name, o), "%s.%s", d.Name, o)
				requireSaid(t, "value", o)
			}
		}
	}
	for _, group := range lead.Groups {
		require.Equal(t, string(group), english.T("group."+string(group)), "the trade's own words")
	}
}

func TestEveryWordOfTheProcessIsSaidInBothLanguages(t *testing.T) {
	t.Parallel()
	requireSaid(t, "clock", process.LiveResponse, process.CallAttempt, process.AppointmentReminder, process.AppointmentOutcome,
		process.ClosingApproval, process.FollowUp, process.ContactDue, process.HeldBack)
	requireSaid(t, "clock", policy.OpeningHours, policy.Always)
	requireSaid(t, "recipient", policy.ToOwner, policy.ToNextSalesperson, policy.ToTeam, policy.ToBDC, policy.ToSalesManager, policy.ToGeneralManager,
		policy.ToMarketer, policy.ToCustomerOwner, policy.ToFewestOpen, "named person")
	requireSaid(t, "notify", policy.Email, policy.SMS, policy.Screen)
	requireSaid(t, "approval", policy.ByReason, policy.Every, policy.Never)
	requireSaid(t, "match", policy.MatchMake, policy.MatchLanguage)
	requireSaid(t, "stop_on", policy.OnAnswer, policy.OnConversation, policy.OnAppointment)
	requireSaid(t, "acquaintance", policy.KnownCustomer, policy.NewCustomer)
	requireSaid(t, "task", lead.SendLetter, lead.SendVideo)
	requireSaid(t, "day", "mon", "tue", "wed", "thu", "fri", "sat", "sun", policy.Morning, policy.Afternoon, policy.Evening)
	requireSaid(t, "day.short", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
	requireSaid(t, "actor", process.System, process.Customer, process.Operator, "ops")
	requireSaid(t, "closing", "asked", "proposed", "approved", "rejected", "final")
	requireSaid(t, "message", "held", "pending", "sending", "accepted", "failed", "unknown", "suppressed", "withdrawn")
	requireSaid(t, "key", "intake", "integration")
	for _, is := range lead.Deliveries {
		if is.CameBack() {
			requireSaid(t, "mail.why", is)
		}
	}
	requireSaid(t, "mail", "bounce", "spam_report", "unsubscribed")
	requireSaid(t, "celebration", "conversation", "appointment", "visit", "sale")
	requireSaid(t, "language", words.Languages()...)
	requireSaid(t, "why", "rotation", "fewest_open", "customer", "named", "owner_left", "owner_absent", "role_changed", "taken", "follow_up",
		"nobody_else", "escalation", "phase", "manager")
	requireSaid(t, "why.but", "absent", "paused", "off_duty", "full")
	requireSaid(t, "why.closing", "reason", "always", "not_proved", "value", "self_reported", "sample")
}

// rooms says in which file the words of the API's enumerations stand; "" for
// those that no screen shows.
var rooms = map[string]string{
	"Phase": "phase", "Stage": "stage", "LeadStatus": "status", "Party": "party", "LeadChannel": "channel", "ContactChannel": "channel",
	"AttemptChannel": "attempt", "Direction": "direction", "AttemptOutcome": "outcome", "LeadRequest": "request", "Condition": "condition",
	"AppointmentKind": "appointment", "AppointmentOutcome": "appointment", "Role": "role", "DeadlineKind": "clock", "TimelineKind": "kind",
	"FollowUpKind": "followup", "FollowUpStatus": "followup", "FollowUpOutcome": "followup", "ApplicationState": "application",
	"QuarantineState": "quarantine", "ClosingDecision": "closing", "ReasonGroup": "group", "ReasonOutcome": "result", "ReasonEffect": "effect",
	"ReasonApproval": "approval", "ReasonDetailKind": "detail_kind", "EarningResult": "stage", "NobodyOfStaff": "actor", "KeyScope": "key", "MailLanguage": "language", "LeadSort": "",
	"TrailKind": "trail_kind", "MailState": "mail.state", "SuppressionReason": "mail.reason",
	"ConsentOrigin": "consent",
}

func TestEveryEnumerationOfTheAPIIsSaidInBothLanguages(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../api/openapi.yaml")
	require.NoError(t, err)
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Enum []string `yaml:"enum"`
			} `yaml:"schemas"`
		} `yaml:"components"`
	}
	require.NoError(t, yaml.Unmarshal(text, &doc))
	for name, schema := range doc.Components.Schemas {
		if len(schema.Enum) == 0 {
			continue
		}
		room, known := rooms[name]
		require.True(t, known, "say in rooms where the words of %s stand", name)
		if room != "" {
			requireSaid(t, room, schema.Enum...)
		}
	}
}

func TestEveryMailIsNamedInBothLanguages(t *testing.T) {
	t.Parallel()
	mails, err := filepath.Glob("../message/templates/en/*/*.tmpl")
	require.NoError(t, err)
	for _, mail := range mails {
		requireSaid(t, "template", strings.TrimSuffix(filepath.Base(mail), ".tmpl"))
	}
}

func TestADetailIsSaidWithWhatItIsAbout(t *testing.T) {
	t.Parallel()
	dutch, english := both(t)
	require.Equal(t, "Ander merk", dutch.Value("brand", "other"))
	require.Equal(t, "Andere dealer", dutch.Value("dealer", "other"))
	require.Equal(t, "Other area", english.Value("area", "other"))
	require.Equal(t, "Werkplaats", dutch.Value("department", "service"))
	require.Equal(t, "Captur", dutch.Value("model", "Captur"), "the customer's own word")
	require.Equal(t, "Telefoon, Sms", dutch.Value("channels", "phone,sms"))
}
