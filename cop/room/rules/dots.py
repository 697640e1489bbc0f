# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Dots: how many one has, what a merge gives back, the order they make."""

from collections.abc import Collection, Iterable, Mapping

from cop.room.rules.board import Card

MOST_BUDGET = 10


def place(mine: Mapping[str, int], card_id: str, number: int, *, budget: int, most_on_one: int) -> dict[str, int]:
    """Put a person's dots on one topic in place of those that lay there.

    `mine` is topic -> dots of this person, at least one each; `number` is how many shall lie on the topic, 0 takes them
    away. Returned are the person's dots afterwards, without zeros.

    Raises:
        ValueError: when that is more than one topic takes, or more than the person has.
    """
    after = {card: dots for card, dots in (dict(mine) | {card_id: number}).items() if dots}
    if not 0 <= number <= most_on_one or sum(after.values()) > budget:
        raise ValueError(number)
    return after


def merged(mine: Mapping[str, int], source: str, target: str, *, most_on_one: int) -> dict[str, int]:
    """Move a person's dots with a topic that goes into another; what the other doesn't take returns to the person."""
    moved = mine.get(source, 0)
    if not moved:
        return dict(mine)
    rest = {card: dots for card, dots in mine.items() if card != source}
    return rest | {target: min(rest.get(target, 0) + moved, most_on_one)}


def totals(ballots: Iterable[Mapping[str, int]], cards: Collection[str]) -> dict[str, tuple[int, int]]:
    """Count: topic -> its dots and how many people gave it some. Topics without any are left out."""
    counted: dict[str, tuple[int, int]] = {}
    for ballot in ballots:
        for card, number in ballot.items():
            if card in cards:
                dots, voters = counted.get(card, (0, 0))
                counted[card] = (dots + number, voters + 1)
    return counted


def in_order(cards: Iterable[Card], arranged: Collection[str], *, counted: bool) -> list[Card]:
    """Return topics as they are to be discussed.

    While dots are collected they stay in the order in which they came, so that nothing moves under a finger. Then: more
    dots first, then more people, then the older one; what the moderator arranged stands before all that, in that order.

    `cards` come the older first, `arranged` are ids as the moderator put them, `counted` says whether dots are known.
    """
    places = {card_id: at for at, card_id in enumerate(arranged)}
    last = len(places)
    if not counted:
        return sorted(cards, key=lambda card: places.get(card.id, last))
    return sorted(cards, key=lambda card: (places.get(card.id, last), -card.dots, -card.voters))
