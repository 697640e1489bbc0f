# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What each event does to the board. Replaying all events of a meeting gives the board as it stands."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cop.room.rules.board import Action, Board, Card, DotsState, ExtensionVote, Outcome, Place, Timer
from cop.room.rules.phases import Phase, PhaseKind

Facts = Mapping[str, Any]
Change = Callable[[Board, Facts, datetime], Board]
CHANGES: dict[str, Change] = {}


@dataclass(frozen=True, slots=True)
class Happening:
    """One event: its number, what kind it is, its facts as JSON holds them, and when it was."""

    number: int
    kind: str
    facts: Facts
    at: datetime


def replay(board: Board, happenings: Iterable[Happening]) -> Board:
    """Return the board after these events.

    Raises:
        ValueError: when one is missing in between.
    """
    for happening in happenings:
        if happening.number != board.number + 1:
            raise ValueError(f"event {happening.number} after {board.number}")
        changed = CHANGES[happening.kind](board, happening.facts, happening.at)
        board = replace(changed, number=happening.number)
    return board


def _on(kind: str) -> Callable[[Change], Change]:
    def register(change: Change) -> Change:
        CHANGES[kind] = change
        return change

    return register


@_on("prepared")
def _prepare(board: Board, facts: Facts, at: datetime) -> Board:
    return replace(board, phases=_phases(facts["phases"]), phase_began_at=at)


@_on("phases_changed")
def _change_phases(board: Board, facts: Facts, at: datetime) -> Board:
    phases = _phases(facts["phases"])
    now_in = board.phase_now
    here = next((n for n, phase in enumerate(phases) if now_in and phase.id == now_in.id), 0)
    return replace(board, phases=phases, phase=here)


@_on("phase_begun")
def _begin_phase(board: Board, facts: Facts, at: datetime) -> Board:
    spent = dict(board.spent)
    if board.phase_now is not None and board.phase_began_at is not None:
        spent[board.phase_now.id] = spent.get(board.phase_now.id, timedelta()) + (at - board.phase_began_at)
    where = next((n for n, phase in enumerate(board.phases) if phase.id == facts["phase"]), board.phase)
    return replace(board, spent=spent, phase=where, phase_began_at=at)


@_on("moderators_changed")
def _change_moderators(board: Board, facts: Facts, at: datetime) -> Board:
    return replace(board, moderators=tuple(facts["names"]))


# --- topics ---


@_on("topic_added")
def _add_card(board: Board, facts: Facts, at: datetime) -> Board:
    card = Card(facts["id"], facts["title"], facts["origin"], facts["by"], facts["locale"], facts["support"])
    return replace(board, cards={**board.cards, card.id: card})


@_on("topic_changed")
def _change_card(board: Board, facts: Facts, at: datetime) -> Board:
    return _with(board, facts["card"], title=facts["title"], support=facts["support"])


@_on("topic_withdrawn")
def _withdraw_card(board: Board, facts: Facts, at: datetime) -> Board:
    return _with(board, facts["card"], place=Place.WITHDRAWN)


@_on("topics_merged")
def _merge(board: Board, facts: Facts, at: datetime) -> Board:
    source, target = board.cards[facts["card"]], board.cards[facts["into"]]
    board = _with(board, source.id, place=Place.MERGED, merged_into=target.id)
    if board.dots != DotsState.CLOSED:
        return board
    return _with(board, target.id, dots=target.dots + source.dots, voters=max(target.voters, source.voters))


@_on("topic_split")
def _split(board: Board, facts: Facts, at: datetime) -> Board:
    source = board.cards[facts["card"]]
    target = board.cards[source.merged_into]
    if board.dots == DotsState.CLOSED:
        board = _with(board, target.id, dots=max(target.dots - source.dots, 0))
    return _with(board, source.id, place=Place.TO_DISCUSS, merged_into="")


@_on("topics_arranged")
def _arrange(board: Board, facts: Facts, at: datetime) -> Board:
    return replace(board, order=tuple(facts["order"]))


# --- dots ---


@_on("dots_opened")
def _open_dots(board: Board, facts: Facts, at: datetime) -> Board:
    return replace(_uncounted(board), dots=DotsState.OPEN, dots_round=facts["round"], voted=0, order=())


@_on("dots_placed")
def _place_dots(board: Board, facts: Facts, at: datetime) -> Board:
    return replace(board, voted=facts["voted"])


@_on("dots_closed")
def _close_dots(board: Board, facts: Facts, at: datetime) -> Board:
    for card, (dots, voters) in facts["totals"].items():
        board = _with(board, card, dots=dots, voters=voters)
    return replace(board, dots=DotsState.CLOSED)


# --- talking ---


@_on("topic_started")
def _start_topic(board: Board, facts: Facts, at: datetime) -> Board:
    length = timedelta(seconds=facts["seconds"])
    board = _with(board, facts["card"], place=Place.DISCUSSING)
    again = dict.fromkeys((*board.talked_about, facts["card"]))
    timer = Timer(length, 1, at, at + length)
    return replace(board, current=facts["card"], talked_about=tuple(again), timer=timer, extension=None, outcome=None)


@_on("topic_ended")
def _end_topic(board: Board, facts: Facts, at: datetime) -> Board:
    talked = timedelta(seconds=facts["seconds"])
    board = _with(board, facts["card"], place=Place(facts["to"]), talked=board.cards[facts["card"]].talked + talked)
    return replace(board, current="", timer=None, extension=None, outcome=None)


@_on("topic_parked")
def _park(board: Board, facts: Facts, at: datetime) -> Board:
    return _with(board, facts["card"], place=Place.PARKED)


@_on("topic_returned")
def _bring_back(board: Board, facts: Facts, at: datetime) -> Board:
    return _with(board, facts["card"], place=Place.TO_DISCUSS)


@_on("timer_paused")
def _pause(board: Board, facts: Facts, at: datetime) -> Board:
    return replace(board, timer=replace(board.timer, paused_at=at)) if board.timer else board


@_on("timer_resumed")
def _resume(board: Board, facts: Facts, at: datetime) -> Board:
    if board.timer is None or board.timer.paused_at is None:
        return board
    ends_at = at + board.timer.left(at)
    return replace(board, timer=replace(board.timer, ends_at=ends_at, paused_at=None))


@_on("time_added")
def _add_time(board: Board, facts: Facts, at: datetime) -> Board:
    if board.timer is None:
        return board
    more = timedelta(seconds=facts["seconds"])
    ends_at = (board.timer.paused_at or at) + board.timer.left(at) + more
    timer = replace(board.timer, length=board.timer.length + more, ends_at=ends_at)
    return replace(board, timer=timer, extension=None, outcome=None)


@_on("extension_opened")
def _open_extension(board: Board, facts: Facts, at: datetime) -> Board:
    closes_at = at + timedelta(seconds=facts["open_for"])
    vote = ExtensionVote(facts["round"], timedelta(seconds=facts["seconds"]), closes_at)
    return replace(board, extension=vote, outcome=None)


@_on("extension_voted")
def _count_extension(board: Board, facts: Facts, at: datetime) -> Board:
    return replace(board, extension=replace(board.extension, voted=facts["voted"])) if board.extension else board


@_on("extension_closed")
def _close_extension(board: Board, facts: Facts, at: datetime) -> Board:
    outcome = Outcome(facts["outcome"])
    if outcome != Outcome.CONTINUE or board.timer is None or board.extension is None:
        return replace(board, extension=None, outcome=outcome)
    length = board.extension.offered
    timer = Timer(length, board.timer.round + 1, board.timer.begun_at, at + length)
    return replace(board, timer=timer, extension=None, outcome=outcome)


# --- what stays ---


@_on("notes_written")
def _write_notes(board: Board, facts: Facts, at: datetime) -> Board:
    return _with(board, facts["card"], notes=facts["text"])


@_on("decision_recorded")
def _record_decision(board: Board, facts: Facts, at: datetime) -> Board:
    return _with(board, facts["card"], decisions=(*board.cards[facts["card"]].decisions, facts["text"]))


@_on("action_recorded")
def _record_action(board: Board, facts: Facts, at: datetime) -> Board:
    action = Action(facts["id"], facts["text"], facts["owner"], facts["due"], facts["card"])
    return replace(board, actions=(*board.actions, action))


@_on("action_removed")
def _remove_action(board: Board, facts: Facts, at: datetime) -> Board:
    return replace(board, actions=tuple(action for action in board.actions if action.id != facts["action"]))


@_on("takeaway_said")
def _say_takeaway(board: Board, facts: Facts, at: datetime) -> Board:
    return replace(board, takeaways=(*board.takeaways, facts["text"]))


@_on("ended")
def _end(board: Board, facts: Facts, at: datetime) -> Board:
    last = next((phase for phase in board.phases if phase.kind == PhaseKind.CLOSE), None)
    board = _begin_phase(board, {"phase": last.id if last else ""}, at)
    return replace(board, ended_at=at, extension=None, outcome=None)


def _phases(facts: Iterable[Facts]) -> tuple[Phase, ...]:
    return tuple(Phase(one["id"], PhaseKind(one["kind"]), one["title"], one["minutes"]) for one in facts)


def _with(board: Board, card_id: str, **facts: Any) -> Board:
    return replace(board, cards={**board.cards, card_id: replace(board.cards[card_id], **facts)})


def _uncounted(board: Board) -> Board:
    cards = {card.id: replace(card, dots=0, voters=0) for card in board.cards.values()}
    return replace(board, cards=cards)
