# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What members of other cities want of things of ours, and what their homes answer us."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from cop.base.audience import Audience
from cop.base.instance import in_development
from cop.meetings.rules import MOST_PITCH, MOST_TITLE
from cop.sharing.documents.parts import MOST_ITEMS, TEXT, ObjectId, Word, language, line, text, whole

URL = 2000
#: a plain host and nothing before it: `https://room.example@evil.example` leads elsewhere than it looks
REST = r"(:[0-9]{1,5})?([/?#][!-~]*)?"
HTTPS = re.compile(rf"https://[A-Za-z0-9.-]+{REST}")
#: in development a city's own pages, too
LOOPBACK = re.compile(rf"http://127\.0\.0\.1{REST}")


def way_in(url: str) -> None:
    """Take an address that leads where it looks.

    Raises:
        ValidationError: for any other.
    """
    if not (HTTPS.fullmatch(url) or (in_development() and LOOPBACK.fullmatch(url))):
        raise ValidationError("no plain https address")


class Wish(Schema):
    """What a newer city says beyond these is left out."""

    class Meta:
        unknown = EXCLUDE


class MemberWish(Wish):
    """Somebody who wants to join a community, as they want to be shown."""

    name = line("name", required=True)
    shows_name = fields.Boolean(data_key="cop:showsName", load_default=False, truthy={True}, falsy={False})
    role_title = line("cop:roleTitle", longest=100, load_default="")


class TopicWish(Wish):
    """The words of a topic."""

    title = line("name", longest=MOST_TITLE, required=True)
    pitch = text("content", longest=MOST_PITCH, load_default="")
    locale = language()


class TurnWish(Wish):
    """An answer to a turn."""

    answer = fields.String(required=True, data_key="cop:answer", validate=validate.OneOf(["confirm", "pass", "take"]))


class RotationWish(Wish):
    """Whether somebody takes turns; the name comes with the consent to show it."""

    takes_turns = fields.Boolean(required=True, data_key="cop:takesTurns", truthy={True}, falsy={False})
    name = line("name", load_default="")
    knows_it = fields.Boolean(data_key="cop:knowsIt", load_default=False, truthy={True}, falsy={False})


class MinutesWish(Wish):
    """Minutes that a moderator of another city hands in."""

    body = text("content", longest=TEXT, least=1, required=True)
    audience = Word(Audience, Audience.COMMUNITY, required=True, data_key="cop:audience")
    licence = line("cop:licence", longest=40, load_default="")
    note = line("cop:note", longest=300, load_default="")


class Link(Wish):
    """A way into a meeting, for one who comes."""

    kind = line("kind", longest=40, load_default="room")
    label = line("label", load_default="")
    url = fields.String(required=True, validate=[validate.Length(max=URL), way_in])


class Invited(Wish):
    """What an acceptance holds for somebody who comes."""

    links = fields.List(
        fields.Nested(Link), data_key="cop:links", load_default=list, validate=validate.Length(max=MOST_ITEMS)
    )


class Refusal(Wish):
    """Why a home said no: a sentence for people, shown as text."""

    reason = line("summary", longest=1000, load_default="")
    code = line("cop:code", longest=40, load_default="refused")


class Grave(Wish):
    """What stays of a deleted object."""

    uri = ObjectId(required=True, data_key="id")
    rev = whole("cop:rev", least=1, load_default=1)
    hidden = fields.Boolean(data_key="cop:hidden", load_default=False, truthy={True}, falsy={False})


#: what is offered -> how it is read
OFFERS: Mapping[str, type[Wish]] = {
    "cop:Topic": TopicWish,
    "cop:Assignment": TurnWish,
    "cop:Rotation": RotationWish,
    "Article": MinutesWish,
}


def offered(type_: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of what is offered.

    Raises:
        ValidationError: when it is not as it should be.
    """
    facts: dict[str, Any] = OFFERS[type_]().load(document)
    return facts


__all__ = ["OFFERS", "Grave", "Invited", "MemberWish", "Refusal", "TopicWish", "offered"]
