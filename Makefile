# Doorbell. `make` lists the targets; a newcomer needs only `run` and `test`.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# Extra flags for `make test`, for example TESTFLAGS='-run TestClosing -v'; the
# packages it tests; what `make run` hands to `doorbell dev`; the time that each
# fuzz target gets (20s, or 1000x for so many inputs), and what it gets of `make test`.
TESTFLAGS ?=
PACKAGES  ?= ./...
ARGS      ?=
FUZZTIME  ?= 20s
FUZZCOUNT ?= 1000x

# Everything but the race detector is built with these same settings, so that
# builds, linters and checks share one compilation of the libraries. The version
# comes from git describe above; stamping it once more from Go fails where the
# tree belongs to somebody else.
plain_goflags      := $(strip $(filter-out -buildvcs=% -trimpath,$(GOFLAGS)) -buildvcs=false)
export GOFLAGS     := $(plain_goflags) -trimpath
export CGO_ENABLED := 0

PREPARE := @scripts/prepare.sh
TIMED   := @scripts/timed.sh
TESTED  := scripts/tested.sh

##@ Everyday

.PHONY: help
help: ## List the targets.
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@ / {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo

.PHONY: run
run: ## Build and start everything on this machine; Ctrl-C stops it, state stays in .doorbell/.
	$(PREPARE) go dev_postgres
	@[ -x bin/engine ] || echo "first start builds the Temporal engine: about 4 minutes on two cores"
	@$(MAKE) --silent engine build
	@exec bin/doorbell dev $(ARGS)

.PHONY: test
test: ## Every check and every test, against a real Postgres and a real Temporal server.
	$(PREPARE) go cc postgres chromium
	$(TIMED) --begin
	$(TIMED) "engine" $(MAKE) engine
	$(TIMED) "build" $(MAKE) build bin/testbed
	$(TIMED) "tools" $(MAKE) tools
	$(TIMED) "generated code" $(MAKE) check-generated
	$(TIMED) "lint" $(MAKE) lint
	$(TIMED) "workflow code" $(MAKE) check-workflows
	$(TIMED) "tests of the engine" bin/testbed -- $(MAKE) go-test-engine
	$(TIMED) "tests of the references" bin/testbed -- $(MAKE) go-test-reference
	$(TIMED) "tests of failpoints" $(GO) test -tags failpoint ./internal/failpoint
	$(TIMED) "fuzz" $(MAKE) fuzz FUZZTIME=$(FUZZCOUNT)
	$(TIMED) "chaos" $(MAKE) chaos
	$(TIMED) "bench" $(MAKE) bench ARGS='-quick -results='
	$(TIMED) "tests" bin/testbed -- $(MAKE) go-test
	$(TIMED) --end

.PHONY: lint
lint: bin/tools/golangci-lint ## Lint and check the formatting of all three modules.
	bin/tools/golangci-lint run ./...
	cd engine && ../bin/tools/golangci-lint run --config ../.golangci.yml ./...
	cd bench/reference && ../../bin/tools/golangci-lint run --config ../../.golangci.yml ./...

.PHONY: fmt
fmt: bin/tools/golangci-lint ## Format the code (gofumpt, imports in three groups).
	bin/tools/golangci-lint fmt ./...
	cd engine && ../bin/tools/golangci-lint fmt --config ../.golangci.yml ./...
	cd bench/reference && ../../bin/tools/golangci-lint fmt --config ../../.golangci.yml ./...

.PHONY: bench
bench: engine build bin/bench ## Measure the product from outside, half an hour; ARGS='-only intake,herd' single scenarios, '-quick' a smoke.
	$(PREPARE) go postgres
	bin/bench/bench -bin bin -reference bin/bench/reference -results bench/results $(ARGS)

.PHONY: chaos
chaos: engine build bin/chaos ## Inject faults into real processes under load; ARGS='-seed N' repeats a run, ARGS='-long' takes an hour.
	$(PREPARE) go postgres
	bin/chaos/chaos -bin bin $(ARGS)

.PHONY: bench-code
bench-code: engine bin/testbed ## Run the benchmarks of single packages.
	$(PREPARE) go postgres
	bin/testbed -- $(GO) test -run '^$$' -bench . -benchmem -timeout 30m $(TESTFLAGS) $(PACKAGES)

.PHONY: screens
screens: engine bin/testbed ## Take the pictures in docs/screens/ anew, of the real thing.
	$(PREPARE) go postgres chromium
	DOORBELL_SCREENS=$(CURDIR)/docs/screens bin/testbed -- $(GO) test ./test -count=1 -run TestTheScreensCanBePictured

.PHONY: record-histories
record-histories: engine bin/testbed ## Record what the workflows of a release do: COMMIT=v0.2.0, see docs/upgrades.md.
	$(PREPARE) go postgres
	@[ -n "$(COMMIT)" ] || { echo "say which release: make record-histories COMMIT=v0.2.0" >&2; exit 2; }
	bin/testbed -- $(GO) test ./workflows -count=1 -timeout 30m -v -run TestRecordHistories -record $(COMMIT) -as "$(RECORD_AS)"

.PHONY: fuzz
fuzz: ## Fuzz every parser of outside input, FUZZTIME (20s) each.
	@GO=$(GO) FUZZTIME=$(FUZZTIME) scripts/fuzz.sh

.PHONY: vuln
vuln: ## Look for known weaknesses in what we depend on; needs the internet.
	$(GO) run golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK) ./...
	cd engine && $(GO) run golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK) ./...
	cd bench/reference && $(GO) run golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK) ./...

##@ Parts

.PHONY: build
build: ## Build bin/doorbell.
	$(GO) build -ldflags '-X main.version=$(VERSION)' -o bin/doorbell ./cmd/doorbell

.PHONY: engine
engine: bin/engine ## Build bin/engine: the Temporal server and its UI in one program.

.PHONY: tools
tools: $(addprefix bin/tools/,sqlc oapi-codegen templ golangci-lint gofumpt workflowcheck) ## Build the pinned tools of tools/go.mod.

.PHONY: generate
generate: bin/tools/sqlc bin/tools/oapi-codegen bin/tools/templ ## Write the generated code: queries, API server, pages.
	@scripts/generate.sh

.PHONY: check-generated
check-generated: bin/tools/sqlc bin/tools/oapi-codegen bin/tools/templ ## Fail when the generated code is not what its sources say.
	@scripts/generate.sh --check

.PHONY: check-workflows
check-workflows: bin/tools/workflowcheck ## Fail when workflow code does something that cannot be replayed.
	bin/tools/workflowcheck ./workflows/...

.PHONY: tidy
tidy: ## Tidy the four go.mod files.
	$(GO) mod tidy
	cd engine && $(GO) mod tidy
	cd bench/reference && $(GO) mod tidy
	cd tools && $(GO) mod tidy

.PHONY: clean
clean: ## Remove what was built; the data in .doorbell/ stays.
	rm -rf bin dist

# The engine is built again only when its own files change: asking Go whether
# several hundred modules are up to date takes longer than the answer is worth.
bin/engine: $(shell find engine -type f ! -name '*_test.go')
	cd engine && $(GO) build -ldflags '-s -w' -o ../bin/engine .
	@touch $@

# What the product is measured against, on the same Postgres and engine.
.PHONY: bench/reference
bench/reference: bin/bench/reference

bin/bench/reference: $(shell find bench/reference -type f ! -name '*_test.go')
	cd bench/reference && $(GO) build -o ../../$@ .
	@touch $@

# The product with the places marked at which it can be made to die, which no
# other binary has, and the program that makes it.
.PHONY: bin/chaos
bin/chaos:
	$(GO) build -tags failpoint -ldflags '-X main.version=$(VERSION)' -o bin/chaos/doorbell ./cmd/doorbell
	$(GO) build -o bin/chaos/chaos ./chaos

# What measures, and what it compares with, which is a module of its own.
.PHONY: bin/bench
bin/bench:
	$(GO) build -o bin/bench/bench ./bench
	cd bench/reference && $(GO) build -o ../../bin/bench/reference .

# What starts Postgres and the engine for the tests.
.PHONY: bin/testbed
bin/testbed:
	$(GO) build -o bin/testbed ./internal/testkit/testbed

# These three want what bin/testbed puts into the environment: run them as
# `bin/testbed -- make go-test TESTFLAGS='-run TestClosing -v' PACKAGES=./test`.
# go vet is left to the linter, which runs all of it.
.PHONY: go-test go-test-engine go-test-reference
go-test:
	GOFLAGS='$(plain_goflags)' CGO_ENABLED=1 $(TESTED) $(GO) test -race -vet=off -p 2 -timeout 20m $(TESTFLAGS) $(PACKAGES)

go-test-engine:
	$(TESTED) $(GO) -C engine test -vet=off -timeout 10m $(TESTFLAGS) ./...

go-test-reference:
	$(TESTED) $(GO) -C bench/reference test -vet=off -timeout 10m $(TESTFLAGS) ./...

GOVULNCHECK        := v1.9.0
tool.sqlc          := github.com/sqlc-dev/sqlc/cmd/sqlc
tool.oapi-codegen  := github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen
tool.templ         := github.com/a-h/templ/cmd/templ
tool.golangci-lint := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
tool.gofumpt       := mvdan.cc/gofumpt
tool.workflowcheck := go.temporal.io/sdk/contrib/tools/workflowcheck

# Without cgo sqlc brings Postgres's parser as WebAssembly, which spares several
# minutes of C and costs a second per run.
bin/tools/%: tools/go.mod tools/go.sum
	@echo "building $* (first time only)"
	@cd tools && $(GO) build -ldflags '-s -w' -o ../$@ $(tool.$*)
	@touch $@
