# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Writing to people, and what they don't want to be written."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete

from cop.base.db import db
from cop.base.i18n import _, force_locale
from cop.base.instance import this_city
from cop.base.mail import post_mail
from cop.notifications.models import Kind, NotificationChoice
from cop.notifications.queries import readers


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in its reader's language: subject, sentences, and where to go on."""

    subject: str
    sentences: Sequence[str]
    #: what one finds there, and its path here
    link: tuple[str, str]


def write_to(person_ids: Iterable[UUID], kind: Kind, write: Callable[[], Letter]) -> None:
    """Write a mail to each of these people who wants such mails, in their language; it leaves after the commit."""
    for reader in readers(person_ids, kind):
        with force_locale(reader.locale or this_city().locale):
            letter = write()
            post_mail(reader.email, letter.subject, _body(letter, reader.name))


def _body(letter: Letter, name: str) -> str:
    origin = this_city().origin
    what, path = letter.link
    parts = [
        _("Hello %(name)s,", name=name),
        "\n".join(letter.sentences),
        f"{what}:\n{origin}{path}",
        # what follows two hyphens and a space is a signature
        "-- \n"
        + _("This mail comes from Reihum, %(city)s. You can switch off mails of this kind:", city=this_city().name)
        + f"\n{origin}/notifications",
    ]
    return "\n\n".join(parts) + "\n"


def choose(person_id: UUID, wanted: Collection[Kind]) -> None:
    """Keep which kinds of mail somebody wants; only what is switched off is stored."""
    db.session.execute(delete(NotificationChoice).where(NotificationChoice.person_id == person_id))
    db.session.add_all(NotificationChoice(person_id=person_id, kind=kind) for kind in Kind if kind not in wanted)
