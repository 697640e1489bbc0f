# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The page of a meeting, as a member sees it."""

import os
from datetime import timedelta

from sqlalchemy import insert

from cop.accounts import services as accounts
from cop.accounts.session import cookie_name, keyed_hash
from cop.base.clock import now
from cop.base.db import db, new_id
from cop.meetings.models import Answer, Meeting, Registration, Support
from cop.meetings.rules import wall_clock
from cop.rotation.models import TurnState
from tests.bench.city import a_city, hello_server, serving
from tests.bench.figure import Figure, percentile
from tests.bench.load import again_and_again, drive, request_bytes
from tests.builders import AALBORG, a_community, a_meeting, a_record, a_topic, a_turn, an_account
from tests.builders import a_city as a_known_city

SERVER = os.environ.get("COP_TEST_POSTGRESQL")
AGENDA = [{"kind": "topics" if place == 5 else "item", "title": f"Punkt {place}", "minutes": 12} for place in range(10)]
TOPICS = 20
TAKING_PART = 40
COMMUNITIES = 50
TOKEN = "a-session-of-the-benchmark"


def measure(size):
    """Measure the page on SQLite, and on PostgreSQL where there is a server."""
    with hello_server() as origin:
        hello = [_milliseconds(f"{origin}/page", {}, connections, size) for connections in (1, 8)]
    for suffix, server in (("", None), *([("_pg", SERVER)] if SERVER else [])):
        with a_city(server=server) as city:
            meeting_id, headers = fill(city, size.meetings)
            with serving(city) as origin:
                page = f"{origin}/meetings/{meeting_id}"
                _milliseconds(page, headers, 1, size)  # the first pages compile templates
                for connections, reference in zip((1, 8), hello, strict=True):
                    yield Figure(
                        f"page.meeting{'_8' if connections == 8 else ''}_p50_ms{suffix}",
                        _milliseconds(page, headers, connections, size),
                        "ms",
                        "a small Jinja page by Flask under uvicorn and a2wsgi, same connections",
                        reference,
                        f"{connections} connections, {size.meetings} meetings, {len(AGENDA)} agenda items, {TOPICS} topics,"
                        f" {TAKING_PART} taking part, whole page as a member, server and load on a core each",
                    )


def _milliseconds(url, headers, connections, size):
    outcome = drive(
        url, again_and_again(request_bytes("GET", url, headers=headers)), connections=connections, seconds=size.seconds
    )
    assert set(outcome.statuses) == {200}, outcome.statuses
    return percentile(outcome.latencies_ms, 50)


def fill(city, meetings):
    """Fill the database; return the meeting to be read and the headers of a member who reads."""
    with city.filling():
        communities = [a_community(f"Community {number}") for number in range(COMMUNITIES)]
        db.session.execute(insert(Meeting), [_plain(communities, number) for number in range(meetings - 1)])
        meeting, account = _full(communities[0])
        accounts.open_session(account.id, token_hash=keyed_hash(TOKEN), device="bench", id_token="")
        cookie = f"{cookie_name('session')}={TOKEN}"
        db.session.flush()
        meeting_id = meeting.id
    return meeting_id, {"cookie": cookie, "accept-language": "de"}


def _plain(communities, number):
    community = communities[number % len(communities)]
    meeting_id = new_id()
    starts_at = now() + timedelta(hours=number - 5000)
    return {
        "id": meeting_id,
        "uri": f"{community.origin}/o/{meeting_id}",
        "origin": community.origin,
        "rev": 1,
        "community_id": community.id,
        "title": f"Treffen {number}",
        "starts_at": starts_at,
        "starts_local": wall_clock(starts_at, "Europe/Berlin"),
        "zone": "Europe/Berlin",
        "minutes": 120,
        "locale": "de",
        "agenda": AGENDA,
    }


def _full(community):
    a_known_city()
    meeting = a_meeting(
        community, agenda=AGENDA, title="Personalentwicklung im Wandel", description="Worum es geht. " * 20
    )
    people = [a_record(community, f"Person {n}", origin=AALBORG if n % 3 == 0 else None) for n in range(TAKING_PART)]
    for record in people:
        db.session.add(
            Registration(
                id=new_id(),
                meeting_id=meeting.id,
                person_id=record.person_id,
                answer=Answer.CONFIRMED,
                answered_at=now(),
            )
        )
    meeting.confirmed_count = TAKING_PART
    for number in range(TOPICS):
        topic = a_topic(meeting, people[number], f"Wie machen wir das mit Thema {number}?", pitch="Kurz gesagt. " * 8)
        for record in people[: number + 1]:
            db.session.add(Support(id=new_id(), topic_id=topic.id, person_id=record.person_id))
        topic.support_count = number + 1
    for role, record in zip(("organiser", "moderator"), people, strict=False):
        a_turn(meeting, role, record, state=TurnState.PROPOSED, reasons=[], followers=[])
    reader = people[1]
    return meeting, an_account(reader.person)
