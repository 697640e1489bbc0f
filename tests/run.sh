#!/bin/sh
# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
# The whole suite: on SQLite with coverage, what drives a browser one after the other, then what touches the database again on
# PostgreSQL.
set -eu
bin=.venv/bin
$bin/coverage erase
$bin/python -m pytest -q -n 2 --dist loadfile --ignore=tests/browser --cov --cov-report= tests
$bin/coverage report --skip-covered --fail-under=95
$bin/coverage report --skip-covered --include='*/rules.py,federation/signing.py,federation/message_signatures.py,federation/inbox.py' --fail-under=100
$bin/python -m pytest -q tests/browser
COP_HISTORIES=2 COP_MUTATIONS=100 sh tests/with_postgresql.sh $bin/python -m pytest -q -n 3 --dist loadfile tests/cop tests/live tests/migrations tests/hostile
