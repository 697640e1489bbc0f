#!/bin/sh
# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
# Installs what `make` needs: `prepare.sh python` for all commands, `prepare.sh tests` for the tests as well, and
# `prepare.sh bench` what is measured beside ours.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

# Debian packages: as root they are installed, else one line says what to install.
need() {
    command=$1
    shift
    if command -v "$command" >/dev/null 2>&1; then return; fi
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "Installing $* …"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    else
        say "Please install: $* (Debian: sudo apt-get install $*)"
        exit 1
    fi
}

python_ready() {
    need python3 python3 python3-venv
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { say "Reihum needs Python 3.11 or newer."; exit 1; }
    if command -v uv >/dev/null 2>&1; then
        [ -x .venv/bin/python ] || uv venv -q --python "$(command -v python3)" .venv
        uv pip install -q --python .venv/bin/python --require-hashes -r requirements-dev.lock
        uv pip install -q --python .venv/bin/python --no-deps --no-build-isolation -e .
    else
        python3 -c 'import ensurepip' 2>/dev/null || need python3-venv-is-missing python3-venv
        [ -x .venv/bin/pip ] || python3 -m venv .venv
        say "Installing Python packages …"
        .venv/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
        .venv/bin/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
    fi
    touch .venv/ready
}

tests_ready() {
    need chromium chromium
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || need initdb-is-missing postgresql
    need node nodejs
    need npm npm
    npm ci --silent --no-audit --no-fund --prefix tests/browser
    touch .venv/test-ready
}

# What is measured beside ours; without a registry ours is measured alone.
bench_ready() {
    for other in fedify socketio; do
        npm ci --silent --no-audit --no-fund --prefix "tests/bench/$other" || say "$other can't be installed here."
    done
}

"${1}_ready"
