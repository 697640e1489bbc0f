# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A board to try live channels with: each vote is a committed row, and a secret beside it is for moderators only.

`python -m tests.live.board PORT DATABASE` is a web process that has one; what takes seconds there takes less here
with `quick`.
"""

import sys
from collections import Counter

from flask import abort, jsonify, request
from markupsafe import escape
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, insert, select, update

from cop import asgi
from cop.base import live, presence, streams
from cop.base.db import Model, db, transaction
from cop.base.web import public
from tests.conftest import an_app, settings_for

TABLES = MetaData()
BOARD = Table("try_board", TABLES, Column("name", String, primary_key=True), Column("number", Integer))
VOTE = Table(
    "try_vote",
    TABLES,
    Column("board", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("text", String),
    Column("secret", String),
)
BOARDS = ("one", "two", "three", "four")
PAGE = """<!doctype html><html lang="en"><title>Board</title><link rel="icon" href="/static/favicon.svg">
<script src="/static/vendor/htmx/htmx.min.js" defer></script><script src="/static/live.js" defer></script>
<main data-live="/board/{name}/live?as=page&amp;after=0">
<section id="votes"><ul></ul><textarea id="note" aria-label="Note"></textarea><button>Vote</button></section>
<section id="last"><input aria-label="Only here"></section></main></html>"""
VOTES = """<section id="votes"><ul>{items}</ul><textarea id="note" aria-label="Note"></textarea><button>Vote</button></section>
<section id="last">{last}</section>"""


def add_board(app):
    """Add the board's pages and its source."""
    there, calls = Counter(), Counter()
    live.source(
        app,
        "board",
        render=_render,
        arrived=lambda channel, who: there.update([f"{channel} {who}"]),
        left=lambda channel, who: there.subtract([f"{channel} {who}"]),
    )
    live.every(app, 0.05, lambda: calls.update(["calls"]))
    closed = set()

    def listen(name):
        if name in closed:
            abort(403)
        facts = request.args
        return live.listen(
            channel=f"board:{name}",
            variant=facts.get("as", "member"),
            after=int(facts.get("after", 0)),
            who=facts.get("who", ""),
        )

    app.add_url_rule("/board/<name>/live", "board.live", public(listen))
    app.add_url_rule("/board/<name>", "board.page", public(lambda name: PAGE.format(name=name)))
    app.add_url_rule("/board/<name>/vote", "board.vote", public(_vote), methods=["POST"])
    app.add_url_rule(
        "/board/<name>/close", "board.close", public(lambda name: closed.add(name) or "closed"), methods=["POST"]
    )
    app.add_url_rule("/board/present", "board.present", public(lambda: jsonify(sorted(+there))))
    app.add_url_rule("/board/calls", "board.calls", public(lambda: str(calls["calls"])))
    app.add_url_rule("/board/open", "board.open", public(lambda: str(live.live_of(app).opened)))
    app.before_request_funcs.clear()  # nobody signs in here
    with app.app_context():
        TABLES.create_all(db.engine)
        with transaction():
            there_already = set(db.session.scalars(select(BOARD.c.name)))
            for name in set(BOARDS) - there_already:
                db.session.execute(insert(BOARD).values(name=name, number=0))


def vote(name, *, text, secret=""):
    """Store a vote and tell who listens; returns its number."""
    raised = update(BOARD).where(BOARD.c.name == name).values(number=BOARD.c.number + 1).returning(BOARD.c.number)
    number = db.session.scalars(raised).one()
    db.session.execute(insert(VOTE).values(board=name, number=number, text=text, secret=secret))
    live.changed(f"board:{name}", number)
    return number


def _vote(name):
    with transaction():
        number = vote(name, text=request.form["text"], secret=request.form.get("secret", ""))
    return str(number)


def _render(channel, variant, after):
    name = channel.partition(":")[2]
    if name == "two" and variant == "broken":
        raise RuntimeError("this source can't render")
    found = select(VOTE).where(VOTE.c.board == name, VOTE.c.number > after).order_by(VOTE.c.number)
    votes = db.session.execute(found).all()
    if not votes:
        return None
    if variant == "page":
        texts = db.session.scalars(select(VOTE.c.text).where(VOTE.c.board == name).order_by(VOTE.c.number)).all()
        items = "".join(f"<li>{escape(each)}</li>" for each in texts)
        return live.Change(votes[-1].number, VOTES.format(items=items, last=escape(texts[-1])))
    shown = [f"{row.text} {row.secret}" if variant == "moderator" else row.text for row in votes]
    return live.Change(votes[-1].number, "\n".join(shown))


def board_app(database, **facts):
    app = an_app(settings_for(database, **facts))
    add_board(app)
    return app


def main(port, database, *words):
    if "quick" in words:
        streams.HEARTBEAT_S, streams.CHECK_S, presence.GRACE_S, asgi.TAKES_NOTHING_MS = 1.0, (0.3, 0.6), 1.0, 1_500
    engine = create_engine(database)
    Model.metadata.create_all(engine)
    engine.dispose()
    app = board_app(database, origin=f"http://127.0.0.1:{port}", streams=3_000)
    asgi.create_server(app, host="127.0.0.1", port=int(port)).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
