#!/bin/sh
# Sets up a virtual environment: install.sh VENV run|dev
# torch comes first and in its CPU build, so that nothing pulls in the CUDA one, which takes gigabytes.
set -eu
venv=$1
wanted=$2
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "Askwell needs Python 3.11 or newer; set PYTHON, for example: make setup PYTHON=python3.12" >&2
    exit 2
}
[ -x "$venv/bin/python" ] || { echo "Making $venv ..."; "$python" -m venv "$venv"; }
pip="$venv/bin/python -m pip --disable-pip-version-check"

if ! "$venv/bin/python" -c 'import importlib.metadata as m; m.version("torch")' 2>/dev/null; then
    echo "Installing PyTorch, CPU build ..."
    version=$(sed -n 's/^torch==\([0-9.]*\).*/\1/p' "$here/torch.txt")
    case $(uname -s) in
    # Elsewhere than on Linux the ordinary wheels are CPU builds.
    Linux)
        # Where an index or a folder that pip knows of has the CPU build, it is taken without asking another;
        # else the PyTorch project's own index of CPU wheels is.
        $pip install -q --no-deps -r "$here/torch.txt" 2>/dev/null ||
            $pip install -q --no-deps --retries 1 --index-url https://download.pytorch.org/whl/cpu "torch==$version" ||
            { echo "PyTorch's CPU build can't be installed: is the network up?" >&2; exit 1; }
        ;;
    *) $pip install -q --no-deps "torch==$version" ;;
    esac
fi
echo "Installing what the lock names ($wanted.txt) ..."
$pip install -q --no-deps --require-hashes -r "$here/$wanted.txt"
$pip install -q --no-deps --no-build-isolation --editable "$here/.."
echo "Ready: $venv/bin/askwell"
