# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What pages say about other cities and about what is on its way to them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Flask, g
from sqlalchemy import func, select

from cop.accounts.setup import city_of
from cop.base.clock import now
from cop.base.db import db, read
from cop.base.i18n import N_, _, clock_time, local, moment, translated
from cop.base.pending import PendingRequest, RequestState
from cop.sharing.models import DeliveryRecord, DeliveryState, LogEntry, PeerRecord, SentRequest
from cop.sharing.rules import READ, WORK
from federation.ports import PeerState

ERRORS = {
    "address": N_("Its address can't be found."),
    "connect": N_("It can't be reached."),
    "timeout": N_("It didn't answer in time."),
    "tls": N_("Its certificate is not valid."),
    "http_410": N_("It says that it has closed."),
    "answer_unsigned": N_("Something answered without the city's signature, perhaps a proxy or an error page."),
    "answer_key": N_("It signed its answer with a key that we don't know."),
    "answer_signature": N_("Its answer was changed on the way, or is not for us."),
    "answer_digest": N_("Its answer was changed on the way, or is not for us."),
    "answer_nonce": N_("Its answer was changed on the way, or is not for us."),
    "answer_window": N_("Its clock and ours differ by more than a minute."),
    "answer_version": N_("It speaks another version of the protocol."),
    "version": N_("It speaks another version of the protocol."),
    "window": N_("Its clock and ours differ by more than a minute."),
    "unknown_key": N_("It doesn't know our key."),
    "not_peered": N_("It doesn't count us among its partner cities."),
    "rate": N_("It asked us to wait."),
    "degraded": N_("It asked us to wait."),
    "early": N_("It asked us to wait."),
    "schema": N_("It doesn't understand this. Perhaps its program is older than ours, or newer."),
    "level": N_("It doesn't trust this city enough for this."),
    "unknown_object": N_("It doesn't know what this is about."),
    "owner": N_("It says that this is not ours to say."),
    "origin": N_("It says that this is not ours to say."),
    "size": N_("This is too large for it."),
    "http_404": N_("There is no Reihum at its address."),
}
#: what became of a request that doesn't go out by itself
HELD_UP = {
    DeliveryState.DEAD: N_("%(city)s did not take it. The administrators here see it and can send it again."),
    DeliveryState.DROPPED: N_("The administrators here decided not to send it to %(city)s."),
    DeliveryState.FEED: N_("%(city)s has been silent for long. It gets this when it is back."),
    DeliveryState.ENDED: N_("It was not sent: this city and %(city)s don't share this any more."),
}
LEVELS = {
    0: N_("Nothing"),
    1: N_("Only name and badge"),
    READ: N_("Read: meetings and knowledge"),
    WORK: N_("Work together: meetings, knowledge, shared groups"),
    4: N_("Work together, and pass on what other cities published"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """Where somebody's request to another city is."""

    failures: int
    next_try_at: datetime | None
    arrived: bool
    taken: bool
    state: DeliveryState
    paused: bool


def init_words(app: Flask) -> None:
    """Offer these words to templates."""
    app.jinja_env.globals.update(on_its_way=on_its_way, level_words=level_words, no_longer_updated=no_longer_updated)
    app.context_processor(lambda: {"partner_count": partner_count()})


#: every page asks it, so it is put together once
_PARTNERS = select(func.count(PeerRecord.id)).where(PeerRecord.state == PeerState.ACTIVE)


def partner_count() -> int:
    """Count the cities with which this one is connected."""
    return read(_PARTNERS).scalar_one()


def level_words(level: int) -> str:
    """Say what a level of trust means."""
    return translated(LEVELS[level])


def level_choices() -> list[tuple[str, str]]:
    """Return the levels of trust for a form, with what each means."""
    return [(str(level), translated(sentence)) for level, sentence in LEVELS.items()]


def no_longer_updated(origin: str) -> str:
    """Say that what is of a city stays as it is: we take nothing from it any more. Empty when we do."""
    if "cop_silent_cities" not in g:
        mute = (PeerRecord.state == PeerState.ENDED) | (PeerRecord.level_in < READ)
        found = db.session.execute(select(PeerRecord.origin, PeerRecord.short).where(mute)).all()
        g.cop_silent_cities = {row.origin: row.short for row in found}
    short = g.cop_silent_cities.get(origin)
    return _("No longer updated: we get nothing from %(city)s any more.", city=short) if short else ""


def error_words(code: str | None) -> str:
    """Say why the last attempt failed; an unknown code as it is."""
    if code is None:
        return ""
    return translated(ERRORS[code]) if code in ERRORS else _("It answered: %(code)s", code=code)


def on_its_way(wish: PendingRequest) -> str:
    """Say where a request to another city is: on its way, waiting there, held up, or refused with the reason."""
    city = city_of(wish.home).short
    if wish.state == RequestState.REFUSED:
        reason = translated(wish.reason) if wish.reason else _("without a reason")
        return _("%(city)s said no: %(reason)s", city=city, reason=reason)
    if wish.state == RequestState.ACCEPTED:
        return ""
    return _underway(_ways(wish.person_id).get(wish.id), city)


def _underway(way: Way | None, city: str) -> str:
    if way is not None and way.state in HELD_UP:
        return _(HELD_UP[way.state], city=city)
    if way is not None and way.taken:
        return _("Asked; a coordinator of %(city)s decides", city=city)
    if way is not None and way.arrived:
        return _("%(city)s has it and will answer", city=city)
    sent = _("On its way to %(city)s", city=city)
    if way is not None and way.paused:
        return f"{sent}. " + _("The administrators here let everything for %(city)s wait.", city=city)
    return sent if way is None or not way.failures else f"{sent}. {silent(city, way.next_try_at)}"


def silent(city: str, next_try_at: datetime | None) -> str:
    """Say that a city doesn't answer, and when it is asked again."""
    if next_try_at is None or next_try_at <= now():
        return _("%(city)s is not answering. Nothing is lost, we are trying again now.", city=city)
    return _(
        "%(city)s is not answering. Nothing is lost, the next try is at %(time)s", city=city, time=_when(next_try_at)
    )


def silent_for_long(city: str, since: datetime) -> str:
    """Say that nothing is sent to a city any more, and what becomes of what it misses."""
    return _(
        "%(city)s has not answered for so long that nothing is sent there since %(when)s. Nothing is lost: when it is "
        "back, it fetches what it missed.",
        city=city,
        when=moment(since),
    )


def _when(instant: datetime) -> str:
    when = local(instant)
    return clock_time(when) if when.date() == local(now()).date() else moment(instant)


def _ways(person_id: UUID) -> dict[UUID, Way]:
    """Return where each waiting request of a person is; asked of the database once for a page."""
    ways: dict[UUID, dict[UUID, Way]] = g.setdefault("cop_ways", {})
    if person_id not in ways:
        ways[person_id] = {row[0]: Way(*row[1:]) for row in _read_ways(person_id)}
    return ways[person_id]


def _read_ways(person_id: UUID) -> list[Any]:
    found = db.session.execute(
        select(
            PendingRequest.id,
            PeerRecord.failures,
            PeerRecord.next_try_at,
            DeliveryRecord.done_at.is_not(None),
            SentRequest.taken_at.is_not(None),
            DeliveryRecord.state,
            PeerRecord.paused_at.is_not(None),
        )
        .join(SentRequest, SentRequest.request_id == PendingRequest.id)
        .join(LogEntry, LogEntry.activity_id == SentRequest.activity_id)
        .join(DeliveryRecord, DeliveryRecord.entry_id == LogEntry.id)
        .join(PeerRecord, PeerRecord.id == DeliveryRecord.peer_id)
        .where(PendingRequest.person_id == person_id, PendingRequest.state == RequestState.WAITING)
    )
    return list(found.all())
