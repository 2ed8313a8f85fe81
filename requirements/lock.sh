#!/bin/sh
# Pins all dependencies with the hashes of every file of a release, so that one lock serves every platform.
set -eu
bin=$1
cd "$(dirname "$0")/.."
"$bin/python" -m pip install -q pip-tools
lock() {
    out=$1
    shift
    "$bin/pip-compile" -q --generate-hashes --strip-extras --no-allow-unsafe --unsafe-package torch --no-header --no-annotate \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -c requirements/torch.txt "$@" -o "$out" pyproject.toml
}
# dev.txt first: what runs is then pinned to the versions that the tests run with.
lock requirements/dev.txt --extra setup --extra models --extra postgres --extra small-model --extra dev
lock requirements/run.txt --extra setup --extra models --extra postgres -c requirements/dev.txt
