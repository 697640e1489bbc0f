# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Turns and the reasons for them, in words."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from cop.base.i18n import _, day, local, month_year
from cop.rotation.models import TurnState
from cop.rotation.reading import ShownTurn
from cop.rotation.roles import MODERATOR, ORGANISER

Values = Mapping[str, Any]


def title_of(turn: ShownTurn) -> str:
    """Return who does what: "Bram moderates"."""
    if not turn.name:
        return _("Who moderates?") if turn.role == MODERATOR else _("Who organises?")
    if turn.me and turn.state != TurnState.SERVED:
        return _("You moderate") if turn.role == MODERATOR else _("You organise")
    if turn.state == TurnState.SERVED:
        words = _("%(name)s moderated", name=turn.name), _("%(name)s organised", name=turn.name)
    else:
        words = _("%(name)s moderates", name=turn.name), _("%(name)s organises", name=turn.name)
    return words[0] if turn.role == MODERATOR else words[1]


def task_of(turn: ShownTurn) -> str:
    """Return what the reader is asked for: "It is your turn to moderate on 3 December"."""
    when = day(local(turn.occasion_at))
    if turn.state == TurnState.OPEN_CALL:
        return (
            _("Who moderates on %(day)s?", day=when)
            if turn.role == MODERATOR
            else _("Who organises on %(day)s?", day=when)
        )
    if turn.me:
        return (
            _("It is your turn to moderate on %(day)s", day=when)
            if turn.role == MODERATOR
            else _("It is your turn to organise on %(day)s", day=when)
        )
    return f"{title_of(turn)}: {when}"


def state_of(turn: ShownTurn) -> tuple[str, str, str] | None:
    """Return kind, word and icon of a turn's state; nothing once it is served."""
    return {
        TurnState.PROPOSED: ("mute", _("Asked"), "mail"),
        TurnState.CONFIRMED: ("success", _("Confirmed"), "success"),
        TurnState.OPEN_CALL: ("warning", _("Wanted"), "warning"),
    }.get(turn.state)


def take_of(turn: ShownTurn) -> str:
    """Return the word on the button that confirms."""
    return _("Take the turn") if turn.role == MODERATOR else _("Take the organising")


def reasons_of(turn: ShownTurn, city_of: Callable[[str], Any]) -> list[str]:
    """Return two or three sentences that say why this person, made from what the rule looked at."""
    return [sentence for reason in turn.reasons if (sentence := _sentence(turn, reason, city_of))]


def _sentence(turn: ShownTurn, reason: Values, city_of: Callable[[str], Any]) -> str:
    code = str(reason.get("code", ""))
    if code == "other_city":
        return _last_city(turn, city_of(str(reason.get("city", ""))).short)
    if code in {"first_time", "longest_ago", "fewest_turns", "volunteer"}:
        return _to_me(turn, code) if turn.me else _of_others(turn, code, reason)
    return dict(_general(turn)).get(code, "")


def _last_city(turn: ShownTurn, city: str) -> str:
    if turn.role == MODERATOR:
        return _("%(city)s moderated last, now another city", city=city)
    return _("%(city)s organised last, now another city", city=city)


def _to_me(turn: ShownTurn, code: str) -> str:
    if turn.role == ORGANISER and code in {"first_time", "longest_ago"}:
        return {
            "first_time": _("You have not organised a meeting yet"),
            "longest_ago": _("It is your turn because you last organised longest ago"),
        }[code]
    return {
        "first_time": _("This is your first time"),
        "longest_ago": _("It is your turn because your last one was longest ago"),
        "fewest_turns": _("You have had the fewest turns, measured by the meetings at which it could have been you"),
        "volunteer": _("You stepped in"),
    }[code]


def _of_others(turn: ShownTurn, code: str, reason: Values) -> str:
    name = turn.name
    if code == "volunteer":
        return _("%(name)s stepped in", name=name)
    if code == "fewest_turns":
        return _("%(name)s has had the fewest turns, measured by the meetings at which it could have been", name=name)
    if code == "first_time" and turn.role == MODERATOR:
        return _("%(name)s has not moderated yet", name=name)
    if code == "first_time":
        return _("%(name)s has not organised yet", name=name)
    when = _month(reason.get("at"))
    if turn.role == MODERATOR:
        return _("%(name)s moderated longest ago: %(when)s", name=name, when=when)
    return _("%(name)s organised longest ago: %(when)s", name=name, when=when)


def _month(at: Any) -> str:
    try:
        return month_year(local(datetime.fromisoformat(str(at))))
    except ValueError:
        # a newer city may say it in another way
        return "–"


def _general(turn: ShownTurn) -> Iterator[tuple[str, str]]:
    codes = {reason.get("code") for reason in turn.reasons}
    yield "drawn", _("Several people were equal, so a draw decided")
    yield "passed_on", _("The turn was passed on")
    yield "newcomers", _("The community is young, so newcomers take turns, too")
    yield "open_call", _("Nobody could be found. Whoever would like to may step in")
    yield "again", _("There was nobody else, so it is the same person as last time")
    if "again" not in codes:
        yield "only_one", _("Nobody else could take this turn")
        yield "other_role", _("Nobody without another task was left")
