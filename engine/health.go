package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

// frontendHealth is the name the server's frontend reports its health under.
const frontendHealth = "temporal.api.workflowservice.v1.WorkflowService"

type healthSettings struct {
	addr    address
	timeout time.Duration
}

func parseHealth(args []string, lookup func(string) (string, bool), errs io.Writer) (healthSettings, error) {
	var h healthSettings
	var addr string
	f := flag.NewFlagSet("engine health", flag.ContinueOnError)
	f.SetOutput(errs)
	f.StringVar(&addr, "addr", "127.0.0.1:7233", "`address` of the engine")
	f.DurationVar(&h.timeout, "timeout", 5*time.Second, "how long to wait for the answer")
	if err := parseFlags(f, args, lookup); err != nil {
		return healthSettings{}, err
	}
	if h.timeout <= 0 {
		return healthSettings{}, usageError{"--timeout must be more than 0"}
	}
	var err error
	h.addr, err = parseAddress("addr", addr)
	return h, err
}

// checkHealth asks the engine over gRPC and fails unless it serves.
func checkHealth(ctx context.Context, h healthSettings, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	conn, err := grpc.NewClient(h.addr.dialable(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("reach the engine on %s: %w", h.addr, err)
	}
	defer func() { _ = conn.Close() }()

	answer, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{Service: frontendHealth})
	if err != nil {
		return fmt.Errorf("no answer from the engine on %s: %w", h.addr, err)
	}
	if answer.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		return fmt.Errorf("the engine on %s is %s", h.addr, answer.GetStatus())
	}
	_, err = fmt.Fprintln(out, "ok")
	return err
}
