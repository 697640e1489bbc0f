# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every decision about partner cities in words: what, who, when. The audit log as administrators read it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from cop.accounts.models import Person
from cop.accounts.setup import city_of
from cop.base.db import db
from cop.base.i18n import N_, _, clock_time, day, local, ngettext, translated
from cop.sharing.models import Copies, TrustEvent
from cop.sharing.rules import Trust
from cop.sharing.words import level_words

PAGE = 50
#: what the other city did, or what followed by itself
THEIRS = {Trust.ASKED, Trust.CONNECTED, Trust.PARTED, Trust.KEY_PINNED, Trust.SILENT}
THEIRS |= {Trust.KEY_ANNOUNCED, Trust.KEY_WITHDRAWN, Trust.OWN_KEY_TAKEN}
SENTENCES: Mapping[Trust, str] = {
    Trust.INVITED: N_("An invitation was made."),
    Trust.OFFERED: N_("%(city)s was asked to connect."),
    Trust.ASKED: N_("%(city)s asked to connect."),
    Trust.CONFIRMED: N_("The connection with %(city)s was confirmed."),
    Trust.CONNECTED: N_("Connected with %(city)s."),
    Trust.REFUSED: N_("%(city)s was turned down."),
    Trust.ENDED: N_("The connection to %(city)s was ended."),
    Trust.PARTED: N_("%(city)s ended the connection."),
    Trust.RELEASED: N_("What was in quarantine of %(city)s is shown again."),
    Trust.QUARANTINE_DROPPED: N_("What was in quarantine of %(city)s was deleted for good."),
    Trust.PAUSED: N_("Sending to %(city)s was paused."),
    Trust.RESUMED: N_("Sending to %(city)s goes on."),
    Trust.SILENT: N_("%(city)s was silent for too long: nothing is sent there by itself any more."),
}
COPIES = {
    Copies.KEPT: N_("What came from %(city)s is shown."),
    Copies.HIDDEN: N_("What came from %(city)s was hidden."),
    Copies.PURGED: N_("What came from %(city)s was deleted for good."),
}
Details = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the history."""

    number: int
    when: str
    who: str
    what: str


def history(origin: str | None = None, *, before: int | None = None) -> list[Decision]:
    """Return decisions about one city or all, latest first, some at a time."""
    wanted = select(TrustEvent, Person.display_name).outerjoin(Person, Person.id == TrustEvent.person_id)
    if origin is not None:
        wanted = wanted.where(TrustEvent.peer_origin == origin)
    if before is not None:
        wanted = wanted.where(TrustEvent.number < before)
    found = db.session.execute(wanted.order_by(TrustEvent.number.desc()).limit(PAGE)).all()
    return [_decision(event, name) for event, name in found]


def _decision(event: TrustEvent, name: str | None) -> Decision:
    city = city_of(event.peer_origin).short
    return Decision(event.number, _when(event.at), _who(event, name, city), _what(event, city))


def _when(instant: datetime) -> str:
    when = local(instant)
    return f"{day(when)} {when.year}, {clock_time(when)}"


def _who(event: TrustEvent, name: str | None, city: str) -> str:
    if event.code in THEIRS:
        return city
    if event.person_id is None:
        return _("by command")
    return name or _("somebody who is no longer here")


def _what(event: TrustEvent, city: str) -> str:
    if event.code in WORDS:
        return WORDS[Trust(event.code)](event.details, city)
    sentence = SENTENCES.get(Trust(event.code)) if event.code in set(Trust) else None
    return _(sentence, city=city) if sentence else event.code


def _levels(details: Details, city: str) -> str:
    after = details["after"]
    return _(
        "%(city)s: we give “%(given)s” and take “%(taken)s”.",
        city=city,
        given=level_words(after["out"]),
        taken=level_words(after["in"]),
    )


def _copies(details: Details, city: str) -> str:
    return _(COPIES[Copies(details["copies"])], city=city)


def _quarantined(details: Details, city: str) -> str:
    since = _when(datetime.fromisoformat(details["since"]))
    return _("What came from %(city)s since %(when)s is in quarantine.", city=city, when=since)


def _key(sentence: str) -> Callable[[Details, str], str]:
    def say(details: Details, city: str) -> str:
        return _(
            "%(said)s Code: %(code)s",
            said=translated(sentence, {"city": city, "name": str(details["key"]).partition("#")[2]}),
            code=details["fingerprint"],
        )

    return say


def _replayed(details: Details, city: str) -> str:
    number = details["number"]
    return ngettext(
        "%(num)s message to %(city)s sent again.", "%(num)s messages to %(city)s sent again.", number, city=city
    )


def _dropped(details: Details, city: str) -> str:
    number = details["number"]
    return ngettext("%(num)s message to %(city)s dropped.", "%(num)s messages to %(city)s dropped.", number, city=city)


def _taken_back(details: Details, city: str) -> str:
    number = details["number"]
    return ngettext(
        "%(num)s dropped message to %(city)s taken back.",
        "%(num)s dropped messages to %(city)s taken back.",
        number,
        city=city,
    )


WORDS: Mapping[Trust, Callable[[Details, str], str]] = {
    Trust.LEVELS: _levels,
    Trust.COPIES: _copies,
    Trust.QUARANTINED: _quarantined,
    Trust.KEY_PINNED: _key(N_("%(city)s has a key “%(name)s”, and signed for it.")),
    Trust.KEY_ANNOUNCED: _key(N_("%(city)s has a new key “%(name)s”. It waits to be compared.")),
    Trust.KEY_CONFIRMED: _key(N_("The new key “%(name)s” of %(city)s was compared and confirmed.")),
    Trust.KEY_REFUSED: _key(N_("The new key “%(name)s” of %(city)s was refused.")),
    Trust.KEY_REVOKED: _key(N_("The key “%(name)s” of %(city)s is no longer believed.")),
    Trust.KEY_WITHDRAWN: _key(N_("%(city)s gave up its key “%(name)s”. It is no longer believed.")),
    Trust.OWN_KEY_MADE: _key(N_("A new key “%(name)s” of this city was made.")),
    Trust.OWN_KEY_REVOKED: _key(N_("The key “%(name)s” of this city was given up.")),
    Trust.OWN_KEY_TAKEN: _key(N_("%(city)s confirmed our key “%(name)s”.")),
    Trust.REPLAYED: _replayed,
    Trust.DROPPED: _dropped,
    Trust.TAKEN_BACK: _taken_back,
}
