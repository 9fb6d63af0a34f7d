package main

import (
	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// newUI puts the Web UI together. Pages come from files inside this program,
// and neither they nor the server ask the internet for news or new versions.
func newUI(s settings, frontend, addr address) *uiserver.Server {
	return uiserver.NewServer(server_options.WithConfigProvider(&uiconfig.Config{
		TemporalGRPCAddress: frontend.dialable(),
		Host:                addr.host,
		Port:                addr.port,
		EnableUI:            true,
		DefaultNamespace:    s.namespace,
		DisableNewsFetch:    true,
		NotifyOnNewVersion:  false,
		HideLogs:            true,
		// Served over plain HTTP on loopback, where some browsers drop
		// cookies that are marked secure.
		CORS: uiconfig.CORS{CookieInsecure: true},
	}))
}
