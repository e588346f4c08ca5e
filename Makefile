# What people do with this tree. `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help run build test check bench torture browser generate fmt lint vuln

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

run: ## a filled site on this machine, with printed sign-ins
	go run . demo

build: ## the program, static, in bin/minyi
	CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o bin/minyi .

test: ## installs what is missing, then every test: SQLite, PostgreSQL, real browser
	@.ci/install
	@.ci/postgres .ci/test

check: ## the quick half: vet and the Go tests on SQLite, nothing installed
	go vet ./...
	go test ./...

bench: ## measures the figures (TestFigure… in files tagged bench) and prints their table
	@.ci/install
	@.ci/postgres .ci/figures bench TestFigure $(BENCH)

torture: ## kills the program under load (TestTorture… in files tagged torture)
	@.ci/install
	@.ci/postgres .ci/figures torture TestTorture $(TORTURE)

browser: ## only the journeys in the browser
	@.ci/install
	@.ci/browser

generate: ## the Go files of the pages, from their templates
	go tool templ generate -path .

fmt: ## one form for Go files and templates
	gofmt -w $$(git ls-files -co --exclude-standard '*.go' | grep -v _templ.go)
	go tool templ fmt frontend

lint: ## vet, staticcheck and the rules of the house
	go vet -tags bench,torture ./...
	@.ci/tool staticcheck ./...
	go test -run '^TestHouse' .

vuln: ## known holes, from a local database (MINYI_VULNDB)
	@.ci/vuln
