# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""`text/event-stream` (HTML Standard, section 9.2), in chunks (RFC 9112, section 7.1)."""

import random
import re

STREAM_TYPE = "text/event-stream"
#: a comment; proxies and firewalls cut a silent line
HEARTBEAT = b":\n\n"
RECONNECT_MS = (1_000, 4_000)
LINE_END = re.compile(r"\r\n|\r|\n")


def first_bytes() -> bytes:
    """Say when to come back after a break, not everybody at once, and that nothing between collects what we send."""
    return b"retry: %d\nevent: there\ndata: .\n\n" % random.randint(*RECONNECT_MS)  # noqa: S311  spreads, hides nothing


def event(number: int, data: str) -> bytes:
    """Write one event; without data it only moves what the browser says it has."""
    lines = [f"data: {line}\n" for line in LINE_END.split(data)] if data else []
    return "".join([f"id: {number}\n", *lines, "\n"]).encode()


def chunk(part: bytes) -> bytes:
    """Write a part of an answer whose length isn't known yet."""
    return b"%x\r\n%b\r\n" % (len(part), part)
