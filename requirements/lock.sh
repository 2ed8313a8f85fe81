#!/bin/sh
# Pins all dependencies with the hashes of every file of a release, so that one lock serves every platform.
set -eu
bin=$1
cd "$(dirname "$0")/.."
"$bin/python" -m pip install -q pip-tools
lock() {
    out=$1
    shift
    "$bin/pip-compile" -q --generate-hashes --strip-extras --allow-unsafe --unsafe-package torch --no-header --no-annotate \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -c requirements/torch.txt "$@" -o "$out" pyproject.toml
}
lock requirements/run.txt --extra setup --extra models --extra postgres
lock requirements/dev.txt --extra setup --extra models --extra postgres --extra dev
