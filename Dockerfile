# The program alone on Debian's smallest image, as a user of its own; it speaks TLS to PostgreSQL.
#
#   docker build -t tenantry .
#   docker run -p 8080:8080 -v tenantry:/data -e TENANTRY_PUBLIC_URL=https://tenantry.example tenantry

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --locked --release --features pg-tls && cp target/release/tenantry /tenantry && mkdir /data

FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="Tenantry" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /tenantry /usr/local/bin/tenantry
COPY --from=build --chown=nonroot:nonroot --chmod=700 /data /data
ENV TENANTRY_LISTEN=0.0.0.0:8080 TENANTRY_DATA_DIR=/data TENANTRY_LOG_FORMAT=json
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
# There is no shell and no curl in the image: the program asks itself.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/usr/local/bin/tenantry", "doctor", "--ready"]
ENTRYPOINT ["/usr/local/bin/tenantry"]
CMD ["serve"]
