# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The commands about partner cities."""

from flask import Flask
from sqlalchemy import select

from cop.base.db import db, transaction
from cop.sharing.cli import peer
from cop.sharing.models import TrustEvent
from tests.builders import AALBORG, a_peer


def test_an_invitation_is_one_line_to_pass_on(app: Flask) -> None:
    answer = app.test_cli_runner().invoke(peer, ["invite"])

    assert answer.exit_code == 0
    assert answer.output.startswith("copfed1.")
    assert len(answer.output.splitlines()) == 1


def test_what_is_no_invitation_is_said_so(app: Flask) -> None:
    answer = app.test_cli_runner().invoke(peer, ["accept", "Hallo"])

    assert answer.exit_code == 1
    assert "This is not an invitation" in answer.output


def test_a_city_that_did_not_ask_cannot_be_confirmed(app: Flask) -> None:
    answer = app.test_cli_runner().invoke(peer, ["confirm", "https://reihum.koeln.example"])

    assert answer.exit_code == 1


def test_levels_are_changed_and_a_partnership_ends_by_command(app: Flask) -> None:
    with transaction():
        a_peer()
    run = app.test_cli_runner().invoke

    said = run(peer, ["level", AALBORG, "--in", "2"])
    assert (said.exit_code, said.output) == (0, f"{AALBORG}  in: 2  out: 3\n")
    assert run(peer, ["copies", AALBORG, "--copies", "hidden"]).exit_code == 1
    assert run(peer, ["end", AALBORG], input="n\n").exit_code == 1
    assert run(peer, ["end", AALBORG, "--yes"]).exit_code == 0
    assert run(peer, ["copies", AALBORG, "--copies", "purged"], input="y\n").exit_code == 0
    assert run(peer, ["level", AALBORG, "--in", "2"]).exit_code == 1
    assert list(db.session.scalars(select(TrustEvent.code).order_by(TrustEvent.id))) == ["levels", "ended", "copies"]


def test_without_partners_the_list_is_empty(app: Flask) -> None:
    assert app.test_cli_runner().invoke(peer, ["list"]).output == ""
