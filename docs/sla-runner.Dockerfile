# sla-runner and one test in an image without anything else: docker build -f docs/sla-runner.Dockerfile --build-arg TEST=path .
# TEST is your test, a static program; its path is relative to this folder's parent, as is dist/bin of ./build.sh.
FROM debian:12-slim AS certificates
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates

FROM scratch
ARG TEST
COPY --from=certificates /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY dist/bin/sla-runner /sla-runner
COPY ${TEST} /test
USER 65534:65534
ENV SLARUNNER_COMMAND='["/test"]'
ENTRYPOINT ["/sla-runner"]
