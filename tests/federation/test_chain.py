# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What was said can't be taken back, changed or left out unnoticed."""

import hashlib
from dataclasses import replace

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from federation.canonical import canonical
from federation.chain import START, BrokenChain, Link, commitment, follow, link, new_salt

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def said(number: int) -> dict[str, object]:
    return {"id": f"https://kassel.example/a/{number}", "type": "Like", "object": "https://aalborg.example/o/1"}


def a_log(length: int = 5) -> list[Link]:
    salts = [new_salt() for _ in range(length)]
    return [
        Link(number, commitment(salt, said(number)), salt, said(number)) for number, salt in enumerate(salts, start=1)
    ]


def end_of(links: list[Link]) -> bytes:
    return follow(links, after=0, previous=START)


@given(JSON)
def test_the_quick_way_writes_what_the_library_writes(document) -> None:
    assert canonical(document) == rfc8785.dumps(document)


@pytest.mark.parametrize("document", [2**53, -(2**53), [float("nan")], {"a": float("inf")}, "\ud800"])
def test_what_is_not_the_same_everywhere_is_refused(document) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - UnicodeEncodeError and the library's own are kinds of it
        canonical(document)


def test_commitment_and_link_are_what_the_protocol_says() -> None:
    salt = bytes(range(16))
    committed = hashlib.sha256(salt + rfc8785.dumps(said(1))).digest()

    assert commitment(salt, said(1)) == committed
    assert link(START, committed) == hashlib.sha256(bytes(32) + committed).digest()


def test_a_log_is_followed_from_any_entry_to_its_end() -> None:
    links = a_log()

    assert follow(links[2:], after=2, previous=end_of(links[:2])) == end_of(links)
    assert follow([], after=5, previous=end_of(links)) == end_of(links)


def test_what_may_not_be_seen_closes_the_chain_all_the_same() -> None:
    links = a_log()

    assert end_of([replace(each, salt=None, activity=None) for each in links]) == end_of(links)


def test_what_is_shown_is_what_was_said() -> None:
    links = a_log()
    links[2] = replace(links[2], activity=said(7))

    with pytest.raises(BrokenChain, match="content at 3") as broken:
        end_of(links)
    assert (broken.value.seq, broken.value.what) == (3, "content")


def test_nothing_is_left_out_twice_or_out_of_order() -> None:
    first, second, third = a_log(3)

    for wrong, missing in (([first, third], 2), ([second], 1), ([first, first], 2), ([first, third, second], 2)):
        with pytest.raises(BrokenChain, match=f"gap at {missing}"):
            end_of(wrong)


@given(st.integers(1, 6), st.data())
def test_whoever_changes_one_entry_changes_the_end(length, data) -> None:
    links = a_log(length)
    changed = data.draw(st.integers(0, length - 1))
    other = replace(links[changed], commitment=commitment(new_salt(), said(99)), salt=None, activity=None)

    assert end_of([*links[:changed], other, *links[changed + 1 :]]) != end_of(links)
