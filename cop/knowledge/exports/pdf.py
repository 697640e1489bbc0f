# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""PDF, where the extra `pdf` and the library Pango are installed. Nothing is fetched while it is drawn."""

import logging
from functools import cache
from html import escape
from typing import Any, Never

from cop.knowledge.exports.sheet import Sheet

STYLES = """
@page { size: A4; margin: 2.2cm 2cm; @bottom-right { content: counter(page) " / " counter(pages); font-size: 9pt } }
html { font: 11pt/1.45 "Fira Sans", "DejaVu Sans", sans-serif }
h1 { font-size: 19pt; line-height: 1.2 } h2 { font-size: 14pt } h3 { font-size: 12pt }
h1, h2, h3, h4 { break-after: avoid } li { break-inside: avoid }
table { border-collapse: collapse } td, th { border: .5pt solid #999; padding: 2pt 5pt; text-align: left }
.facts, footer { color: #444; font-size: 9pt }
footer { margin-top: 2em; border-top: .5pt solid #999; padding-top: .5em }
a { color: inherit } pre, a { overflow-wrap: anywhere; white-space: pre-wrap }
"""

# what it tells beside errors names what texts hold
logging.getLogger("weasyprint").setLevel(logging.ERROR)


@cache
def makes_pdf() -> bool:
    """Tell whether PDF can be made here."""
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):  # OSError: the extra is there and Pango isn't
        return False
    return True


def as_pdf(sheet: Sheet) -> bytes:
    """Return the article as tagged PDF (PDF/UA-1), which screen readers can follow."""
    from weasyprint import HTML

    made: bytes = HTML(string=page_of(sheet), url_fetcher=_no_fetcher()).write_pdf(pdf_variant="pdf/ua-1")
    return made


def page_of(sheet: Sheet) -> str:
    """Return the page that is drawn: `sheet.html` went through the sanitiser, all else is escaped."""
    title, facts, source = (escape(text) for text in (sheet.title, sheet.facts, sheet.address))
    return (
        f'<!doctype html><html lang="{escape(sheet.locale)}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLES}</style></head><body><p class=facts>{facts}</p><h1>{title}</h1>{sheet.html}"
        f"<footer>{escape(sheet.licence)} · {source}</footer></body></html>"
    )


def _no_fetcher() -> Any:
    from weasyprint.urls import URLFetcher

    class Nothing(URLFetcher):  # type: ignore[misc]  # it has no types
        """Whatever a text names, it is not looked for."""

        def fetch(self, url: str, headers: Any = None) -> Never:
            raise PermissionError(url)

    return Nothing()
