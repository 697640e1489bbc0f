# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The catalogue of hostile and faulty cases: which run here, which are tests elsewhere, which wait.

A line is one case. Where the protocol decides otherwise in detail, `deviations.toml` says what is expected instead and
why; `elsewhere.toml` names the tests that hold a line already; `../hostile_pending.txt` says what waits for which issue.
"""

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.cop.knowledge.dom import GENERATED

FOLDER = Path(__file__).parent
PENDING = FOLDER.parent / "hostile_pending.txt"


@dataclass(frozen=True)
class Case:
    """One line, with what the protocol decides put over it."""

    id: str
    group: str
    description: str
    setup: dict
    http: list
    asserts: list


@cache
def lines():
    """Every line by its id."""
    found = [json.loads(line) for line in (FOLDER / "hostile.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len({line["id"] for line in found}) == len(found)
    return {line["id"]: line for line in found}


@cache
def deviations():
    return tomllib.loads((FOLDER / "deviations.toml").read_text(encoding="utf-8"))


@cache
def elsewhere():
    """Id -> the tests that hold it."""
    told = tomllib.loads((FOLDER / "elsewhere.toml").read_text(encoding="utf-8"))
    return {id_: tests for group in told.values() for id_, tests in group.items()}


@cache
def pending():
    """Id -> (issue, reason)."""
    rows = [row for row in PENDING.read_text(encoding="utf-8").splitlines() if row and not row.startswith("#")]
    split = [row.split(maxsplit=2) for row in rows]
    assert len({id_ for id_, _, _ in split}) == len(split)
    return {id_: (int(issue.removeprefix("issue-")), reason) for id_, issue, reason in split}


def case(id_):
    line = lines()[id_]
    other = deviations().get(id_, {})
    expected = line["expected"]
    return Case(
        id=id_,
        group=line["group"],
        description=line["description"],
        setup=line["setup"] | other.get("setup", {}),
        http=other.get("http", expected.get("http", [])),
        asserts=other.get("assert", expected.get("assert", [])),
    )


@cache
def ids(group):
    """The ids of a group that run in this folder."""
    return [
        id_
        for id_, line in lines().items()
        if line["group"] == group and id_ not in pending() and id_ not in elsewhere()
    ]


def cases(group, kind=None):
    """Parametrise a test with the cases of a group, perhaps of one kind of setup only."""
    found = [case(id_) for id_ in ids(group)]
    chosen = [each for each in found if kind is None or each.setup["kind"] == kind]
    return pytest.mark.parametrize("case", chosen, ids=[each.id for each in chosen])


def html_payloads():
    """Name and text of each HTML payload, for the browser tests: (id, text)."""
    stored = [line for line in lines().values() if line["setup"].get("kind") == "store_and_render"]
    return [(line["id"], payload(line["setup"]["payload"])) for line in stored]


def payload(told):
    """Return a payload's text, generated where the line only describes it."""
    return told if isinstance(told, str) else GENERATED[told["gen"]]
