package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// searchAttributes are what operators filter leads by. Postgres has room for
// ten keywords and three of each other type.
var searchAttributes = map[string]enumspb.IndexedValueType{
	"Dealer":       enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"Owner":        enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"Source":       enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"Phase":        enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"Stage":        enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"LeadStatus":   enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"Track":        enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"CloseReason":  enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"Escalation":   enumspb.INDEXED_VALUE_TYPE_INT,
	"NextDeadline": enumspb.INDEXED_VALUE_TYPE_DATETIME,
}

// namespaceSetup makes the namespace what the settings say.
type namespaceSetup struct {
	name      string
	retention time.Duration
	workflows workflowservice.WorkflowServiceClient
	operator  operatorservice.OperatorServiceClient
}

// prepareNamespace registers the namespace and its search attributes if they
// are missing and returns when every service knows them.
func prepareNamespace(ctx context.Context, s settings, frontend address) error {
	conn, err := grpc.NewClient(frontend.dialable(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("reach the server on %s: %w", frontend, err)
	}
	defer func() { _ = conn.Close() }()
	n := namespaceSetup{
		name: s.namespace, retention: s.retention,
		workflows: workflowservice.NewWorkflowServiceClient(conn),
		operator:  operatorservice.NewOperatorServiceClient(conn),
	}

	// Right after the start services may refuse for a moment.
	var registered, added bool
	if err := persist(ctx, func() (err error) { registered, err = n.register(ctx); return err }); err != nil {
		return fmt.Errorf("register namespace %s: %w", s.namespace, err)
	}
	if err := persist(ctx, func() (err error) { added, err = n.addSearchAttributes(ctx); return err }); err != nil {
		return fmt.Errorf("add search attributes to namespace %s: %w", s.namespace, err)
	}
	if registered || added {
		// Only the service that was asked knows the change already.
		if err := pause(ctx, 2*namespaceRefresh); err != nil {
			return err
		}
	}
	if err := persist(ctx, func() error { return n.answers(ctx) }); err != nil {
		return fmt.Errorf("wait for namespace %s: %w", s.namespace, err)
	}
	return nil
}

// register reports whether it changed anything.
func (n namespaceSetup) register(ctx context.Context) (bool, error) {
	retention := durationpb.New(n.retention)
	found, err := n.workflows.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: n.name})
	switch {
	case status.Code(err) == codes.NotFound:
		_, err = n.workflows.RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
			Namespace: n.name, WorkflowExecutionRetentionPeriod: retention,
			Description: "Doorbell: one workflow for each lead",
		})
		return true, err
	case err != nil:
		return false, err
	case found.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration() == n.retention:
		return false, nil
	}
	_, err = n.workflows.UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{
		Namespace: n.name, Config: &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: retention},
	})
	return true, err
}

// addSearchAttributes reports whether any were missing.
func (n namespaceSetup) addSearchAttributes(ctx context.Context) (bool, error) {
	have, err := n.operator.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: n.name})
	if err != nil {
		return false, err
	}
	missing := map[string]enumspb.IndexedValueType{}
	for name, kind := range searchAttributes {
		if _, ok := have.GetCustomAttributes()[name]; !ok {
			missing[name] = kind
		}
	}
	if len(missing) == 0 {
		return false, nil
	}
	_, err = n.operator.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: n.name, SearchAttributes: missing,
	})
	return true, err
}

// answers fails until the namespace can be searched by its attributes.
func (n namespaceSetup) answers(ctx context.Context) error {
	_, err := n.workflows.CountWorkflowExecutions(ctx, &workflowservice.CountWorkflowExecutionsRequest{
		Namespace: n.name, Query: `Dealer = "none" AND Escalation > 0 AND NextDeadline IS NULL`,
	})
	return err
}

// persist repeats try for as long as the server is still finding itself, at
// most half a minute.
func persist(ctx context.Context, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		err := try()
		if err == nil || !passing(err) {
			return err
		}
		if pause(ctx, 100*time.Millisecond) != nil {
			return err
		}
	}
}

// passing tells errors of a server that starts from those that stay. A name
// that is not known yet comes as InvalidArgument or NotFound.
func passing(err error) bool {
	return slices.Contains([]codes.Code{
		codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted, codes.Internal, codes.InvalidArgument, codes.NotFound,
	}, status.Code(err))
}

// pause returns early, with the context's error, when the context ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
