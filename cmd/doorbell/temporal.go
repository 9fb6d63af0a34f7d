package main

import (
	"fmt"
	"log/slog"
	"os"
	"slices"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	sdklog "go.temporal.io/sdk/log"

	"github.com/doorbell-ilm/doorbell/workflows"
)

// lookup is the environment as the SDK's configuration wants it.
type lookup map[string]string

// Environ returns every variable as name=value.
func (l lookup) Environ() []string {
	var all []string
	for name, value := range l {
		all = append(all, name+"="+value)
	}
	slices.Sort(all)
	return all
}

// LookupEnv returns one variable.
func (l lookup) LookupEnv(name string) (string, bool) {
	value, ok := l[name]
	return value, ok
}

// temporalConfigured reports whether the environment names a Temporal server,
// itself or through a profile.
func temporalConfigured(environment map[string]string) bool {
	for _, name := range []string{"TEMPORAL_ADDRESS", "TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE"} {
		if environment[name] != "" {
			return true
		}
	}
	return false
}

// temporalOptions reads the SDK's own configuration: address, namespace, TLS
// and key, from the environment and the profile that it names.
func temporalOptions(environment map[string]string, log *slog.Logger) (client.Options, error) {
	o, err := envconfig.LoadClientOptions(envconfig.LoadClientOptionsRequest{EnvLookup: lookup(environment)})
	if err != nil {
		return o, usageError{fmt.Sprintf("the TEMPORAL_ settings: %v", err)}
	}
	if o.HostPort == "" {
		o.HostPort = client.DefaultHostPort
	}
	if o.Namespace == "" {
		o.Namespace = workflows.Namespace
	}
	return dressed(o, log), nil
}

// dressed adds what every client of ours has.
func dressed(o client.Options, log *slog.Logger) client.Options {
	// The SDK tells at info what it does all day long.
	o.Logger = sdklog.NewStructuredLogger(slog.New(atLeastWarn{log.Handler()}))
	host, _ := os.Hostname()
	// What is said to Temporal is short: squeezing it costs more than it saves.
	o.ConnectionOptions.GrpcCompression = &client.GrpcCompressionNone{}
	o.Identity = fmt.Sprintf("doorbell-%d@%s", os.Getpid(), host)
	return o
}

// openTemporal returns a client that connects when it is first used, so that a
// process can start, and take leads, while Temporal is away.
func openTemporal(o client.Options) (client.Client, error) {
	c, err := client.NewLazyClient(o)
	if err != nil {
		return nil, usageError{fmt.Sprintf("the TEMPORAL_ settings: %v", err)}
	}
	return c, nil
}
