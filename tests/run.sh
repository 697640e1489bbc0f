#!/bin/sh
# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
# The whole suite: on SQLite with coverage; then what touches the database again on PostgreSQL, and at the same time what
# drives a browser, which mostly waits. A stage that fails fails the run; what the browser's stage said is shown at the end.
set -eu
bin=.venv/bin

# databases are made, written and thrown away by the thousand: in memory, where there is room
room=$(df -Pm /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
[ "${room:-0}" -lt 4000 ] || TMPDIR=/dev/shm
TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/reihum.XXXXXX")
export TMPDIR
chmod 711 "$TMPDIR" # PostgreSQL runs as another user
browser=
finish() {
  if [ -n "$browser" ]; then
    kill -INT "$browser" || true
    wait "$browser" || true
  fi
  rm -rf "$TMPDIR"
}
trap finish EXIT
trap 'exit 130' INT TERM

echo "== SQLite"
$bin/coverage erase
$bin/python -m pytest -q -n 2 --dist loadfile --ignore=tests/browser --cov --cov-report= tests
$bin/coverage report --skip-covered --fail-under=95
$bin/coverage report --skip-covered --include='*/rules.py,*/rules/*.py,federation/signing.py,federation/message_signatures.py,federation/inbox.py' --fail-under=100

# a session of its own, which hears of Ctrl-C once: from `finish`
setsid env --default-signal=INT $bin/python -m pytest -q tests/browser >"$TMPDIR/browser.log" 2>&1 &
browser=$!
failed=
echo "== PostgreSQL, and meanwhile the browser"
# what ails SQLite's file is the same here
COP_HISTORIES=2 COP_MUTATIONS=100 sh tests/with_postgresql.sh $bin/python -m pytest -q -n 2 --dist loadfile \
  --ignore=tests/hostile/test_fault.py tests/cop tests/live tests/migrations tests/hostile || failed=PostgreSQL

echo "== Browser"
wait "$browser" || failed="$failed Browser"
browser=
cat "$TMPDIR/browser.log"
[ -z "$failed" ] || { echo "failed: $failed"; exit 1; }
