package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/doorbell-ilm/doorbell/internal/localpg"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/migrations"
	"github.com/doorbell-ilm/doorbell/store"
)

type doctorCommand struct {
	JSON bool `help:"Print JSON."`
}

// Help is shown below the summary.
func (*doctorCommand) Help() string {
	return "Looks at the settings, the database, Temporal and the workers, those of the dev in this directory where nothing else is set. " +
		"Exit 1 when something is wrong without which leads are not worked; a container of the worker uses this as its health check."
}

// The verdicts of a finding.
const (
	fine  = "ok"
	doubt = "warning" // leads are worked all the same
	bad   = "wrong"
)

// finding is one thing that the doctor looked at.
type finding struct {
	Check   string `json:"check"`
	Verdict string `json:"verdict"`
	Found   string `json:"found"`
	Remedy  string `json:"remedy,omitempty"`
}

// lookPatience bounds each of the doctor's looks.
const lookPatience = 4 * time.Second

// doctor looks at one thing after the other.
type doctor struct {
	settings settings
	dev      bool // everything is that of a dev in this directory
	temporal client.Client
	space    string // Temporal's namespace
	found    []finding
}

// Run prints what was found.
func (c *doctorCommand) Run(ctx context.Context, p *program) error {
	d := &doctor{}
	if err := d.prepare(p); err != nil {
		return err
	}
	d.lookAtDev(devDir)
	d.lookAtSettings()
	d.lookAtSignOn(ctx)
	d.lookAtDatabase(ctx)
	if d.temporal != nil {
		defer d.temporal.Close()
		d.lookAtTemporal(ctx)
	}
	if c.JSON {
		if err := p.printJSON(d.found); err != nil {
			return err
		}
	} else if err := p.printTable(d.rows()); err != nil {
		return err
	}
	for _, f := range d.found {
		if f.Verdict == bad {
			return errTold
		}
	}
	return nil
}

// prepare reads the settings. Where neither database nor Temporal is set, those
// of the dev in this directory are meant.
func (d *doctor) prepare(p *program) error {
	var err error
	if d.settings, err = readSettings(p.env); err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler) // what is wrong is said below
	state, found := readDevState()
	if found && d.settings.DatabaseURL == "" {
		d.dev, d.settings.DatabaseURL = true, state.DatabaseURL
	}
	var options client.Options
	if d.dev && !temporalConfigured(p.env) {
		options = dressed(client.Options{HostPort: state.TemporalAddress, Namespace: state.Namespace}, log)
	} else if options, err = temporalOptions(p.env, log); err != nil {
		return err
	}
	d.space = options.Namespace
	d.temporal, err = openTemporal(options)
	return err
}

func (d *doctor) rows() [][]string {
	var rows [][]string
	for _, f := range d.found {
		words := f.Found
		if f.Remedy != "" {
			words += ": " + f.Remedy
		}
		rows = append(rows, []string{f.Verdict, f.Check, words})
	}
	return rows
}

func (d *doctor) say(check, verdict, found, remedy string) {
	d.found = append(d.found, finding{Check: check, Verdict: verdict, Found: found, Remedy: remedy})
}

// lookAtDev says whether a dev runs in this directory.
func (d *doctor) lookAtDev(dir string) {
	switch runs := devRuns(dir); {
	case runs:
		d.say("dev", fine, "runs in this directory", "")
	case d.dev:
		d.say("dev", bad, dir+"/dev.json is left from one that does not run", "start it with `make run`, or set DATABASE_URL and TEMPORAL_ADDRESS")
	}
}

// lookAtSettings looks at what cannot be tried out.
func (d *doctor) lookAtSettings() {
	if d.dev {
		return // dev makes its own
	}
	s := d.settings
	if s.Secret == "" {
		d.say("secret", bad, "DOORBELL_SECRET is not set", "serve and worker need the same one: "+explanationOf("DOORBELL_SECRET").form)
	} else {
		d.say("secret", fine, fmt.Sprintf("%d characters", len(s.Secret)), "")
	}
	u, err := url.Parse(s.PublicURL)
	switch {
	case s.PublicURL == "" || err != nil:
		d.say("public address", bad, "DOORBELL_PUBLIC_URL is not set", "links in mails need it")
	case u.Scheme != "https":
		d.say("public address", doubt, s.PublicURL, "use https, links to customers go over it")
	default:
		d.say("public address", fine, s.PublicURL, "")
	}
	d.lookAtProxies(u)
	d.lookAtMail()
}

// lookAtProxies doubts what cannot be right: serve speaks no TLS itself, so that
// behind an https address there is a proxy, and without its name everybody
// comes from one address and is counted as one.
func (d *doctor) lookAtProxies(public *url.URL) {
	named := d.settings.TrustedProxies
	switch {
	case len(named) > 0:
		d.say("trusted proxies", fine, strings.Join(named, ", "), "")
	case public != nil && public.Scheme == "https":
		d.say("trusted proxies", doubt, "DOORBELL_TRUSTED_PROXIES is not set",
			"name the proxy in front: without it everybody has its address and is held back together when one tries passwords")
	}
}

func (d *doctor) lookAtMail() {
	s := d.settings
	sender, err := message.Choose(message.Settings{SendGridKey: s.SendGridKey, SendGridBaseURL: s.SendGridBaseURL, SMTPURL: s.SMTPURL})
	switch {
	case err != nil:
		d.say("mail", doubt, "no mail can be sent", err.Error())
	case s.MailFrom == "":
		d.say("mail", doubt, "through "+sender.Name()+", MAIL_FROM is not set", "the worker needs it")
	case s.SendGridKey != "" && s.SendGridWebhook == "":
		// Nobody hears of mails that come back, and one whose send is not
		// answered may go out twice.
		d.say("mail", doubt, "through "+sender.Name()+", SENDGRID_WEBHOOK_KEY is not set",
			"set up SendGrid's signed event webhook at "+s.PublicURL+"/hooks/sendgrid, or bounces are not seen")
	default:
		d.say("mail", fine, "through "+sender.Name(), "")
	}
}

// oldestPostgres is what the database must at least be.
const oldestPostgres = localpg.OldestMajor

// mostDifference is by how much the clocks of this machine and the database
// may differ. Deadlines go by the database's clock, so nothing is early; but
// logs are hard to compare.
const mostDifference = 2 * time.Second

func (d *doctor) lookAtDatabase(ctx context.Context) {
	if d.settings.DatabaseURL == "" {
		d.say("database", bad, "DATABASE_URL is not set", "set it to "+explanationOf("DATABASE_URL").form+", or run this where `doorbell dev` runs")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	s, err := store.Open(ctx, d.settings.DatabaseURL, store.Options{Connections: 2, Name: "doorbell doctor", Owner: true})
	if err != nil {
		d.say("database", bad, "cannot be opened", err.Error())
		return
	}
	defer s.Close()
	var version string
	var number int
	sent := time.Now()
	var now time.Time
	err = s.Pool.QueryRow(ctx, `SELECT current_setting('server_version'), current_setting('server_version_num')::int, clock_timestamp()`).
		Scan(&version, &number, &now)
	took := time.Since(sent)
	if err != nil {
		d.say("database", bad, "does not answer", "start it, or mend DATABASE_URL ("+visible(err.Error())+")")
		return
	}
	if number/10000 < oldestPostgres {
		d.say("database", bad, "Postgres "+version, fmt.Sprintf("Doorbell needs %d or newer", oldestPostgres))
	} else {
		d.say("database", fine, "Postgres "+version, "")
	}
	d.lookAtClocks(now.Sub(sent.Add(took / 2)))
	pending, err := migrations.Pending(ctx, s.Pool)
	switch {
	case err != nil:
		d.say("migrations", bad, "cannot be read", visible(err.Error()))
	case pending:
		d.say("migrations", bad, "the database is behind this program", "run `doorbell migrate up`")
	default:
		d.say("migrations", fine, "up to date", "")
		d.lookAtRoles(ctx, s)
		d.lookAtDealers(ctx, s)
		d.lookAtAudit(ctx, s)
	}
}

// lookAtRoles finds out whether the database keeps dealers apart whatever the
// program asks for: its login takes the two roles of migration 00005 and should
// be able to do no more than they.
func (d *doctor) lookAtRoles(ctx context.Context, s *store.Store) {
	var takes, more bool
	err := s.Pool.QueryRow(ctx, `SELECT pg_has_role('doorbell_dealer', 'MEMBER') AND pg_has_role('doorbell_system', 'MEMBER'),
		r.rolsuper OR r.rolbypassrls OR EXISTS (SELECT FROM pg_class c WHERE c.relname = 'lead' AND c.relowner = r.oid)
		FROM pg_roles r WHERE r.rolname = current_user`).Scan(&takes, &more)
	switch {
	case err != nil:
		d.say("roles", bad, "cannot be read", visible(err.Error()))
	case !takes:
		d.say("roles", bad, "this login cannot work for dealers", "as a superuser: GRANT doorbell_dealer, doorbell_system TO the login of DATABASE_URL")
	case more && !strings.HasPrefix(d.settings.PublicURL, "https://"):
		d.say("roles", fine, "this login may do more than it needs, as on a machine of one's own", "")
	case more:
		d.say("roles", doubt, "this login owns the tables, so that only the program keeps it to its role",
			"migrate with this one; for serve and worker CREATE ROLE another LOGIN IN ROLE doorbell_dealer, doorbell_system")
	default:
		d.say("roles", fine, "dealers are kept apart by the database", "")
	}
}

func (d *doctor) lookAtClocks(ahead time.Duration) {
	if ahead.Abs() > mostDifference {
		d.say("clock", doubt, fmt.Sprintf("the database's clock is %s off ours", ahead.Round(time.Millisecond)), "let both follow a time server")
		return
	}
	d.say("clock", fine, fmt.Sprintf("within %s of the database's", max(ahead.Abs().Round(time.Millisecond), time.Millisecond)), "")
}

func (d *doctor) lookAtDealers(ctx context.Context, s *store.Store) {
	dealers, err := s.ListDealers(ctx)
	switch {
	case err != nil:
		d.say("dealers", bad, "cannot be read", visible(err.Error()))
	case len(dealers) == 0:
		remedy := "`doorbell dealer add` makes one"
		if first := d.settings.setup(); first.code != "" {
			remedy = "open " + first.page + " and enter the code " + first.code + ", or use `doorbell dealer add`"
		}
		d.say("dealers", doubt, "none yet", remedy)
	default:
		d.say("dealers", fine, fmt.Sprint(len(dealers)), "")
	}
}
