# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Versions of the protocol. The tag of each signature carries the major one; two majors run side by side for a year."""

import re
from collections.abc import Collection
from functools import lru_cache

#: The majors this program speaks, and the one that every city spoke before there was a choice.
SPOKEN: tuple[int, ...] = (1,)
FIRST = 1

_VERSION = re.compile(r"cop-fed/([1-9][0-9]{0,2})")
_MAX_VERSIONS = 9


def tag_of(major: int) -> str:
    """Write a major version as the tag of a signature."""
    return f"cop-fed/{major}"


def major_of(tag: object) -> int | None:
    """Read the major version out of a tag; None when it is not one of this protocol."""
    return _major(tag) if isinstance(tag, str) else None


@lru_cache(_MAX_VERSIONS)
def _major(tag: str) -> int | None:
    found = _VERSION.fullmatch(tag)
    return int(found[1]) if found else None


def write_versions(majors: Collection[int] = SPOKEN) -> list[str]:
    """Write which majors a city speaks, as its actor document does."""
    return [tag_of(major) for major in sorted(majors)]


def read_versions(written: object) -> tuple[int, ...]:
    """Read which majors a city says it speaks: nothing said is the first; what can't be read is left out."""
    if written is None:
        return (FIRST,)
    tags = written[:_MAX_VERSIONS] if isinstance(written, list) else []
    return tuple(sorted({major for tag in tags if (major := major_of(tag)) is not None}))


def highest_common(theirs: Collection[int], *, ours: Collection[int] = SPOKEN) -> int | None:
    """Choose the version to speak with a city: the highest that both speak; None when there is none."""
    return max(set(theirs) & set(ours), default=None)
