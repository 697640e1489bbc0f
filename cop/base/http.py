# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Outgoing calls to what the operator configured; calls to peers are federation's."""

import json
from collections.abc import Mapping
from time import monotonic
from typing import Any

import requests
from urllib3.exceptions import HTTPError

#: for each packet, and for the whole answer
TIMEOUT_S = 5
DEADLINE_S = 10
CHUNK = 65_536
MOST_BYTES = 1_048_576


class CallFailed(Exception):  # noqa: N818  said as it is
    """The configured service didn't answer as it should; the text is for the log.

    `refused` tells that it answered, and that it was a no (4xx).
    """

    def __init__(self, text: str, *, refused: bool = False) -> None:
        """Keep the text for the log."""
        super().__init__(text)
        self.refused = refused


def session() -> requests.Session:
    """Return a session that ignores proxies and credentials of the environment."""
    calls = requests.Session()
    calls.trust_env = False
    calls.max_redirects = 0
    return calls


def get_json(url: str, *, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the JSON object at a configured address.

    Raises:
        CallFailed: when there is no answer, a redirect, more than 1 MiB or no JSON object.
    """
    return _json_of("GET", url, headers=headers)


def post_form(url: str, body: str, *, headers: Mapping[str, str]) -> dict[str, Any]:
    """Send a form to a configured address and return the JSON object it answers.

    Raises:
        CallFailed: as `get_json` does.
    """
    return _json_of("POST", url, headers=headers, body=body)


def get_bytes(url: str) -> bytes:
    """Return what stands at a configured address.

    Raises:
        CallFailed: when there is no answer, a redirect, or more than 1 MiB.
    """
    return _answer("GET", url, headers=None, body=None)


def _json_of(method: str, url: str, *, headers: Mapping[str, str] | None, body: str | None = None) -> dict[str, Any]:
    told = _answer(method, url, headers=headers, body=body)
    try:
        found = json.loads(told)
    except (ValueError, RecursionError) as error:
        raise CallFailed(f"{_place(url)}: {error}") from error
    if not isinstance(found, dict):
        raise CallFailed(f"{_place(url)} is no JSON object")
    return found


def _answer(method: str, url: str, *, headers: Mapping[str, str] | None, body: str | None) -> bytes:
    try:
        with (
            session() as calls,
            calls.request(
                method, url, data=body, headers=headers, timeout=TIMEOUT_S, allow_redirects=False, stream=True
            ) as answer,
        ):
            told = _read(answer)
            if answer.status_code != requests.codes.ok or len(told) > MOST_BYTES:
                refused = requests.codes.bad_request <= answer.status_code < requests.codes.server_error
                raise CallFailed(f"{_place(url)} answered {answer.status_code} with {len(told)} bytes", refused=refused)
            return told
    except (requests.RequestException, HTTPError, ValueError, OSError) as error:
        raise CallFailed(f"{_place(url)}: {type(error).__name__}") from error


def _read(answer: requests.Response) -> bytes:
    """Read up to what is too much; who sends drop by drop is given up at the deadline."""
    ends, told = monotonic() + DEADLINE_S, bytearray()
    while len(told) <= MOST_BYTES and (piece := answer.raw.read1(CHUNK, decode_content=True)):
        told += piece
        if monotonic() > ends:
            raise TimeoutError
    return bytes(told)


def _place(url: str) -> str:
    """Return an address without its query, which may hold a secret or be one: texts of failures go to the log."""
    return url.partition("?")[0]
