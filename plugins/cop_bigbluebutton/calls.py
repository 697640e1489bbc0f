# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Calls to a BigBlueButton server, each with the checksum that proves who asks (its "API Security Model")."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from cop.plugin_api import CallFailed, VideoFailed, get_bytes

HASHES = ("sha1", "sha256", "sha384", "sha512")


class Refused(VideoFailed):
    """The server answered FAILED; `key` is its `messageKey`."""

    def __init__(self, call: str, key: str) -> None:
        """Keep the key, which tells what to do."""
        super().__init__(f"{call} was refused: {key}")
        self.key = key


@dataclass(frozen=True, slots=True)
class Server:
    """A server: `url` as `bbb-conf --secret` prints it (https://host/bigbluebutton), its shared secret, its hash."""

    url: str
    secret: str = field(repr=False)
    hash: str

    def address(self, call: str, parameters: Mapping[str, str]) -> str:
        """Return the address of a call. Who has it can make this one call, so it goes nowhere but to the server."""
        query = urlencode(parameters)
        checksum = hashlib.new(self.hash, f"{call}{query}{self.secret}".encode()).hexdigest()
        return f"{self.url.removesuffix('/api')}/api/{call}?{query}&checksum={checksum}"

    def ask(self, call: str, parameters: Mapping[str, str]) -> Element:
        """Return what the server answers.

        Raises:
            Refused: when it says no.
            VideoFailed: when it doesn't answer, or not in its XML.
        """
        try:
            told = get_bytes(self.address(call, parameters))
        except CallFailed as failed:
            # without its cause, which names the whole address
            raise VideoFailed(str(failed)) from None
        answer = _parsed(call, told)
        if answer.findtext("returncode") != "SUCCESS":
            raise Refused(call, (answer.findtext("messageKey") or "without a reason")[:100])
        return answer


class _WithoutTypes(TreeBuilder):
    """Takes no document type: without one there are no entities, and nothing is fetched or multiplied."""

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise ParseError(f"a document type: {name[:100]}")


def _parsed(call: str, told: bytes) -> Element:
    parser = XMLParser(target=_WithoutTypes())  # noqa: S314  no document types, and at most 1 MiB
    try:
        parser.feed(told)
        answer: Element = parser.close()
    except (ParseError, ValueError, LookupError) as error:
        raise VideoFailed(f"the answer to {call} can't be read: {error}") from None
    return answer
