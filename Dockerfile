# The server and the terminal client, without the chat page and the admin page. docs/containers.md says how to run it.
FROM rust:1.95.0-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --release --locked --package mobileim-server --package mobileim-client \
    && install -D --target-directory=/out target/release/mobileim-server target/release/mobileim

FROM debian:bookworm-slim
# Certificates for databases that are reached with TLS; curl for the health check.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --user-group --uid 10001 --no-create-home --home-dir /var/lib/mobileim --shell /usr/sbin/nologin mobileim \
    && install -d -o mobileim -g mobileim -m 700 /var/lib/mobileim \
    && install -d -o root -g mobileim -m 750 /etc/mobileim
COPY --from=build /out/ /usr/local/bin/
USER mobileim
# Where mobileim.toml is looked for, and what relative paths in it are relative to.
WORKDIR /etc/mobileim
VOLUME /var/lib/mobileim
EXPOSE 3000/tcp 8901/tcp 7901/udp
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["curl", "--silent", "--fail", "http://127.0.0.1:8080/readyz"]
ENTRYPOINT ["mobileim-server"]
