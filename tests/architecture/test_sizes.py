# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Nothing grows beyond what fits in a head."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_LINES = 400
MOST_IN_FUNCTION = 50
OURS = [
    path
    for folder in ("cop", "federation", "plugins", "tests", "deploy")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".py", ".html", ".css", ".js"} and not {"vendor", "node_modules"} & set(path.parts)
]


def test_no_file_is_longer_than_400_lines() -> None:
    too_long = {
        str(path.relative_to(ROOT)): lines
        for path in OURS
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }

    assert OURS
    assert too_long == {}


def test_no_function_is_longer_than_50_lines() -> None:
    too_long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in OURS
        if path.suffix == ".py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno > MOST_IN_FUNCTION
    ]

    assert too_long == []
