# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""From a verified activity to the function that knows what to do with it."""

from collections.abc import Callable

from federation.activities import VerifiedActivity

Handler = Callable[[VerifiedActivity], None]


class Router:
    """Which handler takes which activity. What nobody takes is kept and ignored."""

    def __init__(self) -> None:
        self._handlers: dict[tuple[str, str | None], Handler] = {}

    def on(self, type_: str, object_type: str | None = None) -> Callable[[Handler], Handler]:
        """Register a handler for a type of activity and, where given, a type of object; the closer match wins.

        Raises:
            ValueError: when there is one already.
        """

        def register(handler: Handler) -> Handler:
            if (type_, object_type) in self._handlers:
                raise ValueError(f"{type_} of {object_type or 'anything'} has a handler already")
            self._handlers[type_, object_type] = handler
            return handler

        return register

    def handler(self, verified: VerifiedActivity) -> Handler | None:
        """Find who takes it."""
        activity = verified.activity
        exact = self._handlers.get((activity.type, activity.object_type))
        return exact or self._handlers.get((activity.type, None))

    def dispatch(self, verified: VerifiedActivity) -> bool:
        """Let the handler run; return False when nobody takes this kind."""
        handler = self.handler(verified)
        if handler is None:
            return False
        handler(verified)
        return True

    @property
    def accepted(self) -> frozenset[tuple[str, str | None]]:
        """All that is handled, for the documentation's test."""
        return frozenset(self._handlers)
