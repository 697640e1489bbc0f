# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""From a verified activity to the function that knows what to do with it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from federation.activities import VerifiedActivity
from federation.ports import PinnedKeys

Handler = Callable[[VerifiedActivity], None]


@dataclass(frozen=True, slots=True)
class Act:
    """What an activity has us do, as far as it can be made ready outside any transaction.

    Attributes:
        about: the ids of what it is about and refers to, so that those of many acts are looked up at once.
        alone: it opens transactions of its own.
    """

    verified: VerifiedActivity
    do: Callable[[], None] = field(repr=False)
    about: Collection[str] = ()
    alone: bool = False


#: Makes ready what can be done together with others: reads the object, verifies its proof.
Preparation = Callable[[VerifiedActivity, PinnedKeys], Act]
#: Does several acts in their order, in one transaction of the host's: all of them, or none.
Together = Callable[[Sequence[Act]], None]


def in_turn(acts: Sequence[Act]) -> None:
    """Do one after the other, for a host without transactions."""
    for act in acts:
        act.do()


class Router:
    """Which handler takes which activity. What nobody takes is kept and ignored."""

    def __init__(self, together: Together = in_turn) -> None:
        self._together = together
        self._preparations: dict[tuple[str, str | None], Preparation] = {}

    def on(self, type_: str, object_type: str | None = None) -> Callable[[Handler], Handler]:
        """Register a handler for a type of activity and, where given, a type of object; the closer match wins.

        Raises:
            ValueError: when there is one already.
        """

        def register(handler: Handler) -> Handler:
            def prepare(verified: VerifiedActivity, keys: PinnedKeys) -> Act:
                return Act(verified, lambda: handler(verified), alone=True)

            self.prepare_on(type_, object_type)(prepare)
            return handler

        return register

    def prepare_on(self, type_: str, object_type: str | None = None) -> Callable[[Preparation], Preparation]:
        """Register, like `on`, who makes ready what is then done together with other acts.

        Raises:
            ValueError: when there is one already.
        """

        def register(prepare: Preparation) -> Preparation:
            if (type_, object_type) in self._preparations:
                raise ValueError(f"{type_} of {object_type or 'anything'} has a handler already")
            self._preparations[type_, object_type] = prepare
            return prepare

        return register

    def prepare(self, verified: VerifiedActivity, keys: PinnedKeys) -> Act:
        """Make ready what is to be done; nothing, when nobody takes this kind."""
        activity = verified.activity
        exact = self._preparations.get((activity.type, activity.object_type))
        prepare = exact or self._preparations.get((activity.type, None))
        return Act(verified, lambda: None) if prepare is None else prepare(verified, keys)

    def perform(self, acts: Sequence[Act]) -> None:
        """Do one act, or several that may be done together: all of them, or none."""
        if acts[0].alone:
            in_turn(acts)
        else:
            self._together(acts)

    @property
    def accepted(self) -> frozenset[tuple[str, str | None]]:
        """All that is handled, for the documentation's test."""
        return frozenset(self._preparations)
