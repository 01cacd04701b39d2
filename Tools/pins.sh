#!/usr/bin/env bash
# Writes the pinned Python requirements of the lists in *.in: every package that they need, at one version, with the
# SHA-256 of each of its files, so that one pin serves all architectures and all Pythons from 3.11 on.
# Versions that are pinned stay, unless a list asks for another one; `Tools/pins.sh --upgrade` takes the newest.
# Run by hand; commit what it writes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv=.build/pins
[ -x $venv/bin/uv ] || { python3 -m venv $venv && $venv/bin/python -m pip install --quiet --require-hashes -r Tools/uv.txt; }

pin() {
    $venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-emit-find-links --custom-compile-command 'Tools/pins.sh' --output-file "${1%.in}.txt" "$@"
}

pin Tools/uv.in "$@"
pin Tools/requirements.in "$@"
pin Tools/no-deps.in --no-deps "$@"
pin Tools/ministack.in "$@"
pin Tests/Deployment/checkov.in "$@"
pin Tests/Browser/requirements.in "$@"
pin Tests/Browser/validator.in --no-deps "$@"
