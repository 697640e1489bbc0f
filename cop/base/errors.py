# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What can go wrong, in words for the person in front of the screen.

Sentences are marked with `N_` where they are raised and translated where they are shown.
"""

from collections.abc import Mapping
from typing import ClassVar


class Problem(Exception):  # noqa: N818  a problem document's word (RFC 9457)
    """A refusal that a person can understand; becomes an error page or a problem document."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "problem"

    def __init__(self, sentence: str = "", **values: object) -> None:
        """Keep the marked sentence and the values of its placeholders."""
        super().__init__(sentence)
        self.sentence = sentence
        self.values = values


class Invalid(Problem):
    """Input that can't be taken; `fields` says for each field how to mend it."""

    status = 400
    code = "invalid"

    def __init__(self, fields: Mapping[str, list[str]], sentence: str = "") -> None:
        """Keep the marked sentences by field name."""
        super().__init__(sentence)
        self.fields = dict(fields)


class SignInNeeded(Problem):
    """Nobody is signed in."""

    status = 401
    code = "sign-in-needed"


class Forbidden(Problem):
    """Somebody is signed in, but this isn't theirs."""

    status = 403
    code = "forbidden"


class NotFound(Problem):
    """It doesn't exist, or not for this person."""

    status = 404
    code = "not-found"


class Conflict(Problem):
    """It can't be done in the present state."""

    status = 409
    code = "conflict"
