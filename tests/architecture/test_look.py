# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Pages stay within the content security policy, and styles within the guide."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

import cop.base

BASE = Path(cop.base.__file__).parent
TEMPLATES = sorted(BASE.parent.rglob("templates/**/*.html"))
STYLES = sorted((BASE / "static" / "css").glob("*.css"))
MACROS = BASE / "templates" / "base" / "_macros.html"

#: what the policy would block, or must never be written: inline code, inline styles, htmx's ways to run code
INLINE = re.compile(r'\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+="|hx-on|hx-vals=.?js:|javascript:')
PALETTE = re.compile(r"--kern-color-[a-z]+-\d{3}|oklch\(|#[0-9a-f]{6}")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_inline_code_or_style(template):
    assert INLINE.findall(template.read_text()) == []


@pytest.mark.parametrize("style", [path for path in STYLES if path.name != "tokens.css"], ids=lambda path: path.name)
def test_palette_steps_stand_in_the_tokens_alone(style):
    assert PALETTE.findall(style.read_text()) == []


def test_the_list_of_macros_names_each_macro_a_page_may_call():
    text = MACROS.read_text()
    listed = set(re.findall(r"(?:^  |\), )([a-z_]+)\(", text.partition("-#}")[0], re.MULTILINE))
    environment = Environment(loader=FileSystemLoader(BASE / "templates"), autoescape=True)
    environment.globals.update(_=str, ngettext=str, csrf_token=str)
    defined = {name for name in vars(environment.get_template("base/_macros.html").module) if not name.startswith("_")}

    assert listed == defined - {"forms", "places", "bars", "initials"}
