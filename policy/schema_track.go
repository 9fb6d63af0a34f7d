package policy

// trackSchema describes a track. What holds when a key is left out is read off
// the default track.
func trackSchema() schema {
	usual := DefaultTrack("")
	return fixed(trackKeys, map[string]schema{
		"clock": choice(clockWords).say("When the clocks of the track run: in the opening hours, or always.").usually(string(usual.Clock)),
		"auto_response": anyOf(use("code"), fixed(autoResponseKeys, map[string]schema{"template": use("code")}, "template")).
			say("The mail that answers the customer at once, by the name of its template; none for no mail.").usually(usual.AutoResponse),
		"assign": anyOf(use("assignee"), fixed(assignKeys, map[string]schema{
			"to": distinct(use("assignee"), 1, maxRecipients).say("Who gets the lead; the first who can take it."),
			"match": distinct(choice(matchWords), 0, maxRecipients).
				say("Who fits the lead comes first: trained on the make, speaking the customer's language. The last one is given up first."),
		}, "to")).say("Who gets a new lead.").usually(string(usual.Assign.To[0])),
		"live_response": fixed(liveResponseKeys, map[string]schema{
			"due": use("duration").say("By when a person has tried to reach the customer.").usually(usual.LiveResponse.Due.String()),
			"remind_before": use("duration").
				say("How long before that the owner is reminded; 0s for not at all.").usually(usual.LiveResponse.RemindBefore.String()),
			"escalate": use("steps"),
		}).say("The first attempt by a person. The automatic mail does not count."),
		"attempts":    attemptsSchema(&usual.Attempts),
		"contact":     listOrOne(use("contact"), 0, maxContacts).say("What is sent or asked beside the calls.").usually([]any{}),
		"appointment": appointmentSchema(&usual.Appointment),
		"follow_up": fixed(decideKeys, map[string]schema{
			"due":      use("duration").say("By when the owner says how it goes on.").usually(usual.FollowUp.Due.String()),
			"escalate": use("steps").say("What happens when he does not; without it, as for a call that was not made."),
		}).say("A lead for which no call is due and nothing is agreed."),
		"closing": closingSchema(&usual.Closing),
	})
}

func attemptsSchema(usual *Attempts) schema {
	schedule := make([]string, len(usual.Schedule))
	for i, m := range usual.Schedule {
		schedule[i] = m.String()
	}
	return fixed(attemptsKeys, map[string]schema{
		"max":  integer(1, maxAttempts).say("After so many calls that count a lead may be closed as not reached.").usually(usual.Max),
		"days": integer(1, maxAttempts).say("They were made on at least so many different days.").usually(usual.Days),
		"dayparts": integer(1, maxDayparts).
			say("And in at least so many of morning (until 12:00), afternoon (until 17:00) and evening.").usually(usual.Dayparts),
		"spacing":    use("duration").say("Calls closer together do not count.").usually(usual.Spacing.String()),
		"voicemails": integer(0, maxAttempts).say("At most so many voicemails count.").usually(usual.Voicemails),
		"schedule": listOrOne(use("moment"), 1, maxAttempts).say(
			"When each call is due.",
			"After the last one calls go on daily until the measure is full.",
		).usually(schedule),
		"overdue": use("steps").say("What happens when a call was due and not made."),
	}).say(`"Tried enough": the calls that are made before a lead may be closed as not reached.`)
}

func contactSchema() schema {
	one := fixed(contactKeys, map[string]schema{
		"at":       use("moment").say("When."),
		"send":     choice(sendWords).say("A mail that Doorbell sends by itself; name its template."),
		"template": use("code").say("The name of the template of the mail."),
		"task":     choice(taskWords).say("Something that the owner does: write a letter, make a video."),
		"stop_on": distinct(choice(stopWords), 0, len(stopWords)).
			say("What makes it needless: the customer answered, there was a conversation, an appointment was made.").usually(wordsOf(defaultStops)),
	}, "at")
	one["oneOf"] = []schema{
		has("send", "template").with("not", has("task")),
		has("task").with("not", anyOf(has("send"), has("template"))),
	}
	return one
}

func appointmentSchema(usual *Appointment) schema {
	remind := make([]string, len(usual.Remind))
	for i, d := range usual.Remind {
		remind[i] = d.String()
	}
	return fixed(appointmentKeys, map[string]schema{
		"remind":      distinct(use("duration"), 0, maxReminders).say("How long before an appointment the customer is reminded.").usually(remind),
		"outcome_due": use("duration").say("How long after its end somebody has said whether the customer came.").usually(usual.OutcomeDue.String()),
		"escalate":    use("steps"),
	}).say("Appointments.")
}

func closingSchema(usual *Closing) schema {
	s := fixed(closingKeys, map[string]schema{
		"approve": choice(approveWords).
			say("Which closings wait for a manager: those whose reason asks for it, every one, or none.").usually(string(usual.Approve)),
		"value":         use("amount").say("Also those of leads whose car costs at least this."),
		"sample":        text(`^0*([0-9][0-9]?|100)%$`).say("Also so many of the others, drawn by chance.").usually("0%").like("10%"),
		"self_reported": use("flag").say("true: also those whose every evidence is somebody's own word.").usually(false),
		"by":            use("approver").usually(string(usual.By)),
		"due":           use("duration").say("By when it is decided.").usually(usual.Due.String()),
		"escalate":      use("steps"),
	}).say("How the closing of a lead is approved. Nobody decides on his own.")
	s["if"] = has("approve").with("properties", schema{"approve": schema{"const": string(Never)}})
	s["then"] = schema{"not": anyOf(has("value"), has("sample"), has("self_reported"))}
	return s
}
