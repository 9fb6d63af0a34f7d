package words_test

// work are entries about what was done with a lead.
//
//nolint:misspell // Dutch
var work = []told{
	{
		"reminded", `{"kind":"appointment_reminder","starts_at":"2026-11-28T10:00:00Z","to":"customer"}`,
		"Customer reminded of the appointment on Sat 28 Nov 11:00", "Klant herinnerd aan de afspraak op za 28 nov 11:00",
	},
	{
		"reminded", `{"kind":"contact","task":"letter","staff_id":"s1"}`,
		"Sam Smit asked to send a letter", "Sam Smit gevraagd een brief te sturen",
	},
	{
		"reminded", `{"kind":"appointment_outcome","staff_id":""}`,
		"The owner asked how the appointment went", "De eigenaar gevraagd hoe de afspraak ging",
	},
	{
		"escalated", `{"kind":"live_response","step":2,"steps":3,"repeat":0,"late_s":424,"staff_ids":["m1"]}`,
		"Escalated step 2/3 (live response) to Maria Mulder, 7 min late", "Geëscaleerd, stap 2/3 (persoonlijke reactie) naar Maria Mulder, 7 min te laat",
	},
	{
		"escalated", `{"kind":"live_response","step":3,"steps":3,"repeat":2,"late_s":2,"staff_ids":["m1","s1"]}`,
		"Escalated step 3/3 (live response) to Maria Mulder, Sam Smit, repeated 2×", "Geëscaleerd, stap 3/3 (persoonlijke reactie) naar Maria Mulder, Sam Smit, 2× herhaald",
	},
	{
		"escalated", `{"kind":"closing_approval","step":1,"steps":1,"again":1,"late_s":200000}`,
		"Escalated step 1/1 (approval of the closing), 2 days late, brought up again 1×", "Geëscaleerd, stap 1/1 (goedkeuring van de sluiting), 2 dagen te laat, 1× opnieuw gemeld",
	},
	{
		"step_skipped", `{"kind":"live_response","step":1,"steps":3,"why":"nobody of it is on duty"}`,
		"Skipped step 1/3 (live response): nobody of it is on duty", "Stap 1/3 overgeslagen (persoonlijke reactie): niemand daarvan heeft dienst",
	},
	{
		"step_skipped", `{"kind":"auto_response","why":"no address"}`,
		"Auto-response skipped: no address", "Automatisch antwoord overgeslagen: geen adres",
	},
	{
		"step_skipped", `{"kind":"contact","template":"still-interested","why":"no address"}`,
		"Mail skipped (Still interested?): no address", "Mail overgeslagen (Nog interesse?): geen adres",
	},
	{
		"attempt_due", `{"n":2,"due_at":"2026-11-24T11:00:00Z","late_s":7300}`,
		"Call attempt 2 was due Tue 24 Nov 12:00, 2 h 1 min late", "Belpoging 2 was nodig op di 24 nov 12:00, 2 u 1 min te laat",
	},
	{
		"attempt_logged", `{"channel":"phone","direction":"out","outcome":"no_answer","counted":true}`,
		"Call: no answer", "Gebeld: geen gehoor",
	},
	{
		"attempt_logged", `{"channel":"phone","direction":"in","outcome":"reached","counted":false,"uncounted_because":"the customer called","duration_s":61}`,
		"Incoming call: reached, 1m1s (does not count: the customer called)", "Inkomend gesprek: bereikt, 1m1s (telt niet mee: de klant belde)",
	},
	{
		"attempt_logged", `{"channel":"pigeon","direction":"out","outcome":"reached","counted":true,"live_response_late_s":30}`,
		"Attempt: reached; first response 30 s late", "Poging: bereikt; eerste reactie 30 s te laat",
	},
	{
		"message_sent", `{"template":"quote"}`,
		"Mail sent to the customer (Quote)", "Mail verstuurd aan de klant (Offerte)",
	},
	{
		"message_delivered", `{}`,
		"Mail delivered to the customer", "Mail bezorgd bij de klant",
	},
	{
		"message_bounced", `{}`,
		"Mail to the customer bounced; the address is not used any more", "Mail aan de klant onbestelbaar; het adres wordt niet meer gebruikt",
	},
	{
		"message_bounced", `{"why":"bounced","template":"quote","message_id":"x"}`,
		"Mail to the customer (Quote): came back: the address takes no mail, and is not mailed any more",
		"Mail aan de klant (Offerte): kwam terug: het adres neemt geen mail aan en wordt niet meer gemaild",
	},
	{
		"message_bounced", `{"why":"spam_report","elsewhere":true}`,
		"Mail to the customer on another lead: was called spam; the customer is not mailed any more",
		"Mail aan de klant bij een andere lead: als spam gemeld; de klant wordt niet meer gemaild",
	},
	{
		"message_received", `{"resend":true,"changed":["comments","vehicle.year"]}`,
		"The provider sent the lead again with comments, vehicle.year", "De bron stuurde de lead opnieuw met opmerkingen, bouwjaar",
	},
	{
		"message_received", `{"resend":true,"changed":[]}`,
		"The provider sent the lead again", "De bron stuurde de lead opnieuw",
	},
	{
		"message_received", `{}`,
		"The customer wrote", "De klant heeft geschreven",
	},
	{
		"message_failed", `{"template":"quote","code":"sendgrid_400"}`,
		"Mail to the customer not sent (Quote): sendgrid_400", "Mail aan de klant niet verstuurd (Offerte): sendgrid_400",
	},
	{
		"note_added", `{"note_id":"x"}`,
		"Note added", "Notitie toegevoegd",
	},
	{
		"appointment_set", `{"kind":"test_drive","starts_at":"2026-11-28T10:00:00Z"}`,
		"Test drive on Sat 28 Nov 11:00 proposed", "Proefrit op za 28 nov 11:00 voorgesteld",
	},
	{
		"appointment_set", `{"kind":"showroom","starts_at":"2026-11-28T10:00:00Z","confirmed":true}`,
		"Showroom appointment on Sat 28 Nov 11:00 agreed", "Showroomafspraak op za 28 nov 11:00 afgesproken",
	},
	{
		"appointment_confirmed", `{"kind":"video","starts_at":"2026-11-28T10:00:00Z"}`,
		"Video appointment on Sat 28 Nov 11:00 confirmed", "Videoafspraak op za 28 nov 11:00 bevestigd",
	},
	{
		"appointment_moved", `{"kind":"phone","from":"2026-11-28T10:00:00Z","starts_at":"2026-11-28T12:00:00Z"}`,
		"Phone appointment moved from Sat 28 Nov 11:00 to Sat 28 Nov 13:00", "Telefonische afspraak verzet van za 28 nov 11:00 naar za 28 nov 13:00",
	},
	{
		"appointment_cancelled", `{"kind":"other","starts_at":"2026-11-28T10:00:00Z"}`,
		"Appointment on Sat 28 Nov 11:00 cancelled", "Afspraak op za 28 nov 11:00 afgezegd",
	},
	{
		"appointment_outcome", `{"kind":"test_drive","starts_at":"2026-11-28T10:00:00Z","outcome":"came"}`,
		"Test drive on Sat 28 Nov 11:00: the customer came", "Proefrit op za 28 nov 11:00: de klant kwam",
	},
	{
		"appointment_outcome", `{"kind":"test_drive","starts_at":"2026-11-28T10:00:00Z","outcome":"no_show"}`,
		"Test drive on Sat 28 Nov 11:00: the customer did not come", "Proefrit op za 28 nov 11:00: de klant kwam niet",
	},
	{
		"closing_refused", `{"reason":"not_reached","missing":[{"rule":"attempts","need":6,"have":1},{"rule":"mail_sent","need":1,"have":0}]}`,
		"Closing not accepted (Not reached after maximum number of call attempts); missing attempts 1 of 6, mail sent", "Sluiting niet aanvaard (Niet bereikt na maximaal aantal belpogingen); er ontbreekt: belpogingen 1 van 6, mail verstuurd",
	},
	{
		"closing_refused", `{"code":"unknown_reason"}`,
		"Closing not accepted: no such reason", "Sluiting niet aanvaard: die reden is er niet",
	},
	{
		"closing_proposed", `{"reason":"test","due_at":"2026-11-24T13:00:00Z"}`,
		"Closing proposed (Test / bug); to be decided by Tue 24 Nov 14:00", "Sluiting voorgesteld (Test / fout); te beslissen vóór di 24 nov 14:00",
	},
	{
		"closing_approved", `{"reason":"test","proposed_by":"s1"}`,
		"Closing approved (Test / bug); proposed by Sam Smit", "Sluiting goedgekeurd (Test / fout); voorgesteld door Sam Smit",
	},
	{
		"closing_rejected", `{"reason":"test","proposed_by":"s1"}`,
		"Closing refused (Test / bug); proposed by Sam Smit", "Sluiting afgewezen (Test / fout); voorgesteld door Sam Smit",
	},
	{
		"phase_changed", `{"from":"bdc","to":"showroom","reason":"quotation"}`,
		"Handed from the call centre to the showroom (Quotation request)", "Overgedragen van het callcenter naar de showroom (Offerteaanvraag)",
	},
	{
		"parked", `{"until":"2027-03-01T07:30:00Z","reason":"follow_up_required"}`,
		"Parked until Mon 1 Mar 08:30 (No conversion / follow-up required)", "Geparkeerd tot ma 1 mrt 08:30 (Geen conversie / opvolging nodig)",
	},
	{
		"resumed", `{"why":"date"}`,
		"Worked again: the agreed date has come", "Weer opgepakt: de afgesproken datum is er",
	},
	{
		"resumed", `{"why":"customer"}`,
		"Worked again: the customer asked", "Weer opgepakt: de klant vroeg erom",
	},
	{
		"closed", `{"stage":"lost","reason":"not_reached"}`,
		"Closed as lost (Not reached after maximum number of call attempts)", "Gesloten als verloren (Niet bereikt na maximaal aantal belpogingen)",
	},
	{
		"reopened", `{"reason":"not_reached"}`,
		"Reopened; it was closed with Not reached after maximum number of call attempts", "Heropend; was gesloten: Niet bereikt na maximaal aantal belpogingen",
	},
	{
		"follow_up_started", `{"kind":"try_again","due_on":"2026-12-24"}`,
		"Trying again later started, due 2026-12-24", "Later opnieuw proberen gestart, te doen op 24 december 2026",
	},
	{
		"follow_up_done", `{"kind":"do_not_contact","channels":["phone","sms"]}`,
		"Do-not-contact by phone, text message done", "Niet meer benaderen via telefoon, sms afgerond",
	},
	{
		"follow_up_started", `{"kind":"new_kind"}`,
		"New kind started", "New kind gestart",
	},
	{
		"erased", `{}`,
		"The customer's data were erased", "De gegevens van de klant zijn gewist",
	},
	{
		"entries_lost", `{"why":"gap"}`,
		"An entry is lost that stood here", "Een vermelding die hier stond is verloren gegaan",
	},
	{
		"entries_lost", `{"why":"restored","first_step":4,"last_step":7}`,
		"What happened here is lost: the database was restored from a backup (steps 4 to 7)",
		"Wat hier gebeurde is verloren gegaan: de database is teruggezet vanaf een back-up (stap 4 tot en met 7)",
	},
	{
		"entries_lost", `{"why":"restored","follow_up":"refund_claim","first_step":1,"last_step":2}`,
		"What happened here (refund claim) is lost: the database was restored from a backup (steps 1 to 2)",
		"Wat hier gebeurde (claim bij de bron) is verloren gegaan: de database is teruggezet vanaf een back-up (stap 1 tot en met 2)",
	},
	{
		"refused", `{"what":"cancel","message":"cancelling is not closing"}`,
		"Refused: cancel; cancelling is not closing", "Geweigerd: cancel; cancelling is not closing",
	},
	{
		"from_the_future", `{}`,
		"From the future", "From the future",
	},
}
