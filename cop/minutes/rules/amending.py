# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which passages of a text can be amended, and how a change is taken over."""


def passages(body: str) -> list[str]:
    """Return the passages of a text in their order: its lines that aren't empty."""
    return [line.strip() for line in body.splitlines() if line.strip()]


def take_over(body: str, passage: str, text: str) -> str:
    """Return a text with another wording of a passage.

    It stays as it was when the passage doesn't stand in it exactly once: somebody has to look then.
    """
    lines = body.split("\n")
    found = [at for at, line in enumerate(lines) if line.strip() == passage]
    if not passage or len(found) != 1:
        return body
    indent = lines[found[0]][: len(lines[found[0]]) - len(lines[found[0]].lstrip())]
    return "\n".join([*lines[: found[0]], indent + text, *lines[found[0] + 1 :]])
