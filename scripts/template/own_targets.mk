# What the library has for this service, at the revision that cmake/sundown.cmake names: sources for the image, and the
# programs of the next two targets.
library := build/library
pinned = ${shell sed -nE 's/^set[(]library_$(1) "?([^")]*)"?[)]$$/\1/p' cmake/sundown.cmake}
library:
ifdef FETCHCONTENT_SOURCE_DIR_SUNDOWN
	@rm -rf $(library) && mkdir -p $(library)
	@cd "$(FETCHCONTENT_SOURCE_DIR_SUNDOWN)" && cp -R CMakeLists.txt cmake include src test scripts "$(CURDIR)/$(library)"
else
	@test "$$(git -C $(library) rev-parse HEAD 2>/dev/null)" = "$(call pinned,revision)" || \
	  for from in $(wildcard build/*/_deps/sundown-src) "$(call pinned,url)"; do rm -rf $(library); \
	    git clone -q --no-checkout "$$from" $(library) && \
	    git -C $(library) checkout -q --detach $(call pinned,revision) && break; done
	@test -e $(library)/CMakeLists.txt
endif

kit: library
	@scripts/bootstrap --boost
	@test -e build/kit/build.ninja || cmake -S $(library) -B build/kit -G Ninja -DCMAKE_BUILD_TYPE=Release \
	  -DCMAKE_PREFIX_PATH="$(CURDIR)/build/deps/usr" -DSUNDOWN_TESTS=OFF -DSUNDOWN_SQLITE=OFF -DSUNDOWN_MONGODB=OFF \
	  -DSUNDOWN_REDIS=OFF -DSUNDOWN_TLS=OFF -DSUNDOWN_HTTP2=OFF
	@cmake --build build/kit -j $(JOBS) --target drain-kit bench_load

# The service on ports and a database of its own, as $$pid, for what follows in the same recipe.
served = export @PREFIX@HTTP__PORT=18080 @PREFIX@ADMIN__PORT=18081 @PREFIX@LOG__ACCESS=false@database@; \
  $(tree)/@name@ --config $(CONFIG) >build/served.log 2>&1 & pid=$$!; trap 'kill $$pid 2>/dev/null; wait $$pid' EXIT; \
  until $(tree)/@name@ healthcheck --config $(CONFIG) >/dev/null 2>&1; do \
    kill -0 $$pid 2>/dev/null || { cat build/served.log; exit 1; }; sleep 0.1; done

drain-demo: build kit ## Stop the service under clients of every kind, and see that nothing is lost
	@$(served); build/kit/drain-kit --target http://127.0.0.1:18080 --pid $$pid --path /v1/items \
	  --svg build/drain-timeline.svg $(ARGS)

RATE ?= 5000
bench-quick: build kit ## Ask for items at a steady rate for ten seconds (RATE=5000 a second): how long answers take
	@$(served); build/kit/test/bench/load 18080 64 $(RATE) 10 /v1/items

new-version: ## Give the service another version (VERSION=0.2.0), wherever it stands
	@echo "$(VERSION)" | grep -qxE '[0-9]+[.][0-9]+[.][0-9]+' || { \
	  echo "say which, three numbers: make new-version VERSION=0.2.0" >&2; exit 2; }
	@sed -i -E '/^project\(|^  version: |newTag: /s/[0-9]+\.[0-9]+\.[0-9]+[^ ]*/$(VERSION)/' CMakeLists.txt \
	  config/openapi.yaml config/kubernetes/overlays/production/kustomization.yaml
	@git diff --stat

update: ## Take another version of the library (VERSION=its tag, branch or commit); your changes stay
	@test -n "$(VERSION)" || { echo "say which: make update VERSION=v0.3.0" >&2; exit 2; }
	@test -z "$$(git status --porcelain --untracked-files=no)" || { echo "commit your changes first" >&2; exit 2; }
	@rm -rf build/update && git clone -q "$(or $(FETCHCONTENT_SOURCE_DIR_SUNDOWN),$(call pinned,url))" build/update
	@git -C build/update checkout -q "$(VERSION)"
	@build/update/scripts/new --diff $(call pinned,revision) HEAD . >build/update.patch
	@if ! test -s build/update.patch; then echo "nothing has changed"; else git apply -3 build/update.patch || { \
	  echo "git has marked what both of you have changed (git diff): mend it, git add, commit" >&2; exit 1; }; fi
