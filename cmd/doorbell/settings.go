package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/caarlos0/env/v11"

	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/web/signin"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// settings is everything that the environment can tell; explained.go says what
// each one does.
type settings struct {
	Addr           string        `env:"DOORBELL_ADDR" envDefault:"127.0.0.1:8080"`
	PublicURL      string        `env:"DOORBELL_PUBLIC_URL"`
	Secret         string        `env:"DOORBELL_SECRET"`
	TrustedProxies []string      `env:"DOORBELL_TRUSTED_PROXIES"`
	StopNotice     time.Duration `env:"DOORBELL_STOP_NOTICE" envDefault:"0s"`

	DatabaseURL string `env:"DATABASE_URL"`
	Connections int32  `env:"DOORBELL_DATABASE_CONNECTIONS" envDefault:"16"`

	TemporalAddress   string        `env:"TEMPORAL_ADDRESS"`
	TemporalNamespace string        `env:"TEMPORAL_NAMESPACE"`
	Retention         time.Duration `env:"TEMPORAL_RETENTION" envDefault:"720h"`
	TaskQueue         string        `env:"DOORBELL_TASK_QUEUE" envDefault:"doorbell"`
	WorkerCache       int           `env:"DOORBELL_WORKER_CACHE"` // 0: by the memory
	BuildID           string        `env:"DOORBELL_BUILD_ID"`

	SendGridKey     string `env:"SENDGRID_API_KEY"`
	SendGridBaseURL string `env:"SENDGRID_BASE_URL"`
	SendGridWebhook string `env:"SENDGRID_WEBHOOK_KEY"`
	SMTPURL         string `env:"SMTP_URL"`
	MailFrom        string `env:"MAIL_FROM"`

	OIDCIssuer       string `env:"OIDC_ISSUER"`
	OIDCClientID     string `env:"OIDC_CLIENT_ID"`
	OIDCClientSecret string `env:"OIDC_CLIENT_SECRET"`
	OIDCName         string `env:"OIDC_NAME"`
	OIDCOnly         bool   `env:"OIDC_ONLY"`

	LogLevel  *slog.Level `env:"LOG_LEVEL"` // nil: the command's own
	LogFormat string      `env:"LOG_FORMAT" envDefault:"text"`

	APIKey string `env:"DOORBELL_API_KEY"`
	URL    string `env:"DOORBELL_URL"`
}

// readSettings reads the environment. Its error names every wrong setting and
// what it should look like, and repeats no value: some are secret.
func readSettings(environment map[string]string) (settings, error) {
	var s settings
	wrong := &faults{}
	if err := env.ParseWithOptions(&s, env.Options{Environment: environment}); err != nil {
		var all env.AggregateError
		if !errors.As(err, &all) {
			return s, fmt.Errorf("read the settings: %w", err)
		}
		for _, one := range all.Errors {
			var field env.ParseError
			if !errors.As(one, &field) {
				return s, fmt.Errorf("read the settings: %w", one)
			}
			wrong.add(settingOf(field.Name))
		}
		return s, wrong.err()
	}
	s.check(wrong)
	return s, wrong.err()
}

var queueName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// check collects what is set and cannot be right.
func (s *settings) check(wrong *faults) {
	s.PublicURL, s.URL = strings.TrimSuffix(s.PublicURL, "/"), strings.TrimSuffix(s.URL, "/")
	for i, network := range s.TrustedProxies {
		s.TrustedProxies[i] = strings.TrimSpace(network)
	}
	for _, c := range []struct {
		setting string
		right   bool
	}{
		{"DOORBELL_ADDR", isHostPort(s.Addr)},
		{"DOORBELL_PUBLIC_URL", s.PublicURL == "" || isOrigin(s.PublicURL)},
		{"DOORBELL_SECRET", s.Secret == "" || len(s.Secret) >= 32},
		{"DOORBELL_TRUSTED_PROXIES", !slices.ContainsFunc(s.TrustedProxies, func(n string) bool { return !isNetwork(n) })},
		{"DOORBELL_STOP_NOTICE", s.StopNotice >= 0 && s.StopNotice <= time.Minute},
		{"DATABASE_URL", s.DatabaseURL == "" || isPostgresURL(s.DatabaseURL)},
		{"DOORBELL_DATABASE_CONNECTIONS", s.Connections >= 4 && s.Connections <= 500},
		{"TEMPORAL_ADDRESS", s.TemporalAddress == "" || isHostPort(s.TemporalAddress)},
		{"TEMPORAL_RETENTION", s.Retention >= time.Hour},
		{"DOORBELL_TASK_QUEUE", queueName.MatchString(s.TaskQueue)},
		{"DOORBELL_WORKER_CACHE", s.WorkerCache >= 0 && s.WorkerCache <= 1_000_000},
		{"SENDGRID_WEBHOOK_KEY", s.SendGridWebhook == "" || s.mailEvents() != nil},
		{"DOORBELL_BUILD_ID", s.BuildID == "" || buildName.MatchString(s.BuildID)},
		{"MAIL_FROM", s.MailFrom == "" || isSender(s.MailFrom)},
		{"OIDC_ISSUER", s.OIDCIssuer == "" || isIssuer(s.OIDCIssuer)},
		// All three or none: half a single sign-on is a mistake, not a choice.
		{"OIDC_CLIENT_ID", (s.OIDCClientID == "") == (s.OIDCIssuer == "")},
		{"OIDC_CLIENT_SECRET", (s.OIDCClientSecret == "") == (s.OIDCIssuer == "")},
		{"OIDC_NAME", utf8.RuneCountInString(s.OIDCName) <= 40 && !strings.ContainsFunc(s.OIDCName, unicode.IsControl)},
		{"OIDC_ONLY", !s.OIDCOnly || s.OIDCIssuer != ""},
		{"LOG_FORMAT", s.LogFormat == "text" || s.LogFormat == "json"},
		{"DOORBELL_URL", s.URL == "" || isOrigin(s.URL)},
	} {
		if !c.right {
			wrong.add(c.setting)
		}
	}
}

func isHostPort(text string) bool {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func isNetwork(text string) bool {
	_, asNetwork := netip.ParsePrefix(text)
	_, asAddress := netip.ParseAddr(text)
	return asNetwork == nil || asAddress == nil
}

func isPostgresURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql")
}

func isSender(text string) bool {
	_, err := message.ParseSender(text)
	return err == nil
}

// isOrigin reports whether the text is scheme, host and port, and nothing more.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil &&
		(u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.Fragment == ""
}

// isIssuer reports whether the text is the address of an OpenID provider. What
// comes from it proves who people are, so that it has to come over TLS, or from
// this machine.
func isIssuer(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.RawQuery == "" && u.Fragment == "" && signin.Private(text)
}

// signOn is single sign-on as it is set, nil when it is not.
func (s *settings) signOn() *signin.SignOn {
	if s.OIDCIssuer == "" {
		return nil
	}
	return &signin.SignOn{
		Issuer: s.OIDCIssuer, ClientID: s.OIDCClientID, ClientSecret: s.OIDCClientSecret, Name: s.OIDCName, Only: s.OIDCOnly, PublicURL: s.PublicURL,
	}
}

// require returns an error that names those of the settings that are not set.
func (s *settings) require(names ...string) error {
	var missing []string
	for field, value := range reflect.ValueOf(s).Elem().Fields() {
		name := field.Tag.Get("env")
		if slices.Contains(names, name) && value.IsZero() {
			missing = append(missing, name+" is not set: it must be "+explanationOf(name).form)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return usageError{strings.Join(missing, "\ndoorbell: ")}
}

// namespace is Temporal's namespace. Only the pages and the engine need to know
// it beforehand; what the SDK's own configuration says counts for the client.
func (s *settings) namespace() string {
	if s.TemporalNamespace == "" {
		return workflows.Namespace
	}
	return s.TemporalNamespace
}

// sender is what mails go through; box takes them in dev, where nothing else is
// set. Its error says what to set.
func (s *settings) sender(box message.MailboxStore, dev bool) (message.Sender, error) {
	through := message.Settings{SendGridKey: s.SendGridKey, SendGridBaseURL: s.SendGridBaseURL, SMTPURL: s.SMTPURL}
	if dev {
		through.Mailbox = box
	}
	return message.Choose(through)
}

// mailEvents knows what SendGrid's event webhook posts, nil when it is not set up.
func (s *settings) mailEvents() *message.EventWebhook {
	if s.SendGridWebhook == "" {
		return nil
	}
	webhook, _ := message.NewEventWebhook(s.SendGridWebhook) // checked when it was read
	return webhook
}

// from is the sender of mails.
func (s *settings) from() message.Address {
	address, _ := message.ParseSender(s.MailFrom) // checked when it was read
	return address
}

// faults collects the names of wrong settings.
type faults struct{ settings []string }

func (f *faults) add(setting string) { f.settings = append(f.settings, setting) }

func (f *faults) err() error {
	if len(f.settings) == 0 {
		return nil
	}
	var texts []string
	for _, name := range f.settings {
		texts = append(texts, name+" is wrong: it must be "+explanationOf(name).form)
	}
	return usageError{strings.Join(texts, "\ndoorbell: ")}
}

// settingOf is the setting that a field holds.
func settingOf(field string) string {
	f, _ := reflect.TypeFor[settings]().FieldByName(field)
	return f.Tag.Get("env")
}
