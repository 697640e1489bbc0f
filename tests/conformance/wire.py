# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The way to the city that is tested: requests go out exactly as they are written."""

import http.client
import ipaddress
import json
import ssl
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlsplit

WAIT_S = 90
ANSWERS_WITHIN_S = 15


@dataclass(frozen=True)
class Reply:
    """An answer; names of headers in lower case, repeated ones joined as HTTP joins them."""

    status: int
    headers: dict
    body: bytes

    @property
    def code(self):
        """The code of a problem document, if it is one."""
        if self.headers.get("content-type", "").partition(";")[0] != "application/problem+json":
            return None
        with suppress(ValueError, LookupError, TypeError):
            return json.loads(self.body)["title"]
        return None

    @property
    def document(self):
        """The JSON object in it, or an empty one."""
        with suppress(ValueError):
            found = json.loads(self.body)
            return found if isinstance(found, dict) else {}
        return {}


class Wire:
    """Speaks to one city. Who is asked to wait waits; on loopback each request comes from another address."""

    def __init__(self, url):
        parts = urlsplit(url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.scheme, self.host = parts.scheme, parts.netloc
        self._name, self._port = parts.hostname, parts.port
        self._numbers = count(1)

    def send(self, sealed):
        """Send a sealed request and return the answer."""
        reply = self._send(sealed)
        while reply.status == 429 and (seconds := int(reply.headers.get("retry-after", WAIT_S))) <= WAIT_S:
            time.sleep(seconds)
            reply = self._send(sealed)
        return reply

    def _send(self, sealed):
        with closing(self._connection()) as line:
            line.putrequest(sealed.method, sealed.path, skip_host=True, skip_accept_encoding=True)
            for name, value in sealed.headers.items():
                line.putheader(name, value)
            if sealed.method == "POST":
                line.putheader("content-length", str(len(sealed.body)))
            with suppress(BrokenPipeError, ConnectionResetError):  # it may answer before it has read all
                line.endheaders(sealed.body or None)
            answer = line.getresponse()
            told = {}
            for name, value in answer.getheaders():
                told[name.lower()] = f"{told[name.lower()]}, {value}" if name.lower() in told else value
            return Reply(answer.status, told, answer.read())

    def _connection(self):
        if self.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(self._name, self._port, timeout=ANSWERS_WITHIN_S, context=context)
        source = (self._address(), 0) if _is_loopback(self._name) else None
        return http.client.HTTPConnection(self._name, self._port, timeout=ANSWERS_WITHIN_S, source_address=source)

    def _address(self):
        number = next(self._numbers)
        return f"127.2.{number // 250}.{number % 250 + 1}"


def _is_loopback(name):
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
