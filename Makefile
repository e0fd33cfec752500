# MobileIM: every command that a person or CI runs. `make` lists them.
# What is longer than a line or two is a script in scripts/; docs/toolchain.md says what set-up installs, and why.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# The steps below are heavy and use all cores by themselves.
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

export CARGO_TARGET_DIR := $(abspath $(or $(CARGO_TARGET_DIR),target))
release := $(CARGO_TARGET_DIR)/release
debug := $(CARGO_TARGET_DIR)/debug

# The pages, embedded in the server by features of it.
export MOBILEIM_DEMO_DIST := $(CURDIR)/www-demo/dist
export MOBILEIM_ADMIN_DIST := $(CURDIR)/www-admin/dist
pages := www-demo/dist/index.html www-admin/dist/index.html
page_features := --features mobileim-server/demo-page,mobileim-server/admin-page

step := scripts/step.sh
wasm_env := scripts/wasm-env.sh
npm_lock := node_modules/.package-lock.json
# The last file of the last build of it, for WeChat.
uni_demo := uni-demo/dist/build/mp-weixin/app.json
# The projects of tools that are tested with packages of their own.
old_tools := $(patsubst %/package.json,%/$(npm_lock),$(wildcard tests/packages/tools/*/package.json))
files = $(wildcard $(shell git ls-files --cached --others --exclude-standard -- $(1)))

##@ The two to know

.PHONY: demo
demo: debug-programs ## Builds everything, starts a server and says where to open the chat page
	@scripts/demo.sh $(debug)

.PHONY: test
test: begin lint test-rust test-api test-back-ends test-packaging test-containers test-wasm test-js test-docs test-packages test-guides test-web-pages test-cross-browser test-miniprogram ## Runs every check and every test
	@$(step) --end

##@ Parts of the test

.PHONY: lint
lint: setup-lint ## Format, clippy, documentation, file length, imports
	@$(step) "Rust format" cargo fmt --all --check
	@$(step) "Rust format, fuzz targets" cargo fmt --manifest-path fuzz/Cargo.toml --check
	@$(step) "Clippy" cargo clippy --workspace --all-targets -- -D warnings
	@RUSTDOCFLAGS="-D warnings" $(step) "Rust documentation" cargo doc --workspace --no-deps --quiet
	@$(step) "File length" scripts/check-file-length.sh
	@$(step) "Imports within a crate" scripts/check-root-imports.sh
	@$(step) "Module cycles" scripts/check-module-cycles.sh
	@$(step) "Imports between test folders" scripts/check-test-imports.sh

.PHONY: test-rust
test-rust: setup-basics setup-postgres setup-proxies ## Tests of the native crates: with checks of overflows, and optimised as they are delivered
	@$(step) "Rust tests" cargo test
	@$(step) "Rust tests, optimised" cargo test --profile optimised

.PHONY: test-api
test-api: setup-schemathesis debug-programs ## The HTTP API's document, tried on the real server with keys of each scope; MOBILEIM_SEED=n
	@$(step) "The API as its document says" tests/api-contract/run.sh $(debug)/mobileim-server

.PHONY: test-back-ends
test-back-ends: setup-back-ends debug-programs tests/back-ends/$(npm_lock) ## The back ends in examples/, and those that the docs print, with a real server
	@MOBILEIM_SERVER_BIN=$(debug)/mobileim-server MOBILEIM_BIN=$(debug)/mobileim \
		$(step) "Back ends" scripts/back-ends-env.sh npm --prefix tests/back-ends test

.PHONY: test-wasm
test-wasm: setup-wasm setup-browser ## Tests of the wasm crate, in headless Chromium
	@$(step) "wasm tests" $(wasm_env) wasm-pack test --headless --chrome \
		--chromedriver "$$(command -v chromedriver)" --mode no-install client-wasm

.PHONY: test-js
test-js: $(pages) uni-demo/$(npm_lock) ## Lint, types and tests of the npm package and the pages
	@$(step) "js check" npm --prefix js run check
	@$(step) "js tests" npm --prefix js test
	@$(step) "js sizes" npm --prefix js run sizes
	@$(step) "www-demo check" npm --prefix www-demo run check
	@$(step) "www-demo tests" npm --prefix www-demo test
	@$(step) "www-admin check" npm --prefix www-admin run check
	@$(step) "www-admin tests" npm --prefix www-admin test
	@$(step) "uni-demo check" npm --prefix uni-demo run check

.PHONY: test-docs
test-docs: js/mobileim.tgz docs/tools/$(npm_lock) ## Links and languages of the docs; that the API reference is what the types say
	@$(step) "Documentation" npm --prefix docs/tools test

.PHONY: test-packaging
test-packaging: setup-deb setup-chroot debug-programs ## The package for Debian: docs/install.md followed as it is printed, in a Debian of its own; needs root
	@$(step) "The server's package, installed" scripts/packaging-test.sh $(debug)

.PHONY: test-containers
test-containers: debug-programs tests/containers/$(npm_lock) ## Dockerfile and compose.yaml, as far as one can tell without Docker
	@MOBILEIM_SERVER_BIN=$(debug)/mobileim-server $(step) "Container files" npm --prefix tests/containers test

# What the folders of tests in a browser share.
.PHONY: test-support
test-support: js/mobileim.tgz tests/support/$(npm_lock)
	@$(step) "What tests share, checked" npm --prefix tests/support run check

.PHONY: test-packages
test-packages: setup-browser debug-programs js/mobileim.tgz test-support tests/packages/$(npm_lock) $(old_tools) ## The packed npm package in bundlers, frameworks and Node.js
	@MOBILEIM_SERVER_BIN=$(debug)/mobileim-server $(step) "Package tests" npm --prefix tests/packages test

.PHONY: test-guides
test-guides: setup-browser debug-programs js/mobileim.tgz test-support tests/guides/$(npm_lock) uni-demo/$(npm_lock) ## The guides for pages and uni-app, followed as they are printed
	@MOBILEIM_SERVER_BIN=$(debug)/mobileim-server MOBILEIM_BIN=$(debug)/mobileim \
		$(step) "Guides as printed" npm --prefix tests/guides test

.PHONY: test-web-pages
test-web-pages: setup-browser debug-programs $(uni_demo) test-support tests/web-pages/$(npm_lock) ## The demo page, the admin page, the uni-app demo and a page of MobileIMSDK's against a real server, in Chromium
	@MOBILEIM_SERVER_BIN=$(debug)/mobileim-server MOBILEIM_BIN=$(debug)/mobileim \
		$(step) "Web pages" npm --prefix tests/web-pages test

.PHONY: test-cross-browser
test-cross-browser: setup-browsers debug-programs test-support tests/cross-browser/$(npm_lock) bench/browser/$(npm_lock) ## The packed client in Chromium, Firefox and WebKit, against a real server
	@MOBILEIM_SERVER_BIN=$(debug)/mobileim-server MOBILEIM_BIN=$(debug)/mobileim \
		$(step) "Three browsers" scripts/browsers-env.sh npm --prefix tests/cross-browser test
	@$(step) "Browser benchmark, checked and built" npm --prefix bench/browser run build

.PHONY: test-miniprogram
test-miniprogram: setup-browser setup-miniprogram debug-programs $(uni_demo) test-support tests/miniprogram/$(npm_lock) ## The mini-program: compiled as WeChat does, its pages in Chromium, its rules
	@MOBILEIM_SERVER_BIN=$(debug)/mobileim-server MOBILEIM_BIN=$(debug)/mobileim \
		$(step) "Mini-program tests" npm --prefix tests/miniprogram test

.PHONY: debug-programs
debug-programs: $(pages) | setup-basics
	@$(step) "Server and terminal client" cargo build -p mobileim-server -p mobileim-client $(page_features)

.PHONY: sim
sim: setup-basics ## The simulation, optimised: SEEDS=100000; SEED=n replays one and prints each step
	@$(step) "Simulation, built" cargo test --profile optimised -p mobileim-simulation --no-run
	@MOBILEIM_SEEDS=$(or $(SEEDS),100000) $(if $(SEED),MOBILEIM_SEED=$(SEED)) \
		cargo test --profile optimised --quiet -p mobileim-simulation --test simulation no_promise -- --nocapture

.PHONY: faults
faults: setup-basics ## Kills the real server ROUNDS times (20) under load, breaks and freezes links; prints what became of the messages
	@$(step) "Server and terminal client" cargo build -p mobileim-server -p mobileim-client
	@MOBILEIM_FAULT_ROUNDS=$(or $(ROUNDS),20) $(step) "Real faults" cargo test -p mobileim-tests --test faults -- --nocapture

##@ Builds

.PHONY: wasm
wasm: setup-wasm ## The client engine as WebAssembly
	@$(step) "Client engine" $(wasm_env) cargo build -p mobileim-client-wasm --target wasm32-unknown-unknown --profile wasm

.PHONY: js
js: js/mobileim.tgz ## The npm package, packed: js/mobileim.tgz

js/mobileim.tgz: js/$(npm_lock) $(call files,js protocol client-wasm Cargo.toml Cargo.lock ':!js/test') | setup-wasm
	@$(step) "npm package" $(wasm_env) scripts/pack-js.sh

.PHONY: www
www: $(pages) ## The demo page, www-demo/dist, and the admin page, www-admin/dist

www-demo/dist/index.html: js/mobileim.tgz www-demo/$(npm_lock) $(call files,www-demo)
	@$(step) "Demo page" npm --prefix www-demo run build

# It has some of the demo page's files.
www-admin/dist/index.html: www-admin/$(npm_lock) $(call files,www-admin www-demo/src)
	@$(step) "Admin page" npm --prefix www-admin run build

.PHONY: uni
uni: $(uni_demo) ## The uni-app demo: uni-demo/dist/build

$(uni_demo): js/mobileim.tgz uni-demo/$(npm_lock) $(call files,uni-demo)
	@$(step) "uni-app demo" npm --prefix uni-demo run build

.PHONY: docs
docs: js/mobileim.tgz docs/tools/$(npm_lock) ## The API reference, from the types of the npm package: docs/reference
	@$(step) "API reference" npm --prefix docs/tools run generate

.PHONY: server
server: $(pages) | setup-basics ## The server, pages inside, and the terminal client
	@$(step) "Server and terminal client" cargo build --release -p mobileim-server -p mobileim-client $(page_features)

.PHONY: deb
deb: server setup-deb ## Server and terminal client as a package for Debian: target/debian
	@$(step) "Debian package" scripts/build-deb.sh $(release) $(CARGO_TARGET_DIR)/debian

.PHONY: bench
bench: setup-basics setup-postgres ## Measures the server on this machine; BENCH=lossy a bad network, BENCH=storm everybody who logs in at once, BENCH=groups messages to groups; BENCH="--help" shows what can be varied
# One by one: what the load generator shares with the tests must not change how the server is built.
	@$(step) "Server" cargo build --release -p mobileim-server
	@$(step) "Load generator" cargo build --release -p mobileim-bench
	@$(release)/mobileim-bench $(BENCH)

.PHONY: bench-browser
bench-browser: setup-browser setup-mosquitto js/mobileim.tgz bench/browser/$(npm_lock) ## Measures the packed client in Chromium beside others; BENCH="--rounds 9" varies it
	@$(step) "Server" cargo build --release -p mobileim-server
	@$(step) "Benchmark, checked and built" npm --prefix bench/browser run build
	@MOBILEIM_SERVER_BIN=$(release)/mobileim-server PATH="$$PATH:/usr/sbin" node bench/browser/dist/run.js $(BENCH)

.PHONY: fuzz
fuzz: setup-fuzz ## Looks for input that breaks a promise; SECONDS=n for each of the four targets (60)
	@$(step) "Fuzzing" scripts/fuzz.sh all $(or $(SECONDS),60)

##@ Set-up (each target above does what it needs)

.PHONY: setup-basics setup-lint setup-postgres setup-proxies setup-schemathesis setup-back-ends setup-deb setup-chroot setup-wasm setup-browser setup-browsers setup-miniprogram setup-mosquitto setup-fuzz
setup-basics: ## A C compiler; that Rust and Node are there
	@scripts/setup-basics.sh

setup-lint: setup-basics ## rustfmt and clippy
	@scripts/setup-lint.sh

setup-postgres: ## PostgreSQL, for tests that start it
	@scripts/setup-postgres.sh

setup-proxies: ## nginx and Caddy, for tests that start them
	@scripts/setup-proxies.sh

setup-schemathesis: ## schemathesis, for tests of the HTTP API
	@scripts/setup-schemathesis.sh

setup-back-ends: setup-basics ## A JDK, PHP, and FastAPI, for tests of back ends
	@scripts/setup-back-ends.sh

setup-deb: setup-basics ## cargo-deb
	@scripts/setup-deb.sh

setup-chroot: ## A small Debian to install packages in
	@scripts/setup-chroot.sh

setup-wasm: setup-basics ## Rust for wasm, wasm-pack, wasm-bindgen
	@scripts/setup-wasm-rust.sh
	@scripts/setup-wasm-tools.sh

setup-browser: ## Chromium and its driver
	@scripts/setup-browser.sh

setup-miniprogram: ## A Chinese font, for pictures of the mini-program
	@scripts/setup-miniprogram.sh

setup-browsers: setup-basics ## Chromium, Firefox, WebKit and their drivers
	@scripts/setup-browsers.sh

setup-mosquitto: ## An MQTT broker, for the browser benchmark
	@scripts/setup-mosquitto.sh

setup-fuzz: setup-basics ## cargo-fuzz, a C++ compiler
	@scripts/setup-fuzz.sh

# npm writes this file last, and lists in it what it installed.
%/$(npm_lock): %/package-lock.json %/package.json | setup-basics
	@$(step) "npm packages of $*" npm --prefix $* ci --no-audit --no-fund
	@touch $@

##@ Other

.PHONY: clean
clean: ## Removes what was built (the tools that set-up built stay in their cache)
	rm -rf $(CARGO_TARGET_DIR) js/{dist,miniprogram_dist} js/mobileim.tgz {www-demo,www-admin,uni-demo}/dist miniprogram-demo/miniprogram_npm \
		{js,www-demo,www-admin,uni-demo,miniprogram-demo,docs/tools,tests/{support,back-ends,web-pages,cross-browser,guides,packages,miniprogram,containers},bench/browser}/node_modules \
		tests/guides/built tests/packages/{built,tools/*/{node_modules,dist},fixtures/next/.next} bench/browser/dist \
		js/{imsdk,miniprogram,mobileim.wasm,node,react,slim,uni,vue,wasm2js}

.PHONY: help
help: ## This list
	@awk -F ':[^#]*## ' '/^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-22s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: begin
begin:
	@$(step) --begin
