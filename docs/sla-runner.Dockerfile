# sla-runner and one test in an image without anything else, and without a base image that would have to be pinned:
#   cp /etc/ssl/certs/ca-certificates.crt dist/
#   docker build -f docs/sla-runner.Dockerfile --build-arg TEST=path .
# TEST is your test, a static program; its path is relative to this folder's parent, as is dist/bin of ./build.sh. The
# certificates are those of this machine's package ca-certificates.
FROM scratch
ARG TEST
COPY dist/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY dist/bin/sla-runner /sla-runner
COPY dist/bin/THIRD-PARTY-LICENSES.txt /THIRD-PARTY-LICENSES.txt
COPY ${TEST} /test
USER 65534:65534
ENV SLARUNNER_COMMAND='["/test"]'
ENTRYPOINT ["/sla-runner"]
