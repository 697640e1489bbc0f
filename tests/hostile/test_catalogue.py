# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""No line of the catalogue is forgotten, and none is counted twice."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.hostile.catalogue import FOLDER, PENDING, case, deviations, elsewhere, ids, lines, pending

ROOT = Path(__file__).parents[2]
GROUPS = sorted({line["group"] for line in lines().values()})
ISSUES = {3, 4, 5}


def test_every_line_runs_here_or_elsewhere_or_waits_and_only_one_of_these():
    run = [id_ for group in GROUPS for id_ in ids(group)]
    counted = Counter([*run, *elsewhere(), *pending()])

    assert {id_: times for id_, times in counted.items() if times > 1} == {}
    assert counted.keys() == lines().keys()


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_with_lines_that_run_has_a_module_that_plays_them(group):
    if ids(group):
        assert f'@cases("{group}"' in (FOLDER / f"test_{group}.py").read_text(encoding="utf-8")


def test_what_is_said_to_be_tested_elsewhere_exists():
    named = {test for tests in elsewhere().values() for test in tests}
    missing = [test for test in named if test.rpartition("::")[2] not in _tests_in(test.partition("::")[0])]

    assert missing == []


def _tests_in(path):
    file = ROOT / path
    tree = ast.parse(file.read_text(encoding="utf-8")) if file.exists() else ast.Module([], [])
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_what_waits_names_an_issue_that_is_to_come_and_a_reason():
    assert {issue for issue, _ in pending().values()} <= ISSUES
    assert all(len(reason) > 10 for _, reason in pending().values())
    assert PENDING.read_text(encoding="utf-8").startswith("#")


def test_a_deviation_says_why_and_is_of_a_line_that_runs():
    assert [id_ for id_, told in deviations().items() if not told.get("reason")] == []
    assert deviations().keys() <= set(lines()) - set(pending()) - set(elsewhere())
    assert case("SIG-030").http == [403]
