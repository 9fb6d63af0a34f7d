package message

import (
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
)

// invented is what the people of a sample say, in one language.
type invented struct {
	request, subject, words, note, reason, sold, tradeIn string
}

var inventions = map[string]invented{
	"en": {
		request: "test drive. Can I drive it on Saturday?", subject: "Your Captur",
		words: "The car is here and washed.\n\nWhen does it suit you?", note: "Six calls, two voicemails.",
		reason: "Not reached after maximum number of call attempts", sold: "Preference for another car", tradeIn: "Opel Corsa, 2017, 88000 km",
	},
	"nl": {
		request: "proefrit. Kan ik er zaterdag in rijden?", subject: "Uw Captur",
		words: "De auto staat hier, gewassen en wel.\n\nWanneer schikt het u?", note: "Zes keer gebeld, twee voicemails.",
		reason: "Niet bereikt na maximaal aantal belpogingen", sold: "Voorkeur voor een andere auto", tradeIn: "Opel Corsa, 2017, 88000 km",
	},
}

// Sample is a lead of nobody, to show what a template looks like to a dealer's
// customers and staff at now. Nothing in it belongs to a person, and its links
// lead nowhere.
func Sample(language string, dealer Dealer, base string, now time.Time) Data {
	said := inventions[pickLanguage(language, dealer.Language)]
	received := now.Add(-18 * time.Minute)
	at := now.In(dealer.Zone)
	visit := time.Date(at.Year(), at.Month(), at.Day()+2, 14, 0, 0, 0, dealer.Zone)
	return Data{
		Dealer:   dealer,
		Customer: Customer{Name: "Jan de Boer", Phone: "+31 6 12345678", Email: "jan.deboer@customer.example"},
		Vehicle:  "Renault Captur",
		Owner:    Owner{Name: "Karin Visser", Phone: "+31 20 123 4567", Email: "karin.visser@dealer.example"},
		Lead: Lead{
			URL: base + "/leads/preview", ID: "preview", Source: "Website", Received: received, MinutesWaiting: 18,
			Step: 2, Steps: 4, AttemptsMade: 2, AttemptsRequired: 6, RequestWords: said.request,
		},
		Appointment: Appointment{Kind: string(lead.DriveTest), StartsAt: visit, DurationMin: 45, Place: dealer.Address},
		Closing:     Closing{ReasonLabel: said.reason, ProposedBy: "Karin Visser", Note: said.note, DueAt: now.Add(4 * time.Hour)},
		FollowUp: FollowUp{
			Kind: lead.StockSearch, URL: base + "/follow-ups/preview", OwnerName: "Sam Smit", DueAt: visit, ReasonLabel: said.sold,
			Details: []Detail{
				{Name: "make", Kind: lead.Words, Value: "Renault"},
				{Name: "model", Kind: lead.Words, Value: "Clio"},
				{Name: "condition", Kind: lead.Choice, Value: string(lead.UsedCar)},
			},
			ClosedBy: "Karin Visser", TradeIn: said.tradeIn, ExternalID: "AT-20931", PriceCents: 2500, Currency: "EUR",
			Received: received, ClosedAt: now,
		},
		Colleague: Colleague{Name: "Sam Smit", URL: base + "/v1/staff/preview/interventions", Conversations: 24, Results: 3, Norm: 20, PausedAt: received},
		Account: Account{
			Email: "sam.smit@dealer.example", InvitedBy: "Karin Visser", URL: base + "/welcome/preview", Until: now.AddDate(0, 0, 7),
		},
		CallDueAt:   now.Add(12 * time.Minute),
		Links:       Links{Customer: base + "/c/preview", Object: base + "/c/preview/object"},
		CustomerAct: ActConfirmed,
		Subject:     said.subject, Words: said.words,
		Now: now,
	}
}
