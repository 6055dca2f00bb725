# Part of scripts/new: a service's files that are made of this repository's own, each by a few exact changes.
#
# From there come: root, into, name, namespace, prefix, companions, literals, has(), fill(), die().
# shellcheck shell=bash disable=SC2016,SC2154

# The file that is being changed, and its text.
file='' text=''

load() {
  file=$1
  text=$(<"$root/$file")
}
# The first text, which must be there, becomes the second.
replace() {
  [[ $text == *"$1"* ]] || die "scripts/new has to follow $file, which no longer has: $1"
  text=${text//"$1"/"$2"}
}
# Takes out what begins with the first text and ends before the second; without a second one, to the end.
cut_out() {
  local rest
  [[ $text == *"$1"*"${2-}"* ]] || die "scripts/new has to follow $file, which no longer has: $1 ... ${2-}"
  rest=${text#*"$1"}
  rest=${2+$2${rest#*"$2"}}
  text=${text%%"$1"*}$rest
}
# Writes the text as the service's: to the same path, unless told otherwise.
store() {
  local path=${1:-$file}
  mkdir -p "$into/$(dirname "$path")"
  printf '%s\n' "$text" >"$into/$path"
}
rename() {
  text=${text//SUNDOWN_/$prefix}
  text=${text//[Ss]undown/$name}
}

copied_files() {
  local each
  for each in .clang-format .editorconfig scripts/foreground; do
    load "$each"
    store
  done
  load .gitignore
  if has sqlite; then replace /notes.db "/$name.db"; else replace $'/notes.db*\n' ''; fi
  replace $'\n__pycache__/' ''
  store
  load CMakePresets.json
  replace $',\n                        "SUNDOWN_FAST_BUILD": "OFF"' '' # nobody works on the library there
  text=${text//SUNDOWN_/}
  cut_out '    {"name": "clang", "inherits"' '    {"name": "fuzz"'
  cut_out $',\n    {"name": "clang", "configurePreset"' $'\n  ],\n  "testPresets"'
  cut_out $',\n    {"name": "clang", "inherits"' $'\n  ]\n}'
  store
}

bootstrap_file() {
  local package
  load scripts/bootstrap
  cut_out '# Installs what' 'service of the system is started.'
  replace 'service of the system is started.' "# Installs what $name is built and run with; with --test also what its tests use, with --dev what formats it. No service
# of the system is started. Packages of your own belong in the lists below. --boost is called where the library is
# compiled: an installed package of it brings its Boost along."
  for package in sqlite:libsqlite3-dev mongodb:libmongoc-dev tls:libssl-dev tls:openssl http2:libnghttp2-dev; do
    has "${package%%:*}" || replace " ${package#*:}" ''
  done
  cut_out '# redis-tools has the program' 'dev_packages='
  replace 'dev_packages=' $'test_packages=(libgtest-dev)\ndev_packages='
  cut_out 'dev_packages=(' $'\nboost_minor='
  replace $'\nboost_minor=' $'dev_packages=(clang-format-19)\n\nboost_minor='
  cut_out '# Unpacked in build/tools, not installed:' 'wanted=('
  cut_out '  --container) wanted' '  --dev) wanted'
  cut_out '  --sbom) wanted' '  *) die'
  replace '  *) die' $'  --boost) wanted=() ;;\n  *) die'
  cut_out 'usage: scripts/bootstrap [' $'\nesac'
  replace $'  *) die "\nesac' $'  *) die "usage: scripts/bootstrap [--test | --dev | --boost]" ;;\nesac'
  replace 'has_boost || provide_boost' '[[ $* != --boost ]] || has_boost || provide_boost'
  cut_out $'case "$*" in\n  --sbom |' 'has_boost || provide'
  cut_out $'\ncase "$*" in\n  --clang-libcxx | --arm64)'
  replace 'listed in README.md' 'listed in scripts/bootstrap'
  replace '/sundown/libboost' '/boost-headers/libboost' # for all services on this machine
  rename
  store
}

make_file() {
  load Makefile
  cut_out '.PHONY: build' $'\n.NOTPARALLEL'
  has tls || cut_out 'demo_tls :=' 'test: ##'
  replace $'\n.NOTPARALLEL' ".PHONY: build run$(has tls && printf ' run-tls') test image up drain-demo bench-quick new-version update format check-format install clean help \\
  library kit
.NOTPARALLEL"
  replace -DSUNDOWN_TESTS=OFF '-DTESTS=OFF $(given)'
  replace -DSUNDOWN_TESTS=ON '-DTESTS=ON $(given)'
  replace 'grep -q SUNDOWN_TESTS:BOOL=ON' "grep -q '^TESTS:BOOL=ON'"
  replace '--target src/all' "--target $name"
  replace 'image: ##' 'image: library ##'
  cut_out 'sbom: ##' 'up: image'
  replace ', start it with MongoDB and Redis; Ctrl-C stops them' ", start it$companions; Ctrl-C stops it"
  cut_out $'\t@cmake -DSUNDOWN_TESTING=ON' $'\t@cmake --install'
  replace '--prefix $(PREFIX)' "--prefix \$(PREFIX) --component $name"
  replace ', run every test (PRESET=..., ARGS="-L unit" for some)' ', run the tests (PRESET=..., ARGS="-R Items" for some)'
  cut_out 'trial-systemd: ##' 'image: library'
  cut_out '# What a preset takes beyond' 'build: ##'
  replace '$(or $(platform),--test)' --test
  replace ' $(platform)' ''
  replace '$(emulated)' ''
  replace 'dev, tsan, clang, ...' 'dev or tsan'
  cut_out 'drain-demo: build' 'sources = '
  rename
  replace $'\n.PHONY' $'# Sources of the library that are there already, for builds without a network.
given = $(if $(FETCHCONTENT_SOURCE_DIR_SUNDOWN),-DFETCHCONTENT_SOURCE_DIR_SUNDOWN="$(abspath $(FETCHCONTENT_SOURCE_DIR_SUNDOWN))")

.PHONY'
  replace 'sources = ' "$(fill <"$root/scripts/template/own_targets.mk")"$'\n\nsources = '
  store
}

docker_file() {
  load Dockerfile
  cut_out 'make image     builds it' $'\nFROM debian'
  replace $'\nFROM debian' "make image     builds it; \`make up\` starts it$companions"$'\n\nFROM debian'
  replace 'COPY CMakeLists.txt' "# The library, whose sources \`make image\` puts there.
COPY build/library/CMakeLists.txt /library/
COPY build/library/cmake /library/cmake
COPY build/library/include /library/include
COPY build/library/src /library/src
COPY CMakeLists.txt"
  replace $'COPY include include\n' ''
  replace 'RUN scripts/bootstrap &&' 'RUN scripts/bootstrap && scripts/bootstrap --boost &&'
  replace -DSUNDOWN_TESTS=OFF '-DTESTS=OFF @library@'
  cut_out '# Not on the way to the image' '# All that the image holds'
  cut_out 'ARG VERSION=' $'\nARG REVISION'
  replace $'\nARG REVISION' $'ARG VERSION=unknown\nARG REVISION'
  cut_out 'org.opencontainers.image.description=' 'org.opencontainers.image.version'
  replace 'org.opencontainers.image.version' $'org.opencontainers.image.description="Keeps items." \\\n      org.opencontainers.image.version'
  rename
  replace @library@ -DFETCHCONTENT_SOURCE_DIR_SUNDOWN=/library
  store
}

service_toml() {
  load config/service.toml
  replace "Sundown's configuration: every key" "The configuration of $name: every key"
  has redis || replace ', unless a storage below counts for all instances' ''
  cut_out $'[api]\n' '[storage.sqlite]'
  if has sqlite; then
    replace notes.db "$name.db"
    has mongodb || cut_out '# Empty where no disk lasts' 'path = "'
  else
    cut_out '[storage.sqlite]' '[storage.mongodb]'
  fi
  if has mongodb; then
    replace 'Where the notes are kept instead of SQLite' "Where the items are kept$(has sqlite && printf ' instead of SQLite')"
    has sqlite || replace $'uri = ""' 'uri = "mongodb://localhost:27017"'
  else
    cut_out '[storage.mongodb]' '[storage.redis]'
  fi
  if has cache; then
    replace $'Then\n# notes are cached in Redis, clients are counted there, and note events go to the stream sundown:note-events; without its\n# answer the service goes on.' \
      $'Then\n# items are cached in Redis, and clients are counted there; without its answer the service goes on.'
  elif has redis; then
    replace $'empty is off. Then\n# notes are cached in Redis, clients are counted there, and note events go to the stream sundown:note-events; without its\n# answer the service goes on.' \
      $'the items\n# are kept there, and clients are counted there.'
    replace $'# For an answer: a cache that is slower than the store is none.' '# For an answer, then 503.'
    replace 'url = ""' 'url = "redis://localhost:6379"'
  else
    cut_out '[storage.redis]' '[storage.cache]'
  fi
  cut_out '[storage.cache]' '[storage.blocking]'
  has mongodb || text=${text//Percent-encoding as above/In user and password the characters : \/ ? # [ ] @ % are percent-encoded}
  cut_out '[demo]'
  text+=$'[items]\n# Items in one answer, unless the client says otherwise.\npage = 50'
  rename
  store
}

container_toml() {
  load config/container.toml
  if has sqlite; then
    replace notes.db "$name.db"
  else
    cut_out '[storage.sqlite]' '[log]'
  fi
  rename
  store
}

compose_file() {
  load config/compose.yaml
  replace 'The service with MongoDB and Redis on one machine: `make up` builds the image and starts all three, Ctrl-C stops them.' \
    "The service$companions on one machine: \`make up\` builds the image and starts it, Ctrl-C stops it."
  if ! has mongodb; then
    cut_out $'      mongo:\n        condition' $'      redis:\n        condition'
    cut_out '      SUNDOWN_STORAGE__MONGODB__URI' '      SUNDOWN_STORAGE__REDIS__URL'
    cut_out $'  mongo:\n    image' $'  redis:\n    image'
    replace $'\n  mongo:\n' $'\n'
  fi
  if ! has redis; then
    cut_out $'      redis:\n        condition' $'    environment:\n'
    cut_out '      SUNDOWN_STORAGE__REDIS__URL' $'    # The admin port'
    cut_out $'  redis:\n    image' $'\nvolumes:\n'
    text=${text/$'\n\nvolumes:'/$'\nvolumes:'}
    replace $'\n  redis:' ''
  fi
  if ! has mongodb && ! has redis; then
    replace $'    depends_on:\n    environment:\n' ''
    replace $'# Compose stops them in the reverse order of depends_on: the service can finish with its storage still there.\n' ''
    replace ', a crash and an exit for want of the database are' ' and a crash are'
  fi
  rename
  store
}

systemd_files() {
  load config/systemd/sundown.service
  if has sqlite; then
    replace notes.db "$name.db"
  else
    replace $'# The database, in /var/lib/sundown.\n' ''
    cut_out 'StateDirectory=' '# One for each connection'
  fi
  replace ' A test holds it against config/service.toml.' ''
  rename
  store "config/systemd/$name.service"
  load config/systemd/sundown.socket
  rename
  store "config/systemd/$name.socket"
}

deployment() {
  load config/kubernetes/base/deployment.yaml
  if has mongodb || has redis; then
    cut_out '# Replicas share their storage' '- name: SUNDOWN_STORAGE__MONGODB__URI'
    replace '- name: SUNDOWN_STORAGE__MONGODB__URI' "# From a Secret: kubectl create secret generic $name-storage$literals
            - name: SUNDOWN_STORAGE__MONGODB__URI"
    has mongodb || cut_out '- name: SUNDOWN_STORAGE__MONGODB__URI' '- name: SUNDOWN_STORAGE__REDIS__URL'
    has redis || cut_out '            - name: SUNDOWN_STORAGE__REDIS__URL' '          # Until it has answered'
  else
    cut_out $'          env:\n' '          # Until it has answered'
  fi
  if has disk; then
    replace 'kind: Deployment' 'kind: StatefulSet'
    cut_out "  # How many is the autoscaler's business" $'  template:\n'
    replace $'  template:\n' '  serviceName: sundown
  # The database is a file, for one process at a time: a new pod starts when the old one has ended.
  replicas: 1
  template:
'
    replace 'The service writes no file. What counts is its log, of' 'The database is on a volume. What counts is the log, of'
    replace $'          volumeMounts:\n' '          volumeMounts:
            - name: data
              mountPath: /data
'
    text+='
  volumeClaimTemplates:
    - metadata:
        name: data
      spec:
        accessModes: [ReadWriteOnce]
        resources:
          requests:
            storage: 1Gi'
  fi
}

# The objects of a cluster in one file.
kubernetes_base() {
  local objects each
  deployment
  objects=$text
  for each in service pod_disruption_budget autoscaler network_policy; do
    [[ $each == autoscaler ]] && has disk && continue
    load "config/kubernetes/base/$each.yaml"
    if [[ $each == network_policy ]]; then
      network_policy
    fi
    objects+=$'\n---\n'$text
  done
  text=$objects
  rename
  store config/kubernetes/base/objects.yaml

  load config/kubernetes/base/kustomization.yaml
  cut_out '  - deployment.yaml' 'labels:'
  replace 'labels:' $'  - objects.yaml\nlabels:'
  rename
  store

  load config/kubernetes/base/service.toml
  if has disk; then
    cut_out '# None: a file in a pod' '[log]'
    replace '[log]' "# On the pod's volume.
path = \"/data/$name.db\"

[log]"
  elif ! has sqlite; then
    cut_out '[storage.sqlite]' '[log]'
  fi
  rename
  store
}

network_policy() {
  local out='names'
  if has mongodb; then out+=', MongoDB'; else cut_out $'\n        - protocol: TCP\n          port: 27017' $'\n        - protocol: TCP\n          port: 6379'; fi
  if has redis; then out+=', Redis'; else cut_out $'\n        - protocol: TCP\n          port: 6379'; fi
  has mongodb || has redis || text=${text%$'\n    - ports:'}
  replace 'names, MongoDB, Redis' "$out"
}

# The patches of the overlay in its one file.
kubernetes_overlay() {
  local patches='' each
  for each in autoscaler resources; do
    [[ $each == autoscaler ]] && has disk && continue
    load "config/kubernetes/overlays/production/$each.yaml"
    has disk && text=${text/Deployment/StatefulSet}
    patches+="
  - patch: |
      ${text//$'\n'/$'\n'      }"
  done
  load config/kubernetes/overlays/production/kustomization.yaml
  cut_out $'\n  - path: autoscaler.yaml'
  text+=$patches
  cut_out 'newTag:' $'\npatches:'
  replace $'\npatches:' $'newTag: 0.1.0\npatches:'
  rename
  store
  load config/kubernetes/overlays/production/namespace.yaml
  rename
  store
}
