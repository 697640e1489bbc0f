# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The room's pages: everything works as plain forms, each answers for who sent it."""

import pytest
from flask import Flask

from cop.accounts.models import Person
from cop.base.db import db, transaction
from cop.room.rules.board import DotsState, Place
from cop.room.services import dots
from tests.cop.room.conftest import TITLES, Table
from tests.reader import Reader


@pytest.fixture
def leader(app: Flask, table: Table) -> Reader:
    return Reader(app, db.session.get_one(Person, table.leads.person_id))


@pytest.fixture
def ida(app: Flask, table: Table) -> Reader:
    return Reader(app, db.session.get_one(Person, table.member.person_id))


@pytest.fixture
def here(table: Table) -> str:
    return f"/meetings/{table.room.meeting_id}/room"


def test_a_member_sees_the_topics_and_nothing_to_moderate(table: Table, ida: Reader, here: str) -> None:
    page = ida.get(here).text

    assert all(title in page for title in TITLES)
    assert f"{here}/topic" in page
    assert f"{here}/phase" not in page
    assert f"{here}/start" not in page


def test_a_whole_round_by_plain_forms(table: Table, leader: Reader, ida: Reader, here: str) -> None:
    first, second, _third = table.cards

    for command, form in [("phase", {}), ("open-dots", {})]:
        assert leader.post(f"{here}/{command}", **form).status_code == 303
    assert ida.post(f"{here}/dots", card=second, number="2").status_code == 303
    assert "All dots placed" in ida.get(here).text or "Alle Punkte vergeben" in ida.get(here).text
    for command, form in [
        ("close-dots", {}),
        ("start", {}),
        ("notes", {"card": second, "text": "Sparring zu dritt"}),
        ("decision", {"card": second, "text": "Wir probieren es aus"}),
        ("action", {"card": second, "text": "Liste hochladen", "owner": "Köln", "due": "2026-12-10"}),
        ("park", {"card": first}),
    ]:
        assert leader.post(f"{here}/{command}", **form).status_code == 303

    board = table.board
    assert (board.dots, board.current, board.cards[first].place) == (DotsState.CLOSED, second, Place.PARKED)
    assert (board.cards[second].dots, board.cards[second].notes) == (2, "Sparring zu dritt")
    assert [(action.text, action.owner, action.due) for action in board.actions] == [
        ("Liste hochladen", "Köln", "2026-12-10")
    ]


def test_who_does_not_moderate_gets_a_refusal_and_nothing_changes(table: Table, ida: Reader, here: str) -> None:
    before = table.board.number

    assert ida.post(f"{here}/open-dots").status_code == 403
    assert ida.post(f"{here}/start").status_code == 403
    assert ida.get(f"{here}/end").status_code == 403

    assert table.board.number == before


def test_the_rooms_script_gets_what_is_ones_own_and_the_reason_of_a_refusal(
    table: Table, ida: Reader, here: str
) -> None:
    with transaction():
        dots.open_dots(table.room, table.moderation)
        dots.place_dots(table.room, table.member, card=table.cards[0], number=2)

    mine = ida.get(f"{here}/mine").text
    ida.client.environ_base["HTTP_HX_REQUEST"] = "true"
    refused = ida.post(f"{here}/dots", card=table.cards[1], number="1")

    assert f"&#34;{table.cards[0]}&#34;: 2" in mine
    assert 'data-left="0"' in mine
    assert (refused.status_code, 'data-problem=""' in refused.text) == (409, False)


def test_a_topic_added_in_the_room_is_a_topic_of_the_meeting(table: Table, ida: Reader, here: str) -> None:
    ida.post(f"{here}/topic", title="Onboarding: die ersten 100 Tage")

    assert "Onboarding: die ersten 100 Tage" in ida.get(here.removesuffix("/room")).text
    assert [card.title for card in table.board.at(Place.TO_DISCUSS)][-1] == "Onboarding: die ersten 100 Tage"


def test_the_end_leads_to_the_minutes(table: Table, leader: Reader, here: str) -> None:
    leader.post(f"{here}/phase")

    assert leader.get(f"{here}/end").status_code == 200
    answer = leader.post(f"{here}/end")

    assert answer.location.endswith("/minutes")
    assert table.room.ended_at is not None
    assert leader.get(here).status_code == 303


def test_the_beamer_shows_nothing_of_ones_own(table: Table, leader: Reader, here: str) -> None:
    page = leader.get(f"{here}/beamer").text

    assert TITLES[0] in page
    assert table.room.code in page
    assert "Ida Solberg" not in page
    assert f'action="{here}' not in page


@pytest.mark.parametrize("command", ["nothing", "..", "end%00"])
def test_what_is_no_command_does_not_exist(leader: Reader, here: str, command: str) -> None:
    assert leader.post(f"{here}/{command}").status_code in {404, 405}


def test_who_moderates_sees_run_sheet_notes_and_to_whom_to_hand_over(table: Table, leader: Reader, here: str) -> None:
    leader.post(f"{here}/phase")
    leader.post(f"{here}/start")

    page = leader.get(here).text

    assert f"{here}/move-phase" in page
    assert 'name="text" rows="8"' in page
    assert f'value="{table.member.person_id}">Ida Solberg' in page


def test_the_code_on_the_wall_leads_to_the_room_however_it_is_written(table: Table, ida: Reader, here: str) -> None:
    code = table.room.code

    typed = ida.post("/join", code=f" {code[:3].lower()} {code[3:].lower()} ")

    assert ida.get(typed.location).location == here
    assert ida.get(f"/r/{code}").location == here
    assert ida.get("/r/XXXXXX").status_code == 404
    assert ida.post("/join", code="").status_code == 400
