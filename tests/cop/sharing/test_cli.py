# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The commands about partner cities."""

from flask import Flask
from sqlalchemy import select

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.sharing.cli import peer
from cop.sharing.hub import hub
from cop.sharing.key_cli import key
from cop.sharing.models import PeerKey, PeerRecord, TrustEvent
from federation.keys import fingerprint
from tests.builders import AALBORG, a_city, a_peer


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


def test_keys_are_listed_confirmed_refused_and_revoked_by_command(app: Flask) -> None:
    with transaction():
        record = a_peer()
        for name, pending in (("peer-1", None), ("peer-2", now()), ("peer-3", now())):
            record.keys.append(
                PeerKey(key_id=f"{AALBORG}/actor#{name}", public_key=name.encode(), pending_since=pending)
            )
    run = app.test_cli_runner().invoke

    listed = run(peer, ["keys", AALBORG]).output.splitlines()
    assert [line.split()[0] for line in listed] == ["peer-2", "peer-3", "peer-1"]
    assert run(peer, ["confirm-key", AALBORG, "peer-1", "--yes"]).exit_code == 1
    asked = run(peer, ["confirm-key", AALBORG, "peer-2"], input="y\n")
    assert (asked.exit_code, asked.output.splitlines()[0]) == (0, fingerprint(b"peer-2"))
    assert run(peer, ["refuse-key", AALBORG, "peer-3"]).exit_code == 0
    assert "believed until" in run(peer, ["keys", AALBORG]).output
    assert run(peer, ["revoke-key", AALBORG, "peer-1", "--yes"]).exit_code == 0
    assert run(peer, ["revoke-key", AALBORG, "--yes"]).exit_code == 0
    assert run(peer, ["revoke-key", AALBORG, "--yes"]).exit_code == 1
    assert run(peer, ["look-key", AALBORG]).exit_code == 1
    with db.session.no_autoflush:
        assert db.session.scalars(select(PeerRecord.paused_at)).one() is not None


def test_our_keys_are_listed_and_changed_by_command(app: Flask) -> None:
    with transaction():
        a_city()
        a_peer()
    run = app.test_cli_runner().invoke
    assert hub().keys

    code = run(key, ["rotate"]).output.strip()
    first = run(key, ["list"]).output.splitlines()[0]
    assert first.startswith(f"peer-2   {code}")
    assert first.endswith("not confirmed yet by Aalborg")
    assert run(key, ["seal", "-"], input=f"{app.secret_key}\n").output.startswith("Encrypted with the new")
    assert run(key, ["seal", "-"], input="another one\n").output.startswith("Error: Our keys were not")
    assert run(key, ["revoke"], input="n\n").exit_code == 1
    assert run(key, ["revoke", "--yes"]).exit_code == 0
    assert run(key, ["list"]).output.count("given up on") == 4


def test_without_partners_the_list_is_empty(app: Flask) -> None:
    assert app.test_cli_runner().invoke(peer, ["list"]).output == ""
