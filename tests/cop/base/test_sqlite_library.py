# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A library of SQLite that may damage the database is named."""

import sqlite3

import pytest
from flask import Flask

from cop.accounts.models import Person
from cop.base import sqlite_library
from cop.base.db import db, transaction
from cop.base.sqlite_library import may_damage
from tests.builders import a_person, an_account
from tests.reader import Reader


@pytest.mark.parametrize("version", [(3, 7, 0), (3, 40, 1), (3, 44, 5), (3, 50, 6), (3, 51, 2)])
def test_versions_with_the_fault_are_known(version) -> None:
    assert may_damage(version)


@pytest.mark.parametrize("version", [(3, 6, 23), (3, 44, 6), (3, 44, 9), (3, 50, 7), (3, 51, 3), (3, 52, 0), (4, 0, 0)])
def test_versions_without_it_are_not_warned_of(version) -> None:
    assert not may_damage(version)


def test_the_warning_stands_in_the_log_and_on_the_page(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with transaction():
        person_id = an_account(a_person("Nadja"), is_admin=True).person_id
    reader = Reader(app, db.session.get_one(Person, person_id))
    damaging = db.engine.dialect.name == "sqlite" and may_damage(sqlite_library.library())

    sqlite_library.warn()

    assert (f"SQLite {sqlite3.sqlite_version}" in caplog.text) == damaging
    assert (f"SQLite {sqlite3.sqlite_version}" in reader.get("/admin/partners").text) == damaging
