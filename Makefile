# The words below are the whole workflow; `make help` explains them.
GO        ?= go
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
# The file is to stay under 15 MiB. Functions begin at every 16 bytes, not 32 (a tenth of a megabyte), and
# slices of structs are sorted by sort.Slice: slices.SortFunc is compiled anew for each type, 20 KB a time.
LDFLAGS   := -s -w -funcalign=16 -X main.version=$(VERSION)
# A till speaks HTTP/1.1 to everybody: leaving HTTP/2 out saves half a megabyte.
TAGS      := nethttpomithttp2
# Built for size SQLite is a third of a megabyte smaller; its commits wait for the disk anyway. On Linux the linker
# drops the C that nothing calls, and there are no tables for unwinding C, which nothing here does: 0.15 MB more.
# SQLite's count of its memory, which nobody reads, costs each allocation a lock that all connections share.
export CGO_CFLAGS := -Os -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -DSQLITE_DEFAULT_MEMSTATUS=0
GC_C      := -extldflags=-Wl,--gc-sections
STATIC    := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME  ?= 10s

.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

deps: ## install what a bare Debian with Go and gcc lacks (Chromium, MinGW, wine, QEMU)
	packaging/deps.sh browser
	packaging/deps.sh windows
	packaging/deps.sh wine
	packaging/deps.sh vm

build: ## the agent, stripped, into bin/
	$(GO) build -trimpath -tags '$(TAGS)' -ldflags '$(LDFLAGS) $(GC_C)' -o bin/tillpay ./cmd/tillpay

demo: build ## try it: prints the page's address
	bin/tillpay demo

test: ## every test that needs nothing but Go and gcc
	$(GO) test ./...

browser: ## the pages, in a real browser
	packaging/deps.sh browser
	$(GO) test -tags browser -count=1 ./agent/web/... ./cmd/tillpay

windows: export CGO_ENABLED=1
windows: export GOOS=windows
windows: export CC=x86_64-w64-mingw32-gcc
windows: export CGO_CFLAGS := -Os -DSQLITE_DEFAULT_MEMSTATUS=0
windows: ## the agent for Windows, cross-built
	packaging/deps.sh windows
	$(GO) build -trimpath -tags '$(TAGS)' -ldflags '$(LDFLAGS)' -o bin/tillpay.exe ./cmd/tillpay

# On wine the tests run as Windows programs, and the program of make windows is a till. Left out are the drivers'
# tests, which no system makes a difference to, and of cmd/tillpay what needs a terminal.
ON_WINE := ./agent/... ./channels ./channels/private ./channels/wire ./printer/... ./queue ./scanner/...
wine: windows ## the Windows half: tests and a till of that system, on wine
	packaging/wine.sh test $(ON_WINE)
	TILLPAY_TEST_WINDOWS=$(CURDIR)/bin/tillpay.exe packaging/wine.sh with $(GO) test -count=1 -v \
		-run '^Test(SaleThrough|KilledBetween|DayThrough|WhatTheSamples)' ./cmd/tillpay

# VM names some of the machine's tests; empty: all.
VM ?=
vm: build ## the agent installed on a machine with USB scanners and printers (root; QEMU)
	packaging/deps.sh vm
	$(GO) test -tags vm -v -count=1 -timeout 20m -run '$(VM)' ./packaging/vm

race: ## the tests under the race detector
	$(GO) test -race ./...

lint: ## gofmt, vet, staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'gofmt would change these'; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags browser ./...
	$(GO) vet -tags vm ./packaging/...
	GOOS=windows CGO_ENABLED=0 $(GO) vet ./scanner/... ./printer/... ./channels/...
	$(GO) run $(STATIC) ./...

corpora: ## the fuzz targets over what they once found
	$(GO) test -run '^Fuzz' ./...

fuzz: ## each fuzz target for FUZZTIME (10s)
	packaging/fuzz.sh $(FUZZTIME)

powercuts: ## N (5000) power cuts of the real SQLite file, and as proof that they bite a tenth with synchronous=NORMAL
	TILLPAY_POWERCUTS=$(or $(N),5000) $(GO) test -count=1 -timeout 60m -v -run 'PowerCuts|FirstStart' ./agent/ledger

faults: ## each disk call of an order fails, in every way; N (300) damaged files; a full disk
	TILLPAY_FAULT_STEP=1 TILLPAY_MUST_MOUNT=1 $(GO) test -count=1 -timeout 30m -v -run 'EveryCallFails|FullDisk' ./agent
	TILLPAY_DAMAGES=$(or $(N),300) TILLPAY_FLIPS=$(or $(N),300) $(GO) test -count=1 -timeout 30m -v -run 'Damage|Flip' ./agent/ledger

offline: ## N (10000) jobs owed for 24 simulated hours without network, and 20 reboots
	TILLPAY_OWED=$(or $(N),10000) $(GO) test -count=1 -timeout 30m -v -run 'DayOffline' ./agent

kills: build ## kill -9 at every call that stores or sends, N (2000) more under load, and recovery with 1,000,000 sales
	$(GO) build -o bin/kills ./cmd/kills
	bin/kills -agent bin/tillpay -n $(or $(N),2000) $(KILLS)

SALES ?= 100000
SEED  ?= $(shell date +%Y%m%d)0000
sim: ## the simulator that tries to lose money: SALES (100000) sales, and 100 seeds twice
	cd cmd/sim && $(GO) test -count=1 -timeout 60m -sales $(SALES) -replays 100 -whole

soak: ## the simulator for N (1000000) sales, from a seed of the day
	cd cmd/sim && $(GO) test -count=1 -timeout 48h -run '^TestSimulation$$' -sales $(or $(N),1000000) -seed $(SEED) -whole

mutants: ## plants 25 bugs, one by one: the simulator must see each
	$(GO) run ./cmd/sim

# A name in cmd/sim/testdata/mutants or a part of it, or sync: commits that do not wait for the disk.
BUG ?= 04-unverified-is-trusted
break: ## break the product on purpose, by BUG, and watch it go red
ifeq ($(BUG),sync)
	TILLPAY_SYNCHRONOUS=NORMAL TILLPAY_POWERCUTS=500 $(GO) test -count=1 -v -run '^TestPowerCuts$$' ./agent/ledger
else
	$(GO) run ./cmd/sim -red -only '$(BUG)'
endif

proof: ## all five of them, and the page of what was found: bin/proof/README.md
	packaging/proof.sh

bench: build ## speed and size, as ratios of one run
	packaging/deps.sh bench || echo 'bench: no npm encoders here: they are NOT MEASURED' >&2
	$(GO) run ./cmd/bench -agent bin/tillpay

ci: ## what CI runs
	.ci/run

.PHONY: help deps build demo test browser windows wine vm race lint corpora fuzz powercuts faults offline kills sim soak mutants break proof bench ci
