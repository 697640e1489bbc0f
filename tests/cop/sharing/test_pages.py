# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The administrators' pages about partner cities."""

import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select

from cop.accounts.models import Person
from cop.accounts.session import cookie_name
from cop.base.clock import now
from cop.base.db import db, new_id, transaction
from cop.knowledge.models import Article
from cop.sharing.cli import peer as peer_commands
from cop.sharing.models import PeerKey, PeerReading, PeerRecord, TrustEvent
from cop.sharing.quarantine import begin_quarantine
from cop.sharing.quarantine_work import work_off
from cop.sharing.stores import SqlPeers
from federation.keys import fingerprint
from tests.builders import a_city, a_person, an_account, an_article
from tests.queries import count_queries
from tests.reader import Reader

LIST = "/admin/partners"


@pytest.fixture
def admin(app: Flask) -> Reader:
    with transaction():
        account = an_account(a_person("Nadja"), is_admin=True)
        person_id = account.person_id
    reader = Reader(app, db.session.get_one(Person, person_id))
    reader.client.set_cookie(cookie_name("locale"), "en", domain="127.0.0.1")
    return reader


def a_peer(short: str = "Köln", *, state: str = "active", **facts: object) -> PeerRecord:
    origin = f"https://reihum.{short.lower().replace('ö', 'oe')}.example"
    given = {
        "name": f"Stadt {short}",
        "short": short,
        "letters": "K",
        "hue": 95,
        "locale": "de",
        "level_in": 3,
        "level_out": 3,
        "made_at": now(),
    } | facts
    peer = PeerRecord(origin=origin, state=state, **given)
    peer.keys = [PeerKey(key_id=f"{origin}/actor#peer-1", public_key=bytes(32))]
    with transaction():
        db.session.add(peer)
    return peer


def words(answer) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_members_have_no_business_there(app: Flask) -> None:
    with transaction():
        person = a_person("Bram")
    reader = Reader(app, person)

    assert reader.get(LIST).status_code == 403


def test_the_list_says_what_passes_and_what_waits(admin: Reader) -> None:
    a_peer("Köln", failures=3, last_error="tls", next_try_at=now())

    page = words(admin.get(LIST))

    for sentence in ("Köln", "reihum.koeln.example", "Work together", "Not reachable", "Köln is not answering."):
        assert sentence in page
    assert "certificate is not valid" in page


def test_an_empty_list_says_what_belongs_here(admin: Reader) -> None:
    assert "No partner city yet" in words(admin.get(LIST))


def test_an_invitation_is_shown_once_and_can_be_read(admin: Reader) -> None:
    page = admin.post(f"{LIST}/invite")

    assert page.status_code == 200
    assert "copfed1." in page.text
    assert "copfed1." not in admin.get(f"{LIST}/invite").text


def test_what_is_no_invitation_is_said_so_and_kept(admin: Reader) -> None:
    page = admin.post(f"{LIST}/accept", invitation="Hallo")

    assert page.status_code == 409
    assert "This is not an invitation" in words(page)
    assert "Hallo" in words(page)


def test_connecting_needs_the_codes_compared(admin: Reader) -> None:
    with admin.app.app_context():
        peer_id = a_peer("Göttingen", state="asked", offer_id="https://reihum.goettingen.example/a/1").id
    page = admin.get(f"{LIST}/{peer_id}/confirm")
    assert "Connect with Göttingen?" in words(page)

    refused = admin.post(f"{LIST}/{peer_id}/confirm", level="3")
    assert refused.status_code == 400
    taken = admin.post(f"{LIST}/{peer_id}/confirm", level="3", compared="1")

    assert taken.status_code == 302
    with admin.app.app_context():
        assert db.session.scalars(select(PeerRecord.state)).one() == "active"


def test_a_city_can_be_turned_down(admin: Reader) -> None:
    with admin.app.app_context():
        peer_id = a_peer("Göttingen", state="asked", offer_id="https://reihum.goettingen.example/a/1").id

    admin.post(f"{LIST}/{peer_id}/refuse")

    with admin.app.app_context():
        assert db.session.scalars(select(PeerRecord.state)).one() == "ended"


def test_a_connection_can_be_ended_and_tried_again(admin: Reader) -> None:
    with admin.app.app_context():
        peer_id = a_peer("Köln", failures=3, next_try_at=now()).id

    assert admin.post(f"{LIST}/{peer_id}/try").status_code == 302
    with admin.app.app_context():
        assert db.session.scalars(select(PeerRecord.next_try_at)).one() is None
    assert "End the connection" in words(admin.get(f"{LIST}/{peer_id}"))
    assert admin.post(f"{LIST}/{peer_id}/end", copies="kept").status_code == 302
    with admin.app.app_context():
        assert db.session.scalars(select(PeerRecord.state)).one() == "ended"
    assert "What we have of Köln" in words(admin.get(f"{LIST}/{peer_id}"))


def test_each_direction_has_its_level(admin: Reader) -> None:
    with admin.app.app_context():
        peer_id = a_peer("Köln").id

    assert admin.post(f"{LIST}/{peer_id}/levels", level_in="9", level_out="2").status_code == 400
    assert admin.post(f"{LIST}/{peer_id}/levels", level_in="0", level_out="2").status_code == 302

    with admin.app.app_context():
        peer = db.session.scalars(select(PeerRecord)).one()
        assert (peer.level_in, peer.level_out) == (0, 2)
        said = db.session.scalars(select(TrustEvent)).one()
        assert (said.code, said.details) == (
            "levels",
            {"before": {"in": 3, "out": 3}, "after": {"in": 0, "out": 2}},
        )
        assert said.person_id == admin.person_id


def test_a_new_key_counts_when_its_code_was_compared(admin: Reader) -> None:
    with admin.app.app_context():
        peer = a_peer("Köln")
        peer_id, new = peer.id, f"{peer.origin}/actor#peer-2"
        with transaction():
            db.session.add(PeerKey(peer_id=peer_id, key_id=new, public_key=bytes(range(32)), pending_since=now()))
    page = f"{LIST}/{peer_id}"

    assert "Köln has a new key. Compare it" in words(admin.get(LIST))
    assert fingerprint(bytes(range(32))) in words(admin.get(page))
    assert admin.post(f"{page}/keys/confirm", key=new).status_code == 400
    assert admin.post(f"{page}/keys/confirm", key=new, compared="1").status_code == 302
    assert admin.post(f"{page}/keys/confirm", key=new, compared="1").status_code == 409
    assert admin.post(f"{page}/keys/refuse", key=new).status_code == 409
    with admin.app.app_context():
        assert SqlPeers().key(new, at=now()) is not None
    assert admin.post(f"{page}/keys/revoke").status_code == 302
    with admin.app.app_context():
        assert SqlPeers().key(new, at=now()) is None
    assert "none is believed" in words(admin.get(page))
    assert "Believe no key" not in words(admin.get(page))


def test_our_own_keys_have_a_page(admin: Reader) -> None:
    with admin.app.app_context():
        a_peer("Köln")
        with transaction():
            a_city("https://reihum.koeln.example", short="Köln")
    page = f"{LIST}/keys"

    assert "for messages between the cities" in words(admin.get(page))
    assert admin.post(f"{page}/new", purpose="peer").status_code == 302
    assert "not confirmed yet by Köln" in words(admin.get(page))
    assert "replaced; still valid" in words(admin.get(page))
    assert admin.post(f"{page}/revoke").status_code == 400
    assert admin.post(f"{page}/revoke", sure="1").status_code == 302
    assert words(admin.get(page)).count("given up on") == 4


def test_copies_are_deleted_only_when_the_city_is_named(admin: Reader) -> None:
    with admin.app.app_context():
        peer_id = a_peer("Köln", state="ended").id
        with transaction():
            an_article("Von dort", origin="https://reihum.koeln.example")
    copies = f"{LIST}/{peer_id}/copies"

    again = admin.post(copies, copies="purged", sure="Bonn")
    assert again.status_code == 400
    assert "write the name of the city" in words(again)
    assert admin.post(copies, copies="hidden").status_code == 302
    assert admin.post(copies, copies="kept").status_code == 302
    with admin.app.app_context():
        assert list(db.session.scalars(select(Article.title))) == ["Von dort"]
    assert admin.post(copies, copies="purged", sure="köln").status_code == 302

    with admin.app.app_context():
        assert db.session.scalars(select(Article)).all() == []
        assert db.session.scalars(select(Person).where(Person.origin.like("%koeln%"))).all() == []
    assert "was deleted for good" in words(admin.get(f"{LIST}/{peer_id}"))
    assert admin.post(copies, copies="kept").status_code == 409


def test_what_came_from_a_city_that_ended_says_so(admin: Reader) -> None:
    with admin.app.app_context():
        a_peer("Köln", state="ended")
        with transaction():
            article_id = an_article("Von dort", origin="https://reihum.koeln.example").id

    assert "No longer updated" in words(admin.get(f"/knowledge/{article_id}"))


def test_the_list_says_how_far_each_side_has_read_and_what_is_in_quarantine(admin: Reader) -> None:
    peer = a_peer("Köln", last_error="window", last_contact_at=now())
    late = {"asked_at": now() - timedelta(minutes=14), "due_at": now(), "compare_at": now()}
    with transaction():
        db.session.add(PeerReading(id=new_id(), peer_id=peer.id, epoch="e", seq=317, head=320, **late))
        an_article(origin=peer.origin)
    with transaction():
        begin_quarantine(peer.origin, since=now() - timedelta(days=40), holds=True, by=None)
    work_off(peer.origin)

    page = words(admin.get(LIST))

    assert "to entry 317; 3 more are missing, for 14 minutes" in page
    assert "Its clock and ours differ by more than a minute." in page
    assert "1 thing" in page
    assert admin.post(f"{LIST}/{peer.id}/quarantine/release").status_code == 302
    assert "In quarantine" not in words(admin.get(LIST))
    assert "In quarantine nothing" in words(admin.get(f"{LIST}/{peer.id}"))


def test_the_list_leaves_out_what_is_nothing(admin: Reader) -> None:
    peer = a_peer("Köln")
    terms = ("Last error", "Copies compared", "Waiting", "Refused for good", "In quarantine")

    listed, whole = words(admin.get(LIST)), words(admin.get(f"{LIST}/{peer.id}"))

    assert {term: (term in listed, term in whole) for term in terms} == dict.fromkeys(terms, (False, True))
    assert fingerprint(bytes(32)) in listed


def folds(page) -> dict[str, bool]:
    """Which parts of a page fold, and whether they are open."""
    found = re.findall(r'<details class="cop-fold"( id="\w+")?( open)?><summary><h2>([^<]+)</h2>', page.text)
    return {unescape(title): bool(is_open) for _, is_open, title in found}


def test_a_citys_page_shows_what_to_do_and_folds_the_rest(admin: Reader) -> None:
    peer = a_peer("Köln")
    page = f"{LIST}/{peer.id}"

    assert folds(admin.get(page)) == {
        "Sending": False,
        "What passes between the cities": False,
        "Keys of Köln": False,
        "Quarantine": False,
        "End the connection": False,
    }
    assert [name for name, is_open in folds(admin.post(f"{page}/levels", level_in="9")).items() if is_open] == [
        "What passes between the cities"
    ]
    assert [name for name, is_open in folds(admin.post(f"{page}/end", copies="purged")).items() if is_open] == [
        "End the connection"
    ]
    admin.post(f"{page}/letters/pause")
    assert [name for name, is_open in folds(admin.get(page)).items() if is_open] == ["Sending"]


def test_the_command_says_the_same(app: Flask) -> None:
    peer = a_peer("Köln")
    with transaction():
        read = {"asked_at": now(), "due_at": now(), "compare_at": now()}
        db.session.add(PeerReading(id=new_id(), peer_id=peer.id, epoch="e", seq=320, head=320, **read))

    said = app.test_cli_runner().invoke(peer_commands, ["list"]).output

    for part in (peer.origin, "We give:", "all to entry 320", "Last error:          no error", fingerprint(bytes(32))):
        assert part in said


def test_the_list_asks_the_database_as_often_for_many_cities_as_for_few(admin: Reader) -> None:
    a_peer("Köln")
    with transaction():
        begin_quarantine("https://reihum.koeln.example", since=now(), holds=True, by=None)
    with count_queries() as few:
        admin.get(LIST)
    for number in range(20):
        origin = a_peer(f"Stadt{number}").origin
        with transaction():
            begin_quarantine(origin, since=now(), holds=True, by=None)
    with count_queries() as many:
        admin.get(LIST)

    assert len(few) == len(many)
