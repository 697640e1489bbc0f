# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Markdown and JSON."""

import json

from cop.knowledge.exports.sheet import Sheet


def as_markdown(sheet: Sheet) -> bytes:
    """Return the text as it was written, after a head in YAML; quoted as JSON, which YAML reads."""
    head = {
        "title": sheet.title,
        "from": sheet.city,
        "version": sheet.version,
        "updated": sheet.updated_at.isoformat(),
        "licence": sheet.licence,
        "language": sheet.locale,
        "source": sheet.address,
    }
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in head.items()]
    return "\n".join(["---", *lines, "---", "", sheet.body.rstrip(), ""]).encode()


def as_json(sheet: Sheet) -> bytes:
    """Return the article for programs: times in UTC (RFC 3339), the text as Markdown and as safe HTML."""
    facts = {
        "title": sheet.title,
        "markdown": sheet.body,
        "html": str(sheet.html),
        "language": sheet.locale,
        "from": sheet.city,
        "version": sheet.version,
        "published": sheet.published_at.isoformat(),
        "updated": sheet.updated_at.isoformat(),
        "licence": sheet.licence,
        "licence_url": sheet.licence_url,
        "source": sheet.address,
        "tags": list(sheet.tags),
    }
    return json.dumps(facts, ensure_ascii=False, indent=2).encode() + b"\n"
