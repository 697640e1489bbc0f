# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What Aalborg brings: its leaders' network across departments, and a member of Kassel's community."""

from datetime import date
from typing import Any

from cop.base.audience import Audience
from cop.base.db import transaction
from cop.communities import services as communities
from cop.communities.models import Community, JoinMode, Kind
from cop.communities.rules import Membership
from cop.demo.cities import networks
from cop.demo.seed import kassel
from cop.demo.seed.calendar import workday
from cop.demo.seed.find import by_name
from cop.demo.seed.people import person, person_id
from cop.knowledge.models import ArticleKind
from cop.knowledge.services import publish_article
from cop.meetings import services as meetings
from cop.meetings.models import Meeting
from cop.rotation import services as rotation

COORDINATOR = "lars"
ZONE = "Europe/Copenhagen"
AGENDA = (
    {"kind": "checkin", "title": "Velkommen og runde", "minutes": 20},
    {"kind": "impulse", "title": "Oplæg: et dilemma fra egen praksis", "minutes": 30},
    {"kind": "leancoffee", "title": "Jeres emner", "minutes": 90},
    {"kind": "takeaway", "title": "Hvad tager vi med hjem", "minutes": 40},
)
PRACTICE = """\
Gode spørgsmål åbner, de lukker ikke. Fem, der virker hos os:

- Hvad er du mest i tvivl om lige nu?
- Hvad har du allerede prøvet?
- Hvem har en anden interesse i sagen end dig?
- Hvad ville der ske, hvis du ikke gjorde noget?
- Hvad er det mindste næste skridt?
"""


def facts() -> dict[str, Any]:
    """Return what the sources say about the network."""
    found: dict[str, Any] = next(one for one in networks()["communities"] if one["key"] == "aalborg-ledernetvaerk")
    return found


def tell() -> None:
    """Found the network, plan its meetings, write knowledge."""
    with transaction():
        _found()
    with transaction():
        _plan(_network(), communities.require_member(_network().id, person_id(COORDINATOR)))
    with transaction():
        _practice()


def ask_to_join_kassel() -> None:
    """Let the coordinator ask to become a member of Kassel's community."""
    with transaction():
        communities.ask_home_to_join(
            kassel.community(), person(COORDINATOR), shows_name=True, role_title="HR og Kompetenceudvikling"
        )


def work_with_kassel() -> None:
    """Let the new member take turns, support a topic and propose one."""
    with transaction():
        member = kassel.as_member(COORDINATOR)
        rotation.wish_to_take_turns(kassel.community(), member, knows_it=True)
        meeting = by_name(Meeting, f"Treffen {kassel.LAST_NUMBER + 1} der {kassel.facts()['name']}", column="title")
        meetings.wish_support(meeting.topics[0], member, on=True)
        meetings.wish_topic(meeting, member, title="Coaching: intern oder eingekauft?", pitch="", locale="de")


def _network() -> Community:
    return by_name(Community, facts()["name"])


def _found() -> None:
    founded = communities.found_community(
        person_id(COORDINATOR),
        kind=Kind.LEADER_NETWORK,
        name=facts()["name"],
        domain="Ledere fra alle forvaltninger mødes om ledelse som fag.",
        locale="da",
        visibility=Audience.PEERS,
        join_mode=JoinMode.REQUEST,
        rhythm="hver 2. måned, 3 timer",
        charter={
            "purpose": "Vi gør hinanden klogere på ledelse, på tværs af forvaltningerne.",
            "goals": facts()["purpose"],
            "success_criteria": ["Alle har fået et dilemma drøftet inden for et år"],
            "ground_rules": ["Det, der siges her, bliver her", "Vi stiller spørgsmål, før vi giver råd"],
            "agreed_on": date(2009, 9, 1),
        },
    )
    coordinator = communities.require_coordinator(founded.id, person_id(COORDINATOR))
    record = communities.ask_to_join(founded, person("signe"), shows_name=True, role_title="Leder")
    communities.accept_member(record, coordinator)
    for subject in ("signe", COORDINATOR):
        rotation.take_turns(founded, communities.require_member(founded.id, person_id(subject)), knows_it=True)


def _plan(network: Community, coordinator: Membership) -> None:
    meetings.plan_series(
        network,
        coordinator,
        title="Netværksmøde {number}",
        rrule="FREQ=MONTHLY;INTERVAL=2",
        starts_local=workday(22, 9),
        zone=ZONE,
        minutes=180,
        audience=Audience.PEERS,
        agenda=AGENDA,
    )
    member = communities.require_member(network.id, person_id("signe"))
    meeting = by_name(Meeting, "Netværksmøde 1", column="title")
    meetings.propose_topic(meeting, member, title="Hvordan siger jeg nej opad?", locale="da")


def _practice() -> None:
    publish_article(
        author_person_id=person_id(COORDINATOR),
        kind=ArticleKind.WISSEN_TO_GO,
        title="Fem gode spørgsmål til sparring i ledernetværk",
        body=PRACTICE,
        audience=Audience.PEERS,
        community=_network(),
        locale="da",
        tags=("ledelse", "sparring"),
    )
