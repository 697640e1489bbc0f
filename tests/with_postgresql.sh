#!/bin/sh
# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
# Runs a command with COP_TEST_POSTGRESQL naming a temporary cluster, which goes afterwards.
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
folder=$(mktemp -d)
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
[ "$(id -u)" != 0 ] || chown postgres "$folder"
finish() { as_postgres "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"; }
trap finish EXIT
trap 'exit 130' INT TERM
as_postgres "$bin/initdb" -D "$folder/data" -U postgres -A trust --no-sync >/dev/null
as_postgres "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" -o "-k $folder -c listen_addresses='' -c max_connections=300 -c fsync=off" start >/dev/null
COP_TEST_POSTGRESQL="postgresql+psycopg://postgres@/postgres?host=$folder" "$@"
