# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Somebody who writes to a database of SQLite fifty times a second, until the end of the input; prints how long each took, in seconds."""

import sqlite3
import sys
import threading
import time

EVERY_S = 0.02


def main(path):
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    connection = sqlite3.connect(path, timeout=15, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    print("begun", flush=True)
    took = []
    while not ended.wait(EVERY_S):
        begun = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE peer SET hue = hue + 1")
        connection.execute("COMMIT")
        took.append(time.perf_counter() - begun)
    print(*took, sep="\n")


main(sys.argv[1])
