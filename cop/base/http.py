# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Outgoing calls to what the operator configured; calls to peers are federation's."""

import json
from collections.abc import Mapping
from typing import Any

import requests
from urllib3.exceptions import HTTPError

TIMEOUT_S = 5
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


def _json_of(method: str, url: str, *, headers: Mapping[str, str] | None, body: str | None = None) -> dict[str, Any]:
    try:
        with (
            session() as calls,
            calls.request(
                method, url, data=body, headers=headers, timeout=TIMEOUT_S, allow_redirects=False, stream=True
            ) as answer,
        ):
            told = answer.raw.read(MOST_BYTES + 1, decode_content=True)
            if answer.status_code != requests.codes.ok or len(told) > MOST_BYTES:
                refused = requests.codes.bad_request <= answer.status_code < requests.codes.server_error
                raise CallFailed(f"{url} answered {answer.status_code} with {len(told)} bytes", refused=refused)
            found = json.loads(told)
    except (requests.RequestException, HTTPError, ValueError, OSError, RecursionError) as error:
        raise CallFailed(f"{url}: {error}") from error
    if not isinstance(found, dict):
        raise CallFailed(f"{url} is no JSON object")
    return found
