# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What an operator installs is complete, and holds nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("reihum-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def in_checkout(folder: str, *endings: str) -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for path in (ROOT / folder).rglob("*")
        if path.suffix in endings and "__pycache__" not in path.parts
    }


def test_it_holds_the_programs_pages_styles_and_languages(names: set[str]) -> None:
    wanted = in_checkout("cop", ".py", ".html", ".txt", ".css", ".js", ".svg", ".woff2", ".mo", ".json") | in_checkout(
        "federation", ".py"
    )

    assert wanted - names == set()


def test_it_holds_plugins_by_their_import_names_and_the_migrations(names: set[str]) -> None:
    plugins = {name.removeprefix("plugins/") for name in in_checkout("plugins", ".py")}
    migrations = {f"cop/{name}" for name in in_checkout("migrations", ".py")}

    assert (plugins | migrations) - names == set()


def test_it_holds_no_tests(names: set[str]) -> None:
    assert [name for name in names if name.startswith(("tests/", "plugins/", "deploy/", "docs/"))] == []
