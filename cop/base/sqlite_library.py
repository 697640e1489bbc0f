# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which versions of SQLite's library may damage a database."""

import logging
import sqlite3

from cop.base.db import db
from cop.base.i18n import N_, translated

log = logging.getLogger(__name__)

#: the fault came with the write-ahead log and went with this version, and with these of older lines
FIRST, MENDED = (3, 7, 0), (3, 51, 3)
BACKPORTS = ((3, 44, 6), (3, 50, 7))
SENTENCE = N_(
    "SQLite %(version)s has a fault that can damage the database when several processes write to it. Use PostgreSQL, "
    "or SQLite 3.51.3 or newer (also 3.50.7 and 3.44.6)."
)

Version = tuple[int, int, int]


def may_damage(version: Version) -> bool:
    """Tell whether this version may lose what was just written when the write-ahead log begins anew."""
    if any(version[:2] == mended[:2] and version >= mended for mended in BACKPORTS):
        return False
    return FIRST <= version < MENDED


def library() -> Version:
    """Return the version of the library that runs here."""
    return sqlite3.sqlite_version_info[:3]


def warn() -> None:
    """Write it down, when a process starts."""
    if warning():
        log.warning(SENTENCE, {"version": sqlite3.sqlite_version})


def warning() -> str:
    """Say that this library may damage the database, in the reader's language; empty when it doesn't, or isn't used."""
    if db.engine.dialect.name != "sqlite" or not may_damage(library()):
        return ""
    return translated(SENTENCE, {"version": sqlite3.sqlite_version})
