# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What each page asks the database, with few rows and with many."""

from flask import url_for
from sqlalchemy import event

from cop.base.db import db
from cop.base.web import Policy, policy_of
from tests.bench.city import a_city
from tests.bench.figure import Figure
from tests.bench.world import World

FEW, MORE = 3, 12


def measure(size):
    """Count the pages that ask more when there are more rows."""
    few, many = queries_per_page()
    growing = [f"{page} {few[page]}→{many[page]}" for page in sorted(few) if many[page] > few[page]]
    yield Figure(
        "page.query_counts",
        len(growing),
        f"of {len(few)} pages",
        "what grows",
        0,
        f"each page that answers a coordinator and administrator, {FEW} and {FEW + MORE} rows of each kind;"
        f" growing: {', '.join(growing) or 'none'}",
    )


def queries_per_page():
    """Return endpoint -> number of queries, with few rows and with many."""
    with a_city() as city:
        world = World(city.app)
        world.grow(FEW)
        few = _count(world)
        world.grow(MORE)
        return few, _count(world)


def _count(world):
    with world.app.test_request_context():
        pages = _pages(world, world.ids) | {
            f"{page} (copy)": where for page, where in _pages(world, world.ids_abroad).items()
        }
    counted = {endpoint: _queries(world, address) for endpoint, address in pages.items()}
    return {endpoint: number for endpoint, number in counted.items() if number is not None}


def _pages(world, ids):
    rules = [
        rule for rule in world.app.url_map.iter_rules() if _is_page(world.app, rule) and rule.arguments <= ids.keys()
    ]
    return {rule.endpoint: _address(world, rule, ids) for rule in rules if rule.arguments or ids is world.ids}


def _is_page(app, rule):
    return policy_of(app, rule.endpoint) is not Policy.PEER and "GET" in rule.methods


def _address(world, rule, ids):
    values = {name: ids[name] for name in rule.arguments}
    if rule.endpoint.startswith("minutes.") and ids is world.ids:
        values["meeting_id"] = world.over
    if rule.endpoint == "search.results":
        values["q"] = "Wort"
    return url_for(rule.endpoint, **values)


def _queries(world, address):
    """Count what a page asks; None for what is no page."""
    client = world.app.test_client(use_cookies=False)
    with world.app.app_context():
        engine = db.engine
    sent = []

    def remember(connection, cursor, statement, *others):
        sent.append(statement)

    client.get(address, headers=world.headers)  # what is asked once in a process
    event.listen(engine, "before_cursor_execute", remember)
    try:
        answer = client.get(address, headers=world.headers)
    finally:
        event.remove(engine, "before_cursor_execute", remember)
    return len(sent) if answer.status_code == 200 and answer.mimetype == "text/html" else None
