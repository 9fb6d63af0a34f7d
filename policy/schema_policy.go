package policy

import (
	"github.com/doorbell-ilm/doorbell/lead"
)

// policySchema describes a whole policy.
func policySchema() schema {
	code := schema{"pattern": codeForm}
	s := fixed(policyKeys, map[string]schema{
		"name": use("words").say("What you call this policy.").usually("standard"),
		"timezone": schema{"type": "string", "minLength": 1, "not": schema{"const": "Local"}}.
			say("The dealer's time zone, as in the time zone database.").like("Europe/Amsterdam"),
		"country": text("^[A-Za-z]{2}$").say("The dealer's country in two letters. It decides how telephone numbers are read.").like("NL", "DE"),
		"phases": distinct(choice(phaseWords), 1, len(phaseWords)).
			say("Who works a lead: first the call centre (bdc), then the showroom; or [showroom] alone.").usually(wordsOf(phaseWords)),
		"calendar": calendarSchema(),
		"shifts": named(code, shiftSchema(), maxShifts).
			say(
				"Periods beside the opening hours, by name.",
				"Who is named in a shift is on duty in his shifts and at no other time; everybody else is on duty in the opening hours.",
				"Shifts are off on closed days.",
			),
		"groups": named(schema{"pattern": codeForm, "not": schema{"enum": wordsOf(allRoles)}}, distinct(use("address"), 1, maxStaff), maxGroups).
			say("Colleagues who are told together, by the name of the group."),
		"departments": fixed(departmentNames, departmentSchemas()).
			say("E-mail addresses of departments that get work by mail and have no account."),
		"earning":    earningSchema(),
		"follow_ups": followUpsSchema(),
		"choose": listOrOne(use("rule"), 1, maxRules).
			say(
				"Which lead goes through which track.",
				"The first rule that fits wins; the last one has no when and takes the rest.",
				"With a single track it may be left out.",
			),
		"tracks": named(code, trackSchema(), maxTracks).with("minProperties", 1).
			say("The process of each kind of lead, by name. What a track leaves out is as in Doorbell's standard."),
	}, "timezone", "country", "calendar", "tracks")
	s["$schema"], s["$id"] = "https://json-schema.org/draft/2020-12/schema", SchemaID
	s["title"] = "Doorbell policy"
	s["description"] = "The yardstick of a dealer: by when what happens to every lead, and who hears of it when it does not."
	s["$defs"] = schemaWords()
	return s
}

func calendarSchema() schema {
	return fixed(calendarKeys, map[string]schema{
		"open": named(schema{"pattern": dayForm}, listOrOne(use("hours"), 0, 0), 0).with("minProperties", 1).
			say("The opening hours by day of the week, several blocks a day if need be.").
			like(map[string]any{"mon-fri": []string{"08:30-12:30", "13:00-18:00"}, "sat": "09:00-17:00"}),
		"closed": listOrOne(use("date"), 0, maxDates).
			say("Days on which nobody is on duty and no clock runs."),
		"special": named(schema{"pattern": dateForm}, listOrOne(use("hours"), 1, 0), maxDates).
			say("Days with other hours than their weekday has, by date.").like(map[string]any{"2026-12-24": "09:00-13:00"}),
	}, "open").say(
		"When the clocks run.",
		"A lead that comes when it is closed is answered by mail at once; the clock of the person starts when the doors open.",
	)
}

func shiftSchema() schema {
	return fixed(shiftKeys, map[string]schema{
		"days":  listOrOne(use("days"), 1, 0).say("On which days.").usually("mon-sun"),
		"hours": listOrOne(use("hours"), 1, 0).say("From when to when."),
		"staff": distinct(use("address"), 0, maxStaff).say("Who works in it."),
	}, "hours")
}

func departmentSchemas() map[string]schema {
	all := map[string]schema{}
	for _, name := range departmentNames {
		all[name] = use("department")
	}
	return all
}

func earningSchema() schema {
	return fixed(earningKeys, map[string]schema{
		"result": choice(resultWords).say("What a conversation must lead to.").usually(string(lead.Appointed)),
		"norm":   text(`^0*([1-9][0-9]?|100)%$`).say("At least so many of the conversations, in per cent.").like("30%"),
		"sample": integer(leastSample, mostSample).say("Nobody is judged on fewer conversations.").usually(20),
		"window": use("duration").say("Conversations had within so many days, counted back from now.").usually("90d"),
		"judge":  use("duration").say("How old a conversation must be before one without a result counts.").usually("7d"),
	}, "norm").say(
		"New leads pause for somebody of whose conversations too few become something, until his manager writes down what he did about it.",
		"Without this section leads need not be earned.",
	)
}

// followUpMeanings say what each kind of follow-up is.
var followUpMeanings = map[lead.FollowUpKind]string{
	lead.TellProvider:      "Tell the provider of the lead that it was a test.",
	lead.RefundClaim:       "Claim the price of the lead back from its provider.",
	lead.HandOver:          "Hand the customer over to another department or colleague.",
	lead.AfterSales:        "Put the customer on the after-sales campaign.",
	lead.BuyingDepartment:  "Let the buying department make an offer for the customer's car.",
	lead.StockSearch:       "Look for the car that the customer wants.",
	lead.CheckAfterTheDate: "See whether the customer came by himself.",
	lead.CallAboutQuote:    "Call the customer about the quote.",
	lead.FinanceOffer:      "Make another finance offer.",
	lead.SendLetter:        "Write the letter that the contact schedule asks for.",
	lead.SendVideo:         "Make the video that the contact schedule asks for.",
}

func followUpsSchema() schema {
	kinds := map[string]schema{}
	for _, kind := range followUpKinds {
		usual := defaultFollowUp(kind)
		kinds[string(kind)] = fixed(followUpKeys, map[string]schema{
			"to":       use("doer").usually(string(usual.To)),
			"within":   use("duration").say("By when, counted from the opening of the day on which it is due.").usually(usual.Within.String()),
			"escalate": use("steps"),
		}).say(followUpMeanings[kind])
	}
	return fixed(wordsOf(followUpKinds), kinds).
		say("Who does what a closing or the contact schedule asks for, and by when.")
}

func ruleSchema() schema {
	condition := func(one schema) schema { return distinct(one, 1, maxValues) }
	return fixed(ruleKeys, map[string]schema{
		"when": fixed(whenKeys, map[string]schema{
			"party": condition(choice(partyWords)).say(
				"Whose lead it is:",
				"our own (first), the importer's or brand's (second), a portal's (third).",
			),
			"source":    listOrOne(use("code"), 1, maxValues).say("The code of the source that posted it."),
			"channel":   condition(choice(arrivalWords)).say("How it came."),
			"request":   condition(choice(requestWords)).say("What the customer asks for."),
			"make":      listOrOne(use("words"), 1, maxValues).say("The make of the wanted car, with or without capitals."),
			"model":     listOrOne(use("words"), 1, maxValues).say("The model of the wanted car, with or without capitals."),
			"condition": condition(choice(conditionWords)).say("A new or a used car."),
			"price": fixed(priceKeys, map[string]schema{
				"from":  use("amount").say("At least so much."),
				"below": use("amount").say("Less than so much."),
			}).with("minProperties", 1).say("The price of the wanted car. A lead without a price is in no range."),
			"weekday": listOrOne(use("days"), 1, 0).say("The day on which it came."),
			"shift":   use("code").say("The name of a shift that was on when it came."),
			"hours": anyOf(listOrOne(choice(hoursWords), 1, 1), listOrOne(use("hours"), 1, maxBlocks)).
				say(`When it came: in opening hours (open), outside them (closed), or at a time of day.`).like("closed", "18:00-24:00"),
			"postcode": listOrOne(use("area"), 1, maxValues).say("Where the customer lives."),
			"customer": choice(customerWords).say("Whether the person had a lead here before."),
			"language": listOrOne(text("^[A-Za-z]{2}$"), 1, maxValues).say("The customer's language in two letters.").like("nl", "en"),
		}).with("minProperties", 1).say("What must hold, all of it. Of several values one is enough."),
		"track": use("code").say("The name of the track."),
	}, "track")
}
