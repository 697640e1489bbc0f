# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Live channels without an event loop: each answer is what there is by now. With one: tests/live/test_streams.py."""

import pytest

from cop.base import live
from cop.base.db import transaction
from cop.base.event_stream import first_bytes
from tests.live.board import add_board, vote


@pytest.fixture
def board(app):
    add_board(app)
    return app.test_client()


def answer(board, path, **headers):
    """The events of an answer, without when to come back."""
    return board.get(path, headers=headers).text.partition("\n\n")[2]


def test_an_answer_has_what_came_after(app, board):
    with transaction():
        vote("one", text="first")
        vote("one", text="second")

    assert answer(board, "/board/one/live?after=1") == "id: 2\ndata: second\n\n"


def test_who_has_everything_gets_nothing(app, board):
    with transaction():
        vote("one", text="first")

    assert answer(board, "/board/one/live?after=1") == ""


@pytest.mark.parametrize(
    ("said", "events"),
    [
        ("1", "id: 2\ndata: second\n\n"),
        ("", "id: 2\ndata: first\ndata: second\n\n"),
        ("-1", "id: 2\ndata: first\ndata: second\n\n"),
        ("²", "id: 2\ndata: first\ndata: second\n\n"),
        ("9" * 30, "id: 2\ndata: first\ndata: second\n\n"),
    ],
)
def test_what_the_browser_says_it_has_counts_where_it_is_a_number(app, board, said, events):
    with transaction():
        vote("one", text="first")
        vote("one", text="second")

    assert answer(board, "/board/one/live", **{"Last-Event-ID": said}) == events


def test_a_variant_sees_what_is_its_own(app, board):
    with transaction():
        vote("one", text="first", secret="SECRET")

    assert answer(board, "/board/one/live?as=moderator") == "id: 1\ndata: first SECRET\n\n"
    assert answer(board, "/board/one/live?as=member") == "id: 1\ndata: first\n\n"


def test_no_text_can_begin_an_event_of_its_own():
    change = live.Change(7, "one\r\n\r\nid: 8\rdata: two\n\nevent: three\u2028four")

    written = change.encode().decode()

    assert written == "id: 7\ndata: one\ndata: \ndata: id: 8\ndata: data: two\ndata: \ndata: event: three\u2028four\n\n"


def test_nothing_to_show_still_has_its_number():
    assert live.Change(7, "").encode() == b"id: 7\n\n"


def test_a_change_is_told_when_it_is_committed_and_not_otherwise(app):
    heard = []
    live.live_of(app).heard.append(lambda *said: heard.append(said))

    with pytest.raises(ZeroDivisionError), transaction():
        raise ZeroDivisionError(live.changed("board:one", 1))
    with transaction():
        live.changed("board:one", 2)
        before = list(heard)
    live.changed("board:one", 3)

    assert before == []
    assert heard == [("board:one", 2), ("board:one", 3)]


def test_browsers_come_back_each_after_a_pause_of_its_own():
    pauses = {first_bytes() for _ in range(50)}

    assert len(pauses) > 25
    assert all(1_000 <= int(pause.split()[1]) <= 4_000 for pause in pauses)
