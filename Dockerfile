# The service as an image: built on Debian from Debian's packages, shipped without Debian. Needs BuildKit (before
# Docker 23: DOCKER_BUILDKIT=1).
#
#   make image     builds it; `make up` starts it with MongoDB and Redis
#   make drain-kit-image   builds that of the drain kit instead
#   docker build --target test -t sundown-test . && docker run --rm --cap-add SYS_ADMIN --cap-add NET_ADMIN sundown-test

FROM debian:trixie-slim AS packages
WORKDIR /src
# Only what lists the packages: no change of the sources installs them again.
COPY scripts/bootstrap scripts/
RUN scripts/bootstrap && apt-get install -y -q --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*

FROM packages AS sources
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY include include
COPY src src
COPY config/service.toml config/

FROM sources AS build
ARG JOBS
# Set, nothing comes from a cache: for two builds that are to be compared.
ARG CCACHE_DISABLE
# What the compiler has made of a file is kept for the next image, where the builder keeps its cache.
RUN --mount=type=cache,target=/root/.cache/ccache \
    cmake --preset release -DSUNDOWN_TESTS=OFF && \
    cmake --build --preset release -j "${JOBS:-$(nproc)}" --target sundown && \
    cmake --install build/release --prefix /usr/local --component sundown --strip

# Not on the way to the image: `--target test` is an image whose command runs the tests.
FROM packages AS test
RUN scripts/bootstrap --test && rm -rf /var/lib/apt/lists/*
COPY . .
CMD ["make", "test", "ARGS=-LE container"]

# The drain kit beside the client of Docker, for --container (docs/drain-kit.md); not on the way to the service's image.
FROM sources AS drain-kit-build
ARG JOBS
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN --mount=type=cache,target=/root/.cache/ccache \
    cmake --preset release -DSUNDOWN_TESTS=OFF && \
    cmake --build --preset release -j "${JOBS:-$(nproc)}" --target drain-kit && \
    cmake --install build/release --prefix /files/usr --component drain-kit --strip && \
    # Below /usr, where /lib and /lib64 of the image lead: a folder can't be copied onto a link.
    ldd /files/usr/bin/drain-kit | grep -o '/[^ ]*' | sort -u | while read -r each; do \
      install -D -m 755 "$each" "/files/usr${each#/usr}"; done

FROM debian:trixie-slim AS drain-kit
RUN apt-get update -q && apt-get install -y -q --no-install-recommends docker-cli && rm -rf /var/lib/apt/lists/*
COPY --from=drain-kit-build /files /
ENTRYPOINT ["/usr/bin/drain-kit"]
CMD ["--help"]

# All that the image holds, under /files, and the empty /data.
FROM build AS files
# Of the commit, in seconds: the time of every file, so that the same commit makes the same files.
ARG SOURCE_DATE_EPOCH=0
# A pipe fails when any of its commands does: without the list of libraries there is no image.
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /files
COPY config/container.toml etc/sundown/service.toml
RUN set -eu; \
    mkdir -p /data usr/bin etc/ssl/certs; \
    cp /usr/local/bin/sundown usr/bin/; \
    # The libraries and the loader, each under the path where it is looked for. Names are resolved by libc itself.
    ldd usr/bin/sundown | grep -o '/[^ ]*' | sort -u | while read -r each; do cp -L --parents "$each" .; done; \
    cp /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/; \
    echo 'hosts: files dns' >etc/nsswitch.conf; \
    echo 'sundown:x:65532:65532::/data:/nonexistent' >etc/passwd; \
    echo 'sundown:x:65532:' >etc/group; \
    # What a scanner knows packages of Debian by: of each library, of the certificates, and of what the binary is compiled
    # of, which are the headers that the compiler has read.
    mkdir -p var/lib/dpkg/status.d; \
    { ldd usr/bin/sundown | grep -o '/[^ ]*'; echo /usr/sbin/update-ca-certificates; \
      ninja -C /src/build/release -t deps | sed -n 's,^ *\(/usr/[^ ]*\)$,\1,p'; } | sort -u | xargs realpath | sort -u | \
      xargs dpkg -S | sed 's/: .*//' | sort -u | while read -r each; do \
        dpkg-query --status "$each" >"var/lib/dpkg/status.d/${each%%:*}"; done; \
    # Nothing is missing: it runs with this and nothing else.
    chroot . /usr/bin/sundown --check-config --config /etc/sundown/service.toml; \
    find . /data -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +

FROM scratch AS runtime
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="sundown" \
      org.opencontainers.image.description="An HTTP service template with the shutdown built in" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=files /files /
COPY --from=files --chown=65532:65532 /data /data
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 8080 8081
# The default, said aloud: it is what the stop begins with.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["/usr/bin/sundown", "healthcheck", "--config", "/etc/sundown/service.toml"]
# Exec form: the service is PID 1 and gets the signal itself.
ENTRYPOINT ["/usr/bin/sundown"]
CMD ["--config", "/etc/sundown/service.toml"]
