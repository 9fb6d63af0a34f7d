package main

// explanation says what a setting does and what a value of it looks like. The
// form ends the sentence "it must be …".
type explanation struct{ setting, does, form string }

// explained lists all settings in the order in which --help and the README show
// them.
var explained = []explanation{
	{
		"DOORBELL_ADDR", "Address that the API and the pages listen on.",
		"an address and a port such as 127.0.0.1:8080",
	},
	{
		"DOORBELL_PUBLIC_URL", "Where customers and staff reach Doorbell; it stands in mails. serve and worker need it; dev makes it from the address.",
		"an address such as https://leads.dealer.example, without anything behind the host",
	},
	{
		"DOORBELL_SECRET", "Signs the links in mails; serve and worker need the same one. dev makes its own.",
		"at least 32 characters, for example from: openssl rand -hex 32",
	},
	{
		"DOORBELL_TRUSTED_PROXIES", "Networks of the proxies in front, separated by commas; only they are believed about who calls. Nobody by default.",
		"networks or addresses such as 10.0.0.0/8,192.0.2.7",
	},
	{
		"DOORBELL_STOP_NOTICE",
		"How long a server that is told to stop goes on answering, not ready any more, so that what stands in front hears of it; not at all by default.",
		"a time up to a minute such as 10s, twice as long as what stands in front waits between two looks at /readyz",
	},
	{
		"DATABASE_URL", "The Postgres database. dev starts a private one when it is not set.",
		"an address such as postgres://user:password@host:5432/name",
	},
	{
		"DOORBELL_DATABASE_CONNECTIONS", "Most connections to the database, for serve and for worker each.",
		"a number from 4 to 500",
	},
	{
		"TEMPORAL_ADDRESS", "Temporal's frontend. dev starts a private one when it is not set; elsewhere that means localhost:7233.",
		"host and port such as temporal:7233",
	},
	{
		"TEMPORAL_NAMESPACE", "Temporal's namespace; doorbell when it is not set.",
		"a name such as doorbell",
	},
	{
		"TEMPORAL_API_KEY, TEMPORAL_TLS, TEMPORAL_TLS_…, TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE",
		"The rest of the Temporal SDK's environment configuration: key, certificates, or a profile in its file.",
		"as the Temporal SDK documents it",
	},
	{
		"TEMPORAL_RETENTION", "How long the private Temporal of dev keeps the history of a finished lead.",
		"a duration of at least 1h, such as 720h",
	},
	{
		"DOORBELL_TASK_QUEUE", "Temporal's task queue; serve and worker need the same one.",
		"letters, digits, dots, dashes and underscores",
	},
	{
		"DOORBELL_WORKER_CACHE", "How many leads a worker keeps in memory between their tasks; 0 or nothing: those that fit into a tenth of it, 500 to 6000.",
		"a number from 0 to 1000000",
	},
	{
		"DOORBELL_BUILD_ID", "Turns on Temporal's worker versioning: workers of this build get leads when `doorbell release promote` says so.",
		"letters, digits, dots, dashes, plus signs and underscores, such as 0.2.0 or a commit",
	},
	{
		"SENDGRID_API_KEY", "Sends mail through SendGrid.",
		"a key of SendGrid's API",
	},
	{
		"SENDGRID_BASE_URL", "Another address of SendGrid's API, such as https://api.eu.sendgrid.com.",
		"an address such as https://api.eu.sendgrid.com",
	},
	{
		"SENDGRID_WEBHOOK_KEY", "Takes in at /hooks/sendgrid what SendGrid's signed event webhook tells: delivered, bounced, called spam.",
		"the verification key that SendGrid shows beside the webhook, in one line",
	},
	{
		"SMTP_URL", "Sends mail through SMTP where SENDGRID_API_KEY is not set. With neither, dev puts mail into its mailbox.",
		"an address such as smtp://user:password@host:587 or smtps://user:password@host:465",
	},
	{
		"MAIL_FROM", "Sender of mails for dealers without an address of their own; worker needs it, and serve does for invitations.",
		"an address such as leads@dealer.example or Dealer <leads@dealer.example>",
	},
	{
		"OIDC_ISSUER", "Single sign-on at an OpenID provider; its redirect address is DOORBELL_PUBLIC_URL with /sign-in/oidc/callback.",
		"the provider's https address, such as https://accounts.google.com, set together with OIDC_CLIENT_ID and OIDC_CLIENT_SECRET",
	},
	{
		"OIDC_CLIENT_ID", "Doorbell's id at the OpenID provider.",
		"what the provider calls Doorbell, set together with OIDC_ISSUER and OIDC_CLIENT_SECRET",
	},
	{
		"OIDC_CLIENT_SECRET", "Doorbell's secret at the OpenID provider.",
		"what the provider gave out for OIDC_CLIENT_ID, set together with OIDC_ISSUER",
	},
	{
		"OIDC_NAME", "What the button to the OpenID provider says; single sign-on when it is not set.",
		"a name of at most 40 characters, such as Microsoft",
	},
	{
		"OIDC_ONLY", "Turns passwords off: everybody signs in at the OpenID provider.",
		"true or false; true needs OIDC_ISSUER",
	},
	{
		"LOG_LEVEL", "debug, info, warn or error; info when it is not set, warn in dev.",
		"debug, info, warn or error",
	},
	{
		"LOG_FORMAT", "text or json.",
		"text or json",
	},
	{
		"DOORBELL_URL", "Server that the lead commands talk to; that of .doorbell/dev.json when it is not set.",
		"an address such as https://leads.dealer.example, without anything behind the host",
	},
	{
		"DOORBELL_API_KEY", "Key that the lead commands use; one of .doorbell/dev.json when it is not set.",
		"a key as `doorbell key add` prints it",
	},
}

// explanationOf returns what is said about a setting.
func explanationOf(setting string) explanation {
	for _, e := range explained {
		if e.setting == setting {
			return e
		}
	}
	return explanation{}
}
