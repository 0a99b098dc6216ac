# syntax=docker/dockerfile:1
# Two stages: a Go toolchain builds the one static binary, the image holds nothing else:
# no shell, no package manager, no root. Freshpin keeps the digests of this file fresh;
# it adds the first ones in its own first pull request.

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /freshpin ./cmd/freshpin

FROM scratch
LABEL org.opencontainers.image.title="Freshpin" \
      org.opencontainers.image.description="Keeps dependency pins fresh without breaking builds" \
      org.opencontainers.image.source="https://github.com/freshpin/freshpin" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /freshpin /freshpin
USER 65532:65532
WORKDIR /work
ENV XDG_CACHE_HOME=/tmp
ENTRYPOINT ["/freshpin"]
CMD ["outdated"]
