# The words below are the whole workflow; `make help` explains them.
GO        ?= go
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS   := -s -w -X main.version=$(VERSION)
# A till speaks HTTP/1.1 to everybody: leaving HTTP/2 out saves half a megabyte.
TAGS      := nethttpomithttp2
# Built for size SQLite is a third of a megabyte smaller; its commits wait for the disk anyway.
export CGO_CFLAGS := -Os
STATIC    := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME  ?= 10s

.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

deps: ## install what a bare Debian with Go and gcc lacks (Chromium, for the browser tests)
	packaging/deps.sh

build: ## the agent, stripped, into bin/
	$(GO) build -trimpath -tags '$(TAGS)' -ldflags '$(LDFLAGS)' -o bin/tillpay ./cmd/tillpay

demo: build ## try it: prints the page's address
	bin/tillpay demo

test: ## every test that needs nothing but Go and gcc
	$(GO) test ./...

browser: deps ## the pages, in a real browser
	$(GO) test -tags browser -count=1 ./agent/web/... ./cmd/tillpay

race: ## the tests under the race detector
	$(GO) test -race ./...

lint: ## gofmt, vet, staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'gofmt would change these'; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags browser ./...
	GOOS=windows CGO_ENABLED=0 $(GO) vet ./scanner/... ./printer/... ./channels/... # what needs no C; the rest comes with the Windows build
	$(GO) run $(STATIC) ./...

fuzz: ## each fuzz target for FUZZTIME (10s)
	packaging/fuzz.sh $(FUZZTIME)

bench: build ## speed and size, as ratios of one run
	$(GO) run ./cmd/bench -agent bin/tillpay

ci: ## what CI runs
	.ci/run

.PHONY: help deps build demo test browser race lint fuzz bench ci
