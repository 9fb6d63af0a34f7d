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

	"github.com/caarlos0/env/v11"

	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// settings is everything that the environment can tell; explained.go says what
// each one does.
type settings struct {
	Addr           string   `env:"DOORBELL_ADDR" envDefault:"127.0.0.1:8080"`
	PublicURL      string   `env:"DOORBELL_PUBLIC_URL"`
	Secret         string   `env:"DOORBELL_SECRET"`
	TrustedProxies []string `env:"DOORBELL_TRUSTED_PROXIES"`

	DatabaseURL string `env:"DATABASE_URL"`
	Connections int32  `env:"DOORBELL_DATABASE_CONNECTIONS" envDefault:"16"`

	TemporalAddress   string        `env:"TEMPORAL_ADDRESS"`
	TemporalNamespace string        `env:"TEMPORAL_NAMESPACE"`
	Retention         time.Duration `env:"TEMPORAL_RETENTION" envDefault:"720h"`
	TaskQueue         string        `env:"DOORBELL_TASK_QUEUE" envDefault:"doorbell"`
	WorkerCache       int           `env:"DOORBELL_WORKER_CACHE" envDefault:"2000"`
	BuildID           string        `env:"DOORBELL_BUILD_ID"`

	SendGridKey     string `env:"SENDGRID_API_KEY"`
	SendGridBaseURL string `env:"SENDGRID_BASE_URL"`
	SMTPURL         string `env:"SMTP_URL"`
	MailFrom        string `env:"MAIL_FROM"`

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
	if _, port, err := net.SplitHostPort(s.Addr); err != nil || !isPort(port) {
		wrong.add("DOORBELL_ADDR")
	}
	for _, address := range []struct{ setting, value string }{{"DOORBELL_PUBLIC_URL", s.PublicURL}, {"DOORBELL_URL", s.URL}} {
		if address.value != "" && !isOrigin(address.value) {
			wrong.add(address.setting)
		}
	}
	s.PublicURL, s.URL = strings.TrimSuffix(s.PublicURL, "/"), strings.TrimSuffix(s.URL, "/")
	if s.Secret != "" && len(s.Secret) < 32 {
		wrong.add("DOORBELL_SECRET")
	}
	for i, network := range s.TrustedProxies {
		s.TrustedProxies[i] = strings.TrimSpace(network)
		_, asNetwork := netip.ParsePrefix(s.TrustedProxies[i])
		_, asAddress := netip.ParseAddr(s.TrustedProxies[i])
		if asNetwork != nil && asAddress != nil {
			wrong.add("DOORBELL_TRUSTED_PROXIES")
		}
	}
	if u, err := url.Parse(s.DatabaseURL); s.DatabaseURL != "" && (err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql")) {
		wrong.add("DATABASE_URL")
	}
	if s.Connections < 4 || s.Connections > 500 {
		wrong.add("DOORBELL_DATABASE_CONNECTIONS")
	}
	if _, port, err := net.SplitHostPort(s.TemporalAddress); s.TemporalAddress != "" && (err != nil || !isPort(port)) {
		wrong.add("TEMPORAL_ADDRESS")
	}
	if s.Retention < time.Hour {
		wrong.add("TEMPORAL_RETENTION")
	}
	if !queueName.MatchString(s.TaskQueue) {
		wrong.add("DOORBELL_TASK_QUEUE")
	}
	if s.WorkerCache < 1 || s.WorkerCache > 1_000_000 {
		wrong.add("DOORBELL_WORKER_CACHE")
	}
	if _, err := message.ParseSender(s.MailFrom); s.MailFrom != "" && err != nil {
		wrong.add("MAIL_FROM")
	}
	if s.LogFormat != "text" && s.LogFormat != "json" {
		wrong.add("LOG_FORMAT")
	}
}

func isPort(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}

// isOrigin reports whether the text is scheme, host and port, and nothing more.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil &&
		(u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.Fragment == ""
}

// require returns an error that names those of the settings that are not set.
func (s *settings) require(names ...string) error {
	var missing []string
	value := reflect.ValueOf(s).Elem()
	for i := range value.NumField() {
		name := value.Type().Field(i).Tag.Get("env")
		if slices.Contains(names, name) && value.Field(i).IsZero() {
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
	for _, name := range slices.Compact(f.settings) {
		texts = append(texts, name+" is wrong: it must be "+explanationOf(name).form)
	}
	return usageError{strings.Join(texts, "\ndoorbell: ")}
}

// settingOf is the setting that a field holds.
func settingOf(field string) string {
	f, _ := reflect.TypeFor[settings]().FieldByName(field)
	return f.Tag.Get("env")
}
