# syntax=docker/dockerfile:1
# Two images from one file. The default one holds the binary with a Go toolchain and git, so that
# go.mod updates can be completed; `--target slim` holds the binary alone, and skips those with
# that reason. Both run as nobody and hold no package manager. Freshpin keeps the digests of this
# file fresh; it adds the first ones in its own first pull request.

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /freshpin ./cmd/freshpin

# Nothing but the binary and the certificates of well-known authorities.
FROM scratch AS slim
LABEL org.opencontainers.image.title="Freshpin (slim)" \
      org.opencontainers.image.description="Keeps dependency pins fresh without breaking builds; without a Go toolchain" \
      org.opencontainers.image.source="https://github.com/freshpin/freshpin" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /freshpin /freshpin
USER 65532:65532
WORKDIR /work
ENV XDG_CACHE_HOME=/tmp
ENTRYPOINT ["/freshpin"]
CMD ["outdated"]

# A small Debian with git; what could install anything more is taken out again.
FROM debian:12-slim AS tools
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates git \
 && rm -rf /var/lib/apt /var/cache /var/log/* /etc/apt /var/lib/dpkg /usr/lib/apt /usr/lib/dpkg /usr/share/doc /usr/share/man \
           /usr/bin/apt* /usr/bin/dpkg* /usr/sbin/dpkg*
COPY --from=build /usr/local/go /usr/local/go
COPY --from=build /freshpin /usr/local/bin/freshpin

# One layer, so that what was taken out is not in a layer below.
FROM scratch
LABEL org.opencontainers.image.title="Freshpin" \
      org.opencontainers.image.description="Keeps dependency pins fresh without breaking builds" \
      org.opencontainers.image.source="https://github.com/freshpin/freshpin" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=tools / /
USER 65532:65532
WORKDIR /work
ENV PATH=/usr/local/go/bin:/usr/local/bin:/usr/bin:/bin \
    GOTOOLCHAIN=local \
    HOME=/tmp \
    XDG_CACHE_HOME=/tmp
ENTRYPOINT ["freshpin"]
CMD ["outdated"]
