GO ?= go
TOOL = $(GO) tool -modfile=.ci/tools/go.mod
FUZZTIME ?= 10s
GOVULNDB ?= ../shared/govulndb.tgz

.PHONY: test lint bench fuzz packages

# Everything that can be tested. Tests wait for what they await, so this bound for
# those of one package is met only by what never comes; it leaves a machine time
# that is many times slower than usual.
TESTTIME ?= 30m
# What starts processes or imports by the hundred runs without the race detector.
UNRACED = ^(TestCrashes|TestImportLarge)
# With -race each unsafe pointer is checked too; SQLite, translated from C, has
# nothing else, and would take twice as long.
UNCHECKED = -gcflags=modernc.org/...=-d=checkptr=0

test: packages
	$(GO) vet ./...
	$(GO) test -race $(UNCHECKED) -timeout $(TESTTIME) -skip '$(UNRACED)' ./...
	$(GO) test -timeout $(TESTTIME) -run '$(UNRACED)' ./bot ./store/sqlite

lint:
	$(GO) mod tidy -diff
	$(TOOL) golangci-lint run ./...
	./.ci/vulnerabilities $(GOVULNDB)

# The figures of whole recoveries, against a simulated Telegram on this machine.
bench:
	$(GO) test -run '^$$' -bench . -benchtime 1x -timeout 10m ./bot

fuzz:
	./.ci/fuzz $(FUZZTIME)

# Every program that a test starts, and the packages that hold it.
packages:
	@./.ci/packages gcc:gcc,libc6-dev redis-server:redis-server chromium:chromium
