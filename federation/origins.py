# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The one parser for origins and URLs: what is compared is also what is connected to.

Anything that two parsers could read differently is refused instead of repaired: there is exactly one spelling of each
URL. (`urlsplit` and urllib3 read different hosts out of a URL with a backslash before the `@`.)
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NewType

import idna

from federation.errors import InvalidUrlError

#: `scheme://host[:port]` in its one canonical spelling; made by this module only.
Origin = NewType("Origin", str)

MAX_LENGTH = 1000
MAX_HOST = 253
MAX_PORT = 65535
_PATH_CHARACTERS = r"[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-F]{2}"
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+)(?::(?P<port>[1-9][0-9]{0,4}))?"
    rf"(?P<path>(?:/(?:{_PATH_CHARACTERS})*)*)"
    rf"(?P<query>\?(?:{_PATH_CHARACTERS}|[/?])*)?(?P<fragment>#[A-Za-z0-9_-]+)?"
)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_TOP_LABEL = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,58}[a-z0-9]")
# What some server between here and there might decode into a dot segment, a separator or a control character.
_TRICKY_ESCAPE = re.compile(r"%(?:[01][0-9A-F]|2E|2F|5C|7F)")
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ObjectUrl:
    """A URL that passed: where it lives, what is asked for there, and the key's name for key ids."""

    origin: Origin
    path: str
    query: str = ""
    fragment: str = ""

    def __str__(self) -> str:
        return f"{self.origin}{self.path}{self.query}{self.fragment}"

    @property
    def host(self) -> str:
        """The host's name without scheme and port."""
        return self.origin.partition("://")[2].partition(":")[0]


def parse_origin(text: object, *, development: bool = False) -> Origin:
    """Read an origin.

    https, a host name in A-label form and nothing else; under the development switch also http with any port on
    127.0.0.1.

    Raises:
        InvalidUrlError: when it is anything else.
    """
    url = _parse(text, development=development)
    if url.path or url.query or url.fragment:
        raise InvalidUrlError("an origin has no path, query or fragment")
    return url.origin


def parse_object_id(text: object, *, development: bool = False) -> ObjectUrl:
    """Read the id of an actor, activity or object: origin and path, no query, no fragment.

    Raises:
        InvalidUrlError: when it is anything else.
    """
    url = _parse(text, development=development)
    if url.query or url.fragment:
        raise InvalidUrlError("an id has no query and no fragment")
    return _with_path(url)


def parse_key_id(text: object, *, development: bool = False) -> ObjectUrl:
    """Read the id of a key: the actor's id and the key's name as the fragment.

    Raises:
        InvalidUrlError: when it is anything else.
    """
    url = _parse(text, development=development)
    if url.query or not url.fragment:
        raise InvalidUrlError("a key id is an actor's id and a fragment")
    return _with_path(url)


def parse_target(text: object, *, development: bool = False) -> ObjectUrl:
    """Read a URL to connect to: origin, path and perhaps a query.

    Raises:
        InvalidUrlError: when it is anything else.
    """
    url = _parse(text, development=development)
    if url.fragment:
        raise InvalidUrlError("a fragment is not sent")
    return _with_path(url)


def _with_path(url: ObjectUrl) -> ObjectUrl:
    if not url.path:
        raise InvalidUrlError("the path is missing")
    return url


def _parse(text: object, *, development: bool) -> ObjectUrl:
    if not isinstance(text, str) or len(text) > MAX_LENGTH:
        raise InvalidUrlError("not a text of ordinary length")
    return _read(text, development=development)


@lru_cache(maxsize=1024)  # each step of a request reads the same few ids
def _read(text: str, *, development: bool) -> ObjectUrl:
    match = _URL.fullmatch(text)
    if match is None:
        raise InvalidUrlError("not a URL of the one allowed spelling")
    origin = _origin(match["scheme"], match["host"], match["port"], development=development)
    _check_path(match["path"], match["query"] or "")
    return ObjectUrl(origin, match["path"], match["query"] or "", match["fragment"] or "")


def _origin(scheme: str, host: str, port: str | None, *, development: bool) -> Origin:
    if development and scheme == "http" and host == _LOOPBACK:
        if port is None or (port != "80" and int(port) <= MAX_PORT):
            return Origin(f"http://{host}:{port}" if port else f"http://{host}")
        raise InvalidUrlError("no such port")
    if scheme != "https":
        raise InvalidUrlError("only https")
    if port is not None:
        raise InvalidUrlError("no port but the scheme's own, and that unsaid")
    _check_host(host)
    return Origin(f"https://{host}")


def _check_host(host: str) -> None:
    """Refuse what is not a host name in A-label form with at least two labels; addresses end in digits."""
    *labels, top = host.split(".")
    if not labels or len(host) > MAX_HOST or not _TOP_LABEL.fullmatch(top):
        raise InvalidUrlError("not a full host name")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise InvalidUrlError("a label of the host name is not allowed")
    if any(label[2:4] == "--" for label in (*labels, top)):
        _check_a_labels(host)


def _check_a_labels(host: str) -> None:
    try:
        canonical = idna.encode(idna.decode(host)).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        canonical = ""
    if canonical != host:
        raise InvalidUrlError("not the A-label form of a valid host name")


def _check_path(path: str, query: str) -> None:
    if _TRICKY_ESCAPE.search(path) or _TRICKY_ESCAPE.search(query):
        raise InvalidUrlError("an escape that others may decode")
    if path and any(segment in {".", "..", ""} for segment in path[1:].split("/")[:-1]):
        raise InvalidUrlError("dot or empty segments")
    if path.rpartition("/")[2] in {".", ".."}:
        raise InvalidUrlError("dot segments")
