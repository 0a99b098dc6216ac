# `make help` lists everything. Only Go, make and git are needed, unless a target says more.

BIN := bin
PKGS := ./...
FUZZTIME := 60s
# Modules of their own: what their tests need is kept out of go.mod.
CHECKER := updater/forge/forgetest/contract/testdata/checker
MODULES := ecosystems/compose/testdata/against ecosystems/registry/testdata/distribution updater/check/testdata/composego $(CHECKER) updater/provenance/sigstore/testdata/against updater/report/testdata/standard updater/service/web/testdata/browser updater/service/web/testdata/openapi
TIMEOUT := 40m# a safety net for a busy machine, not a measure
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
OPENAPI := @octokit/openapi@23.0.2
GRAPHQL := @octokit/graphql-schema@15.26.1
WEBHOOKS := 7.6.1
EMULATE := emulate@0.12.2 node@24.21.0
AXE := axe-core@4.14.1
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.1.4

export GOTOOLCHAIN := local
# As a release is built, so that every target shares one cache of compiled packages.
export CGO_ENABLED ?= 0
export GOFLAGS += -trimpath

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/freshpin
	go build -ldflags='-s -w' -o $(BIN)/freshpin ./cmd/freshpin

DIST := dist
.PHONY: release
release: ## build the archives of a release into DIST (dist), with checksums and bills of materials
	go run ./cmd/freshpin-release --out $(DIST) $(if $(VERSION),--version $(VERSION)) $(if $(TARGETS),--targets $(TARGETS))

.PHONY: demo demo-serve
demo: ## the main job on sample projects, with stand-ins for GitHub and every registry: no account; network only to fetch modules the first time
	@cmd/freshpin-demo/build.sh $(BIN)/freshpin-demo
	@$(BIN)/freshpin-demo
demo-serve: ## the same, and then the service with its pages, to look at in a browser, at LISTEN (127.0.0.1:8080)
	@cmd/freshpin-demo/build.sh $(BIN)/freshpin-demo
	@$(BIN)/freshpin-demo --serve $(LISTEN)

# With RACE=1 the race detector looks on wherever anything starts goroutines or locks. A program with it
# sleeps for a second before it exits, and stories start a thousand. SQLite's own code, translated from C,
# is left out: it takes long and holds nothing of ours; so are huge inputs that one goroutine reads, in which
# the detector has nothing to find and takes minutes.
HUGE := TestBounds|TestHostile|TestHostile(Candidates|Files|Input|Size|Tags)|TestMarkdownBound|TestParseHostile
STARTS := (^|[[:space:]])go (func|[a-z]+[.(])|"sync"|"sync/atomic"|errgroup
ifdef RACE
CONCURRENT := $(sort $(patsubst %/,./%,$(dir $(shell grep -rlE '$(STARTS)' \
  --include='*.go' --exclude-dir=testdata cmd ecosystems updater))))
test: PKGS = $(filter-out $(CONCURRENT),$(patsubst $(CURDIR)/%,./%,$(shell go list -f '{{.Dir}}' ./...)))
endif
# Many tests wait for other processes or for answers, so more of them run at once than there are processors.
AT_ONCE := -parallel 8

.PHONY: test
test: ## run the tests, but for those that take minutes; RACE=1 adds the race detector, which needs a C compiler
	go test -short -vet=off $(AT_ONCE) -timeout $(TIMEOUT) $(PKGS)
ifdef RACE
	@CGO_ENABLED=1 GORACE=atexit_sleep_ms=10 go test -race -gcflags=modernc.org/sqlite/lib=-race=false -skip '^($(HUGE))$$' \
	  -short -vet=off $(AT_ONCE) -timeout $(TIMEOUT) $(CONCURRENT)
endif
	@echo "Left out: browsers, real servers, processes that are killed at every step, comparisons with other verifiers. make test-long runs them."

BUSY := 20
.PHONY: test-busy
test-busy: ## the tests of make test, compiled before, while BUSY (20) endless loops keep the processors busy
	@testdata/busy.sh $(BUSY) $(TIMEOUT) $(PKGS)

.PHONY: test-long
test-long: ## what make test leaves out, but for bench-service: the tests in files that ask testing.Short, or whose inputs are huge; what is not on the machine skips
	@tests="--include=*_test.go --exclude-dir=testdata cmd ecosystems updater"; \
	  files=$$(grep -rl 'testing\.Short()' $$tests); huge=$$(grep -rlE '^func ($(HUGE))\(' $$tests); \
	  names=$$(sed -n 's/^func \(Test[A-Za-z0-9_]*\)(.*/\1/p' $$files | grep -vx 'TestFleet\|TestMain' | paste -sd '|' -); \
	  go test -vet=off $(AT_ONCE) -timeout $(TIMEOUT) -run "^($$names|$(HUGE))\$$" $$(dirname $$files $$huge | sort -u | sed 's,^,./,')
	set -e; for module in $(MODULES); do (cd $$module && go test -vet=off -timeout $(TIMEOUT) ./...); done

.PHONY: check
check: lint tidy race seeds ## everything that needs only Go: lint, tests with the race detector, fuzz seeds

.PHONY: lint
lint: ## gofmt, go vet, staticcheck
	@test -z "$$(gofmt -l cmd ecosystems updater testdata)" || { gofmt -d cmd ecosystems updater testdata; exit 1; }
	go vet $(PKGS)
	go run $(STATICCHECK) $(PKGS)

.PHONY: tidy
tidy: ## whether every go.mod and go.sum is as go mod tidy writes it, and what was fetched as go.sum says
	go mod verify
	set -e; for module in . $(MODULES); do (cd $$module && go mod tidy -diff); done

.PHONY: vuln
vuln: ## govulncheck; needs its database
	go run $(GOVULNCHECK) $(PKGS)

.PHONY: race
race: ## make test with the race detector; needs a C compiler
	@$(MAKE) test RACE=1

.PHONY: seeds
seeds: ## the seeds of every fuzz target
	@go test -vet=off -run '^Fuzz' $$(grep -rl '^func Fuzz' --include='*_test.go' --exclude-dir=testdata cmd ecosystems updater | xargs dirname | sort -u | sed 's,^,./,')

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (60s each)
	@set -e; for dir in $$(go list -f '{{.Dir}}' $(PKGS)) $(MODULES); do \
	  for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $$dir/*_test.go 2>/dev/null); do \
	    echo "== $$dir $$target"; (cd $$dir && go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) .); \
	  done; done

.PHONY: bench
bench: ## requests, seconds and memory for 1, 100 and 2,000 dependencies, a Go requirement and a published version, against local servers
	go test -run '^$$' -bench . -benchtime 1x ./cmd/internal/bench

.PHONY: bench-service
bench-service: ## a thousand repositories by one, two and three processes, also while they are killed; Postgres as FRESHPIN_TEST_POSTGRES says
	FRESHPIN_TEST_REPOSITORIES=$${FRESHPIN_TEST_REPOSITORIES:-1000} go test -count=1 -vet=off -timeout 30m -v -run '^TestFleet$$' ./cmd/freshpin

.PHONY: weight
weight: ## modules, processor time of a build without a cache (minutes), size, and what a start costs; on Linux
	go run ./cmd/internal/weight --cold

.PHONY: compare-go
compare-go: build ## compare with `go list -m -u` on large real go.mod files; needs a Go module proxy
	./testdata/compare/go.sh $(BIN)/freshpin

.PHONY: compare-tidy
compare-tidy: build ## update real Go projects, and ask whether they are still tidy and build; needs a Go module proxy
	./testdata/compare/tidy.sh $(BIN)/freshpin

.PHONY: contract
contract: .contract/api.github.com.json .contract/schema.graphql .contract/webhooks-examples.json .contract/webhooks-schemas.json .contract/checker ## bring GitHub's own description of its API and its webhooks, with what checks tests against it; needs npm
.contract/api.github.com.json:
	@mkdir -p .contract
	npm pack --silent --pack-destination .contract $(OPENAPI)
	tar -xzf .contract/octokit-openapi-*.tgz -C .contract --strip-components=2 package/generated/api.github.com.json || { rm -f $@; exit 1; }
	@rm -f .contract/octokit-openapi-*.tgz

.contract/checker: $(wildcard $(CHECKER)/* $(CHECKER)/../../exchange/*)
	@mkdir -p .contract
	cd $(CHECKER) && go build -o $(CURDIR)/$@ .

.contract/schema.graphql:
	@mkdir -p .contract
	npm pack --silent --pack-destination .contract $(GRAPHQL)
	tar -xzOf .contract/octokit-graphql-schema-*.tgz package/schema.graphql >$@ || { rm -f $@; exit 1; }
	@rm -f .contract/octokit-graphql-schema-*.tgz

.contract/webhooks-examples.json:
	@mkdir -p .contract
	npm pack --silent --pack-destination .contract @octokit/webhooks-examples@$(WEBHOOKS)
	tar -xzOf .contract/octokit-webhooks-examples-$(WEBHOOKS).tgz package/api.github.com/index.json >$@ || { rm -f $@; exit 1; }
	@rm -f .contract/octokit-webhooks-examples-*.tgz

.contract/webhooks-schemas.json:
	@mkdir -p .contract
	npm pack --silent --pack-destination .contract @octokit/webhooks-schemas@$(WEBHOOKS)
	tar -xzOf .contract/octokit-webhooks-schemas-$(WEBHOOKS).tgz package/schema.json >$@ || { rm -f $@; exit 1; }
	@rm -f .contract/octokit-webhooks-schemas-*.tgz

.PHONY: emulate
emulate: .contract/emulate/node_modules/emulate ## bring a GitHub that others wrote, which forge/github is then tried on; needs npm
.contract/emulate/node_modules/emulate:
	npm install --silent --no-audit --no-fund --prefix .contract/emulate $(EMULATE)

.PHONY: axe
axe: .contract/axe.min.js ## bring axe-core, which then looks at our own pages in TestBrowserAxe; needs npm, and Chromium for the test
.contract/axe.min.js:
	@mkdir -p .contract
	npm pack --silent --pack-destination .contract $(AXE)
	tar -xzOf .contract/axe-core-*.tgz package/axe.min.js >$@ || { rm -f $@; exit 1; }
	@rm -f .contract/axe-core-*.tgz

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BIN) $(DIST) .contract
