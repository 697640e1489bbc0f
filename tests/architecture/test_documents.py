# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The documents say what the program does: no more, no less."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest
from babel.messages.pofile import read_po
from flask import Flask
from marshmallow import Schema
from marshmallow import fields as schema_fields

from cop.base.db import Model
from cop.base.plugins import hook
from cop.cli import main
from cop.settings import Issuer, Settings
from cop.sharing.documents import SCHEMAS
from cop.sharing.documents.wishes import OFFERS, Grave, Invited, MemberWish, Refusal
from cop.sharing.hub import hub
from cop.sharing.metrics import MAILS, OF_PEERS, OLDEST, WORKER
from cop.sharing.requests import WORDS
from federation.calling import CODES

ROOT = Path(__file__).parents[2]
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
OPERATOR = (ROOT / "docs" / "operator" / "README.md").read_text(encoding="utf-8")
PRIVACY = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
CODE = re.compile(r"`([^`]+)`")
MARKDOWN = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not {".venv", "node_modules", "vendor", ".demo", ".pytest_cache"} & set(path.parts)
)
#: parts of `cop:membersByCity`, which is read by hand
COUNTS = {"cop:city", "cop:count"}
#: what all documents have
COMMON = {"@context", "type", "id", "attributedTo", "cop:rev", "proof"}


def section(text: str, title: str) -> str:
    """The part under a heading, up to the next one of its level or above."""
    level = title.count("#")
    found = re.search(rf"^{re.escape(title)}\n(.*?)(?=^#{{1,{level}}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, title
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The rows of the tables in a text, without their heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    kept = [line for line in lines if not set(line) <= set("|- ")]
    heads = {lines[at - 1] for at, line in enumerate(lines) if set(line) <= set("|- ")}
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in kept if line not in heads]


def named(cell: str) -> set[str]:
    return set(CODE.findall(cell))


def first_names(text: str) -> list[str]:
    return [name for row in rows(text) for name in CODE.findall(row[0])]


def test_every_setting_is_described_once() -> None:
    assert sorted(first_names(section(OPERATOR, "## Settings"))) == sorted(entry.name for entry in fields(Settings))


def test_what_is_needed_says_so() -> None:
    needed = {row[0].strip("`") for row in rows(section(OPERATOR, "## Settings")) if row[1] == "yes"}

    assert needed == {entry.name for entry in fields(Settings) if entry.default is entry.default_factory}


def test_every_part_of_an_issuer_is_described() -> None:
    described = section(OPERATOR, "## Settings").rpartition("Each issuer:")[2]

    assert {entry.name for entry in fields(Issuer)} <= named(described)


def commands(group: click.Group, before: str = "cop") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before} {name}")
        else:
            yield f"{before} {name}"


def test_every_command_is_described_once() -> None:
    assert sorted(first_names(section(OPERATOR, "## Commands"))) == sorted(commands(main))


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_command_a_document_names_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    known = set(commands(main))
    called = {
        " ".join(words.split()) for words in re.findall(r"(?<![\w./-])cop(?: [a-z]+){1,2}(?= |`|$)", text, re.MULTILINE)
    }
    groups = {command.rpartition(" ")[0] for command in known} - {"cop"}

    unknown = {
        words
        for words in called
        if words.split()[1] in main.commands
        and not any(words == command or words.startswith(f"{command} ") for command in known)
        and words not in groups
    }

    assert unknown == set()


def test_every_make_command_a_document_names_exists() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    texts = "\n".join(path.read_text(encoding="utf-8") for path in MARKDOWN)

    called = set(re.findall(r"(?:`|^)make ([a-z0-9-]+)", texts, re.MULTILINE))

    assert {"demo", "test"} <= called
    assert called - targets == set()


def handled(cell: str) -> set[str | None]:
    return set(named(cell)) or {None}


def test_every_activity_that_is_handled_is_described(app: Flask) -> None:
    described = {
        (activity, object_type)
        for row in rows(section(PROTOCOL, "## Activities"))
        if len(row) > 2
        for activity in named(row[0])
        for object_type in handled(row[1])
    }

    assert described == set(hub().router.accepted)


def test_every_kind_of_request_is_described() -> None:
    described = {row[0].strip("`") for row in rows(section(PROTOCOL, "## Activities")) if len(row) == 2}

    assert described == set(WORDS)


def names_in(schema: Schema) -> set[str]:
    """The names on the wire, also of what is nested."""
    found = set()
    for name, field in schema.fields.items():
        found.add(field.data_key or name)
        inner = field.inner if isinstance(field, schema_fields.List) else field
        if isinstance(inner, schema_fields.Nested):
            found |= names_in(inner.schema)
    return found


@pytest.mark.parametrize("type_", sorted(SCHEMAS))
def test_every_field_of_a_document_is_described(type_: str) -> None:
    schema = SCHEMAS[type_]()
    wanted = names_in(schema) | getattr(schema, "DERIVED", set())

    described = named(section(PROTOCOL, f"### `{type_}`"))

    assert wanted - COMMON - described == set()
    assert {name for name in described if name.startswith("cop:")} - {type_, *COMMON} - COUNTS <= wanted


def test_every_field_of_wishes_and_answers_is_described() -> None:
    described = named(section(PROTOCOL, "### In wishes and answers")) | named(section(PROTOCOL, "### `Tombstone`"))
    schemas = [*OFFERS.values(), Grave, Invited, MemberWish, Refusal]

    assert {name for schema in schemas for name in names_in(schema())} - described - {"id"} == set()


def said(name: str) -> Iterator[tuple[str, int | None]]:
    """Every refusal in the code: its code and status."""
    usual = {"bad": 400, "forbidden": 403, "unauthenticated": 401, "Refused": None, "Unreachable": None}
    for folder in ("federation", "cop/sharing"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in usual):
                    continue
                if (node.func.id == "Unreachable") != (name == "Unreachable") or not node.args:
                    continue
                words = [word.value if isinstance(word, ast.Constant) else None for word in node.args]
                if isinstance(words[0], str):
                    yield words[0], words[2] if len(words) > 2 else usual[node.func.id]


def test_every_refusal_is_described_with_its_status() -> None:
    described = {
        (row[0].strip("`"), int(status))
        for row in rows(section(PROTOCOL, "## Refusals"))
        for status in row[1].split(", ")
    }

    assert described == set(said("Refused"))


def test_every_way_not_to_get_an_answer_is_described() -> None:
    described = named(section(PROTOCOL, "## Refusals").rpartition("What the sender writes down")[2])

    unproved = {"answer_unsigned", *CODES.values()}
    assert {code for code, _ in said("Unreachable")} | {"connect", "tls"} | unproved == described


def test_every_table_stands_in_the_privacy_page() -> None:
    part = section(PRIVACY, "## What is stored about people")
    other = named(part.partition("Other tables")[2].partition("Free texts")[0])

    assert sorted([*first_names(part), *other]) == sorted(Model.metadata.tables)


def test_every_type_that_crosses_stands_in_the_privacy_page(app: Flask) -> None:
    described = named(" ".join(row[0] for row in rows(section(PRIVACY, "## What crosses to other cities"))))

    assert described == {activity for activity, _ in hub().router.accepted} - {"Create", "Update"} | set(SCHEMAS)


def test_every_hook_stands_in_the_developers_page(app: Flask) -> None:
    text = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    with app.app_context():
        hooks = {name for name in vars(hook()) if not name.startswith("_")}

    assert set(first_names(text)) == hooks


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))

    dead = [link for link in links if not link.startswith(("https://", "#")) and not _leads(path, link)]

    assert dead == []


def _leads(path: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = path.parent / name
    return target.exists() and (not anchor or anchor in _anchors(target))


def _anchors(path: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_metric_is_described_once() -> None:
    described = re.findall(r"`(reihum_[a-z_]+)`", (ROOT / "docs/operator/README.md").read_text(encoding="utf-8"))

    assert sorted(described) == sorted([*OF_PEERS, WORKER, OLDEST, MAILS])


@pytest.mark.parametrize("locale", ["de", "da"])
def test_what_a_guide_names_in_bold_stands_on_the_pages(locale: str) -> None:
    with (ROOT / f"cop/translations/{locale}/LC_MESSAGES/messages.po").open("rb") as file:
        messages = read_po(file, locale=locale)
    shown = {form for message in messages for form in (message.string, *message.string) if isinstance(form, str)}
    bold = re.findall(r"\*\*([^*]+)\*\*", (ROOT / f"docs/user/{locale}.md").read_text(encoding="utf-8"))

    assert [words for words in bold if not words.endswith((".", "?")) and words not in shown] == []


def test_every_file_says_whose_it_is_and_under_which_licence() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reuse", "lint", "--quiet"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    why = subprocess.run(
        [sys.executable, "-m", "reuse", "lint", "--lines"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, why.stdout[-3000:]
