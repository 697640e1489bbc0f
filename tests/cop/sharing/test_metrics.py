# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The numbers that machines watch."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from cop.base.clock import now
from cop.base.db import db, new_id, transaction
from cop.base.lease import take_lease
from cop.base.mail import post_mail
from cop.settings import SettingsError
from cop.sharing.metrics import OF_PEERS
from cop.sharing.models import PeerReading, ReceivedActivity
from cop.sharing.quarantine import begin_quarantine
from cop.sharing.quarantine_work import work_off
from tests.builders import AALBORG, HEIDELBERG, a_peer, a_person, an_article
from tests.queries import count_queries

TOKEN = "a token of thirty-two characters or more"


@pytest.fixture
def watched(app: Flask) -> Flask:
    app.extensions["cop.settings"] = replace(app.extensions["cop.settings"], metrics_token=TOKEN)
    return app


def read(app: Flask) -> dict[tuple[str, str], float]:
    """Read the numbers as a monitoring program does: (name, peer) -> value."""
    answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer.content_type.startswith("application/openmetrics-text")
    return {
        (sample.name, sample.labels.get("peer", "")): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_a_worker_that_died_shows_within_seconds(watched: Flask) -> None:
    take_lease("worker", uuid4())
    with transaction():
        db.session.add(
            ReceivedActivity(
                sender=AALBORG,
                activity_id=f"{AALBORG}/a/1",
                key_id=f"{AALBORG}/actor#peer-1",
                body=b"{}",
                received_at=now(),
                due_at=now(),
            )
        )
    assert read(watched)["reihum_worker_running", ""] == 1

    with time_machine.travel(now() + timedelta(minutes=5)):
        found = read(watched)

    assert found["reihum_worker_running", ""] == 0
    assert 300 <= found["reihum_received_waiting_seconds", ""] < 360


def test_each_city_has_its_numbers(watched: Flask) -> None:
    with transaction():
        peer = a_peer(failures=2, last_contact_at=now())
        read_at = now() - timedelta(minutes=7)
        db.session.add(
            PeerReading(
                id=new_id(),
                peer_id=peer.id,
                epoch="e",
                seq=317,
                head=320,
                due_at=now(),
                asked_at=read_at,
                compare_at=now(),
            )
        )
        a_peer(HEIDELBERG, level=2)
        an_article(origin=AALBORG)
    with transaction():
        begin_quarantine(AALBORG, since=now() - timedelta(days=40), holds=True, by=None)
    work_off(AALBORG)

    found = read(watched)

    assert {name: found[f"reihum_peer_{name}", AALBORG] for name in ("cursor_entry", "unread_entries", "failures")} == {
        "cursor_entry": 317,
        "unread_entries": 3,
        "failures": 2,
    }
    assert found["reihum_peer_unread_minutes", AALBORG] == 7
    assert (found["reihum_peer_quarantined", AALBORG], found["reihum_peer_quarantined", HEIDELBERG]) == (1, 0)
    assert found["reihum_peer_level_out", HEIDELBERG] == 2
    assert found["reihum_peer_last_contact_seconds", HEIDELBERG] == 0
    assert {name for name, peer in found if peer} == set(OF_PEERS)


def test_nothing_of_people_is_in_it(watched: Flask) -> None:
    with transaction():
        a_peer()
        person = a_person("Bram Kjærsholm")
        post_mail("bram@kassel.example", "Desksharing", "Desksharing")

    answer = watched.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})

    assert "reihum_mails_waiting 1.0" in answer.text
    assert not any(word in answer.text for word in ("Bram", "bram", "Desksharing", str(person.id)))


@pytest.mark.parametrize("sent", [None, "", TOKEN, f"Bearer {TOKEN}x", "Bearer ", f"bearer {TOKEN}é"])
def test_only_who_has_the_token_reads_it(watched: Flask, sent: str | None) -> None:
    headers = {} if sent is None else {"Authorization": sent.encode("utf-8").decode("latin-1")}

    assert watched.test_client().get("/metrics", headers=headers).status_code == 403


def test_without_a_token_there_is_no_such_page(app: Flask) -> None:
    assert app.test_client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_a_short_token_is_refused_at_the_start(watched: Flask) -> None:
    with pytest.raises(SettingsError, match="metrics_token"):
        replace(watched.extensions["cop.settings"], metrics_token="short")


def test_many_cities_cost_no_more_questions_than_one(watched: Flask) -> None:
    with transaction():
        a_peer()
    with count_queries() as few:
        read(watched)
    with transaction():
        for number in range(20):
            a_peer(f"https://reihum.stadt{number}.example", short=f"Stadt{number}", name="Stadt")
    with count_queries() as many:
        read(watched)

    assert len(many) == len(few)
