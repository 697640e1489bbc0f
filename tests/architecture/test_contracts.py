# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who may import whom; the contracts stand in pyproject.toml."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_import_contracts_are_kept() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout[-3000:]


def test_no_view_decides_who_may_do_what() -> None:
    """Services refuse: what a view would refuse, another way in would let through."""
    views = [path for path in (ROOT / "cop").rglob("*.py") if {"views", "api"} & {path.stem, path.parent.name}]

    refusing = {
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in views
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Raise) and "Forbidden" in ast.dump(node)
    }

    assert len(views) > len(list((ROOT / "cop").glob("*/views.py")))
    assert refusing == set()
