# syntax=docker/dockerfile:1
# One static program on an empty base: no shell, no package manager, no root.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG VERSION=dev
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/cache \
    GOCACHE=/cache CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags="-s -w -X minyi/app.version=${VERSION}" -o /out/minyi . \
    && mkdir -p /out/data /out/tmp

# The two things that a static program still reads: certificate authorities and time zones.
FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="Minyi" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /zoneinfo.zip
COPY --from=build /out/minyi /minyi
COPY --from=build --chown=65532:65532 /out/data /data
# Uploads on their way, and what SQLite sorts.
COPY --from=build --chown=65532:65532 /out/tmp /tmp
COPY LICENSE /LICENSE
ENV ZONEINFO=/zoneinfo.zip MINYI_ADDR=:8080 MINYI_DATA_DIR=/data
EXPOSE 8080
VOLUME /data
USER 65532:65532
# The program asks itself: there is no curl in here.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["/minyi", "doctor", "--live"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/minyi"]
CMD ["serve"]
