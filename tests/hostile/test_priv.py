# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What must not be stored, counted or found."""

import re

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

import cop.schema  # noqa: F401  all tables
from cop.base.db import Model, db
from tests.hostile.catalogue import cases

ADDRESS = re.compile(r"\b127\.1\.\d{1,3}\.\d{1,3}\b")
#: names that only a count or a watch of persons would have
WATCHING = {
    "last_seen",
    "online",
    "presence",
    "login_count",
    "logins",
    "reads",
    "read_at",
    "views",
    "points",
    "score",
    "rank",
}


def _no_addresses(live, peer_b):
    """After much traffic from many addresses none of them is stored."""
    for _ in range(3):
        address = live.address()
        assert peer_b.post(peer_b.activity(peer_b.event()), address=address).status == 202
        assert peer_b.post(b"{}", address=address).status == 400
    assert live.read("/login", accept="text/html").status == 200

    with live.app.app_context():
        there = set(db.inspect(db.engine).get_table_names())
        tables = [table for table in Model.metadata.sorted_tables if table.name in there]
        rows = [repr(tuple(row)) for table in tables for row in db.session.execute(select(table))]
    assert len(rows) > 3
    assert [row[:80] for row in rows if ADDRESS.search(row)] == []


def _nothing_is_counted(live):
    """No column and no route tells how much or when somebody did something."""
    columns = {f"{table.name}.{column.name}" for table in Model.metadata.tables.values() for column in table.columns}
    watching = {name for name in columns if name.partition(".")[2] in WATCHING}
    rules = [rule.rule for rule in live.app.url_map.iter_rules()]

    assert watching == set()
    # what machines read is about the connections between cities, and about nobody
    counting = [rule for rule in rules if re.search(r"rank|stat(s|istic)|activity|leader|metrics", rule)]
    assert counting == ["/metrics"]


def _not_found_by_search_engines(live):
    for path in ("/login", "/imprint", "/help", "/", "/no/such/page", "/actor"):
        assert live.read(path, accept="text/html").headers["x-robots-tag"] == "noindex, nofollow", path


PLAYS = {"ip": _no_addresses, "route_and_template_scan": _nothing_is_counted, "noindex": _not_found_by_search_engines}


@cases("priv")
def test_privacy(case, request):
    play = PLAYS[case.setup["check"]]
    wanted = play.__code__.co_varnames[: play.__code__.co_argcount]
    play(**{name: request.getfixturevalue(name) for name in wanted})


def test_what_people_wrote_is_in_no_message_about_a_failed_statement(app):
    with pytest.raises(SQLAlchemyError) as failure:
        db.session.execute(text("SELECT * FROM nowhere WHERE name = :name"), {"name": "Miriam Ahlsdorf"})

    assert "Ahlsdorf" not in str(failure.value)
