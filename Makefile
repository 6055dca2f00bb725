# The short way in; CMake does the building. `make help` lists the targets.
PRESET ?= release
PREFIX ?= /usr/local
CONFIG ?= config/service.toml
IMAGE ?= sundown
version = $(shell awk '/^project/ { print $$3 }' CMakeLists.txt)
compose = $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)
# One compiler per core, as far as there are 1.5 GiB of memory for each.
JOBS ?= $(shell awk -v cores="$$(nproc)" '/^MemAvailable/ { n = int($$2 / 1572864); \
  print n < 1 ? 1 : n < cores ? n : cores }' /proc/meminfo)
tree := build/$(PRESET)

.PHONY: build run run-tls test trial-systemd new image sbom up drain-demo drain-kit-image drain-matrix world world-page world-agree \
  bench bench-quick bench-programs check tidy fuzz fuzz-coverage soak format check-format install clean help
.NOTPARALLEL:

# What a preset takes beyond the rest: the compiler, libraries of its own.
platform = $(addprefix --,$(filter clang clang-libcxx arm64,$(PRESET)))
# What starts programs for another machine.
emulated = $(if $(filter arm64,$(PRESET)),test/arm64/run )

build: ## Build the service (PRESET=release, dev, tsan, clang, ...)
	@scripts/bootstrap $(platform)
	@test -e $(tree)/build.ninja || cmake --preset $(PRESET) -DSUNDOWN_TESTS=OFF
	@cmake --build $(tree) -j $(JOBS) --target src/all

run: build ## Install what is missing, build, start the service; Ctrl-C stops it
	@scripts/foreground $(tree)/sundown --config $(CONFIG)

demo_tls := build/demo-tls/localhost
run-tls: build $(demo_tls).crt ## The same with TLS on port 8443, by a certificate for localhost that is made at the first use
	@SUNDOWN_HTTP__TLS__CERTIFICATE=$(demo_tls).crt SUNDOWN_HTTP__TLS__KEY=$(demo_tls).key \
	  scripts/foreground $(tree)/sundown --config $(CONFIG)

$(demo_tls).crt:
	@mkdir -p $(@D)
	@openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj /CN=localhost \
	  -addext subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1 -keyout $(demo_tls).key -out $@ 2>/dev/null

test: ## Install what is missing, build, run every test (PRESET=..., ARGS="-L unit" for some)
	@scripts/bootstrap $(or $(platform),--test)
	@test -e $(tree)/build.ninja && grep -q SUNDOWN_TESTS:BOOL=ON $(tree)/CMakeCache.txt || \
	  cmake --preset $(PRESET) -DSUNDOWN_TESTS=ON
	@cmake --build $(tree) -j $(JOBS)
	@$(emulated)ctest --preset $(PRESET) -j $(JOBS) $(ARGS)

trial-systemd: ## The shipped units under Debian 13's systemd, on pure cgroups v2, in an emulated machine: some minutes
	@scripts/bootstrap --machine
	@test/systemd/trial

new: ## Write a service of your own (NAME=orders, DIR=../orders, ARGS="--with sqlite,redis")
	@scripts/new $(if $(NAME),"$(NAME)") $(if $(DIR),"$(DIR)") $(ARGS)

image: ## Build the container image (IMAGE=sundown)
	@DOCKER_BUILDKIT=1 docker build --target runtime -t $(IMAGE) --build-arg VERSION=$(version) \
	  --build-arg REVISION=$$(git rev-parse --short HEAD 2>/dev/null || echo unknown) \
	  --build-arg SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct 2>/dev/null || echo 0) $(IMAGE_ARGS) .

sbom: ## Write what the image is made of, in SPDX and CycloneDX, to build/sbom (IMAGE=sundown)
	@scripts/bootstrap --sbom
	@scripts/sbom $(IMAGE) $(version)

up: image ## Build the image, start it with MongoDB and Redis; Ctrl-C stops them
	@$(compose) -f config/compose.yaml up

drain-demo: build ## Stop the service under clients of every kind, and see that nothing is lost
	@cmake --build $(tree) -j $(JOBS) --target drain-kit
	@for protocol in "" "--h2" "--tls" "--h2 --tls"; do \
	  suffix=$$(echo "$$protocol" | sed 's/ *--/-/g'); \
	  $(tree)/drain-kit --start $(tree)/sundown --profile sundown $$protocol --svg build/drain-timeline$$suffix.svg \
	    --html build/drain-demo$$suffix.html --json build/drain-demo$$suffix.json --logs build/drain-logs$$suffix $(ARGS) || failed=1; \
	done; exit $${failed:-0}

drain-kit-image: ## Build the image of the drain kit, for any server (docs/drain-kit.md)
	@DOCKER_BUILDKIT=1 docker build --target drain-kit -t drain-kit .

drain-matrix: ## Play every fault of the careless server against every scenario (docs/drain-kit.md), some minutes
	@test -e $(tree)/build.ninja && grep -q SUNDOWN_TESTS:BOOL=ON $(tree)/CMakeCache.txt || \
	  cmake --preset $(PRESET) -DSUNDOWN_TESTS=ON
	@cmake --build $(tree) -j $(JOBS) --target test_drain_kit
	@DRAIN_MATRIX=full $(tree)/test/drain_kit/test_drain_kit --gtest_filter='*Matrix*'

world: build ## Measure how the world's servers stop (RUNS=20 SERVERS="go nginx" ARGS="--h2"); goes on where it was
	@cmake --build $(tree) -j $(JOBS) --target drain-kit world_beast
	@python3 -B test/drain_kit/world/world.py $(tree)/drain-kit $(tree)/sundown --runs $(or $(RUNS),20) $(ARGS) $(SERVERS)

world-page: ## Write tables and chart of what has been measured to docs/drain-kit.md
	@python3 -B test/drain_kit/world/world.py $(tree)/drain-kit $(tree)/sundown --page docs/drain-kit.md

world-agree: build ## Compare the drain kit's verdicts with those of an independent harness (RUNS=20 SERVERS="go nginx")
	@cmake --build $(tree) -j $(JOBS) --target drain-kit
	@python3 -B test/drain_kit/world/agreement.py $(tree)/drain-kit $(tree)/sundown --runs $(or $(RUNS),20) $(ARGS) $(SERVERS)

bench: bench-programs ## Compare with a raw epoll loop, nginx and others: half an hour; build/bench (ARGS="--rounds 9")
	@python3 -B test/bench/bench.py --tree $(tree) $(ARGS)

bench-quick: bench-programs ## The part of it that fits into two minutes
	@python3 -B test/bench/bench.py --tree $(tree) --quick $(ARGS)

bench-programs:
	@scripts/bootstrap --bench
	@test -e $(tree)/build.ninja || cmake --preset $(PRESET) -DSUNDOWN_TESTS=OFF
	@cmake --build $(tree) -j $(JOBS) --target bench_programs

check: ## Everything before a push: format, faults, scripts, tests in each preset
	@scripts/bootstrap --dev
	@$(MAKE) check-format
	@shellcheck -x scripts/bootstrap scripts/platforms scripts/foreground scripts/new scripts/reproducible scripts/sbom .ci/run \
	  test/container/engine test/kubernetes/run test/drain_kit/container test/drain_kit/unit test/drain_kit/world/start \
	  test/new/names test/new/files test/new/service test/new/image test/fuzz/run test/support/ferretdb/build_server \
	  test/systemd/trial test/systemd/inside test/systemd/init test/arm64/run
	@$(MAKE) tidy
	@for preset in release dev tsan; do $(MAKE) test PRESET=$$preset || exit; done
	@$(MAKE) test PRESET=clang ARGS="-L unit"

# SECONDS is bash's own name, so it goes as an argument.
fuzz: ## Feed parsers with any bytes, by libFuzzer (TARGET=http1 SECONDS=60 SEED=1, or INPUT=file; without TARGET: all)
	@scripts/bootstrap --fuzz
	@JOBS=$(JOBS) test/fuzz/run $(or $(TARGET),all) $(or $(INPUT),$(SECONDS),60) $(SEED)

fuzz-coverage: ## What the inputs of `make fuzz` reach (TARGET=http1)
	@scripts/bootstrap --fuzz
	@JOBS=$(JOBS) test/fuzz/run $(or $(TARGET),all) coverage

soak: build ## Life after life of the service under clients and chaos of all kinds (MINUTES=10 SEED=1, or LIVES=1)
	@scripts/bootstrap --test
	@python3 -B test/soak/soak.py $(tree)/sundown --folder build/soak --minutes $(or $(MINUTES),10) --lives $(or $(LIVES),0) \
	  --seed $(or $(SEED),0) $(ARGS)

# A target as one source: most of what clang-tidy reads is headers of Boost, for each source again. The checks of that
# source are those of the .clang-tidy above its place, which is not in test/: hence the link. test/misuse is what must not
# compile, separate/ is the sources of Boost.
CLANG_TIDY ?= build/tools/clang-tidy/bin/clang-tidy
tidy: ## Look for faults with clang-tidy, and for what Clang warns of
	@scripts/bootstrap --dev
	@cmake -G Ninja -B build/tidy -DCMAKE_BUILD_TYPE=Release -DSUNDOWN_TESTS=ON -DCMAKE_UNITY_BUILD=ON \
	  -DCMAKE_UNITY_BUILD_BATCH_SIZE=0 -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON >/dev/null
	@ln -sf ../../../test/.clang-tidy build/tidy/test/.clang-tidy
	@sed -n 's/^ *"file": "\(.*\)",*$$/\1/p' build/tidy/compile_commands.json | grep -Ev "/(misuse|separate)/" | sort -u \
	  >build/tidy/sources
	@xargs -P $(JOBS) -n 1 $(CLANG_TIDY) --quiet -p build/tidy <build/tidy/sources 2>build/tidy/clang-tidy.log || \
	  { grep -v ' generated\.$$' build/tidy/clang-tidy.log >&2; echo "clang-tidy: there are findings, see above" >&2; exit 1; }
	@echo "clang-tidy: no finding in $$(wc -l <build/tidy/sources) targets"

sources = $(shell git ls-files '*.cpp' '*.hpp')
format: ## Format the sources
	@clang-format-19 -i $(sources)
check-format: ## Fail if `make format` would change something
	@clang-format-19 --dry-run -Werror $(sources)

install: build ## Install under PREFIX (and DESTDIR)
	@cmake -DSUNDOWN_TESTING=ON $(tree) >/dev/null
	@cmake --build $(tree) -j $(JOBS) --target src/all drain-kit
	@cmake --install $(tree) --prefix $(PREFIX)

clean: ## Remove what was built
	@rm -rf build

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
