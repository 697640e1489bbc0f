# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Outgoing calls to what the operator configured; calls to peers are federation's."""

import json
from typing import Any

import requests

TIMEOUT_S = 5
MOST_BYTES = 1_048_576


class CallFailed(Exception):  # noqa: N818  said as it is
    """The configured service didn't answer as it should; the text is for the log."""


def session() -> requests.Session:
    """Return a session that ignores proxies and credentials of the environment."""
    calls = requests.Session()
    calls.trust_env = False
    calls.max_redirects = 0
    return calls


def get_json(url: str) -> dict[str, Any]:
    """Return the JSON object at a configured address.

    Raises:
        CallFailed: when there is no answer, a redirect, more than 1 MiB or no JSON object.
    """
    try:
        with session() as calls, calls.get(url, timeout=TIMEOUT_S, allow_redirects=False, stream=True) as answer:
            body = answer.raw.read(MOST_BYTES + 1, decode_content=True)
            if answer.status_code != requests.codes.ok or len(body) > MOST_BYTES:
                raise CallFailed(f"{url} answered {answer.status_code} with {len(body)} bytes")
            found = json.loads(body)
    except (requests.RequestException, ValueError, OSError) as error:
        raise CallFailed(f"{url}: {error}") from error
    if not isinstance(found, dict):
        raise CallFailed(f"{url} is no JSON object")
    return found
