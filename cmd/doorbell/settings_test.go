package main

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWrongSettingsAreNamedAndNotRepeated(t *testing.T) {
	t.Parallel()
	for setting, wrong := range map[string][]string{
		"DOORBELL_ADDR":                 {"8080", "localhost", "127.0.0.1:99999", "127.0.0.1:http"},
		"DOORBELL_PUBLIC_URL":           {"leads.dealer.example", "ftp://leads.dealer.example", "https://leads.dealer.example/path", "https://u:hush@leads.dealer.example"},
		"DOORBELL_SECRET":               {"hush"},
		"DOORBELL_TRUSTED_PROXIES":      {"everybody", "10.0.0.0/8,proxy"},
		"DOORBELL_STOP_NOTICE":          {"soon", "-1s", "2m"},
		"DATABASE_URL":                  {"mysql://root:hush@db/doorbell", "host=db password=hush", "postgres://user:hush%@db/x"},
		"DOORBELL_DATABASE_CONNECTIONS": {"many", "0", "-3", "5000"},
		"TEMPORAL_ADDRESS":              {"temporal", "temporal:grpc"},
		"TEMPORAL_RETENTION":            {"forever", "1s"},
		"DOORBELL_TASK_QUEUE":           {"a queue", "-queue"},
		"DOORBELL_WORKER_CACHE":         {"hush", "-1"},
		"DOORBELL_BUILD_ID":             {"__hush", "a hush", "hush:1"},
		"MAIL_FROM":                     {"hush", "a@b.example\r\nBcc: c@d.example"},
		"OIDC_ISSUER":                   {"accounts.example", "http://accounts.example", "https://u:hush@accounts.example", "https://accounts.example/?hush"},
		"OIDC_CLIENT_ID":                {"hush"},
		"OIDC_CLIENT_SECRET":            {"hush"},
		"OIDC_NAME":                     {strings.Repeat("hush", 11), "a name\nhush"},
		"OIDC_ONLY":                     {"hush", "true"},
		"LOG_LEVEL":                     {"loud"},
		"LOG_FORMAT":                    {"xml"},
		"DOORBELL_URL":                  {"doorbell"},
	} {
		for _, value := range wrong {
			_, err := readSettings(map[string]string{setting: value})
			require.ErrorContains(t, err, setting+" is wrong: it must be "+explanationOf(setting).form, value)
			require.NotContains(t, err.Error(), "hush")
			require.ErrorAs(t, err, new(usageError))
		}
	}
}

func TestEveryWrongSettingIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := readSettings(map[string]string{"DOORBELL_SECRET": "short", "LOG_FORMAT": "xml"})
	require.ErrorContains(t, err, "DOORBELL_SECRET")
	require.ErrorContains(t, err, "LOG_FORMAT")
}

func TestEmptySettingsAreNotSet(t *testing.T) {
	t.Parallel()
	s, err := readSettings(environment([]string{"DOORBELL_ADDR=", "LOG_FORMAT= ", "DOORBELL_SECRET=", "TEMPORAL_RETENTION=", "PATH=/bin"}))
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:8080", s.Addr)
	require.Equal(t, "text", s.LogFormat)
	require.Equal(t, 720*time.Hour, s.Retention)
	require.Equal(t, int32(16), s.Connections)
	require.Zero(t, s.WorkerCache)
	require.Equal(t, "doorbell", s.TaskQueue)
	require.Empty(t, s.Secret)
	require.Nil(t, s.LogLevel)
}

func TestGoodSettings(t *testing.T) {
	t.Parallel()
	s, err := readSettings(map[string]string{
		"DOORBELL_PUBLIC_URL": "https://leads.dealer.example/", "DOORBELL_TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.7",
		"MAIL_FROM": "De Linde <leads@delinde.example>", "LOG_LEVEL": "debug", "DOORBELL_ADDR": ":0",
	})
	require.NoError(t, err)
	require.Equal(t, "https://leads.dealer.example", s.PublicURL, "addresses are built by adding a path")
	require.Equal(t, []string{"10.0.0.0/8", "192.0.2.7"}, s.TrustedProxies)
	require.Equal(t, "leads@delinde.example", s.from().Email)
	require.Equal(t, "De Linde", s.from().Name)
	require.Equal(t, "DEBUG", s.LogLevel.String())
	require.Nil(t, s.signOn())
}

func TestSingleSignOnIsSetAsAWhole(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"DOORBELL_PUBLIC_URL": "https://leads.dealer.example/", "OIDC_ISSUER": "https://login.example/tenant/v2.0", "OIDC_CLIENT_ID": "doorbell",
		"OIDC_CLIENT_SECRET": "hush", "OIDC_NAME": "Login", "OIDC_ONLY": "true",
	}
	s, err := readSettings(env)
	require.NoError(t, err)
	on := s.signOn()
	require.Equal(t, "https://login.example/tenant/v2.0", on.Issuer)
	require.Equal(t, "https://leads.dealer.example", on.PublicURL)
	require.True(t, on.Only)
	env["OIDC_ISSUER"] = "http://127.0.0.1:8180/realms/dealer"
	_, err = readSettings(env)
	require.NoError(t, err, "a provider on this machine needs no TLS")
	delete(env, "OIDC_CLIENT_SECRET")
	_, err = readSettings(env)
	require.ErrorContains(t, err, "OIDC_CLIENT_SECRET is wrong")
}

// What is missing in the list is missing in --help and in the README.
func TestEverySettingIsExplained(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for field := range reflect.TypeFor[settings]().Fields() {
		name := field.Tag.Get("env")
		known[name] = true
		e := explanationOf(name)
		require.NotEmpty(t, e.does, name)
		require.NotEmpty(t, e.form, name)
	}
	for _, e := range explained {
		require.True(t, known[e.setting] || strings.HasPrefix(e.setting, "TEMPORAL_API_KEY,"), "%s is read by nobody", e.setting)
	}
	require.Contains(t, settingsHelp(), "TEMPORAL_RETENTION [720h]\n")
}

func TestTemporalIsConfiguredByAddressOrProfile(t *testing.T) {
	t.Parallel()
	require.False(t, temporalConfigured(map[string]string{"TEMPORAL_NAMESPACE": "doorbell"}))
	require.True(t, temporalConfigured(map[string]string{"TEMPORAL_ADDRESS": "temporal:7233"}))
	require.True(t, temporalConfigured(map[string]string{"TEMPORAL_PROFILE": "cloud"}))
}
