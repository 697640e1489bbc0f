# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What Kassel brings: the CoP Personalentwicklung with its meetings, topics and knowledge."""

from datetime import date
from typing import Any

from cop.base.audience import Audience
from cop.base.db import transaction
from cop.communities import services as communities
from cop.communities.models import Community, JoinMode, Kind
from cop.communities.rules import Membership
from cop.demo.cities import networks
from cop.demo.seed.calendar import workday
from cop.demo.seed.find import by_name
from cop.demo.seed.people import person, person_id
from cop.knowledge.models import ArticleKind
from cop.knowledge.services import publish_article
from cop.meetings import services as meetings
from cop.meetings.models import Answer, Meeting
from cop.minutes import services as minutes
from cop.rotation import services as rotation

COORDINATOR = "nadja"
MEMBERS = ("miriam", "tjark")
ZONE = "Europe/Berlin"
LAST_NUMBER = 13
AGENDA = (
    {"kind": "checkin", "title": "Ankommen", "minutes": 10},
    {"kind": "action_review", "title": "Offene Aufgaben vom letzten Mal", "minutes": 5},
    {"kind": "impulse", "title": "Impuls: Führungsdialog in 60 Minuten", "minutes": 20},
    {"kind": "leancoffee", "title": "Ihre Themen", "minutes": 55},
    {"kind": "break", "title": "Pause", "minutes": 5},
    {"kind": "takeaway", "title": "Was ich mitnehme, nächster Termin, kurze Rückmeldung", "minutes": 25},
)
LINKS = (
    {"kind": "room", "label": "BigBlueButton", "url": "https://bbb.kassel.example/rooms/cop-pe"},
    {"kind": "whiteboard", "label": "Conceptboard", "url": "https://app.conceptboard.example/board/cop-pe"},
)
PITCH = "Bei uns sagen viele kurzfristig ab. Was hilft bei Ihnen?"
#: what came out of the last meeting, in the order of its topics: talk, decisions, who does what
NOTES = (
    "- Zwei Städte führen Personalgespräche im Gehen; das lockert, braucht aber eine feste Strecke und Zeit danach.",
    "- Wir sammeln unsere Leitfragen an einer Stelle.",
    "- Kassel stellt die eigenen Leitfragen bis zum nächsten Treffen ein.",
    "- Ein Führungsdialog gelingt, wenn beide Seiten vorher dieselben drei Fragen bekommen.",
    "- Der Leitfaden aus Kassel wird in zwei Städten ausprobiert.",
    "- Alle berichten beim nächsten Treffen, was sie ausprobiert haben.",
)
GUIDE = """\
Ein Führungsdialog braucht keinen Nachmittag. So geht er in einer Stunde:

1. **Ankommen** (5 Minuten): Jede Person sagt einen Satz zum Stand der Dinge.
2. **Rückblick** (15 Minuten): Was hat die Zusammenarbeit leichter gemacht, was schwerer?
3. **Ausblick** (25 Minuten): Zwei Vereinbarungen für das nächste halbe Jahr.
4. **Abschluss** (15 Minuten): Wer tut was bis wann?

Die Vereinbarungen bleiben bei den beiden, die miteinander gesprochen haben.
"""


def facts() -> dict[str, Any]:
    """Return what the sources say about the community."""
    found: dict[str, Any] = next(one for one in networks()["communities"] if one["key"] == "cop-pe")
    return found


def tell() -> None:
    """Found the community, hold its last meeting, plan the next, collect topics, write knowledge."""
    with transaction():
        _found()
    with transaction():
        _last_meeting(community(), as_member(COORDINATOR))
    with transaction():
        _next_meeting(community(), as_member(COORDINATOR))
    with transaction():
        _guide(community())


def community() -> Community:
    """Return the community at any city."""
    return by_name(Community, facts()["name"])


def as_member(subject: str) -> Membership:
    """Return a persona's right in the community."""
    return communities.require_member(community().id, person_id(subject))


def _found() -> None:
    founded = communities.found_community(
        person_id(COORDINATOR),
        kind=Kind.COP,
        name=facts()["name"],
        domain="Wer Personal- und Organisationsentwicklung in einer Kommune macht, lernt hier von anderen Städten.",
        locale="de",
        visibility=Audience.PEERS,
        join_mode=JoinMode.REQUEST,
        rhythm="alle 3 Monate, 120 Minuten",
        charter={
            "purpose": "Alltagsfragen gemeinsam lösen, Neues teilen, uns den Rücken stärken.",
            "goals": facts()["purpose"],
            "success_criteria": ["Jede Stadt bringt im Jahr ein Thema ein", "Jedes Treffen hat ein Protokoll"],
            "ground_rules": [
                "Offen sprechen; was hier gesagt wird, bleibt hier",
                "Organisation und Moderation wechseln reihum",
                "Alle können Themen einbringen, vor und im Treffen",
            ],
            "agreed_on": date(2020, 9, 10),
        },
    )
    coordinator = communities.require_coordinator(founded.id, person_id(COORDINATOR))
    for subject in MEMBERS:
        record = communities.ask_to_join(founded, person(subject), shows_name=True, role_title="Personalentwicklung")
        communities.accept_member(record, coordinator)
    for subject in (*MEMBERS, COORDINATOR):
        rotation.take_turns(founded, communities.require_member(founded.id, person_id(subject)), knows_it=True)


def _last_meeting(founded: Community, coordinator: Membership) -> None:
    meeting = meetings.plan_meeting(
        founded,
        coordinator,
        title=f"Treffen {LAST_NUMBER} der {founded.name}",
        number=LAST_NUMBER,
        starts_local=workday(-80, 10),
        zone=ZONE,
        minutes=120,
        audience=Audience.PEERS,
        agenda=AGENDA,
        # told after the fact, so that nothing of it is late
        collection_closes_at=None,
    )
    for subject, title in zip(MEMBERS, facts()["topics"][14:], strict=True):
        meetings.propose_topic(meeting, as_member(subject), title=title)
    meetings.end_meeting(meeting, coordinator)
    body = minutes.draft_for(meeting)
    for words in NOTES:
        body = body.replace("- …", words, 1)
    minutes.publish_for(meeting, coordinator, body=body, audience=Audience.PEERS, licence="CC-BY-4.0")


def _next_meeting(founded: Community, coordinator: Membership) -> None:
    series = meetings.plan_series(
        founded,
        coordinator,
        title=f"Treffen {{number}} der {founded.name}",
        rrule="FREQ=MONTHLY;INTERVAL=3",
        starts_local=workday(11, 10),
        zone=ZONE,
        minutes=120,
        audience=Audience.PEERS,
        agenda=AGENDA,
        links=LINKS,
        first_number=LAST_NUMBER + 1,
    )
    meeting = by_name(Meeting, f"Treffen {LAST_NUMBER + 1} der {founded.name}", column="title")
    first = meetings.propose_topic(
        meeting, as_member("miriam"), title="Wie bleibt die Teilnahme an Fortbildungen verbindlich?", pitch=PITCH
    )
    meetings.support(first, as_member("tjark"))
    meetings.propose_topic(meeting, as_member("tjark"), title="Lernplattformen: ein Anbieter für mehrere Städte?")
    for title in facts()["topics"][:4]:
        meetings.propose_for_later(series.community, coordinator, title=title)
    meetings.answer(meeting, as_member("miriam"), Answer.CONFIRMED)


def _guide(founded: Community) -> None:
    publish_article(
        author_person_id=person_id("miriam"),
        kind=ArticleKind.GUIDE,
        title="Leitfaden: Führungsdialog in 60 Minuten",
        body=GUIDE,
        audience=Audience.PEERS,
        community=founded,
        locale="de",
        tags=("Führung", "Feedback"),
    )
