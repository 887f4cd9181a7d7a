GO ?= go

.PHONY: test lint bench fuzz packages

## test: everything that can be tested; installs the Debian packages it needs
test: packages
	$(GO) vet ./...
	$(GO) test -race -timeout 9m ./...

## lint: formatting and static analysis
lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'run gofmt -w on these files'; exit 1; }
	$(GO) mod verify

# Every program that a test starts, and the package that holds it.
packages:
	@./.ci/packages gcc:gcc,libc6-dev redis-server:redis-server
