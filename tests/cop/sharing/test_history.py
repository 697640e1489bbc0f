# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Decisions about partner cities in words."""

import re
from html import unescape

import pytest
from flask import Flask

from cop.base.db import transaction
from cop.sharing import services
from cop.sharing.cli import peer
from cop.sharing.history import PAGE, SENTENCES, WORDS, history
from cop.sharing.models import Copies
from cop.sharing.rules import Trust
from tests.builders import AALBORG, HEIDELBERG, a_city, a_peer, a_person, an_account
from tests.reader import Reader

DETAILS = {
    Trust.LEVELS: {"before": {"in": 3, "out": 3}, "after": {"in": 2, "out": 0}},
    Trust.COPIES: {"copies": Copies.HIDDEN},
    Trust.QUARANTINED: {"since": "2026-11-20T08:00:00+00:00"},
    Trust.REPLAYED: {"number": 2},
    Trust.DROPPED: {"number": 1},
    Trust.TAKEN_BACK: {"number": 2},
}
KEY = {"key": f"{AALBORG}/actor#proof-1", "fingerprint": "0123 4567"}


def test_every_decision_has_words(app: Flask) -> None:
    assert {*SENTENCES, *WORDS} == set(Trust)
    with transaction():
        for trust in Trust:
            services.note(trust, AALBORG, **DETAILS.get(trust, KEY))

    with app.test_request_context():
        said = [row.what for row in history()]

    assert len(set(said)) == len(Trust)
    assert not [line for line in said if "%(" in line]


def test_the_page_says_who_and_what(app: Flask) -> None:
    with transaction():
        person = a_person("Nadja Petrikat")
        an_account(person, is_admin=True)
        a_city()
        peer_id = a_peer().id
        services.note(Trust.INVITED, HEIDELBERG, by=person.id)
        services.note(Trust.LEVELS, AALBORG, by=person.id, **DETAILS[Trust.LEVELS])
    reader = Reader(app, person)

    everything = reader.get("/admin/partners/history").text
    one = " ".join(unescape(re.sub(r"<[^>]+>", " ", reader.get(f"/admin/partners/history?of={peer_id}").text)).split())

    assert everything.count("Nadja Petrikat</p>") == 2
    assert "Aalborg: Wir geben „Nichts“ und nehmen „Mitlesen: Treffen und Wissen“." in one
    assert "Einladung" not in one


@pytest.mark.parametrize("asked", ["before=x", "before=-1", "of=nobody"])
def test_what_makes_no_sense_does_no_harm(app: Flask, asked: str) -> None:
    with transaction():
        person = a_person()
        an_account(person, is_admin=True)
    assert Reader(app, person).get(f"/admin/partners/history?{asked}").status_code == 200


def test_the_command_lists_all_pages(app: Flask) -> None:
    with transaction():
        for number in range(PAGE + 1):
            services.note(Trust.DROPPED, AALBORG, number=number)
        services.note(Trust.ENDED, HEIDELBERG)

    lines = app.test_cli_runner().invoke(peer, ["history", AALBORG]).output.splitlines()

    assert len(lines) == PAGE + 1
    assert "by command" in lines[0]
