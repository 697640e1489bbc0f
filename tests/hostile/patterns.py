# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every regular expression of ours, wherever it stands, and texts that make a careless one slow."""

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import cop
import federation

ROOT = Path(__file__).parents[2]
LONG = 20_000
SPITEFUL = [
    f"{unit * (LONG // len(unit))}{end}"
    for unit in (
        "a",
        "1",
        "-",
        ".",
        "%41",
        "a.",
        " ",
        "\t",
        "\\",
        "/",
        "@",
        "a@",
        "[",
        "](",
        "ü",
        "*",
        "xn--",
        "#",
        ";",
        "0:",
    )
    for end in ("", "\0", "!\n")
]
CALLS = {"compile", "match", "fullmatch", "search", "sub", "split", "findall", "finditer", "Regexp"}


def ours():
    """List our patterns: what modules keep compiled, and what is written in a call."""
    found = {pattern.pattern: pattern for pattern in _kept()}
    for folder in ("cop", "federation", "plugins"):
        for path in (ROOT / folder).rglob("*.py"):
            for text in _written(ast.parse(path.read_text(encoding="utf-8"))):
                found.setdefault(text, re.compile(text))
    return list(found.values())


def _kept():
    for package in (cop, federation):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                values = vars(importlib.import_module(module.name)).values()
                yield from (value for value in values if isinstance(value, re.Pattern))


def _written(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in CALLS and node.args:
            owner = getattr(getattr(node.func, "value", None), "id", "")
            first = node.args[0]
            if owner in {"re", "validate"} and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value
