# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Why something was not taken, in codes that stay the same."""

from collections.abc import Mapping


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not a fault of ours
    """What a peer sent is not taken.

    Args:
        code: stable word for logs, tests and the peer's operator.
        detail: what was wrong with which part; never a person's data.
        status: the HTTP status of the answer.
        retry_after: seconds after which trying again makes sense (429 and 503).
        members: further ones of the problem document.

    `proved` tells whether a pinned key proves who is refused: the answer to that city is signed.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        status: int,
        *,
        retry_after: int | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.status = status
        self.retry_after = retry_after
        self.members = members or {}
        self.proved = False

    @property
    def problem(self) -> dict[str, object]:
        """Describe the refusal as a problem document (RFC 9457)."""
        usual = {"type": f"urn:cop-fed:{self.code}", "title": self.code, "status": self.status, "detail": self.detail}
        return {**usual, **self.members}


class InvalidUrlError(ValueError):
    """A text is not an origin or URL that this protocol allows."""


class Unreachable(Exception):  # noqa: N818 - a state of the peer, not a fault of ours
    """A peer could not be asked: no address, no connection, no answer in time.

    Args:
        code: stable word: `address`, `connect`, `tls`, `timeout`, `too_large`, `url`, `answer`; see also `Unproved`.
        detail: for the operator.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def unauthenticated(code: str, detail: str) -> Refused:
    """Refuse because nobody we know is proved to have sent it."""
    return Refused(code, detail, 401)


def forbidden(code: str, detail: str) -> Refused:
    """Refuse because the sender is known and may not do this."""
    return Refused(code, detail, 403)


def bad(code: str, detail: str, status: int = 400) -> Refused:
    """Refuse because the input can't be read."""
    return Refused(code, detail, status)
