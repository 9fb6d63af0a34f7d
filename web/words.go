package web

// words are what the customer's page says in one language.
type words struct {
	Appointment, Request         string // titles
	Confirmed, Unconfirmed       string
	Until, WeCall, About         string
	Confirm                      string
	Move, MoveHelp, MoveIt       string
	NoSlots                      string
	Cancel, CancelHelp, CancelIt string
	Past, WasCancelled, NoShow   string // before the moment of the appointment
	None, Colleague, WillCall    string
	Closed                       string
	Questions                    string
	Object, ObjectHelp, ObjectIt string
	NoEmail, NoPhone             string
	IsNoEmail, IsNoPhone         string
	ObjectLoses                  string
	OpenPage                     string

	Said map[string]string // by the word in ?done=

	NotFound, Stale, Away notice
}

// notice is a page that says one thing.
type notice struct{ Title, Text string }

// The words that ?done= may hold.
const (
	saidConfirmed = "confirmed"
	saidMoved     = "moved"
	saidCancelled = "cancelled"
	saidObjected  = "objected"
	saidChanged   = "changed" // what the button was about is not so any more
	saidGone      = "gone"    // the time chosen is not offered any more
	saidChoose    = "choose"  // nothing was chosen
)

var wordsIn = map[string]*words{
	"nl": {
		Appointment: "Uw afspraak", Request: "Uw aanvraag",
		Confirmed: "Bevestigd", Unconfirmed: "Nog niet bevestigd",
		Until: "tot", WeCall: "Wij bellen u.", About: "Het gaat om:",
		Confirm: "Afspraak bevestigen",
		Move:    "Een ander moment kiezen", MoveHelp: "Kies een dag en daarna een tijd.", MoveIt: "Afspraak verzetten",
		NoSlots: "Online is er nu geen ander moment te kiezen. Bel ons, dan vinden we er samen een.",
		Cancel:  "Afspraak afzeggen", CancelHelp: "Weet u het zeker? Dan halen we de afspraak uit onze agenda.", CancelIt: "Ja, afzeggen",
		Past: "Deze afspraak was op", WasCancelled: "Deze afspraak is afgezegd:", NoShow: "Deze afspraak stond voor",
		None: "Er staat nu geen afspraak.", Colleague: "Een collega", WillCall: "neemt contact met u op.",
		Closed:    "We hebben uw aanvraag afgesloten. Hebt u toch nog een vraag? Neem dan gerust contact met ons op.",
		Questions: "Vragen? Bel ons:",
		Object:    "Liever geen contact meer?", ObjectHelp: "Kies wat u niet meer wilt.", ObjectIt: "Doorgeven",
		NoEmail: "Geen e-mail meer", NoPhone: "Geen telefoontjes en sms meer",
		IsNoEmail: "U krijgt van ons geen e-mail meer.", IsNoPhone: "Wij bellen en sms'en u niet meer.",
		ObjectLoses: "Zonder e-mail krijgt u ook geen herinnering aan uw afspraak.",
		OpenPage:    "Naar uw pagina",
		Said: map[string]string{
			saidConfirmed: "Dank u wel. De afspraak is bevestigd.",
			saidMoved:     "De afspraak is verzet. Hieronder staat het nieuwe moment.",
			saidCancelled: "De afspraak is afgezegd.",
			saidObjected:  "We hebben het genoteerd.",
			saidChanged:   "Er is intussen iets veranderd. Zo staat het er nu voor.",
			saidGone:      "Dat moment is niet meer beschikbaar. Kies een ander moment.",
			saidChoose:    "Maak eerst een keuze.",
		},
		NotFound: notice{
			"Pagina niet gevonden",
			"Deze link is niet (meer) geldig. Kijk of hij helemaal is overgenomen, of neem contact op met uw dealer.",
		},
		Stale: notice{
			"Druk nog een keer op de knop",
			"Er is niets veranderd. De pagina stond te lang open, of de knop is niet door u ingedrukt. Open uw pagina en " +
				"probeer het opnieuw.",
		},
		Away: notice{
			"Probeer het over een minuut opnieuw",
			"Het lukt op dit moment niet. Als u net op een knop hebt gedrukt, is niet zeker of dat is aangekomen: uw " +
				"pagina laat het straks zien, en nog een keer drukken kan geen kwaad.",
		},
	},
	"en": {
		Appointment: "Your appointment", Request: "Your request",
		Confirmed: "Confirmed", Unconfirmed: "Not confirmed yet",
		Until: "to", WeCall: "We will call you.", About: "It is about:",
		Confirm: "Confirm the appointment",
		Move:    "Choose another time", MoveHelp: "Choose a day, then a time.", MoveIt: "Move the appointment",
		NoSlots: "There is no other time to choose online just now. Call us and we will find one together.",
		Cancel:  "Cancel the appointment", CancelHelp: "Are you sure? Then we take the appointment out of our calendar.", CancelIt: "Yes, cancel it",
		Past: "This appointment was on", WasCancelled: "This appointment was cancelled:", NoShow: "This appointment was planned for",
		None: "There is no appointment at the moment.", Colleague: "A colleague", WillCall: "will contact you.",
		Closed:    "We have closed your request. Do you still have a question? You are welcome to contact us.",
		Questions: "Questions? Call us:",
		Object:    "Rather not hear from us?", ObjectHelp: "Choose what you no longer want.", ObjectIt: "Tell us",
		NoEmail: "No more e-mail", NoPhone: "No more calls and text messages",
		IsNoEmail: "We do not send you e-mail any more.", IsNoPhone: "We do not call or text you any more.",
		ObjectLoses: "Without e-mail you will not be reminded of your appointment either.",
		OpenPage:    "Go to your page",
		Said: map[string]string{
			saidConfirmed: "Thank you. The appointment is confirmed.",
			saidMoved:     "The appointment was moved. The new time is below.",
			saidCancelled: "The appointment was cancelled.",
			saidObjected:  "We have noted it.",
			saidChanged:   "Something has changed in the meantime. This is how things stand now.",
			saidGone:      "That time is no longer available. Choose another one.",
			saidChoose:    "Make a choice first.",
		},
		NotFound: notice{
			"Page not found",
			"This link is not valid (any more). See whether it was copied in full, or contact your dealer.",
		},
		Stale: notice{
			"Press the button once more",
			"Nothing was changed. The page was open for too long, or the button was not pressed by you. Open your page and " +
				"try again.",
		},
		Away: notice{
			"Please try again in a minute",
			"It does not work just now. If you have just pressed a button, it is not certain that it arrived: your page " +
				"will show it, and pressing again does no harm.",
		},
	},
}
