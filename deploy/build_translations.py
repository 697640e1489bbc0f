# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Compiles the languages when the package is built or installed."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def compile_catalogs(folder: Path) -> list[Path]:
    """Write a .mo beside each .po below a folder; return the new files."""
    made = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as text, source.with_suffix(".mo").open("wb") as binary:
            write_mo(binary, read_po(text, locale=source.parent.parent.name))
        made.append(source.with_suffix(".mo"))
    return made


class CustomBuildHook(BuildHookInterface[Any]):
    """Called by hatchling."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and put the result into the wheel although git ignores it."""
        root = Path(self.root)
        made = compile_catalogs(root / "cop" / "translations")
        build_data["artifacts"] += [str(path.relative_to(root)) for path in made]
