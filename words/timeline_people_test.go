package words_test

// people are entries about who gets a lead, who hears of it, and what hangs on it.
var people = []told{
	{
		"received", `{"source":"portal","track":"standard"}`,
		"Lead received from portal; track standard", "Lead ontvangen van portal; traject standard",
	},
	{
		"received", `{"source":"website","track":"fast","why":"first-party · new · weekday"}`,
		"Lead received from website; track fast (first-party · new · weekday)", "Lead ontvangen van website; traject fast (1e partij · nieuw · doordeweeks)",
	},
	{
		"received", `{"source":"portal"}`,
		"Lead received from portal", "Lead ontvangen van portal",
	},
	{
		"duplicate_linked", `{"source":"portal","same_car":true}`,
		"Linked: the same person asked for the same car through portal", "Gekoppeld: dezelfde persoon vroeg naar dezelfde auto via portal",
	},
	{
		"duplicate_linked", `{"source":"portal"}`,
		"Linked: the same person asked for another car through portal", "Gekoppeld: dezelfde persoon vroeg naar een andere auto via portal",
	},
	{
		"auto_response_sent", `{"template":"thank-you"}`,
		"Auto-response sent (Thank you for your request)", "Automatisch antwoord verstuurd (Dank voor uw aanvraag)",
	},
	{
		"assigned", `{"staff_id":"s1","why":"rotation"}`,
		"Assigned to Sam Smit, next in turn", "Toegewezen aan Sam Smit, die aan de beurt is",
	},
	{
		"assigned", `{"staff_id":"m1","why":"manager","from_staff_id":"s1"}`,
		"Assigned to Maria Mulder, by hand; it was with Sam Smit", "Toegewezen aan Maria Mulder, handmatig; was van Sam Smit",
	},
	{
		"assigned", `{"staff_id":"gone","why":"escalation"}`,
		"Assigned, because nobody acted in time", "Toegewezen, omdat niemand op tijd iets deed",
	},
	{
		"assigned", `{"staff_id":"s1","why":"fewest_open","although":["absent","paused","off_duty","full"]}`,
		"Assigned to Sam Smit, who has the fewest open leads, although absent, paused for new leads, off duty, at the most open leads", "Toegewezen aan Sam Smit, die de minste open leads heeft, hoewel afwezig, gepauzeerd voor nieuwe leads, buiten dienst, op het maximum aan open leads",
	},
	{
		"assigned", `{"staff_id":"m1","why":"customer","passed_over":["s1"]}`,
		"Assigned to Maria Mulder, who knows the customer; new leads pause for Sam Smit", "Toegewezen aan Maria Mulder, die de klant kent; nieuwe leads zijn gepauzeerd voor Sam Smit",
	},
	{
		"assigned", `{"staff_id":"m1","why":"named"}`,
		"Assigned to Maria Mulder, as the policy names", "Toegewezen aan Maria Mulder, zoals de werkwijze voorschrijft",
	},
	{
		"assigned", `{"staff_id":"m1","why":"taken","from_staff_id":"s1","kind":"live_response"}`,
		"Assigned to Maria Mulder, who took it; it was with Sam Smit", "Toegewezen aan Maria Mulder, die de lead zelf nam; was van Sam Smit",
	},
	{
		"assigned", `{"staff_id":"m1","why":"owner_left"}`,
		"Assigned to Maria Mulder, because the owner left", "Toegewezen aan Maria Mulder, omdat de eigenaar weg is",
	},
	{
		"assigned", `{"staff_id":"m1","why":"owner_absent"}`,
		"Assigned to Maria Mulder, because the owner is away", "Toegewezen aan Maria Mulder, omdat de eigenaar afwezig is",
	},
	{
		"assigned", `{"staff_id":"m1","why":"nobody_else"}`,
		"Assigned to Maria Mulder, because nobody else is there", "Toegewezen aan Maria Mulder, omdat er niemand anders is",
	},
	{
		"assigned", `{"staff_id":"m1","why":"phase"}`,
		"Assigned to Maria Mulder, for the showroom", "Toegewezen aan Maria Mulder, voor de showroom",
	},
	{
		"assigned", `{"staff_id":"m1","why":"follow_up","follow_up":"refund_claim","follow_up_id":"x"}`,
		"Refund claim assigned to Maria Mulder, whose task it is", "Claim bij de bron toegewezen aan Maria Mulder, van wie het de taak is",
	},
	{
		"reminded", `{"kind":"follow_up","follow_up":"letter","due_at":"2026-11-24T09:15:00Z","staff_id":"s1"}`,
		"Sam Smit reminded: letter is due Tue 24 Nov 10:15", "Sam Smit herinnerd: brief uiterlijk di 24 nov 10:15",
	},
	{
		"escalated", `{"kind":"follow_up","follow_up":"refund_claim","step":1,"steps":1,"staff_ids":["m1"]}`,
		"Escalated step 1/1 (refund claim) to Maria Mulder", "Geëscaleerd, stap 1/1 (claim bij de bron) naar Maria Mulder",
	},
	{
		"step_skipped", `{"kind":"follow_up","follow_up":"stock_search","step":1,"steps":1,"why":"nobody of it is on duty"}`,
		"Skipped step 1/1 (stock search): nobody of it is on duty", "Stap 1/1 overgeslagen (auto zoeken in de voorraad): niemand daarvan heeft dienst",
	},
	{
		"step_skipped", `{"kind":"auto_response","why":"the customer asked nothing now"}`,
		"Auto-response skipped: the customer asked nothing now", "Automatisch antwoord overgeslagen: de klant vroeg nu niets",
	},
	{
		"message_sent", `{"template":"hand-over","follow_up":"hand_over"}`,
		"Mail sent to the department (Hand-over to a department)", "Mail verstuurd aan de afdeling (Overdracht aan een afdeling)",
	},
	{
		"message_sent", `{"template":"soft-reminder","follow_up":"soft_reminder"}`,
		"Mail sent to the customer (Soft reminder)", "Mail verstuurd aan de klant (Vriendelijke herinnering)",
	},
	{
		"message_failed", `{"template":"hand-over","follow_up":"buying_department","code":"550"}`,
		"Mail to the department not sent (Hand-over to a department): 550", "Mail aan de afdeling niet verstuurd (Overdracht aan een afdeling): 550",
	},
	{
		"attempt_logged", `{"channel":"phone","direction":"out","outcome":"reached","counted":true,"recorded":true}`,
		"Call: reached, as the telephone system recorded", "Gebeld: bereikt, zoals de telefooncentrale vastlegde",
	},
	{
		"duplicate_linked", `{"source":"portal","same_car":false,"why":"try_again"}`,
		"Linked to an earlier lead of the same person; trying again later", "Gekoppeld aan een eerdere lead van dezelfde persoon; later opnieuw proberen",
	},
	{
		"duplicate_linked", `{"source":"portal","same_car":false,"why":"contact_later"}`,
		"Linked to an earlier lead of the same person; later contact", "Gekoppeld aan een eerdere lead van dezelfde persoon; later contact",
	},
	{
		"closing_proposed", `{"reason":"not_reached","why":"reason"}`,
		"Closing proposed (Not reached after maximum number of call attempts): the reason asks for approval", "Sluiting voorgesteld (Niet bereikt na maximaal aantal belpogingen): de reden vraagt om goedkeuring",
	},
	{
		"closing_proposed", `{"reason":"not_reached","why":"always"}`,
		"Closing proposed (Not reached after maximum number of call attempts): every closing is approved", "Sluiting voorgesteld (Niet bereikt na maximaal aantal belpogingen): elke sluiting wordt goedgekeurd",
	},
	{
		"closing_proposed", `{"reason":"double","why":"not_proved"}`,
		"Closing proposed (Double lead): it is not proved that it is a double", "Sluiting voorgesteld (Dubbele lead): het is niet bewezen dat het een dubbele lead is",
	},
	{
		"closing_proposed", `{"reason":"not_reached","why":"value"}`,
		"Closing proposed (Not reached after maximum number of call attempts): the car is worth a second look", "Sluiting voorgesteld (Niet bereikt na maximaal aantal belpogingen): de auto is een tweede blik waard",
	},
	{
		"closing_proposed", `{"reason":"not_reached","why":"self_reported"}`,
		"Closing proposed (Not reached after maximum number of call attempts): the evidence is somebody's own word", "Sluiting voorgesteld (Niet bereikt na maximaal aantal belpogingen): het bewijs is iemands eigen woord",
	},
	{
		"closing_proposed", `{"reason":"not_reached","why":"sample","due_at":"2026-11-24T13:00:00Z"}`,
		"Closing proposed (Not reached after maximum number of call attempts): drawn as a sample; to be decided by Tue 24 Nov 14:00", "Sluiting voorgesteld (Niet bereikt na maximaal aantal belpogingen): als steekproef getrokken; te beslissen vóór di 24 nov 14:00",
	},
	{
		"follow_up_done", `{"kind":"refund_claim","fate":"done","outcome":"granted"}`,
		"Refund claim done: the provider granted it", "Claim bij de bron afgerond: de bron heeft de claim toegekend",
	},
	{
		"follow_up_done", `{"kind":"refund_claim","fate":"done","outcome":"refused"}`,
		"Refund claim done: the provider refused it", "Claim bij de bron afgerond: de bron heeft de claim afgewezen",
	},
	{
		"follow_up_done", `{"kind":"letter","fate":"dropped","why":"the customer answered"}`,
		"Letter dropped: the customer answered", "Brief vervallen: de klant reageerde",
	},
	{
		"follow_up_done", `{"kind":"try_again","fate":"done","why":"a new run began","new_lead_id":"x"}`,
		"Trying again later done: a new run began", "Later opnieuw proberen afgerond: er is een nieuwe ronde begonnen",
	},
	{
		"policy_applied", `{"from_version":1,"to_version":3,"from_track":"standard","to_track":"weekend","why":"saturday","from_phase":"bdc","to_phase":"showroom"}`,
		"Policy version 3 applied, before 1; track weekend, before standard (saturday); handed from the call centre to the showroom", "Versie 3 van de werkwijze toegepast, eerst 1; traject weekend, eerst standard (saturday); overgedragen van het callcenter naar de showroom",
	},
	{
		"policy_applied", `{"from_version":1,"to_version":2,"from_track":"standard","to_track":"standard"}`,
		"Policy version 2 applied, before 1; track standard", "Versie 2 van de werkwijze toegepast, eerst 1; traject standard",
	},
	{
		"reminded", `{"kind":"live_response","due_at":"2026-11-24T09:15:00Z","staff_id":"s1"}`,
		"Sam Smit reminded: live response is due Tue 24 Nov 10:15", "Sam Smit herinnerd: persoonlijke reactie uiterlijk di 24 nov 10:15",
	},
}
