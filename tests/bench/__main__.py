# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Measures what is named (inbox, fanout, catchup, page, room, queries, demo, worker; all without a name), prints a table, writes bench.json."""

import json
import sys
from pathlib import Path

from tests.bench.benches import BENCHES
from tests.bench.figure import FULL, TINY, table


def main(words):
    size = TINY if "--tiny" in words else FULL
    figures = []
    for name in [word for word in words if word in BENCHES] or BENCHES:
        print(f"{name} …", file=sys.stderr)
        figures += BENCHES[name](size)
    print(table(figures))
    Path("bench.json").write_text(json.dumps([figure.row() for figure in figures], indent=2, ensure_ascii=False) + "\n")


main(sys.argv[1:])
