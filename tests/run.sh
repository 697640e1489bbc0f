#!/bin/sh
# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
# The whole suite: on SQLite with coverage, then what touches the database again on PostgreSQL.
set -eu
bin=.venv/bin
$bin/coverage erase
$bin/python -m pytest -q -n 2 --dist loadfile --cov --cov-report= tests
$bin/coverage report --skip-covered --fail-under=95
$bin/coverage report --skip-covered --include='*/rules.py,federation/signing.py,federation/inbox.py' --fail-under=100
sh tests/with_postgresql.sh $bin/python -m pytest -q -n 2 --dist loadfile -m "not browser" tests/cop tests/live tests/migrations tests/hostile
