# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Each test has its own app and its own database; what costs time and is the same for all is made once a process.

That is what templates, routes and SQL statements compile to: three quarters of what a new app would do.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from cop.base.db import db

STATEMENTS = 4000


class SharedRule(Rule):
    """A route whose address builder is compiled once, whichever app it belongs to."""

    builders: ClassVar[dict[tuple[object, ...], Callable[..., tuple[str, str]]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        converters = tuple((name, type(converter)) for name, converter in self._converters.items())
        key = (self.rule, tuple(self._trace), converters, repr(self.defaults), append_unknown)
        if key not in self.builders:
            self.builders[key] = super()._compile_builder(append_unknown)
        return self.builders[key]


def share() -> None:
    """Let all apps of this process share what they compile."""
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache()}
    Flask.url_rule_class = SharedRule
    db._engine_options["execution_options"] = {"compiled_cache": LRUCache(STATEMENTS)}
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        _equal_by_kind(dialect)


def _equal_by_kind(dialect: Any) -> None:
    """Let statements be found that another engine compiled: its dialect is part of what they are kept under."""
    dialect.__eq__ = lambda self, other: type(self) is type(other)
    dialect.__hash__ = lambda self: hash(type(self))
