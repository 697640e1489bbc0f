# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""German and Danish are complete, with the same placeholders; English is the source."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """All sentences of the program, collected as `make i18n` does it."""
    template = tmp_path_factory.mktemp("i18n") / "messages.pot"
    extract = ["-q", "extract", "-F", "cop/translations/babel.cfg", "-k", "N_", "-k", "_", "-o", str(template), "."]
    subprocess.run([sys.executable, "-m", "babel.messages.frontend", *extract], cwd=ROOT, check=True)
    with template.open("rb") as file:
        return read_po(file)


def catalog(locale: str) -> Catalog:
    with (ROOT / f"cop/translations/{locale}/LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale=locale)


@pytest.mark.parametrize("locale", ["de", "da"])
def test_every_sentence_is_translated(sentences: Catalog, locale: str) -> None:
    translated = catalog(locale)

    missing = [
        message.id
        for message in sentences
        if message.id
        and ((found := translated.get(message.id)) is None or not found.string or found.fuzzy or not all(found.string))
    ]

    assert len(list(sentences)) > 100
    assert missing == []


@pytest.mark.parametrize("locale", ["de", "da"])
def test_every_translation_keeps_the_placeholders(locale: str) -> None:
    wrong = [
        message.id
        for message in catalog(locale)
        if (message.id and any(found - names_in(message.id) for found in map(names_in, forms(message.string))))
        or (message.id and not message.pluralizable and names_in(message.id) != names_in(message.string))
    ]

    assert wrong == []


@pytest.mark.parametrize(("locale", "foreign"), [("de", "”"), ("da", "“")])
def test_quotation_marks_are_those_of_the_language(locale: str, foreign: str) -> None:
    wrong = [message.id for message in catalog(locale) if message.id and foreign in "".join(forms(message.string))]

    assert wrong == []


def forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return text if isinstance(text, tuple | list) else (text,)


def names_in(text: str | tuple[str, ...]) -> set[str]:
    return {name for form in forms(text) for name in PLACEHOLDER.findall(form)}
