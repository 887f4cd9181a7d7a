GO ?= go
TOOL = $(GO) tool -modfile=.ci/tools/go.mod
FUZZTIME ?= 10s
GOVULNDB ?= ../shared/govulndb.tgz

.PHONY: test lint bench fuzz packages

# Everything that can be tested. What is too slow under the race detector is
# marked so in its build constraint and runs without it.
test: packages
	$(GO) vet ./...
	$(GO) test -race -timeout 10m ./...
	$(GO) test -timeout 5m ./store/sqlite

lint:
	$(GO) mod tidy -diff
	$(TOOL) golangci-lint run ./...
	./.ci/vulnerabilities $(GOVULNDB)

# The figures of whole recoveries, against a simulated Telegram on this machine.
bench:
	$(GO) test -run '^$$' -bench . -benchtime 1x -timeout 10m .

fuzz:
	./.ci/fuzz $(FUZZTIME)

# Every program that a test starts, and the packages that hold it.
packages:
	@./.ci/packages gcc:gcc,libc6-dev redis-server:redis-server chromium:chromium
