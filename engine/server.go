package main

import (
	"fmt"
	"net"
	"net/url"
	"time"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/membership/static"
	_ "go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql" // the store
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

const (
	postgresPlugin   = "postgres12_pgx"
	defaultStore     = "default"
	visibilityStore  = "visibility"
	clusterName      = "active"
	archivalDisabled = "disabled"
)

// newServer puts the server together; addr must have its port. Services find
// each other by fixed addresses: with one process there is no membership ring
// to join, so the engine needs no ring ports and starts without waiting.
func newServer(s settings, addr address, logger log.Logger) (temporal.Server, error) {
	cfg, hosts, err := serverConfig(s, addr)
	if err != nil {
		return nil, err
	}
	server, err := temporal.NewServer(
		temporal.WithConfig(cfg),
		temporal.WithStaticHosts(hosts),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithLogger(logger),
		temporal.WithDynamicConfigClient(tuning()),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper {
			return authorization.NewNoopClaimMapper()
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("put the Temporal server together: %w", err)
	}
	return server, nil
}

func serverConfig(s settings, addr address) (*config.Config, map[primitives.ServiceName]static.Hosts, error) {
	stores, err := stores(s)
	if err != nil {
		return nil, nil, err
	}

	services := map[string]config.Service{}
	hosts := map[primitives.ServiceName]static.Hosts{}
	for _, name := range temporal.DefaultServices {
		at := addr
		if name != string(primitives.FrontendService) {
			port, err := freePort("127.0.0.1")
			if err != nil {
				return nil, nil, err
			}
			at = address{"127.0.0.1", port}
		}
		services[name] = config.Service{RPC: config.RPC{GRPCPort: at.port, BindOnIP: at.host}}
		hosts[primitives.ServiceName(name)] = static.SingleLocalHost(at.dialable())
	}

	return &config.Config{
		Services: services,
		Global: config.Global{
			// The time all services have for starting is twice this.
			Membership: config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: "127.0.0.1"},
		},
		Persistence: config.Persistence{
			DefaultStore:     defaultStore,
			VisibilityStore:  visibilityStore,
			NumHistoryShards: historyShards,
			DataStores:       stores,
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: addr.dialable()},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		PublicClient:        config.PublicClient{HostPort: addr.dialable()},
		Archival: config.Archival{
			History:    config.HistoryArchival{State: archivalDisabled},
			Visibility: config.VisibilityArchival{State: archivalDisabled},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: archivalDisabled},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: archivalDisabled},
		}},
	}, hosts, nil
}

// stores describes the two databases to the server, which takes a URL apart
// and puts it together again; parameters such as sslmode pass through.
func stores(s settings) (map[string]config.DataStore, error) {
	u, err := url.Parse(s.postgres)
	if err != nil {
		return nil, fmt.Errorf("read the Postgres URL: %w", err)
	}
	port := u.Port()
	if port == "" {
		port = "5432"
	}
	password, _ := u.User.Password()
	attributes := map[string]string{"application_name": "doorbell-engine"}
	for key, values := range u.Query() {
		attributes[key] = values[0]
	}
	store := func(plugin, database string) config.DataStore {
		return config.DataStore{SQL: &config.SQL{
			PluginName: plugin,
			// The server escapes the password, but not the user.
			User:              url.PathEscape(u.User.Username()),
			Password:          password,
			DatabaseName:      database,
			ConnectAddr:       net.JoinHostPort(u.Hostname(), port),
			ConnectProtocol:   "tcp",
			ConnectAttributes: attributes,
			MaxConns:          s.connections,
			MaxIdleConns:      s.connections,
			MaxConnLifetime:   time.Hour,
		}}
	}
	registerBatching()
	workflows := store(postgresPlugin, s.database)
	workflows.FaultInjection = faults(s.faults)
	return map[string]config.DataStore{
		defaultStore:    workflows,
		visibilityStore: store(batchingPlugin, s.visibility),
	}, nil
}

// faults has the server's own fault injection lie about a share of its writes:
// they are in the database, and the server hears that they took too long. What
// it does then is what it does when a real answer gets lost. Nil for none.
func faults(share float64) *config.FaultInjection {
	if share == 0 {
		return nil
	}
	lying := &config.FaultInjection{}
	for _, method := range []string{"CreateWorkflowExecution", "UpdateWorkflowExecution", "AppendHistoryNodes"} {
		lying.WithError(config.ExecutionStoreName, method, "ExecuteAndTimeout", share)
	}
	return lying
}
